"""The web server as it is run: what it gives away, and how it bounds and delimits requests. Spoken to by raw bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sstic.bodies import MEGABYTE
from sstic.checks import NotSafeError
from sstic.sent import MOST_BYTES
from sstic.serving import MOST_HEADER_BYTES, server_on

END = b"\r\n\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a running server."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = server_on("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


def told(port: int, *parts: bytes) -> bytes:
    """All that the server answers to these bytes until it closes. It may close before it has read all of them."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        with suppress(OSError):
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                answer += piece
    return answer


def asked(path: str = "/accessibility", method: str = "GET", host: str = "localhost", *more: str) -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *more)).encode() + END


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_the_server_says_nothing_of_itself(port: int) -> None:
    for answer in (told(port, asked()), told(port, asked("/nowhere")), told(port, b"nonsense" + END)):
        head = answer.partition(END)[0].lower()
        assert b"\r\nserver:" not in head
        assert b"x-powered-by" not in head
        assert b"uvicorn" not in answer.lower()
        assert b"python" not in head


def test_trace_is_not_known_and_nothing_is_echoed(port: int) -> None:
    answer = told(port, asked("/accessibility", "TRACE", "localhost", "X-Marker: marker"))
    assert status_of(answer) == 405
    assert b"marker" not in answer


def test_another_host_is_refused_whichever_way_it_is_named(port: int) -> None:
    for sent in (
        asked(host="evil.example"),
        asked("http://evil.example/accessibility", host="evil.example"),
        b"GET /accessibility HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET /accessibility HTTP/1.0\r\n\r\n",
        b"GET /accessibility HTTP/1.1\r\n\r\n",
    ):
        answer = told(port, sent)
        assert status_of(answer) == 400
        assert b"evil" not in answer
    answer = told(port, asked("http://evil.example/accessibility"))
    assert status_of(answer) == 404
    assert b"evil" not in answer


def test_what_a_client_says_of_proxies_is_not_believed(port: int) -> None:
    assert b"strict-transport-security" not in told(
        port, asked("/accessibility", "GET", "localhost", "X-Forwarded-Proto: https")
    )


@pytest.mark.parametrize("more", ["X-Long: " + "a" * MOST_HEADER_BYTES * 2, "\r\n".join(["X-Many: a"] * 4000)])
def test_headers_are_bounded_in_sum(port: int, more: str) -> None:
    answer = told(port, asked("/accessibility", "GET", "localhost", more))
    assert not answer or status_of(answer) == 400  # a connection closed on unread bytes may lose the answer


def test_a_chunked_body_is_stopped_at_the_limit(port: int) -> None:
    head = asked(
        "/judgements/N-1",
        "POST",
        "localhost",
        "Transfer-Encoding: chunked",
        "Content-Type: application/x-www-form-urlencoded",
    )
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    answer = told(port, head, *[chunk] * (MOST_BYTES // 65536 + 40))
    assert not answer or status_of(answer) in (303, 403, 413)


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(port: int) -> None:
    for kind, length in (("application/json", MOST_BYTES + 1), ("multipart/form-data; boundary=b", 10 * MEGABYTE + 1)):
        head = asked("/judgements/N-1", "POST", "localhost", f"Content-Length: {length}", f"Content-Type: {kind}")
        assert status_of(told(port, head)) == 413


@pytest.mark.parametrize(
    "more",
    [
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: -5",),
        ("Content-Length: 5, 6",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("X-Bad : a",),
        ("X-Bad: a\x00b",),
    ],
)
def test_a_request_whose_end_is_in_doubt_is_refused(port: int, more: tuple[str, ...]) -> None:
    answer = told(port, asked("/accessibility", "POST", "localhost", *more), b"hello" + asked("/nowhere"))
    assert not answer or status_of(answer) in (400, 501)
    assert answer.count(b"HTTP/1.1 ") <= 1


def test_chunks_decide_the_end_where_a_length_is_named_too(port: int) -> None:
    head = "POST /accessibility HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"
    answer = told(port, head.encode() + END + b"5\r\nhello\r\n0\r\n\r\n", asked("/nowhere"))
    statuses = [int(part.split(b" ", 1)[0]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses in ([405, 404], [400])


def test_in_production_an_unsafe_service_does_not_start(monkeypatch: pytest.MonkeyPatch, empty_database: str) -> None:
    monkeypatch.setenv("SSTIC_PRODUCTION", "1")
    server = server_on("127.0.0.1", 0)
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(SystemExit):
        server.run(sockets=[listening])
    assert not server.started
    assert issubclass(NotSafeError, RuntimeError)

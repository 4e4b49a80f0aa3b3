"""What surrounds every answer: headers, names, proxies, sizes, methods, logs."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.routing import iter_route_contexts
from records import a_token, a_user, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from sstic import database, identity
from sstic.app import create_app
from sstic.bodies import MEGABYTE
from sstic.form_tokens import FormToken
from sstic.headers import ONLY_BY_TLS
from sstic.logs import JsonLines
from sstic.pages import asset
from sstic.proxies import BehindProxies, address_of
from sstic.sent import MOST_BYTES
from sstic.settings import Settings, settings


def client_from(address: str = "192.0.2.1", base_url: str = "https://testserver") -> TestClient:
    return TestClient(create_app(), base_url, client=(address, 50_000), follow_redirects=False)


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets settings for a test."""

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"SSTIC_{name.upper()}", value)
        settings.cache_clear()

    yield set_all
    monkeypatch.undo()
    settings.cache_clear()


# Caches


def test_nothing_that_a_signed_in_person_gets_is_kept(session: Session) -> None:
    client, user = client_from(), a_user(session)
    assert client.get("/").headers["cache-control"] == "no-cache"
    sign_in(client, user)
    for path in ("/", "/needs", "/judgements", "/nowhere", "/needs/N-404", "/api/v1/needs", "/api/v1/needs?limit=x"):
        assert client.get(path).headers["cache-control"] == "no-store", path
        assert client.head(path).headers["cache-control"] == "no-store", path
    assert client.post("/judgements/N-1", data={}).headers["cache-control"] == "no-store"
    assert "immutable" in client.get(asset("theme.css")).headers["cache-control"]


def test_what_a_token_fetches_is_not_kept(session: Session) -> None:
    header = a_token(session, a_user(session))
    session.commit()
    assert client_from().get("/api/v1/needs", headers=header).headers["cache-control"] == "no-store"


def test_a_page_with_a_form_is_not_kept_nor_is_what_its_sending_gives() -> None:
    app = create_app()

    @app.get("/a-form")
    def a_form(request: Request) -> Response:
        return Response(str(FormToken(request)))

    client = TestClient(app, "https://testserver")
    assert client.get("/a-form").headers["cache-control"] == "no-store"
    assert client.post("/a-form").headers["cache-control"] == "no-store"


# TLS


@pytest.mark.parametrize("path", ["/accessibility", "/nowhere", "/static/theme.css", "/api/v1/nowhere"])
def test_browsers_are_held_to_tls_wherever_it_was_used(path: str) -> None:
    assert client_from().get(path).headers["strict-transport-security"] == ONLY_BY_TLS
    assert "strict-transport-security" not in client_from(base_url="http://testserver").get(path).headers


def test_in_production_people_are_sent_to_tls_and_programs_refused(choose: Callable[..., None]) -> None:
    choose(production="1", base_url="https://testserver")
    plain = client_from(base_url="http://testserver")
    answer = plain.get("/needs?q=a%20b&lang=fr")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://testserver/needs?q=a%20b&lang=fr")
    assert plain.get("http://testserver//evil.example/a").headers["location"] == "https://testserver//evil.example/a"
    assert plain.get("/api/v1/needs").status_code == 403
    assert plain.post("/needs").status_code == 403
    assert plain.get("/healthz").status_code == 200
    assert client_from().get("/accessibility").status_code == 200


# Names


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver.evil.example",
        "evil.example:443",
        "testserver:evil",
        "testserver@evil.example",
        "evil.example/testserver",
        "evil.example#testserver",
        "testserver.",
        "[::1",
        "[::1]]",
        "test server",
        "",
        "<script>alert(1)</script>",
    ],
)
@pytest.mark.parametrize("path", ["/accessibility", "/api/v1/needs", "/static/theme.css", "/nowhere"])
def test_a_request_for_another_name_is_refused_without_repeating_it(host: str, path: str) -> None:
    answer = client_from().get(path, headers={"Host": host, "X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert "alert" not in answer.text
    assert "location" not in answer.headers
    assert answer.headers["content-security-policy"]


def test_two_names_are_one_too_many() -> None:
    sent = [("Host", "testserver"), ("Host", "evil.example")]
    assert client_from().get("/accessibility", headers=sent).status_code == 400


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host"])
def test_no_other_header_names_the_host(header: str, choose: Callable[..., None]) -> None:
    choose(trusted_proxies="192.0.2.1")
    answer = client_from().get("/accessibility", headers={header: "host=evil.example"})
    assert answer.status_code == 200
    assert "evil.example" not in answer.text + str(answer.headers)


def test_without_a_setting_only_this_machine_is_served(choose: Callable[..., None]) -> None:
    choose(allowed_hosts="")
    for host, status in (("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200), ("testserver", 400)):
        assert client_from().get("/accessibility", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("name", ["*", "*.example.org", "a.example:443", "https://a.example", "a/b", "münchen.example"])
def test_a_host_that_is_no_plain_name_is_refused_as_a_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSTIC_ALLOWED_HOSTS", name)
    with pytest.raises(ValueError, match="host name"):
        Settings()


# Proxies


async def seen_through(client: str, headers: dict[str, str]) -> tuple[str, str]:
    """The address and the scheme of a request that comes from ``client`` with these headers."""
    found: list[tuple[str, str]] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        found.append((address_of(Request(scope)), scope["scheme"]))

    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (client, 1), "scheme": "http", "headers": told}
    await BehindProxies(inner)(scope, None, None)  # type: ignore[arg-type]
    return found[0]


@pytest.mark.parametrize(
    ("client", "told", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: nothing is believed
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the first was made up by the sender
        ("10.0.0.1", "198.51.100.1, 10.0.0.7", "198.51.100.1"),  # two proxies of ours
        ("10.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("10.0.0.1", "2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),  # the same home
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_the_address_is_what_trusted_proxies_saw(
    client: str, told: str, expected: str, choose: Callable[..., None]
) -> None:
    choose(trusted_proxies="10.0.0.0/8")
    address, scheme = asyncio.run(seen_through(client, {"X-Forwarded-For": told, "X-Forwarded-Proto": "https"}))
    assert address == expected
    assert scheme == ("http" if client == "203.0.113.9" else "https")


@pytest.mark.parametrize(
    ("told", "scheme"), [("https", "https"), ("http, https", "https"), ("ftp", "http"), ("", "http")]
)
def test_the_scheme_is_what_the_nearest_proxy_tells(told: str, scheme: str, choose: Callable[..., None]) -> None:
    choose(trusted_proxies="10.0.0.1")
    assert asyncio.run(seen_through("10.0.0.1", {"X-Forwarded-Proto": told}))[1] == scheme


def test_tls_at_a_trusted_proxy_counts_and_at_another_does_not(choose: Callable[..., None]) -> None:
    choose(trusted_proxies="10.0.0.1")
    told = {"X-Forwarded-Proto": "https"}
    for address, counts in (("10.0.0.1", True), ("10.0.0.2", False)):
        answer = client_from(address, "http://testserver").get("/accessibility", headers=told)
        assert ("strict-transport-security" in answer.headers) is counts


# Sizes


def an_app_that_reads() -> TestClient:
    app = create_app()

    @app.post("/api/v1/planted")
    async def planted(request: Request) -> int:
        return len(await request.body())

    @app.post("/api/v1/planted-json")
    def planted_json(fields: dict[str, str]) -> int:
        return len(fields)

    return TestClient(app, "https://testserver")


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
@pytest.mark.parametrize("path", ["/api/v1/planted", "/api/v1/planted-json"])
def test_a_body_that_is_too_large_is_refused(kind: str, path: str) -> None:
    client = an_app_that_reads()
    headers = {"Content-Type": kind} if kind else {}
    assert client.post(path, content=b"a" * (MOST_BYTES + 1), headers=headers).status_code == 413
    answer = client.post(path, content=b"a" * 10, headers={**headers, "Content-Length": str(10**12)})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_of_unknown_length_is_counted_as_it_comes() -> None:
    read, answers = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 64 * 1024
        return {"type": "http.request", "body": b"a" * 64 * 1024, "more_body": True}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/planted",
        "raw_path": b"/api/v1/planted",
        "query_string": b"",
        "scheme": "https",
        "client": ("192.0.2.1", 1),
        "headers": [(b"host", b"testserver"), (b"transfer-encoding", b"chunked")],
    }
    asyncio.run(an_app_that_reads().app(scope, receive, send))  # type: ignore[arg-type]
    assert answers[0]["status"] == 413
    assert read <= MOST_BYTES + 64 * 1024


def test_files_may_be_larger_and_have_a_limit_of_their_own(choose: Callable[..., None]) -> None:
    choose(upload_megabytes="1")
    client = an_app_that_reads()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.post("/api/v1/planted", content=b"a" * MEGABYTE, headers=headers).json() == MEGABYTE
    assert client.post("/api/v1/planted", content=b"a" * (MEGABYTE + 1), headers=headers).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "ten", "１"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    headers = [(b"Content-Length", length.encode())]
    assert an_app_that_reads().post("/api/v1/planted", headers=headers).status_code in (400, 413)  # type: ignore[arg-type]


# Methods


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/judgements/N-1", "GET, HEAD, POST, OPTIONS"),
        ("/api/v1/needs", "GET, HEAD, POST, OPTIONS"),
        ("/api/v1/countries", "GET, HEAD, OPTIONS"),
        ("/static/theme.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods_are_told_which_are_known(path: str, known: str) -> None:
    client = client_from()
    for method in ("TRACE", "PROPFIND", "PATCH", "DELETE", "PUT", "CONNECT"):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, known), method
    answer = client.options(path, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"})
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, known, b"")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.options("/nowhere").status_code == 404


WRITING = {"INSERT", "UPDATE", "DELETE", "MERGE"}


def test_asking_changes_nothing(session: Session) -> None:
    client = client_from()
    sign_in(client, a_user(session, "coordinator"))
    client.get("/")
    written: list[str] = []

    @sa.event.listens_for(database.engine(), "before_cursor_execute")
    def see(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.upper().split()
        reads = words[0] in ("SELECT", "BEGIN", "PRAGMA") or (words[0] == "WITH" and not {*words} & WRITING)
        if not reads:
            written.append(statement)

    asked = [context for context in iter_route_contexts(client.app.router.routes) if "GET" in (context.methods or ())]  # type: ignore[attr-defined]
    assert len(asked) > 25
    for context in asked:
        path = re.sub(r"\{[^}]+\}", "1", str(context.path))
        assert client.get(path).status_code < 500, path
        assert client.head(path).status_code < 500, path
        assert client.options(path).status_code in (204, 404), path
    assert written == []


# Kinds of content


def test_every_answer_says_what_it_is(session: Session) -> None:
    client = client_from()
    kinds = {
        "/": "text/html; charset=utf-8",
        "/nowhere": "text/html; charset=utf-8",
        "/api/v1/needs": "application/json",
        "/api/v1/needs?limit=x": "application/problem+json",
        "/api/v1/openapi.json": "application/json",
        "/static/theme.css": "text/css; charset=utf-8",
        "/static/start.js": "text/javascript; charset=utf-8",
        "/static/icon.svg": "image/svg+xml",
    }
    for path, kind in kinds.items():
        assert client.get(path).headers["content-type"] == kind


# Logs


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """What was logged, as it goes out."""
    return lambda: [json.loads(JsonLines().format(record)) for record in caplog.records]


def test_a_refusal_is_logged_with_who_when_and_where_from(
    session: Session, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    user = a_user(session)
    client = client_from("2001:db8:1:2:3::4")
    sign_in(client, user)
    assert client.post("/judgements/N-1", data={"form_token": "wrong"}).status_code == 403
    (line,) = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "sstic.security",
        "what": "refused",
        "status": 403,
        "method": "POST",
        "route": "/judgements/{reference}",
        "who": f"user:{user.id}",
        "address": "2001:db8:1:2::/64",
    }


def test_logs_hold_no_secret_and_no_forged_line(
    session: Session, lines: Callable[[], list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    client = client_from()
    secret = sign_in(client, a_user(session))
    header = {"Referer": "https://testserver/?marker", "User-Agent": "marker"}
    client.post("/judgements/marker?marker=1", data={"form_token": "marker"}, headers=header)
    client.get("/marker%0a%7b%22forged%22:1%7d", headers={"Host": "marker.example\r\nmarker"})
    client.cookies.set(identity.COOKIE, "marker", domain="testserver.local")
    client.post("/judgements/N-1", data={"form_token": form_token(client)})
    logging.getLogger("sstic").warning("a\nb\r\x1b[31m\u2028 %s", "c\nd")
    told = [JsonLines().format(record) for record in caplog.records]
    assert len(lines()) >= 3
    assert not [line for line in told if "marker" in line or secret in line or len(line.splitlines()) > 1]


def test_an_unexpected_error_is_logged_by_kind_and_place_without_its_message(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    app = create_app()

    @app.get("/api/v1/planted")
    def planted() -> None:
        raise ValueError("marker")

    answer = TestClient(app, "https://testserver").get("/api/v1/planted")
    assert answer.status_code == 500
    assert "marker" not in answer.text
    (line,) = lines()
    assert (line["level"], line["error"]) == ("ERROR", "ValueError")
    assert any("planted" in frame for frame in line["frames"])
    assert "marker" not in json.dumps(line)

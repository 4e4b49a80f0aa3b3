"""Mail: what is written to the folder, what goes to a real server, and what cannot be slipped in."""

import socketserver
import stat
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from sstic import mail
from sstic.accounts import letters
from sstic.settings import settings


class Server(socketserver.TCPServer):
    """Keeps what it is sent."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.commands: list[str] = []
        self.bodies: list[bytes] = []


class Session(socketserver.StreamRequestHandler):
    """One conversation of SMTP."""

    server: Server

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            command = line.decode().strip()
            self.server.commands.append(command)
            if command.upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                self.server.bodies.append(body.removesuffix(b".\r\n"))
            self.wfile.write(b"221 bye\r\n" if command.upper() == "QUIT" else b"250 fine\r\n")
            if command.upper() == "QUIT":
                return


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path / "mailbox"
    settings.cache_clear()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as made:
        monkeypatch.setenv("SSTIC_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("SSTIC_SMTP_PORT", str(made.server_address[1]))
        monkeypatch.setenv("SSTIC_SMTP_SECURITY", "none")
        settings.cache_clear()
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_mail_lies_in_the_folder_for_its_owner_alone_and_the_log_names_it(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mail.send("ama@example.org", "Größe 中文", "Open this:\n\nhttps://sstic.example.org/reset/abc\n")
    (file,) = folder.iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("ama@example.org", "Größe 中文")
    assert "https://sstic.example.org/reset/abc" in message.get_content()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert str(file) in caplog.text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_no_header_is_slipped_in(folder: Path, end: str) -> None:
    for recipient, subject in (
        (f"a@example.org{end}Bcc: all@example.org", "Hello"),
        ("a@example.org", f"Hello{end}Bcc: all@example.org"),
    ):
        with pytest.raises(ValueError, match=r"linefeed or carriage"):
            mail.send(recipient, subject, "Text")
    assert not folder.exists()


def test_a_mail_server_gets_the_mail_where_one_is_set(server: Server, folder: Path) -> None:
    mail.send("ama@example.org", "Hello", "Text\n.\nmore\n")
    (body,) = server.bodies
    message = message_from_bytes(body, policy=policy.default)
    assert (message["From"], message["To"]) == ("sstic@localhost", "ama@example.org")
    assert any(command.upper() == "RCPT TO:<AMA@EXAMPLE.ORG>" for command in server.commands)
    assert not folder.exists()


def test_without_encryption_offered_nothing_is_sent_where_it_is_asked_for(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SSTIC_SMTP_SECURITY", "starttls")
    settings.cache_clear()
    letters.post_change("ama@example.org", "Something changed.")
    assert server.bodies == []
    assert "a mail could not be sent" in caplog.text

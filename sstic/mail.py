"""Sending mail: by a mail server where one is set, else into a folder that the terminal names.

The subject and the addresses cannot bring in headers of their own: ``EmailMessage`` refuses line breaks in them.
"""

import logging
import os
import secrets
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from sstic import clock
from sstic.settings import settings

log = logging.getLogger(__name__)
SECONDS = 10


def send(recipient: str, subject: str, body: str) -> None:
    """Send a message of plain text to one person.

    Raises
    ------
    ValueError
        Where an address or the subject holds a line break.
    OSError
        Where the mail server or the folder does not take it.
    """
    message = EmailMessage()
    message["From"] = settings().mail_from
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    _sender()(message)


def _sender() -> Callable[[EmailMessage], None]:
    return _to_server if settings().smtp_host else _to_folder


def _to_folder(message: EmailMessage) -> None:
    folder = settings().data_dir / "mailbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
    # What lies here opens accounts, so only the owner of the process may read it.
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(message.as_bytes())
    log.warning("No mail server is set; the mail is in %s", file)


def _to_server(message: EmailMessage) -> None:
    chosen = settings()
    context = ssl.create_default_context()
    kind = chosen.smtp_security
    server = (
        smtplib.SMTP_SSL(chosen.smtp_host, chosen.smtp_port, timeout=SECONDS, context=context)
        if kind == "tls"
        else smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, timeout=SECONDS)
    )
    with server:
        if kind == "starttls":
            server.starttls(context=context)
        if chosen.smtp_user:
            server.login(chosen.smtp_user, chosen.smtp_password.get_secret_value())
        server.send_message(message)

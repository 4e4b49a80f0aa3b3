"""What an erased person leaves outside the tables: letters in the mailbox folder, old pages of the database file."""

from collections.abc import Iterable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from sstic.database import engine
from sstic.settings import settings


def clear(emails: Iterable[str]) -> None:
    """Remove what is left of people whose erasure was committed."""
    addresses = {email.lower() for email in emails}
    if not addresses:
        return
    for letter in sorted((settings().data_dir / "mailbox").glob("*.eml")):
        if _recipient(letter) in addresses:
            letter.unlink(missing_ok=True)
    if engine().dialect.name == "sqlite":
        # Freed pages are overwritten (see database.py), but the log of writes holds them as they were until it is cut.
        with engine().connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def _recipient(letter: Path) -> str:
    return str(message_from_bytes(letter.read_bytes(), policy=default).get("To", "")).lower()

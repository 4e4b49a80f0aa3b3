"""Slowing down whoever guesses: failed tries are counted per account and per address, in the database.

A try is counted before it is judged, so that of many at the same time no more than the limit get through. One that is
refused does not count, so waiting always helps; one that succeeds is taken back.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import clock
from sstic.database import transaction
from sstic.tables.accounts import SignInAttempt


class Limit(NamedTuple):
    """So many tries in so much time."""

    most: int
    window: timedelta


LIMITS = {
    "account": Limit(10, timedelta(minutes=5)),
    "address": Limit(30, timedelta(minutes=5)),
    "code": Limit(5, timedelta(minutes=15)),
    "reset": Limit(3, timedelta(hours=1)),
    "reset_address": Limit(30, timedelta(hours=1)),
    "invitation": Limit(50, timedelta(hours=1)),
}


@dataclass(frozen=True)
class Attempt:
    """A try that was counted, or refused until ``again_at``."""

    ids: tuple[int, ...]
    again_at: datetime | None = None


def key_of(kind: str, value: object) -> str:
    """What stands for an account or an address in the table."""
    return hashlib.sha256(f"{kind} {value}".encode()).hexdigest()


def begin(**counted: object) -> Attempt:
    """Count a try under each kind of ``LIMITS`` that is named, unless one has reached its limit."""
    now = clock.now()
    keys = {kind: key_of(kind, value) for kind, value in counted.items()}
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            session.execute(sa.text("LOCK TABLE sign_in_attempt IN SHARE ROW EXCLUSIVE MODE"))
        waits = [_again_at(session, LIMITS[kind], key, now) for kind, key in keys.items()]
        over = [moment for moment in waits if moment is not None]
        if over:
            return Attempt((), max(over))
        rows = [SignInAttempt(key=key, happened_at=now) for key in keys.values()]
        session.add_all(rows)
        session.flush()
        return Attempt(tuple(row.id for row in rows))


def _again_at(session: Session, limit: Limit, key: str, now: datetime) -> datetime | None:
    """When the oldest of the tries that fill the limit leaves the window; older ones are swept out."""
    left = SignInAttempt.happened_at <= now - limit.window
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.key == key, left))
    newest = sa.select(SignInAttempt.happened_at).where(SignInAttempt.key == key)
    query = newest.order_by(SignInAttempt.happened_at.desc(), SignInAttempt.id.desc()).limit(limit.most)
    tries = session.scalars(query).all()
    return tries[-1] + limit.window if len(tries) == limit.most else None


def succeeded(session: Session, attempt: Attempt, **counted: object) -> None:
    """Take a try back, and forget the failed ones under the kinds that are named."""
    keys = [key_of(kind, value) for kind, value in counted.items()]
    gone = sa.or_(SignInAttempt.id.in_(attempt.ids), SignInAttempt.key.in_(keys))
    session.execute(sa.delete(SignInAttempt).where(gone))

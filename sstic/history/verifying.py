"""Walking the chain of the audit, to find what was changed, taken out, put in or moved behind the service's back.

Read in pieces, so that memory does not grow with the audit. What is looked for, and what nobody can find:
docs/decisions/0007-audit-chain.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.audit import seal
from sstic.tables.audit import GUARDS, AuditEvent, AuditHead

PIECE = 1000
SAID = ("id", "number", "happened_at", "actor", "action", "subject_table", "subject_id", "details", "digest")


class Fault(NamedTuple):
    """Something wrong with the chain, and the number of the event where it shows; None where it is no event's."""

    number: int | None
    what: str


@dataclass(frozen=True)
class Head:
    """The number and digest of an event: of the last one, or of one that was kept elsewhere."""

    number: int
    digest: str

    def __str__(self) -> str:
        """As it is printed and taken back."""
        return f"{self.number}:{self.digest}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """A head as it was printed.

        Raises
        ------
        ValueError
            Where the text is not a number, a colon and a digest.
        """
        number, _, digest = text.strip().partition(":")
        if not (number.isascii() and number.isdigit()) or len(digest) != (64 if int(number) else 0):
            raise ValueError(f"{text!r} is not NUMBER:DIGEST, as `sstic audit verify` prints it")
        return cls(int(number), digest)


@dataclass
class Found:
    """What a walk found."""

    events: int = 0
    head: Head | None = None
    faults: list[Fault] = field(default_factory=list)


def verify_chain(session: Session, expected: Head | None = None, most: int = 100) -> Found:
    """Walk the whole chain; at most ``most`` faults are told.

    ``expected`` is a head that was kept elsewhere: the event of that number must still have that digest.
    Events that are added meanwhile are left to the next walk.
    """
    kept = session.scalars(sa.select(AuditHead)).all()
    found = Found(head=Head(kept[0].number, kept[0].digest) if kept else None)
    faults = _faults(session, found, expected)
    for fault in faults:
        found.faults.append(fault)
        if len(found.faults) == most:
            found.faults.append(Fault(None, "There may be more; only the first are told."))
            break
    return found


def _faults(session: Session, found: Found, expected: Head | None) -> Iterator[Fault]:
    for missing in sorted(set(GUARDS[session.get_bind().dialect.name]) - _guards(session)):
        yield Fault(None, f"The database no longer guards the audit: its trigger {missing} is missing or switched off.")
    if found.head is None:
        yield Fault(None, "The head of the chain is missing, so events cut off at the end would not show.")
    walk = _Walk()
    expected_seen = expected is None or expected.number == 0
    for row, following in _with_following(_rows(session, found.head.number if found.head else None)):
        yield from walk.step(row, following)
        if expected is not None and row.number == expected.number:
            expected_seen = True
            if row.digest != expected.digest:
                yield Fault(row.number, "It is not the event that was expected: the chain was written anew.")
    found.events = walk.events
    if not expected_seen and expected is not None:
        yield Fault(expected.number, "It was expected, and is missing.")
    if found.head is not None:
        yield from _end(session, found.head, walk)


class _Walk:
    """The place reached in the chain."""

    def __init__(self) -> None:
        self.number, self.digest, self.id, self.events, self.is_wrong = 0, "", 0, 0, False

    def step(self, row: sa.Row[Any], following: sa.Row[Any] | None) -> Iterator[Fault]:
        """Go to the next event."""
        wrong = self._wrong(row, following)
        if wrong is not None:
            yield wrong
        self.events, self.is_wrong = self.events + 1, wrong is not None
        # The events after a wrong one are measured against what it says, so that each wrong one is named by itself.
        self.number, self.digest, self.id = row.number, row.digest, row.id

    def _wrong(self, row: sa.Row[Any], following: sa.Row[Any] | None) -> Fault | None:
        if row.number <= self.number:
            return Fault(row.number, "There is more than one event of this number.")
        if row.number > self.number + 1:
            return Fault(self.number + 1, _missing(self.number + 1, row.number - 1))
        if seal(self.digest, row) == row.digest:
            return None
        if following is not None and self.id < following.id and not self.id < row.id < following.id:
            return Fault(row.number, "It stands out of order: it was moved here, or put in later.")
        if self.is_wrong:
            return Fault(row.number, "It does not follow the event before it, which is wrong as well.")
        return Fault(row.number, "It is not what was sealed: it, or the digest of the event before it, was changed.")


def _with_following(rows: Iterator[sa.Row[Any]]) -> Iterator[tuple[sa.Row[Any], sa.Row[Any] | None]]:
    held: sa.Row[Any] | None = None
    for row in rows:
        if held is not None:
            yield held, row
        held = row
    if held is not None:
        yield held, None


def _missing(first: int, last: int) -> str:
    if first == last:
        return "It is missing."
    return f"The events from here to {last} are missing."


def _end(session: Session, head: Head, walk: _Walk) -> Iterator[Fault]:
    if walk.number < head.number:
        yield Fault(walk.number + 1, f"The end was cut off: {_missing(walk.number + 1, head.number).lower()}")
    elif walk.digest != head.digest:
        yield Fault(walk.number, "Its digest is not that of the head of the chain.")
    query = sa.select(AuditEvent.number).join(AuditHead, AuditEvent.number > AuditHead.number)
    for number in session.scalars(query.order_by(AuditEvent.number).limit(10)):
        yield Fault(number, "It stands beyond the head of the chain: it was put in, or the head was turned back.")


def _rows(session: Session, last: int | None) -> Iterator[sa.Row[Any]]:
    """Every event up to a number, by number, a piece at a time."""
    place = sa.tuple_(AuditEvent.number, AuditEvent.id)
    query = sa.select(*(getattr(AuditEvent, name) for name in SAID)).order_by(AuditEvent.number, AuditEvent.id)
    if last is not None:
        query = query.where(AuditEvent.number <= last)
    at: tuple[int, int] | None = None
    while True:
        piece = session.execute((query if at is None else query.where(place > at)).limit(PIECE)).all()
        yield from piece
        if len(piece) < PIECE:
            return
        at = (piece[-1].number, piece[-1].id)


def _guards(session: Session) -> set[str]:
    """The triggers that are there and switched on."""
    listed = (
        sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        if session.get_bind().dialect.name == "sqlite"
        else sa.text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
    )
    return set(session.scalars(listed))

"""Audit events: of one object, and the list of all, each with who did it and what changed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, NamedTuple

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.orm import Session

from sstic.asked import Blank, printable
from sstic.history.subjects import BY_TABLE, BY_WORD, Part, Subject
from sstic.listing import rows_and_total
from sstic.permissions import Principal, reaches
from sstic.scopes import within
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent

PIECE = 1000
_USER = re.compile(r"user:([1-9][0-9]{0,8})")

CodeAsked = Annotated[Annotated[str, Field(max_length=40), AfterValidator(printable)] | None, Blank]
DayAsked = Annotated[date | None, Blank]


class EventFilter(BaseModel):
    """Which events to list."""

    who: CodeAsked = None
    action: CodeAsked = None
    table: CodeAsked = None
    from_on: DayAsked = None
    until_on: DayAsked = None


class Change(NamedTuple):
    """A field that changed."""

    field: str
    before: Any
    after: Any


class Actor(NamedTuple):
    """Who did something: a pseudonym or the name of a part of the service, and the person's name while there is one."""

    code: str
    name: str | None = None
    is_person: bool = False


@dataclass(frozen=True)
class Told:
    """An event as a page tells it."""

    event: AuditEvent
    actor: Actor
    changes: Sequence[Change]
    facts: Mapping[str, Any]

    @property
    def link(self) -> str | None:
        """The address of the history of the object, where it is a kind that has one."""
        subject = BY_TABLE.get(self.event.subject_table)
        number = self.event.subject_id
        return f"/history/{subject.word}/{number}" if subject and number.isdecimal() else None


def history_link(session: Session, who: Principal, word: str, number: int) -> str | None:
    """The address of the history of an object, for those who may look it up."""
    return f"/history/{word}/{number}" if may_look_up(session, who, BY_WORD[word], number) else None


def may_look_up(session: Session, who: Principal, subject: Subject, number: int) -> bool:
    """Whether ``who`` may see the history of an object; of one that was removed only those who may see all."""
    if _sees_all(who, subject.resource, "history"):
        return _is_there(session, subject, number) or _has_events(session, subject, number)
    if not reaches(who, subject.resource, "history"):
        return False
    return _is_there(session, subject, number, within(who, subject.resource, "history"))


def events_of(
    session: Session, who: Principal, subject: Subject, number: int, offset: int, limit: int
) -> tuple[list[Told], int]:
    """The events of an object, latest first, and how many there are."""
    about = [_about(subject, number), *(_about_part(part, number) for part in subject.parts if _sees(who, part))]
    own = who.user_id == number and subject.table is User
    whole = own or _sees_all(who, subject.resource, "history")
    query = sa.select(AuditEvent).where(sa.or_(*(about if whole else about[:1])))
    rows, total = rows_and_total(session, query.order_by(AuditEvent.number.desc()), offset, limit)
    return told(session, rows), total


def list_events(session: Session, wanted: EventFilter, offset: int, limit: int) -> tuple[list[Told], int]:
    """Events of all objects, latest first, and how many there are."""
    query = _filtered(wanted).order_by(AuditEvent.number.desc())
    rows, total = rows_and_total(session, query, offset, limit)
    return told(session, rows), total


def all_events(session: Session, wanted: EventFilter) -> Iterator[AuditEvent]:
    """Every event of a list, latest first, read a piece at a time."""
    query, last = _filtered(wanted).order_by(AuditEvent.number.desc()).limit(PIECE), None
    while True:
        piece = session.scalars(query if last is None else query.where(AuditEvent.number < last)).all()
        yield from piece
        if len(piece) < PIECE:
            return
        last = piece[-1].number
        session.expunge_all()


def told(session: Session, events: Sequence[AuditEvent]) -> list[Told]:
    """Events with the names of who did it, looked up at once."""
    actors = actors_of(session, {event.actor for event in events})
    return [Told(event, actors[event.actor], *_apart(event.details)) for event in events]


def actors_of(session: Session, codes: Iterable[str]) -> dict[str, Actor]:
    """Who is behind pseudonyms; the name of one who was erased is gone."""
    numbers = {code: int(found[1]) for code in codes if (found := _USER.fullmatch(code))}
    query = sa.select(User.id, User.name).where(User.id.in_(sorted(set(numbers.values()))), User.erased_at.is_(None))
    names = dict(session.execute(query).all()) if numbers else {}
    return {
        code: Actor(code, names.get(numbers[code]), is_person=True) if code in numbers else Actor(code)
        for code in codes
    }


def _apart(details: Mapping[str, Any]) -> tuple[list[Change], dict[str, Any]]:
    """What changed, and the other facts that an event tells."""
    changes = {name: value for name, value in details.items() if _is_change(value)}
    facts = {name: value for name, value in details.items() if name not in changes}
    return [Change(name, value["before"], value["after"]) for name, value in changes.items()], facts


def _is_change(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"before", "after"}


def _filtered(wanted: EventFilter) -> sa.Select[AuditEvent]:
    query = sa.select(AuditEvent)
    same = {AuditEvent.actor: wanted.who, AuditEvent.action: wanted.action, AuditEvent.subject_table: wanted.table}
    for column, value in same.items():
        if value:
            query = query.where(column == value)
    if wanted.from_on:
        query = query.where(AuditEvent.happened_at >= _midnight(wanted.from_on))
    if wanted.until_on and wanted.until_on < date.max:
        query = query.where(AuditEvent.happened_at < _midnight(wanted.until_on + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _sees_all(who: Principal, resource: str, action: str) -> bool:
    return any(one.cell.relation == "all" for one in reaches(who, resource, action))


def _sees(who: Principal, part: Part) -> bool:
    return part.resource is None or _sees_all(who, part.resource, "read")


def _about(subject: Subject, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(AuditEvent.subject_table == subject.table.__tablename__, AuditEvent.subject_id == str(number))


def _about_part(part: Part, number: int) -> sa.ColumnElement[bool]:
    (key,) = sa.inspect(part.table).primary_key
    rows = sa.select(sa.cast(key, sa.String(80))).where(part.column == number)
    return sa.and_(AuditEvent.subject_table == part.table.__tablename__, AuditEvent.subject_id.in_(rows))


def _is_there(session: Session, subject: Subject, number: int, *conditions: sa.ColumnElement[bool]) -> bool:
    (key,) = sa.inspect(subject.table).primary_key
    return bool(session.scalar(sa.select(sa.exists().where(key == number, *conditions))))


def _has_events(session: Session, subject: Subject, number: int) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(_about(subject, number)))))

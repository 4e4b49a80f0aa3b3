"""What is done with organizations: verify them, raise and lift a flag, decide on a screening match.

Each change leaves an audit row beside it. Sending the same once more changes nothing.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.organizations.questions import expires_on, result_of
from sstic.organizations.screening import one_at_a_time
from sstic.organizations.standing import ACTIVE, latest_verifications
from sstic.permissions import Principal
from sstic.tables import Table
from sstic.tables.organizations import Organization
from sstic.tables.verification import SCREENING_MOVES, Flag, ScreeningMatch, Verification


class ChangedMeanwhileError(Exception):
    """The match is not any more what the person saw who decides on it."""


def verify_organization(
    session: Session, who: Principal, organization: Organization, answers: Mapping[str, Mapping[str, str]]
) -> Verification:
    """Record the answers to the five questions, and what they come to, beside those given before."""
    today = datetime.now(UTC).date()
    told = {question: dict(answer) for question, answer in answers.items()}
    _lock(session, organization)
    query = sa.select(Verification).where(Verification.organization_id == organization.id)
    latest = session.scalar(query.where(Verification.id.in_(latest_verifications())))
    if latest and (latest.answers, latest.verified_on, latest.verified_by_id) == (told, today, who.user_id):
        return latest
    given = Verification(organization_id=organization.id, answers=told, verified_on=today, verified_by_id=who.user_id)
    given.result = result_of({question: answer["answer"] for question, answer in told.items()})
    given.expires_on = expires_on(today)
    session.add(given)
    _record(session, who, "verify_organization", given)
    return given


def raise_flag(session: Session, who: Principal, organization: Organization, level: str, reason: str) -> Flag:
    """Flag an organization."""
    _lock(session, organization)
    same = (Flag.organization_id == organization.id, Flag.level == level, Flag.reason == reason)
    held = session.scalar(sa.select(Flag).where(ACTIVE, *same).limit(1))
    if held is not None:
        return held
    flag = Flag(organization_id=organization.id, level=level, reason=reason)
    flag.raised_at, flag.raised_by_id = datetime.now(UTC), who.user_id or 0
    session.add(flag)
    _record(session, who, "raise_flag", flag)
    return flag


def lift_flag(session: Session, who: Principal, flag: Flag, reason: str) -> bool:
    """Lift a flag, which stays in the history; whether it was still raised."""
    _read_again(session, flag)
    if flag.lifted_at is not None:
        return False
    flag.lifted_at, flag.lifted_by_id, flag.lift_reason = datetime.now(UTC), who.user_id, reason
    _record(session, who, "lift_flag", flag)
    return True


def decide_match(session: Session, who: Principal, match: ScreeningMatch, status: str, reason: str, seen: str) -> None:
    """Decide on a match: it is false, it is confirmed, or what was decided is open again.

    Raises
    ------
    ChangedMeanwhileError
        Where the match is not what was ``seen``, or does not move there from where it is.
    """
    one_at_a_time(session)
    _read_again(session, match)
    if seen != face_of(match) or status not in SCREENING_MOVES[match.status]:
        raise ChangedMeanwhileError
    match.status, match.reason = status, reason
    match.decided_at, match.decided_by_id = datetime.now(UTC), who.user_id
    _record(session, who, "decide_screening_match", match)


def face_of(match: ScreeningMatch) -> str:
    """A digest of what a person sees of a match, so that nobody decides on what they did not see."""
    said = (match.id, match.status, match.entry_digest, match.listed_name, match.organization_name, match.decided_at)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _lock(session: Session, organization: Organization) -> None:
    """What is recorded of one organization is written one after the other; rows that point at it may be added."""
    wanted = sa.select(Organization.id).where(Organization.id == organization.id)
    session.execute(wanted.with_for_update(key_share=True))


def _read_again(session: Session, row: Flag | ScreeningMatch) -> None:
    """Take a row for oneself, as it is now."""
    kind = type(row)
    query = sa.select(kind).where(kind.id == row.id).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).one()


def _record(session: Session, who: Principal, action: str, row: Verification | Flag | ScreeningMatch) -> None:
    table: Table = row
    told = audit.changed(table)
    session.flush()
    audit.record(session, who.actor, action, row.__tablename__, row.id, told)

"""What stands against an organization's consent to a new proposal, and what should be looked at first.

It is about new consents only: what was consented to before stays as it is.
"""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.tables.verification import FLAG_LEVELS, Flag, ScreeningMatch, Verification

NEVER_VERIFIED, EXPIRED = "none", "expired"
VERIFICATION_STATES = ("passed", "conditional", "failed", EXPIRED, NEVER_VERIFIED)
BLOCKING = ("open", "confirmed")
SEVEREST_FIRST = FLAG_LEVELS[::-1]

ACTIVE = Flag.lifted_at.is_(None)
STANDS = sa.and_(ScreeningMatch.status.in_(BLOCKING), ScreeningMatch.delisted_at.is_(None))


class Verified(NamedTuple):
    """Where an organization stands with its verification: its state, and the latest one."""

    state: str
    latest: Verification | None


def blocks_consent(session: Session, organization_id: int) -> list[str]:
    """Why the organization may not consent to anything new; empty where it may.

    The reasons are ``red_flag``, ``open_screening_match`` and ``confirmed_screening_match``. A match with an entry
    that has left the list blocks no more.
    """
    flags = sa.select(Flag.id).where(Flag.organization_id == organization_id, ACTIVE, Flag.level == "red")
    found = ["red_flag"] if session.scalar(sa.select(flags.exists())) else []
    query = sa.select(ScreeningMatch.status).where(ScreeningMatch.organization_id == organization_id, STANDS)
    statuses = set(session.scalars(query.distinct()))
    return found + [f"{status}_screening_match" for status in BLOCKING if status in statuses]


def warnings(session: Session, organization_id: int, today: date) -> list[str]:
    """What to look at before the organization consents, though it may.

    The warnings are ``never_verified``, ``expired_verification``, ``conditional_verification``,
    ``failed_verification``, ``yellow_flag`` and ``observation_flag``.
    """
    state = verified(session, [organization_id], today)[organization_id].state
    found = {NEVER_VERIFIED: ["never_verified"], "passed": []}.get(state, [f"{state}_verification"])
    query = sa.select(Flag.level).where(Flag.organization_id == organization_id, ACTIVE, Flag.level != "red")
    levels = set(session.scalars(query.distinct()))
    return found + [f"{level}_flag" for level in SEVEREST_FIRST if level in levels]


def verified(session: Session, organizations: Collection[int], today: date) -> dict[int, Verified]:
    """Where each organization stands with its verification on a day."""
    query = sa.select(Verification).where(Verification.id.in_(latest_verifications()))
    rows = session.scalars(query.where(Verification.organization_id.in_(organizations)))
    latest = {row.organization_id: row for row in rows}
    return {one: Verified(_state(latest.get(one), today), latest.get(one)) for one in organizations}


def _state(latest: Verification | None, today: date) -> str:
    if latest is None:
        return NEVER_VERIFIED
    return EXPIRED if latest.expires_on <= today else latest.result


def latest_verifications() -> sa.Select[int]:
    """The id of the latest verification of each organization."""
    return sa.select(sa.func.max(Verification.id)).group_by(Verification.organization_id)


def severest_flags(session: Session, organizations: Collection[int]) -> dict[int, str]:
    """The severest level of the flags that each organization has now."""
    query = sa.select(Flag.organization_id, Flag.level).where(Flag.organization_id.in_(organizations), ACTIVE)
    found: dict[int, str] = {}
    for organization, level in session.execute(query.distinct()):
        found[organization] = max(level, found.get(organization, level), key=FLAG_LEVELS.index)
    return found

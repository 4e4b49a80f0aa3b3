"""Organizations that a person may see, what is recorded of them, and the screening matches to decide."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import Blank, CountryCode, Words
from sstic.listing import holds, rows_and_total
from sstic.organizations.standing import ACTIVE, EXPIRED, NEVER_VERIFIED, STANDS, latest_verifications
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent
from sstic.tables.countries import Country
from sstic.tables.organizations import Organization, OrganizationRole
from sstic.tables.verification import Flag, SanctionsEntry, ScreeningMatch, Verification


class OrganizationFilter(BaseModel):
    """Which organizations to list."""

    q: Words = None
    role: Annotated[
        Literal["government", "provider_institution", "donor", "itpo_office", "investor", "coordinator"] | None,
        Blank,
        Field(description="A role that the organization can hold."),
    ] = None
    country: CountryCode = None
    verification: Annotated[
        Literal["passed", "conditional", "failed", "expired", "none"] | None,
        Blank,
        Field(description="What the latest verification came to; `none` where there was none."),
    ] = None
    flag: Annotated[
        Literal["red", "yellow", "observation", "none"] | None,
        Blank,
        Field(description="The level of a flag that the organization has now; for those who may read flags."),
    ] = None


class MatchFilter(BaseModel):
    """Which screening matches to list; open ones with an entry that is still on the list by default."""

    q: Words = None
    status: Annotated[
        Literal["open", "false_positive", "confirmed", "delisted"], Field(description="What was decided.")
    ] = "open"


def list_organizations(
    session: Session, who: Principal, wanted: OrganizationFilter, today: date, offset: int, limit: int
) -> tuple[Sequence[Organization], int]:
    """The organizations that a person may see, by name, and how many there are."""
    query = sa.select(Organization).where(within(who, "organization"))
    if wanted.q:
        query = query.where(holds(wanted.q, Organization.name, Organization.reference))
    if wanted.role:
        query = query.where(Organization.roles.any(OrganizationRole.role == wanted.role))
    if wanted.country:
        query = query.where(Organization.country_iso3 == wanted.country)
    if wanted.verification:
        query = query.where(_verified_as(wanted.verification, today))
    if wanted.flag:
        flagged = sa.exists().where(Flag.organization_id == Organization.id, ACTIVE, within(who, "flag"))
        query = query.where(~flagged if wanted.flag == "none" else flagged.where(Flag.level == wanted.flag))
    query = query.options(selectinload(Organization.roles), raiseload("*"))
    return rows_and_total(session, query.order_by(Organization.name, Organization.id), offset, limit)


def _verified_as(state: str, today: date) -> sa.ColumnElement[bool]:
    """The condition that says the same as ``standing.verified``."""
    latest = sa.exists().where(
        Verification.organization_id == Organization.id, Verification.id.in_(latest_verifications())
    )
    if state == NEVER_VERIFIED:
        return ~latest
    if state == EXPIRED:
        return latest.where(Verification.expires_on <= today)
    return latest.where(Verification.expires_on > today, Verification.result == state)


def one_organization(session: Session, who: Principal, reference: str) -> Organization | None:
    """An organization that a person may see."""
    query = sa.select(Organization).where(Organization.reference == reference, within(who, "organization"))
    return session.scalar(query.options(selectinload(Organization.roles), raiseload("*")))


def countries_of_organizations(session: Session, who: Principal) -> Sequence[Country]:
    """The countries of the organizations that a person may see."""
    seen = sa.select(Organization.country_iso3).where(within(who, "organization"))
    return session.scalars(sa.select(Country).where(Country.iso3.in_(seen)).options(raiseload("*"))).all()


def verifications_of(session: Session, who: Principal, organization: int) -> Sequence[Verification]:
    """The verifications of an organization, the latest first, where the person may read what was answered."""
    query = sa.select(Verification).where(Verification.organization_id == organization, within(who, "verification"))
    return session.scalars(query.options(raiseload("*")).order_by(Verification.id.desc())).all()


def flags_of(session: Session, who: Principal, organization: int) -> Sequence[Flag]:
    """The flags of an organization: those raised now first, then the lifted ones; each the latest first."""
    query = sa.select(Flag).where(Flag.organization_id == organization, within(who, "flag"))
    return session.scalars(query.options(raiseload("*")).order_by(~ACTIVE, Flag.id.desc())).all()


def one_flag(session: Session, who: Principal, organization: int, number: int) -> Flag | None:
    """A flag of an organization."""
    query = sa.select(Flag).where(Flag.id == number, Flag.organization_id == organization, within(who, "flag"))
    return session.scalar(query.options(raiseload("*")))


def matches_of(session: Session, who: Principal, organization: int) -> Sequence[ScreeningMatch]:
    """The screening matches of an organization, those that stand against it first."""
    query = sa.select(ScreeningMatch).where(ScreeningMatch.organization_id == organization, within(who, "screening"))
    return session.scalars(query.options(raiseload("*")).order_by(~STANDS, ScreeningMatch.id.desc())).all()


def screened(session: Session, who: Principal, organizations: Collection[int]) -> dict[int, int]:
    """How many matches stand against each organization, where the person may read them."""
    query = sa.select(ScreeningMatch.organization_id, sa.func.count()).group_by(ScreeningMatch.organization_id)
    query = query.where(ScreeningMatch.organization_id.in_(organizations), STANDS, within(who, "screening"))
    return dict(session.execute(query).all())


def list_matches(
    session: Session, who: Principal, wanted: MatchFilter, offset: int, limit: int
) -> tuple[Sequence[ScreeningMatch], int]:
    """Screening matches, those of the highest score first, and how many there are."""
    query = sa.select(ScreeningMatch).join(ScreeningMatch.organization).where(within(who, "screening"))
    delisted = ScreeningMatch.delisted_at.is_not(None)
    if wanted.status == "delisted":
        query = query.where(delisted)
    else:
        query = query.where(~delisted, ScreeningMatch.status == wanted.status)
    if wanted.q:
        query = query.where(holds(wanted.q, Organization.name, ScreeningMatch.listed_name))
    query = query.options(joinedload(ScreeningMatch.organization).raiseload("*"), raiseload("*"))
    return rows_and_total(session, query.order_by(ScreeningMatch.score.desc(), ScreeningMatch.id), offset, limit)


def one_match(session: Session, who: Principal, number: int) -> ScreeningMatch | None:
    """A screening match with its organization."""
    query = sa.select(ScreeningMatch).where(ScreeningMatch.id == number, within(who, "screening"))
    return session.scalar(query.options(joinedload(ScreeningMatch.organization).raiseload("*"), raiseload("*")))


def entries(session: Session, references: Iterable[str]) -> dict[str, SanctionsEntry]:
    """Entries that are on the list now, by reference."""
    query = sa.select(SanctionsEntry).where(SanctionsEntry.reference.in_(sorted(set(references))))
    return {entry.reference: entry for entry in session.scalars(query)}


def loaded_list(session: Session) -> AuditEvent | None:
    """The event of the list that was loaded last; its details tell of the list."""
    query = sa.select(AuditEvent).where(AuditEvent.action == "load_sanctions_list")
    return session.scalar(query.order_by(AuditEvent.number.desc()).limit(1))


def history_of(session: Session, match: ScreeningMatch) -> Sequence[AuditEvent]:
    """What happened to a match, the latest first."""
    query = sa.select(AuditEvent).where(
        AuditEvent.subject_table == "screening_match", AuditEvent.subject_id == str(match.id)
    )
    return session.scalars(query.order_by(AuditEvent.number.desc())).all()


def names_of_people(session: Session, people: Iterable[int | None]) -> dict[int, str]:
    """The names of people by number."""
    wanted = sorted({one for one in people if one is not None})
    return dict(session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted))).all())


def names_of_actors(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """The names of people by the pseudonym that audit rows carry."""
    people = (actor.removeprefix("user:") for actor in actors if actor.startswith("user:"))
    return {f"user:{number}": name for number, name in names_of_people(session, map(int, people)).items()}

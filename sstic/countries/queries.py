"""Countries, and what is known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import Blank, Region, Words
from sstic.language import language
from sstic.listing import holds, rows_and_total
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.countries import (
    CooperationParty,
    CooperationProject,
    Country,
    CountryFact,
    Grouping,
    Indicator,
    IndicatorValue,
    Membership,
    Source,
    Treaty,
    TreatyParty,
)
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import Capability, GoodPractice, GoodPracticeProvider
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization

SPAN_YEARS = 10
MOST_LISTED = 20


class CountryFilter(BaseModel):
    """Which countries to list."""

    q: Words = None
    region: Region = None
    group: Annotated[
        Literal["ldc", "lldc", "sids"] | None,
        Blank,
        Field(description="Least developed, landlocked developing, or small island developing."),
    ] = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How much a country brings."""

    needs: int
    practices: int


def holding_on(kind: str, on: date) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that a fact of a kind holds on a day."""
    still = sa.or_(CountryFact.valid_to.is_(None), CountryFact.valid_to >= on)
    return CountryFact.kind == kind, CountryFact.valid_from <= on, still


def list_countries(
    session: Session, wanted: CountryFilter, on: date, offset: int, limit: int
) -> tuple[Sequence[Country], int]:
    """Countries by name in the language of the request, and how many there are."""
    query = sa.select(Country)
    if wanted.q:
        own: Any = getattr(Country, f"name_{language()}")
        query = query.where(holds(wanted.q, Country.name_en, own, Country.iso3))
    if wanted.region:
        query = query.where(Country.region == wanted.region)
    if wanted.group:
        query = query.where(Country.facts.any(sa.and_(*holding_on(wanted.group, on), CountryFact.value == "yes")))
    name: Any = getattr(Country, f"name_{language()}")
    query = query.options(selectinload(Country.facts), raiseload("*")).order_by(name, Country.iso3)
    return rows_and_total(session, query, offset, limit)


def tallies(session: Session, who: Principal, codes: Sequence[str]) -> dict[str, Tally]:
    """Needs and practices of countries, of those that ``who`` may read."""
    asked = sa.select(sa.func.count()).where(Need.country_iso3 == Country.iso3, within(who, "need")).scalar_subquery()
    offered = (
        sa.select(sa.func.count())
        .select_from(GoodPracticeProvider)
        .join(GoodPractice, GoodPractice.id == GoodPracticeProvider.practice_id)
        .where(GoodPracticeProvider.iso3 == Country.iso3, within(who, "good_practice"))
        .scalar_subquery()
    )
    rows = session.execute(sa.select(Country.iso3, asked, offered).where(Country.iso3.in_(codes)))
    return {iso3: Tally(needs_found, practices_found) for iso3, needs_found, practices_found in rows}


def one_country(session: Session, iso3: str) -> Country | None:
    """A country with its facts and languages."""
    loading = (selectinload(Country.facts), selectinload(Country.languages), raiseload("*"))
    return session.scalar(sa.select(Country).where(Country.iso3 == iso3).options(*loading))


def facts_on(country: Country, on: date) -> dict[str, CountryFact]:
    """The facts that hold on a day, by kind."""
    held = (fact for fact in country.facts if fact.valid_from <= on and (fact.valid_to is None or fact.valid_to >= on))
    return {fact.kind: fact for fact in held}


@dataclass(frozen=True, slots=True)
class Measured:
    """A series for a country: its latest value and the one some ten years before."""

    indicator: Indicator
    source: Source
    latest: IndicatorValue
    before: IndicatorValue | None


def measured(session: Session, iso3: str) -> list[Measured]:
    """The series of a country, by action area and name."""
    query = (
        sa.select(Indicator, Source, IndicatorValue)
        .join(Source, Source.code == Indicator.source_code)
        .join(IndicatorValue, IndicatorValue.indicator_code == Indicator.code)
        .where(IndicatorValue.iso3 == iso3)
        .order_by(Indicator.name, Indicator.code, IndicatorValue.year)
    )
    series: dict[str, tuple[Indicator, Source, list[IndicatorValue]]] = {}
    for indicator, source, value in session.execute(query):
        series.setdefault(indicator.code, (indicator, source, []))[2].append(value)
    return [Measured(one, source, values[-1], _earlier(values)) for one, source, values in series.values()]


def _earlier(values: Sequence[IndicatorValue]) -> IndicatorValue | None:
    """The value closest to ten years before the latest, of those at least five years before."""
    latest = values[-1].year
    old = [value for value in values if value.year <= latest - SPAN_YEARS // 2]
    return min(old, key=lambda value: (abs(value.year - (latest - SPAN_YEARS)), value.year), default=None)


def memberships(session: Session, iso3: str) -> list[tuple[Grouping, Membership]]:
    """The organisations and groups that a country is a member of; regions as donors word them are left out."""
    query = (
        sa.select(Grouping, Membership)
        .join(Membership, Membership.grouping_code == Grouping.code)
        .where(Membership.iso3 == iso3, Grouping.kind != "region")
        .order_by(Grouping.name)
    )
    return [(one, other) for one, other in session.execute(query)]


def treaties(session: Session, iso3: str) -> list[tuple[Treaty, TreatyParty]]:
    """The agreements that a country has a standing towards."""
    query = (
        sa.select(Treaty, TreatyParty)
        .join(TreatyParty, TreatyParty.treaty_code == Treaty.code)
        .where(TreatyParty.iso3 == iso3)
        .order_by(Treaty.name)
    )
    return [(one, other) for one, other in session.execute(query)]


def projects_of(session: Session, iso3: str) -> tuple[Sequence[CooperationProject], int]:
    """The latest past projects in which a country took part, and how many there are."""
    query = (
        sa.select(CooperationProject)
        .where(CooperationProject.parties.any(CooperationParty.iso3 == iso3))
        .options(selectinload(CooperationProject.parties), raiseload("*"))
        .order_by(sa.func.coalesce(CooperationProject.start_year, 0).desc(), CooperationProject.id)
    )
    return rows_and_total(session, query, 0, MOST_LISTED)


def count_projects(session: Session, iso3: str) -> int:
    """How many past projects a country took part in."""
    query = sa.select(sa.func.count(CooperationParty.project_id.distinct())).where(CooperationParty.iso3 == iso3)
    return session.scalar(query) or 0


def roles_in(project: CooperationProject, iso3: str) -> list[str]:
    """The roles of a country in a past project."""
    return [party.role for party in project.parties if party.iso3 == iso3]


def windows_of(session: Session, who: Principal, iso3: str) -> Sequence[FundingWindow]:
    """Funding windows of donors of a country."""
    query = (
        sa.select(FundingWindow)
        .join(FundingWindow.donor)
        .where(Organization.country_iso3 == iso3, within(who, "window"))
        .options(joinedload(FundingWindow.donor).raiseload("*"), raiseload("*"))
        .order_by(FundingWindow.name, FundingWindow.id)
        .limit(MOST_LISTED)
    )
    return session.scalars(query).all()


def slots_of(session: Session, iso3: str, year: int) -> Capability | None:
    """What a country as a whole can provide in a year."""
    wanted = (Capability.country_iso3 == iso3, Capability.year == year)
    return session.scalar(sa.select(Capability).where(*wanted))


def names_of(facts: Mapping[str, CountryFact], *kinds: str) -> list[str]:
    """Those of the kinds that hold with yes."""
    return [kind for kind in kinds if kind in facts and facts[kind].value == "yes"]

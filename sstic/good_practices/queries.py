"""Good practices, as the permission table lets them be read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import ActionArea, Blank, CountryCode, Region, Words
from sstic.listing import holds, rows_and_total
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.classifications import ACTION_AREAS, Theme, UnidoProgramme
from sstic.tables.countries import Country
from sstic.tables.good_practices import (
    EVIDENCE_GRADES,
    Capability,
    GoodPractice,
    GoodPracticeProvider,
    GoodPracticeTheme,
    Replication,
)

EvidenceGrade = Literal["independent", "compared", "monitored", "stated"]


class PracticeFilter(BaseModel):
    """Which good practices to list."""

    q: Words = None
    action_area: ActionArea = None
    theme: Annotated[
        Annotated[str, Field(pattern="^[A-Z][A-Z0-9_]{0,39}$")] | None,
        Blank,
        Field(description="A theme, or one below it."),
    ] = None
    region: Region = None
    country: CountryCode = None
    evidence: Annotated[EvidenceGrade | None, Blank, Field(description="What the results rest on.")] = None
    replicated: Annotated[
        Literal["claimed", "confirmed"] | None,
        Blank,
        Field(description="Replicated in another country: at least claimed, or confirmed by both countries."),
    ] = None
    results: Annotated[
        Literal["achieved", "planned", "unknown"] | None, Blank, Field(description="Whether results are achieved.")
    ] = None


IS_CONFIRMED = sa.and_(Replication.provider_confirmed_at.is_not(None), Replication.replicator_confirmed_at.is_not(None))


def _wanted(session: Session, who: Principal, wanted: PracticeFilter) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter."""
    found: list[sa.ColumnElement[bool]] = [within(who, "good_practice")]
    if wanted.q:
        columns = (GoodPractice.title, GoodPractice.summary, GoodPractice.institution_name, GoodPractice.reference)
        found.append(holds(wanted.q, *columns))
    for column, value in (
        (GoodPractice.action_area, wanted.action_area),
        (GoodPractice.evidence_grade, wanted.evidence),
        (GoodPractice.results_kind, wanted.results),
    ):
        if value:
            found.append(column == value)
    if wanted.theme:
        below = _themes_below(session, wanted.theme)
        found.append(GoodPractice.themes.any(GoodPracticeTheme.theme_code.in_(below)))
    if wanted.replicated:
        confirmed = wanted.replicated == "confirmed"
        found.append(GoodPractice.replications.any(IS_CONFIRMED if confirmed else sa.true()))
    if wanted.region or wanted.country:
        provider = GoodPracticeProvider.iso3 == wanted.country if wanted.country else sa.true()
        place = GoodPracticeProvider.country.has(Country.region == wanted.region) if wanted.region else sa.true()
        found.append(GoodPractice.providers.any(sa.and_(provider, place)))
    return found


def _themes_below(session: Session, code: str) -> list[str]:
    """A theme and those below it."""
    parents = dict(session.execute(sa.select(Theme.code, Theme.parent_code)).all())
    found = {code}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def list_practices(
    session: Session, who: Principal, wanted: PracticeFilter, offset: int, limit: int
) -> tuple[Sequence[GoodPractice], int]:
    """Good practices by title, and how many there are."""
    return rows_and_total(session, _in_a_list(*_wanted(session, who, wanted)), offset, limit)


def _in_a_list(*conditions: sa.ColumnElement[bool]) -> sa.Select[GoodPractice]:
    providers = selectinload(GoodPractice.providers).joinedload(GoodPracticeProvider.country).raiseload("*")
    loading = (providers, selectinload(GoodPractice.replications), raiseload("*"))
    query = sa.select(GoodPractice).where(*conditions).options(*loading)
    return query.order_by(GoodPractice.title, GoodPractice.id)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A page of the catalogue: its practices, and how many of all that were found have which quality."""

    rows: Sequence[GoodPractice]
    total: int
    counts: Mapping[str, Mapping[str, int]]


def catalogue(session: Session, who: Principal, wanted: PracticeFilter, offset: int, limit: int) -> Catalogue:
    """Good practices by title, and the counts that stand beside the choices of the filter."""
    ids: list[int] = []
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for facet, value, number in session.execute(_counted(_wanted(session, who, wanted), offset, limit)):
        if facet == "row":
            ids.append(number or 0)
        else:
            counts[facet][value] = number or 0
    rows = session.scalars(_in_a_list(GoodPractice.id.in_(ids))).all() if ids else []
    return Catalogue(rows, counts["all"][""], counts)


def _counted(
    conditions: Sequence[sa.ColumnElement[bool]], offset: int, limit: int
) -> sa.CompoundSelect[str, str, int | None]:
    """The ids of a page, and how many practices were found in all and by facet: the practices are read through once."""
    practice = (GoodPractice.id, GoodPractice.title, GoodPractice.action_area, GoodPractice.evidence_grade)
    found = sa.select(*practice).where(*conditions).cte("found")
    page = sa.select(found.c.id).order_by(found.c.title, found.c.id).offset(offset).limit(limit).subquery("page")
    areas = {one: sa.func.count().filter(found.c.action_area == one) for one in ACTION_AREAS}
    grades = {one: sa.func.count().filter(found.c.evidence_grade == one) for one in EVIDENCE_GRADES}
    sums = [sa.func.count().label("all"), *(one.label(name) for name, one in {**areas, **grades}.items())]
    once = sa.select(*sums).select_from(found).cte("once")
    held = sa.select(
        sa.func.count(sa.distinct(found.c.id)).label("claimed"),
        sa.func.count(sa.distinct(found.c.id)).filter(IS_CONFIRMED).label("confirmed"),
    )
    held = held.select_from(sa.join(found, Replication, Replication.practice_id == found.c.id))
    replicated = held.cte("replicated")
    provider = sa.join(found, GoodPracticeProvider, GoodPracticeProvider.practice_id == found.c.id)
    regions = _told("region", Country.region, sa.func.count(sa.distinct(found.c.id)))
    regions = regions.select_from(sa.join(provider, Country, Country.iso3 == GoodPracticeProvider.iso3))
    return sa.union_all(
        _told("row", sa.literal(""), page.c.id),
        _told("all", sa.literal(""), once.c.all),
        *(_told("action_area", sa.literal(one), once.c[one]) for one in areas),
        *(_told("evidence", sa.literal(one), once.c[one]) for one in grades),
        *(_told("replicated", sa.literal(one), replicated.c[one]) for one in ("claimed", "confirmed")),
        regions.group_by(Country.region),
    )


def _told(
    facet: str, value: sa.SQLColumnExpression[str], number: sa.SQLColumnExpression[int | None]
) -> sa.Select[str, str, int | None]:
    return sa.select(sa.literal(facet).label("facet"), value.label("value"), number.label("number"))


def one_practice(session: Session, who: Principal, reference: str, action: str = "read") -> GoodPractice | None:
    """A good practice with which ``who`` may do this, with all that its page shows, or None where there is none."""
    query = (
        sa.select(GoodPractice)
        .where(GoodPractice.reference == reference, within(who, "good_practice", action))
        .options(
            joinedload(GoodPractice.institution).raiseload("*"),
            selectinload(GoodPractice.providers).joinedload(GoodPracticeProvider.country).raiseload("*"),
            selectinload(GoodPractice.replications),
            selectinload(GoodPractice.themes),
            selectinload(GoodPractice.isic),
            selectinload(GoodPractice.sdg_targets),
            selectinload(GoodPractice.blocks),
            selectinload(GoodPractice.conditions),
            selectinload(GoodPractice.outcomes),
            selectinload(GoodPractice.evidence),
            selectinload(GoodPractice.editors),
            raiseload("*"),
        )
    )
    return session.scalar(query)


def programme_of(session: Session, practice: GoodPractice) -> UnidoProgramme | None:
    """The UNIDO tool that a practice belongs to."""
    if practice.programme_code is None:
        return None
    return session.get(UnidoProgramme, practice.programme_code, options=[raiseload("*")])


def capacity_of(session: Session, institution_id: int | None, years: Collection[int]) -> dict[int, Capability]:
    """What an institution can give, by year."""
    if institution_id is None:
        return {}
    wanted = (Capability.institution_id == institution_id, Capability.year.in_(years))
    return {one.year: one for one in session.scalars(sa.select(Capability).where(*wanted).order_by(Capability.year))}


def themes_of(session: Session, area: str | None) -> list[tuple[str, str]]:
    """Codes and labels of the themes, of one action area where it is named, to filter by."""
    query = sa.select(Theme.code, Theme.label).order_by(Theme.action_area, Theme.label)
    found = session.execute(query.where(Theme.action_area == area) if area else query)
    return [(code, label) for code, label in found]

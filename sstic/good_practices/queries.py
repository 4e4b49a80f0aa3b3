"""Good practices, as the permission table lets them be read."""

from collections.abc import Sequence
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import ActionArea, Blank, CountryCode, Region, Words
from sstic.listing import holds, rows_and_total
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.classifications import UnidoProgramme
from sstic.tables.countries import Country
from sstic.tables.good_practices import Capability, GoodPractice, GoodPracticeProvider


class PracticeFilter(BaseModel):
    """Which good practices to list."""

    q: Words = None
    action_area: ActionArea = None
    region: Region = None
    country: CountryCode = None
    results: Annotated[
        Literal["achieved", "planned", "unknown"] | None, Blank, Field(description="Whether results are achieved.")
    ] = None


def list_practices(
    session: Session, who: Principal, wanted: PracticeFilter, offset: int, limit: int
) -> tuple[Sequence[GoodPractice], int]:
    """Good practices by title, and how many there are."""
    query = sa.select(GoodPractice).where(within(who, "good_practice"))
    if wanted.q:
        columns = (GoodPractice.title, GoodPractice.summary, GoodPractice.institution_name, GoodPractice.reference)
        query = query.where(holds(wanted.q, *columns))
    if wanted.action_area:
        query = query.where(GoodPractice.action_area == wanted.action_area)
    if wanted.results:
        query = query.where(GoodPractice.results_kind == wanted.results)
    if wanted.region or wanted.country:
        provider = GoodPractice.providers.any(
            sa.and_(
                GoodPracticeProvider.iso3 == wanted.country if wanted.country else sa.true(),
                GoodPracticeProvider.country.has(Country.region == wanted.region) if wanted.region else sa.true(),
            )
        )
        query = query.where(provider)
    providers = selectinload(GoodPractice.providers).joinedload(GoodPracticeProvider.country).raiseload("*")
    return rows_and_total(
        session, query.options(providers, raiseload("*")).order_by(GoodPractice.title, GoodPractice.id), offset, limit
    )


def one_practice(session: Session, who: Principal, reference: str) -> GoodPractice | None:
    """A good practice with all that its page shows, or None where there is none to read."""
    query = (
        sa.select(GoodPractice)
        .where(GoodPractice.reference == reference, within(who, "good_practice"))
        .options(
            joinedload(GoodPractice.institution).raiseload("*"),
            selectinload(GoodPractice.providers).joinedload(GoodPracticeProvider.country).raiseload("*"),
            selectinload(GoodPractice.replications),
            selectinload(GoodPractice.themes),
            selectinload(GoodPractice.isic),
            selectinload(GoodPractice.sdg_targets),
            raiseload("*"),
        )
    )
    return session.scalar(query)


def programme_of(session: Session, practice: GoodPractice) -> UnidoProgramme | None:
    """The UNIDO tool that a practice belongs to."""
    if practice.programme_code is None:
        return None
    return session.get(UnidoProgramme, practice.programme_code, options=[raiseload("*")])


def slots_of(session: Session, practice: GoodPractice, year: int) -> Capability | None:
    """What the practice's institution can give in a year."""
    if practice.institution_id is None:
        return None
    wanted = (Capability.institution_id == practice.institution_id, Capability.year == year)
    return session.scalar(sa.select(Capability).where(*wanted))

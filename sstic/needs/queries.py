"""Needs, as the permission table lets them be read."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import ActionArea, Blank, CountryCode, Region, Words
from sstic.listing import holds, rows_and_total
from sstic.permissions import Principal, reaches
from sstic.scopes import PUBLIC_NEEDS, within
from sstic.tables.countries import Country
from sstic.tables.needs import NEED_MOVES, Need


class NeedFilter(BaseModel):
    """Which needs to list."""

    q: Words = None
    action_area: ActionArea = None
    region: Region = None
    country: CountryCode = None
    status: Annotated[
        Literal[
            "draft",
            "submitted",
            "returned",
            "endorsed",
            "open",
            "in_proposal",
            "matched",
            "expired",
            "renewed",
            "withdrawn",
        ]
        | None,
        Blank,
        Field(description="The state of the need."),
    ] = None


def states_for(who: Principal) -> tuple[str, ...]:
    """The states in which a need that ``who`` may read can be."""
    all_public = all(one.cell.relation == "public" for one in reaches(who, "need", "read"))
    return PUBLIC_NEEDS if all_public else tuple(NEED_MOVES)


def list_needs(
    session: Session, who: Principal, wanted: NeedFilter, offset: int, limit: int
) -> tuple[Sequence[Need], int]:
    """Needs, latest first, and how many there are."""
    query = sa.select(Need).join(Need.country).where(within(who, "need"))
    if wanted.q:
        query = query.where(holds(wanted.q, Need.title, Need.statement, Need.reference, *country_names()))
    if wanted.action_area:
        query = query.where(Need.action_area == wanted.action_area)
    if wanted.region:
        query = query.where(Country.region == wanted.region)
    if wanted.country:
        query = query.where(Need.country_iso3 == wanted.country)
    if wanted.status:
        query = query.where(Need.status == wanted.status)
    loading = (joinedload(Need.country).raiseload("*"), raiseload("*"))
    order = (sa.func.coalesce(Need.year, 0).desc(), Need.reference)
    return rows_and_total(session, query.options(*loading).order_by(*order), offset, limit)


def country_names() -> tuple[Any, ...]:
    """The columns that a country may be looked for by."""
    return (Country.name_en, Country.name_fr, Country.name_es, Country.name_ar, Country.name_ru, Country.name_zh)


def one_need(session: Session, who: Principal, reference: str, *, with_answers: bool = True) -> Need | None:
    """A need with all that its page shows, or None where there is no such need to read.

    Without answers, its indicators and contributions are left out.
    """
    answers = (selectinload(Need.indicators), selectinload(Need.contributions)) if with_answers else ()
    query = (
        sa.select(Need)
        .where(Need.reference == reference, within(who, "need"))
        .options(
            joinedload(Need.country).raiseload("*"),
            joinedload(Need.organization).raiseload("*"),
            selectinload(Need.themes),
            selectinload(Need.isic),
            selectinload(Need.sdg_targets),
            selectinload(Need.modalities),
            *answers,
            raiseload("*"),
        )
    )
    return session.scalar(query)

"""Needs that anyone may read."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import ActionArea, Blank, CountryCode, Region, Words
from sstic.listing import holds, rows_and_total
from sstic.tables.countries import Country
from sstic.tables.needs import Need

# What a government still drafts, or took back, is its own.
PUBLIC_STATES = ("endorsed", "open", "in_proposal", "matched", "expired", "renewed")


class NeedFilter(BaseModel):
    """Which needs to list."""

    q: Words = None
    action_area: ActionArea = None
    region: Region = None
    country: CountryCode = None
    status: Annotated[
        Literal["endorsed", "open", "in_proposal", "matched", "expired", "renewed"] | None,
        Blank,
        Field(description="The state of the need."),
    ] = None


def list_needs(session: Session, wanted: NeedFilter, offset: int, limit: int) -> tuple[Sequence[Need], int]:
    """Needs, latest first, and how many there are."""
    query = sa.select(Need).join(Need.country).where(Need.status.in_(PUBLIC_STATES))
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


def one_need(session: Session, reference: str) -> Need | None:
    """A need with all that its page shows, or None where there is no such need to read."""
    query = (
        sa.select(Need)
        .where(Need.reference == reference, Need.status.in_(PUBLIC_STATES))
        .options(
            joinedload(Need.country).raiseload("*"),
            joinedload(Need.organization).raiseload("*"),
            selectinload(Need.themes),
            selectinload(Need.isic),
            selectinload(Need.sdg_targets),
            selectinload(Need.modalities),
            selectinload(Need.indicators),
            selectinload(Need.contributions),
            raiseload("*"),
        )
    )
    return session.scalar(query)

"""Needs, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import BaseModel, Field

from sstic import lookups
from sstic.access import Who
from sstic.addresses import Reading, Reference
from sstic.api import Coded, CountryName, Listing, Money, coded, reading_router
from sstic.asked import Slice
from sstic.errors import NOT_FOUND
from sstic.needs import queries
from sstic.tables.needs import Need

router = reading_router("needs", "need")


class Asked(queries.NeedFilter, Slice):
    """What the list takes from the address."""


class NeedRow(BaseModel):
    """A need in a list."""

    reference: str
    title: str
    country: CountryName
    action_area: str
    status: str
    origin: str = Field(description="`published`: read in a public source; `submitted`: through this service.")
    year: int | None
    budget: Money | None = Field(description="Only where the source states one.")


class NeedDetail(NeedRow):
    """A need."""

    statement: str
    owner: str | None = Field(description="The organization that owns the need, where known.")
    themes: list[Coded]
    industries: list[Coded] = Field(description="ISIC Rev.4.")
    sdg_targets: list[Coded]
    modalities: list[str]
    self_financing_percent: int | None
    priority: int | None
    endorsed_at: datetime | None
    source_url: str | None
    source_note: str | None


def _row(need: Need) -> dict[str, object]:
    return {
        "reference": need.reference,
        "title": need.title,
        "country": CountryName.of(need.country),
        "action_area": need.action_area,
        "status": need.status,
        "origin": need.origin,
        "year": need.year,
        "budget": Money.of(need.budget_amount, need.budget_currency),
    }


@router.get("/needs", operation_id="list_needs", summary="List needs")
def list_needs(session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> Listing[NeedRow]:
    """Needs that the caller may read, latest first."""
    rows, total = queries.list_needs(session, who, asked, asked.offset, asked.limit)
    found = [NeedRow.model_validate(_row(need)) for need in rows]
    return Listing(total=total, limit=asked.limit, offset=asked.offset, rows=found)


@router.get("/needs/{reference}", operation_id="read_need", summary="Read a need", responses=NOT_FOUND)
def read_need(session: Reading, who: Who, reference: Reference) -> NeedDetail:
    """One need."""
    need = queries.one_need(session, who, reference)
    if need is None:
        raise HTTPException(404)
    themes = [one.theme_code for one in need.themes]
    industries = [one.isic_code for one in need.isic]
    targets = [one.target_code for one in need.sdg_targets]
    return NeedDetail.model_validate(
        {
            **_row(need),
            "statement": need.statement,
            "owner": need.organization.name if need.organization else None,
            "themes": coded(themes, lookups.theme_labels(session, themes)),
            "industries": coded(industries, lookups.isic_titles(session, industries)),
            "sdg_targets": coded(targets, lookups.target_texts(session, targets)),
            "modalities": [one.modality for one in need.modalities],
            "self_financing_percent": need.self_financing_share,
            "priority": need.priority,
            "endorsed_at": need.endorsed_at,
            "source_url": need.source_url,
            "source_note": need.source_note,
        }
    )

"""Funding windows, as JSON."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import BaseModel, Field

from sstic import lookups
from sstic.access import Who
from sstic.addresses import Reading, Reference
from sstic.api import Coded, CountryName, Listing, Money, coded, reading_router
from sstic.asked import Slice
from sstic.errors import NOT_FOUND
from sstic.funding import queries
from sstic.tables.funding import FundingWindow

router = reading_router("funding windows", "window")


class Asked(queries.WindowFilter, Slice):
    """What the list takes from the address."""


class WindowRow(BaseModel):
    """A funding window in a list. What is null is unknown: never zero, never open."""

    reference: str
    name: str
    donor: str
    donor_type: str
    kind: str = Field(description="`call`, `programme`, or `past_contribution`, which takes no proposals.")
    instrument: str
    action_areas: list[str]
    opening: str = Field(description="As of today; `unknown` where no source states a closing date.")
    open_from: date | None
    open_to: date | None
    recurs: bool | None


class EligibleGroup(BaseModel):
    """A group of countries that a window names."""

    code: str
    name: str
    excluded: bool


class WindowDetail(WindowRow):
    """A funding window."""

    donor_country: CountryName | None
    total_budget: Money | None
    min_ticket: Money | None
    max_ticket: Money | None
    cofinancing_percent: int | None
    min_parties: int | None
    eligible_regions_text: str
    eligible_groups: list[EligibleGroup]
    eligible_countries: list[CountryName]
    eligible_list_complete: bool
    themes: list[Coded]
    source_url: str | None
    source_note: str | None


def _row(window: FundingWindow, today: date) -> dict[str, object]:
    return {
        "reference": window.reference,
        "name": window.name,
        "donor": window.donor.name,
        "donor_type": window.donor_type,
        "kind": window.kind,
        "instrument": window.instrument,
        "action_areas": [one.action_area for one in window.areas],
        "opening": queries.opening_of(window, today),
        "open_from": window.open_from,
        "open_to": window.open_to,
        "recurs": window.recurs,
    }


@router.get("/funding-windows", operation_id="list_funding_windows", summary="List funding windows")
def list_funding_windows(session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> Listing[WindowRow]:
    """Funding windows by donor."""
    today = datetime.now(UTC).date()
    rows, total = queries.list_windows(session, who, asked, today, asked.offset, asked.limit)
    found = [WindowRow.model_validate(_row(window, today)) for window in rows]
    return Listing(total=total, limit=asked.limit, offset=asked.offset, rows=found)


@router.get(
    "/funding-windows/{reference}",
    operation_id="read_funding_window",
    summary="Read a funding window",
    responses=NOT_FOUND,
)
def read_funding_window(session: Reading, who: Who, reference: Reference) -> WindowDetail:
    """One funding window."""
    window = queries.one_window(session, who, reference)
    if window is None:
        raise HTTPException(404)
    home = window.donor.country_iso3
    named = lookups.countries(session, [home, *(one.iso3 for one in window.countries)])
    groups = queries.grouping_names(session, window)
    themes = [one.theme_code for one in window.themes]
    return WindowDetail.model_validate(
        {
            **_row(window, datetime.now(UTC).date()),
            "donor_country": CountryName.of(named[home]) if home else None,
            "total_budget": Money.of(window.total_budget, window.currency),
            "min_ticket": Money.of(window.min_ticket, window.currency),
            "max_ticket": Money.of(window.max_ticket, window.currency),
            "cofinancing_percent": window.cofinancing_share,
            "min_parties": window.min_parties,
            "eligible_regions_text": window.eligible_regions_text,
            "eligible_groups": [
                EligibleGroup(code=one.grouping_code, name=groups[one.grouping_code], excluded=one.excluded)
                for one in window.groupings
            ],
            "eligible_countries": [CountryName.of(named[one.iso3]) for one in window.countries],
            "eligible_list_complete": window.eligible_countries_complete,
            "themes": coded(themes, lookups.theme_labels(session, themes)),
            "source_url": window.source_url,
            "source_note": window.source_note,
        }
    )

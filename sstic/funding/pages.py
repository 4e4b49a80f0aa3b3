"""The pages of funding windows."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Reading, Reference
from sstic.asked import Paged, asked_of
from sstic.funding import queries
from sstic.listing import PER_PAGE, Page
from sstic.pages import render
from sstic.proposals.queries import plan_of_window
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.funding import DONOR_TYPES

router = APIRouter(dependencies=allowed("window"), include_in_schema=False)
OPENINGS = ("open", "not_yet", "unknown", "closed_recurs", "closed", "record")


class Asked(queries.WindowFilter, Paged):
    """What the list takes from the address."""


@router.get("/funding-windows")
def funding_windows(request: Request, session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The funding windows."""
    today = datetime.now(UTC).date()
    rows, total = queries.list_windows(session, who, asked, today, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    return render(
        request,
        "funding/list.html",
        page=page,
        asked=asked,
        areas=ACTION_AREAS,
        donor_types=DONOR_TYPES,
        openings=OPENINGS,
        opening={window.id: queries.opening_of(window, today) for window in rows},
    )


@router.get("/funding-windows/{reference}")
def funding_window(request: Request, session: Reading, who: Who, reference: Reference) -> HTMLResponse:
    """One funding window, and what the present plan proposes to it."""
    found = queries.one_window(session, who, reference)
    if found is None:
        raise HTTPException(404)
    named = lookups.countries(session, [found.donor.country_iso3, *(one.iso3 for one in found.countries)])
    return render(
        request,
        "funding/one.html",
        window=found,
        opening=queries.opening_of(found, datetime.now(UTC).date()),
        themes=lookups.theme_labels(session, [one.theme_code for one in found.themes]),
        groupings=queries.grouping_names(session, found),
        named=named,
        plan=plan_of_window(session, who, found.id),
    )

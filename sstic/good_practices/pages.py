"""The pages of good practices."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Reading, Reference
from sstic.asked import REGIONS, Paged, asked_of
from sstic.good_practices import queries
from sstic.listing import PER_PAGE, Page
from sstic.pages import render
from sstic.proposals.queries import plan_of_practice
from sstic.tables.classifications import ACTION_AREAS

router = APIRouter(dependencies=allowed("good_practice"), include_in_schema=False)


class Asked(queries.PracticeFilter, Paged):
    """What the list takes from the address."""


@router.get("/good-practices")
def good_practices(request: Request, session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The good practices that the reader may read."""
    rows, total = queries.list_practices(session, who, asked, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    named = lookups.countries(session, [asked.country])
    return render(
        request,
        "good_practices/list.html",
        page=page,
        asked=asked,
        areas=ACTION_AREAS,
        regions=REGIONS,
        country=named.get(asked.country or ""),
    )


@router.get("/good-practices/{reference}")
def good_practice(request: Request, session: Reading, who: Who, reference: Reference) -> HTMLResponse:
    """One good practice, and where the present plan would replicate it."""
    found = queries.one_practice(session, who, reference)
    if found is None:
        raise HTTPException(404)
    return render(
        request,
        "good_practices/one.html",
        practice=found,
        themes=lookups.theme_labels(session, [one.theme_code for one in found.themes]),
        isic=lookups.isic_titles(session, [one.isic_code for one in found.isic]),
        targets=lookups.target_texts(session, [one.target_code for one in found.sdg_targets]),
        replicated_in=lookups.countries(session, [one.iso3 for one in found.replications]),
        programme=queries.programme_of(session, found),
        slots=queries.slots_of(session, found, datetime.now(UTC).year),
        plan=plan_of_practice(session, who, found.id),
    )

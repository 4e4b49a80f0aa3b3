"""The catalogue of good practices, and the page of each."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Reading, Reference
from sstic.asked import REGIONS, Paged, asked_of
from sstic.good_practices import queries
from sstic.good_practices.showing import doings_of, facts_of
from sstic.listing import PER_PAGE, Page
from sstic.pages import render
from sstic.permissions import reaches
from sstic.proposals.queries import plan_of_practice
from sstic.tables.classifications import ACTION_AREAS

router = APIRouter(dependencies=allowed("good_practice"), include_in_schema=False)
GRADES = ("independent", "compared", "monitored", "stated")


class Asked(queries.PracticeFilter, Paged):
    """What the list takes from the address."""


@router.get("/good-practices")
def good_practices(request: Request, session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The good practices that the reader may read."""
    found = queries.catalogue(session, who, asked, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(found.rows, found.total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    named = lookups.countries(session, [asked.country])
    return render(
        request,
        "good_practices/list.html",
        page=page,
        asked=asked,
        is_filtered=bool(page.asked),
        counts=found.counts,
        areas=ACTION_AREAS,
        grades=GRADES,
        themes=queries.themes_of(session, asked.action_area),
        regions=REGIONS,
        country=named.get(asked.country or ""),
        may_start=bool(reaches(who, "good_practice", "write")),
        works=bool(who.roles & {"focal_point", "approver", "reviewer", "coordinator"}),
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
        plan=plan_of_practice(session, who, found.id),
        **facts_of(session, found),
        **doings_of(session, who, found),
    )

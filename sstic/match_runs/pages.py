"""The page of the present plan."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import PUBLIC
from sstic.addresses import Reading
from sstic.asked import REGIONS, PageNumber, asked_of
from sstic.formats import country_name
from sstic.listing import PER_PAGE, Page
from sstic.maps import Place, Triangle, draw_map
from sstic.match_runs import queries
from sstic.pages import render
from sstic.tables.classifications import ACTION_AREAS

router = APIRouter(dependencies=PUBLIC, include_in_schema=False)
MOST_LIMITS = 40


class Asked(queries.PlanFilter):
    """What the page takes from the address; each of its lists has pages of its own."""

    page: PageNumber = 1
    investment_page: PageNumber = 1
    unmatched_page: PageNumber = 1


@router.get("/plan")
def plan(request: Request, session: Reading, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The present plan: what it proposes, how good it provably is, and what it could not serve."""
    run = queries.present_run(session)
    if run is None:
        return render(request, "match_runs/none.html")
    pages = {}
    for parameter, read in (
        ("page", queries.list_triangular),
        ("investment_page", queries.list_investment),
        ("unmatched_page", queries.list_unmatched),
    ):
        number = getattr(asked, parameter)
        rows, total = read(session, run.id, asked, (number - 1) * PER_PAGE, PER_PAGE)
        pages[parameter] = Page(rows, total, number, asked_of(asked, parameter), parameter)
        if not pages[parameter].exists:
            raise HTTPException(404)
    rows = queries.triangles(session, run.id, asked)
    known = {one.iso3: one for one in lookups.all_countries(session)}
    places = [Place(one.iso3, country_name(one), one.longitude, one.latitude) for one in known.values()]
    triangles = [Triangle(row.beneficiary, row.provider, row.facilitating_partner) for row in rows]
    return render(
        request,
        "match_runs/plan.html",
        run=run,
        counts=queries.counts_of(session, run.id),
        asked=asked,
        areas=ACTION_AREAS,
        regions=REGIONS,
        states=queries.states_of(session, run.id),
        triangular=pages["page"],
        investment=pages["investment_page"],
        unmatched=pages["unmatched_page"],
        triangles=rows,
        named=known,
        picture=draw_map(places, triangles),
        limits=run.binding_limits[:MOST_LIMITS],
        more_limits=max(0, len(run.binding_limits) - MOST_LIMITS),
    )

"""The page of the present plan."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Reading
from sstic.asked import REGIONS, PageNumber, asked_of
from sstic.formats import country_name
from sstic.history.queries import history_link
from sstic.investors import tellable, withheld_names
from sstic.listing import PER_PAGE, Page
from sstic.maps import MapPicture, Place, Triangle, draw_map
from sstic.match_runs import queries
from sstic.pages import render
from sstic.permissions import Principal
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.countries import Country

router = APIRouter(dependencies=allowed("plan"), include_in_schema=False)
MOST_LIMITS = 40
Row = TypeVar("Row")
Read = Callable[[Session, Principal, int, queries.PlanFilter, int, int], tuple[Sequence[Row], int]]


class Asked(queries.PlanFilter):
    """What the page takes from the address; each of its lists has pages of its own."""

    page: PageNumber = 1
    investment_page: PageNumber = 1
    unmatched_page: PageNumber = 1


@router.get("/plan")
def plan(request: Request, session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The present plan: what it proposes, how good it provably is, and what it could not serve."""
    run = queries.present_run(session, who)
    if run is None:
        return render(request, "match_runs/none.html")
    triangles = queries.triangles(session, who, run.id, asked)
    known = {one.iso3: one for one in lookups.all_countries(session)}
    withheld = withheld_names(session)
    limits = tellable(run.binding_limits, withheld)
    return render(
        request,
        "match_runs/plan.html",
        run=run,
        counts=queries.counts_of(session, who, run.id),
        asked=asked,
        areas=ACTION_AREAS,
        regions=REGIONS,
        states=queries.states_of(session, who, run.id),
        triangular=_page(session, who, run.id, asked, "page", queries.list_triangular),
        investment=_page(session, who, run.id, asked, "investment_page", queries.list_investment),
        unmatched=_page(session, who, run.id, asked, "unmatched_page", queries.list_unmatched),
        tellable=lambda items: tellable(items, withheld),
        triangles=triangles,
        history=history_link(session, who, "match-runs", run.id),
        named=known,
        picture=_map(triangles, known),
        limits=limits[:MOST_LIMITS],
        more_limits=max(0, len(limits) - MOST_LIMITS),
    )


def _page(session: Session, who: Principal, run_id: int, asked: Asked, parameter: str, read: Read[Row]) -> Page[Row]:
    """The page of one of the lists that the address asks for."""
    number = getattr(asked, parameter)
    rows, total = read(session, who, run_id, asked, (number - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, number, asked_of(asked, parameter), parameter)
    if not page.exists:
        raise HTTPException(404)
    return page


def _map(triangles: Sequence[queries.TriangleRow], known: Mapping[str, Country]) -> MapPicture:
    places = [Place(one.iso3, country_name(one), one.longitude, one.latitude) for one in known.values()]
    return draw_map(places, [Triangle(one.beneficiary, one.provider, one.facilitating_partner) for one in triangles])

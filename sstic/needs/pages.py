"""The pages of needs."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Reading, Reference
from sstic.asked import REGIONS, Paged, asked_of
from sstic.history.queries import history_link
from sstic.investors import tellable, withheld_names
from sstic.listing import PER_PAGE, Page
from sstic.needs import queries
from sstic.pages import render
from sstic.permissions import reaches
from sstic.proposals.queries import plan_of_need
from sstic.scopes import may
from sstic.tables.classifications import ACTION_AREAS

router = APIRouter(dependencies=allowed("need"), include_in_schema=False)


class Asked(queries.NeedFilter, Paged):
    """What the list takes from the address."""


@router.get("/needs")
def needs(request: Request, session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The needs that the reader may read."""
    rows, total = queries.list_needs(session, who, asked, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    named = lookups.countries(session, [asked.country])
    return render(
        request,
        "needs/list.html",
        page=page,
        asked=asked,
        areas=ACTION_AREAS,
        regions=REGIONS,
        states=queries.states_for(who),
        country=named.get(asked.country or ""),
        may_start=bool(reaches(who, "need", "write")),
        works=bool(reaches(who, "need", "follow")),
    )


@router.get("/needs/{reference}")
def need(request: Request, session: Reading, who: Who, reference: Reference) -> HTMLResponse:
    """One need, and what the present plan holds for it."""
    found = queries.one_need(session, who, reference)
    if found is None:
        raise HTTPException(404)
    withheld = withheld_names(session)
    return render(
        request,
        "needs/one.html",
        need=found,
        themes=lookups.theme_labels(session, [one.theme_code for one in found.themes]),
        isic=lookups.isic_titles(session, [one.isic_code for one in found.isic]),
        targets=lookups.target_texts(session, [one.target_code for one in found.sdg_targets]),
        plan=plan_of_need(session, who, found.id),
        works=found.origin == "submitted" and may(session, who, "need", "follow", found),
        history=history_link(session, who, "needs", found.id),
        tellable=lambda items: tellable(items, withheld),
    )

"""The pages of countries."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Iso3, Reading
from sstic.asked import REGIONS, Paged, asked_of
from sstic.countries import queries
from sstic.formats import country_name
from sstic.good_practices.queries import PracticeFilter, list_practices
from sstic.listing import Page
from sstic.maps import Place, Triangle, draw_map
from sstic.needs.queries import NeedFilter, list_needs
from sstic.pages import render
from sstic.proposals.queries import plan_of_country
from sstic.tables.countries import FACT_KINDS

router = APIRouter(dependencies=allowed("reference"), include_in_schema=False)
PER_PAGE = 50
GROUPS = ("ldc", "lldc", "sids")


class Asked(queries.CountryFilter, Paged):
    """What the list takes from the address."""


@router.get("/countries")
def countries(request: Request, session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The countries."""
    today = datetime.now(UTC).date()
    rows, total = queries.list_countries(session, asked, today, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"), per_page=PER_PAGE)
    if not page.exists:
        raise HTTPException(404)
    return render(
        request,
        "countries/list.html",
        page=page,
        asked=asked,
        regions=REGIONS,
        groups=GROUPS,
        facts={country.iso3: queries.facts_on(country, today) for country in rows},
        tallies=queries.tallies(session, who, [country.iso3 for country in rows]),
    )


@router.get("/countries/{iso3}")
def country(request: Request, session: Reading, who: Who, iso3: Iso3) -> HTMLResponse:
    """One country: facts, indicators, what it needs and offers."""
    found = queries.one_country(session, iso3)
    if found is None:
        raise HTTPException(404)
    today = datetime.now(UTC).date()
    needs, needs_total = list_needs(session, who, NeedFilter(country=iso3), 0, queries.MOST_LISTED)
    practices, practices_total = list_practices(session, who, PracticeFilter(country=iso3), 0, queries.MOST_LISTED)
    projects, projects_total = queries.projects_of(session, iso3)
    place = Place(found.iso3, country_name(found), found.longitude, found.latitude)
    return render(
        request,
        "countries/one.html",
        country=found,
        groups=queries.names_of(queries.facts_on(found, today), *GROUPS),
        dated=sorted(found.facts, key=lambda fact: (FACT_KINDS.index(fact.kind), fact.valid_from)),
        sources=lookups.sources(session),
        measured=queries.measured(session, iso3),
        memberships=queries.memberships(session, iso3),
        treaties=queries.treaties(session, iso3),
        needs=needs,
        needs_total=needs_total,
        practices=practices,
        practices_total=practices_total,
        windows=queries.windows_of(session, who, iso3),
        projects=projects,
        projects_total=projects_total,
        roles_in=queries.roles_in,
        slots=queries.slots_of(session, iso3, today.year),
        plan=plan_of_country(session, who, iso3),
        picture=draw_map([place], [Triangle(iso3, None, None)], close=True),
    )

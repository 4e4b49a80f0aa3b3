"""The pages of proposals."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from sstic import lookups
from sstic.access import Who, allowed
from sstic.addresses import Reading, RowId
from sstic.formats import country_name
from sstic.investors import names_one, withheld_names
from sstic.language import gettext
from sstic.maps import Place, Triangle, draw_map
from sstic.networks import NetworkPicture, Parties, draw_network
from sstic.pages import render
from sstic.proposals import queries
from sstic.tables.countries import Country
from sstic.tables.proposals import TriangularProposal

router = APIRouter(include_in_schema=False)


@router.get("/proposals/{number}", dependencies=allowed("proposal"))
def triangular(request: Request, session: Reading, who: Who, number: RowId) -> HTMLResponse:
    """A triangular proposal: parties, reasons, rules, money, runner-up."""
    found = queries.one_triangular(session, who, number)
    if found is None:
        raise HTTPException(404)
    known = {one.iso3: one for one in lookups.all_countries(session)}
    donor_country = found.window.donor.country_iso3
    places = [Place(one.iso3, country_name(one), one.longitude, one.latitude) for one in known.values()]
    triangle = Triangle(found.need.country_iso3, found.provider_iso3, donor_country)
    return render(
        request,
        "proposals/triangular.html",
        proposal=found,
        named=known,
        donor_country=known.get(donor_country or ""),
        picture=draw_map(places, [triangle], close=True),
        network=_network(found, known),
        present=queries.is_present(session, who, found.run_id),
    )


def _network(proposal: TriangularProposal, known: dict[str, Country]) -> NetworkPicture:
    names = {iso3: country_name(country) for iso3, country in known.items()}
    donor = proposal.window.donor
    parties = Parties(
        beneficiary=(proposal.need.country_iso3, names[proposal.need.country_iso3]),
        provider=(proposal.provider_iso3 or "?", names.get(proposal.provider_iso3 or "", gettext("Unknown"))),
        practice=(proposal.practice.reference, proposal.practice.reference),
        donor=(donor.country_iso3 or donor.name, donor.name),
    )
    return draw_network(parties, proposal.evidence, names)


@router.get("/investment-proposals/{number}", dependencies=allowed("investment"))
def investment(request: Request, session: Reading, who: Who, number: RowId) -> HTMLResponse:
    """An investment proposal. Of an investor that is not public, nothing is told that could reveal it."""
    found = queries.one_investment(session, who, number)
    if found is None:
        raise HTTPException(404)
    withheld = withheld_names(session)
    return render(
        request,
        "proposals/investment.html",
        proposal=found,
        runner_up=None if names_one(found.runner_up, withheld) else found.runner_up,
        public=found.investor.is_public,
        present=queries.is_present(session, who, found.run_id),
    )

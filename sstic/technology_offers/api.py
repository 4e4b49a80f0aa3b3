"""Technology offers, as JSON."""

from datetime import date
from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import BaseModel, Field

from sstic.access import Who
from sstic.addresses import Reading, Reference
from sstic.api import CountryName, Listing, reading_router
from sstic.asked import Slice
from sstic.errors import NOT_FOUND
from sstic.labels import label
from sstic.tables.good_practices import TechnologyOffer
from sstic.technology_offers import queries

router = reading_router("technology offers", "offer")


class Asked(queries.OfferFilter, Slice):
    """What the list takes from the address."""


class WarningRow(BaseModel):
    """What is to be known before an offer is used."""

    code: str = Field(description="As in `northern_supplier`.")
    text: str


class OfferRow(BaseModel):
    """A technology offer."""

    reference: str
    title: str
    summary: str
    supplier: str
    supplier_country: CountryName
    action_area: str
    theme: str | None
    maturity: str | None
    ip_terms: str | None = Field(description="How the right is given on.")
    terms: str | None
    open_from: date | None
    open_to: date | None
    source_url: str | None
    warnings: list[WarningRow] = Field(description="`northern_supplier`: alone it does not make a match South-South.")


def _row(offer: TechnologyOffer, warnings: list[str]) -> OfferRow:
    return OfferRow(
        reference=offer.reference,
        title=offer.title,
        summary=offer.summary,
        supplier=offer.owner.name,
        supplier_country=CountryName.of(offer.supplier),
        action_area=offer.action_area,
        theme=offer.theme_code,
        maturity=offer.maturity,
        ip_terms=offer.ip_terms,
        terms=offer.terms,
        open_from=offer.open_from,
        open_to=offer.open_to,
        source_url=offer.source_url,
        warnings=[WarningRow(code=code, text=label("offer_warning", code)) for code in warnings],
    )


@router.get("/technology-offers", operation_id="list_technology_offers", summary="List technology offers")
def list_technology_offers(session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> Listing[OfferRow]:
    """Technology offers that the caller may read, by title."""
    rows, total = queries.list_offers(session, who, asked, asked.offset, asked.limit)
    warnings = queries.warnings_of(session, rows)
    found = [_row(one, warnings[one.id]) for one in rows]
    return Listing(total=total, limit=asked.limit, offset=asked.offset, rows=found)


@router.get(
    "/technology-offers/{reference}",
    operation_id="read_technology_offer",
    summary="Read a technology offer",
    responses=NOT_FOUND,
)
def read_technology_offer(session: Reading, who: Who, reference: Reference) -> OfferRow:
    """One technology offer."""
    offer = queries.one_offer(session, who, reference)
    if offer is None:
        raise HTTPException(404)
    return _row(offer, queries.warnings_of(session, [offer])[offer.id])

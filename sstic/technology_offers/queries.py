"""Technology offers: those that anyone may read, and those that a person works on."""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload

from sstic.asked import ActionArea, Blank, CountryCode, Words
from sstic.listing import holds, rows_and_total
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.classifications import Theme
from sstic.tables.countries import Membership
from sstic.tables.good_practices import TechnologyOffer
from sstic.tables.organizations import Organization

SOUTH = ("G77", "DEVELOPING")
MOST_LISTED = 300


class OfferFilter(BaseModel):
    """Which technology offers to list."""

    q: Words = None
    action_area: ActionArea = None
    country: CountryCode = None
    maturity: Annotated[
        Literal["concept", "prototype", "demonstrated", "in_use", "widely_used"] | None,
        Blank,
        Field(description="How mature the technology is."),
    ] = None


def list_offers(
    session: Session, who: Principal, wanted: OfferFilter, offset: int, limit: int
) -> tuple[Sequence[TechnologyOffer], int]:
    """Technology offers by title, and how many there are."""
    query = sa.select(TechnologyOffer).where(within(who, "offer"), TechnologyOffer.status != "withdrawn")
    if wanted.q:
        columns = (TechnologyOffer.title, TechnologyOffer.summary, TechnologyOffer.reference)
        query = query.where(holds(wanted.q, *columns))
    for column, value in (
        (TechnologyOffer.action_area, wanted.action_area),
        (TechnologyOffer.owner_iso3, wanted.country),
        (TechnologyOffer.maturity, wanted.maturity),
    ):
        if value:
            query = query.where(column == value)
    order = (TechnologyOffer.title, TechnologyOffer.id)
    return rows_and_total(session, query.options(*_parties()).order_by(*order), offset, limit)


def one_offer(
    session: Session, who: Principal, reference: str, action: str = "read", *, locked: bool = False
) -> TechnologyOffer | None:
    """A technology offer with which a person may do this, were they another than who wrote it."""
    reached = within(who, "offer", action, even_alone=True)
    query = sa.select(TechnologyOffer).where(TechnologyOffer.reference == reference, reached)
    if locked:
        query = query.with_for_update(of=TechnologyOffer)
    return session.scalar(query.options(*_parties()))


def _parties() -> tuple[sa.sql.base.ExecutableOption, ...]:
    return (
        joinedload(TechnologyOffer.owner, innerjoin=True).raiseload("*"),
        joinedload(TechnologyOffer.supplier, innerjoin=True).raiseload("*"),
        raiseload("*"),
    )


def warnings_of(session: Session, offers: Collection[TechnologyOffer]) -> dict[int, list[str]]:
    """What is to be known of each offer, as codes: whether its supplier makes a match South-South at all."""
    countries = {one.owner_iso3 for one in offers}
    query = sa.select(Membership.iso3).where(Membership.iso3.in_(countries), Membership.grouping_code.in_(SOUTH))
    southern = set(session.scalars(query))
    lists = sa.select(sa.exists().where(Membership.grouping_code.in_(SOUTH)))
    code = "northern_supplier" if session.scalar(lists) else "unknown_supplier"
    return {one.id: [] if one.owner_iso3 in southern else [code] for one in offers}


def suppliers_of(session: Session, countries: Collection[str]) -> Sequence[Organization]:
    """The organizations of some countries, which may own a technology."""
    query = sa.select(Organization).where(Organization.country_iso3.in_(countries)).options(raiseload("*"))
    return session.scalars(query.order_by(Organization.name).limit(MOST_LISTED)).all()


def theme_label(session: Session, offer: TechnologyOffer) -> str | None:
    """The label of the theme of an offer."""
    return session.scalar(sa.select(Theme.label).where(Theme.code == offer.theme_code))


def all_themes(session: Session) -> list[tuple[str, str]]:
    """Codes and labels of the themes."""
    found = session.execute(sa.select(Theme.code, Theme.label).order_by(Theme.action_area, Theme.label))
    return [(code, label) for code, label in found]

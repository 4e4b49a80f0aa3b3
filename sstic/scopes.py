"""The permission table as SQL: which rows of a resource a principal may see or change. Lists filter by it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.permissions import Principal, Reach, reaches
from sstic.tables import Table
from sstic.tables.accounts import Post, User
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice, GoodPracticeProvider, Replication, TechnologyOffer
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization
from sstic.tables.verification import ScreeningMatch

Condition = sa.ColumnElement[bool]
Scope = Callable[[Principal, Reach], Condition]

PUBLIC_NEEDS = ("endorsed", "open", "in_proposal", "matched", "expired", "renewed")
PUBLIC_PRACTICES = ("published", "review_due", "renewed")
PUBLIC_OFFERS = ("published",)


def _everything(_who: Principal, _reach: Reach) -> Condition:
    return sa.true()


def _status_in(column: Any, states: tuple[str, ...]) -> Scope:
    return lambda _who, _reach: column.in_(states)


def _own_country(column: Any) -> Scope:
    return lambda _who, reach: column == (reach.standing.country_iso3 if reach.standing else None)


def _own_organization(column: Any) -> Scope:
    return lambda _who, reach: column == (reach.standing.organization_id if reach.standing else None)


def _provided_by_own_country(_who: Principal, reach: Reach) -> Condition:
    held = reach.standing.country_iso3 if reach.standing else None
    return GoodPractice.providers.any(GoodPracticeProvider.iso3 == held)


def _one_of_two_countries(_who: Principal, reach: Reach) -> Condition:
    """Replications in the own country, and of practices that it provides."""
    held = reach.standing.country_iso3 if reach.standing else None
    provided = sa.exists().where(
        GoodPracticeProvider.practice_id == Replication.practice_id, GoodPracticeProvider.iso3 == held
    )
    return sa.or_(Replication.iso3 == held, provided)


def _colleagues(_who: Principal, reach: Reach) -> Condition:
    held = reach.standing.organization_id if reach.standing else None
    return sa.exists().where(Post.user_id == User.id, Post.organization_id == held)


TABLES: dict[str, type[Table]] = {
    "need": Need,
    "good_practice": GoodPractice,
    "offer": TechnologyOffer,
    "window": FundingWindow,
    "organization": Organization,
    "screening": ScreeningMatch,
    "person": User,
}
SCOPES: dict[tuple[str, str], Scope] = {
    ("need", "public"): _status_in(Need.status, PUBLIC_NEEDS),
    ("need", "country"): _own_country(Need.country_iso3),
    ("need", "handed_in"): lambda _who, _reach: Need.status != "draft",
    ("good_practice", "public"): _status_in(GoodPractice.status, PUBLIC_PRACTICES),
    ("good_practice", "country"): _provided_by_own_country,
    ("good_practice", "all"): _everything,
    ("replication", "country"): _one_of_two_countries,
    ("offer", "public"): _status_in(TechnologyOffer.status, PUBLIC_OFFERS),
    ("offer", "country"): _own_country(TechnologyOffer.owner_iso3),
    ("offer", "all"): _everything,
    ("window", "public"): _everything,
    ("window", "own"): _own_organization(FundingWindow.donor_id),
    ("window", "all"): _everything,
    ("organization", "own"): _own_organization(Organization.id),
    ("organization", "all"): _everything,
    ("screening", "all"): _everything,
    ("person", "own"): _colleagues,
    ("person", "lead"): _colleagues,
    ("person", "all"): _everything,
}


def within(who: Principal, resource: str, action: str = "read") -> Condition:
    """The rows of a resource with which ``who`` may do this."""
    grounds = reaches(who, resource, action)
    return sa.or_(sa.false(), *(SCOPES[resource, one.cell.relation](who, one) for one in grounds))


def may(session: Session, who: Principal, resource: str, action: str, row: Table) -> bool:
    """Whether ``who`` may do this with a row."""
    key = sa.inspect(TABLES[resource]).primary_key[0]
    held = sa.inspect(row).identity
    assert held is not None
    return bool(session.scalar(sa.select(sa.exists().where(key == held[0], within(who, resource, action)))))

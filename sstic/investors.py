"""What may be told of investors. One that is not public is never named, and what names it is left out."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.tables.investment import Investor
from sstic.tables.organizations import Organization

Told = TypeVar("Told")


def withheld_names(session: Session) -> frozenset[str]:
    """Names and references of the investors that are not public."""
    query = (
        sa.select(Investor.reference, Organization.name)
        .join(Investor.organization)
        .where(Investor.is_public.is_(False))
    )
    return frozenset(word for row in session.execute(query) for word in row)


def names_one(told: Any, withheld: Iterable[str]) -> bool:
    """Whether what is to be told names an investor that must not be named."""
    text = json.dumps(told, ensure_ascii=False)
    return any(json.dumps(word, ensure_ascii=False)[1:-1] in text for word in withheld)


def tellable(items: Iterable[Told], withheld: frozenset[str]) -> list[Told]:
    """The items that name nobody who must not be named."""
    return [item for item in items if not names_one(item, withheld)]

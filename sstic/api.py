"""What the rooms' parts of the API share: the router, lists, money, countries."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import BaseRoute

from sstic.access import allowed, lines_of
from sstic.errors import INVALID, NOT_ALLOWED, NOT_SIGNED_IN
from sstic.formats import country_name
from sstic.identity import COOKIE
from sstic.permissions import TABLE
from sstic.tables.countries import Country

Row = TypeVar("Row")
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token that a person made for a program."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The session of a browser."},
}


def reading_router(tag: str, resource: str | None = None) -> APIRouter:
    """A router of the API for reading ``resource``; without one each route names its line of the permission table."""
    lets_in = allowed(resource) if resource else None
    return APIRouter(prefix="/api/v1", tags=[tag], dependencies=lets_in, responses=INVALID)


def describe_permissions(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Let the description of the API tell the line of the permission table of each operation, and how to sign in."""
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    for context in iter_route_contexts(routes):
        for method in context.methods or ():
            operation = document["paths"].get(context.path, {}).get(method.lower())
            if operation is None:
                continue
            lines = sorted(lines_of(context.dependant))
            is_open = all("anyone" in TABLE[line] for line in lines)
            operation["x-permission"] = ", ".join(" ".join(line) for line in lines)
            operation["security"] = [*([{}] if is_open else []), *({name: []} for name in SECURITY_SCHEMES)]
            operation["responses"]["401"] = NOT_SIGNED_IN
            if not is_open:
                operation["responses"]["403"] = NOT_ALLOWED


class FromRow(BaseModel):
    """A model filled from a row's attributes."""

    model_config = ConfigDict(from_attributes=True)


class Listing(BaseModel, Generic[Row]):
    """Some rows of a list."""

    total: int = Field(description="How many rows there are in all.")
    limit: int = Field(description="How many rows were asked for.")
    offset: int = Field(description="How many rows were skipped.")
    rows: list[Row]


class Money(BaseModel):
    """An amount with its currency."""

    amount: Decimal = Field(description="A decimal number, as text.")
    currency: str = Field(description="ISO 4217.")

    @classmethod
    def of(cls, amount: Decimal | None, currency: str | None) -> "Money | None":
        """Money, or nothing where the amount is not known."""
        return None if amount is None or currency is None else cls(amount=amount, currency=currency)


class CountryName(BaseModel):
    """A country."""

    iso3: str = Field(description="ISO 3166-1 alpha-3.")
    name: str = Field(description="Its name in the language of the request.")

    @classmethod
    def of(cls, country: Country) -> "CountryName":
        """The code and name of a country."""
        return cls(iso3=country.iso3, name=country_name(country))


class Coded(BaseModel):
    """A code and its words."""

    code: str
    label: str


def coded(codes: list[str], words: dict[str, str]) -> list[Coded]:
    """Codes with their words; one without is shown as it is."""
    return [Coded(code=code, label=words.get(code, code)) for code in codes]

"""What the rooms' parts of the API share: the router, lists, money, countries."""

from decimal import Decimal
from typing import Generic, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sstic.access import allowed
from sstic.errors import INVALID
from sstic.formats import country_name
from sstic.tables.countries import Country

Row = TypeVar("Row")


def reading_router(tag: str, resource: str) -> APIRouter:
    """A router of the API for reading what the line of ``resource`` in the permission table lets in."""
    return APIRouter(prefix="/api/v1", tags=[tag], dependencies=allowed(resource), responses=INVALID)


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

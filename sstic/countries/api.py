"""Countries, as JSON."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import BaseModel, Field

from sstic.access import Who
from sstic.addresses import Iso3, Reading
from sstic.api import FromRow, Listing, reading_router
from sstic.asked import Slice
from sstic.countries import queries
from sstic.errors import NOT_FOUND
from sstic.formats import country_name
from sstic.tables.countries import Country

router = reading_router("countries", "reference")


class Asked(queries.CountryFilter, Slice):
    """What the list takes from the address."""


class CountryRow(BaseModel):
    """A country in a list."""

    iso3: str
    name: str
    region: str
    subregion: str
    income_group: str | None = Field(description="World Bank: L, LM, UM, H; null where not classified.")
    groups: list[str] = Field(description="Which of ldc, lldc, sids hold today.")
    needs: int
    good_practices: int


class Fact(FromRow):
    """A dated fact. `valid_to` null: still so when collected."""

    kind: str
    value: str
    valid_from: date
    valid_to: date | None
    source_code: str
    note: str | None


class Value(FromRow):
    """A value of a series."""

    year: int
    value: float


class Series(BaseModel):
    """A series: its latest value, and the one some ten years before."""

    code: str
    name: str
    unit: str
    publisher: str
    source_code: str
    latest: Value
    before: Value | None


class Member(BaseModel):
    """A membership."""

    code: str
    name: str
    kind: str


class Standing(BaseModel):
    """A standing towards an agreement. An agreement that is not listed is not known not to be joined."""

    code: str
    name: str
    standing: str
    since_on: date | None
    source_code: str


class CountryDetail(CountryRow):
    """A country."""

    names: dict[str, str] = Field(description="Its name in the six official languages of the UN.")
    capital: str | None
    latitude: float
    longitude: float
    facts: list[Fact]
    indicators: list[Series]
    languages: list[str]
    memberships: list[Member]
    treaties: list[Standing]
    past_projects: int = Field(description="How many past projects on record the country took part in.")


def _row(country: Country, tally: queries.Tally, today: date) -> dict[str, object]:
    held = queries.facts_on(country, today)
    return {
        "iso3": country.iso3,
        "name": country_name(country),
        "region": country.region,
        "subregion": country.subregion,
        "income_group": held["income_group"].value if "income_group" in held else None,
        "groups": queries.names_of(held, "ldc", "lldc", "sids"),
        "needs": tally.needs,
        "good_practices": tally.practices,
    }


@router.get("/countries", operation_id="list_countries", summary="List countries")
def list_countries(session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> Listing[CountryRow]:
    """Countries by name."""
    today = datetime.now(UTC).date()
    rows, total = queries.list_countries(session, asked, today, asked.offset, asked.limit)
    tallies = queries.tallies(session, who, [one.iso3 for one in rows])
    found = [CountryRow.model_validate(_row(one, tallies[one.iso3], today)) for one in rows]
    return Listing(total=total, limit=asked.limit, offset=asked.offset, rows=found)


@router.get("/countries/{iso3}", operation_id="read_country", summary="Read a country", responses=NOT_FOUND)
def read_country(session: Reading, who: Who, iso3: Iso3) -> CountryDetail:
    """One country: dated facts, indicators with their years, memberships, treaties."""
    country = queries.one_country(session, iso3)
    if country is None:
        raise HTTPException(404)
    tally = queries.tallies(session, who, [iso3])[iso3]
    return CountryDetail.model_validate(
        {
            **_row(country, tally, datetime.now(UTC).date()),
            "names": {code: getattr(country, f"name_{code}") for code in ("ar", "en", "es", "fr", "ru", "zh")},
            "capital": country.capital,
            "latitude": country.latitude,
            "longitude": country.longitude,
            "facts": [Fact.model_validate(fact) for fact in country.facts],
            "indicators": [_series(one) for one in queries.measured(session, iso3)],
            "languages": [one.language_code for one in country.languages],
            "memberships": [
                Member(code=group.code, name=group.name, kind=group.kind)
                for group, _ in queries.memberships(session, iso3)
            ],
            "treaties": [
                Standing(
                    code=treaty.code,
                    name=treaty.name,
                    standing=party.standing,
                    since_on=party.since_on,
                    source_code=party.source_code,
                )
                for treaty, party in queries.treaties(session, iso3)
            ],
            "past_projects": queries.count_projects(session, iso3),
        }
    )


def _series(one: queries.Measured) -> Series:
    return Series(
        code=one.indicator.code,
        name=one.indicator.name,
        unit=one.indicator.unit,
        publisher=one.source.publisher,
        source_code=one.source.code,
        latest=Value.model_validate(one.latest),
        before=Value.model_validate(one.before) if one.before else None,
    )

"""What lists take from an address, checked: search words, choices, page numbers."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

LAST_PAGE = 10_000


def _empty_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def printable(value: str) -> str:
    """PostgreSQL refuses NUL, and no line of text needs other control characters."""
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


Blank = BeforeValidator(_empty_is_none)
"""A choice left open in a form arrives as an empty text."""

Words = Annotated[
    Annotated[str, Field(max_length=100), AfterValidator(printable)] | None,
    Blank,
    Field(description="Words to look for."),
]
ActionArea = Annotated[
    Literal["technology", "skills", "environment"] | None, Blank, Field(description="One of the three action areas.")
]
Region = Annotated[
    Literal["Africa", "Americas", "Asia", "Europe", "Oceania"] | None, Blank, Field(description="Region as of UN M49.")
]
CountryCode = Annotated[
    Annotated[str, Field(pattern="^[A-Z]{3}$")] | None,
    Blank,
    Field(description="ISO 3166-1 alpha-3, in capitals."),
]
PageNumber = Annotated[int, BeforeValidator(lambda value: value or 1), Field(ge=1, le=LAST_PAGE)]
REGIONS = ("Africa", "Americas", "Asia", "Europe", "Oceania")


class Slice(BaseModel):
    """Which rows of a list the API returns."""

    limit: int = Field(20, ge=1, le=100, description="How many rows at most.")
    offset: int = Field(0, ge=0, le=1_000_000, description="How many rows to skip.")


class Paged(BaseModel):
    """Which page of a list people look at."""

    page: PageNumber = 1


def asked_of(query: BaseModel, *without: str) -> dict[str, str]:
    """The parts of an address that are set, as text."""
    values = query.model_dump(exclude_none=True, exclude_defaults=True)
    return {name: str(value) for name, value in values.items() if name not in without}

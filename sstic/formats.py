"""Numbers, money, dates and names of places as the language of the request writes them."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from babel import dates, numbers

from sstic.language import language, locale

# The regions of the seeded countries are the English names of the UN's M49; CLDR knows them by number.
REGIONS = {
    "World": "001",
    "Africa": "002",
    "Americas": "019",
    "Asia": "142",
    "Europe": "150",
    "Oceania": "009",
    "Northern Africa": "015",
    "Western Africa": "011",
    "Middle Africa": "017",
    "Eastern Africa": "014",
    "Southern Africa": "018",
    "Caribbean": "029",
    "Central America": "013",
    "South America": "005",
    "Sub-Saharan Africa": "202",
    "Latin America and the Caribbean": "419",
    "Northern America": "021",
    "Central Asia": "143",
    "Eastern Asia": "030",
    "South-eastern Asia": "035",
    "Southern Asia": "034",
    "Western Asia": "145",
    "Eastern Europe": "151",
    "Northern Europe": "154",
    "Southern Europe": "039",
    "Western Europe": "155",
    "Australia and New Zealand": "053",
    "Melanesia": "054",
    "Micronesia": "057",
    "Polynesia": "061",
}


class Named(Protocol):
    """A row with names in six languages."""

    name_en: str


def country_name(country: Named) -> str:
    """A country's name."""
    name: str = getattr(country, f"name_{language()}") or country.name_en
    return name


def region_name(name: str) -> str:
    """A region's name; one that CLDR does not know stays as it is."""
    return str(locale().territories.get(REGIONS.get(name, ""), name))


def language_name(code: str, english: str) -> str:
    """The name of a spoken language."""
    return str(locale().languages.get(code.replace("-", "_"), english))


def number(value: float | Decimal | int) -> str:
    """A number; a measured one with at most four digits that matter."""
    if isinstance(value, float):
        digits = max(0, 3 - _magnitude(value))
        return numbers.format_decimal(round(value, digits), format=f"#,##0.{'#' * min(digits, 8)}", locale=locale())
    return numbers.format_decimal(value, locale=locale())


def _magnitude(value: float) -> int:
    return int(f"{abs(value):e}".split("e")[1]) if value else 0


def percent(value: float | Decimal, digits: int = 0) -> str:
    """A share, 0.25 as 25 %."""
    pattern = locale().percent_formats[None].pattern.replace("#,##0", f"#,##0{'.' + '0' * digits if digits else ''}")
    return numbers.format_percent(value, format=pattern, locale=locale())


def money(amount: Decimal | str, currency: str) -> str:
    """An amount of money with its currency; cents only where there are any."""
    value = Decimal(amount)
    whole = value == value.to_integral_value()
    return numbers.format_currency(
        value, currency, format="¤¤ #,##0" if whole else "¤¤ #,##0.00", currency_digits=False, locale=locale()
    )


def points(hundredths: int) -> str:
    """Points, kept as whole hundredths."""
    return numbers.format_decimal(Decimal(hundredths).scaleb(-2), format="#,##0.00", locale=locale())


def day(value: date) -> str:
    """A date."""
    return dates.format_date(value, format="long", locale=locale())


def moment(value: datetime) -> str:
    """A point in time, in UTC."""
    return f"{dates.format_datetime(value, format='d MMMM y, HH:mm', locale=locale())} UTC"


def plain_number(value: float) -> str:
    """A number with all its digits, as whoever stated it wrote it."""
    return numbers.format_decimal(
        Decimal(repr(value)).normalize(), locale=locale(), decimal_quantization=False, group_separator=False
    )


def read_number(text: str) -> float | int | None:
    """The number that a person wrote, in the way of the page's language or as 1234.5; None where it is none.

    Examples
    --------
    >>> read_number("12.50"), read_number("1,234"), read_number("many")
    (12.5, 1234, None)
    """
    plain = text.strip().replace("\u066b", ".").replace("\u066c", "").replace("\u2212", "-")
    try:
        found = numbers.parse_decimal(plain, locale=locale(), strict=True)
    except (numbers.NumberFormatError, ValueError):
        if not re.fullmatch(r"-?\d+(\.\d+)?", plain):
            return None
        found = Decimal(plain)
    if not found.is_finite():
        return None
    return int(found) if found == found.to_integral_value() and abs(found) < 10**15 else float(found)

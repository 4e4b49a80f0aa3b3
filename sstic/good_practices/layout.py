"""What the templates draw of a form: fields with their words, values and faults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sstic.good_practices.drafts import CodeLists
from sstic.good_practices.form import MOST_CODES, MOST_ROWS, Fault, Step, words_of
from sstic.good_practices.storing import Values, places_of
from sstic.labels import label
from sstic.language import gettext

CHOICES = {
    "action_area": ("technology", "skills", "environment"),
    "precondition": ("hard", "soft"),
    "results_kind": ("achieved", "planned"),
    "evidence_grade": ("independent", "compared", "monitored", "stated"),
    "yes_no": ("yes", "no"),
    "ip_terms": ("open", "licence", "exclusive_licence", "sale", "joint_venture", "to_be_agreed"),
    "maturity": ("concept", "prototype", "demonstrated", "in_use", "widely_used"),
}
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a template draws it."""

    place: str
    title: str
    hint: str
    kind: str
    value: str
    fault: str | None = None
    options: Options = ()
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class ShownRow:
    """The fields of a row under its title."""

    number: int
    title: str
    fields: Sequence[Shown]
    is_filled: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What two people say in the same place."""

    title: str
    theirs: str
    mine: str


def shown_fields(
    model: type[BaseModel],
    values: Mapping[str, str],
    faults: Iterable[Fault],
    options: Mapping[str, Options],
    row: int | None = None,
) -> list[Shown]:
    """The fields of a model, filled in."""
    told = {one.place: words_of(one) for one in faults}
    found = []
    for name, info in model.model_fields.items():
        place = name if row is None else f"{name}-{row}"
        extra: Any = info.json_schema_extra or {}
        kind = extra.get("shown_as", "line")
        choices: Options = options.get(name, ())
        if kind in CHOICES:
            choices, kind = [(code, label(kind, code)) for code in CHOICES[kind]], "choice"
        title, hint = gettext(info.title or name), gettext(info.description) if info.description else ""
        needed = info.is_required()
        found.append(Shown(place, title, hint, kind, values.get(place, ""), told.get(place), choices, needed))
    return found


def rows_shown(values: Mapping[str, str], step: Step, asked: int) -> int:
    """How many rows a form shows: those that are filled in and one more, or as many as were asked for."""
    assert step.row is not None
    filled = [0]
    for place in values:
        name, _, number = place.rpartition("-")
        if name in step.row.model_fields and number.isdigit():
            filled.append(int(number))
    return max(1, min(MOST_ROWS, max(max(filled) + 1, asked)))


def shown_rows(
    step: Step, values: Mapping[str, str], faults: Sequence[Fault], options: Mapping[str, Options], asked: int
) -> list[ShownRow]:
    """The rows of a step, and empty ones after them."""
    if step.row is None:
        return []
    found = []
    for number in range(1, rows_shown(values, step, asked) + 1):
        fields = shown_fields(step.row, values, faults, options, number)
        title = gettext(step.row_title) % {"number": number}
        found.append(ShownRow(number, title, fields, any(one.value for one in fields)))
    return found


def shown_years(step: Step, years: Iterable[int], values: Values, faults: Sequence[Fault]) -> list[ShownRow]:
    """The rows of yearly capacity: one for each year."""
    assert step.row is not None
    return [ShownRow(year, str(year), shown_fields(step.row, values, faults, {}, year), True) for year in years]


def shown_codes(values: Values, faults: Sequence[Fault]) -> dict[str, list[Shown]]:
    """The fields for codes of industries and targets."""
    told = {one.place: words_of(one) for one in faults}
    titles = {"isic": gettext("Industry %(number)s"), "sdg_targets": gettext("Target %(number)s")}
    return {
        name: [
            Shown(
                f"{name}-{number}",
                title % {"number": number},
                "",
                "code",
                values.get(f"{name}-{number}", ""),
                told.get(f"{name}-{number}"),
                is_needed=False,
            )
            for number in range(1, MOST_CODES + 1)
        ]
        for name, title in titles.items()
    }


def divisions(lists: CodeLists) -> list[tuple[str, str]]:
    """The industries that a form offers: sections and divisions; a finer code may be typed."""
    return [(code, title) for code, title in lists.isic.items() if len(code) <= 3]


def differences(step: Step, theirs: Values, mine: Values) -> list[Difference]:
    """Where two savings of a step differ, in the order of the form."""
    found = []
    for place, title, row in places_of(step, dict.fromkeys([*theirs, *mine])):
        if theirs.get(place) != mine.get(place):
            words = gettext(title) if row is None else f"{gettext(title)} ({row})"
            if place.startswith("theme-"):
                words = f"{words} ({place.removeprefix('theme-')})"
            found.append(Difference(words, theirs.get(place, ""), mine.get(place, "")))
    return found

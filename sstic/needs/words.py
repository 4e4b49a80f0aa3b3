"""The words of the need form: steps, fields, what is wrong with an answer and what to do about it, answers as text."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sstic import formats, typed
from sstic.labels import label
from sstic.language import gettext, mark
from sstic.needs.form import LISTS, ROWS, Fault, Part

STEPS: Mapping[str, str] = {
    "what": mark("What is needed"),
    "why": mark("Why, and how one knows"),
    "who": mark("Who benefits"),
    "targets": mark("Indicators and targets"),
    "help": mark("What kind of help"),
    "money": mark("Money and own contribution"),
    "timing": mark("Timing"),
    "contacts": mark("Contacts"),
}
FIELDS: Mapping[str, str] = {
    "organization_id": mark("Country"),
    "title": mark("Title"),
    "action_area": mark("Action area"),
    "statement": mark("What the country asks for"),
    "why": mark("Why it is needed"),
    "evidence": mark("Evidence"),
    "evidence_url": mark("Web address of a study or plan"),
    "beneficiaries": mark("Who benefits, and how"),
    "people_reached": mark("Number of people reached"),
    "women_percent": mark("Share of women among them, in percent"),
    "places": mark("Regions or places"),
    "indicators": mark("Indicators"),
    "indicators-name": mark("Indicator"),
    "indicators-unit": mark("Unit"),
    "indicators-baseline": mark("Baseline"),
    "indicators-baseline_year": mark("Year of the baseline"),
    "indicators-target": mark("Target"),
    "indicators-target_year": mark("Year of the target"),
    "modalities": mark("Kind of help"),
    "themes": mark("Themes"),
    "isic": mark("Industries (ISIC Rev.4)"),
    "sdg_targets": mark("SDG targets"),
    "budget_amount": mark("Total cost"),
    "budget_currency": mark("Currency of the total cost"),
    "self_financing_share": mark("Own share of the cost, in percent"),
    "contributions": mark("Own contributions"),
    "contributions-kind": mark("Cash or in kind"),
    "contributions-description": mark("What is brought, and by whom"),
    "contributions-amount": mark("Amount"),
    "contributions-currency": mark("Currency"),
    "starts_on": mark("Wanted start"),
    "ends_on": mark("Wanted end"),
    "expires_on": mark("The need stands until"),
    "contacts": mark("Contacts"),
    "contacts-name": mark("Name"),
    "contacts-role": mark("Role"),
    "contacts-organization": mark("Organization"),
    "contacts-email": mark("E-mail address"),
    "contacts-phone": mark("Telephone number"),
    "": mark("The need as a whole"),
    "letter": mark("Letter of endorsement"),
    "reason": mark("Reason"),
    "comments": mark("Comments"),
}
HINTS: Mapping[str, str] = {
    "title": mark("One line that says what is wanted, as in: Cold storage for fish landed by small boats"),
    "statement": mark(
        "What shall be there in the end that is not there now? Do not name persons here: this is published."
    ),
    "why": mark("Which problem does it solve, and what happens without it?"),
    "evidence": mark("A study, a survey, a plan of the government, figures with their year."),
    "beneficiaries": mark("Firms, workers, farmers, women, young people: who gains what?"),
    "people_reached": mark("An estimate is enough. Leave it open if it is not known."),
    "indicators": mark("Say by what it will be seen that the need is met. To take an indicator out, empty its fields."),
    "indicators-unit": mark("As in: tonnes a year, percent, firms"),
    "themes": mark("These decide which good practices can answer the need. A few that fit are better than many."),
    "isic": mark("Up to three are usual. They make the ranking better but exclude nothing."),
    "sdg_targets": mark("Up to three are usual. They make the ranking better but exclude nothing."),
    "budget_amount": mark("What the whole costs, whoever pays. An estimate is enough."),
    "self_financing_share": mark("The part of the total cost that the country pays itself. 0 is an answer."),
    "contributions": mark("Cash and in kind are kept apart and never added up. To take a row out, empty its fields."),
    "expires_on": mark("After this day it leaves matching until it is renewed; three years from now at most."),
    "contacts": mark("Seen by those who work on the need. Never published."),
    "letter": mark("A PDF file of 5 megabytes at most, without password, programs or attached files."),
}
FAULTS: Mapping[str, str] = {
    "missing": mark("%(field)s is missing. Fill it in."),
    "long": mark("%(field)s is too long. Shorten it to %(limit)s characters."),
    "many": mark("%(field)s: these are too many. Keep %(limit)s at most."),
    "choice": mark("%(field)s: this is not among the choices. Choose one of those offered."),
    "control": mark("%(field)s holds signs that cannot be kept. Take out control characters and line breaks."),
    "number": mark("%(field)s is not a number as it is written here. Write it as in %(example)s."),
    "whole": mark("%(field)s has a fraction. Write a whole number."),
    "decimals": mark("%(field)s has more than %(limit)s digits after the decimal sign. Write it as in %(example)s."),
    "least": mark("%(field)s is too small. Write %(limit)s or more."),
    "most": mark("%(field)s is too large. Write %(limit)s or less."),
    "date": mark("%(field)s is not a day of the calendar. Write day, month and year as numbers, as in 27 3 2027."),
    "early": mark("%(field)s is too early. Choose %(limit)s or a later day."),
    "late": mark("%(field)s is too late. Choose %(limit)s or an earlier day."),
    "order": mark("%(field)s comes before the start. Choose a later day or an earlier start."),
    "past": mark("%(field)s is over. Choose a day after today."),
    "far": mark("%(field)s is too far ahead. Choose a day within %(limit)s years."),
    "email": mark("%(field)s is not an e-mail address. Write it as in name@example.org."),
    "link": mark("%(field)s is not a web address. Write it as in https://example.org/study."),
    "currency": mark("%(field)s is missing beside the amount. Choose one."),
    "invalid": mark("%(field)s cannot be read. Write it anew."),
    "no_file": mark("%(field)s is missing. Choose a file."),
    "kind": mark("%(field)s is not a PDF file. Save it as PDF and choose it again."),
    "broken": mark("%(field)s is not a whole PDF file. Save it as PDF anew and choose it again."),
    "locked": mark("%(field)s asks for a password. Save it without one and choose it again."),
    "active": mark("%(field)s holds programs, forms or attached files. Print it to a plain PDF and choose it again."),
    "large": mark("%(field)s is larger than 5 megabytes. Scan it with less detail and choose it again."),
}


def step_title(step: str) -> str:
    """The title of a step."""
    return gettext(STEPS[step])


def field_label(name: str) -> str:
    """The label of a field; rows are told by their number, as in "Baseline, row 2"."""
    group, _, rest = name.partition("-")
    if not rest:
        return gettext(FIELDS[name])
    place, _, own = rest.partition("-")
    if not own:
        return gettext(FIELDS[group])
    return gettext("%(field)s, row %(number)s") % {
        "field": gettext(FIELDS[f"{group}-{own}"]),
        "number": formats.number(int(place) + 1),
    }


def hint(name: str) -> str:
    """The hint at a field, or an empty text."""
    return gettext(HINTS[name]) if name in HINTS else ""


def fault_text(fault: Fault) -> str:
    """What is wrong with an answer: the field, the cause and the remedy."""
    return gettext(FAULTS[fault.code]) % {
        "field": field_label(fault.field),
        "limit": _limit_text(fault),
        "example": typed.example(),
    }


def _limit_text(fault: Fault) -> str:
    if fault.code in ("early", "late"):
        return formats.day(date.fromisoformat(fault.limit))
    return formats.number(int(fault.limit)) if fault.limit.isdigit() and "_year" not in fault.field else fault.limit


def anchor(name: str) -> str:
    """The id of the control at which a fault is mended."""
    if name in ("starts_on", "ends_on", "expires_on"):
        return f"{name}-day"
    return name


def typed_fields(part: Part) -> dict[str, list[str]]:
    """Stored answers as the form has them, so that they can be changed there."""
    found: dict[str, list[str]] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name in LISTS:
            found[name] = list(value)
        elif name in ROWS:
            for place, row in enumerate(value):
                found |= {f"{name}-{place}-{own}": [_typed(own, getattr(row, own))] for own in ROWS[name].model_fields}
        elif isinstance(value, date):
            numbers = zip(("day", "month", "year"), (value.day, value.month, value.year), strict=True)
            found |= {f"{name}-{unit}": [str(number)] for unit, number in numbers}
        else:
            found[name] = [_typed(name, value)]
    return found


def _typed(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not name.endswith("_year"):
        return typed.number_text(value)
    return str(value)


def answer_lines(name: str, part: Part, words: Mapping[str, Mapping[str, str]]) -> list[str]:
    """An answer as lines of text; none where there is no answer. ``words`` tells codes of a list in words."""
    value = getattr(part, name)
    if name == "budget_amount":
        return [] if value is None else [formats.money(value, getattr(part, "budget_currency", None) or "XXX")]
    if name in LISTS:
        return [_coded(name, code, words.get(name, {})) for code in value]
    if name in ROWS:
        return [_row_line(name, row) for row in value]
    if value is None:
        return []
    if isinstance(value, date):
        return [formats.day(value)]
    if name in ("self_financing_share", "women_percent"):
        return [formats.percent(Decimal(value) / 100)]
    if isinstance(value, int):
        return [formats.number(value)]
    return [label("action_area", value)] if name == "action_area" else str(value).split("\n")


def _coded(name: str, code: str, words: Mapping[str, str]) -> str:
    if name == "modalities":
        return label("modality", code)
    return words.get(code, code) if name == "themes" else f"{code} {words.get(code, '')}".strip()


def _row_line(name: str, row: Any) -> str:
    if name == "indicators":
        steps = (_measured(row.baseline, row.baseline_year), _measured(row.target, row.target_year))
        return f"{_apart(row.name)}: {steps[0]} → {steps[1]}{f' {_apart(row.unit)}' if row.unit else ''}"
    if name == "contributions":
        amount = "" if row.amount is None else f" ({formats.money(row.amount, row.currency)})"
        return f"{label('contribution', row.kind)}: {_apart(row.description)}{amount}"
    return ", ".join(_apart(one) for one in (row.name, row.role, row.organization, row.email, row.phone) if one)


def _apart(text: str | None) -> str:
    """A typed text, kept apart from the writing direction of what stands beside it."""
    return f"\u2068{text or '?'}\u2069"


def _measured(value: float | None, year: int | None) -> str:
    figure = "?" if value is None else typed.number_text(value)
    return f"{figure} ({year})" if year else figure


def short_label(name: str) -> str:
    """The label of a field inside its row."""
    group, _, rest = name.partition("-")
    return gettext(FIELDS[f"{group}-{rest.partition('-')[2]}"])


def row_title(group: str, place: int) -> str:
    """The title of a row, as in "Indicator 2"."""
    title = {"indicators": mark("Indicator %(number)s"), "contacts": mark("Contact %(number)s")}
    return gettext(title.get(group, mark("Contribution %(number)s"))) % {"number": formats.number(place + 1)}

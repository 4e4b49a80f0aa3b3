"""What a person sends of a good practice, step by step, checked. Codes are checked against lists that are handed in.

A step holds fields of its own, rows of the same few fields, or both. The field ``what`` of the second row is sent as
``what-2``; a row of which nothing is filled in, or that ``remove-2`` takes out, is no row.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from sstic.good_practices.fields import (
    FIRST_YEAR,
    LAST_YEAR,
    About,
    Block,
    Coding,
    Evidence,
    EvidenceSource,
    Institution,
    Precondition,
    Replicated,
    Result,
    ResultsKind,
    Review,
    YearCapacity,
)
from sstic.language import gettext, mark

MOST_ROWS = 20
MOST_CODES = 8
GRADES_WITH_SOURCE = ("independent", "compared")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the form: its name in addresses, its title, its own fields, those of its rows, what a row is called."""

    name: str
    title: str
    head: type[BaseModel] | None = None
    row: type[BaseModel] | None = None
    row_title: str = ""


STEPS = {
    one.name: one
    for one in (
        Step("about", mark("What it is"), About),
        Step("blocks", mark("Building blocks"), None, Block, mark("Building block %(number)s")),
        Step("preconditions", mark("Preconditions"), None, Precondition, mark("Precondition %(number)s")),
        Step("results", mark("Results"), ResultsKind, Result, mark("Result %(number)s")),
        Step("evidence", mark("Evidence"), Evidence, EvidenceSource, mark("Source %(number)s")),
        Step("coding", mark("Themes, industries and targets")),
        Step("capacity", mark("Institution and yearly capacity"), Institution, YearCapacity),
        Step("replications", mark("Replications"), None, Replicated, mark("Replication %(number)s")),
    )
}
# Facts of a year or of another country: they go on changing after the practice is published.
STEPS_LEFT_OPEN = ("capacity", "replications")
# Without these there is nothing to confirm.
STEPS_NEEDED = ("about", "blocks", "preconditions", "results", "evidence", "coding", "capacity")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: where it stands on the page, which message to show, and what the message names."""

    place: str
    title: str
    kind: str
    named: Mapping[str, Any] = field(default_factory=dict)
    row: int | None = None


@dataclass(slots=True)
class Answers:
    """What a step says, and what is wrong with it. ``numbers`` are those of the rows as they were sent."""

    head: Any = None
    rows: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def title_of(model: type[BaseModel], name: str) -> str:
    """The title of a field, in English."""
    return model.model_fields[name].title or name


FAULTS = {
    "missing": "missing",
    "string_type": "missing",
    "int_type": "missing",
    "literal_error": "choice",
    "string_too_long": "long",
    "too_long": "long",
    "value_error": "control",
    "greater_than_equal": "low",
    "less_than_equal": "high",
    "int_from_float": "whole",
    "finite_number": "figure",
    "date_from_datetime_parsing": "day",
    "date_parsing": "day",
    "date_from_datetime_inexact": "day",
    "date_type": "day",
}


# What happened, and what to do about it.
FAULT_WORDS = {
    "missing": mark("%(title)s: nothing is filled in. Fill it in."),
    "choice": mark("%(title)s: this is not one of the choices. Choose one of them."),
    "long": mark("%(title)s: this is too long. Keep to %(max_length)s characters."),
    "control": mark("%(title)s: this holds characters that cannot be shown. Type it anew."),
    "figure": mark("%(title)s: this is not a number. Write digits alone, as in 12.5."),
    "whole": mark("%(title)s: this is not a whole number. Write it without decimals."),
    "year": mark("%(title)s: this is not a year that can be right. Write four digits, as in 2016."),
    "low": mark("%(title)s: this is too small. Write at least %(ge)s."),
    "high": mark("%(title)s: this is too large. Write at most %(le)s."),
    "link": mark("%(title)s: this is not a web address. Begin with https:// and leave out spaces."),
    "day": mark("%(title)s: this is not a day. Write it as year, month and day, as in 2026-11-30."),
    "ends_early": mark("%(title)s: this lies before the first day. Choose a later day."),
    "no_figure": mark("%(title)s: neither the figure before nor the one after is there. Write at least one."),
    "source_asked": mark("%(title)s: this grade of evidence needs a document. Name one, or choose a lower grade."),
    "unknown_code": mark("%(title)s: there is no code %(code)s. Choose one that the list offers."),
    "no_theme": mark("%(title)s: no theme is chosen. Choose at least one."),
    "both": mark("%(title)s: an institution is chosen from the list too. Keep one of the two."),
    "one_at_a_time": mark("%(title)s: the figures are those of another institution. Save the institution first."),
    "say_zero": mark("%(title)s: this year had a figure. Write 0 where nothing can be given any more."),
    "fixed": mark("%(title)s: it was reviewed with the practice. Put it back, and change the figures alone."),
    "provider": mark("%(title)s: this country provides the practice. Name another country."),
    "twice": mark("%(title)s: this country stands in another row already. Keep one row for it."),
    "in_source": mark("%(title)s: a public source names this country already. Take the row out."),
    "no_reason": mark("%(title)s: a no needs a reason. Say what is to be mended."),
}


def words_of(fault: Fault) -> str:
    """The message of a fault in the language of the page."""
    return gettext(FAULT_WORDS[fault.kind]) % {**fault.named, "title": gettext(fault.title)}


def faults_of(error: ValidationError, model: type[BaseModel], row: int | None = None) -> list[Fault]:
    """The faults of a model, each at its field."""
    found = []
    for one in error.errors():
        named = dict(one.get("ctx", {}))
        name = str(one["loc"][0]) if one["loc"] else str(named["field"])
        empty = one.get("input", "") is None and one["type"] in ("literal_error", "greater_than_equal", "float_type")
        kind = "missing" if empty else FAULTS.get(one["type"], one["type"])
        if FIRST_YEAR in named.values() or LAST_YEAR in named.values():
            kind = "year"
        title = title_of(model, name)
        place = name if row is None else f"{name}-{row}"
        found.append(Fault(place, title, kind, {key: value for key, value in named.items() if key != "error"}, row))
    return found


def read_model(model: type[BaseModel], sent: Mapping[str, str], row: int | None = None) -> tuple[Any, list[Fault]]:
    """One set of fields; None and the faults where it is not right."""
    tail = "" if row is None else f"-{row}"
    fields = {name: sent.get(f"{name}{tail}") for name in model.model_fields}
    try:
        return model.model_validate(fields), []
    except ValidationError as error:
        return None, faults_of(error, model, row)


def rows_sent(model: type[BaseModel], sent: Mapping[str, str], most: int = MOST_ROWS) -> list[int]:
    """The numbers of the rows of which something is filled in and that are not taken out."""
    return [
        number
        for number in range(1, most + 1)
        if any((sent.get(f"{name}-{number}") or "").strip() for name in model.model_fields)
        and not sent.get(f"remove-{number}")
    ]


def read_step(step: Step, sent: Mapping[str, str]) -> Answers:
    """The answers of a step whose rows are numbered from one."""
    found = Answers()
    if step.head is not None:
        found.head, found.faults = read_model(step.head, sent)
    if step.row is not None:
        for number in rows_sent(step.row, sent):
            row, faults = read_model(step.row, sent, number)
            found.faults += faults
            found.rows.append(row)
            found.numbers.append(number)
    return _checked_together(step, found)


def _checked_together(step: Step, found: Answers) -> Answers:
    grade = found.head.evidence_grade if step.name == "evidence" and found.head is not None else None
    if grade in GRADES_WITH_SOURCE and not found.numbers:
        found.faults.append(Fault("title-1", title_of(EvidenceSource, "title"), "source_asked"))
    return found


def read_coding(
    sent: Mapping[str, str], themes: Collection[str], isic: Collection[str], targets: Collection[str]
) -> Answers:
    """The codes: a box ticked for each theme, and up to ``MOST_CODES`` each of industries and targets."""
    chosen = [code for code in sorted(themes) if sent.get(f"theme-{code}")]
    found = Answers()
    lists: dict[str, list[str]] = {}
    for name, known in (("isic", isic), ("sdg_targets", targets)):
        lists[name] = []
        for number in range(1, MOST_CODES + 1):
            words = (sent.get(f"{name}-{number}") or "").split()
            code = words[0].upper() if name == "isic" and words else words[0] if words else None
            if code is not None and code not in known:
                title = title_of(Coding, name)
                found.faults.append(Fault(f"{name}-{number}", title, "unknown_code", {"code": code[:20]}))
            elif code is not None and code not in lists[name]:
                lists[name].append(code)
    if not chosen:
        place = f"theme-{sorted(themes)[0]}" if themes else "isic-1"
        found.faults.insert(0, Fault(place, title_of(Coding, "themes"), "no_theme"))
    found.head = Coding(themes=chosen, isic=lists["isic"], sdg_targets=lists["sdg_targets"])
    return found


def read_capacity(sent: Mapping[str, str], years: Collection[int]) -> Answers:
    """The institution, and its capacity for each of the years; a year that is left out is unknown."""
    found = read_step(Step("capacity", "", Institution), sent)
    for year in years:
        row, faults = read_model(YearCapacity, sent, year)
        found.faults += faults
        found.rows.append(row)
        found.numbers.append(year)
    return found


def read_review(sent: Mapping[str, str]) -> tuple[Review | None, list[Fault]]:
    """A reviewer's answers; a no without a comment is a fault."""
    review, faults = read_model(Review, sent)
    if review is not None:
        for question in ("relevance", "impact", "replicability"):
            name = f"{question}_comment"
            if getattr(review, question) == "no" and getattr(review, name) is None:
                faults.append(Fault(name, title_of(Review, name), "no_reason"))
    return (None if faults else review), faults

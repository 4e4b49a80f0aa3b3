"""The need form: what each of its steps asks, how an answer is read and checked, and what is still missing.

The same schemas serve the pages and the API. Pages send what people type: then numbers are read in the language of
the page (context ``typed``). Every answer may be left open in a draft; what a complete need must say is in ``missing``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sstic.typed import NotANumberError, digits_of, number_of

MOST_ROWS = 20
MOST_CODES = 20
ROW_FIELD = re.compile(r"(?P<name>[a-z]+)-(?P<place>\d{1,2})-[a-z_]+")
Self = TypeVar("Self", bound="Part")


def _is_typed(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("typed"))


def _clean(value: Any) -> Any:
    """Line ends as one sign, no blanks around; an empty text is no answer."""
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() or None


def _readable(value: str) -> str:
    """PostgreSQL refuses NUL, and text needs no other control characters than line ends and tabs."""
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
        raise PydanticCustomError("control", "must not hold control characters")
    return value


def _one_line(value: str) -> str:
    if "\n" in value or "\t" in value:
        raise PydanticCustomError("control", "must be one line")
    return value


def _number(value: Any, info: ValidationInfo) -> Any:
    cleaned = _clean(value)
    if not isinstance(cleaned, str) or not _is_typed(info):
        return cleaned
    try:
        return number_of(cleaned)
    except NotANumberError:
        raise PydanticCustomError("number", "must be a number") from None


def _whole(value: Any, info: ValidationInfo) -> Any:
    found = _number(value, info)
    if isinstance(found, Decimal):
        if found != found.to_integral_value():
            raise PydanticCustomError("whole", "must be a whole number")
        return int(found)
    return found


def _day(value: Any, info: ValidationInfo) -> Any:
    """A date typed as three numbers: day, month, year."""
    if not _is_typed(info) or not isinstance(value, Sequence):
        return value
    typed = [digits_of(part) for part in value]
    if not any(typed):
        return None
    try:
        day, month, year = (int(part) for part in typed if part.isascii() and part.isdigit())
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise PydanticCustomError("date", "must be a real date") from None


def _codes(value: Any) -> Any:
    return tuple(dict.fromkeys(one for one in value if one != "")) if isinstance(value, list | tuple) else value


def _known_currency(value: str) -> str:
    if not is_currency(value):
        raise PydanticCustomError("choice", "must be a currency of ISO 4217")
    return value


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]+", value):
        raise PydanticCustomError("email", "must be an e-mail address")
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", value):
        raise PydanticCustomError("link", "must be a web address")
    return value


Clean, Readable = BeforeValidator(_clean), AfterValidator(_readable)
Line = Annotated[
    Annotated[str, Field(max_length=300), Readable, AfterValidator(_one_line)] | None, Clean, Field(default=None)
]
Prose = Annotated[Annotated[str, Field(max_length=8000), Readable] | None, Clean, Field(default=None)]
WebAddress = Annotated[
    Annotated[str, Field(max_length=1000), Readable, AfterValidator(_web_address)] | None, Clean, Field(default=None)
]
MailAddress = Annotated[
    Annotated[str, Field(max_length=254), Readable, AfterValidator(_mail_address)] | None, Clean, Field(default=None)
]
Phone = Annotated[
    Annotated[str, Field(max_length=40), Readable, AfterValidator(_one_line)] | None, Clean, Field(default=None)
]
Area = Annotated[Literal["technology", "skills", "environment"] | None, Clean, Field(default=None)]
Amount = Annotated[
    Annotated[Decimal, Field(ge=0, le=10**13, decimal_places=2, allow_inf_nan=False)] | None,
    BeforeValidator(_number),
    Field(default=None),
]
Currency = Annotated[
    Annotated[str, Field(pattern="^[A-Z]{3}$"), AfterValidator(_known_currency)] | None, Clean, Field(default=None)
]
Measure = Annotated[
    Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)] | None,
    BeforeValidator(_number),
    Field(default=None),
]
Percent = Annotated[Annotated[int, Field(ge=0, le=100)] | None, BeforeValidator(_whole), Field(default=None)]
People = Annotated[Annotated[int, Field(ge=0, le=2_000_000_000)] | None, BeforeValidator(_whole), Field(default=None)]
Year = Annotated[Annotated[int, Field(ge=1990, le=2100)] | None, BeforeValidator(_whole), Field(default=None)]
Day = Annotated[
    Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))] | None,
    BeforeValidator(_day),
    Field(default=None),
]
CodeList = Annotated[
    tuple[Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.]+$")], ...],
    BeforeValidator(_codes),
    Field(default=(), max_length=MOST_CODES),
]
ModalityList = Annotated[
    tuple[Literal["technical_assistance", "training", "technology_transfer", "policy_advice", "investment"], ...],
    BeforeValidator(_codes),
    Field(default=()),
]


class Part(BaseModel):
    """Some answers of a need."""

    model_config = ConfigDict(extra="forbid")

    def _need_currency(self, amount: str, currency: str) -> None:
        """Money is an amount with its currency; a currency alone is no answer."""
        if getattr(self, amount) is None:
            if getattr(self, currency) is not None:
                setattr(self, currency, None)
        elif getattr(self, currency) is None:
            raise PydanticCustomError("currency", "an amount needs its currency", {"field": currency})


class What(Part):
    """What the country asks for."""

    title: Line
    action_area: Area
    statement: Prose


class Why(Part):
    """Why it is needed, and how one knows."""

    why: Prose
    evidence: Prose
    evidence_url: WebAddress


class Who(Part):
    """Who benefits."""

    beneficiaries: Prose
    people_reached: People
    women_percent: Percent
    places: Line


class Indicator(Part):
    """What shall change, measured."""

    name: Line
    unit: Line
    baseline: Measure
    baseline_year: Year
    target: Measure
    target_year: Year


class Targets(Part):
    """The indicators and where they shall get."""

    indicators: Annotated[tuple[Indicator, ...], Field(default=(), max_length=MOST_ROWS)]


class Help(Part):
    """What kind of help, and what about."""

    modalities: ModalityList
    themes: CodeList
    isic: CodeList
    sdg_targets: CodeList


class Contribution(Part):
    """What the country brings itself; cash and in kind are never added up."""

    kind: Annotated[Literal["cash", "in_kind"] | None, Clean, Field(default=None)]
    description: Line
    amount: Amount
    currency: Currency

    @model_validator(mode="after")
    def amount_has_currency(self: Self) -> Self:
        """An amount needs its currency."""
        self._need_currency("amount", "currency")
        return self


class Money(Part):
    """What it costs, and what the country brings."""

    budget_amount: Amount
    budget_currency: Currency
    self_financing_share: Percent
    contributions: Annotated[tuple[Contribution, ...], Field(default=(), max_length=MOST_ROWS)]

    @model_validator(mode="after")
    def budget_has_currency(self: Self) -> Self:
        """An amount needs its currency."""
        self._need_currency("budget_amount", "budget_currency")
        return self


class Timing(Part):
    """When it should begin and end, and how long the need stands."""

    starts_on: Day
    ends_on: Day
    expires_on: Day

    @model_validator(mode="after")
    def ends_after_start(self: Self) -> Self:
        """The end does not come before the start."""
        starts, ends = getattr(self, "starts_on", None), getattr(self, "ends_on", None)
        if starts is not None and ends is not None and ends < starts:
            raise PydanticCustomError("order", "must not be before the start", {"field": "ends_on"})
        return self


class Contact(Part):
    """Whom to ask. Never published."""

    name: Line
    role: Line
    organization: Line
    email: MailAddress
    phone: Phone


class Contacts(Part):
    """Whom to ask."""

    contacts: Annotated[tuple[Contact, ...], Field(default=(), max_length=MOST_ROWS)]


class Answers(What, Why, Who, Targets, Help, Money, Timing, Contacts):
    """All answers of a need. Those left out of a change stay as they are."""


class NewNeed(Part):
    """The three answers that a draft begins with."""

    organization_id: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=2_147_483_647)]
    title: Annotated[str, Clean, Field(max_length=300), Readable, AfterValidator(_one_line)]
    action_area: Annotated[Literal["technology", "skills", "environment"], Clean]


STEPS: Mapping[str, type[Part]] = {
    "what": What,
    "why": Why,
    "who": Who,
    "targets": Targets,
    "help": Help,
    "money": Money,
    "timing": Timing,
    "contacts": Contacts,
}
ROWS: Mapping[str, type[Part]] = {"indicators": Indicator, "contributions": Contribution, "contacts": Contact}
LISTS = ("modalities", "themes", "isic", "sdg_targets")
DAYS = ("starts_on", "ends_on", "expires_on")
STEP_OF = {name: step for step, part in STEPS.items() for name in part.model_fields}
# A draft can be without any answer but these.
ALWAYS = ("title", "action_area")
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "what": ("title", "action_area", "statement"),
    "why": ("why", "evidence"),
    "who": ("beneficiaries",),
    "targets": ("indicators",),
    "help": ("modalities", "themes"),
    "money": ("budget_amount", "self_financing_share"),
    "timing": ("starts_on", "expires_on"),
    "contacts": ("contacts",),
}
REQUIRED_OF_ROW: Mapping[str, tuple[str, ...]] = {
    "indicators": ("name", "baseline", "target"),
    "contributions": ("kind", "description"),
    "contacts": ("name", "email"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer: its field as the form names it, as in ``indicators-0-target``, and the cause."""

    field: str
    code: str
    limit: str = ""


@dataclass(frozen=True)
class Sent:
    """What a form sent, as it was typed, so that it can be shown again to the letter."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The value of a field."""
        return next(iter(self.fields.get(name, ())), "")

    def many(self, name: str) -> list[str]:
        """The values of a field that may come several times, without empty ones."""
        return [value for value in self.fields.get(name, ()) if value]

    def places(self, name: str) -> list[int]:
        """The numbers of the rows that the form had."""
        matches = (ROW_FIELD.fullmatch(key) for key in self.fields)
        found = {int(match["place"]) for match in matches if match and match["name"] == name}
        return sorted(place for place in found if place < MOST_ROWS)

    def filled(self, name: str) -> list[int]:
        """The numbers of the rows in which something was typed; what was chosen in a currency alone does not count."""
        kept = [one for one in ROWS[name].model_fields if one != "currency"]
        return [place for place in self.places(name) if any(self.one(f"{name}-{place}-{one}").strip() for one in kept)]


def read_step(step: str, sent: Sent) -> tuple[Part | None, list[Fault]]:
    """The answers of a step, or what is wrong with them. An answer that is only missing is not wrong."""
    try:
        part = STEPS[step].model_validate(dict(_raw(STEPS[step], sent)), context={"typed": True})
    except ValidationError as error:
        return None, [fault_of(sent, one) for one in error.errors()]
    empty = [Fault(name, "missing") for name in ALWAYS if name in STEPS[step].model_fields and not getattr(part, name)]
    return (None, empty) if empty else (part, [])


def read_new(sent: Sent) -> tuple[NewNeed | None, list[Fault]]:
    """The three answers that a draft begins with, or what is wrong with them."""
    raw = {name: sent.one(name) for name in NewNeed.model_fields}
    blank = [Fault(name, "missing") for name, value in raw.items() if not value.strip()]
    try:
        return NewNeed.model_validate(raw, context={"typed": True}), []
    except ValidationError as error:
        named = {one.field for one in blank}
        return None, blank + [one for one in (fault_of(sent, one) for one in error.errors()) if one.field not in named]


def _raw(part: type[Part], sent: Sent) -> Iterator[tuple[str, Any]]:
    for name in part.model_fields:
        if name in ROWS:
            own = ROWS[name].model_fields
            yield name, [{one: sent.one(f"{name}-{place}-{one}") for one in own} for place in sent.filled(name)]
        elif name in LISTS:
            yield name, sent.many(name)
        elif name in DAYS:
            yield name, [sent.one(f"{name}-{part}") for part in ("day", "month", "year")]
        else:
            yield name, sent.one(name)


# What pydantic calls a fault, and what the pages call it.
CODES = {
    "string_too_long": "long",
    "too_long": "many",
    "literal_error": "choice",
    "string_pattern_mismatch": "choice",
    "decimal_max_places": "decimals",
    "greater_than_equal": "least",
    "less_than_equal": "most",
}
OWN_CODES = ("control", "number", "whole", "date", "choice", "email", "link", "currency", "order", "missing")


def fault_of(sent: Sent, error: Mapping[str, Any]) -> Fault:
    """A fault that pydantic found, at the field of the form."""
    place, kind, about = list(error["loc"]), error["type"], error.get("ctx", {})
    if "field" in about:
        place.append(about["field"])
    if len(place) > 1 and isinstance(place[1], int):
        name = place[0]
        filled = sent.filled(name) if name in ROWS else []
        number = filled[place[1]] if place[1] < len(filled) else place[1]
        place = [name] if name in LISTS else [name, number, *place[2:3]]
    limit = next((str(about[key]) for key in ("max_length", "ge", "le", "decimal_places") if key in about), "")
    code = kind if kind in OWN_CODES else CODES.get(kind, "invalid")
    if place[0] in DAYS:
        code = {"least": "early", "most": "late"}.get(code, code)
    return Fault("-".join(str(one) for one in place), code, limit)


def missing(part: Part) -> list[str]:
    """The fields that a complete need must fill and this one does not, in the order of the form."""
    found: list[str] = []
    for step, model in STEPS.items():
        if not isinstance(part, model):
            continue
        for name in model.model_fields:
            value = getattr(part, name)
            if name in REQUIRED[step] and (value is None or value == () or value == []):
                found.append(f"{name}-0-{REQUIRED_OF_ROW[name][0]}" if name in ROWS else name)
            elif name in ROWS:
                found += [gap for place, row in enumerate(value) for gap in _missing_of_row(name, place, row)]
    return found


def _missing_of_row(name: str, place: int, row: Any) -> Iterator[str]:
    wanted = REQUIRED_OF_ROW[name]
    if name == "contributions" and row.kind == "cash":
        wanted = (*wanted, "amount")
    for one in wanted:
        if getattr(row, one) is None:
            yield f"{name}-{place}-{one}"


def step_of(name: str) -> str:
    """The step that asks for a field, named as the form names it."""
    return STEP_OF[name.split("-")[0]]


def differs(name: str, one: Any, other: Any) -> bool:
    """Whether two answers of a field say different things; the order of codes says nothing."""
    if name in LISTS:
        return set(one) != set(other)
    if name in ROWS:
        return [row.model_dump() for row in one] != [row.model_dump() for row in other]
    return bool(one != other)

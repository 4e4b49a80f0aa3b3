"""The fields of a good practice's form: what each must hold, and the words that stand beside it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from sstic.asked import Blank, printable
from sstic.formats import read_number
from sstic.language import mark

TITLE_HINT = mark("What was done, in a line, as in: Energy audits for small mills.")
FIRST_YEAR, LAST_YEAR = 1950, 2100


def _tidy(value: Any) -> Any:
    """Browsers end lines in two characters; other control characters belong in no text."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    for line in text.replace("\t", " ").split("\n"):
        printable(line)
    return text or None


def _figure(value: Any) -> Any:
    number = read_number(value) if isinstance(value, str) else value
    if number is None and value not in (None, ""):
        raise PydanticCustomError("figure", "is no number")
    return number


def _web(value: str) -> str:
    if not value.startswith(("https://", "http://")) or " " in value:
        raise PydanticCustomError("link", "is no web address")
    return value


def _shown_as(kind: str) -> dict[str, Any]:
    return {"shown_as": kind}


Line = Annotated[str, BeforeValidator(_tidy), AfterValidator(printable), StringConstraints(max_length=300)]
Short = Annotated[Annotated[str, StringConstraints(max_length=60)] | None, BeforeValidator(_tidy)]
MaybeLine = Annotated[
    Annotated[str, StringConstraints(max_length=300), AfterValidator(printable)] | None, BeforeValidator(_tidy)
]
Prose = Annotated[str, BeforeValidator(_tidy), StringConstraints(max_length=4000)]
MaybeProse = Annotated[Annotated[str, StringConstraints(max_length=4000)] | None, BeforeValidator(_tidy)]
Link = Annotated[
    Annotated[str, StringConstraints(max_length=1000), AfterValidator(_web)] | None, BeforeValidator(_tidy)
]
Year = Annotated[int, Blank, BeforeValidator(_figure), Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Figure = Annotated[Annotated[float, Field(ge=-1e15, le=1e15)] | None, Blank, BeforeValidator(_figure)]
Code = Annotated[Annotated[str, StringConstraints(max_length=80)] | None, BeforeValidator(_tidy)]
Area = Annotated[Literal["technology", "skills", "environment"], Blank]
YesNo = Annotated[Literal["yes", "no"], Blank]


class Start(BaseModel):
    """What opens a draft."""

    title: Line = Field(title=mark("Title"), description=TITLE_HINT)
    country: Annotated[str, Blank, Field(title=mark("Provider country"), json_schema_extra=_shown_as("choice"))]
    action_area: Area = Field(title=mark("Action area"), json_schema_extra=_shown_as("action_area"))


class About(BaseModel):
    """What it is."""

    title: Line = Field(title=mark("Title"), description=TITLE_HINT)
    action_area: Area = Field(title=mark("Action area"), json_schema_extra=_shown_as("action_area"))
    summary: Prose = Field(
        title=mark("Summary"),
        description=mark(
            "The problem, what was done about it, for whom. Someone who never heard of it should understand."
        ),
        json_schema_extra=_shown_as("text"),
    )
    start_year: Year | None = Field(
        None, title=mark("Since which year"), description=mark("As in 2016."), json_schema_extra=_shown_as("number")
    )
    programme: Code = Field(None, title=mark("UNIDO tool, if it belongs to one"), json_schema_extra=_shown_as("select"))
    source_url: Link = Field(
        None,
        title=mark("Web page about it"),
        description=mark("Begins with https://."),
        json_schema_extra=_shown_as("line"),
    )


class Block(BaseModel):
    """A building block."""

    what: Prose = Field(
        title=mark("What it is"),
        description=mark(
            "A part that can be used again elsewhere, as in: a mobile team that audits a mill in two days."
        ),
        json_schema_extra=_shown_as("text"),
    )
    enabling_factors: MaybeProse = Field(None, title=mark("What made it work"), json_schema_extra=_shown_as("text"))
    cost_driver: MaybeProse = Field(None, title=mark("What drives its cost"), json_schema_extra=_shown_as("text"))
    lesson: MaybeProse = Field(None, title=mark("What was learnt"), json_schema_extra=_shown_as("text"))


class Precondition(BaseModel):
    """What a country needs before it can replicate the practice."""

    kind: Annotated[Literal["hard", "soft"], Blank] = Field(
        title=mark("How binding it is"), json_schema_extra=_shown_as("precondition")
    )
    text: Prose = Field(
        title=mark("What must be there"),
        description=mark("As in: a laboratory that is accredited for ISO 17025."),
        json_schema_extra=_shown_as("text"),
    )


class ResultsKind(BaseModel):
    """Whether the results are there yet."""

    results_kind: Annotated[Literal["achieved", "planned"], Blank] = Field(
        title=mark("Are the results achieved?"), json_schema_extra=_shown_as("results_kind")
    )


class Result(BaseModel):
    """A measured result."""

    indicator: Line = Field(title=mark("Indicator"), description=mark("As in: energy used per tonne."))
    unit: Short = Field(None, title=mark("Unit"), description=mark("As in kWh per tonne."))
    before: Figure = Field(None, title=mark("Before"), json_schema_extra=_shown_as("number"))
    after: Figure = Field(None, title=mark("After"), json_schema_extra=_shown_as("number"))
    year: Year = Field(title=mark("Year of the figure after"), json_schema_extra=_shown_as("number"))
    method: MaybeProse = Field(
        None,
        title=mark("How it was measured"),
        description=mark("By whom, and how."),
        json_schema_extra=_shown_as("text"),
    )

    @model_validator(mode="after")
    def holds_a_figure(self) -> "Result":
        """A result without any figure says nothing."""
        if self.before is None and self.after is None:
            raise PydanticCustomError("no_figure", "has no figure", {"field": "after"})
        return self


class Evidence(BaseModel):
    """How strong the evidence is."""

    evidence_grade: Annotated[Literal["independent", "compared", "monitored", "stated"], Blank] = Field(
        title=mark("What the results rest on"), json_schema_extra=_shown_as("evidence_grade")
    )


class EvidenceSource(BaseModel):
    """A document that the evidence rests on."""

    title: Line = Field(title=mark("Title of the document"))
    year: Year | None = Field(None, title=mark("Year"), json_schema_extra=_shown_as("number"))
    url: Link = Field(None, title=mark("Web address"), description=mark("Begins with https://."))


class Institution(BaseModel):
    """Who carries the practice."""

    institution: Code = Field(None, title=mark("Institution that gives it on"), json_schema_extra=_shown_as("select"))
    other: MaybeLine = Field(
        None,
        title=mark("Name of another institution"),
        description=mark("Only where it is not in the list. Its capacity can be stated once it is registered."),
    )

    @model_validator(mode="after")
    def is_named_once(self) -> "Institution":
        """One institution: from the list, or by name."""
        if not self.institution and not self.other:
            raise PydanticCustomError("missing", "names none", {"field": "institution"})
        if self.institution and self.other:
            raise PydanticCustomError("both", "names two", {"field": "other"})
        return self


class YearCapacity(BaseModel):
    """What the institution can give in a year."""

    slots: Annotated[Annotated[int, Field(ge=0, le=10_000)] | None, Blank, BeforeValidator(_figure)] = Field(
        None, title=mark("Projects that it can take on at once"), json_schema_extra=_shown_as("number")
    )
    days: Annotated[Annotated[int, Field(ge=0, le=1_000_000)] | None, Blank, BeforeValidator(_figure)] = Field(
        None, title=mark("Expert-days"), json_schema_extra=_shown_as("number")
    )

    @model_validator(mode="after")
    def days_come_with_slots(self) -> "YearCapacity":
        """Expert-days are those of the projects."""
        if self.days is not None and self.slots is None:
            raise PydanticCustomError("missing", "days without slots", {"field": "slots"})
        return self


class Replicated(BaseModel):
    """A country where the practice was replicated."""

    country: Annotated[str, Blank] = Field(title=mark("Country"), json_schema_extra=_shown_as("select"))
    year: Year = Field(title=mark("Year"), json_schema_extra=_shown_as("number"))
    outcome: MaybeProse = Field(None, title=mark("What came of it"), json_schema_extra=_shown_as("text"))


class Coding(BaseModel):
    """What the practice is coded with."""

    themes: list[str] = Field(title=mark("Themes"))
    isic: list[str] = Field(title=mark("Industries (ISIC Rev.4)"))
    sdg_targets: list[str] = Field(title=mark("SDG targets"))


class Review(BaseModel):
    """A reviewer's answers; a no says why."""

    relevance: YesNo = Field(
        title=mark("Relevance: does it answer a problem that other countries have?"),
        json_schema_extra=_shown_as("yes_no"),
    )
    relevance_comment: MaybeProse = Field(None, title=mark("Comment on relevance"), json_schema_extra=_shown_as("text"))
    impact: YesNo = Field(
        title=mark("Impact: do the results and their sources bear it out?"), json_schema_extra=_shown_as("yes_no")
    )
    impact_comment: MaybeProse = Field(None, title=mark("Comment on impact"), json_schema_extra=_shown_as("text"))
    replicability: YesNo = Field(
        title=mark("Replicability: could another country do it with these building blocks and preconditions?"),
        json_schema_extra=_shown_as("yes_no"),
    )
    replicability_comment: MaybeProse = Field(
        None, title=mark("Comment on replicability"), json_schema_extra=_shown_as("text")
    )

    @property
    def passed(self) -> bool:
        """All three questions are answered with yes."""
        return self.relevance == self.impact == self.replicability == "yes"


class Comment(BaseModel):
    """Why a practice goes back."""

    comment: Prose = Field(title=mark("What is to be mended"), json_schema_extra=_shown_as("text"))

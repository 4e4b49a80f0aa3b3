"""What forms about organizations send: answers to the five questions, a flag, its lifting, a decision on a match."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints, ValidationError, model_validator

from sstic.organizations.questions import QUESTIONS

MOST_TEXT = 2000

# What pydantic calls a fault, and what the page says of it.
FAULTS = {
    "literal_error": "choose",
    "string_too_short": "missing",
    "string_too_long": "long",
    "value_error": "control",
    "no_evidence": "no_evidence",
}


def _lines(value: str) -> str:
    """Browsers send a line break as two signs."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _no_control(value: str) -> str:
    """PostgreSQL refuses NUL, and no text needs other control characters than line breaks."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n" for sign in value):
        raise ValueError("must not hold control characters")
    return value


_CLEAN = (BeforeValidator(_lines), AfterValidator(_no_control))
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_TEXT), *_CLEAN]
NeededText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_TEXT), *_CLEAN]


class Answer(BaseModel):
    """The answer to a question. A yes or a no needs evidence; an unknown may say what was tried."""

    answer: Literal["yes", "no", "unknown"]
    evidence: Text

    @model_validator(mode="after")
    def has_evidence(self) -> "Answer":
        """A yes or a no that nothing shows says nothing."""
        if self.answer != "unknown" and not self.evidence:
            raise ValueError("a yes or a no needs evidence")
        return self


class FlagForm(BaseModel):
    """A flag to raise."""

    level: Literal["observation", "yellow", "red"]
    reason: NeededText


class LiftForm(BaseModel):
    """Why a flag is lifted."""

    reason: NeededText


class DecisionForm(BaseModel):
    """What a person decides on a match, and a digest of what the person had before them."""

    status: Literal["open", "false_positive", "confirmed"]
    reason: NeededText
    seen: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field, and which message to show."""

    field: str
    message: str


Form = TypeVar("Form", bound=BaseModel)


def read_form(kind: type[Form], sent: Mapping[str, str]) -> tuple[Form | None, list[Fault]]:
    """The form, or what is wrong with it. A field that was not sent is blank; what the form does not hold is left."""
    try:
        return kind.model_validate({name: sent.get(name, "") for name in kind.model_fields}), []
    except ValidationError as error:
        return None, [Fault(str(one["loc"][0]), FAULTS[one["type"]]) for one in error.errors()]


def read_answers(sent: Mapping[str, str]) -> tuple[dict[str, Answer], list[Fault]]:
    """The answers to the five questions, and what is wrong with them; all five must be there.

    The answer to the question ``ownership`` is sent as ``answer-ownership``, its evidence as ``evidence-ownership``.
    """
    answers: dict[str, Answer] = {}
    faults = []
    for question in QUESTIONS:
        fields = {name: sent.get(f"{name}-{question}", "") for name in Answer.model_fields}
        try:
            answers[question] = Answer.model_validate(fields)
        except ValidationError as error:
            for one in error.errors():
                name, kind = (one["loc"][0], one["type"]) if one["loc"] else ("evidence", "no_evidence")
                faults.append(Fault(f"{name}-{question}", FAULTS[kind]))
    return answers, faults

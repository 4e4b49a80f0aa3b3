"""What a judge sends: a grade and a reason for each practice, checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError, model_validator

from sstic.asked import Blank, printable

MOST_REASON = 300

# What pydantic calls a fault, and what the page says of it.
FAULTS = {"literal_error": "grade", "string_too_long": "long", "value_error": "control", "no_grade": "no_grade"}

Reason = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_REASON), AfterValidator(printable)] | None,
    Blank,
    Field(description="Why, in a few words."),
]


class NoGradeError(ValueError):
    """A reason came without a grade."""


class Answer(BaseModel):
    """What a judge says of one practice; without a grade it is not judged."""

    grade: Annotated[Literal["2", "1", "0"] | None, Blank] = None
    reason: Reason = None

    @model_validator(mode="after")
    def reason_has_grade(self) -> "Answer":
        """A reason alone says nothing."""
        if self.reason is not None and self.grade is None:
            raise NoGradeError("a reason needs a grade")
        return self


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer: the practice, the field, and which message to show."""

    practice: str
    field: Literal["grade", "reason"]
    message: str


def read_answers(sent: Mapping[str, str], practices: Iterable[str]) -> tuple[dict[str, Answer], list[Fault]]:
    """The answers to the practices that were asked about, and what is wrong with them.

    The grade of ``GP-001`` is sent as ``grade-GP-001`` and its reason as ``reason-GP-001``. A practice that the form
    did not hold is left alone; anything else that is sent is not looked at.
    """
    answers, faults = {}, []
    for practice in practices:
        fields = {name: sent.get(f"{name}-{practice}") for name in ("grade", "reason")}
        if fields["grade"] is None and fields["reason"] is None:
            continue
        try:
            answers[practice] = Answer.model_validate(fields)
        except ValidationError as error:
            faults += [_fault(practice, one["loc"], one["type"]) for one in error.errors()]
    return answers, faults


def _fault(practice: str, place: tuple[int | str, ...], kind: str) -> Fault:
    if not place:
        return Fault(practice, "grade", "no_grade")
    return Fault(practice, "grade" if place[0] == "grade" else "reason", FAULTS[kind])

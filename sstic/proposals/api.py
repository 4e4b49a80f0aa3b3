"""Proposals, as JSON. The shapes of a proposal are also those of the plan's lists."""

from decimal import Decimal

from fastapi import HTTPException
from pydantic import BaseModel, Field

from sstic.access import Who, allowed
from sstic.addresses import Reading, RowId
from sstic.api import FromRow, reading_router
from sstic.errors import NOT_FOUND
from sstic.investors import names_one, withheld_names
from sstic.proposals import queries, telling

router = reading_router("proposals")


class Signal(BaseModel):
    """What one signal gave to a criterion, in hundredths of a point, and the fact behind it. `points` null: unknown."""

    signal: str
    points: int | None
    fact: str
    year: int | None


class ScorePart(FromRow):
    """What one criterion gave, in hundredths of a point. `points` null: unknown and left out."""

    criterion: str
    weight: int
    points: int | None
    reason: str


class TriangularScorePart(ScorePart):
    """The same with its signals, whose points add up to those of the criterion; none in runs of earlier versions."""

    signals: list[Signal]


class RuleCheck(BaseModel):
    """What one hard rule found. An unknown one does not exclude; it comes with a question to ask."""

    rule: str
    between: str
    outcome: str
    detail: str
    question: str | None = None


class BudgetShare(BaseModel):
    """A party's contribution. Cash and in-kind are kept apart; `amount` null: not known."""

    party: str
    name: str
    kind: str
    amount: Decimal | None
    currency: str | None
    share_percent: int | None
    note: str


class Evidence(BaseModel):
    """What the record says of two parties."""

    kind: str
    origin: str = Field(validation_alias="from")
    target: str = Field(validation_alias="to")
    text: str
    source_url: str | None


class TriangularRunnerUp(BaseModel):
    """The best triangular proposal that was not chosen."""

    practice: str
    provider: str | None
    window: str
    points: int
    why_not: str


class InvestmentRunnerUp(BaseModel):
    """The best investment proposal that was not chosen."""

    investor: str
    office: str
    points: int
    why_not: str


class TriangularDetail(telling.TriangularRow):
    """A triangular proposal."""

    parts: list[TriangularScorePart]
    ledger: list[RuleCheck]
    questions: list[str]
    budget_split: list[BudgetShare]
    runner_up: TriangularRunnerUp | None
    evidence: list[Evidence]
    in_present_plan: bool


class InvestmentDetail(telling.InvestmentRow):
    """An investment proposal. Of an investor that is not public, neither reasons nor rules are told."""

    parts: list[ScorePart]
    ledger: list[RuleCheck]
    questions: list[str]
    runner_up: InvestmentRunnerUp | None
    in_present_plan: bool


@router.get(
    "/proposals/{number}",
    operation_id="read_triangular_proposal",
    summary="Read a triangular proposal",
    dependencies=allowed("proposal"),
    responses=NOT_FOUND,
)
def read_triangular_proposal(session: Reading, who: Who, number: RowId) -> TriangularDetail:
    """One triangular proposal: parties, points by criterion, rules, money, runner-up, evidence."""
    found = queries.one_triangular(session, who, number)
    if found is None:
        raise HTTPException(404)
    return TriangularDetail.model_validate(
        {
            **telling.triangular_row(found).model_dump(),
            "parts": [TriangularScorePart.model_validate(part) for part in found.parts],
            "ledger": found.ledger,
            "questions": found.questions,
            "budget_split": found.budget_split,
            "runner_up": found.runner_up,
            "evidence": found.evidence,
            "in_present_plan": queries.is_present(session, who, found.run_id),
        }
    )


@router.get(
    "/investment-proposals/{number}",
    operation_id="read_investment_proposal",
    summary="Read an investment proposal",
    dependencies=allowed("investment"),
    responses=NOT_FOUND,
)
def read_investment_proposal(session: Reading, who: Who, number: RowId) -> InvestmentDetail:
    """One investment proposal: parties, points by criterion, rules, runner-up."""
    found = queries.one_investment(session, who, number)
    if found is None:
        raise HTTPException(404)
    told = found.investor.is_public
    hidden = names_one(found.runner_up, withheld_names(session))
    return InvestmentDetail.model_validate(
        {
            **telling.investment_row(found).model_dump(),
            "parts": [ScorePart.model_validate(part) for part in found.parts] if told else [],
            "ledger": found.ledger if told else [],
            "questions": found.questions if told else [],
            "runner_up": found.runner_up if told and not hidden else None,
            "in_present_plan": queries.is_present(session, who, found.run_id),
        }
    )

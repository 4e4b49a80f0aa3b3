"""The present plan, as JSON."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import HTTPException, Query
from pydantic import BaseModel, Field

from sstic.access import Who
from sstic.addresses import Reading
from sstic.api import reading_router
from sstic.asked import Slice
from sstic.errors import NOT_FOUND
from sstic.investors import names_one, tellable, withheld_names
from sstic.match_runs import queries
from sstic.proposals.telling import InvestmentRow, Named, TriangularRow, investment_row, triangular_row
from sstic.tables.match_runs import UnmatchedNeed

router = reading_router("plan", "plan")


class Asked(queries.PlanFilter, Slice):
    """What the plan takes from the address; limit and offset hold for each of its lists."""


class Aim(BaseModel):
    """One of the ordered aims, what was reached, and what it cost."""

    aim: str
    value: int | None
    text: str
    price: str | None


class BindingLimit(BaseModel):
    """A limit that is used up. `worth`: hundredths of a point that one more unit would bring at most."""

    limit: str
    text: str
    unit: str
    used: int
    capacity: int
    worth: int


class Reason(BaseModel):
    """Why a need stays unmatched."""

    code: str
    text: str


class Unmatched(BaseModel):
    """A need that the run could not serve in one mode."""

    need: Named
    mode: str
    reasons: list[Reason]
    smallest_change: str | None


class Plan(BaseModel):
    """The answer of the latest run. Points are whole hundredths; the bound holds for all eligible options."""

    run: int
    status: str
    solution_status: str | None
    finished_at: datetime | None
    objective: int | None
    bound: int | None
    gap: float | None = Field(description="(bound - objective) / max(1, objective).")
    seconds: float | None
    snapshot_digest: str | None
    library_version: str | None
    rules: dict[str, Any]
    filters: dict[str, Any]
    aims: list[Aim]
    binding_limits: list[BindingLimit]
    triangular_total: int
    triangular: list[TriangularRow]
    investment_total: int
    investment: list[InvestmentRow]
    unmatched_total: int
    unmatched: list[Unmatched]


@router.get("/plan", operation_id="read_plan", summary="Read the present plan", responses=NOT_FOUND)
def read_plan(session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> Plan:
    """The latest run that has an answer; 404 before the first one."""
    run = queries.present_run(session, who)
    if run is None:
        raise HTTPException(404)
    triangular, triangular_total = queries.list_triangular(session, who, run.id, asked, asked.offset, asked.limit)
    investment, investment_total = queries.list_investment(session, who, run.id, asked, asked.offset, asked.limit)
    unmatched, unmatched_total = queries.list_unmatched(session, who, run.id, asked, asked.offset, asked.limit)
    withheld = withheld_names(session)
    return Plan.model_validate(
        {
            "run": run.id,
            "status": run.status,
            "solution_status": run.solution_status,
            "finished_at": run.finished_at,
            "objective": run.objective_points,
            "bound": run.bound_points,
            "gap": run.gap,
            "seconds": run.solve_seconds,
            "snapshot_digest": run.snapshot_digest,
            "library_version": run.library_version,
            "rules": {} if names_one(run.rules, withheld) else run.rules,
            "filters": run.filters,
            "aims": run.aims,
            "binding_limits": tellable(run.binding_limits, withheld),
            "triangular_total": triangular_total,
            "triangular": [triangular_row(one) for one in triangular],
            "investment_total": investment_total,
            "investment": [investment_row(one) for one in investment],
            "unmatched_total": unmatched_total,
            "unmatched": [_unmatched(one, withheld) for one in unmatched],
        }
    )


def _unmatched(one: UnmatchedNeed, withheld: frozenset[str]) -> Unmatched:
    change = tellable([one.smallest_change], withheld)[:1] if one.smallest_change else []
    return Unmatched(
        need=Named(reference=one.need.reference, title=one.need.title),
        mode=one.mode,
        reasons=[Reason.model_validate(reason) for reason in tellable(one.reasons, withheld)],
        smallest_change=change[0]["text"] if change else None,
    )

"""What is done with match runs: request, claim, report progress, store the plan, give up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching
from sstic import audit
from sstic.match_runs.storing import add_proposals, add_unmatched
from sstic.tables.match_runs import MATCH_RUN_MOVES, MatchRun

MOST_ATTEMPTS = 3


class LostRunError(Exception):
    """Another worker has taken the run over; what this one found must not be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a run. ``attempt`` is the fencing token."""

    run_id: int
    attempt: int


def request_match_run(session: Session, requested_by: str, filters: dict[str, Any], rules: matching.Rules) -> MatchRun:
    """Queue a run."""
    run = MatchRun(
        status="queued",
        requested_by=requested_by,
        requested_at=datetime.now(UTC),
        filters=filters,
        rules=rules.to_dict(),
        progress={},
        aims=[],
        binding_limits=[],
    )
    session.add(run)
    session.flush()
    audit.record(session, requested_by, "request_match_run", "match_run", run.id, {"filters": filters})
    return run


def claim_next(session: Session, lease: timedelta, only: int | None = None) -> Claim | None:
    """Take the oldest queued run, or one whose worker fell silent; None when there is nothing to do."""
    now = datetime.now(UTC)
    waiting = sa.or_(MatchRun.status == "queued", sa.and_(MatchRun.status == "running", MatchRun.lease_until < now))
    query = sa.select(MatchRun).where(waiting).order_by(MatchRun.id).limit(1).with_for_update(skip_locked=True)
    run = session.scalar(query if only is None else query.where(MatchRun.id == only))
    if run is None:
        return None
    if run.attempt >= MOST_ATTEMPTS:
        _finish(session, run, "failed", f"The run was tried {run.attempt} times and its worker died each time.")
        return None
    run.status, run.attempt = "running", run.attempt + 1
    run.started_at, run.lease_until = now, now + lease
    changed = audit.changed(run, "status", "attempt")
    audit.record(session, "worker", "claim_match_run", "match_run", run.id, changed)
    return Claim(run.id, run.attempt)


def report_progress(session: Session, claim: Claim, progress: dict[str, Any], lease: timedelta) -> None:
    """Renew the lease and tell how far the run is.

    Raises
    ------
    LostRunError
        When another worker holds the run, or it was discarded.
    """
    run = _held(session, claim)
    run.progress, run.lease_until = progress, datetime.now(UTC) + lease


def store_plan(
    session: Session, claim: Claim, problem: matching.Problem, plan: matching.Plan, changed: set[str]
) -> None:
    """Store a plan that the referee found sound. Needs that changed meanwhile are dropped and told.

    Raises
    ------
    LostRunError
        When another worker holds the run.
    """
    run = _held(session, claim)
    run.library_version, run.snapshot_digest = matching.__version__, plan.snapshot_digest
    run.solution_status, run.gap, run.solve_seconds = str(plan.status), plan.gap, plan.seconds
    run.objective_points, run.bound_points = plan.objective, plan.bound
    data = plan.to_dict()
    run.aims, run.binding_limits = data["aims"], data["binding_limits"]
    add_proposals(session, run, problem, data, changed)
    add_unmatched(session, run, data, changed)
    status = {"time_limit": "timed_out", "infeasible": "no_solution", "nothing_possible": "no_solution"}
    conflict = f"These exclude each other: {', '.join(plan.conflict)}." if plan.conflict else None
    _finish(session, run, status.get(str(plan.status), "complete"), conflict)
    run.progress = {"stage": "done", "value": plan.objective, "bound": plan.bound, "dropped": sorted(changed)}


def give_up(session: Session, claim: Claim, reason: str) -> None:
    """End a run that cannot be computed, telling why."""
    _finish(session, _held(session, claim), "failed", reason)


def _held(session: Session, claim: Claim) -> MatchRun:
    held = (MatchRun.id == claim.run_id, MatchRun.attempt == claim.attempt, MatchRun.status == "running")
    run = session.scalar(sa.select(MatchRun).where(*held).with_for_update())
    if run is None:
        raise LostRunError(f"match run {claim.run_id} is no longer held")
    return run


def _finish(session: Session, run: MatchRun, status: str, failure: str | None) -> None:
    if status not in MATCH_RUN_MOVES[run.status]:
        raise ValueError(f"a match run cannot move from {run.status} to {status}")
    run.status, run.finished_at, run.lease_until, run.failure = status, datetime.now(UTC), None, failure
    told = {"attempt": run.attempt, **audit.changed(run, "status", "failure")}
    audit.record(session, "worker", f"match_run_{status}", "match_run", run.id, told)

"""Match runs: queue, lease and fencing, storing, and needs that change meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching
from sstic import database
from sstic.database import reading, transaction
from sstic.match_runs import worker
from sstic.match_runs.actions import (
    MOST_ATTEMPTS,
    Claim,
    LostRunError,
    claim_next,
    report_progress,
    request_match_run,
    store_plan,
)
from sstic.match_runs.snapshot import build_problem
from sstic.match_runs.worker import work_on_next
from sstic.tables.audit import AuditEvent
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need
from sstic.tables.proposals import InvestmentProposal, TriangularProposal

LEASE = timedelta(seconds=30)
ONE_COUNTRY = {"country": "SEN", "as_of": "2026-11-24"}


def requested(filters: dict | None = None, rules: matching.Rules | None = None) -> int:
    with transaction() as session:
        return request_match_run(session, "test", filters or ONE_COUNTRY, rules or matching.Rules()).id


def the_run(run_id: int) -> MatchRun:
    with reading() as session:
        return session.get_one(MatchRun, run_id)


def counted(table: type) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_run_is_computed_checked_and_stored(seeded_database: str) -> None:
    run_id = requested()
    plan = work_on_next()
    assert plan is not None
    run = the_run(run_id)
    assert run.status == "complete"
    assert run.objective_points == plan.objective
    assert run.bound_points == plan.bound
    assert run.snapshot_digest == plan.snapshot_digest
    assert counted(TriangularProposal) == len(plan.triangular) > 0
    assert counted(InvestmentProposal) == len(plan.investment)
    with reading() as session:
        for proposal in session.scalars(sa.select(TriangularProposal)):
            assert proposal.points == sum(part.points or 0 for part in proposal.parts)
            assert proposal.ledger
        actions = session.scalars(sa.select(AuditEvent.action).where(AuditEvent.subject_table == "match_run")).all()
    assert sorted(actions) == ["claim_match_run", "match_run_complete", "request_match_run"]


def test_nothing_queued_is_nothing_to_do(empty_database: str) -> None:
    assert work_on_next() is None


def test_a_run_is_claimed_once(seeded_database: str) -> None:
    run_id = requested()
    with transaction() as session:
        assert claim_next(session, LEASE) == Claim(run_id, 1)
    with transaction() as session:
        assert claim_next(session, LEASE) is None


def expire(run_id: int) -> None:
    with transaction() as session:
        session.get_one(MatchRun, run_id).lease_until = datetime.now(UTC) - timedelta(seconds=1)


def test_a_silent_worker_loses_its_run_and_can_no_longer_write(seeded_database: str) -> None:
    run_id = requested()
    with transaction() as session:
        old = claim_next(session, LEASE)
    assert old is not None
    expire(run_id)
    with transaction() as session:
        new = claim_next(session, LEASE)
    assert new == Claim(run_id, 2)
    with reading() as session:
        problem = build_problem(session, datetime(2026, 11, 24, tzinfo=UTC).date()).only(country="SEN")
    plan = matching.solve(problem, matching.Rules())
    with pytest.raises(LostRunError), transaction() as session:
        report_progress(session, old, {"stage": "late"}, LEASE)
    with pytest.raises(LostRunError), transaction() as session:
        store_plan(session, old, problem, plan, set())
    assert counted(TriangularProposal) == 0
    with transaction() as session:
        store_plan(session, new, problem, plan, set())
    assert counted(TriangularProposal) == len(plan.triangular)


def test_a_run_whose_workers_all_die_ends_as_failed(seeded_database: str) -> None:
    run_id = requested()
    for attempt in range(MOST_ATTEMPTS):
        with transaction() as session:
            assert claim_next(session, LEASE) == Claim(run_id, attempt + 1)
        expire(run_id)
    assert work_on_next() is None
    assert the_run(run_id).status == "failed"
    assert str(MOST_ATTEMPTS) in (the_run(run_id).failure or "")


def test_no_transaction_is_open_while_the_run_computes(seeded_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    requested()
    checked_out: list[int] = []
    solve = matching.solve

    def watched(problem: matching.Problem, rules: matching.Rules, **more: object) -> matching.Plan:
        checked_out.append(database.engine().pool.checkedout())  # type: ignore[attr-defined]
        return solve(problem, rules, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(matching, "solve", watched)
    work_on_next()
    assert checked_out == [0]


def change_a_need_while_computing(monkeypatch: pytest.MonkeyPatch, change: dict[str, object]) -> list[str]:
    """Let a need of the run change between snapshot and storing; gives its key once known."""
    changed: list[str] = []
    solve = matching.solve

    def meanwhile(problem: matching.Problem, rules: matching.Rules, **more: object) -> matching.Plan:
        plan = solve(problem, rules, **more)  # type: ignore[arg-type]
        changed.append(plan.triangular[0].need)
        with transaction() as session:
            need = session.scalars(sa.select(Need).where(Need.reference == changed[0])).one()
            for field, value in change.items():
                setattr(need, field, value)
        return plan

    monkeypatch.setattr(matching, "solve", meanwhile)
    return changed


@pytest.mark.parametrize("change", [{"status": "withdrawn"}, {"title": "Another wish"}])
def test_a_need_that_changed_meanwhile_is_dropped_and_told(
    seeded_database: str, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    changed = change_a_need_while_computing(monkeypatch, change)
    run_id = requested()
    work_on_next()
    run = the_run(run_id)
    assert run.progress["dropped"] == changed
    with reading() as session:
        served = session.scalars(sa.select(Need.reference).join(TriangularProposal)).all()
    assert changed[0] not in served


def test_a_plan_that_the_referee_refuses_is_not_stored(seeded_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = requested()
    monkeypatch.setattr(worker.matching, "broken_rules", lambda *_: ["a limit is broken"])
    assert work_on_next() is None
    assert the_run(run_id).status == "failed"
    assert "a limit is broken" in (the_run(run_id).failure or "")
    assert counted(TriangularProposal) == 0


def test_an_error_ends_the_run_as_failed_with_its_reason(seeded_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = requested()

    def broken(*_: object, **__: object) -> matching.Plan:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(matching, "solve", broken)
    with pytest.raises(RuntimeError):
        work_on_next()
    assert the_run(run_id).failure == "RuntimeError: out of luck"


def test_conflicting_floors_end_as_no_solution_and_say_so(seeded_database: str) -> None:
    floor = matching.GroupFloor(group="region", value="Africa", least_percent=100)
    rules = matching.Rules(floors=(floor,), proposals_per_window_when_unknown=0)
    run_id = requested(rules=rules)
    work_on_next()
    assert the_run(run_id).status == "no_solution"
    assert "region Africa" in (the_run(run_id).failure or "")


def test_a_snapshot_is_the_same_twice(seeded_session: Session) -> None:
    day = datetime(2026, 11, 24, tzinfo=UTC).date()
    assert build_problem(seeded_session, day).digest == build_problem(seeded_session, day).digest


def test_the_snapshot_reads_a_bounded_number_of_times(seeded_session: Session) -> None:
    statements: list[str] = []
    sa.event.listen(
        seeded_session.get_bind(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
    )
    build_problem(seeded_session, datetime(2026, 11, 24, tzinfo=UTC).date())
    assert len(statements) <= 45

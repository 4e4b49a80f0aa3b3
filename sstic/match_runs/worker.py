"""The worker: takes a queued run, computes it with no transaction open, and stores the answer, once."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import matching
from sstic.database import reading, transaction
from sstic.match_runs.actions import Claim, LostRunError, claim_next, give_up, report_progress, store_plan
from sstic.match_runs.snapshot import build_problem, current_needs
from sstic.settings import settings
from sstic.tables.match_runs import MatchRun

Watcher = Callable[[dict[str, Any]], None]


def work_on_next(only: int | None = None, watch: Watcher | None = None) -> matching.Plan | None:
    """Compute one waiting run, or the given one; None when there was nothing to do or the run could not be computed."""
    lease = timedelta(seconds=settings().worker_lease_seconds)
    with transaction() as session:
        claim = claim_next(session, lease, only)
    if claim is None:
        return None
    heartbeat = _Heartbeat(claim, lease, watch)
    try:
        with heartbeat:
            problem, rules = _snapshot(claim)
            plan = matching.solve(problem, rules, progress=heartbeat.tell)
        return _store(claim, problem, rules, plan)
    except LostRunError:
        return None
    except Exception as error:
        with transaction() as session:
            give_up(session, claim, f"{type(error).__name__}: {error}")
        raise


def work_until(stop: threading.Event, pause_seconds: float = 1.0, each_day: Callable[[], object] | None = None) -> None:
    """Work on whatever is queued until told to stop; ``each_day`` is done first on every day."""
    day: date | None = None
    while not stop.is_set():
        today = datetime.now(UTC).date()
        if each_day is not None and today != day:
            each_day()
            day = today
        if work_on_next() is None:
            stop.wait(pause_seconds)


def narrowed(problem: matching.Problem, filters: dict[str, Any]) -> matching.Problem:
    """The problem with the needs that the filters of a run leave."""
    return problem.only(action_area=filters.get("action_area"), country=filters.get("country"))


def _snapshot(claim: Claim) -> tuple[matching.Problem, matching.Rules]:
    with reading() as session:
        run = session.get_one(MatchRun, claim.run_id)
        as_of = date.fromisoformat(run.filters["as_of"]) if "as_of" in run.filters else datetime.now(UTC).date()
        problem = narrowed(build_problem(session, as_of), run.filters)
        return problem, matching.Rules.from_dict(run.rules)


def _store(claim: Claim, problem: matching.Problem, rules: matching.Rules, plan: matching.Plan) -> matching.Plan | None:
    """Store the plan when the referee finds it sound; otherwise the run ends as failed, with what is broken."""
    broken = matching.broken_rules(problem, rules, plan)
    with transaction() as session:
        if broken:
            give_up(session, claim, f"The referee refused the plan: {'; '.join(broken[:5])}")
            return None
        now = current_needs(session)
        changed = {need.key for need in problem.needs if now.get(need.key) != need}
        store_plan(session, claim, problem, plan, changed)
    return plan


class _Heartbeat:
    """Renews the lease while the run computes; stops the computation once the run is lost."""

    def __init__(self, claim: Claim, lease: timedelta, watch: Watcher | None) -> None:
        self._claim, self._lease, self._watch = claim, lease, watch
        self._progress: dict[str, Any] = {"stage": "reading", "value": None, "bound": None}
        self._ended, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def tell(self, stage: str, value: int | None, bound: int | None) -> bool:
        """Take note of progress; True asks the computation to stop."""
        self._progress = {"stage": stage, "value": value, "bound": bound}
        if self._watch is not None:
            self._watch(self._progress)
        return self._lost.is_set()

    def _beat(self) -> None:
        while not self._ended.wait(self._lease.total_seconds() / 3):
            try:
                with transaction() as session:
                    report_progress(session, self._claim, self._progress, self._lease)
            except LostRunError:
                self._lost.set()
                return

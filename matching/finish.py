"""The exact finish of a choice of middle size: the sharpest prices, a plan from whole budgets, and a proof.

After ``large.choose``: column generation brings the knapsack bound to its least (``patterns``), diving and
neighbourhoods improve the plan, and triples that no better plan can hold are left out (``survivors``). The patterns of
every budget within reach of the bound are then listed, and HiGHS chooses among them (Baldacci, Christofides and
Mingozzi, 2008): either it finds the best plan, or there is none within that reach and the bound falls by it.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matching.allocation import Status
from matching.axial import AxialModel, Chosen
from matching.dual import evaluate
from matching.knapsack import Decomposition, KnapsackBound
from matching.large import Answer
from matching.neighbourhoods import Neighbourhoods
from matching.patterns import Master
from matching.proof import best_among
from matching.survivors import Survivors

Progress = Callable[[int, int], bool | None]
# With so few triples left the programme is given them all at once.
FEW = 2500
# Neighbourhoods draw on so many of the triples nearest to the prices.
NEAREST = 10_000
# After so many neighbourhoods without a better plan, a proof is tried; its first reach is such a share of the bound.
PATIENCE = 30
REACH = 1e-4


def finish(
    model: AxialModel,
    begin: Answer,
    *,
    seconds: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Answer:
    """Bring an answer of ``choose`` to a proof, or as near as time allows.

    Parameters
    ----------
    model, begin
        The triples with their limits and floors, and an answer for them.
    seconds, gap, seed, progress
        As in ``choose``.

    Returns
    -------
    Answer
        Never worse than ``begin``. ``sharp_prices`` and ``first_prices`` prove the bound with which the exact solver
        began; below that, ``bound`` rests on the solver's proof.
    """
    if begin.status in (Status.INFEASIBLE, Status.OPTIMAL, Status.CANCELLED) or not len(model.thirds.rows):
        return begin
    return _Finish(model, begin, seconds, gap, seed, progress).answer()


class _Finish:
    """One computation: best plan, best bound, and the clock."""

    def __init__(
        self, model: AxialModel, begin: Answer, seconds: float, gap: float, seed: int, progress: Progress | None
    ) -> None:
        self._model, self._begin, self._gap, self._progress = model, begin, gap, progress
        self._started, self._seconds = time.monotonic(), seconds
        self._plan: Chosen | None = None
        self._value, self._bound = 0, begin.bound
        self._cut: Status | None = None
        self._draw = Neighbourhoods(model, seed)
        self._keep(begin.plan)

    def answer(self) -> Answer:
        """Sharpen, dive, and then in turns improve and prove."""
        master = Master(self._model)
        if self._plan is not None:
            master.add_plan(self._plan)
        sharp = master.improve(self._first(), self._is_over, self._lower)
        if not self._is_enough():
            near = master.dive(self._is_over)
            self._keep(near)
            self._improve_and_prove(Survivors.of(self._model, sharp), near)
        return self._end(sharp)

    def _first(self) -> KnapsackBound:
        begin = self._begin
        if begin.first_prices is not None:
            return KnapsackBound(begin.sharp_prices, begin.first_prices, begin.bound)
        return Decomposition(self._model).start(evaluate(self._model, begin.prices))

    def _improve_and_prove(self, survivors: Survivors, near: Chosen) -> None:
        reach, stalled = max(1, int(REACH * abs(self._bound))), 0
        near = near if not self._is_broken(near) else self._begin.plan
        while not self._is_enough():
            left = survivors if self._plan is None else survivors.better_than(self._value)
            if self._plan is None or len(left) <= FEW:
                self._prove(left, None if self._plan is None else self._value + 1)
                return
            if stalled < PATIENCE:
                found = self._draw.better(near, _nearest(left), self._left())
                stalled = 0 if found is not None else stalled + 1
                near = near if found is None else found
                self._keep(found)
                continue
            target = max(self._value + 1, self._bound - reach)
            if not self._prove(left.better_than(target - 1), target):
                return
            reach, stalled = 2 * reach, 0

    def _prove(self, left: Survivors, target: int | None) -> bool:
        """Choose exactly among plans of at least ``target``; whether that came to its end."""
        found = best_among(self._model, left, target, self._left(), self._is_cancelled)
        if found.plan is not None:
            self._keep(found.plan)
        if found.is_done:
            self._lower(self._value if self._plan is not None and found.plan is not None else (target or 0) - 1)
            if self._plan is None:
                self._cut = Status.INFEASIBLE
        elif found.bound is not None:
            self._lower(max(found.bound, self._value))
        return found.is_done

    def _is_broken(self, plan: Chosen) -> bool:
        forced = np.flatnonzero(self._model.forced)
        return bool(len(self._model.broken_rows(plan))) or not np.isin(forced, plan.first).all()

    def _keep(self, plan: Chosen | None) -> None:
        if plan is None or self._is_broken(plan):
            return
        value = self._model.value_of(plan)
        if self._plan is None or value > self._value:
            self._plan, self._value = plan, value
            self._tell()

    def _lower(self, bound: int) -> None:
        if bound < self._bound:
            self._bound = bound
            self._tell()

    def _left(self) -> float:
        return max(0.1, self._seconds - (time.monotonic() - self._started))

    def _is_over(self) -> bool:
        if self._cut is None and time.monotonic() - self._started >= self._seconds:
            self._cut = Status.TIME_LIMIT
        return self._cut is not None or self._is_near()

    def _is_cancelled(self) -> bool:
        self._tell()
        return self._cut is not None

    def _is_near(self) -> bool:
        return self._plan is not None and self._bound - self._value <= self._gap * max(1, abs(self._value))

    def _is_enough(self) -> bool:
        self._tell()
        return self._is_over()

    def _tell(self) -> None:
        if self._progress is not None and self._cut is None and self._progress(self._value, self._bound):
            self._cut = Status.CANCELLED

    def _status(self) -> Status:
        if self._cut is Status.INFEASIBLE:
            return Status.INFEASIBLE
        if self._plan is not None and self._bound <= self._value:
            return Status.OPTIMAL
        if self._is_near():
            return Status.WITHIN_GAP
        return self._cut or Status.TIME_LIMIT

    def _end(self, sharp: KnapsackBound) -> Answer:
        none = np.zeros(0, dtype=np.int64)
        return replace(
            self._begin,
            plan=self._plan or Chosen(none, none, none),
            value=self._value,
            bound=max(self._value, self._bound),
            status=self._status(),
            sharp_prices=sharp.prices,
            first_prices=sharp.first_prices,
            seconds=round(self._begin.seconds + time.monotonic() - self._started, 3),
        )


def _nearest(left: Survivors) -> Survivors:
    if len(left) <= NEAREST:
        return left
    least = np.partition(left.most, len(left) - NEAREST)[len(left) - NEAREST]
    return left.only(np.flatnonzero(left.most >= least))

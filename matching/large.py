"""The large choice: prices that prove a bound over all triples, and a plan found near those prices.

Rounds of fixed effort follow each other (prices, sharper bound, longer search) until the gap is small enough, so that
the same input gives the same plan however fast the machine is; only a time limit or a cancel cuts in, and the status
says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matching.allocation import Status
from matching.axial import AxialModel, Chosen
from matching.dual import (
    TOUCH_UP,
    Ascent,
    Evaluation,
    Floats,
    ascend,
    evaluate,
    whole_prices,
)
from matching.knapsack import FINE, Decomposition, KnapsackBound
from matching.nearby import GROUPS, search_nearby
from matching.pools import TriplePool, pool_of
from matching.pricing import SHIFT, Longs
from matching.search import anneal, fill
from matching.smoothing import WHOLE, begin, settle
from matching.stepping import smooth

Progress = Callable[[int, int], bool | None]
Sharp = tuple[Floats, Floats]
# Moves of the first search per first party; every round doubles them.
FIRST_MOVES = 200
MOST_ROUNDS = 8
# Rounds of stepping where limits are more than first parties.
STEPPING = 8
IDLE = 5e-5
FARKAS = Ascent(passes=200, first_step=0.5, last_step=0.02)
# Search temperatures as shares of the mean value.
HOT, COLD = 0.03, 0.0008
# Moves of first parties' prices in the first round of the sharper bound: work stays near this many triples' worth.
SHARPEN = 60


@dataclass(frozen=True)
class Answer:
    """What was chosen, and what proves how good it is.

    ``prices`` has shape (rows,) in ``2**-28`` points and proves ``relaxation``; together with ``first_prices``
    (firsts,) in ``2**-10`` points, where there are any, ``sharp_prices`` prove ``bound``.
    """

    plan: Chosen
    value: int
    bound: int
    relaxation: int
    status: Status
    prices: Longs
    sharp_prices: Longs
    first_prices: Longs | None
    seconds: float

    @property
    def gap(self) -> float:
        """(bound - value) / max(1, abs(value))."""
        return (self.bound - self.value) / max(1, abs(self.value))


def choose(
    model: AxialModel,
    *,
    seconds: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    progress: Progress | None = None,
    prices: Floats | None = None,
    plan: Chosen | None = None,
    sharp: Sharp | None = None,
    stays_near: bool = False,
    rounds: int = MOST_ROUNDS,
) -> Answer:
    """Choose triples of great total value, with a bound over all of them.

    Parameters
    ----------
    model
        The triples and their limits and floors.
    seconds
        Wall time after which the best plan so far is given, with the status ``time_limit``.
    gap
        Relative distance to the bound that is good enough.
    seed
        Of the search.
    progress
        Called with value and bound when one improves; return True to stop.
    prices, plan
        Where to begin: prices of the rows in points, and a plan, such as those of an earlier answer. What no longer
        fits of the plan is left out.
    sharp
        Prices in points of rows and of first parties that proved an earlier sharper bound.
    stays_near
        Whether little should change against ``plan``: it is searched no further than until it is near enough to the
        bound, and at first only among first parties near those that lose their place.
    rounds
        How often the search may be made longer.

    Returns
    -------
    Answer
        ``infeasible`` where floors or forced first parties are proven to be out of reach; ``time_limit`` also where
        no plan was found that keeps all floors, which then is empty.
    """
    run = _Run(model, seconds, gap, seed, progress)
    return run.answer(prices, plan, sharp, rounds, stays_near)


class _Run:
    """One computation: best plan, best bound, and the clock."""

    def __init__(self, model: AxialModel, seconds: float, gap: float, seed: int, progress: Progress | None) -> None:
        self._model, self._gap, self._seed, self._progress = model, gap, seed, progress
        self._started, self._seconds = time.monotonic(), seconds
        self._plan: Chosen | None = None
        self._value, self._cut = 0, Status.WITHIN_GAP
        self._bound = 0
        self._sharp: KnapsackBound | None = None
        self._is_idle = False

    def answer(
        self, prices: Floats | None, plan: Chosen | None, sharp: Sharp | None, rounds: int, stays_near: bool
    ) -> Answer:
        model = self._model
        none = np.zeros(0, dtype=np.int64)
        self._keep(Chosen(none, none, none))
        self._keep(plan)
        found = self._first(prices)
        self._bound = found.bound
        if self._is_infeasible(found):
            return self._end(found, Status.INFEASIBLE)
        sharper = Decomposition(model)
        self._tell()
        if plan is not None:
            self._resume(found.prices, plan)
        if stays_near and plan is not None:
            self._touch_up(sharper, found, plan, sharp)
        for number in range(rounds):
            if (number or stays_near) and self._is_enough():
                break
            self._search(found.prices, FIRST_MOVES << number)
            if self._is_enough():
                break
            self._sharpen(sharper, found, number)
        if self._plan is None and self._cut is Status.WITHIN_GAP and self._is_proven_infeasible(found):
            return self._end(found, Status.INFEASIBLE)
        return self._end(found, self._status())

    def _first(self, prices: Floats | None) -> Evaluation:
        """Good prices, from earlier ones or from none."""
        model = self._model
        if prices is not None:
            return ascend(model, prices, TOUCH_UP, self._is_over)
        if model.rows > model.firsts:
            none = evaluate(model, np.zeros(model.rows, dtype=np.int64))
            found = smooth(model, none, STEPPING, self._is_over)
            return ascend(model, found.prices / float(1 << SHIFT), TOUCH_UP, self._is_over)
        found = begin(model)
        return found if self._is_over(found) else settle(model, found, stop=self._is_over)

    def _resume(self, prices: Longs, plan: Chosen) -> None:
        """Take up an earlier plan: first parties that are forced come first, then what still fits of it, then more."""
        pool = pool_of(self._model, prices, plan)
        if not len(pool.first):
            return
        options, held = pool.pool, pool.choice_of(plan)
        group = np.repeat(np.arange(options.groups), np.diff(options.starts))
        forced = np.flatnonzero(options.forced[group] > 0)
        is_kept = np.isin(forced, held)
        order = np.concatenate([forced[is_kept], forced[~is_kept], held[held >= 0], self._order(pool)])
        chosen = fill(options, np.full(options.groups, -1, dtype=np.int64), order)
        self._keep(pool.plan_of(chosen))
        self._tell()

    def _touch_up(self, sharper: Decomposition, found: Evaluation, plan: Chosen, sharp: Sharp | None) -> None:
        """Search near what changed, ever wider, until the plan is near enough to the bound."""
        self._take_up(sharper, found, sharp)
        pool = pool_of(self._model, found.prices, self._plan)
        if self._plan is None or not len(pool.first):
            return
        kept, mean = pool.choice_of(self._plan), float(np.abs(pool.pool.value).mean())
        before = pool.choice_of(plan)
        has_lost = np.isin(np.arange(len(before)), plan.first[before[plan.first] < 0])
        moved = np.flatnonzero((kept != before) | has_lost | (pool.pool.forced > 0))
        moved = moved if len(moved) else np.flatnonzero(kept < 0)
        for number in GROUPS:
            if self._is_enough():
                return
            found_near = search_nearby(pool.pool, kept, moved, number, COLD * mean, self._seed)
            self._keep(pool.plan_of(found_near))
            kept = pool.choice_of(self._plan)
            self._tell()

    def _take_up(self, sharper: Decomposition, found: Evaluation, sharp: Sharp | None) -> None:
        """The sharper bound at earlier prices, or as it is found now."""
        if sharp is None:
            self._sharpen(sharper, found, 0)
        else:
            self._sharp = sharper.at(
                whole_prices(self._model, sharp[0]), np.rint(sharp[1] * float(1 << FINE)).astype(np.int64)
            )
            self._bound = min(self._bound, self._sharp.bound)

    def _search(self, prices: Longs, moves: int) -> None:
        """Fill near the prices, then anneal from the best plan so far."""
        model = self._model
        pool = pool_of(model, prices, self._plan)
        if not len(pool.first):
            self._keep(pool.plan_of(np.zeros(0, dtype=np.int64)))
            return
        chosen = fill(pool.pool, self._choice(pool), self._order(pool))
        self._keep(pool.plan_of(chosen))
        if self._is_enough():
            return
        mean = float(np.abs(pool.pool.value).mean())
        parts = 1 if moves * model.firsts < 2_000_000 else 4
        for part in range(parts):
            hot, cold = (HOT * (COLD / HOT) ** (step / parts) * mean for step in (part, part + 1))
            chosen = anneal(pool.pool, chosen, moves * model.firsts // parts, hot, cold, self._seed + part)
            if self._is_over(None):
                break
        self._keep(pool.plan_of(chosen))
        self._tell()

    def _choice(self, pool: TriplePool) -> Longs:
        if self._plan is None:
            return np.full(pool.pool.groups, -1, dtype=np.int64)
        return pool.choice_of(self._plan)

    @staticmethod
    def _order(pool: TriplePool) -> Longs:
        """Options by the share that a soft choice gives them: those of first parties that have little choice first."""
        options = pool.pool
        number = np.diff(options.starts)
        is_forced = np.repeat(options.forced > 0, number)
        best = options.reduced[np.minimum(options.starts[:-1], len(options.reduced) - 1)]
        top = np.repeat(np.where(options.forced > 0, best, np.maximum(best, 0.0)), number)
        heat = max(1e-9, WHOLE.temperatures[-1] * float(np.abs(options.value).mean()))
        weight = np.exp((options.reduced - top) / heat)
        group = np.repeat(np.arange(options.groups), number)
        total = np.bincount(group, weight, options.groups)[group] + np.where(
            is_forced, 0.0, np.exp(-np.maximum(top, 0.0) / heat)
        )
        useful = np.flatnonzero((options.value > 0) | is_forced)
        return useful[np.lexsort((useful, (top - options.reduced)[useful], -(weight / total)[useful]))]

    def _sharpen(self, sharper: Decomposition, found: Evaluation, number: int) -> None:
        """Improve the knapsack bound from where it stands."""
        if self._is_over(None) or self._is_idle:
            return
        begin = sharper.start(found) if self._sharp is None else self._sharp
        size = max(1, len(self._model.seconds.columns) // 2_000_000)
        steps = max(2, (SHARPEN << number) // size)
        improved = sharper.improve(begin, max(1, steps // 2), 2, 0.05 * 0.6**number, self._is_sharp_enough)
        self._sharp = min(begin, improved, key=lambda one: one.bound)
        # Where budgets do not bind, knapsacks prove no more than prices do.
        self._is_idle = self._sharp.bound > (1 - IDLE) * found.bound
        self._bound = min(self._bound, self._sharp.bound)
        self._tell()

    def _is_sharp_enough(self, best: KnapsackBound) -> bool:
        self._bound = min(self._bound, best.bound)
        return self._is_enough()

    def _keep(self, plan: Chosen | None) -> None:
        """Take a plan that keeps every row, holds nothing forbidden and serves who is forced, when it is better."""
        model = self._model
        if plan is None or len(model.broken_rows(plan)) or not np.isin(np.flatnonzero(model.forced), plan.first).all():
            return
        special = model.special_of(plan)
        if not model.specials.is_open[special[special >= 0]].all():
            return
        value = model.value_of(plan)
        if self._plan is None or value > self._value:
            self._plan, self._value = plan, value

    def _is_infeasible(self, found: Evaluation) -> bool:
        """Whether the bound lies below what any plan is worth: then there is none (Farkas)."""
        model = self._model
        if bool((found.pair[model.forced] < 0).any()) or self._is_overbooked():
            return True
        least = int(model.seconds.points.min(initial=0)) + int(model.thirds.points.min(initial=0))
        return found.bound < model.firsts * min(0, least)

    def _is_overbooked(self) -> bool:
        """Whether forced first parties with a single triple alone pass a limit."""
        model = self._model
        is_single = model.forced & (np.diff(model.seconds.starts) == 1) & (np.diff(model.thirds.starts) == 1)
        single = np.flatnonzero(is_single)
        plan = Chosen(single, model.seconds.starts[single], model.thirds.starts[single])
        return bool((model.uses_of(plan) > model.right)[~model.is_floor].any())

    def _is_proven_infeasible(self, found: Evaluation) -> bool:
        """Whether prices show that floors and forced first parties are out of reach, whatever triples are worth."""
        model = self._model
        worthless = replace(
            model,
            seconds=model.seconds._replace(points=np.zeros_like(model.seconds.points)),
            thirds=model.thirds._replace(points=np.zeros_like(model.thirds.points)),
            across=np.minimum(model.across, 0),
        )
        tried = ascend(worthless, found.prices / float(1 << SHIFT), FARKAS, lambda one: one.bound < 0)
        return tried.bound < 0

    def _is_over(self, found: Evaluation | None) -> bool:
        if found is not None:
            self._bound = found.bound
            self._tell()
        if self._cut is Status.WITHIN_GAP and time.monotonic() - self._started >= self._seconds:
            self._cut = Status.TIME_LIMIT
        return self._cut is not Status.WITHIN_GAP

    def _is_enough(self) -> bool:
        near = self._plan is not None and self._bound - self._value <= self._gap * max(1, abs(self._value))
        return self._is_over(None) or near

    def _tell(self) -> None:
        if self._progress is not None and self._cut is Status.WITHIN_GAP:
            value = self._value if self._plan is not None else 0
            if self._progress(value, max(self._bound, value)):
                self._cut = Status.CANCELLED

    def _status(self) -> Status:
        if self._plan is not None and self._bound <= self._value:
            return Status.OPTIMAL
        if self._plan is not None and self._bound - self._value <= self._gap * max(1, abs(self._value)):
            return Status.WITHIN_GAP
        return self._cut if self._cut is not Status.WITHIN_GAP else Status.EFFORT_SPENT

    def _end(self, found: Evaluation, status: Status) -> Answer:
        none = np.zeros(0, dtype=np.int64)
        plan = self._plan if self._plan is not None and status is not Status.INFEASIBLE else Chosen(none, none, none)
        value = self._model.value_of(plan)
        is_sharp = self._sharp is not None and self._sharp.bound < found.bound
        sharp = self._sharp if is_sharp else None
        return Answer(
            plan,
            value,
            max(value, found.bound if sharp is None else sharp.bound),
            found.bound,
            status,
            found.prices,
            found.prices if sharp is None else sharp.prices,
            None if sharp is None else sharp.first_prices,
            round(time.monotonic() - self._started, 3),
        )

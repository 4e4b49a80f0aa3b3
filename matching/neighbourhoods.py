"""Neighbourhoods of a plan, searched exactly: a few budgets are emptied and filled anew as well as can be.

Large neighbourhood search (Shaw, 1998). A budget that needs compete for is seldom emptied alone: those freed together
could take the same first parties. CP-SAT does each in one thread within fixed effort, so one seed gives one answer.
"""

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from matching.axial import AxialModel, Chosen
from matching.pricing import Longs
from matching.survivors import Survivors

# Budgets are freed until so many triples are free, and none is searched longer than this.
TRIPLES = 600
EFFORT = 0.5
FEWEST_ROWS = 3


class Neighbourhoods:
    """Better plans near a plan, out of the triples that survive."""

    def __init__(self, model: AxialModel, seed: int) -> None:
        self._model = model
        self._draw = np.random.Generator(np.random.PCG64(seed))

    def better(self, plan: Chosen, survivors: Survivors, seconds: float) -> Chosen | None:
        """The best plan in one neighbourhood, drawn at random; None where none is better."""
        if not len(survivors):
            return None
        free = self._rows(plan, survivors)
        held = free[self._model.thirds.rows[plan.third_pair]]
        kept = Chosen(*(axis[~held] for axis in (plan.first, plan.pair, plan.third_pair)))
        can = np.ones(self._model.firsts, dtype=np.bool_)
        can[kept.first] = False
        near = survivors.only(np.flatnonzero(free[survivors.rows] & can[survivors.triples.first]))
        value = self._model.value_of(plan) - self._model.value_of(kept)
        taken = self._solve(near, self._model.right - self._model.uses_of(kept), can, value, seconds)
        if taken is None:
            return None
        joined = [
            np.concatenate(both)
            for both in zip(
                (kept.first, kept.pair, kept.third_pair),
                (near.triples.first[taken], near.triples.pair[taken], near.triples.third_pair[taken]),
                strict=True,
            )
        ]
        order = np.argsort(joined[0], kind="stable")
        return Chosen(*(axis[order] for axis in joined))

    def _rows(self, plan: Chosen, survivors: Survivors) -> npt.NDArray[np.bool_]:
        """Which budgets are freed, one of great loss and others that want the same; shape (rows,)."""
        model, sizes = self._model, np.bincount(survivors.rows, minlength=self._model.rows)
        could = np.zeros((model.rows, model.firsts), dtype=np.float32)
        could[survivors.rows, survivors.triples.first] = 1.0
        some = np.flatnonzero(sizes)
        losses = np.cumsum(survivors.losses_of(model, plan)[some] + 1.0)
        leader = some[min(len(some) - 1, int(np.searchsorted(losses, self._draw.uniform() * losses[-1])))]
        shared = (could[some] @ could[leader]) * self._draw.uniform(size=len(some))
        shared[some == leader] = np.inf
        order = some[np.argsort(-shared, kind="stable")]
        number = max(FEWEST_ROWS, int(np.searchsorted(np.cumsum(sizes[order]), TRIPLES)))
        free = np.zeros(model.rows, dtype=np.bool_)
        free[order[:number]] = True
        return free

    def _solve(
        self, near: Survivors, room: Longs, can: npt.NDArray[np.bool_], value: int, seconds: float
    ) -> Longs | None:
        """Positions of the best choice of more than ``value``, within what room the kept triples leave."""
        programme = cp_model.CpModel()
        chosen = [programme.new_bool_var("") for _ in range(len(near))]
        starts = np.searchsorted(near.triples.first, np.arange(self._model.firsts + 1))
        for first in np.flatnonzero(can):
            own = chosen[starts[first] : starts[first + 1]]
            if self._model.forced[first]:
                programme.add_exactly_one(own)
            elif len(own) > 1:
                programme.add_at_most_one(own)
        table = near.uses.tocsr()
        for row in range(self._model.rows):
            span = slice(table.indptr[row], table.indptr[row + 1])
            amounts = table.data[span].tolist()
            used = cp_model.LinearExpr.weighted_sum([chosen[place] for place in table.indices[span]], amounts)
            if self._model.is_floor[row]:
                programme.add(used >= int(room[row]))
            elif sum(amounts) > room[row]:
                programme.add(used <= int(room[row]))
        total = cp_model.LinearExpr.weighted_sum(chosen, near.values.tolist())
        programme.add(total > value)
        programme.maximize(total)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = EFFORT
        solver.parameters.max_time_in_seconds = max(0.1, seconds)
        if solver.solve(programme) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return np.flatnonzero([solver.boolean_value(one) for one in chosen])

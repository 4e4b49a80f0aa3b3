"""The exact choice among survivors: patterns within reach are listed, and HiGHS chooses among them.

A budget whose patterns are too many keeps its plain row. What is left out is left out in whole numbers, so the list
holds every plan that is worth the target; the choice itself rests on the solver's proof.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.axial import AxialModel, Chosen
from matching.compiling import compiled
from matching.knapsack import FINE
from matching.pricing import Array, Longs, Whole
from matching.survivors import Survivors

# A budget with more patterns, or whose list takes more nodes, keeps its plain row.
MOST_PATTERNS, MOST_NODES = 6000, 3_000_000
# Items in the longest pattern, on average, for which there is room.
ROOM = 40
# Probing every choice takes HiGHS longer than all else here.
NO_PROBING = 1 << 15
HEURISTICS = 0.02


@dataclass(frozen=True)
class Found:
    """A plan, None where none was found; ``is_done`` tells that none is better, ``bound`` what the solver proved."""

    plan: Chosen | None
    is_done: bool
    bound: int | None


@dataclass
class _Programme:
    """Rows and columns of an integer programme, as they come up; columns are chosen at most once."""

    columns: int
    rows: int = 0
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    places: list[tuple[Longs, Longs, npt.NDArray[np.float64]]] = field(default_factory=list)

    def add_row(self, columns: Longs, amounts: Array, low: float, high: float) -> None:
        """Add a row, scaled to amounts of at most 1."""
        size = max(1.0, float(np.abs(amounts).max(initial=1.0)))
        self.places.append((np.full(len(columns), self.rows), columns, np.asarray(amounts, dtype=float) / size))
        self.low.append(low / size)
        self.high.append(high / size)
        self.rows += 1

    def matrix(self) -> sparse.csc_matrix:
        """The rows as a matrix."""
        row, column, amount = (np.concatenate([one[axis] for one in self.places]) for axis in range(3))
        return sparse.csc_matrix((amount, (row, column)), shape=(self.rows, self.columns))


def best_among(
    model: AxialModel, left: Survivors, target: int | None, seconds: float, is_cancelled: Callable[[], bool]
) -> Found:
    """The best plan of at least ``target`` (None: of any value) among the triples left."""
    programme = _Programme(len(left))
    _add_firsts(programme, model, left)
    _add_rows(programme, model, left)
    if target is not None:
        for row in np.unique(left.rows).tolist():
            _add_patterns(programme, model, left, row, target)
        programme.add_row(np.arange(len(left)), left.values, float(target), highspy.kHighsInf)
    return _solve(programme, left, seconds, is_cancelled)


def _add_firsts(programme: _Programme, model: AxialModel, left: Survivors) -> None:
    starts = np.searchsorted(left.triples.first, np.arange(model.firsts + 1))
    for first in range(model.firsts):
        own = np.arange(starts[first], starts[first + 1])
        if len(own) or model.forced[first]:
            programme.add_row(own, np.ones(len(own)), float(model.forced[first]), 1.0)


def _add_rows(programme: _Programme, model: AxialModel, left: Survivors) -> None:
    table = left.uses.tocsr()
    for row in range(model.rows):
        span = slice(table.indptr[row], table.indptr[row + 1])
        columns, amounts, right = table.indices[span].astype(np.int64), table.data[span], float(model.right[row])
        if model.is_floor[row]:
            programme.add_row(columns, amounts, right, highspy.kHighsInf)
        elif amounts.sum() > right:
            programme.add_row(columns, amounts, -highspy.kHighsInf, right)


def _add_patterns(programme: _Programme, model: AxialModel, left: Survivors, row: int, target: int) -> None:
    """Choose one of the row's patterns, and a triple for each of its items."""
    packed, items = left.packed, left.packed.items
    here = np.arange(items.starts[row], items.starts[row + 1])
    kept = here[np.isin(items.order[here], left.triples.third_pair[left.rows == row])]
    costs, profit = items.costs[kept], packed.profit[kept]
    if len(kept) < 2 or costs.min() == costs.max() or costs.sum() <= model.right[row]:
        return
    order = np.argsort(np.where(profit > 0, -profit / np.maximum(costs, 1), np.inf), kind="stable")
    kept, costs, profit = kept[order], costs[order], profit[order]
    least = (target << FINE) - (packed.most - packed.worth[row])
    starts, members = np.zeros(MOST_PATTERNS + 1, np.int64), np.empty(ROOM * MOST_PATTERNS, np.int64)
    number = _list_patterns(profit, costs, model.right[row], least, MOST_NODES, starts, members)
    if number < 0:
        return
    first, programme.columns = programme.columns, programme.columns + number
    patterns = np.arange(first, first + number)
    programme.add_row(patterns, np.ones(number), 1.0, 1.0)
    owners, members = np.repeat(patterns, np.diff(starts[: number + 1])), members[: starts[number]]
    for place, item in enumerate(items.order[kept].tolist()):
        triples = np.flatnonzero((left.triples.third_pair == item) & (left.rows == row))
        within = owners[members == place]
        amounts = np.concatenate([np.ones(len(triples)), -np.ones(len(within))])
        programme.add_row(np.concatenate([triples, within]), amounts, 0.0, 0.0)


def _solve(programme: _Programme, left: Survivors, seconds: float, is_cancelled: Callable[[], bool]) -> Found:
    costs = np.zeros(programme.columns)
    costs[: len(left)] = left.values
    matrix = programme.matrix()
    data = highspy.HighsLp()
    data.num_col_, data.num_row_ = programme.columns, programme.rows
    data.sense_ = highspy.ObjSense.kMaximize
    data.col_cost_, data.col_lower_, data.col_upper_ = costs, np.zeros(len(costs)), np.ones(len(costs))
    data.row_lower_, data.row_upper_ = np.array(programme.low), np.array(programme.high)
    data.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    data.a_matrix_.start_, data.a_matrix_.index_, data.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    data.integrality_ = [highspy.HighsVarType.kInteger] * len(costs)
    solver = highspy.Highs()
    # Values are whole, so a plan less than one below the bound is the best.
    settings: dict[str, Any] = {"output_flag": False, "threads": 1, "time_limit": seconds, "mip_rel_gap": 0.0}
    settings |= {"mip_abs_gap": 0.99, "presolve_rule_off": NO_PROBING, "mip_heuristic_effort": HEURISTICS}
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    solver.cbMipInterrupt += lambda event: event.interrupt(is_cancelled())
    solver.passModel(data)
    solver.run()
    return _read(solver, left)


def _read(solver: "highspy.Highs", left: Survivors) -> Found:
    status, info = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Found(None, True, None)
    plan = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        chosen = np.flatnonzero(np.array(solver.getSolution().col_value)[: len(left)] > 0.5)
        plan = left.only(chosen).triples
    dual = info.mip_dual_bound
    bound = int(np.floor(dual + 1e-6 * max(1.0, abs(dual)))) if np.isfinite(dual) else None
    return Found(plan, status == highspy.HighsModelStatus.kOptimal, bound)


@compiled
def _list_patterns(
    profit: Longs, costs: Longs, capacity: Whole, least: Whole, nodes: Whole, starts: Longs, members: Longs
) -> Whole:
    """List every set of items within ``capacity`` whose profit is at least ``least``; -1 where they are too many.

    Items of positive profit come first, by profit per cost; ``starts`` and ``members`` take the sets.
    """
    number, found, total, room, depth, place = len(profit), 0, np.int64(0), np.int64(capacity), 0, 0
    useful = 0
    while useful < number and profit[useful] > 0:
        useful += 1
    now = np.empty(number + 1, np.int64)
    for _ in range(nodes):
        reach, rest = total, room
        for other in range(place, useful):
            if costs[other] > rest:
                reach += profit[other] * rest // costs[other] + 1
                break
            reach += profit[other]
            rest -= costs[other]
        if reach >= least and place < number:
            if costs[place] <= room:
                now[depth] = place
                depth += 1
                total += profit[place]
                room -= costs[place]
            place += 1
            continue
        if reach >= least:
            if found + 1 >= len(starts) or starts[found] + depth > len(members):
                return -1
            members[starts[found] : starts[found] + depth] = now[:depth]
            starts[found + 1] = starts[found] + depth
            found += 1
        if depth == 0:
            return found
        depth -= 1
        place = now[depth]
        total -= profit[place]
        room += costs[place]
        place += 1
    return -1

"""Patterns: what fits one budget together, priced by the linear programme that chooses among them.

The master programme gives every budget at most one pattern (Dantzig and Wolfe, 1960). Its prices are those at which
the bound of ``knapsack`` is least, and patterns that better them come from the knapsacks (Gilmore and Gomory, 1961).
Prices are taken half way between the best ones so far and the programme's (Wentges, 1997). Fixing patterns one by one
gives a plan whose budgets are well filled (diving; Sadykov and others, 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel, Chosen
from matching.dual import Floats, whole_prices
from matching.knapsack import FINE, Decomposition, KnapsackBound, Packed
from matching.pricing import Longs

Over = Callable[[], bool]
MOST_ROUNDS = 300
# Prices of the programme and the best ones so far are mixed half and half.
MIX = 0.5
# A missing unit of a floor, or a forced first party left out, costs the programme so many of the largest values.
HARSH = 10.0
# Diving: prices are mended by so many rounds after every fix, and so many patterns are fixed at once at most.
MENDING, AT_ONCE, SURE = 8, 2, 0.85
AXES = ("first", "pair", "third_pair")


@dataclass(frozen=True)
class Pattern:
    """Triples that fit one row together; ``plan`` holds them."""

    row: int
    plan: Chosen


class Master:
    """The linear programme over the patterns known so far."""

    def __init__(self, model: AxialModel) -> None:
        self._model = model
        self._decomposition = Decomposition(model)
        self._budgets = np.unique(model.thirds.rows)
        self._others = np.setdiff1d(np.arange(model.rows), self._budgets)
        self._patterns: list[Pattern | None] = []
        self._known: set[tuple[int, bytes, bytes]] = set()
        self._place = np.full(model.rows, -1, dtype=np.int64)
        self._place[self._others] = model.firsts + np.arange(len(self._others))
        self._place[self._budgets] = model.firsts + len(self._others) + np.arange(len(self._budgets))
        self._solver = self._empty()

    def _empty(self) -> "highspy.Highs":
        """Rows for first parties, limits, floors and budgets, and what lets floors be missed at a price."""
        model, solver = self._model, highspy.Highs()
        for name, value in {"output_flag": False, "threads": 1}.items():
            solver.setOptionValue(name, value)
        for first in range(model.firsts):
            solver.addRow(float(model.forced[first]), 1.0, 0, [], [])
        for row in self._others.tolist():
            right, is_floor = float(model.right[row]), bool(model.is_floor[row])
            low, high = (right, highspy.kHighsInf) if is_floor else (-highspy.kHighsInf, right)
            solver.addRow(low, high, 0, [], [])
        for _ in self._budgets:
            solver.addRow(-highspy.kHighsInf, 1.0, 0, [], [])
        solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        largest = int(model.seconds.points.max(initial=1)) + int(model.thirds.points.max(initial=1)) + model.span
        places = [*np.flatnonzero(model.forced).tolist(), *self._place[model.is_floor].tolist()]
        for place in places:
            solver.addCol(-HARSH * largest, 0.0, highspy.kHighsInf, 1, [place], [1.0])
            self._patterns.append(None)
        return solver

    def add_plan(self, plan: Chosen) -> None:
        """Add the patterns of a plan."""
        rows = self._model.thirds.rows[plan.third_pair]
        for row in np.unique(rows).tolist():
            self._add(row, _part(plan, rows == row))

    def _add(self, row: int, plan: Chosen) -> bool:
        """Add a pattern; whether it is new and holds no forbidden triple."""
        model = self._model
        key = row, plan.pair.tobytes(), plan.third_pair.tobytes()
        special = model.special_of(plan)
        if key in self._known or not model.specials.is_open[special[special >= 0]].all():
            return False
        self._known.add(key)
        use = model.uses_of(plan)
        used = np.setdiff1d(np.flatnonzero(use), self._budgets)
        firsts, times = np.unique(plan.first, return_counts=True)
        rows = np.concatenate([firsts, self._place[used], [self._place[row]]])
        amounts = np.concatenate([times, use[used], [1]]).astype(float)
        self._solver.addCol(float(model.value_of(plan)), 0.0, highspy.kHighsInf, len(rows), rows, amounts)
        self._patterns.append(Pattern(row, plan))
        return True

    def _add_packed(self, packed: Packed) -> int:
        """Add what the knapsacks take; how many patterns are new."""
        usable = packed.taken & (packed.pairs >= 0)
        thirds = packed.items.order[usable]
        plan = Chosen(packed.items.firsts[usable], packed.pairs[usable], thirds)
        rows, new = self._model.thirds.rows[thirds], 0
        for row in np.unique(rows).tolist():
            new += self._add(row, _part(plan, rows == row))
        return new

    def _solve(self) -> tuple[float, Longs, Longs] | None:
        """The programme's value, and its prices of rows and of first parties as whole numbers."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        dual, model = np.array(self._solver.getSolution().row_dual), self._model
        prices = np.zeros(model.rows)
        prices[self._others] = dual[self._place[self._others]]
        value = self._solver.getInfo().objective_function_value
        return value, whole_prices(model, prices), self._whole_firsts(dual[: model.firsts])

    def _whole_firsts(self, prices: Floats) -> Longs:
        signed = np.where(self._model.forced, prices, np.maximum(prices, 0.0))
        whole: Longs = np.rint(signed * float(1 << FINE)).astype(np.int64)
        return whole

    def improve(self, begin: KnapsackBound, is_over: Over, tell: Callable[[int], None]) -> KnapsackBound:
        """The least knapsack bound, from the prices of another one; ``tell`` hears of a better one."""
        best, prices, firsts = begin, begin.prices.copy(), begin.first_prices.copy()
        prices[self._budgets] = 0
        is_exact = False
        for _ in range(MOST_ROUNDS):
            packed = self._decomposition.pack(prices, firsts)
            if packed.bound < best.bound:
                best = KnapsackBound(prices, firsts, packed.bound)
                tell(best.bound)
            new = self._add_packed(packed)
            found = self._solve()
            if found is None or is_over() or (is_exact and not new) or best.bound - found[0] < 1:
                break
            is_exact = not new
            _, prices, firsts = found
            if new:
                prices = np.rint(MIX * best.prices + (1 - MIX) * prices).astype(np.int64)
                prices[self._budgets] = 0
                firsts = np.rint(MIX * best.first_prices + (1 - MIX) * firsts).astype(np.int64)
        return best

    def dive(self, is_over: Over) -> Chosen:
        """A plan: the patterns that the programme is surest of are fixed, and the others priced anew, until it ends."""
        fixed: list[int] = []
        while (found := self._solve()) is not None and not is_over():
            for _ in range(MENDING):
                if found is None or not self._add_packed(self._left_over(fixed, found[1], found[2])):
                    break
                found = self._solve()
            shares = np.array(self._solver.getSolution().col_value)
            shares[fixed] = 0.0
            shares[[place for place, one in enumerate(self._patterns) if one is None]] = 0.0
            order = np.argsort(-shares, kind="stable")[:AT_ONCE]
            if found is None or shares[order[0]] < 1e-6:
                break
            sure = [place for place in np.flatnonzero(shares > 1 - 1e-6).tolist() if place not in order]
            for place in [one for one in order.tolist() if shares[one] > SURE] or [int(order[0])]:
                sure.append(place)
            for place in sure:
                self._solver.changeColBounds(place, 1.0, highspy.kHighsInf)
            fixed += sure
        for place in fixed:
            self._solver.changeColBounds(place, 0.0, highspy.kHighsInf)
        return self._joined(fixed)

    def _left_over(self, fixed: list[int], prices: Longs, firsts: Longs) -> Packed:
        """The knapsacks of the rows without a fixed pattern, without the first parties in one."""
        model = self._model
        settled = [one for one in (self._patterns[place] for place in fixed) if one is not None]
        rows, served = np.zeros(model.rows, np.bool_), np.zeros(model.firsts, np.bool_)
        for one in settled:
            rows[one.row] = True
            served[one.plan.first] = True
        return self._decomposition.pack(prices, firsts, closed=(rows, served))

    def _joined(self, places: list[int]) -> Chosen:
        """The plan of some patterns; the last ones are left out where they break a limit together."""
        plan, none = [], np.zeros(0, dtype=np.int64)
        best = Chosen(none, none, none)
        for place in places:
            pattern = self._patterns[place]
            assert pattern is not None
            plan.append(pattern.plan)
            joined = Chosen(*(np.concatenate([getattr(one, axis) for one in plan]) for axis in AXES))
            broken = self._model.broken_rows(joined)
            if not self._model.is_floor[broken].all() or len(np.unique(joined.first)) < len(joined):
                plan.pop()
                continue
            best = joined
        return _part(best, np.argsort(best.first, kind="stable"))


def _part(plan: Chosen, which: npt.NDArray[np.generic]) -> Chosen:
    return Chosen(plan.first[which], plan.pair[which], plan.third_pair[which])

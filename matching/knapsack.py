"""A sharper bound: each budget is kept as a whole-number knapsack instead of being priced away.

With prices p on all other rows and u on the first parties,

    K(u, p) = sum u + p . right + sum over budgets of KNAPSACK(value - p . uses - u, cost, right)

holds for all triples, and at equal prices it never lies above the bound of ``dual`` (Geoffrion, 1974; the Lagrangian
decomposition of the generalised assignment problem by Fisher, Jaikumar and Van Wassenhove, 1986).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel
from matching.compiling import compiled, in_blocks
from matching.dual import Evaluation, Floats, spread, values_of_thirds, whole_prices
from matching.pricing import NONE, SHIFT, Array, Longs, Whole

# Profits are counted in fractions of a point so fine, rounded up.
FINE = 10
# A knapsack that takes more nodes than this is bounded by its linear relaxation.
MOST_NODES = 20_000
# What knapsacks may be off, as a part of their worth.
CLOSE = 20_000


@dataclass(frozen=True)
class Items:
    """Pairs of first and third as items of the knapsacks, sorted by row; arrays of shape (items,)."""

    starts: Longs
    order: Longs
    firsts: Longs
    costs: Longs

    @classmethod
    def of(cls, model: AxialModel) -> "Items":
        """The items of a model; costs are divided, rounded down, where whole sums could leave 64 bits."""
        firsts = np.repeat(np.arange(model.firsts, dtype=np.int64), np.diff(model.thirds.starts))
        order = np.argsort(model.thirds.rows, kind="stable").astype(np.int64)
        starts = np.searchsorted(model.thirds.rows[order], np.arange(model.rows + 1)).astype(np.int64)
        return cls(starts, order, firsts[order], model.thirds.costs[order])


@dataclass(frozen=True)
class KnapsackBound:
    """Prices of rows and of first parties, and the bound that they prove, rounded down to whole points."""

    prices: Longs
    first_prices: Longs
    bound: int


@dataclass(frozen=True)
class Packed:
    """The knapsacks solved at some prices.

    ``profit``, ``pairs`` (the best pair of first and second) and ``taken`` are by item, shape (items,); ``worth`` has
    shape (rows,); profits, worths and ``most``, the bound unrounded, are in ``2**-FINE`` points.
    """

    items: Items
    profit: Longs
    pairs: Longs
    taken: npt.NDArray[np.bool_]
    worth: Longs
    most: int

    @property
    def bound(self) -> int:
        """The bound in whole points."""
        return self.most >> FINE

    def most_with(self, right: Longs) -> Longs:
        """What a plan that holds an item is worth at most, in ``2**-FINE`` points; shape (items,)."""
        items, found = self.items, np.empty(len(self.profit), dtype=np.int64)
        in_blocks(
            lambda begin, end: _value_with(begin, end, items.starts, self.profit, items.costs, right, found),
            len(self.worth),
        )
        row = np.repeat(np.arange(len(self.worth)), np.diff(items.starts))
        most: Longs = np.where(found == NONE, NONE, self.most - self.worth[row] + found)
        return most


class Decomposition:
    """Evaluates and improves the knapsack bound of a model."""

    def __init__(self, model: AxialModel) -> None:
        self._model = model
        self._budgets = np.unique(model.thirds.rows)

    @cached_property
    def _items(self) -> Items:
        return Items.of(self._model)

    def start(self, found: Evaluation) -> KnapsackBound:
        """The bound at the prices of an evaluation, with the worths of the first parties."""
        return self.at(found.prices, -((-found.worths) >> (SHIFT - FINE)))

    def at(self, prices: Longs, first_prices: Longs) -> KnapsackBound:
        """The bound at prices of rows and of first parties, of which those that are not forced count as 0 at least."""
        firsts = np.where(self._model.forced, first_prices, np.maximum(first_prices, 0))
        bound, _, _ = self._evaluate(prices, firsts, self._values(prices))
        return KnapsackBound(prices, firsts, bound)

    def improve(
        self, begin: KnapsackBound, rounds: int, steps: int, first_step: float,
        stop: Callable[[KnapsackBound], bool] = lambda _: False,
    ) -> KnapsackBound:  # fmt: skip
        """``rounds`` moves of the row prices, each with ``steps`` moves of the first parties' prices in between.

        ``first_step`` is a share of the mean price of a first party; steps shrink to a fiftieth of it.
        """
        model, best = self._model, begin
        prices, firsts = begin.prices / float(1 << SHIFT), begin.first_prices.astype(float)
        scale = float(np.abs(firsts).mean()) if model.firsts else 0.0
        momentum, number = np.zeros(model.firsts), 0
        for one in range(rounds):
            whole = whole_prices(model, prices)
            values = self._values(whole)
            for _ in range(steps):
                step = scale * first_step * 0.02 ** (number / (rounds * steps))
                bound, counts, use = self._evaluate(whole, np.rint(firsts).astype(np.int64), values)
                if bound < best.bound:
                    best = KnapsackBound(whole, np.rint(firsts).astype(np.int64), bound)
                number += 1
                momentum = 0.7 * momentum + 0.3 * (counts - 1)
                firsts = np.where(model.forced, firsts + step * momentum, np.maximum(0.0, firsts + step * momentum))
            if stop(best) or one == rounds - 1:
                break
            prices = self._moved(prices, use, step)
        return best

    def _moved(self, prices: Floats, use: Longs, step: float) -> Floats:
        model = self._model
        over = np.clip((use - model.right) / np.maximum(1.0, np.abs(model.right)), -1.5, 1.5)
        over[self._budgets] = 0.0
        moved = prices + step / float(1 << FINE) * over / model.typical
        return np.where(model.is_floor, np.minimum(moved, 0.0), np.maximum(moved, 0.0))

    def _values(self, prices: Longs) -> tuple[Longs, Longs]:
        """For each pair of first and third its value less priced uses other than the budget's, and the best pair."""
        others = prices.copy()
        others[self._budgets] = 0
        model, priced = self._model, spread(self._model, others)
        value, pair = values_of_thirds(model, priced)
        extra = model.third_extra.sums(others)
        none = value == NONE
        value -= extra[model.thirds.columns] + np.repeat(priced.first, np.diff(model.thirds.starts))
        special = model.specials
        if len(special):
            worth = (model.values_of_specials << SHIFT) - priced.special - priced.first[special.first]
            second = model.seconds.columns[special.pair]
            worth -= priced.second[second] + model.amounts[special.first] * priced.amount[second]
            worth -= extra[model.thirds.columns[special.third_pair]]
            usable = special.is_open
            np.maximum.at(value, special.third_pair[usable], worth[usable])
            none[special.third_pair[usable]] = False
        value = -((-value) >> (SHIFT - FINE))
        return np.where(none, NONE, value), pair

    def pack(
        self,
        prices: Longs,
        firsts: Longs,
        values: tuple[Longs, Longs] | None = None,
        closed: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None = None,
    ) -> "Packed":
        """What the knapsacks take at prices of the rows and of the first parties, and what that proves.

        ``closed`` are rows (rows,) and first parties (firsts,) that are left out; then nothing is proven.
        """
        model, items = self._model, self._items
        values = self._values(prices) if values is None else values
        profit = np.where(values[0][items.order] == NONE, NONE, values[0][items.order] - firsts[items.firsts])
        if closed is not None:
            profit[closed[0][model.thirds.rows[items.order]] | closed[1][items.firsts]] = NONE
        taken = np.zeros(len(profit), dtype=np.bool_)
        worth = np.zeros(model.rows, dtype=np.int64)
        in_blocks(
            lambda begin, end: _solve_knapsacks(
                begin, end, items.starts, profit, items.costs, model.right, worth, taken
            ),
            model.rows,
        )
        priced = prices.copy()
        priced[self._budgets] = 0
        fixed = sum(int(price) * int(right) for price, right in zip(priced, model.right, strict=True) if price)
        most = -(-fixed >> (SHIFT - FINE)) + int(firsts.sum()) + int(worth.sum())
        return Packed(items, profit, values[1][items.order], taken, worth, most)

    def _evaluate(self, prices: Longs, firsts: Longs, values: tuple[Longs, Longs]) -> tuple[int, Longs, Longs]:
        """The bound, how often each first party is taken, and what that uses of every row."""
        model, items, packed = self._model, self._items, self.pack(prices, firsts, values)
        taken, pair = packed.taken, packed.pairs[packed.taken]
        chosen, usable = items.order[taken], pair >= 0
        use = np.zeros(model.rows, dtype=np.int64)
        second = model.seconds.columns[pair[usable]]
        np.add.at(use, model.second_rows.items_of(second), 1)
        np.add.at(use, model.first_rows.items_of(items.firsts[taken]), 1)
        np.add.at(use, model.third_extra.items_of(model.thirds.columns[chosen]), 1)
        own = model.amount_rows[second]
        np.add.at(use, own[own >= 0], model.amounts[items.firsts[taken][usable][own >= 0]])
        return packed.bound, np.bincount(items.firsts[taken], minlength=model.firsts), use


@compiled
def _solve_knapsacks(
    first_row: int, last_row: int, starts: Longs, profit: Longs, costs: Longs, right: Longs, worth: Longs,
    taken: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """The greatest profit within each row's capacity, or an upper bound of it, and what is taken."""
    for row in range(first_row, last_row):
        begin, end = starts[row], starts[row + 1]
        if begin < end:
            worth[row] = _solve_row(profit[begin:end], costs[begin:end], right[row], taken[begin:end])


@compiled
def _value_with(
    first_row: int, last_row: int, starts: Longs, profit: Longs, costs: Longs, right: Longs, found: Longs
) -> None:
    """The greatest profit within a row's capacity of a set that holds an item; ``NONE`` where the item cannot be."""
    for row in range(first_row, last_row):
        begin, end = starts[row], starts[row + 1]
        others, aside = profit[begin:end].copy(), np.zeros(end - begin, np.bool_)
        for place in range(end - begin):
            gain, cost = others[place], costs[begin + place]
            if gain == NONE or cost > right[row]:
                found[begin + place] = NONE
                continue
            others[place] = 0
            found[begin + place] = gain + _solve_row(others, costs[begin:end], right[row] - cost, aside)
            others[place] = gain


@compiled
def _solve_row(profit: Longs, costs: Longs, capacity: Whole, taken: Array) -> Whole:
    """The same for one row: the greatest profit, or an upper bound, and what is taken."""
    heaviest = np.int64(1)
    for cost in costs:
        heaviest = max(heaviest, cost)
    unit = np.int64(1)
    while heaviest // unit > (1 << 30):
        unit *= 2
    free, number = np.int64(0), 0
    ratio = np.empty(len(profit), np.float64)
    which = np.empty(len(profit), np.int64)
    for place in range(len(profit)):
        if profit[place] <= 0 or costs[place] > capacity:
            continue
        if costs[place] // unit == 0:
            free += profit[place]
            taken[place] = True
            continue
        which[number] = place
        ratio[number] = -float(profit[place]) / float(costs[place] // unit)
        number += 1
    order = which[:number][np.argsort(ratio[:number], kind="mergesort")]
    gain, weight = np.empty(number, np.int64), np.empty(number, np.int64)
    for place in range(number):
        gain[place], weight[place] = profit[order[place]], costs[order[place]] // unit
    kept = np.zeros(number, np.bool_)
    worth = free + _knapsack(gain, weight, capacity // unit, kept)
    for place in range(number):
        if kept[place]:
            taken[order[place]] = True
    return worth


@compiled
def _knapsack(gain: Longs, weight: Longs, capacity: Whole, kept: Array) -> Whole:
    """An upper bound of the greatest gain within ``capacity``, and in ``kept`` a good set; sorted by gain per weight.

    Items whose gain is so far from what their weight is worth at the margin that no better set than the greedy one
    differs from it there are settled first (Pisinger, 1997); branch and bound does the few others.
    """
    number, room, total = len(gain), capacity, np.int64(0)
    split = -1
    for place in range(number):
        if weight[place] <= room:
            kept[place] = True
            room -= weight[place]
            total += gain[place]
        elif split < 0:
            split = place
    if split < 0:
        return total
    head, left = np.int64(0), capacity
    for place in range(split):
        head += gain[place]
        left -= weight[place]
    root = head + gain[split] * left // weight[split]
    if root <= total + root // CLOSE:
        return root
    margin = float(gain[split]) / float(weight[split])
    loss = np.abs(gain - margin * weight)
    bound = root
    for nodes in (MOST_NODES // 100, MOST_NODES // 10, MOST_NODES):
        # Items whose loss passes the slack are settled; what is found narrows the slack.
        core = np.flatnonzero(loss <= root - total + 1)
        settled = np.flatnonzero(loss[:split] > root - total + 1)
        fixed, left = gain[settled].sum(), capacity - weight[settled].sum()
        chosen = np.zeros(len(core), np.bool_)
        bound, found, is_done = _branch(gain[core], weight[core], left, total - fixed, root // CLOSE, nodes, chosen)
        if found > total - fixed:
            total = found + fixed
            kept[:] = False
            kept[settled] = True
            kept[core[chosen]] = True
        bound = min(root, fixed + bound)
        if is_done:
            break
    return bound


@compiled
def _branch(
    gain: Longs, weight: Longs, capacity: Whole, least: Whole, close: Whole, nodes: Whole, kept: Array
) -> tuple[Whole, Whole, bool]:
    """Depth-first branch and bound (Horowitz and Sahni, 1974) for sets of more than ``least``.

    Gives an upper bound that is at most ``close`` too high, or the linear relaxation after ``nodes`` nodes; the
    best gain found; and whether the search came to its end.
    """
    number = len(gain)
    gains, weights = np.zeros(number + 1, np.int64), np.zeros(number + 1, np.int64)
    for place in range(number):
        gains[place + 1] = gains[place] + gain[place]
        weights[place + 1] = weights[place] + weight[place]
    now = np.zeros(number, np.bool_)
    best, total, room, place = np.int64(least), np.int64(0), np.int64(capacity), 0
    lightest = np.empty(number + 1, np.int64)
    lightest[number] = capacity + 1
    for place in range(number - 1, -1, -1):
        lightest[place] = min(lightest[place + 1], weight[place])
    place = 0
    for _ in range(nodes):
        while place < number and lightest[place] <= room:
            if total + _relaxed(gain, weight, gains, weights, place, room) <= best + close:
                break
            if weight[place] <= room:
                now[place] = True
                total += gain[place]
                room -= weight[place]
            place += 1
        if total > best:
            best = total
            kept[:] = now
        # Back to the last item that was taken, which is now left out.
        place -= 1
        while place >= 0 and not now[place]:
            place -= 1
        if place < 0:
            return best + close, best, True
        now[place] = False
        total -= gain[place]
        room += weight[place]
        place += 1
    return _relaxed(gain, weight, gains, weights, 0, capacity), best, False


@compiled
def _relaxed(gain: Longs, weight: Longs, gains: Longs, weights: Longs, begin: Whole, room: Whole) -> Whole:
    """The linear relaxation, rounded down, of the items from ``begin`` on, with the running sums of all."""
    end = np.searchsorted(weights, weights[begin] + room, side="right") - 1
    total = gains[end] - gains[begin]
    if end < len(gain):
        total += gain[end] * (room - (weights[end] - weights[begin])) // weight[end]
    return total

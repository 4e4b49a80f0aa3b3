"""An independent check of the large choice: its bounds, recomputed from the prices alone, and its plan, row by row.

What is proven. Every plan keeps its limits, so for prices p (at least 0 on limits, at most 0 on floors)

    value of any plan <= p . right + sum over first parties of max(0, max over their triples of value - p . uses)

where a first party that must be served leaves the 0 out: ``recompute_relaxation``. With prices u of the first parties
(at least 0, of any sign where one must be served) and no price on the budgets that pairs of first and third use,

    value of any plan <= p . right + sum u + sum over budgets of KNAPSACK(value - p . uses - u, cost, right)

where a pair of first and third stands for its best triple: ``recompute_sharp_bound``.

How. Nothing is left out or guessed at: every first party's triples are laid out as one dense block (its seconds by its
thirds) of whole numbers. Prices are whole multiples of ``2**-28`` points, those of first parties of ``2**-10``, so
there is no rounding but that of profits up to ``2**-10`` points and of the bound down to points (values are whole).
Numbers that could leave 64 bits are held as Python integers. Each knapsack is solved by lists of undominated sets
(Nemhauser and Ullmann, 1969), or bounded by what is left when these grow too long. No code is shared with what found
the prices. Memory is that of ``across`` in 64 bits and of one number for every pair of first and third.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel, Chosen, Lists

Longs = npt.NDArray[np.int64]
# Whole numbers of 64 bits, or Python's own where these are too small.
Whole = npt.NDArray[Any]
POINT = 28
FINE = 10
# Sums of parts below this stay within 64 bits, and above FAR / 2.
SAFE = 1 << 60
# A knapsack that has more undominated sets than this is bounded instead.
MOST_SETS = 20_000


@dataclass(frozen=True)
class Parts:
    """The priced parts of all triples in ``2**-28`` points; ``far`` marks triples that do not exist.

    ``across`` has shape (seconds, thirds), ``second`` and ``amount`` (seconds,), ``third`` (pairs of first and third,),
    ``first`` (firsts,) and ``special`` (specials,).
    """

    model: AxialModel
    far: int
    across: Whole
    second: Whole
    amount: Whole
    third: Whole
    first: Whole
    special: Whole

    @classmethod
    def of(cls, model: AxialModel, prices: Longs) -> "Parts":
        """Price the parts, exactly."""
        whole = [int(price) for price in prices]
        lists = (model.second_rows, model.first_rows, model.third_extra, model.specials.rows)
        second, first, extra, special = (_sums(one, whole) for one in lists)
        amount = [0 if row < 0 else whole[row] for row in model.amount_rows.tolist()]
        dearest = [0] * model.rows
        for row in np.unique(model.thirds.rows).tolist():
            here = model.thirds.costs[model.thirds.rows == row]
            dearest[row] = max(abs(int(here.min())), abs(int(here.max()))) * abs(whole[row])
        most = _most(model, [second, first, extra, special, dearest])
        most += max(map(abs, amount), default=0) * max(map(abs, model.amounts.tolist()), default=0)
        kind: Any = np.int64 if most < SAFE else object
        far = -4 * max(most, SAFE)
        table = model.across.astype(kind)
        table[:] = np.where(model.across < 0, far, table * (1 << POINT))
        cost = model.thirds.costs.astype(kind) * np.array(whole, dtype=kind)[model.thirds.rows]
        third = model.thirds.points.astype(kind) * (1 << POINT) - cost
        third -= np.array(extra, dtype=kind)[model.thirds.columns]
        lengths = (np.array(one, dtype=kind) for one in (first, special))
        return cls(model, far, table, np.array(second, dtype=kind), np.array(amount, dtype=kind), third, *lengths)

    def block(self, first: int) -> Whole:
        """All triples of a first party, shape (its seconds, its thirds), less all priced uses but its own rows'."""
        model = self.model
        pairs, others = (slice(*one.starts[first : first + 2].tolist()) for one in (model.seconds, model.thirds))
        columns, asked = model.seconds.columns[pairs], int(model.amounts[first])
        points = model.seconds.points[pairs].astype(self.second.dtype) * (1 << POINT)
        points -= self.second[columns] + asked * self.amount[columns]
        found: Whole = self.across[np.ix_(columns, model.thirds.columns[others])]
        found += points[:, None]
        found += self.third[others]
        special = model.specials
        begin, end = np.searchsorted(special.first, [first, first + 1]).tolist()
        for one in range(begin, end):
            place = special.pair[one] - pairs.start, special.third_pair[one] - others.start
            found[place] = found[place] - self.special[one] if special.is_open[one] else self.far
        return found


def _sums(lists: Lists, prices: list[int]) -> list[int]:
    starts, items = lists.starts.tolist(), lists.items.tolist()
    return [sum(prices[item] for item in items[starts[at] : starts[at + 1]]) for at in range(len(starts) - 1)]


def _most(model: AxialModel, priced: list[list[int]]) -> int:
    """No sum of a triple's points and of one of each of the priced parts is larger."""
    tables = (model.seconds.points, model.thirds.points, model.across)
    points = sum(max(abs(int(one.min(initial=0))), abs(int(one.max(initial=0)))) for one in tables)
    return (points << POINT) + sum(max(map(abs, one), default=0) for one in priced)


def _check_signs(model: AxialModel, prices: Longs, first_prices: Longs | None = None) -> None:
    if len(prices) != model.rows or (first_prices is not None and len(first_prices) != model.firsts):
        raise ValueError("there must be one price for every row and every first party")
    if (np.where(model.is_floor, -1, 1) * np.sign(prices) < 0).any():
        raise ValueError("prices must be at least 0 on limits and at most 0 on floors")
    if first_prices is not None and (first_prices[~model.forced] < 0).any():
        raise ValueError("prices of first parties that may stay without a triple must be at least 0")


def recompute_relaxation(model: AxialModel, prices: Longs) -> int:
    """The bound in points that prices of the rows prove for all triples.

    Parameters
    ----------
    model
        The triples and their limits and floors.
    prices
        Prices of the rows in ``2**-28`` points; shape (rows,).

    Returns
    -------
    int
        The bound, rounded down, since values are whole.

    Raises
    ------
    ValueError
        When a price has the wrong sign, or a first party that must be served has no triple.
    """
    _check_signs(model, prices)
    parts = Parts.of(model, prices)
    total = sum(int(price) * int(right) for price, right in zip(prices, model.right, strict=True))
    return total + _worths(parts, 0, model.firsts) >> POINT


def _worths(parts: Parts, begin: int, end: int) -> int:
    """What the first parties from ``begin`` to ``end`` add, in ``2**-28`` points."""
    total = 0
    for first in range(begin, end):
        found = parts.block(first)
        best = int(found.max()) if found.size else parts.far
        is_there, forced = best > parts.far // 2, bool(parts.model.forced[first])
        if forced and not is_there:
            raise ValueError(f"first party {first} must be served but has no triple")
        if is_there:
            worth = best - int(parts.first[first])
            total += worth if forced else max(0, worth)
    return total


def recompute_sharp_bound(model: AxialModel, sharp_prices: Longs, first_prices: Longs) -> int:
    """The bound in points that prices of rows and of first parties prove, with a knapsack for every budget.

    Parameters
    ----------
    model
        The triples and their limits and floors.
    sharp_prices
        Prices of the rows in ``2**-28`` points; those of budgets are not used; shape (rows,).
    first_prices
        Prices of the first parties in ``2**-10`` points; shape (firsts,).

    Returns
    -------
    int
        The bound, rounded down. It may lie a little below what was claimed, as knapsacks are solved more closely.

    Raises
    ------
    ValueError
        When a price has the wrong sign.
    """
    _check_signs(model, sharp_prices, first_prices)
    budgets = np.unique(model.thirds.rows)
    budgets = budgets[~model.is_floor[budgets]]
    prices = sharp_prices.copy()
    prices[budgets] = 0
    profit = _profits(Parts.of(model, prices), first_prices, 0, model.firsts)
    fixed = sum(int(price) * int(right) for price, right in zip(prices, model.right, strict=True))
    total = -(-fixed >> (POINT - FINE)) + sum(int(price) for price in first_prices)
    free = np.flatnonzero((profit > 0) & model.is_floor[model.thirds.rows])
    total += sum(int(one) for one in profit[free])
    for row in budgets.tolist():
        items = np.flatnonzero((model.thirds.rows == row) & (profit > 0))
        total += _knapsack(profit[items], model.thirds.costs[items], int(model.right[row]))
    return total >> FINE


def _profits(parts: Parts, first_prices: Longs, begin: int, end: int) -> Longs:
    """For the pairs of first and third of some first parties, the best triple's worth in ``2**-10`` points.

    It is less the priced uses and the first party's price, rounded up, and 0 where it is not positive.
    """
    starts = parts.model.thirds.starts
    profit = np.zeros(int(starts[end] - starts[begin]), dtype=np.int64)
    for first in range(begin, end):
        found = parts.block(first)
        if not found.size:
            continue
        best = found.max(axis=0)
        is_there = best > parts.far // 2
        worth = -((parts.first[first] - best) >> (POINT - FINE)) - int(first_prices[first])
        here = slice(int(starts[first] - starts[begin]), int(starts[first + 1] - starts[begin]))
        profit[here] = np.where(is_there & (worth > 0), worth, 0)
    return profit


# knapsacks -------------------------------------------------------------------------------------------------------


def _knapsack(gain: Longs, weight: Longs, capacity: int) -> int:
    """The greatest gain of items within ``capacity``; an upper bound of it where there are too many sets to try."""
    fits = weight <= capacity
    gain, weight = gain[fits], weight[fits]
    # Weights rounded down let more in, so that what is found stays an upper bound.
    unit = 1
    while len(gain) and int(gain.max()) * int(weight.max()) // unit >= SAFE:
        unit *= 2
    weight, capacity = weight // unit, capacity // unit
    free = sum(int(one) for one in gain[weight == 0])
    gain, weight = gain[weight > 0], weight[weight > 0]
    order = np.argsort(-(gain / weight), kind="stable")
    gain, weight = gain[order], weight[order]
    if not len(gain) or int(weight.sum()) <= capacity:
        return free + sum(int(one) for one in gain)
    greedy = _greedy(gain, weight, capacity)
    settled, core = _settle(gain, weight, capacity, greedy)
    left = capacity - int(weight[settled].sum())
    if left < 0:
        return free + greedy
    return free + max(greedy, int(gain[settled].sum()) + _best_set(gain[core], weight[core], left))


def _greedy(gain: Longs, weight: Longs, capacity: int) -> int:
    """The gain of taking whatever still fits, in the given order."""
    total = 0
    for one, heavy in zip(gain.tolist(), weight.tolist(), strict=True):
        if heavy <= capacity:
            total, capacity = total + one, capacity - heavy
    return total


def _settle(gain: Longs, weight: Longs, capacity: int, known: int) -> tuple[Longs, Longs]:
    """Items that are in every set of more than ``known``, and items that may be in some of them and not in others.

    With a price of G / W on weight no set gains more than capacity * G / W + sum of max(0, g - w G / W), and an item
    that goes the other way costs abs(g - w G / W) of it; G and W are those of the first item that does not fit.
    """
    split = int(np.searchsorted(np.cumsum(weight), capacity, side="right"))
    margin, per = int(gain[split]), int(weight[split])
    net = gain * per - margin * weight
    bound = margin * capacity + sum(net[net > 0].tolist())
    is_core = np.abs(net) <= min(bound - known * per, 4 * SAFE)
    return np.flatnonzero(~is_core & (net > 0)), np.flatnonzero(is_core)


def _best_set(gain: Longs, weight: Longs, capacity: int) -> int:
    """The greatest gain within ``capacity``, or an upper bound; items in falling order of gain per weight.

    Grows the list of undominated sets item by item, without those that even the relaxation cannot make the best.
    """
    gains = np.concatenate([[0], np.cumsum(gain)]).astype(np.int64)
    weights = np.concatenate([[0], np.cumsum(weight)]).astype(np.int64)
    worth, used = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    # One below what is known can be reached, so that a set as good as it is kept.
    known = _greedy(gain, weight, capacity) - 1
    for item in range(len(gain)):
        more = used + weight[item]
        worth = np.concatenate([worth, (worth + gain[item])[more <= capacity]])
        used = np.concatenate([used, more[more <= capacity]])
        order = np.lexsort((-worth, used))
        worth, used = worth[order], used[order]
        best = np.maximum.accumulate(worth)
        kept = np.concatenate([[True], worth[1:] > best[:-1]])
        worth, used = worth[kept], used[kept]
        relaxed = worth + _relaxed(gain, weight, gains, weights, item + 1, capacity - used)
        kept = relaxed > known
        worth, used = worth[kept], used[kept]
        known = max(known, int(worth.max(initial=0)) - 1)
        if len(worth) > MOST_SETS:
            return int(relaxed.max())
    return int(worth.max(initial=0))


def _relaxed(gain: Longs, weight: Longs, gains: Longs, weights: Longs, begin: int, room: Longs) -> Longs:
    """What items from ``begin`` on add less than in so much room each, from the running sums of all."""
    end = np.searchsorted(weights, weights[begin] + room, side="right") - 1
    part = np.minimum(end, len(gain) - 1)
    rest = np.where(end < len(gain), gain[part] * (room - (weights[end] - weights[begin])) // weight[part], 0)
    found: Longs = gains[end] - gains[begin] + rest + 1
    return found


# plans -----------------------------------------------------------------------------------------------------------


def check_plan(model: AxialModel, plan: Chosen) -> list[str]:
    """What is wrong with a plan, in sentences; empty for a plan that keeps everything.

    Parameters
    ----------
    model
        The triples and their limits and floors.
    plan
        Any plan, also one that was not made for this model.
    """
    triples = list(zip(plan.first.tolist(), plan.pair.tolist(), plan.third_pair.tolist(), strict=True))
    wrong = [text for triple in triples for text in _check_triple(model, *triple)]
    served = [first for first, _, _ in triples]
    wrong += [f"first party {one} is served {served.count(one)} times" for one in _repeated(served)]
    left_out = sorted({*np.flatnonzero(model.forced).tolist()} - {*served})
    wrong += [f"first party {one} is not served" for one in left_out]
    if any("does not exist" in text for text in wrong):
        return wrong
    for row, used in enumerate(_used(model, triples)):
        right = int(model.right[row])
        if used < right if model.is_floor[row] else used > right:
            kind = "floor" if model.is_floor[row] else "limit"
            wrong.append(f"row {row} uses {used} where the {kind} is {right}")
    return wrong


def _repeated(served: list[int]) -> list[int]:
    return sorted({one for one, after in zip(sorted(served), sorted(served)[1:], strict=False) if one == after})


def _check_triple(model: AxialModel, first: int, pair: int, third_pair: int) -> list[str]:
    name = f"triple ({first}, {pair}, {third_pair})"
    places = ((first, model.firsts), (pair, len(model.seconds.columns)), (third_pair, len(model.thirds.columns)))
    if any(not 0 <= place < end for place, end in places):
        return [f"{name} does not exist"]
    wrong = []
    for one, table in ((pair, model.seconds), (third_pair, model.thirds)):
        if not table.starts[first] <= one < table.starts[first + 1]:
            wrong.append(f"{name} has a pair of another first party")
    if model.across[model.seconds.columns[pair], model.thirds.columns[third_pair]] < 0:
        wrong.append(f"{name} puts parties together that never go together")
    special = _special(model, first, pair, third_pair)
    if special is not None and not model.specials.is_open[special]:
        wrong.append(f"{name} is forbidden")
    return wrong


def _special(model: AxialModel, first: int, pair: int, third_pair: int) -> int | None:
    special = model.specials
    is_it = (special.first == first) & (special.pair == pair) & (special.third_pair == third_pair)
    return int(np.argmax(is_it)) if is_it.any() else None


def _used(model: AxialModel, triples: list[tuple[int, int, int]]) -> list[int]:
    """What triples use of every row."""
    used = [0] * model.rows
    for first, pair, third_pair in triples:
        second, third = int(model.seconds.columns[pair]), int(model.thirds.columns[third_pair])
        used[int(model.thirds.rows[third_pair])] += int(model.thirds.costs[third_pair])
        rows = [*model.second_rows[second], *model.first_rows[first], *model.third_extra[third]]
        special = _special(model, first, pair, third_pair)
        for row in [*rows, *(model.specials.rows[special] if special is not None else [])]:
            used[int(row)] += 1
        if model.amount_rows[second] >= 0:
            used[int(model.amount_rows[second])] += int(model.amounts[first])
    return used

"""A bound by best sets: each second party keeps its own limits whole instead of having them priced away.

With prices p on the rows of thirds and u on the first parties,

    S(u, p) = sum u + p . right + sum over second parties of BEST SET(value - p . uses - u)

holds for all triples: of any plan, the triples of one second party are a set that its limits allow (Lagrangian
decomposition, as in ``knapsack``, with a second party's few places and its budget as the knapsack).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel
from matching.compiling import compiled, in_blocks
from matching.knapsack import FINE
from matching.pricing import Longs, Seconds, Thirds, Whole

# Steps of the prices of first parties: how many, the first in points, and what each is to the one before.
STEPS, FIRST_STEP, DECAY = 400, 30, 0.985
# Prices of first parties sink by no more than this, in points, so that the pairs at hand are all that count.
SPAN = 150
# Below every value in 2**-10 points; three of them still stay within 32 bits.
NEVER = -(1 << 29)


class SetBound(NamedTuple):
    """What prices of rows (rows,) and of first parties (firsts,), ``2**-10`` points both, prove in whole points."""

    prices: Longs
    first_prices: Longs
    bound: int


class Profits(NamedTuple):
    """Pairs that can be worth their first party's price, by second party: ``starts``, ``first`` and ``net``."""

    starts: Longs
    first: Longs
    net: Longs


class Across(NamedTuple):
    """c(second, third) as ``table`` (seconds, thirds), ``2**-10`` points in 32 bits, ``NEVER`` where there is none."""

    table: npt.NDArray[np.int32]

    @classmethod
    def of(cls, model: AxialModel) -> "Across":
        """The table of a model."""
        wide = model.across.astype(np.int32) << FINE
        return cls(np.where(model.across < 0, np.int32(NEVER), wide))


@compiled
def thirds_of(first: int, thirds: Thirds, prices: Longs, base: npt.NDArray[np.int32], place: Longs) -> None:
    """Write b less the price for every third of a first party, and its pair; ``NEVER`` and -1 for none."""
    base[:], place[:] = NEVER, -1
    for pair in range(thirds.starts[first], thirds.starts[first + 1]):
        column = thirds.columns[pair]
        net = (np.int64(thirds.points[pair]) << FINE) - prices[thirds.rows[pair]]
        base[column], place[column] = np.int32(max(net, NEVER)), pair


@compiled
def best_of(base: npt.NDArray[np.int32], across: npt.NDArray[np.int32]) -> Whole:
    """The best of b + c less the price over all thirds; a plain loop, so that it is done for several at a time."""
    best = np.int32(2 * NEVER)
    for third in range(len(base)):
        best = max(best, base[third] + across[third])
    return np.int64(best)


@compiled
def third_of(base: npt.NDArray[np.int32], across: npt.NDArray[np.int32], best: Whole) -> Whole:
    """The first third that reaches the best."""
    for third in range(len(base)):
        if base[third] + across[third] == best:
            return third
    return -1


@compiled
def _worth_more(
    begin: int, end: int, seconds: Seconds, thirds: Thirds, across: Across, prices: Longs, least: Longs, net: Longs
) -> None:
    """Write the net value of every pair that is worth more than ``least``, else leave 0."""
    base, place = np.empty(across.table.shape[1], np.int32), np.empty(across.table.shape[1], np.int64)
    for first in range(begin, end):
        thirds_of(first, thirds, prices, base, place)
        for pair in range(seconds.starts[first], seconds.starts[first + 1]):
            best = best_of(base, across.table[seconds.columns[pair]])
            worth = (np.int64(seconds.points[pair]) << FINE) + best
            if best > NEVER and worth > least[first]:
                net[pair] = worth


def profits(model: AxialModel, across: Across, prices: Longs, least: Longs) -> Profits:
    """Every pair of first and second that is worth more than ``least`` (firsts,) and has room, by second party."""
    net = np.zeros(len(model.seconds.columns), dtype=np.int64)
    in_blocks(
        lambda begin, end: _worth_more(begin, end, model.seconds, model.thirds, across, prices, least, net),
        model.firsts,
    )
    kept = np.flatnonzero(net)
    first = np.searchsorted(model.seconds.starts, kept, side="right").astype(np.int64) - 1
    second = model.seconds.columns[kept].astype(np.int64)
    has_room = np.flatnonzero(model.amounts[first] <= rooms(model)[second])
    order = has_room[np.argsort(second[has_room], kind="stable")]
    starts = np.searchsorted(second[order], np.arange(len(model.amount_rows) + 1)).astype(np.int64)
    return Profits(starts, first[order], net[kept][order])


def rooms(model: AxialModel) -> Longs:
    """The budget of every second party; more than any amount where it has none."""
    room: Longs = np.where(model.amount_rows >= 0, model.right[model.amount_rows], 1 << 60).astype(np.int64)
    return room


@compiled
def _sets(
    begin: int,
    end: int,
    found: Profits,
    paid: Longs,
    asked: Longs,
    places: Longs,
    room: Longs,
    worth: Longs,
    taken: Longs,
) -> None:
    """The best set of at most three first parties of every second party, and how often each first party is taken."""
    for second in range(begin, end):
        low, high = found.starts[second], found.starts[second + 1]
        gain = np.empty(high - low, np.int64)
        number = 0
        item = np.empty(high - low, np.int64)
        for place in range(low, high):
            more = found.net[place] - paid[found.first[place]]
            if more > 0:
                gain[number], item[number] = more, found.first[place]
                number += 1
        order = np.argsort(-gain[:number], kind="mergesort")
        best = np.int64(0)
        one, two, three = -1, -1, -1
        for a in range(number):
            first, top = item[order[a]], gain[order[a]]
            if top * min(places[second], 3) <= best:
                break
            if top > best:
                best, one, two, three = top, first, -1, -1
            if places[second] < 2:
                break
            for b in range(a + 1, number):
                other, next_top = item[order[b]], gain[order[b]]
                if top + next_top * (min(places[second], 3) - 1) <= best:
                    break
                if asked[first] + asked[other] > room[second]:
                    continue
                if top + next_top > best:
                    best, one, two, three = top + next_top, first, other, -1
                if places[second] < 3:
                    break
                for c in range(b + 1, number):
                    if top + next_top + gain[order[c]] <= best:
                        break
                    last = item[order[c]]
                    if asked[first] + asked[other] + asked[last] <= room[second]:
                        best, one, two, three = top + next_top + gain[order[c]], first, other, last
                        break
        worth[second] = best
        taken[3 * second], taken[3 * second + 1], taken[3 * second + 2] = one, two, three


def improve(
    model: AxialModel, across: Across, prices: Longs, first_prices: Longs, stop: Callable[[SetBound], bool]
) -> SetBound:
    """Prove a bound, and move the prices of first parties to where each is taken once (subgradient steps).

    Parameters
    ----------
    model
        A model that ``auction.fits``.
    across
        Its table of seconds and thirds.
    prices, first_prices
        Prices of thirds' rows and of first parties, at least 0, in ``2**-10`` points.
    stop
        Called with every better bound.
    """
    least = np.maximum(0, first_prices - (SPAN << FINE))
    found = profits(model, across, prices, least)
    places, room = model.right[model.second_rows.items], rooms(model)
    fixed = sum(int(price) * int(right) for price, right in zip(prices.tolist(), model.right.tolist(), strict=True))
    worth = np.zeros(len(room), dtype=np.int64)
    taken = np.full(3 * len(room), -1, dtype=np.int64)
    paid, step, best = first_prices, float(FIRST_STEP << FINE), None

    def look(paid: Longs) -> None:
        in_blocks(
            lambda begin, end: _sets(begin, end, found, paid, model.amounts, places, room, worth, taken), len(room)
        )

    for _ in range(STEPS):
        look(paid)
        bound = fixed + int(paid.sum()) + int(worth.sum()) >> FINE
        if best is None or bound < best.bound:
            best = SetBound(prices, paid, bound)
            if stop(best):
                break
        times = np.bincount(taken[taken >= 0], minlength=model.firsts)
        paid = np.maximum(least, paid + np.rint(step * (times - 1)).astype(np.int64))
        step *= DECAY
    assert best is not None
    return best

"""Pricing of triples (first, second, third) without listing them.

The value of a triple is a(first, second) + b(first, third) + c(second, third), so the best triple of a first party
under any prices is found from three tables of pairs. All arithmetic is in whole numbers, ``2**SHIFT`` to a point, so
that what is found is exact and does not depend on the number of threads. Every kernel does the first parties from
``begin`` to ``end``, so that blocks of them can be done side by side.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.compiling import compiled

Longs = npt.NDArray[np.int64]
Array = npt.NDArray[Any]
# A whole number inside a compiled loop: Python's or numpy's own.
Whole = Any
SHIFT = 28
# Below every value: the first party has no triple at all.
NONE = -(1 << 62)


class Seconds(NamedTuple):
    """Pairs of first and second: ``starts`` (firsts + 1,), ``columns`` and ``points`` (pairs,), sorted by first."""

    starts: Longs
    columns: Array
    points: Array


class Thirds(NamedTuple):
    """Pairs of first and third; a pair uses ``costs`` of the resource ``rows``; all but ``starts`` (pairs,)."""

    starts: Longs
    columns: Array
    points: Array
    rows: Array
    costs: Longs


class Priced(NamedTuple):
    """What prices make of parties and pairs, ``2**SHIFT`` to a point.

    ``second`` (seconds,) is the price of a second party's resources; a first party asks ``amounts`` (firsts,) of a
    second party's own budget at the price ``amount`` (seconds,); ``net`` (pairs of first and third,) is b less the
    priced cost; ``first`` (firsts,) and ``special`` (specials,) are the prices of their further rows.
    """

    second: Longs
    amounts: Longs
    amount: Longs
    net: Longs
    first: Longs
    special: Longs


class Banned(NamedTuple):
    """Triples that are left out, by first party: positions of their two pairs."""

    starts: Longs
    pairs: Longs
    third_pairs: Longs


class Best(NamedTuple):
    """The best triple of every first party: net value and the positions of its pairs; ``NONE`` and -1 for none."""

    value: Longs
    pair: Longs
    third_pair: Longs


@compiled
def price_thirds(begin: int, end: int, thirds: Thirds, prices: Longs, net: Longs) -> None:
    """Write b(first, third) less its priced cost for every pair; ``net`` has shape (pairs,)."""
    for pair in range(thirds.starts[begin], thirds.starts[end]):
        net[pair] = (np.int64(thirds.points[pair]) << SHIFT) - thirds.costs[pair] * prices[thirds.rows[pair]]


@compiled
def net_seconds(seconds: Seconds, priced: Priced, first: int) -> Longs:
    """The net values of a first party's pairs with second parties."""
    begin, amount = seconds.starts[first], priced.amounts[first]
    net = np.empty(seconds.starts[first + 1] - begin, np.int64)
    for place in range(len(net)):
        second = seconds.columns[begin + place]
        net[place] = (np.int64(seconds.points[begin + place]) << SHIFT) - priced.second[second]
        if amount:
            net[place] -= amount * priced.amount[second]
    return net


@compiled
def best_triples(
    begin: int, end: int, seconds: Seconds, thirds: Thirds, across: Array, spans: Longs, priced: Priced, banned: Banned,
    best: Best,
) -> None:  # fmt: skip
    """Find the best triple of every first party under prices.

    A third party whose net value lies more than the range of c below the best one's is never better for a
    second party that goes with the best one, so few thirds are looked at, and most second parties are passed over.

    ``across`` (seconds, thirds) holds c in points, -1 where two never go together; ``spans`` (seconds + 1,) the
    largest entry of each of its rows, and of all of it at the end; what is found is written to ``best``.
    """
    for first in range(begin, end):
        best.value[first], best.pair[first], best.third_pair[first] = NONE, -1, -1
        start, third_start, third_end = seconds.starts[first], thirds.starts[first], thirds.starts[first + 1]
        if start == seconds.starts[first + 1] or third_start == third_end:
            continue
        short = _shortlist(priced.net, third_start, third_end, np.int64(spans[-1]) << SHIFT)
        top, leader = priced.net[short[0]], thirds.columns[short[0]]
        net = net_seconds(seconds, priced, first)
        nearest = np.argmax(net)
        value, best_pair, best_third = np.int64(NONE), -1, -1
        has_bans = banned.starts[first + 1] > banned.starts[first]
        for step in range(-1, len(net)):
            place = nearest if step < 0 else step
            pair = start + place
            second = seconds.columns[pair]
            reach = np.int64(spans[second]) << SHIFT
            if net[place] + top + reach <= value:
                continue
            bans = has_bans and _has_ban(banned, first, pair)
            # The shortlist is exact for a second party that goes with the best third.
            is_short = across[second, leader] >= 0 and not bans
            for number in range(len(short) if is_short else third_end - third_start):
                other = short[number] if is_short else third_start + number
                if is_short and net[place] + priced.net[other] + reach <= value:
                    break
                together = np.int64(across[second, thirds.columns[other]])
                found = net[place] + priced.net[other] + (together << SHIFT)
                if together >= 0 and found > value and not (bans and _is_banned(banned, first, pair, other)):
                    value, best_pair, best_third = found, pair, other
        best.value[first], best.pair[first], best.third_pair[first] = value, best_pair, best_third


@compiled
def _shortlist(net: Longs, begin: int, end: int, reach: Whole) -> Longs:
    """Positions from ``begin`` to ``end`` whose net value lies at most ``reach`` below the best, best first."""
    top = net[begin]
    for position in range(begin + 1, end):
        top = max(top, net[position])
    short = np.empty(end - begin, np.int64)
    size = 0
    for position in range(begin, end):
        if net[position] >= top - reach:
            place = size
            while place > 0 and net[short[place - 1]] < net[position]:
                short[place] = short[place - 1]
                place -= 1
            short[place] = position
            size += 1
    return short[:size]


@compiled
def _has_ban(banned: Banned, first: int, pair: int) -> bool:
    for place in range(banned.starts[first], banned.starts[first + 1]):  # noqa: SIM110 - compiled
        if banned.pairs[place] == pair:
            return True
    return False


@compiled
def _is_banned(banned: Banned, first: int, pair: int, third_pair: int) -> bool:
    for place in range(banned.starts[first], banned.starts[first + 1]):
        if banned.pairs[place] == pair and banned.third_pairs[place] == third_pair:
            return True
    return False


@compiled
def keep_greatest(values: Longs, begin: int, kept: Longs) -> None:
    """Positions of the greatest values, as many as ``kept`` has room for, in order of position; of equals the first."""
    kept[:] = -1
    number = len(kept)
    if number == 0:
        return
    if len(values) <= number:
        for place in range(len(values)):
            kept[place] = begin + place
        return
    least = np.partition(values, len(values) - number)[len(values) - number]
    room = number
    for value in values:
        if value > least:
            room -= 1
    taken = 0
    for place in range(len(values)):
        if values[place] == least:
            room -= 1
        if values[place] > least or (values[place] == least and room >= 0):
            kept[taken] = begin + place
            taken += 1


@compiled
def nearest_pairs(begin: int, end: int, seconds: Seconds, priced: Priced, kept: Longs) -> None:
    """For every first party, the positions of its pairs of greatest net value; ``kept`` (firsts, number), -1 fills."""
    for first in range(begin, end):
        keep_greatest(net_seconds(seconds, priced, first), seconds.starts[first], kept[first])


@compiled
def value_thirds(
    begin: int, end: int, seconds: Seconds, thirds: Thirds, across: Array, span: int, priced: Priced,
    value: Longs, pair: Longs,
) -> None:  # fmt: skip
    """For every pair of first and third, the best second party between them: max of a - prices + b + c.

    Results ``value`` and ``pair`` have the shape of ``thirds.columns``; ``NONE`` and -1 where no second party goes
    with both.
    """
    reach = np.int64(span) << SHIFT
    for first in range(begin, end):
        start = seconds.starts[first]
        net = net_seconds(seconds, priced, first)
        near = np.empty(0, np.int64)
        if len(net):
            near = np.flatnonzero(net >= net.max() - reach)
            near = near[np.argsort(-net[near], kind="mergesort")]
        for other in range(thirds.starts[first], thirds.starts[first + 1]):
            best, best_pair, third = np.int64(NONE), -1, thirds.columns[other]
            # Second parties further than ``reach`` below the best one matter only where that one does not go.
            is_near = len(net) > 0 and across[seconds.columns[start + near[0]], third] >= 0
            for step in range(len(near) if is_near else len(net)):
                place = near[step] if is_near else step
                if is_near and net[place] + reach <= best:
                    break
                together = np.int64(across[seconds.columns[start + place], third])
                if together >= 0 and net[place] + (together << SHIFT) > best:
                    best, best_pair = net[place] + (together << SHIFT), start + place
            value[other] = NONE if best_pair < 0 else best + (np.int64(thirds.points[other]) << SHIFT)
            pair[other] = best_pair

"""The promising triples of every first party at given prices: where plans are looked for, never what is proven."""

from typing import Any, NamedTuple

import numpy as np

from matching.axial import AxialModel, Chosen
from matching.compiling import compiled, in_blocks
from matching.pricing import NONE, SHIFT, Array, Banned, Longs, Priced, Seconds, Thirds, keep_greatest, net_seconds


class Breadth(NamedTuple):
    """How many triples are listed.

    The ``nearest`` seconds of a first party are tried with all its thirds. Listed are the best triple of each of these
    seconds and of each third, as far as it is among the ``sure`` best of its kind or within ``reach`` (in ``2**-SHIFT``
    points) of the best of all, and each of the ``cross`` best seconds with each of the ``cross`` best thirds, for when
    the best of either is taken.
    """

    nearest: int
    sure: int
    cross: int
    reach: int


class _Found(NamedTuple):
    """Where the triples of each first party are written: from ``starts`` on, ``counts`` of them."""

    starts: Longs
    counts: Longs
    pair: Array
    third_pair: Array


def shortlist(model: AxialModel, priced: Priced, breadth: Breadth) -> Chosen:
    """Triples near the best of every first party, sorted by first party, without specials.

    A first party that has an eligible triple gets at least one, unless those that are listed are specials.
    """
    rooms = np.diff(model.thirds.starts) + breadth.nearest + breadth.cross**2
    starts = np.concatenate([[0], np.cumsum(rooms)]).astype(np.int64)
    found = _Found(
        starts, np.zeros(model.firsts, np.int64), *(np.empty(int(starts[-1]), dtype=np.int32) for _ in range(2))
    )
    in_blocks(
        lambda begin, end: _shortlist(
            begin, end, model.seconds, model.thirds, model.across, priced, model.banned, breadth, found
        ),
        model.firsts,
    )
    first = np.repeat(np.arange(model.firsts, dtype=np.int64), found.counts)
    places = np.arange(len(first), dtype=np.int64)
    places += np.repeat(starts[:-1] - (np.cumsum(found.counts) - found.counts), found.counts)
    return Chosen(first, found.pair[places].astype(np.int64), found.third_pair[places].astype(np.int64))


@compiled
def _shortlist(
    begin: int, end: int, seconds: Seconds, thirds: Thirds, across: Array, priced: Priced, banned: Banned,
    breadth: Breadth, found: _Found,
) -> None:  # fmt: skip
    for first in range(begin, end):
        start, third_start = seconds.starts[first], thirds.starts[first]
        number = thirds.starts[first + 1] - third_start
        if number == 0 or start == seconds.starts[first + 1]:
            continue
        net = net_seconds(seconds, priced, first)
        near = np.empty(min(breadth.nearest, len(net)), np.int64)
        keep_greatest(net, 0, near)
        near = near[np.argsort(-net[near], kind="mergesort")]
        of_third, by_third, of_second, by_second = _best(near, net, seconds, thirds, across, priced.net, first)
        best = of_third.max()
        if best == NONE:
            near = np.arange(len(net))
            of_third, by_third, of_second, by_second = _best(near, net, seconds, thirds, across, priced.net, first)
            best = of_third.max()
            if best == NONE:
                continue
        least = min(best - breadth.reach, _worst(of_third, breadth.sure))
        for third in range(number):
            if of_third[third] >= least and of_third[third] > NONE:
                _write(first, start + near[by_third[third]], third_start + third, banned, found)
        least = min(best - breadth.reach, _worst(of_second[: breadth.nearest], breadth.sure))
        for place in range(min(len(near), breadth.nearest)):
            is_listed = by_third[by_second[place]] == place and of_third[by_second[place]] >= least
            if of_second[place] >= least and of_second[place] > NONE and not is_listed:
                _write(first, start + near[place], third_start + by_second[place], banned, found)
        if breadth.cross:
            _cross(first, near, by_third, by_second, seconds, thirds, across, priced.net, banned, breadth,
                   found)  # fmt: skip


@compiled
def _worst(values: Longs, number: int) -> Any:
    """The least of so many greatest values."""
    if len(values) <= number:
        return np.int64(NONE)
    return np.partition(values, len(values) - number)[len(values) - number]


@compiled
def _best(
    near: Longs, net: Longs, seconds: Seconds, thirds: Thirds, across: Array, net_thirds: Longs, first: int
) -> tuple[Longs, Longs, Longs, Longs]:
    """For every third the best near second, and for every near second the best third: values and places."""
    start, begin, number = seconds.starts[first], thirds.starts[first], thirds.starts[first + 1] - thirds.starts[first]
    of_third, by_third = np.full(number, NONE, np.int64), np.zeros(number, np.int64)
    of_second, by_second = np.full(len(near), NONE, np.int64), np.zeros(len(near), np.int64)
    for place in range(len(near)):
        row = across[seconds.columns[start + near[place]]]
        for third in range(number):
            together = np.int64(row[thirds.columns[begin + third]])
            if together < 0:
                continue
            value = net[near[place]] + net_thirds[begin + third] + (together << SHIFT)
            if value > of_third[third]:
                of_third[third], by_third[third] = value, place
            if value > of_second[place]:
                of_second[place], by_second[place] = value, third
    return of_third, by_third, of_second, by_second


@compiled
def _cross(
    first: int, near: Longs, by_third: Longs, by_second: Longs, seconds: Seconds, thirds: Thirds, across: Array,
    net_thirds: Longs, banned: Banned, breadth: Breadth, found: _Found,
) -> None:  # fmt: skip
    """The best seconds with the best thirds, where they go together and are not listed yet."""
    start, begin, end = seconds.starts[first], thirds.starts[first], thirds.starts[first + 1]
    best = np.empty(min(breadth.cross, end - begin), np.int64)
    keep_greatest(net_thirds[begin:end], 0, best)
    for place in range(min(breadth.cross, len(near))):
        row = across[seconds.columns[start + near[place]]]
        for third in best:
            if by_third[third] == place or by_second[place] == third:
                continue
            together = np.int64(row[thirds.columns[begin + third]])
            if together >= 0:
                _write(first, start + near[place], begin + third, banned, found)


@compiled
def _write(first: int, pair: int, third_pair: int, banned: Banned, found: _Found) -> None:
    for place in range(banned.starts[first], banned.starts[first + 1]):
        if banned.pairs[place] == pair and banned.third_pairs[place] == third_pair:
            return
    at = found.starts[first] + found.counts[first]
    found.pair[at], found.third_pair[at] = pair, third_pair
    found.counts[first] += 1

"""Second parties that take few first parties each: bids, a transport of thirds, and a bound by best sets.

Where every second party takes at most a handful of first parties, within a budget of its own, and thirds only count
heads, three pieces fit together:

* given prices of thirds, first parties bid for seconds (the auction of Bertsekas, 1988, with sets: a newcomer pays for
  those that it puts out);
* given the pairs of first and second, thirds are a transport problem, solved exactly, whose duals are the next prices;
* prices of thirds and of first parties prove a bound: no plan is worth more than their sum and, for every second party,
  its best set of first parties (``bound_by_sets``).

Knapsacks of so few items leave a linear relaxation about a percent above the best plan; best sets do not.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from matching.allocation import Status
from matching.axial import AxialModel, Chosen
from matching.compiling import compiled, in_blocks
from matching.dual import evaluate
from matching.knapsack import FINE
from matching.large import Answer
from matching.pricing import SHIFT, Array, Longs, Seconds, Thirds, Whole
from matching.setbound import NEVER, Across, SetBound, best_of, improve, rooms, third_of, thirds_of
from matching.transport import transport

Progress = Callable[[int, int], bool | None]
# Most first parties that a second party may take, for the sets that are tried are two to its power.
MOST_TAKEN = 3
# Pairs kept of every first party: the nearest when thirds cost nothing.
KEPT = 300
# Rises of a bid beyond what it takes, in points: coarse while prices move, fine for a sharp bound.
RISE, FINE_RISE = 20, 2
# Rounds of bids and transport.
ROUNDS = 8
# Bids in one go, for each first party.
MOST_BIDS = 3000
NOBODY = -1


def fits(model: AxialModel) -> bool:
    """Whether a model is of this kind: small second parties, thirds by heads, nothing forced, promised or special."""
    plain = not (model.is_floor.any() or model.forced.any() or len(model.specials))
    lean = not (len(model.first_rows.items) or len(model.third_extra.items)) and bool((model.thirds.costs == 1).all())
    rows = np.diff(model.second_rows.starts)
    if not plain or not lean or not len(rows) or not (rows == 1).all():
        return False
    own = np.concatenate([model.second_rows.items, model.amount_rows[model.amount_rows >= 0]])
    is_own = len(np.unique(own)) == len(own) and not np.isin(own, model.thirds.rows).any()
    return is_own and bool((model.right[model.second_rows.items] <= MOST_TAKEN).all())


class Held(NamedTuple):
    """Who holds what: second parties' first parties with their bids, and every first party's place in its list."""

    first: Longs
    bid: Longs
    number: Longs
    place: Longs

    @classmethod
    def nobody(cls, firsts: int, seconds: int) -> "Held":
        """Nothing is held."""
        shape = (seconds, MOST_TAKEN + 1)
        empty = np.zeros(shape, dtype=np.int64)
        return cls(empty, empty.copy(), np.zeros(seconds, dtype=np.int64), np.full(firsts, NOBODY, dtype=np.int64))


class Nearest(NamedTuple):
    """The nearest pairs of every first party, best first: ``pair``, ``third_pair``, ``net``; (firsts, kept)."""

    pair: Longs
    third_pair: Longs
    net: Longs

    @classmethod
    def none(cls, firsts: int, kept: int) -> "Nearest":
        """No pairs."""
        shape = (firsts, kept)
        nowhere = np.full(shape, -1, dtype=np.int64)
        return cls(nowhere, nowhere.copy(), nowhere.copy())


def choose_by_bids(
    model: AxialModel, *, seconds: float = 60.0, gap: float = 0.0, progress: Progress | None = None
) -> Answer:
    """Choose triples of a model that ``fits``, with a bound over all of them.

    Parameters
    ----------
    model
        The triples and their limits.
    seconds
        Wall time after which the best plan so far is given, with the status ``time_limit``.
    gap
        Relative distance to the bound that is good enough.
    progress
        Called with value and bound when one improves; return True to stop.

    Returns
    -------
    Answer
        ``sharp_prices`` and ``first_prices`` prove ``bound`` by ``checking.recompute_set_bound``.
    """
    return _Run(model, seconds, gap, progress).answer()


@compiled
def _greatest(net: Longs, number: int) -> Longs:
    """Places of the greatest, best first; of equals the first ones."""
    if len(net) <= number:
        return np.argsort(-net, kind="mergesort")
    least = np.partition(net, len(net) - number)[len(net) - number]
    places = np.flatnonzero(net >= least)
    return places[np.argsort(-net[places], kind="mergesort")][:number]


@compiled
def _place(
    begin: int,
    end: int,
    seconds: Seconds,
    thirds: Thirds,
    across: Across,
    prices: Longs,
    at_hand: Longs,
    found: Nearest,
) -> None:
    """Write the nearest pairs of every first party: of all its pairs, or of those ``at_hand`` where there are any."""
    base, place = np.empty(across.table.shape[1], np.int32), np.empty(across.table.shape[1], np.int64)
    for first in range(begin, end):
        thirds_of(first, thirds, prices, base, place)
        low = seconds.starts[first]
        number = at_hand.shape[1] if len(at_hand) else seconds.starts[first + 1] - low
        net = np.empty(number, np.int64)
        for one in range(number):
            pair = at_hand[first, one] if len(at_hand) else low + one
            net[one] = 2 * NEVER
            if pair >= 0:
                best = best_of(base, across.table[seconds.columns[pair]])
                net[one] = (np.int64(seconds.points[pair]) << FINE) + best
        order = _greatest(net, found.pair.shape[1])
        for rank in range(len(order)):
            pair = at_hand[first, order[rank]] if len(at_hand) else low + order[rank]
            found.pair[first, rank], found.net[first, rank] = pair, net[order[rank]]
            if net[order[rank]] <= NEVER or pair < 0:
                found.pair[first, rank] = -1
                continue
            best = net[order[rank]] - (np.int64(seconds.points[pair]) << FINE)
            found.third_pair[first, rank] = place[third_of(base, across.table[seconds.columns[pair]], best)]


def nearest(model: AxialModel, across: Across, prices: Longs, at_hand: Longs | None = None) -> Nearest:
    """The pairs of each first party that are worth most at prices of thirds' rows, in ``2**-10`` points.

    ``at_hand``, shape (firsts, kept), are pairs to choose from; without them it is all that there are.
    """
    found = Nearest.none(model.firsts, KEPT)
    pairs = np.zeros((0, 0), dtype=np.int64) if at_hand is None else at_hand
    in_blocks(
        lambda begin, end: _place(begin, end, model.seconds, model.thirds, across, prices, pairs, found), model.firsts
    )
    return found


@compiled
def _cheapest(
    held: Held, second: Whole, asked: Longs, amount: Whole, places: Whole, room: Whole
) -> tuple[Whole, Whole]:
    """What a newcomer pays at least to get in, and whom it puts out, as bits."""
    number, used = held.number[second], np.int64(0)
    for place in range(number):
        used += asked[held.first[second, place]]
    least, leaving = np.int64(1 << 62), 0
    for bits in range(1 << number):
        out, paid, freed = 0, np.int64(0), np.int64(0)
        for place in range(number):
            if bits >> place & 1:
                out += 1
                paid += held.bid[second, place]
                freed += asked[held.first[second, place]]
        if number - out < places and used - freed + amount <= room and paid < least:
            least, leaving = paid, bits
    return least, leaving


@compiled
def _bid_all(
    near: Nearest, columns: Array, asked: Longs, places: Longs, room: Longs, rise: Whole, held: Held, most: Whole
) -> None:
    """Let first parties bid until everybody holds a place or finds none worth its price."""
    firsts, kept = near.pair.shape
    waiting, number = np.arange(firsts)[::-1].copy(), firsts
    queue = np.empty(firsts + 4 * most, np.int64)
    queue[:firsts] = waiting
    for _ in range(most * firsts):
        if number == 0:
            break
        number -= 1
        first = queue[number]
        best, second_best, rank, paid, leaving = np.int64(0), np.int64(0), -1, np.int64(0), 0
        for place in range(kept):
            net = near.net[first, place]
            if near.pair[first, place] < 0 or net <= second_best:
                break
            second = columns[near.pair[first, place]]
            if asked[first] > room[second]:
                continue
            least, bits = _cheapest(held, second, asked, asked[first], places[second], room[second])
            if net - least > best:
                best, second_best, rank, paid, leaving = net - least, best, place, least, bits
            elif net - least > second_best:
                second_best = net - least
        if rank < 0:
            continue
        second, left = columns[near.pair[first, rank]], 0
        for place in range(held.number[second]):
            if leaving >> place & 1:
                held.place[held.first[second, place]] = NOBODY
                queue[number] = held.first[second, place]
                number += 1
            else:
                held.first[second, left], held.bid[second, left] = held.first[second, place], held.bid[second, place]
                left += 1
        held.first[second, left], held.bid[second, left] = first, paid + best - second_best + rise
        held.number[second], held.place[first] = left + 1, rank


def bid(model: AxialModel, near: Nearest, rise: int) -> Held:
    """Who holds what after bids that rise by ``rise`` points beyond what they take."""
    held = Held.nobody(model.firsts, len(model.amount_rows))
    places = model.right[model.second_rows.items]
    _bid_all(near, model.seconds.columns, model.amounts, places, rooms(model), rise << FINE, held, MOST_BIDS)
    return held


class _Run:
    """One computation: best plan, best bound, and the clock."""

    def __init__(self, model: AxialModel, seconds: float, gap: float, progress: Progress | None) -> None:
        self._model, self._gap, self._progress = model, gap, progress
        self._started, self._seconds = time.monotonic(), seconds
        none = np.zeros(0, dtype=np.int64)
        self._plan, self._value = Chosen(none, none, none), 0
        self._bound = evaluate(model, np.zeros(model.rows, dtype=np.int64)).bound
        self._cut = Status.WITHIN_GAP

    def answer(self) -> Answer:
        model = self._model
        prices = np.zeros(model.rows, dtype=np.int64)
        across = Across.of(model)
        near, best, least = nearest(model, across, prices), prices, None
        for number in range(ROUNDS):
            near = nearest(model, across, prices, near.pair)
            held = bid(model, near, RISE)
            worth = self._worth(near, held, prices)
            if least is None or worth < least:
                least, best = worth, prices
            prices = self._moved(near, held, prices, 1 / (number + 1))
            if self._is_over():
                break
        near = nearest(model, across, best)
        held = bid(model, near, FINE_RISE)
        self._moved(near, held, best, 0.0)
        proven = improve(model, across, best, self._paid(near, held), self._is_sharp_enough)
        return self._end(proven, held)

    def _worth(self, near: Nearest, held: Held, prices: Longs) -> int:
        """What the pairs that are held and the room of the rows are worth; near a bound when bids are fine."""
        first = np.flatnonzero(held.place >= 0)
        fixed = sum(int(price) * int(right) for price, right in zip(prices, self._model.right, strict=True))
        return int(near.net[first, held.place[first]].sum()) + fixed

    def _paid(self, near: Nearest, held: Held) -> Longs:
        """What first parties gain by the pair that they hold, as prices of theirs."""
        paid = np.zeros(self._model.firsts, dtype=np.int64)
        for place in range(MOST_TAKEN):
            second = np.flatnonzero(held.number > place)
            first = held.first[second, place]
            paid[first] = near.net[first, held.place[first]] - held.bid[second, place]
        found: Longs = np.maximum(0, paid)
        return found

    def _moved(self, near: Nearest, held: Held, prices: Longs, share: float) -> Longs:
        """Give thirds to the pairs that are held, keep the plan, and move the prices towards those of the transport."""
        first = np.flatnonzero(held.place >= 0)
        pair = near.pair[first, held.place[first]]
        given = transport(self._model, first, pair)
        has = given.third_pair >= 0
        self._keep(Chosen(first[has], pair[has], given.third_pair[has]))
        moved: Longs = prices + np.rint(share * ((given.prices << FINE) - prices)).astype(np.int64)
        return moved

    def _keep(self, plan: Chosen) -> None:
        value = self._model.value_of(plan)
        if value > self._value and not len(self._model.broken_rows(plan)):
            self._plan, self._value = plan, value
            self._tell()

    def _is_sharp_enough(self, proven: SetBound) -> bool:
        if proven.bound < self._bound:
            self._bound = proven.bound
            self._tell()
        return self._bound - self._value <= self._gap * max(1, self._value) or self._is_over()

    def _is_over(self) -> bool:
        if self._cut is Status.WITHIN_GAP and time.monotonic() - self._started >= self._seconds:
            self._cut = Status.TIME_LIMIT
        return self._cut is not Status.WITHIN_GAP

    def _tell(self) -> None:
        if self._progress is not None and self._cut is Status.WITHIN_GAP and self._progress(self._value, self._bound):
            self._cut = Status.CANCELLED

    def _status(self) -> Status:
        if self._bound <= self._value:
            return Status.OPTIMAL
        if self._bound - self._value <= self._gap * max(1, self._value):
            return Status.WITHIN_GAP
        return self._cut if self._cut is not Status.WITHIN_GAP else Status.EFFORT_SPENT

    def _end(self, proven: SetBound, held: Held) -> Answer:
        relaxed = evaluate(self._model, self._row_prices(proven.prices, held))
        self._bound = max(self._value, min(proven.bound, relaxed.bound))
        return Answer(
            self._plan,
            self._value,
            self._bound,
            relaxed.bound,
            self._status(),
            relaxed.prices,
            proven.prices << SHIFT - FINE,
            proven.first_prices,
            round(time.monotonic() - self._started, 3),
        )

    def _row_prices(self, prices: Longs, held: Held) -> Longs:
        """Prices of every row: a full second party's place costs what its lowest holder bid."""
        model = self._model
        found = prices << SHIFT - FINE
        places = model.right[model.second_rows.items]
        full = np.flatnonzero(held.number >= np.maximum(1, places))
        for second in full.tolist():
            lowest = int(held.bid[second, : held.number[second]].min())
            found[model.second_rows.items[second]] = max(0, lowest) << SHIFT - FINE
        return found

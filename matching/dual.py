"""Prices and the bounds that they prove.

For any prices p (at least 0 on limits, at most 0 on floors) the Lagrangian bound

    U(p) = p . right + sum over first parties of max(0, max over their triples of value - p . uses)

holds for all triples (Geoffrion, 1974); a first party that must be served leaves the 0 out. Prices are rounded to
whole multiples of ``2**-SHIFT`` and the bound is then computed in whole numbers, so that rounding can loosen it but
never make it wrong. Prices are found by a projected subgradient method whose steps are shares of the prices
themselves, since budgets differ by orders of magnitude, with momentum, and shrink geometrically; between full passes
it looks only at each first party's nearest pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel, Chosen
from matching.compiling import in_blocks
from matching.pricing import (
    NONE,
    SHIFT,
    Banned,
    Best,
    Longs,
    Priced,
    Seconds,
    best_triples,
    nearest_pairs,
    price_thirds,
    value_thirds,
)

Floats = npt.NDArray[np.float64]
# Priced costs stay below this, a million points, so that no sum over first parties leaves 64 bits.
MOST = 1 << 48
MOMENTUM = 0.7
STEEPEST = 10.0
# What a price grows from, as a share of the mean value of a triple.
SEED = 1e-3
NEAREST = 24


@dataclass(frozen=True)
class Evaluation:
    """What prices prove and what they make every first party choose.

    ``value`` has shape (firsts,) in ``2**-SHIFT`` points; ``pair`` and ``third_pair`` are -1 where a first party stays
    without. ``fixed`` is p . right, so that ``bound`` = floor(fixed + sum of what is positive or forced).
    """

    prices: Longs
    value: Longs
    pair: Longs
    third_pair: Longs
    fixed: int
    forced: npt.NDArray[np.bool_]

    @cached_property
    def worths(self) -> Longs:
        """What each first party adds to the bound; shape (firsts,)."""
        found: Longs = np.where(self.forced, self.value, np.maximum(self.value, 0))
        return found

    @cached_property
    def bound(self) -> int:
        """The bound in points, rounded down, since values are whole."""
        # Sums of a few thousand stay within 64 bits; Python adds them up.
        parts = [int(self.worths[start : start + 4096].sum()) for start in range(0, len(self.worths), 4096)]
        return (self.fixed + sum(parts)) >> SHIFT

    def lagrangian(self, right: Floats) -> float:
        """The bound in points, not rounded, when there is ``right`` of every row; shape (rows,)."""
        return float(self.prices @ right + self.worths.astype(np.float64).sum()) / (1 << SHIFT)

    @property
    def plan(self) -> Chosen:
        """What the first parties choose; it may break limits."""
        taken = (self.pair >= 0) & ((self.value > 0) | self.forced)
        return Chosen.of(np.where(taken, self.pair, -1), self.third_pair)


def whole_prices(model: AxialModel, prices: Floats) -> Longs:
    """Prices as whole multiples of ``2**-SHIFT``, with the right sign and not too large for 64 bits."""
    largest = model.typical.copy()
    if len(model.thirds.costs):
        np.maximum.at(largest, model.thirds.rows, model.thirds.costs.astype(float))
    owned = np.unique(model.amount_rows[model.amount_rows >= 0])
    largest[owned] = np.maximum(largest[owned], float(model.amounts.max(initial=0)))
    signed = np.where(model.is_floor, np.minimum(prices, 0.0), np.maximum(prices, 0.0))
    limit = MOST / np.maximum(1.0, largest)
    whole: Longs = np.clip(np.rint(signed * float(1 << SHIFT)), -limit, limit).astype(np.int64)
    return whole


def spread(model: AxialModel, prices: Longs) -> Priced:
    """What prices make of each party and pair."""
    net = np.empty(len(model.thirds.columns), dtype=np.int64)
    in_blocks(lambda begin, end: price_thirds(begin, end, model.thirds, prices, net), model.firsts)
    third = model.third_extra.sums(prices)
    if third.any():
        net -= third[model.thirds.columns]
    amount = np.zeros(len(model.amount_rows), dtype=np.int64)
    amount[model.amount_rows >= 0] = prices[model.amount_rows[model.amount_rows >= 0]]
    second, first, special = (rows.sums(prices) for rows in (model.second_rows, model.first_rows, model.specials.rows))
    return Priced(second, model.amounts, amount, net, first, special)


@dataclass(frozen=True)
class Near:
    """The pairs of first and second that a quick pass looks at; ``origin`` gives their positions in the model."""

    pairs: Seconds
    origin: Longs

    @classmethod
    def of(cls, model: AxialModel, priced: Priced, number: int = NEAREST) -> "Near":
        """The pairs of greatest net value of each first party."""
        kept = np.empty((model.firsts, number), dtype=np.int64)
        in_blocks(lambda begin, end: nearest_pairs(begin, end, model.seconds, priced, kept), model.firsts)
        origin = kept[kept >= 0]
        starts = np.concatenate([[0], np.cumsum((kept >= 0).sum(axis=1))]).astype(np.int64)
        return cls(Seconds(starts, model.seconds.columns[origin], model.seconds.points[origin]), origin)


def evaluate(model: AxialModel, prices: Longs, near: Near | None = None) -> Evaluation:
    """Price all triples, or, with ``near``, some of them; only the former gives a bound."""
    priced = spread(model, prices)
    best = Best(*(np.empty(model.firsts, dtype=np.int64) for _ in range(3)))
    # Specials are looked at apart; a pass over some pairs may see them twice, as it proves nothing.
    none = Banned(np.zeros(model.firsts + 1, dtype=np.int64), *model.banned[1:])
    pairs, banned = (model.seconds, model.banned) if near is None else (near.pairs, none)
    in_blocks(
        lambda begin, end: best_triples(
            begin, end, pairs, model.thirds, model.across, model.spans, priced, banned, best
        ),
        model.firsts,
    )
    value, pair, third_pair = best
    if near is not None and len(near.origin):
        pair = np.where(pair >= 0, near.origin[np.maximum(pair, 0)], -1)
    _look_at_specials(model, priced, value, pair, third_pair)
    value = np.where(pair >= 0, value - priced.first, NONE)
    used = np.flatnonzero(prices)
    fixed = sum(int(price) * int(right) for price, right in zip(prices[used], model.right[used], strict=True))
    return Evaluation(prices, value, pair, third_pair, fixed, model.forced)


def _look_at_specials(model: AxialModel, priced: Priced, value: Longs, pair: Longs, third_pair: Longs) -> None:
    """Let special triples win where they are better."""
    special = model.specials
    if not len(special):
        return
    second = model.seconds.columns[special.pair]
    worth = (model.values_of_specials - model.thirds.points[special.third_pair]) << SHIFT
    worth += priced.net[special.third_pair] - priced.second[second] - priced.special
    worth -= model.amounts[special.first] * priced.amount[second]
    # Of several specials of one first party the best comes last, and so stays.
    for place in np.argsort(worth, kind="stable"):
        first = special.first[place]
        if special.is_open[place] and worth[place] > value[first]:
            value[first], pair[first], third_pair[first] = worth[place], special.pair[place], special.third_pair[place]


@dataclass(frozen=True)
class Ascent:
    """How long and with which steps prices are improved.

    A step changes a price by up to ``first_step`` of itself for every time that a row is overused, or down by as much
    when it is idle; over ``passes`` passes that shrinks to ``last_step``. After every
    ``refresh`` passes over the nearest pairs, all are looked at once.
    """

    passes: int
    first_step: float
    last_step: float
    refresh: int = 20


# A course that ends this share of the bound above the best turns back, with half the step.
ASTRAY = 1000
# From rough prices, and from those of a model that was a little different.
WARM = Ascent(passes=100, first_step=0.4, last_step=0.004)
TOUCH_UP = Ascent(passes=60, first_step=0.1, last_step=0.002)


class _Steps:
    """Moves prices along the overload of every row, with momentum, and keeps their signs."""

    def __init__(self, model: AxialModel, prices: Floats, course: Ascent, share: float, scale: float) -> None:
        self.prices = prices
        self._model, self._course, self._scale = model, course, scale
        self._pace = 1.0
        self._right = model.right * share
        self._momentum = np.zeros(model.rows)
        self._most = MOST / float(1 << SHIFT) / model.typical
        self._number = 0

    def move(self, plan: Chosen) -> Longs:
        """One step from what the first parties choose at the present prices; the new whole prices."""
        course, model = self._course, self._model
        shrink = (course.last_step / course.first_step) ** (self._number / max(1, course.passes - 1))
        over = (model.uses_of(plan) - self._right) / np.maximum(1.0, np.abs(self._right))
        self._momentum = MOMENTUM * self._momentum + (1 - MOMENTUM) * np.clip(over, -STEEPEST, STEEPEST)
        least = self._scale * SEED / model.typical
        moved = self.prices + (np.abs(self.prices) + least) * self._pace * course.first_step * shrink * self._momentum
        self.prices = np.where(model.is_floor, np.minimum(moved, 0.0), np.maximum(moved, 0.0))
        self._number += 1
        self.prices = np.clip(self.prices, -self._most, self._most)
        return whole_prices(model, self.prices)

    def turn_back(self, prices: Longs) -> None:
        """Go on from earlier prices with half the step."""
        self.prices = prices / float(1 << SHIFT)
        self._pace /= 2
        self._momentum = np.zeros_like(self._momentum)


def descend(model: AxialModel, course: Ascent, share: float) -> Evaluation:
    """Rough prices, from none, when a ``share`` of every row may be used."""
    found = evaluate(model, np.zeros(model.rows, dtype=np.int64))
    steps = _Steps(model, np.zeros(model.rows), course, share, mean_value(model, found))
    for _ in range(course.passes):
        found = evaluate(model, steps.move(found.plan))
    return found


def ascend(
    model: AxialModel, prices: Floats, course: Ascent = WARM, stop: Callable[[Evaluation], bool] = lambda _: False
) -> Evaluation:
    """Improve prices; the best evaluation over all triples.

    ``stop`` is called after every pass over all triples with the best evaluation so far.
    """
    best = found = evaluate(model, whole_prices(model, prices))
    steps = _Steps(model, prices, course, 1.0, mean_value(model, found))
    near = Near.of(model, spread(model, found.prices))
    for number in range(1, course.passes + 1):
        whole = steps.move(found.plan)
        if number % course.refresh and number < course.passes:
            found = evaluate(model, whole, near)
            continue
        found = evaluate(model, whole)
        best = min(best, found, key=lambda one: one.bound)
        if stop(best):
            break
        if found.bound > best.bound + abs(best.bound) // ASTRAY:
            found = best
            steps.turn_back(best.prices)
        near = Near.of(model, spread(model, found.prices))
    return best


def mean_value(model: AxialModel, found: Evaluation) -> float:
    """The mean value of the triples that the first parties choose."""
    values = model.values_of(found.plan)
    return max(1.0, float(np.abs(values).mean())) if len(values) else 1.0


def values_of_thirds(model: AxialModel, priced: Priced) -> tuple[Longs, Longs]:
    """For every pair of first and third, the value less all prices but the third's, and the best pair's position."""
    value, pair = (np.empty(len(model.thirds.columns), dtype=np.int64) for _ in range(2))
    in_blocks(
        lambda begin, end: value_thirds(
            begin, end, model.seconds, model.thirds, model.across, model.span, priced, value, pair
        ),
        model.firsts,
    )
    return value, pair

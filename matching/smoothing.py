"""Smoothed prices: first parties split softly over their nearly best triples, and prices follow a central path.

The Lagrangian bound of ``dual`` has corners wherever a first party is torn between two triples, and where many third
parties are almost alike, steps along its slopes flip between them for ever. With a soft maximum of temperature T in
place of each maximum (Nesterov, 2005) it is smooth,

    F(p) = p . right + sum over first parties of T log(1 + sum over triples of exp((value - p . uses) / T)),

and Newton's method with conjugate gradients on products of its Hessian (Nocedal and Wright, 2006, chapter 7), projected
on the signs of prices (Bertsekas, 1982), finds its least value in a few steps over a list of promising triples. The
temperature falls level by level; every level lists triples anew. What comes out only says where to look: bounds are
proven by exact pricing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel
from matching.compiling import compiled
from matching.dual import Ascent, Evaluation, Floats, descend, evaluate, mean_value, whole_prices
from matching.pools import Listed, listed_of
from matching.pricing import SHIFT, Array, Longs
from matching.shortlist import Breadth

# So many first parties give prices from which all begin.
SAMPLE = 1000
ROUGH = Ascent(passes=60, first_step=0.6, last_step=0.05, refresh=1)
# What is listed of a first party: so many nearest seconds, the surest of each kind, and all else within so many
# temperatures of the best.
NEAREST, SURE, REACH = 48, 16, 12.0
# Conjugate gradients of a step, and when they, or the steps of a level, are near enough.
PRODUCTS, NEAR, STILL = 100, 0.003, 1e-7
# How often idle prices are lowered after a level.
EASINGS = 4
# Blocks of first parties whose uses are summed one after the other, so that threads change nothing; with few options
# threads cost more than they bring.
BLOCKS = 8
FEW = 20_000


class Course(NamedTuple):
    """Temperatures as falling shares of the mean value, and how far prices go at each.

    At a level there are up to ``steps`` of Newton; no price moves by more than ``furthest`` temperatures in one of
    them, nor by more than ``widest`` in all. Below the temperature ``easy``, idle prices are lowered after each level.
    """

    temperatures: tuple[float, ...]
    steps: int
    furthest: float
    widest: float
    easy: float


# On a sample from no prices and from rough ones, where lists are short of what prices would make near; and on all.
HOT = Course(tuple(0.1 * 0.8**level for level in range(16)), 3, 4.0, 4.0, 0.0)
WARM = Course(tuple(0.02 * 0.7**level for level in range(8)), 3, 4.0, 4.0, 1.0)
WHOLE = Course((0.005, 0.002, 0.0008, 0.0003), 10, 12.0, np.inf, 1.0)


class _Options(NamedTuple):
    """Options by first party: values and scaled uses, and the share that each has now."""

    starts: Longs
    values: Array
    use_starts: Longs
    use_rows: Array
    use_amounts: Floats
    forced: npt.NDArray[np.bool_]
    shares: Floats


def settle(
    model: AxialModel,
    found: Evaluation,
    course: Course = WHOLE,
    stop: Callable[[Evaluation], bool] = lambda _: False,
    share: float = 1.0,
) -> Evaluation:
    """Follow the path of smoothed prices down the temperatures.

    Parameters
    ----------
    model
        The triples and their rows.
    found
        Where to begin.
    course
        The temperatures.
    stop
        Called after every level with the best evaluation so far.
    share
        What part of every limit and floor the first parties of the model may count on.

    Returns
    -------
    Evaluation
        That of the level with the least bound.
    """
    best, scale = found, mean_value(model, found)
    right: Floats = model.right.astype(np.float64) * share
    for level in course.temperatures:
        found = _level(model, found, right, level * scale, course)
        if level < course.easy:
            found = _ease(model, found, right)
        best = min(best, found, key=lambda one: one.lagrangian(right))
        if stop(best):
            break
    return best


def begin(model: AxialModel) -> Evaluation:
    """Prices to start from: those of a sample of the first parties, with as much less of every limit and floor.

    Where third parties are scarce, a path from no prices at all ends nearer; where second parties are, one from rough
    prices, as a list of the nearest leaves out those that are scarce next. The better of both is taken.
    """
    sample, none = model.sample(SAMPLE), np.zeros(model.rows, dtype=np.int64)
    if not sample.firsts:
        return evaluate(model, none)
    share = sample.firsts / model.firsts

    def cold() -> Evaluation:
        return settle(sample, evaluate(sample, none), HOT, share=share)

    def rough() -> Evaluation:
        return settle(sample, descend(sample, ROUGH, share), WARM, share=share)

    # With more rows than first parties a sample finds too little scarce for rough prices.
    ways = [cold] if model.rows > model.firsts else [cold, rough]
    with ThreadPoolExecutor() as threads:
        tried = [one.result().prices for one in [threads.submit(way) for way in ways]]
    for prices in tried:
        # Rows that only specials use have no place in a sample.
        prices[model.specials.rows.items] = 0
    return min((evaluate(model, prices) for prices in tried), key=lambda one: one.bound)


def _level(model: AxialModel, found: Evaluation, right: Floats, heat: float, course: Course) -> Evaluation:
    """Go to the prices at which the soft uses of one temperature meet the limits."""
    breadth = Breadth(NEAREST, SURE, 0, int(REACH * heat * (1 << SHIFT)))
    listed = listed_of(model, found.prices, breadth)
    if not len(listed.values):
        return found
    prices = found.prices / float(1 << SHIFT) * model.typical
    with ThreadPoolExecutor() as threads:
        smooth = _Smooth(model, listed, right, heat, threads)
        del listed  # its amounts are there scaled
        moved = smooth.least(prices, course)
    return evaluate(model, whole_prices(model, moved / model.typical))


def _ease(model: AxialModel, found: Evaluation, right: Floats) -> Evaluation:
    """Lower the prices of idle limits as long as the bound falls: those whom they deter are not listed."""
    part = 0.5
    for _ in range(EASINGS):
        idle = np.clip(1 - model.uses_of(found.plan) / np.maximum(right, 1e-9), 0, 1)
        idle[model.is_floor] = 0.0
        lowered = found.prices / float(1 << SHIFT) * (1 - part * idle)
        tried = evaluate(model, whole_prices(model, lowered))
        if tried.lagrangian(right) < found.lagrangian(right):
            found = tried
        else:
            part /= 3
    return found


class _Smooth:
    """The smoothed bound over listed options; prices and rows are in what one triple typically uses."""

    def __init__(
        self, model: AxialModel, listed: Listed, right: Floats, heat: float, threads: ThreadPoolExecutor
    ) -> None:
        self._heat, self._is_floor = heat, model.is_floor
        self._right = right / model.typical
        self._options = _Options(
            listed.starts, listed.values, listed.use_starts, listed.use_rows,
            listed.use_amounts / model.typical[listed.use_rows], model.forced, np.empty(len(listed.values)),
        )  # fmt: skip
        self._blocks = BLOCKS if len(listed.values) > FEW else 1
        self._cuts = np.searchsorted(listed.starts, np.linspace(0, len(listed.values), self._blocks + 1)).astype(
            np.int64
        )
        self._cuts[-1] = model.firsts
        self._map = threads.map if self._blocks > 1 else map

    def least(self, prices: Floats, course: Course) -> Floats:
        """Newton's steps from scaled prices to where the smoothed bound is least."""
        value, use = self._at(prices)
        least, most = self._trusted(prices, course.widest * self._heat)
        for _ in range(course.steps):
            slope, before, part = self._right - use, value, 1.0
            step = self._step(prices, slope, use, course.furthest * self._heat)
            while True:
                moved = np.clip(prices + part * step, least, most)
                value, use = self._at(moved)
                if value <= before + 1e-4 * float(slope @ (moved - prices)) or part < 0.02:
                    break
                part /= 2
            if value >= before:
                break
            prices = moved
            if before - value < STILL * abs(before):
                break
        return prices

    def _trusted(self, prices: Floats, widest: float) -> tuple[Floats, Floats]:
        """Between which prices to stay: of the right sign, and not so far that triples that are not listed matter."""
        size = np.abs(prices)
        least, most = np.maximum(0.0, np.minimum(size - widest, size / 2)), size + widest
        if np.isinf(widest):
            least = np.zeros(len(prices))
        return np.where(self._is_floor, -most, least), np.where(self._is_floor, -least, most)

    def _step(self, prices: Floats, slope: Floats, use: Floats, furthest: float) -> Floats:
        """Newton's step of the prices that are free to move, by conjugate gradients."""
        heat = self._heat
        is_free = (np.abs(prices) > 1e-6) | np.where(self._is_floor, slope > 0, slope < 0)
        damping = np.abs(slope) / furthest + 1e-4 * np.maximum(use, 1e-3) / heat
        diagonal = self._sum(lambda one, block, total: _add_diagonal(*block, one, heat, total)) + damping
        step, rest = np.zeros(len(prices)), np.where(is_free, -slope, 0.0)
        towards = eased = rest / diagonal
        size = first = float(rest @ eased)
        for _ in range(PRODUCTS):
            if size <= NEAR**2 * first:
                break
            bent = self._bent(towards)
            bent = np.where(is_free, bent + damping * towards, 0.0)
            length = size / float(towards @ bent)
            step = step + length * towards
            rest = rest - length * bent
            eased = rest / diagonal
            size, before = float(rest @ eased), size
            towards = eased + size / before * towards
        return step

    def _bent(self, way: Floats) -> Floats:
        """The product of the Hessian with a direction."""
        return self._sum(lambda one, block, total: _add_product(*block, one, self._heat, way, total))

    def _at(self, prices: Floats) -> tuple[float, Floats]:
        """The smoothed bound and the soft uses of every row at scaled prices."""
        worth = np.zeros(len(self._options.starts) - 1)
        use = self._sum(lambda one, block, total: _split(*block, one, self._heat, prices, worth, total))
        return float(prices @ self._right + worth.sum()), use

    def _sum(self, work: Callable[[_Options, tuple[int, int], Floats], None]) -> Floats:
        """What ``work`` adds up over all blocks; shape (rows,)."""

        def block(number: int) -> Floats:
            total = np.zeros(len(self._right))
            work(self._options, (self._cuts[number], self._cuts[number + 1]), total)
            return total

        found: Floats = np.sum(list(self._map(block, range(self._blocks))), axis=0)
        return found


@compiled
def _split(begin: int, end: int, options: _Options, heat: float, prices: Floats, worth: Floats, use: Floats) -> None:
    """Soft choices of some first parties: their worths, the shares of their options, and what these use."""
    starts, shares, amounts, rows = options.use_starts, options.shares, options.use_amounts, options.use_rows
    for first in range(begin, end):
        start, stop = options.starts[first], options.starts[first + 1]
        if start == stop:
            continue
        top = -np.inf if options.forced[first] else 0.0
        for option in range(start, stop):
            net = options.values[option]
            for place in range(starts[option], starts[option + 1]):
                net -= amounts[place] * prices[rows[place]]
            shares[option] = net
            top = max(top, net)
        total = 0.0 if options.forced[first] else np.exp(-top / heat)
        for option in range(start, stop):
            behind = (top - shares[option]) / heat
            shares[option] = np.exp(-behind) if behind < 25 else 0.0
            total += shares[option]
        worth[first] = top + heat * np.log(total)
        for option in range(start, stop):
            shares[option] /= total
            if shares[option] > 0:
                for place in range(starts[option], starts[option + 1]):
                    use[rows[place]] += shares[option] * amounts[place]


@compiled
def _add_product(begin: int, end: int, options: _Options, heat: float, way: Floats, total: Floats) -> None:
    """Add the product of the Hessian, the covariances of uses over the temperature, with a direction."""
    starts, shares, amounts, rows = options.use_starts, options.shares, options.use_amounts, options.use_rows
    along = np.empty(0, np.float64)
    for first in range(begin, end):
        start, stop = options.starts[first], options.starts[first + 1]
        if stop - start > len(along):
            along = np.empty(stop - start, np.float64)
        mean = 0.0
        for option in range(start, stop):
            if shares[option] > 1e-7:
                net = 0.0
                for place in range(starts[option], starts[option + 1]):
                    net += amounts[place] * way[rows[place]]
                along[option - start] = net
                mean += shares[option] * net
        for option in range(start, stop):
            if shares[option] > 1e-7:
                weight = shares[option] * (along[option - start] - mean) / heat
                for place in range(starts[option], starts[option + 1]):
                    total[rows[place]] += weight * amounts[place]


@compiled
def _add_diagonal(begin: int, end: int, options: _Options, heat: float, total: Floats) -> None:
    """Add about the diagonal of the Hessian: as if no two options of a first party shared a row."""
    for option in range(options.starts[begin], options.starts[end]):
        share = options.shares[option]
        if share > 1e-7:
            for place in range(options.use_starts[option], options.use_starts[option + 1]):
                amount = options.use_amounts[place]
                total[options.use_rows[place]] += share * (1 - share) / heat * amount * amount

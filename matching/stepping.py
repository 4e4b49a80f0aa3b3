"""Prices where limits are more than first parties: soft choices over all thirds, and steps row by row.

Where second parties have limits by the thousand, the path of ``smoothing`` would need lists too long for Newton's
steps. Here every first party spreads itself by a soft maximum over all its thirds and its nearest seconds, and every
price follows the overload of its row with a step of its own (Riedmiller and Braun, 1993), within a factor of the price
that it began a round with. What comes out only says where to look: bounds are proven by exact pricing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel
from matching.compiling import compiled
from matching.dual import Evaluation, Floats, evaluate, mean_value, spread, whole_prices
from matching.pricing import SHIFT, Array, Longs
from matching.shortlist import Breadth, shortlist

# Shares of the mean value: the first and the last temperature, and what a price grows from; steps and ends.
HOT, COLD = 0.04, 0.002
TRUST = 2.0
LITTLE = 5e-4
SEED = 1e-3
# Every third, and some of the nearest second parties.
LISTED = Breadth(nearest=256, sure=64, cross=0, reach=0)
# Blocks of first parties whose uses are summed one after the other, so that threads change nothing.
BLOCKS = 8
# With fewer first parties threads cost more than they bring.
FEW = 1000


class _Options(NamedTuple):
    """Options by first party: points, second party, and what of which row the third party costs."""

    starts: Longs
    points: Array
    seconds: Array
    rows: Array
    costs: Longs


class _Uses(NamedTuple):
    """What second and first parties use of rows, beside the thirds' costs."""

    starts: Longs
    items: Longs
    amounts: Longs
    amount_rows: Longs


def smooth(
    model: AxialModel, begin: Evaluation, rounds: int, stop: Callable[[Evaluation], bool], iterations: int = 40
) -> Evaluation:
    """Improve prices by up to ``rounds`` of ``iterations`` soft steps; the best exact evaluation.

    Within a round the second parties' prices move by at most a factor of 1 + ``TRUST`` (then 0.7 of that), as the best
    second parties were found at its beginning. Ends early when two rounds together gain less than ``LITTLE``.
    """
    best, temperature, trust, idle = begin, HOT, TRUST, 0
    scale = mean_value(model, begin)
    cool = (COLD / HOT) ** (1 / max(1, rounds * iterations - 1))
    for _ in range(rounds):
        prices = best.prices / float(1 << SHIFT)
        moved = _round(model, prices, scale, temperature, cool, iterations, trust)
        temperature *= cool**iterations
        trust *= 0.7
        found = evaluate(model, whole_prices(model, moved))
        idle = idle + 1 if found.bound > best.bound - LITTLE * abs(best.bound) else 0
        best = min(best, found, key=lambda one: one.bound)
        if idle == 2 or stop(best):
            break
    return best


def _round(
    model: AxialModel, prices: Floats, scale: float, temperature: float, cool: float, iterations: int, trust: float
) -> Floats:
    options = _options(model, prices)
    uses = _Uses(model.second_rows.starts, model.second_rows.items, model.amounts, model.amount_rows)
    sign = np.where(model.is_floor, -1.0, 1.0)
    seed = scale * SEED / model.typical
    size = np.maximum(np.abs(prices), seed)
    widest = np.full(model.rows, 1 + trust)
    widest[np.unique(model.thirds.rows)] = 100.0
    least, most = np.where(np.abs(prices) <= seed, seed / 100, size / widest), size * widest
    step, before = np.full(model.rows, 0.05), np.zeros(model.rows)
    with ThreadPoolExecutor() as threads:
        for _ in range(iterations):
            use = _soft_use(model, options, uses, sign * size, scale * temperature, threads)
            over = sign * np.log(np.maximum(use, 1e-9) / np.maximum(model.right, 1e-9))
            same = np.sign(over) * before
            step = np.clip(np.where(same > 0, step * 1.2, np.where(same < 0, step * 0.5, step)), 1e-4, 0.5)
            before = np.sign(over)
            size = np.clip(size * np.exp(step * np.clip(4 * over, -1, 1)), least, most)
            temperature *= cool
    return np.where(size <= seed / 2, 0.0, sign * size)


def _options(model: AxialModel, prices: Floats) -> _Options:
    """Every third party with its best second, and the nearest second parties with their best third."""
    plan = shortlist(model, spread(model, whole_prices(model, prices)), LISTED)
    starts = np.searchsorted(plan.first, np.arange(model.firsts + 1)).astype(np.int64)
    rows, costs = model.thirds.rows[plan.third_pair], model.thirds.costs[plan.third_pair]
    return _Options(starts, model.values_of(plan).astype(np.int32), model.seconds.columns[plan.pair], rows, costs)


def _soft_use(
    model: AxialModel, options: _Options, uses: _Uses, prices: Floats, heat: float, threads: ThreadPoolExecutor
) -> Floats:
    """What the first parties use of every row when they split softly; shape (rows,)."""
    first = model.first_rows.sums(prices)
    cuts = np.linspace(0, model.firsts, BLOCKS + 1).astype(np.int64)
    served = np.zeros(model.firsts)

    def work(block: int) -> Floats:
        use = np.zeros(model.rows)
        _split(cuts[block], cuts[block + 1], options, uses, prices, first, model.forced, heat, served, use)
        return use

    do = map if model.firsts < FEW else threads.map
    total: Floats = np.sum(list(do(work, range(BLOCKS))), axis=0)
    np.add.at(total, model.first_rows.items, served[model.first_rows.owners])
    return total


@compiled
def _split(
    begin: int, end: int, options: _Options, uses: _Uses, prices: Floats, first_prices: Floats,
    forced: npt.NDArray[np.bool_], heat: float, served: Floats, use: Floats,
) -> None:  # fmt: skip
    """Soft choices of some first parties: the share of each that is served, and what they use."""
    for first in range(begin, end):
        start, stop = options.starts[first], options.starts[first + 1]
        net = np.empty(stop - start, np.float64)
        top = -np.inf if forced[first] else 0.0
        for place in range(len(net)):
            option = start + place
            second = options.seconds[option]
            worth = options.points[option] - options.costs[option] * prices[options.rows[option]]
            for item in range(uses.starts[second], uses.starts[second + 1]):
                worth -= prices[uses.items[item]]
            if uses.amount_rows[second] >= 0:
                worth -= uses.amounts[first] * prices[uses.amount_rows[second]]
            net[place] = worth - first_prices[first]
            top = max(top, net[place])
        if top == -np.inf:
            continue
        total = 0.0 if forced[first] else np.exp(-top / heat)
        for place in range(len(net)):
            net[place] = np.exp((net[place] - top) / heat) if net[place] > top - 20 * heat else 0.0
            total += net[place]
        for place in range(len(net)):
            if net[place] > 0:
                option, share = start + place, net[place] / total
                served[first] += share
                use[options.rows[option]] += share * options.costs[option]
                second = options.seconds[option]
                for item in range(uses.starts[second], uses.starts[second + 1]):
                    use[uses.items[item]] += share
                if uses.amount_rows[second] >= 0:
                    use[uses.amount_rows[second]] += share * uses.amounts[first]

"""An independent check of the bound by best sets, from its prices alone (see ``checking`` and ``setbound``)."""

import numpy as np

from matching.axial import AxialModel
from matching.checking import FINE, POINT, Longs, Parts

Item = tuple[int, int]


def recompute_set_bound(model: AxialModel, sharp_prices: Longs, first_prices: Longs) -> int:
    """The bound in points that prices of rows and of first parties prove, with the best set of every second party.

    Second parties keep their own rows: a row of places, and a budget where they have one. With prices p of the other
    rows and u of the first parties,

        value of any plan <= p . right + sum u + sum over second parties of BEST SET(value - p . uses - u).

    Parameters
    ----------
    model
        The triples and their limits. Every second party has one row of places, nobody else uses it or its budget.
    sharp_prices
        Prices of the rows in ``2**-28`` points, at least 0; those of second parties' own rows are not used; (rows,).
    first_prices
        Prices of the first parties in ``2**-10`` points, at least 0; shape (firsts,).

    Returns
    -------
    int
        The bound, rounded down.

    Raises
    ------
    ValueError
        When a price is below 0, or the model is of another kind.
    """
    own = [*model.second_rows.items.tolist(), *model.amount_rows[model.amount_rows >= 0].tolist()]
    is_lean = len(own) == len(set(own)) and not set(own) & set(np.unique(model.thirds.rows).tolist())
    if not is_lean or (np.diff(model.second_rows.starts) != 1).any() or model.is_floor.any() or model.forced.any():
        raise ValueError("second parties must have rows of their own, and nothing be promised or forced")
    if (sharp_prices < 0).any() or (first_prices < 0).any():
        raise ValueError("prices must be at least 0")
    prices = sharp_prices.copy()
    prices[own] = 0
    items = _items(Parts.of(model, prices), first_prices)
    fixed = sum(int(price) * int(right) for price, right in zip(prices, model.right, strict=True))
    total = -(-fixed >> (POINT - FINE)) + sum(int(price) for price in first_prices)
    for second, found in items.items():
        row = int(model.amount_rows[second])
        room = None if row < 0 else int(model.right[row])
        total += _best_set(sorted(found, reverse=True), int(model.right[model.second_rows[second][0]]), room)
    return total >> FINE


def _items(parts: Parts, first_prices: Longs) -> dict[int, list[Item]]:
    """By second party: what each first party is worth there beyond its price, rounded up, and what it asks."""
    model, found = parts.model, dict[int, list[Item]]()
    for first in range(model.firsts):
        block = parts.block(first)
        if not block.size:
            continue
        best = block.max(axis=1)
        worth = -((parts.first[first] - best) >> (POINT - FINE)) - int(first_prices[first])
        columns = model.seconds.columns[slice(*model.seconds.starts[first : first + 2].tolist())]
        for place in np.flatnonzero((best > parts.far // 2) & (worth > 0)).tolist():
            found.setdefault(int(columns[place]), []).append((int(worth[place]), int(model.amounts[first])))
    return found


def _best_set(items: list[Item], places: int, room: int | None) -> int:
    """The greatest worth of at most so many items within the room; items come with the greatest worth first."""
    best, stack = 0, [(0, places, room, 0)]
    while stack:
        begin, left, space, worth = stack.pop()
        best = max(best, worth)
        for place in range(begin if left else len(items), len(items)):
            gain, asked = items[place]
            if worth + left * gain <= best:
                break
            if space is None or asked <= space:
                rest = None if space is None else space - asked
                stack.append((place + 1, left - 1, rest, worth + gain))
    return best

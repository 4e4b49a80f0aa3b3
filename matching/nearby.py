"""Local search where little should change: only among groups near those that lost their place."""

from dataclasses import replace

import numpy as np

from matching.axial import positions
from matching.pricing import Longs
from matching.search import Pool, anneal

# Groups that may change, and moves for each of them.
GROUPS = 40, 160, 640, 2560, 2560, 2560
MOVES = 100


def search_nearby(pool: Pool, chosen: Longs, moved: Longs, number: int, heat: float, seed: int) -> Longs:
    """Improve a choice (by group, -1 for none) among ``moved`` groups and those beside them, ``number`` in all.

    ``heat`` is the temperature in units of value; a low one, as a high one would take a good choice apart.
    """
    near = _nearest(pool, chosen, moved, number)
    options = positions(pool.starts, near)
    uses = positions(pool.use_starts, options)
    others = chosen.copy()
    others[near] = -1
    sizes = np.diff(pool.starts)[near]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    part = replace(
        pool,
        starts=starts,
        value=pool.value[options],
        reduced=pool.reduced[options],
        use_starts=np.concatenate([[0], np.cumsum(np.diff(pool.use_starts)[options])]).astype(np.int64),
        use_rows=pool.use_rows[uses],
        use_amounts=pool.use_amounts[uses],
        right=pool.right - pool.uses_of(others),
        forced=pool.forced[near],
    )
    offset = pool.starts[near] - starts[:-1]
    held = chosen[near]
    found = anneal(part, np.where(held >= 0, held - offset, -1), MOVES * len(near), heat, heat, seed)
    others[near] = np.where(found >= 0, found + offset, -1)
    return others


def _nearest(pool: Pool, chosen: Longs, moved: Longs, number: int) -> Longs:
    """The ``moved`` groups, then those that hold most of what options of these would use."""
    wanted = np.zeros(len(pool.right))
    uses = positions(pool.use_starts, positions(pool.starts, moved))
    # A row that few can use ties groups together more than one that many use.
    np.add.at(wanted, pool.use_rows[uses], 1.0)
    wanted /= np.maximum(1.0, np.bincount(pool.use_rows, minlength=len(pool.right)))
    tie = np.zeros(pool.groups)
    served = np.flatnonzero(chosen >= 0)
    owners = np.repeat(served, np.diff(pool.use_starts)[chosen[served]])
    np.add.at(tie, owners, wanted[pool.use_rows[positions(pool.use_starts, chosen[served])]])
    tie[moved] = np.inf
    return np.sort(np.argsort(-tie, kind="stable")[: max(number, len(moved))])

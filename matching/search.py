"""Local search over a pool of options: at most one per group, within limits, near floors.

Simulated annealing with ejection: an option is forced in, members of the limits that it passes are thrown out, and
these and others look for a place again. Prices guide it: an option whose reduced value lies far below the best of its
group is seldom tried, and members whose options do so are thrown out first. One seed gives one answer; the number of
moves, not the clock, ends it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.moves import State, Tables, add_up, insert, list_by_row, walk
from matching.pricing import Array, Longs

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pool:
    """Options by group, each group's in falling order of reduced value.

    Parameters
    ----------
    starts
        Options of group ``g`` are ``starts[g]:starts[g + 1]``; shape (groups + 1,).
    value, reduced
        Value, and value less priced uses, of each option; shape (options,).
    use_starts, use_rows, use_amounts
        What each option uses.
    right, is_floor
        Capacity of a limit, or what a floor asks; shape (rows,).
    penalty
        What a missing unit of a floor costs the search; shape (rows,).
    forced
        What leaving a group without an option costs the search; shape (groups,).
    """

    starts: Longs
    value: Longs
    reduced: Floats
    use_starts: Longs
    use_rows: Array
    use_amounts: Longs
    right: Longs
    is_floor: npt.NDArray[np.bool_]
    penalty: Floats
    forced: Floats

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.starts) - 1

    def uses_of(self, chosen: Longs) -> Longs:
        """What the options chosen (by group, -1 for none) use of every row."""
        used = np.zeros(len(self.right), dtype=np.int64)
        add_up(chosen, self.tables, used)
        return used

    def worth_of(self, chosen: Longs) -> float:
        """Value of a choice less the penalties of missed floors and of forced groups left out."""
        missing = np.where(self.is_floor, np.maximum(0, self.right - self.uses_of(chosen)), 0)
        value = int(self.value[chosen[chosen >= 0]].sum())
        return value - float((missing * self.penalty).sum()) - float(self.forced[chosen < 0].sum())

    @cached_property
    def tables(self) -> Tables:
        """What kernels read."""
        groups = np.repeat(np.arange(self.groups, dtype=np.int32), np.diff(self.starts))
        row_starts = np.concatenate([[0], np.cumsum(np.bincount(self.use_rows, minlength=len(self.right)))])
        row_options = np.empty(len(self.use_rows), dtype=np.int32)
        list_by_row(self.use_starts, self.use_rows, row_starts[:-1].copy(), row_options)
        return Tables(
            self.starts, groups, self.value, self.reduced, self.use_starts, self.use_rows, self.use_amounts,
            self.right, self.is_floor, self.penalty, self.forced, row_starts, row_options,
        )  # fmt: skip

    def state(self) -> State:
        """A search that has chosen nothing."""
        rooms = np.minimum(np.diff(self.tables.row_starts), self.groups)
        member_starts = np.concatenate([[0], np.cumsum(rooms)]).astype(np.int64)
        members, slots = (np.empty(member_starts[-1] + 1, dtype=np.int32) for _ in range(2))
        used, sizes = (np.zeros(len(self.right), dtype=np.int64) for _ in range(2))
        widest = int(np.diff(self.use_starts).max(initial=0))
        places = np.empty((self.groups, widest + 1), dtype=np.int32)
        chosen = np.full(self.groups, -1, dtype=np.int64)
        return State(chosen, used, member_starts, members, slots, sizes, places)


def fill(pool: Pool, chosen: Longs, order: Longs) -> Longs:
    """Insert options in the given order wherever their group is free and they fit; a new choice."""
    found = chosen.copy()
    insert(order, pool.tables, found, pool.uses_of(chosen))
    return found


def anneal(pool: Pool, chosen: Longs, moves: int, hot: float, cold: float, seed: int) -> Longs:
    """Improve a choice by ``moves`` moves, from temperature ``hot`` to ``cold`` in units of value.

    Never gives a choice of less worth than the one it began with.
    """
    if not len(pool.value):
        return chosen
    state = pool.state()
    walk(pool.tables, state, chosen, moves, hot, cold, seed)
    return state.chosen if pool.worth_of(state.chosen) >= pool.worth_of(chosen) else chosen

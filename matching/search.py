"""Local search over a pool of options: at most one per group, within limits, near floors.

Simulated annealing with ejection: an option is forced in, members of the limits that it passes are thrown out, and
these and others look for a place again. One seed gives one answer; the number of moves, not the clock, ends it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.compiling import compiled
from matching.pricing import Array, Longs, Whole

Floats = npt.NDArray[np.float64]
MOST_EJECTED = 6
MOST_TOUCHED = 24
FILLS = 3


class Tables(NamedTuple):
    """A pool as kernels read it; see ``Pool``. ``groups`` (options,) is the group of each option."""

    starts: Longs
    groups: Longs
    value: Longs
    reduced: Floats
    use_starts: Longs
    use_rows: Array
    use_amounts: Longs
    right: Longs
    is_floor: npt.NDArray[np.bool_]
    penalty: Floats
    forced: Floats


class State(NamedTuple):
    """Where a search stands.

    ``chosen`` (groups,) is the option of each group, -1 for none; ``used`` (rows,) what they use. The members of limit
    ``r`` stand at ``member_starts[r]`` and on, ``sizes[r]`` of them: in ``members`` the group, in ``slots`` which of
    the uses of its option it is; ``places`` (groups, uses) tells where each use of a group stands among the members.
    """

    chosen: Longs
    used: Longs
    member_starts: Longs
    members: Longs
    slots: Longs
    sizes: Longs
    places: Longs


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
        _add_up(chosen, self.tables, used)
        return used

    @cached_property
    def tables(self) -> Tables:
        """What kernels read."""
        groups = np.repeat(np.arange(self.groups, dtype=np.int64), np.diff(self.starts))
        return Tables(
            self.starts, groups, self.value, self.reduced, self.use_starts, self.use_rows, self.use_amounts,
            self.right, self.is_floor, self.penalty, self.forced,
        )  # fmt: skip

    @cached_property
    def by_row(self) -> tuple[Longs, Longs]:
        """The options that use each row, row by row, and where those of each row start; the latter (rows + 1,)."""
        owners = np.repeat(np.arange(len(self.value), dtype=np.int64), np.diff(self.use_starts))
        order = np.argsort(self.use_rows, kind="stable")
        starts = np.searchsorted(self.use_rows[order], np.arange(len(self.right) + 1)).astype(np.int64)
        return owners[order], starts

    def state(self) -> State:
        """A search that has chosen nothing."""
        rooms = np.minimum(np.diff(self.by_row[1]), self.groups)
        member_starts = np.concatenate([[0], np.cumsum(rooms)]).astype(np.int64)
        members, slots = (np.zeros(member_starts[-1] + 1, dtype=np.int64) for _ in range(2))
        used, sizes = (np.zeros(len(self.right), dtype=np.int64) for _ in range(2))
        widest = int(np.diff(self.use_starts).max(initial=0))
        places = np.zeros((self.groups, widest + 1), dtype=np.int64)
        chosen = np.full(self.groups, -1, dtype=np.int64)
        return State(chosen, used, member_starts, members, slots, sizes, places)

    def worth_of(self, chosen: Longs) -> float:
        """Value of a choice less the penalties of missed floors and of forced groups left out."""
        missing = np.where(self.is_floor, np.maximum(0, self.right - self.uses_of(chosen)), 0)
        value = int(self.value[chosen[chosen >= 0]].sum())
        return value - float((missing * self.penalty).sum()) - float(self.forced[chosen < 0].sum())


def fill(pool: Pool, chosen: Longs, order: Longs) -> Longs:
    """Insert options in the given order wherever their group is free and they fit; a new choice."""
    found = chosen.copy()
    _fill(order, pool.tables, found, pool.uses_of(chosen))
    return found


def anneal(pool: Pool, chosen: Longs, moves: int, hot: float, cold: float, seed: int) -> Longs:
    """Improve a choice by ``moves`` moves, from temperature ``hot`` to ``cold`` in units of value.

    Never gives a choice of less worth than the one it began with.
    """
    if not len(pool.value):
        return chosen
    state = pool.state()
    _anneal(pool.tables, state, *pool.by_row, chosen, moves, hot, cold, seed)
    return state.chosen if pool.worth_of(state.chosen) >= pool.worth_of(chosen) else chosen


@compiled
def _share(dice: Array) -> Any:
    """The next number in [0, 1) of a xorshift generator (Marsaglia, 2003)."""
    number = dice[0]
    number ^= number << np.uint64(13)
    number ^= number >> np.uint64(7)
    number ^= number << np.uint64(17)
    dice[0] = number
    return float(number >> np.uint64(11)) / 9007199254740992.0


@compiled
def _below(dice: Array, end: int) -> int:
    return int(_share(dice) * end)


@compiled
def _add_up(chosen: Longs, pool: Tables, used: Longs) -> None:
    for option in chosen:
        if option >= 0:
            for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
                used[pool.use_rows[place]] += pool.use_amounts[place]


@compiled
def _fits(pool: Tables, used: Longs, option: Whole) -> bool:
    for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
        row = pool.use_rows[place]
        if not pool.is_floor[row] and used[row] + pool.use_amounts[place] > pool.right[row]:
            return False
    return True


@compiled
def _fill(order: Longs, pool: Tables, chosen: Longs, used: Longs) -> None:
    for option in order:
        group = pool.groups[option]
        if chosen[group] < 0 and _fits(pool, used, option):
            chosen[group] = option
            for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
                used[pool.use_rows[place]] += pool.use_amounts[place]


@compiled
def _missed(pool: Tables, state: State, row: Whole, amount: Whole) -> float:
    """What the search is spared when a floor gets so many units more."""
    missing: Whole = pool.right[row] - state.used[row]
    return float(pool.penalty[row] * max(0, min(amount, missing)))


@compiled
def _put(pool: Tables, state: State, group: Whole, option: Whole) -> float:
    """Give a free group an option; the change of worth."""
    worth = float(pool.value[option]) + float(pool.forced[group])
    begin = pool.use_starts[option]
    for slot in range(pool.use_starts[option + 1] - begin):
        row, amount = pool.use_rows[begin + slot], pool.use_amounts[begin + slot]
        if pool.is_floor[row]:
            worth += _missed(pool, state, row, amount)
        else:
            last = state.member_starts[row] + state.sizes[row]
            state.members[last], state.slots[last] = group, slot
            state.places[group, slot] = last
            state.sizes[row] += 1
        state.used[row] += amount
    state.chosen[group] = option
    return worth


@compiled
def _take(pool: Tables, state: State, group: Whole) -> float:
    """Take its option from a group; the change of worth."""
    option = state.chosen[group]
    worth = float(pool.value[option]) + float(pool.forced[group])
    begin = pool.use_starts[option]
    for slot in range(pool.use_starts[option + 1] - begin):
        row, amount = pool.use_rows[begin + slot], pool.use_amounts[begin + slot]
        state.used[row] -= amount
        if pool.is_floor[row]:
            worth += _missed(pool, state, row, amount)
        else:
            state.sizes[row] -= 1
            last, here = state.member_starts[row] + state.sizes[row], state.places[group, slot]
            moved, its = state.members[last], state.slots[last]
            state.members[here], state.slots[here] = moved, its
            state.places[moved, its] = here
    state.chosen[group] = -1
    return -worth


@compiled
def _eject(
    pool: Tables, state: State, dice: Array, option: Whole, touched: Longs, before: Longs
) -> tuple[bool, int, float]:
    """Make room for an option by throwing out random members of the limits that it would pass.

    What happens is noted from place 1 of ``touched`` and ``before`` on. Gives whether there is room, how many were
    thrown out, and the change of worth.
    """
    change, ejected = 0.0, 0
    for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
        row = pool.use_rows[place]
        if pool.is_floor[row]:
            continue
        while state.used[row] + pool.use_amounts[place] > pool.right[row]:
            if state.sizes[row] == 0 or ejected == MOST_EJECTED:
                return False, ejected, change
            other = state.members[state.member_starts[row] + _below(dice, state.sizes[row])]
            ejected += 1
            touched[ejected], before[ejected] = other, state.chosen[other]
            change += _take(pool, state, other)
    return True, ejected, change


@compiled
def _best_fitting(pool: Tables, state: State, group: Whole, by_value: bool) -> Whole:
    """The option of a group that fits and has the greatest value, or reduced value; -1 where none fits."""
    found = -1
    for one in range(pool.starts[group], pool.starts[group + 1]):
        if (found < 0 or pool.value[one] > pool.value[found]) and _fits(pool, state.used, one):
            found = one
            # Options stand in falling order of reduced value.
            if not by_value:
                break
    return found


@compiled
def _anneal(
    pool: Tables, state: State, row_options: Longs, row_starts: Longs, begin: Longs, moves: int, hot: float,
    cold: float, seed: int,
) -> None:  # fmt: skip
    dice = np.array([np.uint64(seed) * np.uint64(2654435769) + np.uint64(88172645463325252)], np.uint64)
    number = len(pool.starts) - 1
    for group in range(number):
        if begin[group] >= 0:
            _put(pool, state, group, begin[group])
    touched = np.empty(MOST_TOUCHED, np.int64)
    before, waiting = touched.copy(), touched.copy()
    for move in range(moves):
        heat = hot * (cold / hot) ** (move / moves)
        group = _below(dice, number)
        span = pool.starts[group + 1] - pool.starts[group]
        if span == 0:
            continue
        option = pool.starts[group] + int(span * _share(dice) ** 2)
        if state.chosen[group] == option:
            continue
        touched[0], before[0] = group, state.chosen[group]
        change = _take(pool, state, group) if before[0] >= 0 else 0.0
        possible, ejected, lost = _eject(pool, state, dice, option, touched, before)
        change += lost
        size = ejected + 1
        if possible:
            change += _put(pool, state, group, option)
            waiting[:ejected] = touched[1:size]
            for place in range(ejected - 1, 0, -1):
                swap = _below(dice, place + 1)
                waiting[place], waiting[swap] = waiting[swap], waiting[place]
            by_value = _share(dice) < 0.5
            for other in waiting[:ejected]:
                found = _best_fitting(pool, state, other, by_value)
                if found >= 0:
                    change += _put(pool, state, other, found)
            for _ in range(FILLS):
                freed = before[_below(dice, size)]
                if freed < 0 or size == MOST_TOUCHED:
                    continue
                row = pool.use_rows[
                    pool.use_starts[freed] + _below(dice, pool.use_starts[freed + 1] - pool.use_starts[freed])
                ]
                one = row_options[row_starts[row] + _below(dice, row_starts[row + 1] - row_starts[row])]
                other = pool.groups[one]
                if state.chosen[other] < 0 and _fits(pool, state.used, one):
                    touched[size], before[size] = other, -1
                    size += 1
                    change += _put(pool, state, other, one)
        if possible and (change >= 0 or _share(dice) < np.exp(change / heat)):
            continue
        for place in range(size):
            if state.chosen[touched[place]] >= 0:
                _take(pool, state, touched[place])
        for place in range(size - 1, -1, -1):
            if before[place] >= 0 and state.chosen[touched[place]] < 0:
                _put(pool, state, touched[place], before[place])

"""Local search over a pool of options: at most one per group, within limits, near floors.

Simulated annealing with ejection: an option is forced in, members of the limits that it passes are thrown out, and
these and others look for a place again. One seed gives one answer; the number of moves, not the clock, ends it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.compiling import compiled
from matching.pricing import Array, Longs

Floats = npt.NDArray[np.float64]
MOST_EJECTED = 6
MOST_TOUCHED = 24
FILLS = 3


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
        _add_up(chosen, self.use_starts, self.use_rows, self.use_amounts, used)
        return used

    def worth_of(self, chosen: Longs) -> float:
        """Value of a choice less the penalties of missed floors and of forced groups left out."""
        missing = np.where(self.is_floor, np.maximum(0, self.right - self.uses_of(chosen)), 0)
        value = int(self.value[chosen[chosen >= 0]].sum())
        return value - float((missing * self.penalty).sum()) - float(self.forced[chosen < 0].sum())


def fill(pool: Pool, chosen: Longs, order: Longs) -> Longs:
    """Insert options in the given order wherever their group is free and they fit; a new choice."""
    found, used = chosen.copy(), pool.uses_of(chosen)
    groups = np.repeat(np.arange(pool.groups, dtype=np.int64), np.diff(pool.starts))
    _fill(order, groups, pool.use_starts, pool.use_rows, pool.use_amounts, pool.right, pool.is_floor,
          found, used)  # fmt: skip
    return found


def anneal(pool: Pool, chosen: Longs, moves: int, hot: float, cold: float, seed: int) -> Longs:
    """Improve a choice by ``moves`` moves, from temperature ``hot`` to ``cold`` in units of value.

    Never gives a choice of less worth than the one it began with.
    """
    if not len(pool.value):
        return chosen
    groups = np.repeat(np.arange(pool.groups, dtype=np.int64), np.diff(pool.starts))
    owners = np.repeat(np.arange(len(pool.value), dtype=np.int64), np.diff(pool.use_starts))
    by_row = np.argsort(pool.use_rows, kind="stable")
    row_starts = np.searchsorted(pool.use_rows[by_row], np.arange(len(pool.right) + 1)).astype(np.int64)
    found, used = chosen.copy(), pool.uses_of(chosen)
    rooms = np.bincount(pool.use_rows, minlength=len(pool.right)).astype(np.int64)
    rooms = np.minimum(rooms, pool.groups)
    member_starts = np.concatenate([[0], np.cumsum(rooms)]).astype(np.int64)
    widest = int(np.diff(pool.use_starts).max(initial=0))
    _anneal(
        pool.starts, groups, pool.value, pool.reduced, pool.use_starts, pool.use_rows, pool.use_amounts, pool.right,
        pool.is_floor, pool.penalty, pool.forced, owners[by_row], row_starts, member_starts, widest,
        found, used, moves, hot, cold, seed,
    )  # fmt: skip
    return found if pool.worth_of(found) >= pool.worth_of(chosen) else chosen


@compiled
def _share(state: Array) -> Any:
    """The next number in [0, 1) of a xorshift generator (Marsaglia, 2003)."""
    number = state[0]
    number ^= number << np.uint64(13)
    number ^= number >> np.uint64(7)
    number ^= number << np.uint64(17)
    state[0] = number
    return float(number >> np.uint64(11)) / 9007199254740992.0


@compiled
def _below(state: Array, end: int) -> int:
    return int(_share(state) * end)


@compiled
def _add_up(chosen: Longs, use_starts: Longs, use_rows: Array, use_amounts: Longs, used: Longs) -> None:
    for option in chosen:
        if option >= 0:
            for place in range(use_starts[option], use_starts[option + 1]):
                used[use_rows[place]] += use_amounts[place]


@compiled
def _fits(
    option: int, use_starts: Longs, use_rows: Array, use_amounts: Longs, right: Longs, is_floor: Array, used: Longs
) -> bool:
    for place in range(use_starts[option], use_starts[option + 1]):
        row = use_rows[place]
        if not is_floor[row] and used[row] + use_amounts[place] > right[row]:
            return False
    return True


@compiled
def _fill(
    order: Longs, groups: Longs, use_starts: Longs, use_rows: Array, use_amounts: Longs, right: Longs,
    is_floor: Array, chosen: Longs, used: Longs,
) -> None:  # fmt: skip
    for option in order:
        group = groups[option]
        if chosen[group] < 0 and _fits(option, use_starts, use_rows, use_amounts, right, is_floor, used):
            chosen[group] = option
            for place in range(use_starts[option], use_starts[option + 1]):
                used[use_rows[place]] += use_amounts[place]


@compiled
def _put(
    group: int, option: int, sign: int, value: Longs, use_starts: Longs, use_rows: Array, use_amounts: Longs,
    right: Longs, is_floor: Array, penalty: Floats, forced: Floats, used: Longs, chosen: Longs,
    member_starts: Longs, members: Longs, sizes: Longs, places: Longs, slots: Longs,
) -> float:  # fmt: skip
    """Put an option in (``sign`` 1) or take it out (-1); the change of worth."""
    worth = sign * (value[option] + forced[group])
    for slot in range(use_starts[option + 1] - use_starts[option]):
        place = use_starts[option] + slot
        row = use_rows[place]
        before = used[row]
        used[row] += sign * use_amounts[place]
        if is_floor[row]:
            worth += penalty[row] * (max(0, right[row] - before) - max(0, right[row] - used[row]))
            continue
        begin = member_starts[row]
        if sign > 0:
            members[begin + sizes[row]] = group
            slots[begin + sizes[row]] = slot
            places[group, slot] = sizes[row]
            sizes[row] += 1
        else:
            sizes[row] -= 1
            last = begin + sizes[row]
            here = begin + places[group, slot]
            members[here], slots[here] = members[last], slots[last]
            places[members[here], slots[here]] = here - begin
    chosen[group] = option if sign > 0 else -1
    return float(worth)


@compiled
def _anneal(
    starts: Longs, groups: Longs, value: Longs, reduced: Floats, use_starts: Longs, use_rows: Array,
    use_amounts: Longs, right: Longs, is_floor: Array, penalty: Floats, forced: Floats, row_options: Longs,
    row_starts: Longs, member_starts: Longs, widest: int, chosen: Longs, used: Longs, moves: int, hot: float,
    cold: float, seed: int,
) -> None:  # fmt: skip
    state = np.array([np.uint64(seed) * np.uint64(2654435769) + np.uint64(88172645463325252)], np.uint64)
    number = len(starts) - 1
    members = np.zeros(member_starts[-1] + 1, np.int64)
    slots = np.zeros(member_starts[-1] + 1, np.int64)
    sizes = np.zeros(len(right), np.int64)
    places = np.zeros((number, widest + 1), np.int64)
    initial = chosen.copy()
    used[:] = 0
    chosen[:] = -1
    for group in range(number):
        if initial[group] >= 0:
            _put(group, initial[group], 1, value, use_starts, use_rows, use_amounts, right, is_floor, penalty, forced,
                 used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip
    touched = np.empty(MOST_TOUCHED, np.int64)
    before = np.empty(MOST_TOUCHED, np.int64)
    waiting = np.empty(MOST_TOUCHED, np.int64)
    for move in range(moves):
        heat = hot * (cold / hot) ** (move / moves)
        group = _below(state, number)
        span = starts[group + 1] - starts[group]
        if span == 0:
            continue
        option = starts[group] + int(span * _share(state) ** 2)
        if chosen[group] == option:
            continue
        change, size, ejected = 0.0, 0, 0
        touched[0], before[0], size = group, chosen[group], 1
        if chosen[group] >= 0:
            change += _put(group, chosen[group], -1, value, use_starts, use_rows, use_amounts, right, is_floor,
                           penalty, forced, used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip
        possible = True
        for place in range(use_starts[option], use_starts[option + 1]):
            row = use_rows[place]
            if is_floor[row]:
                continue
            while used[row] + use_amounts[place] > right[row]:
                if sizes[row] == 0 or ejected == MOST_EJECTED:
                    possible = False
                    break
                other = members[member_starts[row] + _below(state, sizes[row])]
                touched[size], before[size] = other, chosen[other]
                waiting[ejected] = other
                size += 1
                ejected += 1
                change += _put(other, chosen[other], -1, value, use_starts, use_rows, use_amounts, right, is_floor,
                               penalty, forced, used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip
            if not possible:
                break
        if possible:
            change += _put(group, option, 1, value, use_starts, use_rows, use_amounts, right, is_floor, penalty,
                           forced, used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip
            for place in range(ejected - 1, 0, -1):
                swap = _below(state, place + 1)
                waiting[place], waiting[swap] = waiting[swap], waiting[place]
            by_value = _share(state) < 0.5
            for place in range(ejected):
                other = waiting[place]
                found, best = -1, -1e300
                for one in range(starts[other], starts[other + 1]):
                    merit = float(value[one]) if by_value else reduced[one]
                    if merit > best and _fits(one, use_starts, use_rows, use_amounts, right, is_floor, used):
                        found, best = one, merit
                if found >= 0:
                    change += _put(other, found, 1, value, use_starts, use_rows, use_amounts, right, is_floor,
                                   penalty, forced, used, chosen, member_starts, members, sizes, places,
                                   slots)  # fmt: skip
            for _ in range(FILLS):
                freed = before[_below(state, size)]
                if freed < 0 or size == MOST_TOUCHED:
                    continue
                row = use_rows[use_starts[freed] + _below(state, use_starts[freed + 1] - use_starts[freed])]
                one = row_options[row_starts[row] + _below(state, row_starts[row + 1] - row_starts[row])]
                other = groups[one]
                if chosen[other] < 0 and _fits(one, use_starts, use_rows, use_amounts, right, is_floor, used):
                    touched[size], before[size] = other, -1
                    size += 1
                    change += _put(other, one, 1, value, use_starts, use_rows, use_amounts, right, is_floor, penalty,
                                   forced, used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip
        if possible and (change >= 0 or _share(state) < np.exp(change / heat)):
            continue
        for place in range(size):
            other = touched[place]
            if chosen[other] >= 0:
                _put(other, chosen[other], -1, value, use_starts, use_rows, use_amounts, right, is_floor, penalty,
                     forced, used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip
        for place in range(size - 1, -1, -1):
            other = touched[place]
            if before[place] >= 0 and chosen[other] < 0:
                _put(other, before[place], 1, value, use_starts, use_rows, use_amounts, right, is_floor, penalty,
                     forced, used, chosen, member_starts, members, sizes, places, slots)  # fmt: skip

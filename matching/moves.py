"""Moves of the search: compiled loops over a pool and where a search stands."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.compiling import compiled
from matching.pricing import Array, Longs, Whole
from matching.scoring import Positions

Floats = npt.NDArray[np.float64]
MOST_EJECTED = 6
MOST_TOUCHED = 24
FILLS = 8
# Of so many random members of a full limit the one furthest below the best of its group is thrown out.
RIVALS = 4
# An option that falls behind what its group has by so many times the temperature is tried once in e moves.
SELDOM = 0.25
# Moves for which the temperature stays.
STEADY = 64


class Tables(NamedTuple):
    """A pool as kernels read it; see ``Pool``.

    ``groups`` (options,) is the group of each option; the options that use row ``r`` are
    ``row_options[row_starts[r] : row_starts[r + 1]]``.
    """

    starts: Longs
    groups: Positions
    value: Longs
    reduced: Floats
    use_starts: Longs
    use_rows: Array
    use_amounts: Longs
    right: Longs
    is_floor: npt.NDArray[np.bool_]
    penalty: Floats
    forced: Floats
    row_starts: Longs
    row_options: Positions


class State(NamedTuple):
    """Where a search stands.

    ``chosen`` (groups,) is the option of each group, -1 for none; ``used`` (rows,) is what they use. The members of
    limit ``r`` stand at ``member_starts[r]`` and on, ``sizes[r]`` of them: in ``members`` the group, in ``slots`` which
    of the uses of its option it is; ``places`` (groups, uses) tells where each use of a group stands among the members.
    """

    chosen: Longs
    used: Longs
    member_starts: Longs
    members: Positions
    slots: Positions
    sizes: Longs
    places: Positions


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
def _below(dice: Array, end: Whole) -> int:
    return int(_share(dice) * end)


@compiled
def add_up(chosen: Longs, pool: Tables, used: Longs) -> None:
    """Add what the options chosen (by group, -1 for none) use to ``used`` (rows,)."""
    for option in chosen:
        if option >= 0:
            for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
                used[pool.use_rows[place]] += pool.use_amounts[place]


@compiled
def list_by_row(use_starts: Longs, use_rows: Array, places: Longs, options: Positions) -> None:
    """Write the options that use each row; ``places`` (rows,) is where those of each row begin, and moves on."""
    for option in range(len(use_starts) - 1):
        for place in range(use_starts[option], use_starts[option + 1]):
            row = use_rows[place]
            options[places[row]] = option
            places[row] += 1


@compiled
def _fits(pool: Tables, used: Longs, option: Whole) -> bool:
    for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
        row = pool.use_rows[place]
        if not pool.is_floor[row] and used[row] + pool.use_amounts[place] > pool.right[row]:
            return False
    return True


@compiled
def insert(order: Longs, pool: Tables, chosen: Longs, used: Longs) -> None:
    """Insert options in the given order wherever their group is free and they fit."""
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
def _loss(pool: Tables, group: Whole, option: Whole) -> float:
    """How far an option, or none (-1), lies below the best of its group by reduced value."""
    none = -pool.forced[group]
    has = none if option < 0 else pool.reduced[option]
    return float(max(none, pool.reduced[pool.starts[group]]) - has)


@compiled
def _is_wanted(pool: Tables, state: State, option: Whole) -> bool:
    """Whether an option counts for a floor that is still missed."""
    for place in range(pool.use_starts[option], pool.use_starts[option + 1]):
        row = pool.use_rows[place]
        if pool.is_floor[row] and state.used[row] < pool.right[row]:
            return True
    return False


@compiled
def _weakest(pool: Tables, state: State, dice: Array, row: Whole) -> Whole:
    """Of some random members of a limit the one whose option falls furthest behind the best of its group."""
    found: Whole = -1
    most = -np.inf
    for _ in range(RIVALS):
        other = state.members[state.member_starts[row] + _below(dice, state.sizes[row])]
        loss = _loss(pool, other, state.chosen[other])
        if loss > most:
            found, most = other, loss
    return found


@compiled
def _eject(
    pool: Tables, state: State, dice: Array, option: Whole, touched: Longs, before: Longs
) -> tuple[bool, int, float]:
    """Make room for an option by throwing out members of the limits that it would pass.

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
            other = _weakest(pool, state, dice, row)
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
def _settle(
    pool: Tables, state: State, dice: Array, waiting: Longs, touched: Longs, before: Longs, size: int
) -> tuple[int, float]:
    """Let those that wait find a place, then others use what was freed; how many are touched, and the gain."""
    change = 0.0
    for place in range(len(waiting) - 1, 0, -1):
        swap = _below(dice, place + 1)
        waiting[place], waiting[swap] = waiting[swap], waiting[place]
    by_value = _share(dice) < 0.5
    for other in waiting:
        found = _best_fitting(pool, state, other, by_value)
        if found >= 0:
            change += _put(pool, state, other, found)
    for _ in range(FILLS):
        freed = before[_below(dice, size)]
        if freed < 0 or size == MOST_TOUCHED:
            continue
        uses = pool.use_starts[freed + 1] - pool.use_starts[freed]
        row = pool.use_rows[pool.use_starts[freed] + _below(dice, uses)]
        number = pool.row_starts[row + 1] - pool.row_starts[row]
        one = pool.row_options[pool.row_starts[row] + _below(dice, number)]
        other = pool.groups[one]
        if state.chosen[other] < 0 and _fits(pool, state.used, one):
            touched[size], before[size] = other, -1
            size += 1
            change += _put(pool, state, other, one)
    return size, change


@compiled
def _undo(pool: Tables, state: State, touched: Longs, before: Longs) -> None:
    for group in touched:
        if state.chosen[group] >= 0:
            _take(pool, state, group)
    for place in range(len(touched) - 1, -1, -1):
        if before[place] >= 0:
            _put(pool, state, touched[place], before[place])


@compiled
def walk(pool: Tables, state: State, begin: Longs, moves: int, hot: float, cold: float, seed: int) -> None:
    """Anneal from the options ``begin`` (groups,), -1 for none; ``state`` comes empty and tells what was chosen."""
    dice = np.array([np.uint64(seed) * np.uint64(2654435769) + np.uint64(88172645463325252)], np.uint64)
    for group in range(len(begin)):
        if begin[group] >= 0:
            _put(pool, state, group, begin[group])
    has_floors, heat = pool.is_floor.any(), hot
    touched = np.empty(MOST_TOUCHED, np.int64)
    before, waiting = touched.copy(), touched.copy()
    for move in range(moves):
        if move % STEADY == 0:
            heat = hot * (cold / hot) ** (move / moves)
        group = _below(dice, len(begin))
        span = pool.starts[group + 1] - pool.starts[group]
        option = pool.starts[group] + int(span * _share(dice) ** 2)
        own = state.chosen[group]
        if span == 0 or own == option:
            continue
        behind = _loss(pool, group, option) - _loss(pool, group, own)
        if behind > 0 and _share(dice) >= np.exp(-behind / (SELDOM * heat)):  # noqa: SIM102 - looked at last
            if not has_floors or not _is_wanted(pool, state, option):
                continue
        touched[0], before[0] = group, own
        change = _take(pool, state, group) if own >= 0 else 0.0
        possible, ejected, lost = _eject(pool, state, dice, option, touched, before)
        size = ejected + 1
        if possible:
            change += lost + _put(pool, state, group, option)
            waiting[:ejected] = touched[1:size]
            size, gained = _settle(pool, state, dice, waiting[:ejected], touched, before, size)
            change += gained
        if not possible or (change < 0 and _share(dice) >= np.exp(change / heat)):
            _undo(pool, state, touched[:size], before[:size])

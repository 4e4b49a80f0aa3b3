"""A pool of promising triples for the search, with what each uses."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel, Chosen, Lists
from matching.compiling import compiled, in_blocks
from matching.dual import spread
from matching.pricing import SHIFT, Array, Longs, Priced, Whole
from matching.search import Pool
from matching.shortlist import Breadth, shortlist

Floats = npt.NDArray[np.float64]
# What the search chooses from; with more first parties than ``MANY``, memory asks for fewer.
SEARCHED = Breadth(nearest=64, sure=18, cross=7, reach=0)
FEWER = Breadth(nearest=48, sure=16, cross=3, reach=0)
MANY = 10_000
# A missing unit of a floor, or a forced first party left out, costs the search so many mean values.
HARSH = 20.0


@dataclass(frozen=True)
class TriplePool:
    """The pool for the search and the triples behind its options."""

    pool: Pool
    first: Longs
    pair: Longs
    third_pair: Longs

    def plan_of(self, chosen: Longs) -> Chosen:
        """The plan of a choice (by first party, -1 for none)."""
        taken = chosen[chosen >= 0]
        return Chosen(self.first[taken], self.pair[taken], self.third_pair[taken])

    def choice_of(self, plan: Chosen) -> Longs:
        """The choice of a plan, without its triples that are not in the pool."""
        chosen = np.full(self.pool.groups, -1, dtype=np.int64)
        for first, pair, third in zip(plan.first.tolist(), plan.pair.tolist(), plan.third_pair.tolist(), strict=True):
            here = slice(*self.pool.starts[first : first + 2].tolist())
            found = np.flatnonzero((self.pair[here] == pair) & (self.third_pair[here] == third))
            if len(found):
                chosen[first] = here.start + found[0]
        return chosen


def pool_of(model: AxialModel, prices: Longs, also: Chosen | None = None) -> TriplePool:
    """The triples of greatest value less priced uses, all open specials, and those of the plan ``also``."""
    priced = spread(model, prices)
    plan, which = _listed(model, priced, SEARCHED if model.firsts <= MANY else FEWER, also)
    second = model.seconds.columns[plan.pair]
    value = model.values_of(plan)
    net = priced.net[plan.third_pair] + ((value - model.thirds.points[plan.third_pair]) << SHIFT)
    net -= priced.second[second] + model.amounts[plan.first] * priced.amount[second] + priced.first[plan.first]
    if len(model.specials):
        net -= np.where(which >= 0, priced.special[which], 0)
    order = np.lexsort((plan.third_pair, plan.pair, -net, plan.first))
    plan, which, net, value = _only(plan, order), which[order], net[order], value[order]
    uses = _uses(model, plan, which)
    mean = float(np.abs(value).mean()) if len(value) else 1.0
    pool = Pool(
        starts=np.searchsorted(plan.first, np.arange(model.firsts + 1)).astype(np.int64),
        value=value,
        reduced=net / float(1 << SHIFT),
        use_starts=uses[0],
        use_rows=uses[1],
        use_amounts=uses[2],
        right=model.right,
        is_floor=model.is_floor,
        penalty=np.where(model.is_floor, HARSH * mean + 2 * np.abs(prices) / float(1 << SHIFT), 0.0),
        forced=np.where(model.forced, 5 * HARSH * mean, 0.0),
    )
    return TriplePool(pool, plan.first, plan.pair, plan.third_pair)


class Listed(NamedTuple):
    """Triples sorted by first party: ``starts`` (firsts + 1,), values, and what each uses of which rows."""

    starts: Longs
    values: npt.NDArray[np.int32]
    use_starts: Longs
    use_rows: npt.NDArray[np.int32]
    use_amounts: Longs


def listed_of(model: AxialModel, prices: Longs, breadth: Breadth) -> Listed:
    """The triples near the best at given prices, and all open specials."""
    plan, which = _listed(model, spread(model, prices), breadth, None)
    starts = np.searchsorted(plan.first, np.arange(model.firsts + 1)).astype(np.int64)
    return Listed(starts, model.values_of(plan).astype(np.int32), *_uses(model, plan, which))


def _listed(model: AxialModel, priced: Priced, breadth: Breadth, also: Chosen | None) -> tuple[Chosen, Longs]:
    """Each triple once, sorted by first party, and which special it is; -1 for none."""
    plan, special = shortlist(model, priced, breadth), model.specials
    if also is None and not len(special):
        return plan, np.full(len(plan), -1, dtype=np.int64)
    parts = [plan, *([] if also is None else [also])]
    parts.append(Chosen(*(one[special.is_open] for one in (special.first, special.pair, special.third_pair))))
    first, pair, third = (
        np.concatenate([getattr(part, axis) for part in parts]) for axis in ("first", "pair", "third_pair")
    )
    # A pair of first and second names the first, so both positions name the triple, and sorting them sorts by first.
    _, kept = np.unique(pair * max(1, len(model.thirds.columns)) + third, return_index=True)
    plan = Chosen(first[kept], pair[kept], third[kept])
    which = model.special_of(plan)
    is_open = (which < 0) | special.is_open[which] if len(special) else which < 0
    return _only(plan, is_open), which[is_open]


def _only(plan: Chosen, which: npt.NDArray[np.generic]) -> Chosen:
    return Chosen(plan.first[which], plan.pair[which], plan.third_pair[which])


class _Rules(NamedTuple):
    """What parties and pairs use, as ``AxialModel`` has it."""

    rows: Array
    costs: Longs
    second_starts: Longs
    second_items: Longs
    first_starts: Longs
    first_items: Longs
    third_starts: Longs
    third_items: Longs
    special_starts: Longs
    special_items: Longs
    amounts: Longs
    amount_rows: Longs


def _uses(model: AxialModel, plan: Chosen, special: Longs) -> tuple[Longs, npt.NDArray[np.int32], Longs]:
    """What the triples of a plan use: starts, rows and amounts."""
    second, third = model.seconds.columns[plan.pair], model.thirds.columns[plan.third_pair]
    lists = (model.second_rows, model.first_rows, model.third_extra)
    rules = _Rules(
        model.thirds.rows, model.thirds.costs, *_packed(model.second_rows), *_packed(model.first_rows),
        *_packed(model.third_extra), *_packed(model.specials.rows), model.amounts, model.amount_rows,
    )  # fmt: skip
    counts = 1 + (model.amount_rows[second] >= 0).astype(np.int64)
    for one, parties in zip(lists, (second, plan.first, third), strict=False):
        counts += np.diff(one.starts)[parties]
    if len(model.specials):
        counts += np.where(special >= 0, np.diff(model.specials.rows.starts)[special], 0)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows, amounts = np.empty(starts[-1], dtype=np.int32), np.ones(starts[-1], dtype=np.int64)
    in_blocks(
        lambda begin, end: _list_uses(
            begin, end, plan.first, second, third, plan.third_pair, special, rules, starts, rows, amounts
        ),
        len(plan.first),
    )
    if not len(model.specials) and not len(model.third_extra.items):
        return starts, rows, amounts
    owner, rows, amounts = _merged(np.repeat(np.arange(len(counts)), counts), rows, amounts, model.rows)
    return np.searchsorted(owner, np.arange(len(counts) + 1)).astype(np.int64), rows, amounts


def _packed(lists: Lists) -> tuple[Longs, Longs]:
    return lists.starts, lists.items


@compiled
def _list_uses(
    begin: int, end: int, first: Longs, second: Array, third: Array, third_pair: Longs, special: Longs, rules: _Rules,
    starts: Longs, rows: npt.NDArray[np.int32], amounts: Longs,
) -> None:  # fmt: skip
    """Write the uses of some triples; ``amounts`` comes full of ones."""
    for one in range(begin, end):
        at = starts[one]
        rows[at], amounts[at] = rules.rows[third_pair[one]], rules.costs[third_pair[one]]
        at = _copy(rules.second_starts, rules.second_items, second[one], at + 1, rows)
        at = _copy(rules.first_starts, rules.first_items, first[one], at, rows)
        at = _copy(rules.third_starts, rules.third_items, third[one], at, rows)
        if special[one] >= 0:
            at = _copy(rules.special_starts, rules.special_items, special[one], at, rows)
        if rules.amount_rows[second[one]] >= 0:
            rows[at], amounts[at] = rules.amount_rows[second[one]], rules.amounts[first[one]]


@compiled
def _copy(starts: Longs, items: Longs, party: Whole, at: Whole, rows: npt.NDArray[np.int32]) -> Whole:
    """Copy the rows of a party; the place after them."""
    for item in range(starts[party], starts[party + 1]):
        rows[at] = items[item]
        at += 1
    return at


def _merged(
    owner: Longs, row: npt.NDArray[np.int32], amount: Longs, rows: int
) -> tuple[Longs, npt.NDArray[np.int32], Longs]:
    """The same uses with those of one row by one triple added up."""
    codes, where = np.unique(owner * rows + row, return_inverse=True)
    total = np.zeros(len(codes), dtype=np.int64)
    np.add.at(total, where, amount)
    return codes // rows, (codes % rows).astype(np.int32), total

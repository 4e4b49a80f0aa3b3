"""The array form of a large choice: at most one triple (first, second, third) for every first party, under limits.

Known as the axial three-index assignment problem with side constraints. No triple is ever listed: three tables of
pairs hold them all (see ``pricing``). No domain word appears here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.pricing import Array, Banned, Longs, Seconds, Thirds


@dataclass(frozen=True)
class Lists:
    """A list of whole numbers for each of several parties: ``items[starts[p]:starts[p + 1]]`` are those of ``p``."""

    starts: Longs
    items: Longs

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Lists":
        """Pack Python lists."""
        starts = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
        return cls(starts, np.array([item for one in lists for item in one], dtype=np.int64))

    @classmethod
    def empty(cls, parties: int) -> "Lists":
        """No items for any of ``parties``."""
        return cls(np.zeros(parties + 1, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def __getitem__(self, party: int) -> Longs:
        return self.items[self.starts[party] : self.starts[party + 1]]

    @cached_property
    def owners(self) -> Longs:
        """The party of each item."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int64), np.diff(self.starts))

    def items_of(self, parties: Array) -> Longs:
        """All items of several parties, one party after the other."""
        found: Longs = self.items[positions(self.starts, parties)]
        return found

    def sums(self, weights: npt.NDArray[np.generic]) -> Array:
        """For each party, the sum of ``weights`` (indexed by item) over its items."""
        total = np.zeros(len(self.starts) - 1, dtype=weights.dtype)
        np.add.at(total, self.owners, weights[self.items])
        return total


@dataclass(frozen=True)
class Specials:
    """Single triples that use further rows, such as those of an earlier plan, or are forbidden; sorted by first party.

    ``first``, ``pair``, ``third_pair`` and ``is_open`` have shape (specials,); ``pair`` and ``third_pair`` are
    positions in the pair tables.
    """

    first: Longs
    pair: Longs
    third_pair: Longs
    rows: Lists
    is_open: npt.NDArray[np.bool_]

    @classmethod
    def none(cls) -> "Specials":
        """No special triples."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty, Lists.empty(0), np.zeros(0, dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class AxialModel:
    """Triples, rows (limits and floors), and what every triple uses of them.

    Parameters
    ----------
    seconds
        Pairs of first and second with a(first, second).
    thirds
        Pairs of first and third with b(first, third); a pair uses some of one row.
    across
        c(second, third) in points, -1 where the two never go together; shape (seconds, thirds).
    second_rows, first_rows, third_extra
        Rows of which a triple uses one unit for its second, first or third party.
    amounts, amount_rows
        A triple uses ``amounts[first]`` of row ``amount_rows[second]``; -1 for none.
    right
        Capacity of a limit, or what a floor asks at least; shape (rows,).
    is_floor
        Which rows are floors; shape (rows,).
    forced
        First parties that must get a triple; shape (firsts,).
    specials
        Triples that use further rows.
    """

    seconds: Seconds
    thirds: Thirds
    across: Array
    second_rows: Lists
    first_rows: Lists
    third_extra: Lists
    amounts: Longs
    amount_rows: Longs
    right: Longs
    is_floor: npt.NDArray[np.bool_]
    forced: npt.NDArray[np.bool_]
    specials: Specials

    def __post_init__(self) -> None:
        """Refuse what the knapsack bound could not mean."""
        if len(self.is_floor) and self.is_floor[self.thirds.rows].any():
            raise ValueError("the row that a third party costs must be a limit, not a floor")

    @property
    def firsts(self) -> int:
        """Number of first parties."""
        return len(self.seconds.starts) - 1

    @property
    def rows(self) -> int:
        """Number of limits and floors."""
        return len(self.right)

    @cached_property
    def span(self) -> int:
        """The largest c(second, third)."""
        return max(0, int(self.across.max(initial=0)))

    @cached_property
    def spans(self) -> Longs:
        """The largest c of each second party, and of all at the end; shape (seconds + 1,)."""
        largest = self.across.max(axis=1, initial=0) if self.across.size else np.zeros(len(self.across))
        return np.append(largest, self.span).astype(np.int64)

    @cached_property
    def banned(self) -> Banned:
        """The special triples, which pricing looks at apart."""
        starts = np.searchsorted(self.specials.first, np.arange(self.firsts + 1)).astype(np.int64)
        return Banned(starts, self.specials.pair, self.specials.third_pair)

    @cached_property
    def typical(self) -> npt.NDArray[np.float64]:
        """What one triple uses of a row, on average over the pairs that use it; 1 for counts; shape (rows,)."""
        size = np.ones(self.rows)
        number = np.bincount(self.thirds.rows, minlength=self.rows)
        money = np.bincount(self.thirds.rows, weights=self.thirds.costs, minlength=self.rows)
        size = np.where(number > 0, money / np.maximum(number, 1), size)
        owned = np.unique(self.amount_rows[self.amount_rows >= 0])
        if len(owned) and self.amounts.any():
            size[owned] = self.amounts[self.amounts > 0].mean()
        return np.maximum(size, 1.0)

    def sample(self, number: int) -> "AxialModel":
        """About ``number`` evenly spaced first parties, without specials; limits and floors stay as they are."""
        taken = np.arange(0, self.firsts, max(1, self.firsts // max(1, number)), dtype=np.int64)
        pairs, thirds = positions(self.seconds.starts, taken), positions(self.thirds.starts, taken)
        return replace(
            self,
            seconds=Seconds(_starts(self.seconds.starts, taken), *(one[pairs] for one in self.seconds[1:])),
            thirds=Thirds(_starts(self.thirds.starts, taken), *(one[thirds] for one in self.thirds[1:])),
            first_rows=Lists(_starts(self.first_rows.starts, taken), self.first_rows.items_of(taken)),
            amounts=self.amounts[taken],
            forced=self.forced[taken],
            specials=Specials.none(),
        )

    @cached_property
    def values_of_specials(self) -> Longs:
        """Points of the special triples; shape (specials,)."""
        special = self.specials
        return self.values_of(Chosen(special.first, special.pair, special.third_pair))

    def value_of(self, plan: "Chosen") -> int:
        """Total points of a plan."""
        return int(self.values_of(plan).sum())

    def values_of(self, plan: "Chosen") -> Longs:
        """Points of each triple of a plan."""
        together = self.across[self.seconds.columns[plan.pair], self.thirds.columns[plan.third_pair]].astype(np.int64)
        return self.seconds.points[plan.pair].astype(np.int64) + self.thirds.points[plan.third_pair] + together

    def uses_of(self, plan: "Chosen") -> Longs:
        """What a plan uses of every row; shape (rows,)."""
        use = np.zeros(self.rows, dtype=np.int64)
        second, third = self.seconds.columns[plan.pair], self.thirds.columns[plan.third_pair]
        np.add.at(use, self.thirds.rows[plan.third_pair], self.thirds.costs[plan.third_pair])
        for lists, parties in ((self.second_rows, second), (self.first_rows, plan.first), (self.third_extra, third)):
            np.add.at(use, lists.items_of(parties), 1)
        own = self.amount_rows[second]
        np.add.at(use, own[own >= 0], self.amounts[plan.first[own >= 0]])
        special = self.special_of(plan)
        np.add.at(use, self.specials.rows.items_of(special[special >= 0]), 1)
        return use

    def special_of(self, plan: "Chosen") -> Longs:
        """Which special each triple of a plan is; -1 for none."""
        found = np.full(len(plan.first), -1, dtype=np.int64)
        starts, pairs, thirds = self.banned
        for place in np.flatnonzero(starts[plan.first + 1] > starts[plan.first]):
            first = plan.first[place]
            for special in range(starts[first], starts[first + 1]):
                if pairs[special] == plan.pair[place] and thirds[special] == plan.third_pair[place]:
                    found[place] = special
        return found

    def broken_rows(self, plan: "Chosen") -> Longs:
        """Rows that a plan breaks."""
        use = self.uses_of(plan)
        return np.flatnonzero(np.where(self.is_floor, use < self.right, use > self.right))


@dataclass(frozen=True)
class Chosen:
    """A plan: for each served first party, sorted, the positions of its two pairs; arrays of equal shape."""

    first: Longs
    pair: Longs
    third_pair: Longs

    @classmethod
    def of(cls, pair: Longs, third_pair: Longs) -> "Chosen":
        """From arrays over all first parties, -1 where one is not served."""
        first = np.flatnonzero(pair >= 0).astype(np.int64)
        return cls(first, pair[first], third_pair[first])

    def __len__(self) -> int:
        return len(self.first)


def positions(starts: Longs, parties: Array) -> Longs:
    """Where the items of several parties lie, one party after the other."""
    counts = np.diff(starts)[parties]
    ends = np.cumsum(counts)
    found: Longs = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    found += np.repeat(starts[parties] - (ends - counts), counts)
    return found


def _starts(starts: Longs, parties: Longs) -> Longs:
    return np.concatenate([[0], np.cumsum(np.diff(starts)[parties])]).astype(np.int64)

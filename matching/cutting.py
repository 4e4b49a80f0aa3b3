"""Tables of pairs made smaller: without pairs that no plan can hold, or that vetoes and pins leave out.

There may be tens of millions of pairs, so nothing wider than the tables themselves is made on the way.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching.axial import AxialModel
from matching.compiling import compiled, in_blocks
from matching.pricing import Longs, Seconds, Thirds

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cut:
    """Which pairs of a table were kept, and where the pairs of each first party start, before and after."""

    kept: Bools
    before: Longs
    after: Longs

    @classmethod
    def of(cls, starts: Longs, kept: Bools) -> "Cut":
        """Count what is kept; ``starts`` has shape (firsts + 1,) and ``kept`` (pairs,)."""
        counts = np.zeros(len(starts), dtype=np.int64)
        in_blocks(lambda begin, end: _count(begin, end, starts, kept, counts), len(starts) - 1)
        return cls(kept, starts, np.cumsum(counts))

    def place_of(self, first: int, pair: int) -> int:
        """Where a pair went; -1 when it is gone."""
        if not self.kept[pair]:
            return -1
        return int(self.after[first]) + int(np.count_nonzero(self.kept[self.before[first] : pair]))


@dataclass(frozen=True)
class Moved:
    """Where the pairs of a triple went; None where all stayed."""

    pairs: Cut | None
    thirds: Cut | None

    def __call__(self, triple: tuple[int, int, int]) -> tuple[int, int, int]:
        """The triple at its new positions, -1 where one is gone."""
        first, pair, third = triple
        pair = pair if self.pairs is None else self.pairs.place_of(first, pair)
        return first, pair, third if self.thirds is None else self.thirds.place_of(first, third)


def possible(model: AxialModel, right: Longs) -> AxialModel:
    """The model without pairs that alone would pass a limit: no plan holds them, and prices would not know.

    ``right`` (rows,) is what the limits leave.
    """
    most = np.full(len(model.amount_rows), np.iinfo(np.int64).max)
    owned = model.amount_rows >= 0
    most[owned] = right[model.amount_rows[owned]]
    most[model.second_rows.owners[right[model.second_rows.items] < 1]] = -1
    kept = None
    if most.min(initial=0) < model.amounts.max(initial=0):
        kept = np.empty(len(model.seconds.columns), dtype=np.bool_)
        in_blocks(lambda begin, end: _mark(begin, end, model.seconds, model.amounts, most, kept), model.firsts)
    thirds = model.thirds.costs <= right[model.thirds.rows] if len(right) else None
    return without(model, kept, thirds)[0]


def without(model: AxialModel, pairs: Bools | None, thirds: Bools | None) -> tuple[AxialModel, Moved]:
    """The model with the pairs that are marked; a table that loses none is not copied, as it may be most of the memory.

    ``pairs`` and ``thirds`` mark the pairs to keep of the two tables; None keeps all.
    """
    cut, other = (
        None if kept is None or kept.all() else Cut.of(table.starts, kept)
        for table, kept in ((model.seconds, pairs), (model.thirds, thirds))
    )
    if cut is not None:
        columns = (one[cut.kept] for one in model.seconds[1:])
        model = replace(model, seconds=Seconds(cut.after, *columns))
    if other is not None:
        columns = (one[other.kept] for one in model.thirds[1:])
        model = replace(model, thirds=Thirds(other.after, *columns))
    return model, Moved(cut, other)


@compiled
def _mark(begin: int, end: int, seconds: Seconds, amounts: Longs, most: Longs, kept: Bools) -> None:
    """Which pairs ask no more than their second party has: ``most`` (seconds,), below 0 where nothing goes at all."""
    columns, starts = seconds.columns, seconds.starts
    for first in range(begin, end):
        for pair in range(starts[first], starts[first + 1]):
            kept[pair] = amounts[first] <= most[columns[pair]]


@compiled
def _count(begin: int, end: int, starts: Longs, kept: Bools, counts: Longs) -> None:
    """How many pairs of each first party are kept, written one place later."""
    for first in range(begin, end):
        for pair in range(starts[first], starts[first + 1]):
            counts[first + 1] += kept[pair]


@compiled
def cost_thirds(
    begin: int, end: int, starts: Longs, columns: npt.NDArray[np.generic], asked: Longs, kinds: Longs, money: Longs,
    counted: Longs, rows: npt.NDArray[np.int32], costs: Longs,
) -> None:  # fmt: skip
    """Write which row every pair of first and third uses, and how much.

    A first party asks ``asked`` (kinds, firsts) of the row ``money`` of a third party, by the third's kind; where
    either is unknown (-1), one unit of the row ``counted``. ``kinds``, ``money`` and ``counted`` have shape (thirds,).
    """
    for first in range(begin, end):
        for pair in range(starts[first], starts[first + 1]):
            third = columns[pair]
            amount = asked[kinds[third], first]
            is_money = amount >= 0 and money[third] >= 0
            rows[pair] = money[third] if is_money else counted[third]
            costs[pair] = amount if is_money else 1

"""Triples that a better plan may still hold, listed, and what each uses.

At prices that prove a bound, a triple is left out when even the best plan with it lies below what is wanted: the
knapsack of its budget is solved anew with the triple inside (reduced-cost fixing).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.axial import AxialModel, Chosen, Lists
from matching.knapsack import FINE, Decomposition, KnapsackBound, Packed
from matching.pricing import NONE, SHIFT, Longs


@dataclass(frozen=True)
class Survivors:
    """Triples in order of first party; ``most`` (triples,) is what the best plan with a triple is worth at most.

    ``uses`` has shape (rows, triples), ``values`` and ``rows``, the rows of the budgets, (triples,). ``packed`` are the
    knapsacks at the prices that prove it.
    """

    triples: Chosen
    values: Longs
    rows: Longs
    uses: sparse.csc_matrix
    most: Longs
    packed: Packed
    bound: KnapsackBound

    @classmethod
    def of(cls, model: AxialModel, bound: KnapsackBound) -> "Survivors":
        """All triples of a model that can be chosen at all."""
        triples = every_triple(model)
        values, uses = model.values_of(triples), uses_of(model, triples)
        prices = bound.prices.copy()
        prices[np.unique(model.thirds.rows)] = 0
        packed = Decomposition(model).pack(prices, bound.first_prices)
        of_third = np.full((2, len(model.thirds.columns)), NONE, dtype=np.int64)
        of_third[:, packed.items.order] = packed.most_with(model.right), packed.profit
        most, profit = of_third[:, triples.third_pair]
        kept = np.flatnonzero(most != NONE)
        most = (most - profit + _reduced(triples, values, uses, bound, prices)) >> FINE
        rows = model.thirds.rows[triples.third_pair].astype(np.int64)
        return cls(triples, values, rows, uses, most, packed, bound).only(kept)

    def only(self, which: npt.NDArray[np.generic]) -> "Survivors":
        """Some of the triples."""
        kept = Chosen(self.triples.first[which], self.triples.pair[which], self.triples.third_pair[which])
        return replace(
            self,
            triples=kept,
            values=self.values[which],
            rows=self.rows[which],
            uses=self.uses[:, which],
            most=self.most[which],
        )

    def losses_of(self, model: AxialModel, plan: Chosen) -> Longs:
        """How far a plan stays below the knapsack of every row, in ``2**-FINE`` points; shape (rows,)."""
        prices = self.bound.prices.copy()
        prices[np.unique(model.thirds.rows)] = 0
        reduced = _reduced(plan, model.values_of(plan), uses_of(model, plan), self.bound, prices)
        losses = self.packed.worth.copy()
        np.subtract.at(losses, model.thirds.rows[plan.third_pair], reduced)
        return np.maximum(losses, 0)

    def better_than(self, value: int) -> "Survivors":
        """Those that a plan of more than ``value`` may hold."""
        return self.only(np.flatnonzero(self.most > value))

    def __len__(self) -> int:
        return len(self.values)


def _reduced(triples: Chosen, values: Longs, uses: sparse.csc_matrix, bound: KnapsackBound, prices: Longs) -> Longs:
    """Values less priced uses and the prices of the first parties, in ``2**-FINE`` points, rounded up."""
    reduced: Longs = -((uses.T @ prices - (values << SHIFT)) >> (SHIFT - FINE)) - bound.first_prices[triples.first]
    return reduced


def every_triple(model: AxialModel) -> Chosen:
    """Every triple that is not forbidden."""
    none = np.zeros(0, dtype=np.int64)
    found = [(none, none, none)]
    for first in range(model.firsts):
        pairs = np.arange(*model.seconds.starts[first : first + 2], dtype=np.int64)
        thirds = np.arange(*model.thirds.starts[first : first + 2], dtype=np.int64)
        together = model.across[np.ix_(model.seconds.columns[pairs], model.thirds.columns[thirds])] >= 0
        pair, third = np.nonzero(together)
        found.append((np.full(len(pair), first, dtype=np.int64), pairs[pair], thirds[third]))
    triples = Chosen(*(np.concatenate([one[axis] for one in found]) for axis in range(3)))
    special = model.special_of(triples)
    is_open = (special < 0) | np.append(model.specials.is_open, True)[special]
    return Chosen(triples.first[is_open], triples.pair[is_open], triples.third_pair[is_open])


def uses_of(model: AxialModel, triples: Chosen) -> sparse.csc_matrix:
    """What each triple uses of every row; shape (rows, triples)."""
    second, third = model.seconds.columns[triples.pair], model.thirds.columns[triples.third_pair]
    number = np.arange(len(triples), dtype=np.int64)
    own, special = model.amount_rows[second], model.special_of(triples)
    rows = [model.thirds.rows[triples.third_pair], own[own >= 0]]
    columns = [number, number[own >= 0]]
    amounts = [model.thirds.costs[triples.third_pair], model.amounts[triples.first[own >= 0]]]

    def add(lists: Lists, parties: Longs, where: Longs) -> None:
        counts = np.diff(lists.starts)[parties]
        rows.append(lists.items_of(parties))
        columns.append(np.repeat(where, counts))
        amounts.append(np.ones(int(counts.sum()), dtype=np.int64))

    add(model.second_rows, second, number)
    add(model.first_rows, triples.first, number)
    add(model.third_extra, third, number)
    if len(model.specials):
        add(model.specials.rows, special[special >= 0], number[special >= 0])
    places = np.concatenate(rows), np.concatenate(columns)
    return sparse.csc_matrix((np.concatenate(amounts), places), shape=(model.rows, len(triples)), dtype=np.int64)

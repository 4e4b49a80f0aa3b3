"""Eligible pairs, and from them the eligible triples, without ever walking needs x practices x windows.

A triple is eligible when its three pairs are, so three small tables of pairs hold all of them.
"""

from dataclasses import dataclass

import numpy as np

from matching.criteria import Criteria, Offers
from matching.eligibility import Ground
from matching.encoding import column_type
from matching.graph import CooperationGraph
from matching.masks import (
    eligible_investors,
    eligible_offers,
    facilitator_is_not_provider,
    office_mask,
    window_mask,
)
from matching.problem import GoodPractice, Problem
from matching.rules import Rules
from matching.scoring import Bools, Columns, Indices, Points

NOT_TOGETHER = -1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Eligible pairs of two kinds of parties, sorted by row and column, and their points in hundredths.

    ``columns`` (uint16, or int32 where there are more than 65,536 parties) and ``points`` (int16) have shape (pairs,);
    ``starts`` (int64) has shape (number of rows + 1,), so that the pairs of row ``r`` are ``starts[r]:starts[r + 1]``.
    Four bytes a pair: there may be tens of millions.
    """

    starts: Indices
    columns: Columns
    points: Points

    def of_row(self, row: int) -> slice:
        """Where the pairs of a row lie."""
        return slice(int(self.starts[row]), int(self.starts[row + 1]))

    def find(self, row: int, column: int) -> int | None:
        """The position of one pair, or None when it is not eligible."""
        here = self.of_row(row)
        position = here.start + int(np.searchsorted(self.columns[here], column))
        return position if position < here.stop and self.columns[position] == column else None


@dataclass(frozen=True, slots=True)
class Triples:
    """Options for one kind of proposal: three parties each, and their points.

    Arrays of shape (options,). ``first`` is the need; ``second`` and ``third`` are the offer and the window, or the
    investor and the office.
    """

    first: Indices
    second: Indices
    third: Indices
    points: Indices

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True)
class Space:
    """All eligible triples of one kind, held as three tables of pairs.

    ``across`` (int16) has shape (second parties, third parties): the points of the two, or ``NOT_TOGETHER``.
    """

    second: Pairs
    third: Pairs
    across: Points

    def triples_of(self, need: int) -> Triples:
        """The eligible triples of one need."""
        second, third = self.second.of_row(need), self.third.of_row(need)
        columns, others = self.second.columns[second].astype(np.int64), self.third.columns[third].astype(np.int64)
        across = self.across[np.ix_(columns, others)]
        one, other = np.nonzero(across != NOT_TOGETHER)
        points = across[one, other].astype(np.int64)
        points += self.second.points[second][one]
        points += self.third.points[third][other]
        return Triples(np.full(len(one), need, dtype=np.int64), columns[one], others[other], points)

    def triples(self) -> Triples:
        """The eligible triples of all needs."""
        parts = [self.triples_of(need) for need in range(len(self.second.starts) - 1)]
        if not parts:
            empty = np.zeros(0, dtype=np.int64)
            return Triples(empty, empty, empty, empty)
        fields = ("first", "second", "third", "points")
        return Triples(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a problem and its rules allow: the triangular and the investment space, and what they were built with."""

    problem: Problem
    rules: Rules
    ground: Ground
    graph: CooperationGraph
    offers: Offers
    criteria: Criteria
    triangular: Space
    investment: Space

    def practice(self, offer: int) -> GoodPractice:
        """The practice of an offer."""
        return self.problem.practices[int(self.offers.practice[offer])]


def find_candidates(problem: Problem, rules: Rules, graph: CooperationGraph | None = None) -> Candidates:
    """Find all pairs that no hard rule keeps apart, and score them.

    A ``graph`` that was built before, over the same countries and projects, saves building it.
    """
    ground, offers = Ground.of(problem), Offers(problem)
    graph = graph or CooperationGraph(problem)
    criteria = Criteria(problem, rules, graph, offers)
    triangular, investment = _triangular(problem, offers, criteria), _investment(problem, criteria)
    return Candidates(problem, rules, ground, graph, offers, criteria, triangular, investment)


def _triangular(problem: Problem, offers: Offers, criteria: Criteria) -> Space:
    found = eligible_offers(problem, criteria.provider, offers.starts)
    second = Pairs(*found, criteria.points_of_offers(*found))
    found = pairs_of(window_mask(problem))
    third = Pairs(*found, criteria.points_of_windows(*found))
    return Space(second, third, across_windows(problem, criteria))


def across_windows(problem: Problem, criteria: Criteria) -> Points:
    """c(offer, window), -1 where the two never go together; shape (offers, windows)."""
    across = criteria.points_across_windows()
    together = facilitator_is_not_provider(criteria.donor, criteria.provider, len(problem.countries))
    across[~together] = NOT_TOGETHER
    return across


def _investment(problem: Problem, criteria: Criteria) -> Space:
    found = eligible_investors(problem)
    second = Pairs(*found, criteria.points_of_investors(*found))
    found = pairs_of(office_mask(problem))
    third = Pairs(*found, criteria.points_of_offices(*found))
    return Space(second, third, criteria.points_across_offices())


def pairs_of(mask: Bools) -> tuple[Indices, Columns]:
    """Starts (rows + 1,) and columns (pairs,) of the true entries, row by row."""
    starts = np.concatenate(([0], np.cumsum(mask.sum(axis=1)))).astype(np.int64)
    columns = np.flatnonzero(mask)
    columns %= max(1, mask.shape[1])
    return starts, columns.astype(column_type(mask.shape[1]))

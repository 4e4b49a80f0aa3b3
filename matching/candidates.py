"""Eligible pairs, and from them the eligible triples, without ever walking needs x practices x windows.

A triple is eligible when its three pairs are, so three small tables of pairs hold all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.criteria import Criteria, Indices, Offers, Part
from matching.eligibility import (
    Ground,
    is_eligible,
    judge_facilitation,
    judge_investor,
    judge_office,
    judge_practice,
    judge_window,
)
from matching.graph import CooperationGraph
from matching.problem import GoodPractice, Problem
from matching.rules import Rules


@dataclass(frozen=True, slots=True)
class Pairs:
    """Eligible pairs of two kinds of parties, sorted by row and column.

    ``rows`` and ``columns`` have shape (pairs,); ``starts`` has shape (number of rows + 1,), so that the pairs of row
    ``r`` are ``starts[r]:starts[r + 1]``.
    """

    rows: Indices
    columns: Indices
    starts: Indices
    part: Part

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

    ``eligible`` and ``across_points`` have shape (second parties, third parties) and tell which of them go together.
    """

    second: Pairs
    third: Pairs
    eligible: npt.NDArray[np.bool_]
    across: Part
    across_points: Indices

    def triples_of(self, need: int) -> Triples:
        """The eligible triples of one need."""
        second, third = self.second.of_row(need), self.third.of_row(need)
        columns, others = self.second.columns[second], self.third.columns[third]
        one, other = np.nonzero(self.eligible[np.ix_(columns, others)])
        points = (
            self.second.part.total[second][one]
            + self.third.part.total[third][other]
            + self.across_points[columns[one], others[other]]
        )
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


def find_candidates(problem: Problem, rules: Rules) -> Candidates:
    """Judge all pairs by the hard rules and score the eligible ones."""
    ground, graph, offers = Ground.of(problem), CooperationGraph(problem), Offers(problem)
    criteria = Criteria(problem, rules, graph, offers)
    return Candidates(
        problem,
        rules,
        ground,
        graph,
        offers,
        criteria,
        _triangular(problem, ground, offers, criteria),
        _investment(problem, ground, criteria),
    )


def _triangular(problem: Problem, ground: Ground, offers: Offers, criteria: Criteria) -> Space:
    needs, windows = problem.needs, problem.windows
    sides = [(problem.practices[int(offers.practice[j])], offers.provider[j]) for j in range(len(offers))]
    judged = (
        (i, j)
        for i, need in enumerate(needs)
        for j, side in enumerate(sides)
        if is_eligible(judge_practice(ground, need, *side))
    )
    second_rows, second_columns, second_starts = _indices(judged, len(needs))
    judged = (
        (i, k)
        for i, need in enumerate(needs)
        for k, one in enumerate(windows)
        if is_eligible(judge_window(ground, need, one))
    )
    third_rows, third_columns, third_starts = _indices(judged, len(needs))
    second = Pairs(second_rows, second_columns, second_starts, criteria.need_practice(second_rows, second_columns))
    third = Pairs(third_rows, third_columns, third_starts, criteria.need_window(third_rows, third_columns))
    eligible = np.array(
        [[is_eligible(judge_facilitation(ground, *side, one)) for one in windows] for side in sides], dtype=bool
    )
    eligible = eligible.reshape(len(sides), len(windows))
    j, k = (axis.ravel() for axis in np.indices(eligible.shape))
    across = criteria.practice_window(j.astype(np.int64), k.astype(np.int64))
    return Space(second, third, eligible, across, across.total.reshape(eligible.shape))


def _investment(problem: Problem, ground: Ground, criteria: Criteria) -> Space:
    needs, investors, offices = problem.needs, problem.investors, problem.offices
    judged = (
        (i, v)
        for i, need in enumerate(needs)
        for v, one in enumerate(investors)
        if is_eligible(judge_investor(ground, need, one))
    )
    second_rows, second_columns, second_starts = _indices(judged, len(needs))
    judged = (
        (i, o)
        for i, need in enumerate(needs)
        for o, one in enumerate(offices)
        if is_eligible(judge_office(ground, need, one))
    )
    third_rows, third_columns, third_starts = _indices(judged, len(needs))
    second = Pairs(second_rows, second_columns, second_starts, criteria.need_investor(second_rows, second_columns))
    third = Pairs(third_rows, third_columns, third_starts, criteria.need_office(third_rows, third_columns))
    eligible = np.ones((len(investors), len(offices)), dtype=bool)
    v, o = (axis.ravel() for axis in np.indices(eligible.shape))
    across = criteria.investor_office(v.astype(np.int64), o.astype(np.int64))
    return Space(second, third, eligible, across, across.total.reshape(eligible.shape))


def _indices(pairs: Iterator[tuple[int, int]], rows: int) -> tuple[Indices, Indices, Indices]:
    found = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    starts = np.searchsorted(found[:, 0], np.arange(rows + 1)).astype(np.int64)
    return found[:, 0].copy(), found[:, 1].copy(), starts

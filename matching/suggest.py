"""The best partners of one need at once: exact over all its triples, whatever the limits, without a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.candidates import NOT_TOGETHER, Candidates, Space, find_candidates
from matching.options import investment_parties, triangular_parties
from matching.pairings import Finder, Found
from matching.problem import Problem
from matching.rules import Rules
from matching.scoring import Columns, Indices

Parties = Mapping[str, str | None]
NUMBER = 20
# Second parties with most points of their own that are looked at first, for each suggestion asked for.
LEADERS = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One eligible triple: the keys of its parties, and its points in hundredths."""

    parties: Parties
    points: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The best triangular triples and investment pairings of a need, best first, equals by the keys of the parties."""

    need: str
    triangular: tuple[Suggestion, ...]
    investment: tuple[Suggestion, ...]


class _Side:
    """One kind of proposal: its pairs, and what orders equals."""

    def __init__(
        self, space: Space, second: Sequence[Parties], third: Sequence[Parties], vetoes: Sequence[Found]
    ) -> None:
        self._space = space
        self._second_rank, self._third_rank = (
            _ranks([tuple(one.values()) for one in side]) for side in (second, third)
        )
        self._spans = space.across.max(axis=1, initial=0).astype(np.int64)
        self._vetoes = vetoes

    def best(self, need: int, number: int) -> list[tuple[int, int, int]]:
        """Second party, third party and points of the best triples of a need.

        The triples of the second parties with most points of their own come first; of the others only those are
        looked at that could still come up to the last place.
        """
        space, pairs = self._space, self._space.second.of_row(need)
        places = space.third.of_row(need)
        second, third = space.second.columns[pairs], space.third.columns[places]
        if number < 1 or not len(second) or not len(third):
            return []
        own, other = space.second.points[pairs].astype(np.int64), space.third.points[places].astype(np.int64)
        reach = own + self._spans[second] + other.max()
        enough, kept = LEADERS * number, np.arange(len(second))
        if len(second) > enough:
            first = np.argpartition(-reach, enough)[:enough]
            points = self._points(need, second[first], third, own[first], other)
            if points.size >= number:
                kept = np.flatnonzero(reach >= _last_of_best(points.ravel(), number))
        points = self._points(need, second[kept], third, own[kept], other)
        return self._sorted(points, second[kept], third, number)

    def _points(self, need: int, second: Columns, third: Columns, own: Indices, other: Indices) -> Indices:
        """Points of all triples, -1 where a pair is not eligible or a veto forbids it; shape (seconds, thirds)."""
        across = self._space.across[np.ix_(second, third)]
        points = own[:, None] + other + across
        points[across == NOT_TOGETHER] = NOT_TOGETHER
        for veto in self._vetoes:
            if veto.need in (None, need):
                one = slice(None) if veto.second is None else np.flatnonzero(veto.second[second])[:, None]
                points[one, slice(None) if veto.third is None else np.flatnonzero(veto.third[third])] = NOT_TOGETHER
        return points

    def _sorted(self, points: Indices, second: Columns, third: Columns, number: int) -> list[tuple[int, int, int]]:
        least = max(0, _last_of_best(points.ravel(), number))
        one, other = np.nonzero(points >= least)
        found, second, third = points[one, other], second[one], third[other]
        order = np.lexsort((self._third_rank[third], self._second_rank[second], -found))[:number]
        return list(zip(second[order].tolist(), third[order].tolist(), found[order].tolist(), strict=True))


class Index:
    """Suggestions for every need of a problem, out of its tables of eligible pairs; the vetoes of the rules hold."""

    def __init__(self, candidates: Candidates) -> None:
        self._candidates, problem = candidates, candidates.problem
        self._position = {need.key: position for position, need in enumerate(problem.needs)}
        practices = candidates.offers.practice.tolist()
        offers: list[Parties] = [
            {"practice": problem.practices[practice].key, "provider": provider}
            for practice, provider in zip(practices, candidates.offers.provider, strict=True)
        ]
        windows: list[Parties] = [{"window": one.key} for one in problem.windows]
        investors: list[Parties] = [{"investor": one.key} for one in problem.investors]
        offices: list[Parties] = [{"office": one.key} for one in problem.offices]
        self._triangular = _Side(candidates.triangular, offers, windows, self._vetoes("triangular"))
        self._investment = _Side(candidates.investment, investors, offices, self._vetoes("investment"))

    def _vetoes(self, mode: str) -> list[Found]:
        finder = Finder(self._candidates, mode)
        return [found for veto in self._candidates.rules.vetoes if (found := finder.of(veto)) is not None]

    def suggest(self, need: str, number: int = NUMBER) -> Suggestions:
        """The best ``number`` triangular triples and investment pairings of a need.

        Raises
        ------
        KeyError
            When the problem has no such need.
        """
        if need not in self._position:
            raise KeyError(f"there is no need '{need}'")
        triangular = self._told(self._triangular, triangular_parties, need, number)
        return Suggestions(need, triangular, self._told(self._investment, investment_parties, need, number))

    def _told(
        self,
        side: _Side,
        parties: Callable[[Candidates, int, int, int], dict[str, str | None]],
        key: str,
        number: int,
    ) -> tuple[Suggestion, ...]:
        need = self._position[key]
        best = side.best(need, number)
        return tuple(Suggestion(parties(self._candidates, need, *pair), points) for *pair, points in best)


def build_index(problem: Problem, rules: Rules) -> Index:
    """Find all eligible pairs of a problem, ready to suggest."""
    return Index(find_candidates(problem, rules))


def _last_of_best(points: Indices, number: int) -> int:
    """The points at place ``number``, or the fewest where there are not so many."""
    place = max(0, len(points) - number)
    return int(np.partition(points, place)[place])


def _ranks(keys: Sequence[tuple[str | None, ...]]) -> Indices:
    """The place of each party when they are sorted by their keys; a key that is missing comes first."""
    order = sorted(range(len(keys)), key=lambda party: tuple(key or "" for key in keys[party]))
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[order] = np.arange(len(keys))
    return ranks

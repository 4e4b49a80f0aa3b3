"""Criteria give points. One function per criterion, vectorised over pairs; a score keeps its parts.

The value of a triple is separable: a(need, practice) + b(need, window) + c(practice, window). A criterion that is
unknown for a pair is left out there, and the weights of the others of the same part are scaled up to fill the part,
so a missing fact never lowers the points. Points are whole hundredths: a proposal has 0 to 10,000 of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.graph import CooperationGraph
from matching.problem import GoodPractice, Investor, Need, Problem
from matching.rules import Rules
from matching.similarity import Floats, code_vectors, row_cosines, text_vectors, weighted_mean
from matching.taxonomy import ThemeTree, isic_line, sdg_line

Indices = npt.NDArray[np.int64]
POINTS_PER_WEIGHT = 100
# SDG goals whose service counts as inclusion: no poverty, gender equality, reduced inequalities, climate action.
INCLUSION_GOALS = frozenset({"1", "5", "10", "13"})
# Where nothing at all is known for a part, it counts at half; the page says so.
NOTHING_KNOWN = 0.5


@dataclass(frozen=True)
class Part:
    """The points of one part of the value, for a list of pairs.

    ``points`` and ``weights`` have shape (pairs, criteria) in hundredths; points are -1 where a criterion is unknown.
    """

    criteria: tuple[str, ...]
    points: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]

    @cached_property
    def total(self) -> npt.NDArray[np.int64]:
        """Points of the part; shape (pairs,)."""
        return _known_sum(self.points)


def _known_sum(points: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    total: npt.NDArray[np.int64] = np.where(points < 0, 0, points).sum(axis=1, dtype=np.int64)
    return total


def part_of(scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Part:
    """Turn scores in [0, 1], NaN for unknown, into whole points of one part.

    Parameters
    ----------
    scores
        Criterion to scores of shape (pairs,).
    weights
        Criterion to its share of 100.
    """
    names = tuple(scores)
    table = np.column_stack([scores[name] for name in names])
    weight = np.array([weights[name] for name in names], dtype=float)
    known = ~np.isnan(table)
    known_weight = (known * weight).sum(axis=1)
    nothing = known_weight == 0
    scale = np.where(nothing, 0.0, weight.sum() / np.where(nothing, 1.0, known_weight))
    effective = known * weight * scale[:, None] * POINTS_PER_WEIGHT
    points = np.where(known, np.rint(effective * np.where(known, table, 0.0)), -1).astype(np.int64)
    if nothing.any():
        effective[nothing] = weight * POINTS_PER_WEIGHT
        points[nothing] = np.rint(weight * POINTS_PER_WEIGHT * NOTHING_KNOWN).astype(np.int64)
    return Part(names, points, np.rint(effective).astype(np.int64))


class Offers:
    """Practices at their providers: the pivotal side of a triple. A practice of three countries makes three offers."""

    def __init__(self, problem: Problem) -> None:
        pairs = [
            (index, provider)
            for index, practice in enumerate(problem.practices)
            for provider in (practice.providers or (None,))
        ]
        self.practice: Indices = np.array([index for index, _ in pairs], dtype=np.int64)
        self.provider: tuple[str | None, ...] = tuple(provider for _, provider in pairs)

    def __len__(self) -> int:
        return len(self.provider)


class Criteria:
    """All criteria over one problem. Methods take equally long arrays of indices and give scores or points."""

    def __init__(self, problem: Problem, rules: Rules, graph: CooperationGraph, offers: Offers) -> None:
        self._problem, self._rules, self._graph, self._offers = problem, rules, graph, offers
        self._needs, self._practices, self._windows = problem.needs, problem.practices, problem.windows
        self._encode(ThemeTree(problem.themes))

    def _encode(self, tree: ThemeTree) -> None:
        """Unit vectors of every coded party, over one vocabulary each."""
        needs, practices, windows = self._needs, self._practices, self._windows
        investors, offices = self._problem.investors, self._problem.offices
        sizes = {"need": len(needs), "practice": len(practices), "investor": len(investors)}
        coded: tuple[Need | GoodPractice | Investor, ...] = (*needs, *practices, *investors)
        themes = [party.themes for party in coded] + [window.themes for window in windows]
        self._themes = _split({**sizes, "window": len(windows)}, code_vectors(themes, tree.line))
        self._isic = _split(sizes, code_vectors([party.isic for party in coded], isic_line))
        targets = [need.sdg_targets for need in needs] + [one.sdg_targets for one in practices]
        self._sdg = _split({"need": len(needs), "practice": len(practices)}, code_vectors(targets, sdg_line))
        texts = [f"{need.title}. {need.text}" for need in needs] + [f"{one.title}. {one.text}" for one in practices]
        texts += [one.text for one in investors] + [one.text for one in offices]
        self._text = _split({**sizes, "office": len(offices)}, text_vectors(texts))

    # need and practice ------------------------------------------------------------------------------------------

    def demand_fit(self, i: Indices, j: Indices) -> Floats:
        """How well the practice answers the need: themes 9, industry 3, SDG targets 2, text 4, endorsement 2."""
        p = self._offers.practice[j]
        endorsed = np.array([np.nan if need.endorsed is None else float(need.endorsed) for need in self._needs])
        return weighted_mean(
            (
                (9.0, row_cosines(self._themes["need"], self._themes["practice"], i, p)),
                (3.0, row_cosines(self._isic["need"], self._isic["practice"], i, p)),
                (2.0, row_cosines(self._sdg["need"], self._sdg["practice"], i, p)),
                (4.0, np.sqrt(row_cosines(self._text["need"], self._text["practice"], i, p))),
                (2.0, endorsed[i]),
            )
        )

    def contextual_similarity(self, i: Indices, j: Indices) -> Floats:
        """How much the contexts of beneficiary and provider resemble each other."""
        return self._between(self._graph.closeness, self._beneficiary[i], self._provider[j])

    def practice_evidence(self, i: Indices, j: Indices) -> Floats:
        """Proof on record that the practice works and travels; each piece raises the score, none on record is unknown.

        Results achieved 0.6, planned 0.3; replications 0.5 for one and more for more; replicated in a country like the
        beneficiary up to 0.5; years of practice up to 0.3.
        """
        p = self._offers.practice[j]
        replications = np.array([len(practice.replicated_in) for practice in self._practices], dtype=float)
        results = {"achieved": 0.6, "planned": 0.3}
        stated = np.array([results.get(practice.results or "", np.nan) for practice in self._practices])
        year = self._problem.as_of.year
        age = np.array([np.nan if one.start_year is None else (year - one.start_year) / 10 for one in self._practices])
        known = 0.3 * np.clip(age[p], 0.0, 1.0)
        return evidence((stated[p], _saturating(replications[p], 0.5), 0.5 * self._replicated_nearby[i, p], known))

    def complementarity(self, i: Indices, j: Indices) -> Floats:
        """Signs on record that the parties can and will work together; each raises the score, none is unknown.

        Projects between the two 0.6 for one and more for more; with the five countries most like the beneficiary 0.4;
        the provider's experience elsewhere 0.2; a named owner of the need 0.5; a stated priority up to 0.4.
        """
        record = self._between(self._graph.provided, self._provider[j], self._beneficiary[i])
        like = self._between(self._provided_to_like, self._provider[j], self._beneficiary[i])
        reach = (self._graph.provided > 0).sum(axis=1)
        experience = np.where(self._provider[j] < 0, np.nan, reach[self._provider[j]])
        owned = np.array([np.nan if need.owner is None else 0.5 for need in self._needs])
        priority = np.array([np.nan if need.priority is None else 0.4 / max(1, need.priority) for need in self._needs])
        records = (_saturating(record, 0.6), _saturating(like, 0.4), _saturating(experience / 10.0, 0.2))
        return evidence((*records, owned[i], priority[i]))

    # need and window, practice and window -----------------------------------------------------------------------

    def funding_fit_of_need(self, i: Indices, k: Indices) -> Floats:
        """How well the window funds the need: themes 6, an opening that a source confirms 2, a donor's record 2."""
        as_of = self._problem.as_of
        open_ = np.array([1.0 if one.open_to is not None and one.open_to >= as_of else np.nan for one in self._windows])
        record = self._between(self._graph.facilitated, self._donor[k], self._beneficiary[i])
        return weighted_mean(
            (
                (6.0, row_cosines(self._themes["need"], self._themes["window"], i, k)),
                (2.0, open_[k]),
                (2.0, _saturating(record, 0.6)),
            )
        )

    def funding_fit_of_practice(self, j: Indices, k: Indices) -> Floats:
        """How well the window funds the practice, by themes."""
        return row_cosines(self._themes["practice"], self._themes["window"], self._offers.practice[j], k)

    def isid_inclusion(self, i: Indices) -> Floats:
        """Inclusive and sustainable development: LDC, LLDC or SIDS 5, income group 3, inclusion goals served 2."""
        countries = [self._problem.country[need.country] for need in self._needs]
        special = np.array([float(one.ldc or one.lldc or one.sids) for one in countries])
        level = {"L": 1.0, "LM": 0.75, "UM": 0.4, "H": 0.0}
        income = np.array([level.get(one.income_group or "", np.nan) for one in countries])
        goals = np.array([_inclusion(need) for need in self._needs])
        return weighted_mean(((5.0, special[i]), (3.0, income[i]), (2.0, goals[i])))

    # the parts of the value -------------------------------------------------------------------------------------

    def need_practice(self, i: Indices, j: Indices) -> Part:
        """Part a of the triangular value."""
        names = ("demand_fit", "contextual_similarity", "practice_evidence", "complementarity")
        scores = {name: getattr(self, name)(i, j) for name in names}
        return part_of(scores, {name: float(self._rules.weights[name]) for name in names})

    def need_window(self, i: Indices, k: Indices) -> Part:
        """Part b of the triangular value: half of the funding fit, and inclusion."""
        scores = {"funding_fit": self.funding_fit_of_need(i, k), "isid_inclusion": self.isid_inclusion(i)}
        weights = self._rules.weights
        return part_of(
            scores, {"funding_fit": weights["funding_fit"] / 2, "isid_inclusion": float(weights["isid_inclusion"])}
        )

    def practice_window(self, j: Indices, k: Indices) -> Part:
        """Part c of the triangular value: the other half of the funding fit."""
        return part_of(
            {"funding_fit": self.funding_fit_of_practice(j, k)}, {"funding_fit": self._rules.weights["funding_fit"] / 2}
        )

    def need_investor(self, i: Indices, v: Indices) -> Part:
        """Part a of the investment value: the mandate, where it looks, and inclusion."""
        investors = self._problem.investors
        mandate = weighted_mean(
            (
                (6.0, row_cosines(self._themes["need"], self._themes["investor"], i, v)),
                (4.0, row_cosines(self._isic["need"], self._isic["investor"], i, v)),
                (2.0, np.sqrt(row_cosines(self._text["need"], self._text["investor"], i, v))),
            )
        )
        names = len(self._problem.countries)
        focus = np.array([_focus(one.accepts, names) for one in investors], dtype=float)
        shape = (len(self._needs), len(investors))
        covered = np.array(
            [[need.country in (one.accepts or ()) for one in investors] for need in self._needs], dtype=bool
        )
        where = np.where(covered.reshape(shape)[i, v], focus[v], np.nan)
        weights = self._rules.investment_weights
        names_of = ("mandate_fit", "geographic_fit", "isid_inclusion")
        scores = dict(zip(names_of, (mandate, where, self.isid_inclusion(i)), strict=True))
        return part_of(scores, {name: float(weights[name]) for name in names_of})

    def need_office(self, i: Indices, o: Indices) -> Part:
        """Part b of the investment value: half of the office's reach, by its sectors in words."""
        words = np.sqrt(row_cosines(self._text["need"], self._text["office"], i, o))
        return part_of({"office_reach": words}, {"office_reach": self._rules.investment_weights["office_reach"] / 2})

    def investor_office(self, v: Indices, o: Indices) -> Part:
        """Part c of the investment value: the other half; 1 where the office sits in the investor's home country."""
        homes = [one.home for one in self._problem.investors]
        hosts = [one.host for one in self._problem.offices]
        near = np.array([[np.nan if home is None else float(home == host) for host in hosts] for home in homes])
        score = near.reshape(len(homes), len(hosts))[v, o]
        return part_of({"office_reach": score}, {"office_reach": self._rules.investment_weights["office_reach"] / 2})

    # what the criteria look up ----------------------------------------------------------------------------------

    @cached_property
    def _beneficiary(self) -> Indices:
        return self._positions([need.country for need in self._needs])

    @cached_property
    def _provider(self) -> Indices:
        return self._positions(self._offers.provider)

    @cached_property
    def _donor(self) -> Indices:
        return self._positions([window.donor_country for window in self._windows])

    def _positions(self, countries: Sequence[str | None]) -> Indices:
        """Positions among the countries; -1 where the country is unknown."""
        return np.array([-1 if one is None else self._graph.position[one] for one in countries], dtype=np.int64)

    @staticmethod
    def _between(table: Floats, rows: Indices, columns: Indices) -> Floats:
        """Entries of a country table; NaN where a country is unknown."""
        return np.where((rows < 0) | (columns < 0), np.nan, table[rows, columns])

    @cached_property
    def _provided_to_like(self) -> Floats:
        """Projects of a provider in the five countries most like a beneficiary; shape (countries, countries)."""
        size = len(self._graph.position)
        like = np.zeros((size, size))
        for country, row in self._graph.position.items():
            for other, _closeness in self._graph.nearest(country):
                like[row, self._graph.position[other]] = 1.0
        found: Floats = self._graph.provided @ like.T
        return found

    @cached_property
    def _replicated_nearby(self) -> Floats:
        """Closeness of the beneficiary to the closest country of replication; NaN where none is known."""
        nearby = np.full((len(self._needs), max(1, len(self._practices))), np.nan)
        for column, practice in enumerate(self._practices):
            places = [
                self._graph.position[one] for one in sorted(practice.replicated_in) if one in self._graph.position
            ]
            if places:
                nearby[:, column] = self._graph.closeness[self._beneficiary][:, places].max(axis=1)
        return nearby


def _split(sizes: Mapping[str, int], table: sparse.csr_matrix) -> dict[str, sparse.csr_matrix]:
    """Cut a stacked table back into one block of rows per kind."""
    blocks, start = {}, 0
    for kind, size in sizes.items():
        blocks[kind] = table[start : start + size]
        start += size
    return blocks


def evidence(pieces: Sequence[Floats]) -> Floats:
    """Independent pieces of evidence taken together: 1 - product(1 - piece), over those known; NaN when none is."""
    table = np.stack(pieces)
    together: Floats = 1.0 - np.where(np.isnan(table), 1.0, 1.0 - table).prod(axis=0)
    return np.where(np.isnan(table).all(axis=0), np.nan, together)


def _saturating(counts: Floats, first: float) -> Floats:
    """0 is unknown; one counts ``first``, more approach 1."""
    return np.where(counts > 0, 1.0 - (1.0 - first) * 0.7 ** np.maximum(counts - 1.0, 0.0), np.nan)


def _inclusion(need: Need) -> float:
    """Share of the need's SDG targets that serve an inclusion goal; NaN without targets."""
    if not need.sdg_targets:
        return float("nan")
    return sum(target.split(".")[0] in INCLUSION_GOALS for target in need.sdg_targets) / len(need.sdg_targets)


def _focus(accepts: frozenset[str] | None, countries: int) -> float:
    """How much a mandate concentrates: 1 for a single country, 0.5 for the whole world."""
    if not accepts:
        return float("nan")
    return 1.0 - 0.5 * float(np.log(len(accepts)) / np.log(max(2, countries)))

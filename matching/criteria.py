"""Criteria give points. One function per criterion, over listed pairs; a score keeps its parts.

The value of a triple is separable: a(need, practice) + b(need, window) + c(practice, window). A criterion that is
unknown for a pair is left out there, and the weights of the others of the same part are scaled up to fill the part,
so a missing fact never lowers the points. Points are whole hundredths: a proposal has 0 to 10,000 of them.

Here the tables are prepared that the scores look up; the scores of one pair are in ``matching.scoring``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.compiling import in_blocks
from matching.encoding import (
    column_type,
    focus_of,
    inclusion,
    member_table,
    numbers,
    ownership,
    places_of,
    practice_evidence,
    saturating,
    with_unknown,
)
from matching.graph import CooperationGraph
from matching.partners import Partners, partners_of
from matching.problem import GoodPractice, Investor, Need, Problem
from matching.rules import Rules
from matching.scoring import (
    Columns,
    Floats,
    Indices,
    InvestorTables,
    Points,
    PracticeTables,
    Scale,
    Vectors,
    list_investors,
    list_means,
    list_practices,
    list_totals,
    score_investors,
    score_practices,
    split_points,
)
from matching.similarity import (
    code_vectors,
    informative_vectors,
    postings,
    resemblance_then,
    row_cosines,
    rows_of,
    text_vectors,
    widened_text,
)
from matching.taxonomy import ThemeTree, isic_line, sdg_line

POINTS_PER_WEIGHT = 100
# Themes, an opening that a source confirms, a donor's record: half of the funding fit. House default.
WINDOW_WEIGHTS = (6.0, 2.0, 2.0)


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
        total: npt.NDArray[np.int64] = np.where(self.points < 0, 0, self.points).sum(axis=1, dtype=np.int64)
        return total


def scale_of(weights: Sequence[float]) -> Scale:
    """How the weights of a part scale up for every set of known criteria; ``weights`` are shares of 100."""
    weight = np.array(weights, dtype=float)
    known = (np.arange(2 ** len(weight))[:, None] >> np.arange(len(weight))) % 2 == 1
    known_weight = (known * weight).sum(axis=1)
    nothing = known_weight == 0
    up = np.where(nothing, 0.0, weight.sum() / np.where(nothing, 1.0, known_weight))
    effective = known * weight * up[:, None] * POINTS_PER_WEIGHT
    effective[nothing] = weight * POINTS_PER_WEIGHT
    return Scale(effective, nothing)


def part_of(scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Part:
    """Turn scores in [0, 1], NaN for unknown, into whole points of one part.

    Parameters
    ----------
    scores
        Criterion to scores of shape (pairs,).
    weights
        Criterion to its share of 100.
    """
    table = np.column_stack(list(scores.values()))
    points, effective = np.empty(table.shape, dtype=np.int64), np.empty(table.shape, dtype=np.int64)
    split_points(table, scale_of([weights[name] for name in scores]), points, effective)
    return Part(tuple(scores), points, effective)


class Offers:
    """Practices at their providers: the pivotal side of a triple. A practice of three countries makes three offers.

    ``practice`` has shape (offers,), ascending; the offers of practice ``p`` are ``starts[p]:starts[p + 1]``.
    """

    def __init__(self, problem: Problem) -> None:
        pairs = [
            (index, provider)
            for index, practice in enumerate(problem.practices)
            for provider in (practice.providers or (None,))
        ]
        self.practice: Indices = np.array([index for index, _ in pairs], dtype=np.int64)
        self.provider: tuple[str | None, ...] = tuple(provider for _, provider in pairs)
        self.starts: Indices = np.searchsorted(self.practice, np.arange(len(problem.practices) + 1)).astype(np.int64)

    def __len__(self) -> int:
        return len(self.provider)


class Criteria:
    """All criteria over one problem. Methods take equally long arrays of indices and give scores or points."""

    def __init__(self, problem: Problem, rules: Rules, graph: CooperationGraph, offers: Offers) -> None:
        self._problem, self._rules, self._graph, self._offers = problem, rules, graph, offers
        self._needs, self._practices, self._windows = problem.needs, problem.practices, problem.windows
        self._countries = [country.key for country in problem.countries]
        self.beneficiary = places_of((need.country for need in problem.needs), self._countries)
        self.provider = places_of(offers.provider, self._countries)
        self.donor = places_of((window.donor_country for window in problem.windows), self._countries)
        self._encode(ThemeTree(problem.themes))

    def _encode(self, tree: ThemeTree) -> None:
        """Unit vectors of every coded party, over one vocabulary each."""
        needs, practices, windows = self._needs, self._practices, self._windows
        investors, offices = self._problem.investors, self._problem.offices
        sizes = {"need": len(needs), "practice": len(practices), "investor": len(investors)}
        coded: tuple[Need | GoodPractice | Investor, ...] = (*needs, *practices, *investors)
        themes = [party.themes for party in coded] + [window.themes for window in windows]
        self._themes = _split({**sizes, "window": len(windows)}, code_vectors(themes, tree.line))
        self._sectors = _split(sizes, code_vectors([party.isic for party in coded], isic_line))
        asked: tuple[Need | GoodPractice, ...] = (*needs, *practices)
        del sizes["investor"]
        self._isic = _split(sizes, informative_vectors([party.isic for party in asked], isic_line))
        self._sdg = _split(sizes, informative_vectors([party.sdg_targets for party in asked], sdg_line))
        texts = [widened_text(self._problem.theme, party) for party in asked]
        texts += [one.text for one in investors] + [one.text for one in offices]
        vectors, self._words = text_vectors(texts, len(needs))
        self._text = _split({**sizes, "investor": len(investors), "office": len(offices)}, vectors)

    # listed pairs: the parts of the value -----------------------------------------------------------------------

    def need_practice(self, i: Indices, j: Indices) -> Part:
        """Part a of the triangular value, of needs and offers."""
        return self._part(self._practice_weights, self._practice_scores(i, j))

    def need_window(self, i: Indices, k: Indices) -> Part:
        """Part b of the triangular value: half of the funding fit, and inclusion."""
        return self._part(self._window_weights, self._window_scores(i, k))

    def practice_window(self, j: Indices, k: Indices) -> Part:
        """Part c of the triangular value, of offers and windows: the other half of the funding fit, by themes."""
        return self._part(self._across_weights, self._across_scores(self._offers.practice[j], k))

    def need_investor(self, i: Indices, v: Indices) -> Part:
        """Part a of the investment value: the mandate, where it looks, and inclusion."""
        return self._part(self._investor_weights, self._investor_scores(i, v))

    def need_office(self, i: Indices, o: Indices) -> Part:
        """Part b of the investment value: half of the office's reach, by its sectors in words."""
        return self._part(self._reach_weights, self._office_scores(i, o))

    def investor_office(self, v: Indices, o: Indices) -> Part:
        """Part c of the investment value: the other half; 1 where the office sits in the investor's home country."""
        return self._part(self._reach_weights, self._home_scores(v, o))

    def demand_fit(self, i: Indices, j: Indices) -> Floats:
        """How well the practice answers the need: themes, industry, SDG targets, text and endorsement."""
        return self._practice_scores(i, j)[:, 0]

    # all pairs: points only -------------------------------------------------------------------------------------

    def points_of_offers(self, starts: Indices, offers: Columns) -> Points:
        """Totals of ``need_practice`` for all eligible pairs, row by row."""
        points = np.empty(len(offers), dtype=np.int16)
        tables = self.practice_tables
        in_blocks(lambda first, last: score_practices(tables, first, last, starts, offers, points), len(self._needs))
        return points

    def points_of_investors(self, starts: Indices, investors: Columns) -> Points:
        """Totals of ``need_investor`` for all eligible pairs, row by row."""
        points = np.empty(len(investors), dtype=np.int16)
        tables = self.investor_tables
        in_blocks(lambda first, last: score_investors(tables, first, last, starts, investors, points), len(self._needs))
        return points

    def points_of_windows(self, starts: Indices, windows: Columns) -> Points:
        """Totals of ``need_window`` for all eligible pairs, row by row."""
        return _totals(self._window_scores, self._window_weights, starts, windows)

    def points_of_offices(self, starts: Indices, offices: Columns) -> Points:
        """Totals of ``need_office`` for all eligible pairs, row by row."""
        return _totals(self._office_scores, self._reach_weights, starts, offices)

    def points_across_windows(self) -> Points:
        """Totals of ``practice_window``; shape (offers, windows)."""
        shape = len(self._practices), len(self._windows)
        return _totals(self._across_scores, self._across_weights, *_every(*shape)).reshape(shape)[self._offers.practice]

    def points_across_offices(self) -> Points:
        """Totals of ``investor_office``; shape (investors, offices)."""
        shape = len(self._problem.investors), len(self._problem.offices)
        return _totals(self._home_scores, self._reach_weights, *_every(*shape)).reshape(shape)

    # scores of listed pairs, shape (pairs, criteria) -------------------------------------------------------------

    def _practice_scores(self, i: Indices, j: Indices) -> Floats:
        return list_practices(self.practice_tables, i, j, self.demand_cosines(i, j))

    def demand_cosines(self, i: Indices, j: Indices) -> Floats:
        """Closeness of themes, industry, SDG targets and text of needs and offers; shape (pairs, 4), NaN: unknown."""
        p = self._offers.practice[j]
        coded = (self._themes, self._isic, self._sdg, self._text)
        return np.column_stack([row_cosines(one["need"], one["practice"], i, p) for one in coded])

    def common_words(self, i: int, j: int) -> list[str]:
        """The words of a need and an offer that bring their texts together, the most telling first."""
        left, right = self._text["need"], self._text["practice"]
        p = int(self._offers.practice[j])
        one, other = slice(*left.starts[i : i + 2]), slice(*right.starts[p : p + 2])
        codes, here, there = np.intersect1d(left.codes[one], right.codes[other], True, return_indices=True)
        order = np.argsort(-left.values[one][here] * right.values[other][there], kind="stable")
        return [self._words[code] for code in codes[order].tolist()]

    def _window_scores(self, i: Indices, k: Indices) -> Floats:
        fit = list_means(self.window_fits(i, k), WINDOW_WEIGHTS)
        return np.column_stack((fit, self.inclusion[i]))

    def window_fits(self, i: Indices, k: Indices) -> Floats:
        """Themes of need and window, an opening that a source confirms, a donor's record; shape (pairs, 3)."""
        themes = row_cosines(self._themes["need"], self._themes["window"], i, k)
        record = self._donor_record[self.donor[k], self.beneficiary[i]]
        return np.column_stack((themes, self._open[k], record))

    def _across_scores(self, p: Indices, k: Indices) -> Floats:
        return row_cosines(self._themes["practice"], self._themes["window"], p, k)[:, None]

    def _investor_scores(self, i: Indices, v: Indices) -> Floats:
        coded = (self._themes, self._sectors, self._text)
        cosines = np.column_stack([row_cosines(one["need"], one["investor"], i, v) for one in coded])
        return list_investors(self.investor_tables, i, v, cosines)

    def _office_scores(self, i: Indices, o: Indices) -> Floats:
        return np.sqrt(row_cosines(self._text["need"], self._text["office"], i, o))[:, None]

    def _home_scores(self, v: Indices, o: Indices) -> Floats:
        home = places_of((one.home for one in self._problem.investors), self._countries)
        host = places_of((one.host for one in self._problem.offices), self._countries)
        return np.where(home[v] == len(self._countries), np.nan, home[v] == host[o])[:, None]

    def _part(self, weights: Mapping[str, float], scores: Floats) -> Part:
        return part_of(dict(zip(weights, scores.T, strict=True)), weights)

    # weights of the parts ---------------------------------------------------------------------------------------

    @cached_property
    def _practice_weights(self) -> Mapping[str, float]:
        names = ("demand_fit", "contextual_similarity", "practice_evidence", "complementarity")
        return {name: float(self._rules.weights[name]) for name in names}

    @cached_property
    def _window_weights(self) -> Mapping[str, float]:
        inclusion = float(self._rules.weights["isid_inclusion"])
        return {**self._across_weights, "isid_inclusion": inclusion}

    @cached_property
    def _across_weights(self) -> Mapping[str, float]:
        return {"funding_fit": self._rules.weights["funding_fit"] / 2}

    @cached_property
    def _investor_weights(self) -> Mapping[str, float]:
        names = ("mandate_fit", "geographic_fit", "isid_inclusion")
        return {name: float(self._rules.investment_weights[name]) for name in names}

    @cached_property
    def _reach_weights(self) -> Mapping[str, float]:
        return {"office_reach": self._rules.investment_weights["office_reach"] / 2}

    # what the criteria look up ----------------------------------------------------------------------------------

    @cached_property
    def practice_tables(self) -> PracticeTables:
        """What the scores of needs and offers look up."""
        era, closeness = resemblance_then(self._problem, [one.start_year for one in self._practices])
        return PracticeTables(
            need_themes=self._themes["need"],
            need_isic=self._isic["need"],
            need_sdg=self._sdg["need"],
            need_text=self._text["need"],
            themes=self._themes["practice"],
            isic=self._isic["practice"],
            sdg=self._sdg["practice"],
            text_known=self._text["practice"].known,
            text_postings=postings(self._text["practice"]),
            beneficiary=self.beneficiary,
            endorsed=numbers(None if need.endorsed is None else float(need.endorsed) for need in self._needs),
            owned=ownership(self._problem),
            need_profile=self.partners.profile,
            practice=self._offers.practice,
            era=era,
            provider=self.provider,
            closeness=np.pad(closeness, ((0, 0), (0, 1), (0, 1)), constant_values=np.nan),
            evidence=practice_evidence(self._problem, self._graph),
            standing=self.partners.standing,
            scale=scale_of(list(self._practice_weights.values())),
        )

    @cached_property
    def partners(self) -> Partners:
        """What past projects say of providers."""
        return partners_of(self._problem)

    @cached_property
    def investor_tables(self) -> InvestorTables:
        """What the scores of needs and investors look up."""
        accepts = [one.accepts or frozenset() for one in self._problem.investors]
        return InvestorTables(
            need_themes=self._themes["need"],
            need_isic=self._sectors["need"],
            need_text=self._text["need"],
            themes=self._themes["investor"],
            isic=self._sectors["investor"],
            text_known=self._text["investor"].known,
            text_postings=postings(self._text["investor"]),
            beneficiary=self.beneficiary,
            inclusion=self.inclusion,
            accepted=member_table(accepts, self._countries),
            focus=numbers(focus_of(one, len(self._countries)) for one in accepts),
            scale=scale_of(list(self._investor_weights.values())),
        )

    @cached_property
    def inclusion(self) -> Floats:
        """Inclusive and sustainable development; shape (needs,)."""
        return inclusion(self._problem)

    @cached_property
    def _open(self) -> Floats:
        """1 where a source confirms that the window is open, NaN elsewhere; shape (windows,)."""
        day = self._problem.as_of
        return numbers(1.0 if one.open_to is not None and one.open_to >= day else None for one in self._windows)

    @cached_property
    def _donor_record(self) -> Floats:
        """What a donor's projects for a country count; shape (countries + 1, countries + 1), donor by row."""
        return with_unknown(saturating(self._graph.facilitated, 0.6))


def _totals(
    score: Callable[[Indices, Indices], Floats], weights: Mapping[str, float], starts: Indices, columns: Columns
) -> Points:
    """Totals of all pairs of a table, block by block."""
    points, scale = np.empty(len(columns), dtype=np.int16), scale_of(list(weights.values()))

    def work(first: int, last: int) -> None:
        here = slice(starts[first], starts[last])
        rows = np.repeat(np.arange(first, last), np.diff(starts[first : last + 1]))
        list_totals(score(rows, columns[here].astype(np.int64)), scale, points[here])

    in_blocks(work, len(starts) - 1)
    return points


def _every(rows: int, columns: int) -> tuple[Indices, Columns]:
    """Starts and columns of a table of which every pair is listed."""
    return np.arange(rows + 1) * columns, np.tile(np.arange(columns, dtype=column_type(columns)), rows)


def _split(sizes: Mapping[str, int], vectors: Vectors) -> dict[str, Vectors]:
    """Cut stacked vectors back into one block of rows per kind."""
    blocks, start = {}, 0
    for kind, size in sizes.items():
        blocks[kind] = rows_of(vectors, start, start + size)
        start += size
    return blocks

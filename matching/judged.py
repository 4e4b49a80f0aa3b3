"""How well a ranking of practices agrees with judgements: NDCG, bpref, how much was judged, and intervals.

A judgement is a grade of a reader for a need and a practice: 2 relevant, 1 partly, 0 not (docs/judging.md).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.problem import Problem
from matching.retrieval import TOP, own_practices, ranked

Floats = npt.NDArray[np.float64]
Judgements = Mapping[tuple[str, str], int]
"""Grades by need and practice."""

GRADES = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the ranking of one need agrees with its judgements.

    ``ndcg`` ranks all practices, and one that was not judged counts as not relevant. ``condensed_ndcg`` leaves out of
    the ranking what was not judged. ``bpref`` looks at judged practices alone, grades 1 and 2 as relevant; it is NaN
    where no practice was judged 0. ``judged`` is the share of the first ten that were judged.
    """

    ndcg: float
    condensed_ndcg: float
    bpref: float
    judged: float


def agreements(problem: Problem, scores: Floats, judgements: Judgements, top: int = TOP) -> dict[str, Agreement]:
    """The agreement of each need that has a judged practice of grade 1 or 2; the measures do not exist elsewhere.

    ``scores`` has shape (needs, practices), in the order of the problem.
    """
    own, found = own_practices(problem), {}
    for row, need in enumerate(problem.needs):
        order = ranked(scores[row], own[row])
        grades = np.array(
            [judgements.get((need.key, problem.practices[column].key), np.nan) for column in order], dtype=float
        )
        if np.nansum(grades) > 0:
            found[need.key] = _agreement(grades, top)
    return found


def _agreement(grades: Floats, top: int) -> Agreement:
    known = ~np.isnan(grades)
    judged = grades[known]
    return Agreement(
        ndcg=ndcg(np.where(known, grades, 0.0), judged, top),
        condensed_ndcg=ndcg(judged, judged, top),
        bpref=bpref(judged > 0),
        judged=float(known[:top].mean()),
    )


def ndcg(grades: Floats, judged: Floats, top: int = TOP) -> float:
    """Normalised discounted cumulative gain of a ranking; the gain is the grade, the discount 1 / log2(rank + 1).

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002).

    ``grades`` are those of the ranked practices, the best-ranked first; ``judged`` are all grades of the need, at
    least one of them above 0.

    Examples
    --------
    >>> ndcg(np.array([2.0, 0.0, 1.0]), np.array([0.0, 1.0, 2.0]))
    0.9502344167898356
    """
    return _gain(grades[:top]) / _gain(np.sort(judged)[::-1][:top])


def _gain(grades: Floats) -> float:
    return float((grades / np.log2(np.arange(2, len(grades) + 2))).sum())


def bpref(relevant: npt.NDArray[np.bool_]) -> float:
    """Binary preference over the judged practices of a ranking: how seldom a relevant one stands below others.

    Buckley and Voorhees, "Retrieval evaluation with incomplete information" (2004), in the form of trec_eval. NaN
    where all or none are relevant.

    Examples
    --------
    >>> bpref(np.array([True, False, True, False]))
    0.75
    """
    wanted, others = int(relevant.sum()), int((~relevant).sum())
    if not wanted or not others:
        return float("nan")
    fewer = min(wanted, others)
    above = np.minimum(np.cumsum(~relevant)[relevant], fewer)
    return float(1.0 - above.mean() / fewer)


def interval(
    values: Sequence[float], groups: Sequence[Hashable], seed: int, draws: int = 2000
) -> tuple[float, float, float]:
    """Mean of the values and its 95 % bootstrap interval; whole groups are drawn, for what is alike stands together.

    There is one value and one group per need; needs of one group ask the same in other countries.
    """
    names = sorted(set(groups), key=str)
    number = np.array([names.index(group) for group in groups])
    total = np.bincount(number, values, minlength=len(names))
    size = np.bincount(number, minlength=len(names))
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(0, len(names), (draws, len(names)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(np.mean(values)), float(low), float(high)


def crossed(first: Judgements, second: Judgements) -> npt.NDArray[np.int64]:
    """How often each grade of the first met each of the second, over pairs that both hold; shape (3, 3)."""
    table = np.zeros((len(GRADES), len(GRADES)), dtype=np.int64)
    for pair in sorted(first.keys() & second.keys()):
        table[first[pair], second[pair]] += 1
    return table


def weighted_kappa(table: npt.NDArray[np.int64]) -> float:
    """Agreement of two readings beyond chance, with quadratic weights; 1 is full agreement, 0 is chance.

    Cohen, "Weighted kappa" (1968).

    ``table`` is as ``crossed`` gives it.
    """
    grades = np.arange(len(table))
    weight = (grades[:, None] - grades[None, :]) ** 2
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(1, table.sum())
    by_chance = float((weight * expected).sum())
    return 1.0 - float((weight * table).sum()) / by_chance if by_chance > 0 else 1.0


def reading_ceiling(judgements: Judgements, table: npt.NDArray[np.int64], seed: int, draws: int = 20) -> float:
    """Mean NDCG@10 that the same reader would reach, ranking the judged practices by a second reading.

    The second grade of each practice is drawn from how often it followed the first in ``table``, and practices of
    equal second grade come in a drawn order. No ranking can be told to be better than this by these judgements.
    """
    chance = np.random.Generator(np.random.PCG64(seed))
    share = np.cumsum(table / np.maximum(table.sum(axis=1, keepdims=True), 1), axis=1)
    grades: dict[str, list[int]] = {}
    for need, practice in sorted(judgements):
        grades.setdefault(need, []).append(judgements[need, practice])
    found = []
    for one in grades.values():
        first = np.array(one)
        for _ in range(draws if first.any() else 0):
            again = (chance.uniform(size=len(first))[:, None] > share[first]).sum(axis=1)
            order = np.lexsort((chance.uniform(size=len(first)), -again))
            found.append(ndcg(first[order].astype(float), first.astype(float)))
    return float(np.mean(found))

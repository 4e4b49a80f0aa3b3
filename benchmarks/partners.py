"""The ranking of partners as the points of a proposal ask it: without subjects, and years after the last project.

``python -m benchmarks.partners`` prints the two tables of "In the points of a proposal" in docs/ranking.md.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.worlds import real
from matching.encoding import evidence, saturating
from matching.evaluation import PARTS, Bench
from matching.measures import Sample, gains
from matching.past_projects import PROVIDERS, Cases, Floats, Indices, folds
from matching.problem import Problem
from matching.ranking import Ranking, fit, fit_choice, frozen, importance, ranks, signal_table
from matching.setting import Setting
from matching.signals import WEIGHED
from matching.similarity import resemblance
from matching.view import Known, View

NAMES = WEIGHED[PROVIDERS.name]
SEED = (0, 0)
CUTS = ((2009, 2013), (2011, 2015))
CLOSEST = 5


class Undated(View):
    """Every past case counts as recent as any other."""

    def recency(self, half_life: float) -> Floats:
        """A half, as where a year is not known."""
        return np.full_like(super().recency(half_life), 0.5)


def without_subjects(problem: Problem) -> tuple[Cases, int]:
    """All cases, and after so many of them the same once more without subjects, in the groups that they had."""
    plain = Bench(problem).cases[PROVIDERS]
    cases = Bench(problem, [replace(one, subjects=()) for one in problem.projects]).cases[PROVIDERS]
    for name in ("group", "question"):
        cases.__dict__[name] = np.tile(getattr(plain, name), 2)
    return cases, len(plain)


def by_hand(view: View, alike: Floats) -> Floats:
    """Complementarity before: projects of the two 0.6, with the five countries most alike 0.4, elsewhere up to 0.2."""
    seen, (asked, past) = view.weight > 0, view.party("beneficiary")
    closest = np.zeros(alike.shape)
    for row in range(len(alike)):
        order = [one for one in np.argsort(-alike[row], kind="stable") if one != row]
        closest[row, order[:CLOSEST]] = 1.0
    together = view.onto_candidates(seen * view.same("beneficiary"))
    near = view.onto_candidates(seen * closest[asked[:, None], past[None, :]])
    reach = np.minimum(view.onto_candidates(seen.astype(float)) / 30, 1)
    return np.nan_to_num(evidence((saturating(together, 0.6), saturating(near, 0.4), saturating(reach, 0.2))))


def asked_without_subjects(problem: Problem) -> None:
    """Print how the providers of past projects are found, by group."""
    (cases, number), setting, alike = without_subjects(problem), Setting(problem), resemblance(problem)
    part = folds(cases.group[:number], PARTS, np.random.Generator(np.random.PCG64(SEED)))
    found: dict[str, list[Floats]] = {"before": [], "fitted without subjects": [], "frozen": []}
    tested: list[Indices] = []
    for fold in range(PARTS):
        past, asked = np.flatnonzero(part != fold), np.flatnonzero(part == fold) + number
        known, learnt = Known(past), past + number
        weights = fit_choice(
            signal_table(View(setting, cases, learnt, known), NAMES),
            cases.open(learnt),
            cases.answer[learnt],
            importance(cases, learnt),
        )
        view = View(setting, cases, asked, known)
        table, fitted = signal_table(view, NAMES), Ranking(PROVIDERS.name, dict(zip(NAMES, weights, strict=True)))
        points = (by_hand(view, alike), fitted.points(table), frozen(PROVIDERS).points(table))
        for name, one in zip(found, points, strict=True):
            found[name].append(ranks(one, cases.open(asked), cases.answer[asked]))
        tested.append(asked)
    sample = Sample.of(cases, np.concatenate(tested))
    for name, rank in found.items():
        print(f"without subjects, {name}: MRR and mean over providers {sample.mrr(gains(np.concatenate(rank)))}")


def asked_years_later(problem: Problem) -> None:
    """Print what recency is worth years after the last known project."""
    cases, setting = Bench(problem).cases[PROVIDERS], Setting(problem)
    kinds: dict[str, Callable[..., View]] = {"with recency": View, "without": Undated}
    for until, since in CUTS:
        past = np.flatnonzero(cases.year <= until)
        asked = np.flatnonzero((cases.year >= since) & ~np.isin(cases.group, cases.group[past]))
        known, sample = Known(past), Sample.of(cases, asked)
        ranking = fit(setting, cases, known, NAMES)
        for name, kind in kinds.items():
            points = ranking.points(signal_table(kind(setting, cases, asked, known), NAMES))
            rank = ranks(points, cases.open(asked), cases.answer[asked])
            print(f"up to {until}, asked from {since} on, {name}: {sample.mrr(gains(rank))}")


def main() -> None:
    """Print both tables."""
    asked_without_subjects(real())
    asked_years_later(real())


if __name__ == "__main__":
    main()

"""How well the ranking finds real past projects: splits, figures, intervals, baselines.

Every case is asked with the past that its split and its year allow; what it is ranked against leaves out other true
answers of the same question ("filtered", Bordes et al. 2013). ``docs/ranking.md`` tells the protocol in full.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from matching.baselines import baselines_of
from matching.measures import Sample, gains
from matching.past_projects import TASKS, Cases, Flags, Floats, Indices, Task, folds, origins
from matching.problem import PastProject, Problem
from matching.ranking import BLOCK, Ranking, fit, frozen, ranks, signal_table
from matching.setting import Setting
from matching.signals import WEIGHED
from matching.view import Known, View

PARTS = 5
# Shares of the dated cases that the three training parts of the time-ordered split hold.
ORIGINS = (0.4, 0.6, 0.8)
MODEL, MEMORY = "model", "perfect memory"
Progress = Callable[[str], None]
Report = dict[str, Any]


def quiet(_stage: str) -> None:
    """Tell nobody."""


class Bench:
    """What an evaluation works on: the cases of every task over all projects, known and tested."""

    def __init__(self, problem: Problem, tested: Sequence[PastProject] = ()) -> None:
        self.problem, self.setting = problem, Setting(problem)
        self.projects = (*problem.projects, *tested)
        self.known = len(problem.projects)
        countries = [country.key for country in problem.countries]
        others = {name for one in self.projects for name in one.facilitators} - set(countries)
        self.cases: dict[Task, Cases] = {}
        for task in TASKS:
            candidates = (*countries, *sorted(others)) if task.answer == "facilitator" else countries
            self.cases[task] = Cases(task, self.projects, candidates, len(countries))


@dataclass(frozen=True)
class Answers:
    """How cases were ranked, by ranking: against all open candidates, and against those new to the given party."""

    asked: Indices
    new: Flags
    all_partners: Mapping[str, Floats]
    new_partners: Mapping[str, Floats]

    @staticmethod
    def together(parts: Sequence["Answers"]) -> "Answers":
        """The answers of several parts, one after another."""

        def joined(tables: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
            return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}

        return Answers(
            np.concatenate([part.asked for part in parts]),
            np.concatenate([part.new for part in parts]),
            joined([part.all_partners for part in parts]),
            joined([part.new_partners for part in parts]),
        )


def partners_so_far(view: View) -> Flags:
    """Candidates with a known project with the given party (the provider, where two are given)."""
    return view.count(view.same(view.cases.task.given[-1])) > 0


def ask(setting: Setting, cases: Cases, asked: Indices, known: Known, ranking: Ranking) -> Answers:
    """Rank the answers of cases by the model and by every baseline, block by block."""
    if not len(asked):
        return _nothing(cases.task)
    parts = [
        _ask_block(View(setting, cases, asked[first : first + BLOCK], known), ranking)
        for first in range(0, len(asked), BLOCK)
    ]
    return Answers.together(parts)


def _nothing(task: Task) -> Answers:
    empty = {name: np.empty(0) for name in (MODEL, *baselines_of(task))}
    none = np.empty(0, dtype=np.int64)
    return Answers(none, none.astype(np.bool_), {**empty, MEMORY: np.empty(0)}, empty)


def _ask_block(view: View, ranking: Ranking) -> Answers:
    cases, asked = view.cases, view.asked
    answer, rows = cases.answer[asked], np.arange(len(asked))
    candidates, partners = cases.open(asked), partners_so_far(view)
    untried = candidates & ~partners
    untried[rows, answer] = True
    points = {MODEL: ranking.points(signal_table(view, list(ranking.weights)))}
    points |= {name: baseline(view) for name, baseline in baselines_of(cases.task).items()}
    new = ~partners[rows, answer]
    found = {name: ranks(one, candidates, answer) for name, one in points.items()}
    found[MEMORY] = np.where(new, found[MODEL], 1.0)
    return Answers(asked, new, found, {name: ranks(one, untried, answer) for name, one in points.items()})


def figures_of(cases: Cases, answers: Answers, seed: int) -> Report:
    """The figures of one task, over all its cases."""
    return _figures(Sample.of(cases, answers.asked), answers.asked, answers.all_partners, seed)


def new_pair_figures(cases: Cases, answers: Answers, seed: int) -> Report:
    """The figures over pairs that were never together before, ranked against new partners and against all."""
    new = answers.new
    tested = Sample.of(cases, answers.asked).only(new)
    against = ({name: rank[new] for name, rank in one.items()} for one in (answers.new_partners, answers.all_partners))
    untried, everyone = (_figures(tested, answers.asked[new], one, seed) for one in against)
    return {**untried, "against_all_partners": everyone}


def _figures(tested: Sample, asked: Indices, rank: Mapping[str, Floats], seed: int) -> Report:
    told = {name: tested.figures(gains(one), seed) for name, one in rank.items() if name != MEMORY}
    model = told.pop(MODEL)
    best = {
        measure: max(told, key=lambda name: (told[name][measure] or 0.0, name))
        for measure in ("mrr", "mrr_mean_over_providers")
    }
    return {
        "n": len(np.unique(asked)),
        "model": model,
        "baselines": told,
        "best_baseline": best,
        "times_the_best_baseline": {
            measure: _ratio(model[measure], told[name][measure]) for measure, name in best.items()
        },
    }


def _ratio(value: Any, other: Any) -> float | None:
    return round(value / other, 3) if value and other else None


def split_by_group(bench: Bench, task: Task, seed: int, repeat: int) -> list[tuple[Indices, Known]]:
    """Five parts of whole near-repeat groups; each is tested on what the other four know of earlier years."""
    cases = bench.cases[task]
    chance = np.random.Generator(np.random.PCG64((seed, repeat)))
    part = folds(cases.group, PARTS, chance)
    numbers = [number for number in range(PARTS) if (part == number).any()]
    return [(np.flatnonzero(part == number), Known(np.flatnonzero(part != number))) for number in numbers]


def split_by_time(bench: Bench, task: Task) -> list[tuple[Indices, Known]]:
    """Three training parts up to a year; each is tested on the years until the next, without its near-repeats."""
    cases = bench.cases[task]
    ends = (*origins(cases.year, ORIGINS), np.inf)
    found = []
    for first, last in pairwise(ends):
        past = np.flatnonzero(cases.year <= first)
        later = (cases.year > first) & (cases.year <= last) & ~np.isin(cases.group, cases.group[past])
        if later.any():
            found.append((np.flatnonzero(later), Known(past)))
    return found


class Evaluation:
    """An evaluation on the projects of a problem; ``seed`` draws splits and resamples, ``repeats`` is at least 1."""

    def __init__(self, problem: Problem, seed: int = 0, repeats: int = 3, tell: Progress = quiet) -> None:
        self.bench, self.seed, self.repeats, self.tell = Bench(problem), seed, repeats, tell
        self.first: dict[Task, Ranking] = {}
        self.rankings: dict[Task, list[Ranking]] = {task: [] for task in TASKS}

    def report(self) -> Report:
        """Figures of all tasks under both splits, new pairs apart, each repeat, the ceiling and the weights."""
        grouped = {task: [self._by_group(task, repeat) for repeat in range(self.repeats)] for task in TASKS}
        pooled = {task: Answers.together(parts) for task, parts in grouped.items()}
        timed = {task: self._answers(task, split_by_time(self.bench, task)) for task in TASKS}
        cases, seed = self.bench.cases, self.seed
        return {
            "split": "near-repeat groups",
            "seed": seed,
            "repeats": self.repeats,
            "projects": len(self.bench.projects),
            "tasks": {task.name: figures_of(cases[task], pooled[task], seed) for task in TASKS},
            "new_pairs": {task.name: new_pair_figures(cases[task], pooled[task], seed) for task in TASKS},
            "time_ordered": {task.name: figures_of(cases[task], one, seed) for task, one in timed.items()},
            "repeated_splits": {task.name: [self._brief(task, one) for one in grouped[task]] for task in TASKS},
            "ceiling": {task.name: ceiling(cases[task], pooled[task]) for task in TASKS},
            "weights": {task.name: self._mean_weights(task) for task in TASKS},
        }

    def fitted(self, task: Task, known: Known) -> Ranking:
        """A ranking fitted on a training part; later fits begin where the first one ended."""
        start = self.first.get(task)
        ranking = fit(self.bench.setting, self.bench.cases[task], known, WEIGHED[task.name], start)
        self.first.setdefault(task, ranking)
        return ranking

    def _by_group(self, task: Task, repeat: int) -> Answers:
        self.tell(f"{task.name}, split {repeat + 1} of {self.repeats}")
        return self._answers(task, split_by_group(self.bench, task, self.seed, repeat))

    def _answers(self, task: Task, parts: Sequence[tuple[Indices, Known]]) -> Answers:
        found = []
        for asked, known in parts:
            ranking = self.fitted(task, known)
            self.rankings[task].append(ranking)
            found.append(ask(self.bench.setting, self.bench.cases[task], asked, known, ranking))
        return Answers.together(found) if found else _nothing(task)

    def _brief(self, task: Task, answers: Answers) -> Report:
        tested = Sample.of(self.bench.cases[task], answers.asked)
        new = tested.only(answers.new)
        both = {
            "tasks": {name: tested.mrr(gains(rank)) for name, rank in answers.all_partners.items() if name != MEMORY},
            "new_pairs": {name: new.mrr(gains(rank[answers.new])) for name, rank in answers.new_partners.items()},
        }
        return {
            part: {name: {"mrr": one, "mrr_mean_over_providers": over} for name, (one, over) in told.items()}
            for part, told in both.items()
        }

    def _mean_weights(self, task: Task) -> dict[str, float]:
        rankings = self.rankings[task]
        return {
            name: round(float(np.mean([one.weights[name] for one in rankings] or [0.0])), 3)
            for name in WEIGHED[task.name]
        }


def ceiling(cases: Cases, answers: Answers) -> Report:
    """What a ranking would reach that put every partner of the past first whenever it is the answer.

    New pairs keep the rank that the model gives them.
    """
    tested = Sample.of(cases, answers.asked)
    if not len(answers.asked):
        return {}
    overall, over = tested.mrr(gains(answers.all_partners[MEMORY]))
    return {
        "mrr": overall,
        "mrr_mean_over_providers": over,
        "share_of_new_pairs": round(float(np.average(answers.new, weights=tested.share)), 4),
        "providers_only_in_new_pairs": int(
            len(np.unique(tested.provider)) - len(np.unique(tested.provider[~answers.new]))
        ),
        "providers": len(np.unique(tested.provider)),
    }


def evaluate(problem: Problem, seed: int = 0, repeats: int = 3, tell: Progress = quiet) -> Report:
    """Evaluate the ranking on the past projects of a problem; the same input gives the same report."""
    return Evaluation(problem, seed, repeats, tell).report()


def evaluate_on(problem: Problem, tested: Sequence[PastProject], seed: int = 0, tell: Progress = quiet) -> Report:
    """Evaluate the frozen ranking on given projects, with all that the problem knows of other projects, of any year.

    For each question the problem's near-repeats of its project, and a project of the same reference, are left out.
    """
    bench = Bench(problem, tested)
    report: Report = {"split": "projects of a file", "seed": seed, "projects": len(tested)}
    answers: dict[Task, Answers] = {}
    for task in TASKS:
        tell(task.name)
        cases = bench.cases[task]
        asked = np.flatnonzero(cases.project >= bench.known)
        known = Known(np.flatnonzero(cases.project < bench.known), earlier_only=False)
        answers[task] = ask(bench.setting, cases, asked, known, frozen(task))
    for name, figures in (("tasks", figures_of), ("new_pairs", new_pair_figures)):
        report[name] = {task.name: figures(bench.cases[task], one, seed) for task, one in answers.items()}
    return report

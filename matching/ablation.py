"""What each signal is worth: ranked by it alone, and by the model without it."""

import numpy as np

from matching.evaluation import Bench, Progress, Report, quiet, split_by_group
from matching.measures import Sample, gains
from matching.past_projects import TASKS, Floats, Indices, Task
from matching.problem import Problem
from matching.ranking import fit_choice, importance, ranks, signal_table
from matching.signals import WEIGHED, signals_of
from matching.view import Known, View

WHOLE = "the whole model"


def ablation(problem: Problem, seed: int = 0, tell: Progress = quiet) -> Report:
    """MRR and its mean over providers for every signal of every task, on one split by near-repeat group.

    Returns
    -------
    Task to ``model`` and ``signals``. A signal has ``alone`` and, where it is weighed, ``weight`` and ``without``.
    """
    bench = Bench(problem)
    return {task.name: _of_task(bench, task, seed, tell) for task in TASKS}


class _Part:
    """One part of a split: all signals of its training part and of its questions."""

    def __init__(self, bench: Bench, task: Task, names: list[str], asked: Indices, known: Known) -> None:
        self.cases, self.asked, self.past = bench.cases[task], asked, known.past
        self.learnt = signal_table(View(bench.setting, self.cases, known.past, known), names)
        self.shown = signal_table(View(bench.setting, self.cases, asked, known), names)

    def weights(self, columns: list[int], start: Floats) -> Floats:
        """Weights of some signals, fitted on the training part."""
        cases, past = self.cases, self.past
        counts = importance(cases, past)
        return fit_choice(self.learnt[:, :, columns], cases.open(past), cases.answer[past], counts, start)

    def ranks(self, columns: list[int], weights: Floats) -> Floats:
        """Ranks of the answers by some signals."""
        points = (self.shown[:, :, columns] @ weights.astype(np.float32)).astype(float)
        return ranks(points, self.cases.open(self.asked), self.cases.answer[self.asked])


def _of_task(bench: Bench, task: Task, seed: int, tell: Progress) -> Report:
    names = list(signals_of(task))
    weighed = [names.index(name) for name in WEIGHED[task.name]]
    alone: dict[str, list[Floats]] = {name: [] for name in names}
    without: dict[str, list[Floats]] = {WHOLE: [], **{names[one]: [] for one in weighed}}
    split, fitted = split_by_group(bench, task, seed, 0), []
    if not split:
        return {}
    for number, (asked, known) in enumerate(split, start=1):
        tell(f"{task.name}, each signal alone and taken away, part {number}")
        part = _Part(bench, task, names, asked, known)
        whole = part.weights(weighed, np.full(len(weighed), 0.2))
        fitted.append(whole)
        without[WHOLE].append(part.ranks(weighed, whole))
        for place, one in enumerate(weighed):
            others = [other for other in weighed if other != one]
            without[names[one]].append(part.ranks(others, part.weights(others, np.delete(whole, place))))
        for column, name in enumerate(names):
            alone[name].append(part.ranks([column], np.ones(1)))
    tested = Sample.of(bench.cases[task], np.concatenate([asked for asked, _ in split]))
    weight = dict(zip(WEIGHED[task.name], np.mean(fitted, axis=0).round(3).tolist(), strict=True))
    told: Report = {name: {"alone": _both(tested, rank)} for name, rank in alone.items()}
    for name in weight:
        told[name] |= {"weight": weight[name], "without": _both(tested, without[name])}
    return {"model": _both(tested, without[WHOLE]), "signals": told}


def _both(tested: Sample, rank: list[Floats]) -> Report:
    overall, over = tested.mrr(gains(np.concatenate(rank)))
    return {"mrr": overall, "mrr_mean_over_providers": over}

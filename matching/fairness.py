"""Who a ranking shows: exposure, missing data, newcomers; and that nothing leaks."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from matching.baselines import popularity
from matching.evaluation import Bench, Evaluation, Progress, Report, quiet, split_by_group
from matching.measures import Sample, gains
from matching.past_projects import BENEFICIARIES, PROVIDERS, TASKS, Cases, Floats, Indices, Task
from matching.problem import Country, Problem
from matching.ranking import Ranking, fit, ranks, signal_table
from matching.setting import Setting
from matching.signals import WEIGHED
from matching.view import Known, View

Fitted = list[tuple[Indices, Known, Ranking]]

SHOWN = 10
HIDDEN_SHARE = 0.5


class Shuffled(Cases):
    """Cases whose answers were dealt out anew among the training part: what a model learns from them is noise."""

    def __init__(self, cases: Cases, past: Indices, chance: np.random.Generator) -> None:
        vars(self).update({name: value for name, value in vars(cases).items() if name not in ("party", "answers")})
        dealt = cases.answer.copy()
        dealt[past] = chance.permutation(dealt[past])
        self.party = {**cases.party, self.task.answer: dealt}


def fairness(problem: Problem, seed: int = 0, tell: Progress = quiet) -> Report:
    """Exposure, ranks under hidden indicators and newcomers, on one split by near-repeat group."""
    evaluation = Evaluation(problem, seed, 1, tell)
    parts = {task: split_by_group(evaluation.bench, task, seed, 0) for task in (PROVIDERS, BENEFICIARIES)}
    fitted = {
        task: [(asked, known, evaluation.fitted(task, known)) for asked, known in one] for task, one in parts.items()
    }
    tell("fairness")
    return {
        "exposure": _exposure(evaluation, fitted[PROVIDERS]),
        "hidden_indicators": {
            task.name: _hidden(evaluation, task, fitted[task], seed) for task in (PROVIDERS, BENEFICIARIES)
        },
        "first_time_providers": _newcomers(evaluation, fitted[PROVIDERS]),
    }


def _points(setting: Setting, cases: Cases, asked: Indices, known: Known, ranking: Ranking) -> Floats:
    return ranking.points(signal_table(View(setting, cases, asked, known), list(ranking.weights)))


def _exposure(evaluation: Evaluation, fitted: Fitted) -> Report:
    """Share of the first places, of the first ten and of the true answers, by provider, region and income group."""
    bench = evaluation.bench
    cases = bench.cases[PROVIDERS]
    first, ten, true = (np.zeros(len(cases.candidates)) for _ in range(3))
    for asked, known, ranking in fitted:
        points = np.where(cases.open(asked), _points(bench.setting, cases, asked, known, ranking), -np.inf)
        order = np.argsort(-points, axis=1, kind="stable")[:, :SHOWN]
        np.add.at(first, order[:, 0], cases.share[asked])
        np.add.at(ten, order, np.repeat(cases.share[asked][:, None] / SHOWN, order.shape[1], axis=1))
        np.add.at(true, cases.answer[asked], cases.share[asked])
    groupings: Mapping[str, Callable[[Country], str]] = {
        "provider": lambda country: country.key,
        "region": lambda country: country.region,
        "income_group": lambda country: country.income_group or "unknown",
    }
    return {
        name: _shares([of(one) for one in bench.problem.countries], first, ten, true) for name, of in groupings.items()
    }


def _shares(names: list[str], first: Floats, ten: Floats, true: Floats) -> Report:
    found = {}
    for name in sorted(set(names)):
        mine = np.array([one == name for one in names])
        shares = [round(float(one[mine].sum() / max(one.sum(), 1e-9)), 4) for one in (first, ten, true)]
        if any(share >= 0.001 for share in shares):
            found[name] = dict(zip(("first_places", "first_ten", "true_answers"), shares, strict=True))
    return found


def _hidden(evaluation: Evaluation, task: Task, fitted: Fitted, seed: int) -> Report:
    """Mean rank of small island states over all questions: as known, half of their indicators hidden, all hidden."""
    problem = evaluation.bench.problem
    small = np.array([country.sids for country in problem.countries])
    found: Report = {"countries": int(small.sum())}
    if not small.any() or not fitted:
        return found
    for name, share in (("as_known", 0.0), ("half_hidden", HIDDEN_SHARE), ("all_hidden", 1.0)):
        setting = Setting(_without_indicators(problem, share, seed))
        places = [
            _places(_points(setting, evaluation.bench.cases[task], asked, known, ranking))[:, small]
            for asked, known, ranking in fitted
        ]
        found[f"mean_rank_{name}"] = round(float(np.concatenate(places).mean()), 2)
    return found


def _places(points: Floats) -> Floats:
    """Rank of every candidate in every question."""
    order = np.argsort(-points, axis=1, kind="stable")
    places = np.empty(points.shape)
    np.put_along_axis(places, order, np.arange(1.0, points.shape[1] + 1)[None, :], axis=1)
    return places


def _without_indicators(problem: Problem, share: float, seed: int) -> Problem:
    chance = np.random.Generator(np.random.PCG64(seed))
    countries = []
    for country in problem.countries:
        codes = sorted(country.history)
        kept = [code for code, drawn in zip(codes, chance.uniform(size=len(codes)), strict=True) if drawn >= share]
        hidden = replace(country, history={code: country.history[code] for code in kept})
        countries.append(hidden if country.sids else country)
    return replace(problem, countries=tuple(countries))


def _newcomers(evaluation: Evaluation, fitted: Fitted) -> Report:
    """Each provider asked for as if it had never provided anything: its best and its middle rank."""
    cases = evaluation.bench.cases[PROVIDERS]
    found: dict[int, list[float]] = {}
    for asked, known, ranking in fitted:
        newcomer = replace(known, first_time=True)
        points = _points(evaluation.bench.setting, cases, asked, newcomer, ranking)
        for provider, rank in zip(
            cases.answer[asked], ranks(points, cases.open(asked), cases.answer[asked]), strict=True
        ):
            found.setdefault(int(provider), []).append(float(rank))
    told = {
        cases.candidates[provider]: {"best_rank": min(one), "median_rank": float(np.median(one)), "questions": len(one)}
        for provider, one in sorted(found.items())
    }
    bests = [one["best_rank"] for one in told.values()]
    return {
        "candidates": len(cases.candidates) - 1,
        "providers": told,
        "median_best_rank": float(np.median(bests)) if bests else None,
        "reached_among_ten": sum(best <= SHOWN for best in bests),
        "of": len(bests),
    }


def leak_test(problem: Problem, seed: int = 0, tell: Progress = quiet) -> Report:
    """Shuffle the answers of the training part: what a model then still finds must come from elsewhere.

    Returns
    -------
    Task to the MRR of a model that learnt from shuffled answers, and of popularity on the true ones; popularity is all
    that the shuffled past still holds.
    """
    tell("leak test")
    bench = Bench(problem)
    return {task.name: _leak(bench, task, seed) for task in TASKS}


def _leak(bench: Bench, task: Task, seed: int) -> Report:
    cases, chance = bench.cases[task], np.random.Generator(np.random.PCG64(seed))
    asked_in_all, noise, popular = [], [], []
    for asked, known in split_by_group(bench, task, seed, 0):
        shuffled = Shuffled(cases, known.past, chance)
        ranking = fit(bench.setting, shuffled, known, WEIGHED[task.name])
        candidates, answer = cases.open(asked), cases.answer[asked]
        noise.append(ranks(_points(bench.setting, shuffled, asked, known, ranking), candidates, answer))
        popular.append(ranks(popularity(View(bench.setting, cases, asked, known)), candidates, answer))
        asked_in_all.append(asked)
    if not asked_in_all:
        return {}
    tested = Sample.of(cases, np.concatenate(asked_in_all))
    told = {"shuffled_model": noise, "popularity": popular}
    return {
        name: dict(zip(("mrr", "mrr_mean_over_providers"), tested.mrr(gains(np.concatenate(one))), strict=True))
        for name, one in told.items()
    }

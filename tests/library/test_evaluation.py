"""Does the evaluation measure what it says: splits that hide, ranks, averages, and no leak."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.worlds import real
from matching import GoodPractice, PastProject, Problem
from matching.ablation import ablation
from matching.evaluation import Bench, evaluate, evaluate_on, split_by_group, split_by_time
from matching.examples import country
from matching.fairness import fairness, leak_test
from matching.measures import Sample, gains
from matching.past_projects import PROVIDERS, TASKS, Cases
from matching.ranking import Ranking, fit, fit_choice, frozen, ranks, signal_table
from matching.setting import Setting
from matching.signals import WEIGHED, signals_of
from matching.view import Known, View

REGIONS = {"Africa": "ABCDE", "Asia": "FGHIJ", "Americas": "KLMNO"}
KEYS = [letter * 3 for letters in REGIONS.values() for letter in letters]
HELPER = {"Africa": "EEE", "Asia": "JJJ", "Americas": "OOO"}


def project(key: str, beneficiary: str, provider: str, subject: str = "crops", **more: object) -> PastProject:
    """A project of one beneficiary and one provider."""
    facts = {"title": f"Work {key}", "year": 2005, "isic": frozenset({"A01"}), **more}
    return PastProject(
        key=key,
        beneficiaries=(beneficiary,),
        providers=(provider,),
        subjects=(subject,),
        **facts,  # type: ignore[arg-type]
    )


def past(number: int = 60) -> list[PastProject]:
    """Projects of a world in which a country of each region helps its own region, and BBB helps everybody in health."""
    draw = np.random.Generator(np.random.PCG64(1))
    found = []
    for count in range(number):
        region = list(REGIONS)[count % 3]
        beneficiary = str(draw.choice(list(REGIONS[region])[:4])) * 3
        healing = count % 4 == 0 and beneficiary != "BBB"
        provider = "BBB" if healing else HELPER[region]
        facts = {"year": 2000 + count % 10, "facilitators": ("FAO",) if healing else ("UNDP", "NNN")}
        found.append(project(f"P{count:02}", beneficiary, provider, "health" if healing else "crops", **facts))
    return found


def world(projects: list[PastProject] | None = None) -> Problem:
    """Fifteen countries in three regions."""
    countries = [
        country(
            letter * 3,
            region=region,
            subregion=region,
            latitude=10.0 * number + place,
            longitude=40.0 * number,
            history={"HGL_ECI_HS92": ((2004, float(place)), (2014, float(-place)))},
            languages=frozenset({region}),
            sids=letter in "AFK",
        )
        for number, (region, letters) in enumerate(REGIONS.items())
        for place, letter in enumerate(letters)
    ]
    practice = GoodPractice(
        key="G1",
        title="Seeds",
        text="Seeds",
        providers=("EEE",),
        institution=None,
        institution_name="",
        action_area="technology",
        themes=frozenset(),
        isic=frozenset({"A011"}),
        start_year=2004,
    )
    chosen = past() if projects is None else projects
    return Problem(as_of=date(2026, 1, 1), countries=tuple(countries), practices=(practice,), projects=tuple(chosen))


def view_of(problem: Problem, task=PROVIDERS, known: Known | None = None, asked: list[int] | None = None) -> View:
    bench = Bench(problem)
    cases = bench.cases[task]
    everything = np.arange(len(cases))
    return View(bench.setting, cases, everything if asked is None else np.array(asked), known or Known(everything))


def test_a_rank_counts_open_candidates_and_halves_ties() -> None:
    points = np.array([[3.0, 2.0, 2.0, 1.0], [3.0, 2.0, 2.0, 1.0]])
    everything, without_best = np.ones(4, dtype=bool), np.array([False, True, True, True])
    found = ranks(points, np.array([everything, without_best]), np.array([1, 3]))
    assert found.tolist() == [2.5, 3.0]


def test_measures_of_known_ranks() -> None:
    gained = gains(np.array([1.0, 2.0, 11.0]))
    assert gained[:, 0].tolist() == [1.0, 0.5, pytest.approx(1 / 11)]
    assert gained[:, 1].tolist() == [1.0, 0.0, 0.0]
    assert gained[:, 3].tolist() == [1.0, 1.0, 0.0]
    assert gained[1, 4] == pytest.approx(1 / np.log2(3))


def test_each_project_counts_once_and_each_provider_once_in_its_mean() -> None:
    shared = replace(project("P1", "AAA", "EEE"), beneficiaries=("AAA", "BBB"))
    cases = Bench(world([shared, project("P2", "CCC", "JJJ"), project("P3", "DDD", "JJJ")])).cases[PROVIDERS]
    tested = Sample.of(cases, np.arange(4))
    assert cases.share.tolist() == [0.5, 0.5, 1.0, 1.0]
    gained = gains(np.array([1.0, 2.0, 4.0, 4.0]))
    assert tested.mrr(gained) == (pytest.approx((0.75 + 0.25 + 0.25) / 3, abs=1e-4), pytest.approx(0.5))
    figures = tested.figures(gained, seed=0)
    low, high = figures["mrr_interval"]  # type: ignore[misc]
    assert low <= figures["mrr"] <= high


def test_other_true_answers_are_not_counted_against() -> None:
    cases = Bench(world([project("P1", "AAA", "EEE"), project("P2", "AAA", "JJJ")])).cases[PROVIDERS]
    allowed = cases.open(np.array([0]))[0]
    position = {key: number for number, key in enumerate(cases.candidates)}
    assert allowed[position["EEE"]]
    assert not allowed[position["JJJ"]]
    assert not allowed[position["AAA"]]


def test_near_repeats_and_later_years_are_hidden() -> None:
    first = project("P1", "AAA", "EEE", year=2005)
    repeat, later = replace(first, key="P2", year=2003), project("P3", "BBB", "EEE", year=2006)
    undated, earlier = project("P4", "CCC", "EEE", year=None), project("P5", "DDD", "EEE", year=2004)
    problem = world([first, repeat, later, undated, earlier])
    assert (view_of(problem, asked=[0]).weight[0] > 0).tolist() == [False, False, False, False, True]
    assert (view_of(problem, asked=[3]).weight[0] > 0).tolist() == [True, True, True, False, True]
    everything = Known(np.arange(5), earlier_only=False)
    assert (view_of(problem, known=everything, asked=[0]).weight[0] > 0).tolist() == [False, False, True, True, True]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_no_split_lets_a_near_repeat_through(task) -> None:
    bench = Bench(world())
    cases = bench.cases[task]
    parts = split_by_group(bench, task, seed=0, repeat=0)
    assert sorted(np.concatenate([asked for asked, _ in parts]).tolist()) == list(range(len(cases)))
    for asked, known in [*parts, *split_by_time(bench, task)]:
        assert not set(cases.group[asked]) & set(cases.group[known.past])
    for asked, known in split_by_time(bench, task):
        assert cases.year[asked].min() > cases.year[known.past].max()


def test_the_answer_changes_no_signal() -> None:
    """Asked with another right answer, every signal stays the same: none looks at it."""
    problem = world()
    for task in TASKS:
        bench = Bench(problem)
        cases = bench.cases[task]
        known = Known(np.arange(10, len(cases)))
        names = list(signals_of(task))
        before = signal_table(View(bench.setting, cases, np.arange(10), known), names)
        cases.party[task.answer] = cases.party[task.answer].copy()
        cases.party[task.answer][:10] = 0
        after = signal_table(View(bench.setting, cases, np.arange(10), known), names)
        assert np.array_equal(before, after)


def test_later_projects_change_no_signal() -> None:
    early = [one for one in past() if (one.year or 0) <= 2004]
    names = list(signals_of(PROVIDERS))
    tables = []
    for projects in (past(), early):
        bench = Bench(world(projects))
        cases = bench.cases[PROVIDERS]
        asked = np.flatnonzero(cases.year == 2002)
        known = Known(np.flatnonzero(cases.year <= (2009 if projects is not early else 2004)))
        kept = [
            name for name in names if name not in ("on_theme", "by_text", "own_theme", "near_own_theme", "low_rank")
        ]
        tables.append(signal_table(View(bench.setting, cases, asked, known), kept))
    assert np.allclose(tables[0], tables[1], atol=1e-5)


def test_a_missing_indicator_neither_lifts_nor_lowers() -> None:
    problem = world()
    bare = tuple(replace(one, history={}) if one.key == "AAA" else one for one in problem.countries)
    view = view_of(replace(problem, countries=bare), asked=[5])
    table = signal_table(view, ["industrial_base"])[0, :, 0]
    assert not np.isnan(table).any()
    assert table[0] == pytest.approx(np.delete(table, 0).mean())


def test_structure_is_that_of_the_time() -> None:
    setting = Setting(world())
    assert setting.industry(2004)[4] > 0.8
    assert setting.industry(2014)[4] < 0.2
    assert np.array_equal(setting.industry(None), setting.industry(2000))


def test_weights_are_never_negative_and_find_the_telling_signal() -> None:
    draw = np.random.Generator(np.random.PCG64(0))
    table = draw.normal(size=(200, 6, 3)).astype(np.float32)
    answer = np.argmax(table[:, :, 0] - table[:, :, 1], axis=1)
    weights = fit_choice(table, np.ones((200, 6), dtype=bool), answer, np.ones(200))
    assert weights.min() >= 0
    assert weights[0] > 1
    assert weights[1] == 0


def test_more_of_a_signal_never_lowers_the_points() -> None:
    ranking = frozen(PROVIDERS)
    table = np.zeros((1, 2, len(ranking.weights)), dtype=np.float32)
    for number in range(len(ranking.weights)):
        table[0, 1, number] = 1.0
        assert ranking.points(table)[0, 1] >= ranking.points(table)[0, 0]


def test_no_weight_belongs_to_a_country() -> None:
    """Renamed countries, same figures: names play no part."""
    problem = world()
    fits = []
    for renamed in (False, True):
        named = {key: key if not renamed else "Z" + key[:2] for key in KEYS}
        countries = tuple(replace(one, key=named[one.key]) for one in problem.countries)
        projects = tuple(
            replace(
                one,
                beneficiaries=tuple(named[key] for key in one.beneficiaries),
                providers=tuple(named[key] for key in one.providers),
                facilitators=tuple(named.get(key, key) for key in one.facilitators),
            )
            for one in problem.projects
        )
        practices = tuple(
            replace(one, providers=tuple(named[key] for key in one.providers)) for one in problem.practices
        )
        bench = Bench(replace(problem, countries=countries, projects=projects, practices=practices))
        cases = bench.cases[PROVIDERS]
        fits.append(fit(bench.setting, cases, Known(np.arange(len(cases))), WEIGHED["providers"]).weights)
    assert fits[0] == fits[1]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_frozen_weights_are_those_of_the_weighed_signals(task) -> None:
    weights = frozen(task).weights
    assert tuple(weights) == WEIGHED[task.name]
    assert min(weights.values()) >= 0
    assert set(weights) <= set(signals_of(task))


def test_the_report_holds_every_figure_and_twice_the_same() -> None:
    report = evaluate(world(), seed=3, repeats=2)
    for task in TASKS:
        told = report["tasks"][task.name]
        assert told["n"] > 0
        for one in (told["model"], *told["baselines"].values()):
            for name in ("mrr", "mrr_mean_over_providers", "hits_1", "hits_5", "hits_10", "ndcg_10"):
                low, high = one[f"{name}_interval"]
                assert 0 <= low <= high <= 1
                assert 0 <= one[name] <= 1
        assert len(report["repeated_splits"][task.name]) == 2
    assert json.dumps(report) == json.dumps(evaluate(world(), seed=3, repeats=2))
    model, baselines = report["tasks"]["providers"]["model"], report["tasks"]["providers"]["baselines"]
    assert model["mrr"] > max(baselines[name]["mrr"] for name in ("random", "popularity", "nearest_in_region"))


def test_shuffled_input_gives_the_same_figures() -> None:
    problem = world()
    assert evaluate(replace(problem, projects=problem.projects[::-1]), repeats=1) == evaluate(problem, repeats=1)


def test_other_projects_are_tested_on_what_is_known_of_others() -> None:
    problem = world()
    other = [project("T1", "AAA", "EEE"), project("T2", "GGG", "JJJ")]
    report = evaluate_on(problem, other)
    assert report["tasks"]["providers"]["n"] == 2
    assert report["tasks"]["facilitators"]["n"] == 0
    assert report["tasks"]["facilitators"]["model"]["mrr"] is None
    assert report["tasks"]["providers"]["model"]["mrr"] > 0.5
    again = evaluate_on(problem, problem.projects[:6])
    assert again["tasks"]["providers"]["n"] == 6


@pytest.mark.parametrize("projects", [[], [project("P1", "AAA", "EEE", year=None)]], ids=["none", "one undated"])
def test_too_few_projects_give_a_report_all_the_same(projects: list[PastProject]) -> None:
    report = evaluate(world(projects), repeats=1)
    assert report["tasks"]["providers"]["n"] == len(projects)
    assert ablation(world([])) == {"providers": {}, "beneficiaries": {}, "facilitators": {}}


def test_shuffled_labels_bring_every_task_to_popularity_or_below() -> None:
    """The leak test, on the real projects: a model that learns noise must not find what happened."""
    told = leak_test(real())
    assert set(told) == {task.name for task in TASKS}
    for one in told.values():
        for measure in ("mrr", "mrr_mean_over_providers"):
            assert one["shuffled_model"][measure] <= one["popularity"][measure]


def test_fairness_tells_exposure_missing_data_and_newcomers() -> None:
    told = fairness(world())
    for shares in told["exposure"].values():
        assert sum(one["first_places"] for one in shares.values()) == pytest.approx(1.0, abs=0.02)
    hidden = told["hidden_indicators"]["providers"]
    assert hidden["countries"] == 3
    assert hidden["mean_rank_all_hidden"] <= hidden["mean_rank_as_known"] + 1
    assert set(told["first_time_providers"]["providers"]) == {"BBB", *HELPER.values()}


def test_ablation_tells_each_signal_alone_and_taken_away() -> None:
    told = ablation(world(past(30)))
    assert set(told["providers"]["signals"]) == set(signals_of(PROVIDERS))
    assert set(WEIGHED["providers"]) == {name for name, one in told["providers"]["signals"].items() if "without" in one}


def test_an_unknown_party_is_passed_over() -> None:
    cases = Cases(PROVIDERS, [project("P1", "AAA", "XXX"), project("P2", "AAA", "AAA")], KEYS, len(KEYS))
    assert len(cases) == 0


def test_a_ranking_tells_its_points() -> None:
    assert Ranking("providers", {"a": 2.0, "b": 0.5}).points(np.array([[[1.0, 2.0]]], dtype=np.float32)).tolist() == [
        [3.0]
    ]

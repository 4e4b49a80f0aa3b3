"""The exact finish against exact integer programmes over all triples, and against trying every combination."""

from dataclasses import replace

import numpy as np
import pytest
from random_problems import random_problem, random_rules
from test_large import MODES, laid_out, optimum, points, random_model, tiny

from matching import finish as finishing
from matching.allocation import Status
from matching.axial import AxialModel
from matching.checking import check_plan, recompute_sharp_bound
from matching.finish import finish
from matching.knapsack import KnapsackBound
from matching.large import Answer, choose
from matching.rules import GroupFloor, Pairing, Rules
from matching.survivors import Survivors


def finished(model: AxialModel, **more: object) -> Answer:
    begin = choose(model, seconds=60.0, rounds=0)
    return finish(model, begin, **{"seconds": 60.0, **more})  # type: ignore[arg-type]


def check_optimal(model: AxialModel, answer: Answer, name: object = "") -> None:
    best = optimum(model)
    if best is None:
        assert answer.status is Status.INFEASIBLE, name
        assert not len(answer.plan), name
        return
    assert (answer.status, answer.value, answer.bound) == (Status.OPTIMAL, best, best), name
    assert check_plan(model, answer.plan) == [], name
    triples = zip(answer.plan.first.tolist(), answer.plan.pair.tolist(), answer.plan.third_pair.tolist(), strict=True)
    assert answer.value == sum(points(model, one) for one in triples), name


def test_random_models_are_solved() -> None:
    """With budgets, floors, further rows, forbidden triples and forced parties."""
    for seed in range(120):
        model = random_model(seed)
        check_optimal(model, finished(model), seed)


def test_random_models_are_solved_in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbourhoods and proofs of growing reach, as a model of middle size needs them."""
    monkeypatch.setattr(finishing, "FEW", -1)
    monkeypatch.setattr(finishing, "PATIENCE", 2)
    for seed in range(60):
        model = random_model(seed)
        check_optimal(model, finished(model), seed)


@pytest.mark.parametrize("mode", MODES)
def test_worlds_are_solved(mode: str) -> None:
    for seed in range(6):
        _, layout = laid_out(tiny(seed), Rules(), mode)
        check_optimal(layout.model, finished(layout.model), seed)


@pytest.mark.parametrize("mode", MODES)
def test_random_problems_are_solved(mode: str) -> None:
    """Small ones, with limits of countries and institutions, counts, shared budgets, floors, a veto and a pin."""
    for seed in range(60):
        problem = random_problem(seed)
        rules = random_rules(seed)
        if seed % 3 == 0:
            rules = replace(rules, floors=(GroupFloor(group="ldc", least_percent=50),))
        if seed % 3 == 1:
            rules = replace(rules, vetoes=(Pairing(practice="P0", window="W0", reason="tried"),))
        _, layout = laid_out(problem, rules, mode)
        check_optimal(layout.model, finished(layout.model), seed)


def test_survivors_hold_the_best_plan() -> None:
    """A triple of the best plan is never told to be worth less than that plan."""
    for seed in range(12):
        model = random_model(seed)
        if optimum(model) is None:
            continue
        answer = finished(model)
        if answer.first_prices is None:
            continue
        survivors = Survivors.of(model, KnapsackBound(answer.sharp_prices, answer.first_prices, answer.bound))
        assert (recompute_sharp_bound(model, answer.sharp_prices, answer.first_prices)) >= answer.value
        held = set(zip(answer.plan.pair.tolist(), answer.plan.third_pair.tolist(), strict=True))
        for place in range(len(survivors)):
            triple = int(survivors.triples.pair[place]), int(survivors.triples.third_pair[place])
            if triple in held:
                assert survivors.most[place] >= answer.value, seed


def test_a_cancel_at_once() -> None:
    _, layout = laid_out(tiny(1), Rules())
    answer = finished(layout.model, progress=lambda _value, _bound: True)
    assert answer.status in (Status.CANCELLED, Status.OPTIMAL)
    assert check_plan(layout.model, answer.plan) == []


def test_no_time_at_all_is_told() -> None:
    _, layout = laid_out(tiny(1), Rules())
    answer = finished(layout.model, seconds=0.0)
    assert answer.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert answer.bound >= answer.value


def test_a_gap_that_is_good_enough_ends_it() -> None:
    _, layout = laid_out(tiny(1), Rules())
    answer = finished(layout.model, gap=0.5)
    assert answer.status in (Status.WITHIN_GAP, Status.OPTIMAL)


def test_the_same_twice() -> None:
    _, layout = laid_out(tiny(2), Rules())
    first, second = (finished(layout.model) for _ in range(2))
    assert all(
        np.array_equal(getattr(first.plan, axis), getattr(second.plan, axis))
        for axis in ("first", "pair", "third_pair")
    )

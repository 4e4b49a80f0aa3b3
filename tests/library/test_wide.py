"""The wide way gives sound plans for whole problems: the referee accepts them, and the exact way is never beaten."""

from dataclasses import replace
from datetime import date

import pytest

from benchmarks.worlds import Size, world
from matching import wide
from matching.plan import Status
from matching.problem import Problem
from matching.referee import broken_rules
from matching.rules import GroupFloor, Pairing, Rules
from matching.solve import solve

TINY = Size(40, 30, 8, 20, 3)
QUICK = Rules(seconds=20, gap=0.01)


def made(seed: int, **options: float) -> Problem:
    return world(TINY, seed, "country_loads", **options)  # type: ignore[arg-type]  # endorsed is all that is passed


@pytest.fixture
def everything_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", -1)


@pytest.mark.parametrize("seed", range(3))
def test_the_wide_bound_is_never_beaten_by_the_exact_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = made(seed)
    exact = solve(problem, Rules(seconds=30))
    monkeypatch.setattr(wide, "LISTED", -1)
    plan = solve(problem, QUICK)
    assert broken_rules(problem, QUICK, plan) == []
    assert plan.objective <= exact.bound
    assert plan.bound >= exact.objective
    assert plan.objective >= 0.97 * exact.objective
    assert {one.need for one in plan.triangular} != set()


@pytest.mark.usefixtures("everything_wide")
def test_floors_pins_vetoes_and_least_change_hold() -> None:
    problem = made(1, endorsed=0.3)
    first = solve(problem, QUICK)
    held = tuple(
        Pairing(need=one.need, practice=one.practice, provider=one.provider, window=one.window, reason="earlier")
        for one in first.triangular
    )
    rules = replace(
        QUICK,
        pins=(Pairing(need=held[0].need, reason="promised"), Pairing(practice=held[1].practice, reason="promised")),
        vetoes=(Pairing(need=held[2].need, window=held[2].window, reason="conflict of interest"),),
        floors=(GroupFloor(group="ldc", least_percent=5),),
        earlier=held,
        most_changes=3,
    )
    plan = solve(problem, rules, start=first.prices)
    assert plan.status is not Status.INFEASIBLE
    assert broken_rules(problem, rules, plan) == []


@pytest.mark.usefixtures("everything_wide")
def test_floors_out_of_reach_are_named() -> None:
    problem = made(1)
    rules = replace(QUICK, floors=(GroupFloor(group="action_area", value="technology", least_percent=100),), seconds=10)
    tight = replace(problem, country_slots=dict.fromkeys(problem.country_slots, 0) | {"IND": 1})
    plan = solve(tight, rules)
    assert plan.status is Status.INFEASIBLE
    assert plan.conflict == ("floor:action_area technology",)


@pytest.mark.usefixtures("everything_wide")
def test_a_plan_is_stopped_at_once_and_says_so() -> None:
    plan = solve(made(2), QUICK, progress=lambda _stage, value, _bound: value is not None)
    assert plan.status is Status.CANCELLED


@pytest.mark.usefixtures("everything_wide")
def test_nothing_to_choose_from_is_a_normal_answer() -> None:
    plan = solve(Problem(as_of=date(2026, 11, 24)), QUICK)
    assert plan.status is Status.NOTHING_POSSIBLE


@pytest.mark.usefixtures("everything_wide")
def test_the_same_plan_twice() -> None:
    first, second = (solve(made(0), QUICK) for _ in range(2))
    assert replace(first, seconds=0) == replace(second, seconds=0)

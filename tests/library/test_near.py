"""Near-best plans in both ways: as different as promised, worth what is promised, and none missed that there is."""

from dataclasses import replace
from datetime import date

import pytest
from random_problems import best_plan_apart, random_problem, random_rules

import matching
from benchmarks.worlds import Size, world
from matching import near, wide
from matching.examples import nothing_possible, one_of_each, one_slot_for_two
from matching.plan import Plan
from matching.problem import Problem
from matching.rules import Pairing, Rules

SMALL = Size(24, 20, 8, 16, 3)
ROUGH = Rules(gap=0.2)
BOTH_WAYS = pytest.mark.parametrize("listed", [400_000, -1], ids=["listed", "wide"])


def found(
    problem: Problem, rules: Rules, plans: int = 3, different: int = 20, worse: int = 2, **more: object
) -> matching.NearBest:
    """Near-best plans, each accepted by the referee and all together as different as promised."""
    answer = matching.near_best(problem, rules, plans, different, worse, **more)  # type: ignore[arg-type]
    for plan in answer.plans:
        assert matching.broken_rules(problem, rules, plan) == []
    assert matching.too_alike(answer.plans, different, worse) == []
    assert all(plan.objective >= answer.worth_at_least for plan in answer.plans)
    assert [bool(plan.apart) for plan in answer.plans] == [number > 0 for number in range(len(answer.plans))]
    assert bool(answer.why_no_more) == (len(answer.plans) < plans)
    return answer


@BOTH_WAYS
def test_three_plans_are_as_different_and_as_good_as_promised(listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", listed)
    answer = found(world(SMALL, 1, "country_loads"), ROUGH, 3, 20, 30)
    assert len(answer.plans) == 3
    assert len({str(plan.proposals) for plan in answer.plans}) == 3


@pytest.mark.parametrize("seed", range(30))
def test_no_better_plan_apart_is_missed(seed: int) -> None:
    problem, rules = random_problem(seed), random_rules(seed)
    needs = tuple(replace(one, endorsed=None) for one in problem.needs)
    problem = replace(problem, needs=needs, investors=(), offices=())
    answer = found(problem, rules, 4, 40, 30)
    for number in range(1, len(answer.plans)):
        best = best_plan_apart(problem, rules, answer.plans[:number], 60)
        assert answer.plans[number].objective == answer.plans[number].bound == best
    if answer.why_no_more:
        assert answer.is_proven
        best = best_plan_apart(problem, rules, answer.plans, 60)
        assert not answer.plans[-1].proposals or best is None or best < answer.worth_at_least


@BOTH_WAYS
def test_no_second_plan_is_said_and_proven(listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", listed)
    answer = found(one_of_each(), Rules())
    assert len(answer.plans) == 1
    assert answer.is_proven
    assert "no second plan" in answer.why_no_more
    pinned = found(one_of_each(), Rules(pins=(Pairing(need="N1", reason="promised"),)))
    assert len(pinned.plans) == 1


@BOTH_WAYS
@pytest.mark.parametrize("problem", [Problem(as_of=date(2026, 11, 24)), nothing_possible()], ids=["empty", "no option"])
def test_no_options_give_one_plan_without_proposals(
    listed: int, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "LISTED", listed)
    answer = found(problem, Rules())
    assert [plan.status for plan in answer.plans] == ["nothing_possible"]
    assert answer.is_proven
    assert "holds no proposals" in answer.why_no_more


def test_a_plan_that_is_far_worse_may_be_asked_for() -> None:
    answer = found(one_slot_for_two(), Rules(), 2, 100, 100)
    assert [[one.need for one in plan.triangular] for plan in answer.plans] == [["N1"], ["N2"]]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"plans": 0}, "'plans' must be at least 1, not 0"),
        ({"plans": 2.0}, "'plans' must be a whole number"),
        ({"plans": True}, "'plans' must be a whole number"),
        ({"least_percent_different": 0}, "'least_percent_different' must be between 1 and 100, not 0"),
        ({"least_percent_different": 101}, "'least_percent_different' must be between 1 and 100"),
        ({"most_percent_worse": -1}, "'most_percent_worse' must be between 0 and 100, not -1"),
        ({"most_percent_worse": 101}, "'most_percent_worse' must be between 0 and 100"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        matching.near_best(one_of_each(), Rules(), **asked)


@BOTH_WAYS
def test_a_cancel_gives_the_plans_so_far(listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", listed)
    problem = world(SMALL, 2, "budgets")
    answer = found(problem, Rules(), 3, 20, 100, progress=lambda _stage, value, _bound: value is not None)
    assert [plan.status for plan in answer.plans] == ["cancelled"]
    assert not answer.is_proven
    assert "cancelled" in answer.why_no_more


@BOTH_WAYS
def test_candidates_are_found_once(listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", listed)
    problem, stages = world(SMALL, 1, "country_loads"), []
    lists: list[int] = []
    monkeypatch.setattr(near, "list_options", lambda one, of=near.list_options: lists.append(1) or of(one))
    rules = ROUGH
    answer = found(problem, rules, 2, 20, 100, progress=lambda stage, _value, _bound: stages.append(stage))
    assert (stages.count("judging pairs"), stages.count("explaining"), len(answer.plans)) == (1, 2, 2)
    assert len(lists) == (listed > 0)
    given = found(problem, rules, 2, 20, 100, candidates=matching.find_candidates(problem, rules))
    assert [replace(one, seconds=0) for one in given.plans] == [replace(one, seconds=0) for one in answer.plans]


def test_floors_and_endorsed_needs_hold_in_every_plan() -> None:
    floors = (matching.GroupFloor(group="ldc", least_percent=10),)
    for listed in (400_000, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wide, "LISTED", listed)
            rules = replace(ROUGH, floors=floors)
            answer = found(world(SMALL, 3, "country_loads", endorsed=0.3), rules, 2, 20, 50)
            assert len(answer.plans) == 2


def spoilt(plan: Plan, proposals: int) -> list[Plan]:
    """A plan, and one that repeats so many of its proposals."""
    kept = plan.triangular[:proposals]
    return [plan, replace(plan, triangular=kept, investment=(), objective=sum(one.points for one in kept))]


def test_the_referee_finds_plans_that_are_too_alike_or_too_poor() -> None:
    plan = matching.solve(world(SMALL, 1, "country_loads"), ROUGH)
    number = len(plan.triangular)
    assert matching.too_alike(spoilt(plan, 0), 20, 100) == []
    assert matching.too_alike(spoilt(plan, number * 8 // 10), 20, 100) == []
    (alike,) = matching.too_alike(spoilt(plan, number), 20, 100)
    assert alike == f"plan 2 holds {number} of {number} triangular proposals of plan 1"
    (poor,) = matching.too_alike(spoilt(plan, 1), 20, 50)
    assert "too little beside" in poor

"""What coordinators ask beyond one plan, in both ways: prices, a pin or a veto after a plan, progress, edges."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from random_problems import best_by_trying, random_problem, random_rules

import matching
from benchmarks.worlds import Size, world
from matching import wide
from matching.examples import budget_for_one, country, need, one_of_each, one_slot_for_two, practice, window
from matching.plan import Aim, Plan
from matching.problem import Problem
from matching.rules import GroupFloor, Pairing, Rules

SMALL = Size(24, 20, 8, 16, 3)
ROUGH = Rules(gap=0.2)


@pytest.fixture(params=[400_000, -1], ids=["listed", "wide"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Both ways of ``solve``: all options listed, or none."""
    monkeypatch.setattr(wide, "LISTED", request.param)
    listed: int = request.param
    return listed


def solved(problem: Problem, rules: Rules, **more: object) -> Plan:
    """The plan, which the referee must find sound."""
    plan = matching.solve(problem, rules, **more)  # type: ignore[arg-type]
    assert matching.broken_rules(problem, rules, plan) == []
    return plan


def best(problem: Problem, rules: Rules) -> int:
    """The best value, proven by the listed way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide, "LISTED", 400_000)
        plan = matching.solve(problem, rules)
    assert plan.status in ("optimal", "nothing_possible")
    return plan.objective


def aims_of(plan: Plan, name: str) -> list[Aim]:
    return [one for one in plan.aims if one.aim == name]


# what limits and aims are worth -----------------------------------------------------------------------------------


def without_endorsements(problem: Problem) -> Problem:
    return replace(problem, needs=tuple(replace(one, endorsed=None) for one in problem.needs))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", range(24))
def test_one_more_unit_never_brings_more_than_told(seed: int) -> None:
    problem, rules = without_endorsements(random_problem(seed)), random_rules(seed)
    plan, value = solved(problem, rules), best(problem, rules)
    for limit in plan.binding_limits:
        wider = replace(rules, extra_capacity={limit.limit: 1})
        assert best(problem, wider) - value <= best(problem, wider) - plan.objective <= limit.worth, limit


@pytest.mark.usefixtures("way")
def test_a_unit_that_admits_what_did_not_fit_alone_is_told_in_full() -> None:
    """One more unit of money lets in a need that asks for one more than there is."""
    problem = budget_for_one()
    dear = need("N9", "AAA", budget=Decimal(101))
    cheap = need("N1", "AAA", budget=Decimal(100), themes=frozenset({"E_LOWCARB"}))
    problem = replace(problem, needs=(cheap, dear), windows=(window("W1", budget=Decimal(100)),))
    plan = solved(problem, Rules())
    (limit,) = [one for one in plan.binding_limits if one.limit == "window_budget:W1"]
    after = best(problem, Rules(extra_capacity={"window_budget:W1": 1}))
    assert limit.worth >= after - plan.objective


def floors_of(seed: int) -> tuple[GroupFloor, ...]:
    draw = random.Random(seed)
    return tuple(
        GroupFloor(group="action_area", value=area, least_percent=draw.choice([30, 50]))
        for area in ("environment", "skills")
    )


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", range(24))
def test_what_floors_cost_holds_what_they_truly_cost(seed: int) -> None:
    problem, rules = without_endorsements(random_problem(seed)), replace(random_rules(seed), floors=floors_of(seed))
    plan = matching.solve(problem, rules)
    if plan.status == "infeasible":
        assert all(aim.price is None for aim in aims_of(plan, "floor"))
        return
    if plan.status == "effort_spent" and not plan.proposals:
        # Floors that no plan keeps, which the wide way could not prove.
        return
    assert matching.broken_rules(problem, rules, plan) == []
    true = best(problem, replace(rules, floors=())) - best(problem, rules)
    for aim, floor in zip(aims_of(plan, "floor"), rules.floors, strict=False):
        assert aim.least_cost is not None
        assert aim.most_cost is not None
        assert aim.one_less is not None
        assert aim.least_cost <= true <= aim.most_cost
        members = sum(one.action_area == floor.value for one in problem.needs)
        if aim.value:
            less = replace(floor, least_percent=100 * (aim.value - 1) // members)
            fewer = replace(rules, floors=tuple(less if one is floor else one for one in rules.floors))
            assert best(problem, fewer) - best(problem, rules) <= aim.one_less


@pytest.mark.usefixtures("way")
def test_a_floor_that_costs_points_says_how_many() -> None:
    countries = (country("AAA", ldc=True), country("BBB"), country("CCC", region="North"))
    problem = replace(one_slot_for_two(), countries=countries)
    rules = Rules(floors=(GroupFloor(group="region", value="North", least_percent=100),))
    (aim,) = aims_of(solved(problem, rules), "floor")
    true = best(problem, Rules()) - best(problem, rules)
    assert true > 0
    assert aim.most_cost is not None
    assert true <= aim.most_cost <= true + 400
    assert f"{aim.most_cost / 100:.2f} points" in str(aim.price)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", range(20))
def test_what_endorsed_needs_cost_holds_what_they_truly_cost(seed: int) -> None:
    problem, rules = random_problem(seed), random_rules(seed)
    (aim,) = aims_of(solved(problem, rules), "endorsed_needs_served")
    if aim.value is None:
        assert aim.price is None
        return
    most, points = best_by_trying(problem, rules)
    _, free = best_by_trying(problem, rules, endorsed_first=False)
    assert aim.value == most
    assert aim.least_cost is not None
    assert aim.most_cost is not None
    assert aim.least_cost <= free - points <= aim.most_cost


@pytest.mark.usefixtures("way")
def test_an_endorsed_need_that_takes_the_place_of_a_better_one_has_its_price() -> None:
    problem = one_slot_for_two()
    plan = solved(problem, Rules())
    endorsed = replace(problem, needs=(problem.needs[0], replace(problem.needs[1], endorsed=True)))
    after = solved(endorsed, Rules())
    (aim,) = aims_of(after, "endorsed_needs_served")
    assert (aim.value, aim.text) == (1, "Endorsed needs served.")
    assert aim.most_cost is not None
    assert plan.objective - after.objective <= aim.most_cost <= plan.objective - after.objective + 400
    assert [one.most_cost for one in aims_of(after, "load_spread")] == [0]


# a pin or a veto after a plan -------------------------------------------------------------------------------------


def held(plan: Plan) -> set[tuple[str | None, ...]]:
    return {(one.need, one.practice, one.provider, one.window) for one in plan.triangular}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", ["pin", "veto", "both"])
def test_a_run_from_a_plan_keeps_the_new_pins_and_vetoes(kind: str) -> None:
    problem = world(Size(60, 40, 10, 20, 3), 4, "budgets")
    candidates = matching.find_candidates(problem, ROUGH)
    first = solved(problem, ROUGH, candidates=candidates)
    other = next(one for one in first.triangular if one.runner_up is not None)
    assert other.runner_up is not None
    pin = Pairing(need=other.need, **other.runner_up.parties, reason="agreed")
    last = first.triangular[-1]
    veto = Pairing(need=last.need, practice=last.practice, provider=last.provider, window=last.window, reason="no")
    rules = replace(ROUGH, pins=(pin,) if kind != "veto" else (), vetoes=(veto,) if kind != "pin" else ())
    plan = solved(problem, rules, start=first, candidates=candidates)
    assert plan.status in ("optimal", "within_gap")
    assert len(held(plan) & held(first)) >= 0.5 * len(held(first))


def test_a_run_from_the_last_plan_of_an_unchanged_problem_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", -1)
    problem = world(SMALL, 1, "country_loads", endorsed=0.3)
    first = solved(problem, ROUGH)
    again = solved(problem, ROUGH, start=first)
    assert held(again) == held(first)
    assert again.bound <= first.bound


def test_candidates_of_another_problem_or_other_weights_are_refused() -> None:
    problem = one_of_each()
    candidates = matching.find_candidates(problem, Rules())
    with pytest.raises(ValueError, match="another problem"):
        matching.solve(replace(problem, needs=()), Rules(), candidates=candidates)
    weights = {**Rules().weights, "demand_fit": 20, "funding_fit": 15}
    with pytest.raises(ValueError, match="other weights"):
        matching.solve(problem, Rules(weights=weights), candidates=candidates)
    assert solved(replace(problem), Rules(), candidates=candidates).status == "optimal"


# progress and cancel ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("way")
def test_value_rises_and_bound_falls() -> None:
    told: list[tuple[int, int]] = []

    def keep(_stage: str, value: int | None, bound: int | None) -> None:
        if value is not None and bound is not None:
            told.append((value, bound))

    plan = solved(world(SMALL, 1, "budgets"), Rules(gap=0.05), progress=keep)
    values, bounds = zip(*told, strict=True)
    # In the wide way investment proposals come second and add to both.
    second = next((n for n, (one, two) in enumerate(pairwise(bounds)) if two > one), len(told)) + 1
    assert list(values) == sorted(values)
    for part in (bounds[:second], bounds[second:]):
        assert list(part) == sorted(part, reverse=True)
    assert told[-1][0] <= plan.objective
    assert told[-1][1] >= plan.bound


def calls(problem: Problem, rules: Rules) -> int:
    """How often progress is told of a run."""
    number: list[str] = []
    matching.solve(problem, rules, progress=lambda stage, _value, _bound: number.append(stage))
    return len(number)


@pytest.mark.usefixtures("way")
def test_a_cancel_at_any_call_gives_the_best_plan_so_far() -> None:
    problem, rules = world(SMALL, 2, "country_loads"), Rules(gap=0.1)
    values = []
    for stop_at in range(1, min(calls(problem, rules), 12) + 1):
        number: Iterator[int] = iter(range(1, 10_000))
        plan = solved(problem, rules, progress=lambda *_told, number=number, at=stop_at: next(number) >= at)
        assert plan.status in ("cancelled", "within_gap", "optimal")
        values.append(plan.objective)
    assert max(values) > 0


@pytest.mark.usefixtures("way")
def test_a_time_limit_gives_a_plan_and_says_so() -> None:
    plan = solved(world(Size(120, 80, 12, 20, 3), 1, "budgets"), Rules(seconds=1))
    assert plan.status in ("time_limit", "optimal")
    assert plan.objective > 0


# edges ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("way")
def test_no_needs() -> None:
    assert solved(Problem(as_of=date(2026, 11, 24)), Rules()).status == "nothing_possible"
    assert solved(replace(one_of_each(), needs=()), Rules()).status == "nothing_possible"


@pytest.mark.usefixtures("way")
def test_one_option() -> None:
    plan = solved(one_of_each(), Rules())
    assert (plan.status, len(plan.triangular)) == ("optimal", 1)


@pytest.mark.usefixtures("way")
def test_all_values_equal() -> None:
    needs = tuple(need(f"N{n}", "AAA") for n in range(6))
    problem = replace(one_of_each(), needs=needs, institution_slots={"institution-P1": 4}, country_slots={"BBB": 3})
    plan = solved(problem, Rules(proposals_per_window_when_unknown=9))
    assert len(plan.triangular) == 3
    assert len({one.points for one in plan.triangular}) == 1


@pytest.mark.usefixtures("way")
def test_budgets_of_ten_to_the_fifteen() -> None:
    huge = Decimal(10**15)
    needs = tuple(need(f"N{n}", "AAA", budget=huge / 2 + n) for n in range(3))
    problem = replace(
        one_of_each(),
        needs=needs,
        windows=(window("W1", budget=huge),),
        institution_slots={"institution-P1": 9},
        country_slots={"BBB": 9},
    )
    assert len(solved(problem, Rules()).triangular) == 1


@pytest.mark.usefixtures("way")
def test_pins_that_contradict_each_other_are_named() -> None:
    twice = (
        Pairing(need="N1", practice="P1", reason="one agreement"),
        Pairing(need="N1", practice="P2", reason="another agreement"),
    )
    problem = replace(one_of_each(), practices=(practice("P1", "BBB"), practice("P2", "BBB")))
    plan = solved(problem, Rules(pins=twice))
    assert plan.status == "infeasible"
    assert any("need N1 + practice" in name for name in plan.conflict)


@pytest.mark.usefixtures("way")
def test_pins_that_want_the_same_slot_are_named() -> None:
    pins = tuple(Pairing(need=key, practice="P1", window="W1", reason="agreed") for key in ("N1", "N2"))
    plan = solved(one_slot_for_two(), Rules(pins=pins))
    assert plan.status == "infeasible"
    assert sum(name.startswith("pin:") or "pin " in name for name in plan.conflict) == 2


@pytest.mark.usefixtures("way")
def test_a_pin_that_nothing_can_keep_is_named() -> None:
    plan = solved(one_of_each(), Rules(pins=(Pairing(need="N9", reason="a need that is gone"),)))
    assert plan.status == "infeasible"
    assert any("need N9" in name for name in plan.conflict)


@pytest.mark.usefixtures("way")
def test_a_floor_out_of_reach_is_infeasible() -> None:
    floor = GroupFloor(group="action_area", value="environment", least_percent=100)
    plan = solved(one_slot_for_two(), Rules(floors=(floor,)))
    assert plan.status == "infeasible"
    assert any("action_area environment" in name for name in plan.conflict)


@pytest.mark.usefixtures("way")
def test_order_of_input_never_matters() -> None:
    problem, draw = world(SMALL, 5, "budgets", endorsed=0.2), random.Random(5)
    kinds = ("countries", "themes", "needs", "practices", "windows", "investors", "offices")
    mixed = replace(
        problem, **{kind: tuple(draw.sample(getattr(problem, kind), len(getattr(problem, kind)))) for kind in kinds}
    )
    first, second = (replace(solved(one, ROUGH), seconds=0) for one in (problem, mixed))
    assert first == second

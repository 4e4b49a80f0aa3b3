"""Plans: known answers, brute force, the referee, order of input, wider offers."""

import json
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from random_problems import best_by_trying, random_problem, random_rules

import matching
from matching.examples import (
    budget_for_one,
    country,
    need,
    nothing_possible,
    one_of_each,
    one_slot_for_two,
    practice,
    window,
    with_investment,
)

RULES = matching.Rules()


def solved(problem: matching.Problem, rules: matching.Rules = RULES) -> matching.Plan:
    """The plan, which the referee must find sound."""
    plan = matching.solve(problem, rules)
    assert matching.broken_rules(problem, rules, plan) == []
    return plan


def test_one_of_each_gives_the_one_proposal() -> None:
    plan = solved(one_of_each())
    assert plan.status == "optimal"
    assert plan.gap == 0
    assert [(one.need, one.practice, one.provider, one.window) for one in plan.triangular] == [
        ("N1", "P1", "BBB", "W1")
    ]
    assert plan.unmatched == ()


def test_the_ldc_gets_the_last_slot_and_the_other_is_told_what_it_takes() -> None:
    problem = one_slot_for_two()
    plan = solved(problem)
    assert [one.need for one in plan.triangular] == ["N1"]
    (lost,) = plan.unmatched
    assert lost.need == "N2"
    assert lost.reasons[0].code == "limits_used_up"
    again = solved(*matching.apply_changes(problem, RULES, lost.smallest_change))
    assert {one.need for one in again.triangular} == {"N1", "N2"}


def test_a_binding_limit_is_told_with_its_worth() -> None:
    plan = solved(one_slot_for_two())
    (limit,) = [one for one in plan.binding_limits if one.limit == "institution_slots:institution-P1"]
    assert (limit.used, limit.capacity) == (1, 1)
    more = solved(replace(one_slot_for_two(), institution_slots={"institution-P1": 2}))
    assert limit.worth >= more.objective - plan.objective > 0


def test_nothing_possible_is_a_result_with_reason_and_smallest_change() -> None:
    problem = nothing_possible()
    plan = solved(problem)
    assert plan.status == "nothing_possible"
    (lost,) = plan.unmatched
    assert lost.reasons[0].code == "no_eligible_practice"
    again = solved(*matching.apply_changes(problem, RULES, lost.smallest_change))
    assert len(again.triangular) == 1


def test_a_budget_is_a_limit() -> None:
    plan = solved(budget_for_one())
    assert len(plan.triangular) == 1
    (lost,) = plan.unmatched
    again = solved(*matching.apply_changes(budget_for_one(), RULES, lost.smallest_change))
    assert len(again.triangular) == 2


def test_triangular_and_investment_stand_in_one_plan() -> None:
    plan = solved(with_investment())
    assert len(plan.triangular) == 1
    assert [(one.need, one.investor, one.office) for one in plan.investment] == [("N1", "V1", "O1")]
    assert plan.objective == plan.triangular[0].points + plan.investment[0].points


def test_an_unknown_budget_counts_as_the_house_default() -> None:
    needs = tuple(need(f"N{n}", "AAA") for n in range(5))
    plan = solved(
        replace(one_of_each(), needs=needs, institution_slots={"institution-P1": 9}, country_slots={"BBB": 9})
    )
    assert len(plan.triangular) == RULES.proposals_per_window_when_unknown
    assert any("window_proposals" in text for text in plan.assumptions)


def test_shared_money_is_never_added_up() -> None:
    problem = budget_for_one()
    twins = (window("W1", budget=Decimal(100), budget_group="G"), window("W2", budget=Decimal(100), budget_group="G"))
    assert len(solved(replace(problem, windows=twins)).triangular) == 1


def test_endorsed_needs_come_before_points() -> None:
    problem = one_slot_for_two()
    needs = (problem.needs[0], replace(problem.needs[1], endorsed=True))
    plan = solved(replace(problem, needs=needs))
    assert [one.need for one in plan.triangular] == ["N2"]
    assert [aim.value for aim in plan.aims if aim.aim == "endorsed_needs_served"] == [1]


def test_load_is_spread_where_it_costs_no_points() -> None:
    twins = tuple(
        practice(f"P{n}", provider, institution=f"i{n}") for n, provider in enumerate(["BBB", "BBB", "CCC", "CCC"])
    )
    alike = {"latitude": 0.0, "longitude": 0.0}
    countries = tuple(country(key, **alike) for key in ("AAA", "BBB", "CCC"))
    needs = tuple(need(f"N{n}", "AAA") for n in range(2))
    slots = {f"i{n}": 1 for n in range(4)}
    plan = solved(
        replace(one_of_each(), countries=countries, needs=needs, practices=twins, projects=(), institution_slots=slots)
    )
    assert sorted(one.provider for one in plan.triangular) == ["BBB", "CCC"]


def test_a_pin_is_kept_and_a_veto_too() -> None:
    problem = one_slot_for_two()
    pin = matching.Pairing(need="N2", practice="P1", reason="agreed at the workshop")
    plan = solved(problem, matching.Rules(pins=(pin,)))
    assert [one.need for one in plan.triangular] == ["N2"]
    assert plan.triangular[0].pinned
    veto = matching.Pairing(need="N1", reason="withdrawn by word of mouth")
    plan = solved(problem, matching.Rules(vetoes=(veto,)))
    assert [one.need for one in plan.triangular] == ["N2"]
    assert [one.reasons[0].code for one in plan.unmatched] == ["vetoed"]


def test_a_floor_is_kept() -> None:
    problem = replace(
        one_slot_for_two(), countries=(country("AAA", ldc=True), country("BBB"), country("CCC", region="North"))
    )
    floor = matching.GroupFloor(group="region", value="North", least_percent=100)
    plan = solved(problem, matching.Rules(floors=(floor,)))
    assert [one.need for one in plan.triangular] == ["N2"]


def test_floors_that_exclude_each_other_are_named() -> None:
    floor = matching.GroupFloor(group="action_area", value="environment", least_percent=100)
    plan = solved(one_slot_for_two(), matching.Rules(floors=(floor,)))
    assert plan.status == "infeasible"
    assert any("action_area environment" in name for name in plan.conflict)
    assert any("institution-P1" in name for name in plan.conflict)


def test_self_financing_is_legal() -> None:
    plan = solved(replace(one_of_each(), windows=(window("W1", donor_country="AAA", donor_type="southern"),)))
    assert len(plan.triangular) == 1


def test_the_provider_does_not_facilitate_itself() -> None:
    plan = solved(replace(one_of_each(), windows=(window("W1", donor_country="BBB", donor_type="southern"),)))
    assert plan.triangular == ()
    assert plan.unmatched[0].reasons[0].code == "no_pair_goes_together"


@pytest.mark.parametrize("seed", range(200))
def test_the_value_equals_brute_force(seed: int) -> None:
    problem, rules = random_problem(seed), random_rules(seed)
    plan = solved(problem, rules)
    endorsed, points = best_by_trying(problem, rules)
    wanted = {one.key for one in problem.needs if one.endorsed}
    assert len(wanted & {one.need for one in plan.triangular}) == endorsed
    assert plan.objective == points
    assert plan.bound == plan.objective


@pytest.mark.parametrize("seed", range(20))
def test_order_of_input_never_matters(seed: int) -> None:
    problem, rules = random_problem(seed), random_rules(seed)
    draw = random.Random(seed)
    kinds = ("countries", "themes", "needs", "practices", "windows", "investors", "offices")
    shuffled = replace(
        problem, **{kind: tuple(draw.sample(getattr(problem, kind), len(getattr(problem, kind)))) for kind in kinds}
    )

    def text(one: matching.Problem) -> str:
        return json.dumps({**matching.solve(one, rules).to_dict(), "seconds": 0}, sort_keys=True)

    assert text(problem) == text(shuffled)


@pytest.mark.parametrize("seed", range(20))
def test_a_wider_offer_never_lowers_the_value(seed: int) -> None:
    problem, rules = random_problem(seed), random_rules(seed)
    problem = replace(problem, needs=tuple(replace(one, endorsed=None) for one in problem.needs))
    wider = replace(
        problem, windows=(*problem.windows, window("W9", action_areas=frozenset({"environment", "skills"})))
    )
    assert solved(wider, rules).objective >= solved(problem, rules).objective


@pytest.mark.parametrize("seed", range(40))
def test_every_smallest_change_is_confirmed_by_a_second_run(seed: int) -> None:
    problem, rules = random_problem(seed), random_rules(seed)
    for lost in solved(problem, rules).unmatched:
        if lost.smallest_change:
            again = matching.solve(*matching.apply_changes(problem, rules, lost.smallest_change))
            still = [one for one in again.unmatched if (one.need, one.mode) == (lost.need, lost.mode)]
            assert not still or still[0].reasons != lost.reasons


def test_no_needs_is_nothing_possible() -> None:
    assert solved(replace(one_of_each(), needs=())).status == "nothing_possible"


def test_progress_is_told_and_can_stop_the_run() -> None:
    stages: list[str] = []
    matching.solve(one_of_each(), RULES, progress=lambda stage, _value, _bound: stages.append(stage))
    assert stages[0] == "judging pairs"
    assert stages[-1] == "explaining"

"""The referee bites: every kind of broken plan is found."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

import matching
from matching.examples import country, need, one_of_each, practice, window, with_investment
from matching.plan import Plan, TriangularProposal

RULES = matching.Rules()


def sound() -> tuple[matching.Problem, Plan]:
    problem = with_investment()
    return problem, matching.solve(problem, RULES)


def first(plan: Plan, **change: object) -> Plan:
    """The plan with its triangular proposal changed."""
    return replace(plan, triangular=(replace(plan.triangular[0], **change),))  # type: ignore[arg-type]


def test_a_sound_plan_has_nothing_broken() -> None:
    problem, plan = sound()
    assert matching.broken_rules(problem, RULES, plan) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda plan: first(plan, window="W9"), "'W9', which is not among the windows"),
        (lambda plan: first(plan, provider="CCC"), "CCC does not provide practice P1"),
        (lambda plan: first(plan, ledger=()), "does not tell of every hard rule"),
        (lambda plan: first(plan, points=plan.triangular[0].points + 1), "do not add up"),
        (lambda plan: replace(plan, triangular=plan.triangular * 2), "2 proposals of the kind TriangularProposal"),
        (lambda plan: replace(plan, objective=plan.objective + 1, bound=plan.bound + 1), "the points add up to"),
        (lambda plan: replace(plan, bound=plan.objective - 1), "lies below the objective"),
        (lambda plan: replace(plan, gap=0.5), "is not what objective and bound say"),
        (lambda plan: replace(plan, triangular=()), "neither served nor told"),
        (lambda plan: replace(plan, status=matching.Status.INFEASIBLE), "an infeasible plan holds proposals"),
    ],
)
def test_a_spoilt_plan_is_found(spoil: Callable[[Plan], Plan], message: str) -> None:
    problem, plan = sound()
    assert any(message in sentence for sentence in matching.broken_rules(problem, RULES, spoil(plan)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"practices": (practice("P1", "BBB", themes=frozenset({"S_TVET"})),)}, "themes_meet"),
        ({"windows": (window("W1", accepts=frozenset({"CCC"})),)}, "window_accepts_country"),
        ({"windows": (window("W1", donor_country="BBB"),)}, "facilitator_is_not_provider"),
        ({"institution_slots": {"institution-P1": 0}}, "institution_slots: institution-P1 has 1, allowed are 0"),
        ({"country_slots": {"BBB": 0}}, "country_load: BBB has 1, allowed are 0"),
        ({"investors": (replace(with_investment().investors[0], deals=0),)}, "investor_deals"),
        ({"offices": (replace(with_investment().offices[0], case_capacity=0),)}, "office_case_capacity"),
        (
            {"investors": (replace(with_investment().investors[0], accepts=frozenset({"BBB"})),)},
            "mandate_covers_country",
        ),
    ],
)
def test_a_plan_for_another_problem_is_found(change: dict, message: str) -> None:
    problem, plan = sound()
    assert any(message in sentence for sentence in matching.broken_rules(replace(problem, **change), RULES, plan))


def test_overspent_budgets_and_counts_are_found() -> None:
    problem = replace(
        one_of_each(), needs=(need("N1", "AAA", budget=Decimal(60)), need("N2", "CCC", budget=Decimal(60)))
    )
    rich = replace(problem, windows=(window("W1", budget=Decimal(120)),))
    plan = matching.solve(rich, RULES)
    assert len(plan.triangular) == 2
    poor = replace(problem, windows=(window("W1", budget=Decimal(100)),))
    assert any("window_budget" in sentence for sentence in matching.broken_rules(poor, RULES, plan))
    strict = matching.Rules(proposals_per_window_when_unknown=1)
    unknown = matching.solve(replace(one_of_each(), needs=(need("N1", "AAA"), need("N2", "CCC"))), RULES)
    uncosted = replace(one_of_each(), needs=(need("N1", "AAA"), need("N2", "CCC")))
    assert any("window_proposals" in sentence for sentence in matching.broken_rules(uncosted, strict, unknown))


def test_unkept_floors_pins_and_vetoes_are_found() -> None:
    problem = replace(one_of_each(), countries=(country("AAA", ldc=True), country("BBB"), country("CCC")))
    plan = replace(matching.solve(problem, RULES), triangular=())
    for rules, message in (
        (matching.Rules(floors=(matching.GroupFloor(group="ldc", least_percent=1),)), "floor ldc: 0 of the promised 1"),
        (matching.Rules(pins=(matching.Pairing(need="N1", reason="agreed"),)), "the pin 'need N1' is not kept"),
    ):
        assert any(message in sentence for sentence in matching.broken_rules(problem, rules, plan))
    veto = matching.Rules(vetoes=(matching.Pairing(window="W1", reason="closed"),))
    served = matching.solve(problem, RULES)
    assert isinstance(served.triangular[0], TriangularProposal)
    assert any(
        "the veto 'window W1' is broken" in sentence for sentence in matching.broken_rules(problem, veto, served)
    )

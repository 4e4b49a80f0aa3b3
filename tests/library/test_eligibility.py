"""Hard rules: passed, failed or unknown, each with its reason."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

import matching
from matching.eligibility import (
    Ground,
    Outcome,
    amount_asked,
    judge_facilitation,
    judge_investor,
    judge_office,
    judge_practice,
    judge_window,
)
from matching.examples import country, need, one_of_each, practice, window, with_investment


def outcome(verdicts: list, rule: str) -> Outcome:
    (found,) = [verdict for verdict in verdicts if verdict.rule == rule]
    assert found.detail
    return found.outcome


GROUND = Ground.of(
    replace(
        one_of_each(), countries=(country("AAA"), country("BBB"), country("CCC", southern=False, oda_eligible=False))
    )
)


@pytest.mark.parametrize(
    ("rule", "asker", "facts", "provider", "expected"),
    [
        ("beneficiary_is_not_provider", "AAA", {}, "BBB", "passed"),
        ("beneficiary_is_not_provider", "AAA", {}, "AAA", "failed"),
        ("beneficiary_is_not_provider", "AAA", {}, None, "unknown"),
        ("provider_is_southern", "AAA", {}, "BBB", "passed"),
        ("provider_is_southern", "AAA", {}, "CCC", "failed"),
        ("provider_is_southern", "AAA", {}, None, "unknown"),
        ("themes_meet", "AAA", {}, "BBB", "passed"),
        ("themes_meet", "AAA", {"themes": frozenset({"E_LOWCARB"})}, "BBB", "passed"),
        ("themes_meet", "AAA", {"themes": frozenset({"S_TVET"})}, "BBB", "failed"),
    ],
)
def test_need_and_practice(rule: str, asker: str, facts: dict, provider: str | None, expected: str) -> None:
    verdicts = judge_practice(GROUND, need("N", asker), practice("P", **facts), provider)
    assert outcome(verdicts, rule) == expected


@pytest.mark.parametrize(
    ("rule", "wants", "offers", "expected"),
    [
        ("window_takes_proposals", {}, {"kind": "past_contribution"}, "failed"),
        ("window_takes_proposals", {}, {"kind": "programme"}, "passed"),
        ("window_is_open_on", {}, {}, "passed"),
        ("window_is_open_on", {}, {"open_to": date(2026, 1, 1)}, "passed"),
        ("window_is_open_on", {}, {"open_to": date(2025, 12, 31)}, "failed"),
        ("window_is_open_on", {}, {"open_to": date(2025, 12, 31), "recurs": True}, "unknown"),
        ("window_is_open_on", {}, {"open_to": date(2025, 12, 31), "recurs": False}, "failed"),
        ("window_is_open_on", {}, {"open_to": None}, "unknown"),
        ("window_is_open_on", {}, {"open_from": date(2026, 1, 2)}, "failed"),
        ("window_accepts_country", {}, {}, "passed"),
        ("window_accepts_country", {}, {"accepts": frozenset({"BBB"})}, "failed"),
        ("window_accepts_country", {}, {"accepts": frozenset({"BBB"}), "accepts_complete": False}, "unknown"),
        ("window_accepts_country", {}, {"accepts": None}, "unknown"),
        ("window_accepts_country", {}, {"excludes": frozenset({"AAA"})}, "failed"),
        ("window_funds_action_area", {"action_area": "skills"}, {}, "failed"),
        ("beneficiary_is_oda_eligible", {}, {"donor_type": "northern"}, "passed"),
        ("ticket_fits", {}, {}, "unknown"),
        ("ticket_fits", {}, {"max_ticket": Decimal(10)}, "unknown"),
        ("ticket_fits", {"budget": Decimal(10)}, {"max_ticket": Decimal(10)}, "passed"),
        ("ticket_fits", {"budget": Decimal(11)}, {"max_ticket": Decimal(10)}, "failed"),
        ("ticket_fits", {"budget": Decimal(9)}, {"min_ticket": Decimal(10)}, "failed"),
        ("ticket_fits", {"budget": Decimal(11)}, {"budget": Decimal(10)}, "failed"),
        ("ticket_fits", {"budget": Decimal(20)}, {"max_ticket": Decimal(10), "cofinancing_share": 50}, "passed"),
        ("ticket_fits", {"budget": Decimal(9), "currency": "EUR"}, {"max_ticket": Decimal(10)}, "unknown"),
        ("cofinancing_is_met", {}, {}, "passed"),
        ("cofinancing_is_met", {}, {"cofinancing_share": 50}, "unknown"),
        ("cofinancing_is_met", {"self_financing_share": 50}, {"cofinancing_share": 50}, "passed"),
        ("cofinancing_is_met", {"self_financing_share": 49}, {"cofinancing_share": 50}, "failed"),
        ("parties_are_enough", {}, {}, "passed"),
        ("parties_are_enough", {}, {"min_parties": 3}, "unknown"),
        ("parties_are_enough", {}, {"min_parties": 3, "donor_country": "CCC"}, "passed"),
    ],
)
def test_need_and_window(rule: str, wants: dict, offers: dict, expected: str) -> None:
    assert outcome(judge_window(GROUND, need("N", "AAA", **wants), window("W", **offers)), rule) == expected


def test_oda_binds_northern_donors_only() -> None:
    asked = need("N", "CCC")
    assert (
        outcome(judge_window(GROUND, asked, window("W", donor_type="northern")), "beneficiary_is_oda_eligible")
        == "failed"
    )
    assert (
        outcome(judge_window(GROUND, asked, window("W", donor_type="southern")), "beneficiary_is_oda_eligible")
        == "passed"
    )


@pytest.mark.parametrize(
    ("donor", "provider", "expected"),
    [("BBB", "BBB", "failed"), ("AAA", "BBB", "passed"), (None, "BBB", "passed"), ("BBB", None, "unknown")],
)
def test_provider_and_window(donor: str | None, provider: str | None, expected: str) -> None:
    verdicts = judge_facilitation(GROUND, practice("P"), provider, window("W", donor_country=donor))
    assert outcome(verdicts, "facilitator_is_not_provider") == expected


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("need_invites_investment", {}, "passed"),
        ("mandate_covers_country", {}, "passed"),
        ("mandate_covers_country", {"accepts": None}, "unknown"),
        ("mandate_covers_country", {"accepts": frozenset({"BBB"})}, "failed"),
        ("mandate_covers_country", {"accepts": frozenset({"BBB"}), "accepts_complete": False}, "unknown"),
        ("mandate_covers_sector", {"themes": frozenset({"S_TVET"})}, "failed"),
        ("mandate_covers_sector", {"themes": frozenset(), "isic": frozenset({"C24"})}, "passed"),
        ("mandate_covers_sector", {"themes": frozenset(), "isic": frozenset({"C"})}, "failed"),
        ("mandate_covers_sector", {"themes": frozenset()}, "unknown"),
        ("deal_fits_ticket", {}, "passed"),
        ("deal_fits_ticket", {"min_ticket": None, "max_ticket": None}, "unknown"),
        ("deal_fits_ticket", {"min_ticket": Decimal(3_000_000)}, "failed"),
        ("deal_fits_ticket", {"max_ticket": Decimal(1_000_001)}, "failed"),
    ],
)
def test_need_and_investor(rule: str, facts: dict, expected: str) -> None:
    problem = with_investment()
    investor = replace(problem.investors[0], **facts)
    assert outcome(judge_investor(Ground.of(problem), problem.needs[0], investor), rule) == expected


def test_a_need_that_asks_for_training_is_not_paired_with_an_investor() -> None:
    problem = with_investment()
    verdicts = judge_investor(GROUND, need("N", "AAA"), problem.investors[0])
    assert outcome(verdicts, "need_invites_investment") == "failed"


@pytest.mark.parametrize(
    ("serves", "expected"), [(frozenset({"AAA"}), "passed"), (frozenset({"BBB"}), "failed"), (None, "unknown")]
)
def test_need_and_office(serves: frozenset[str] | None, expected: str) -> None:
    office = matching.ITPOOffice(key="O", name="Office", host="BBB", serves=serves)
    assert outcome(judge_office(GROUND, need("N", "AAA"), office), "office_serves_country") == expected


def test_an_unknown_outcome_of_a_need_and_a_window_comes_with_a_question() -> None:
    verdicts = judge_window(
        GROUND, need("N", "AAA"), window("W", accepts=None, open_to=None, cofinancing_share=10, min_parties=4)
    )
    unknown = [verdict for verdict in verdicts if verdict.outcome == "unknown"]
    assert len(unknown) == 5
    assert all(verdict.question and verdict.question.endswith("?") for verdict in unknown)


def test_the_amount_asked_leaves_the_own_share_out() -> None:
    asked = amount_asked(
        need("N", "AAA", budget=Decimal(100), self_financing_share=20), window("W", cofinancing_share=30)
    )
    assert asked == Decimal("70.00")
    assert amount_asked(need("N", "AAA"), window("W")) is None

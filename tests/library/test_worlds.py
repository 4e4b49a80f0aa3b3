"""The made-up worlds: the same seed gives the same world, and their statistics follow the reference data."""

from dataclasses import replace
from functools import lru_cache
from statistics import fmean

import pytest

from benchmarks.worlds import SIZES, Mood, Size, asked, describe, real, world
from matching.candidates import Candidates, find_candidates
from matching.problem import Problem
from matching.rules import Rules


@lru_cache(maxsize=1)
def candidates() -> Candidates:
    return find_candidates(world("S"), Rules())


def money(problem: Problem) -> float:
    known = {one.budget_group or one.key: float(one.budget) for one in problem.windows if one.budget is not None}
    return sum(known.values())


def test_the_same_seed_gives_the_same_world() -> None:
    assert world("S", 3).digest == world("S", 3).digest


def test_another_seed_gives_another_world() -> None:
    assert world("S", 3).digest != world("S", 4).digest


def test_a_size_can_be_named_or_given() -> None:
    assert world(SIZES["S"]).digest == world("S").digest
    counts = (len(one) for one in (world("S").needs, world("S").practices, world("S").windows))
    assert tuple(counts) == (200, 150, 40)


def test_countries_themes_and_past_projects_are_the_real_ones() -> None:
    made = world("S")
    assert (made.countries, made.themes, made.projects) == (real().countries, real().themes, real().projects)


def test_every_record_is_plainly_made_up() -> None:
    made = world("S")
    named = [one.title for one in (*made.needs, *made.practices)]
    named += [one.name for one in (*made.windows, *made.investors, *made.offices)]
    assert all(name.startswith("Made-up ") for name in named)


def test_the_mood_chooses_what_binds() -> None:
    loads, budgets = world("S", mood="country_loads"), world("S", mood="budgets")
    assert loads.needs == budgets.needs
    assert sum(loads.country_slots.values()) == pytest.approx(0.4 * len(loads.needs), rel=0.25)
    assert money(loads) > sum(asked(loads.needs))
    assert sum(budgets.country_slots.values()) > len(budgets.needs)
    assert money(budgets) == pytest.approx(0.5 * sum(asked(budgets.needs)), rel=0.25)


@pytest.mark.parametrize("mood", ["country_loads", "budgets"])
def test_capacities_of_all_providers_are_known(mood: Mood) -> None:
    made = world("S", mood=mood)
    assert {country for one in made.practices for country in one.providers} == made.country_slots.keys()
    assert {one.institution for one in made.practices if one.institution} == made.institution_slots.keys()


def test_leaving_a_side_out_changes_nothing_in_the_other() -> None:
    whole, triangular, investment = world("S"), world("S", investment=False), world("S", triangular=False)
    assert replace(whole, investors=(), offices=()) == triangular
    assert (investment.practices, investment.windows, investment.country_slots) == ((), (), {})
    assert (whole.investors, whole.offices) == (investment.investors, investment.offices)


def test_a_size_without_practices_is_for_investment_alone() -> None:
    made = world(Size(50, 0, 0, 20, 3))
    assert all("investment" in need.modalities for need in made.needs)
    assert sum(office.case_capacity or 0 for office in made.offices) == pytest.approx(30, abs=3)


def test_themes_are_as_many_as_in_reality() -> None:
    made = world("S")
    for invented, known in ((made.needs, real().needs), (made.practices, real().practices)):
        assert fmean(len(one.themes) for one in invented) == pytest.approx(fmean(len(one.themes) for one in known), 0.1)


def test_texts_use_real_words_only() -> None:
    words = {word for one in real().needs for word in f"{one.title} {one.text}".split()}
    for need in world("S").needs:
        assert words.issuperset(need.text.split())
        assert 20 <= len(need.text.split()) <= 30


def test_eligible_practices_are_as_frequent_as_in_reality() -> None:
    found = candidates()
    assert 0.15 < len(found.triangular.second.columns) / len(found.problem.needs) / len(found.offers) < 0.30


def test_eligible_windows_are_as_frequent_as_in_reality() -> None:
    found = candidates()
    pairs = len(found.problem.needs) * len(found.problem.windows)
    assert 0.2 < len(found.triangular.third.columns) / pairs < 0.5


def test_every_investor_has_a_portfolio_above_its_floor() -> None:
    assert all(one.portfolio and one.portfolio >= (one.min_ticket or 0) for one in world("S").investors)


def test_describing_names_the_counts() -> None:
    assert "200 needs, 150 practices, 40 windows, 200 investors, 10 offices" in describe(world("S"))

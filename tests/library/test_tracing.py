"""Signals behind the points: they add up, tell facts and years, and say unknown where nothing is known."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from random_problems import random_problem

import matching
from matching import present
from matching.candidates import find_candidates
from matching.examples import country, need, one_of_each, practice, window
from matching.facts import Told
from matching.partners import partners_of
from matching.plan import ScorePart, Signal
from matching.problem import PastProject
from matching.similarity import resemblance, resemblance_then
from matching.tracing import shared_out

NAN = float("nan")


def parts_of(problem: matching.Problem) -> dict[str, ScorePart]:
    (proposal,) = matching.solve(problem, matching.Rules()).triangular
    return {part.criterion: part for part in proposal.parts}


def signal(part: ScorePart, name: str) -> Signal:
    (found,) = [one for one in part.signals if one.signal == name]
    return found


@pytest.mark.parametrize("seed", range(15))
def test_signals_add_up_to_their_criterion_unless_nothing_is_known(seed: int) -> None:
    for proposal in matching.solve(random_problem(seed), matching.Rules()).triangular:
        for part in proposal.parts:
            known = [one.points for one in part.signals if one.points is not None]
            assert part.signals
            assert all(one.fact for one in part.signals)
            assert all(points >= 0 for points in known)
            if part.points is None:
                assert known == []
            elif known and any(known):
                assert sum(known) == part.points


def test_points_are_shared_out_in_whole_hundredths_and_unknown_gets_none() -> None:
    told = [Told("a", 1.0, "A."), Told("b", NAN, "B."), Told("c", 1.0, "C.", 2015), Told("d", 1.0, "D.")]
    assert [one.points for one in shared_out(100, told)] == [33, None, 34, 33]
    assert [one.points for one in shared_out(-1, told)] == [None] * 4
    assert [one.points for one in shared_out(100, [Told("a", 0.0, "A."), Told("b", NAN, "B.")])] == [0, None]
    assert shared_out(100, told)[2].year == 2015


def test_a_plan_of_very_many_proposals_tells_no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "MOST_TRACED", 0)
    assert {part.signals for part in parts_of(one_of_each()).values()} == {()}


def test_facts_carry_their_years() -> None:
    problem = one_of_each()
    begun = replace(problem, practices=(practice("P1", "BBB", start_year=2019),))
    parts = parts_of(begun)
    assert signal(parts["complementarity"], "worked_together").year == 2015
    assert "Earlier work, 2015" in signal(parts["complementarity"], "worked_together").fact
    assert signal(parts["practice_evidence"], "years_of_practice").year == 2019
    assert signal(parts["contextual_similarity"], "income_group").year == problem.as_of.year
    assert signal(parts["funding_fit"], "opening").year == 2026
    assert "energy" in signal(parts["demand_fit"], "words").fact


def test_what_is_not_known_is_said_and_costs_nothing() -> None:
    parts = parts_of(replace(one_of_each(), projects=()))
    record = signal(parts["complementarity"], "worked_together")
    assert record.points is None
    assert record.fact == "No project provided by Country BBB is on record."
    assert signal(parts["demand_fit"], "endorsement").points is None
    assert signal(parts["contextual_similarity"], "indicators").points is None
    assert signal(parts["practice_evidence"], "results").points is None
    assert parts["complementarity"].points is None
    unnamed = parts_of(replace(one_of_each(), practices=(practice("P1"),)))
    assert {one.points for one in unnamed["contextual_similarity"].signals} == {None}
    assert {one.fact for one in unnamed["contextual_similarity"].signals} == {"The country of the provider is unknown."}


def test_a_donor_that_pays_its_own_need_has_no_record_as_donor() -> None:
    own = replace(one_of_each(), windows=(window("W1", donor_country="AAA"),))
    assert signal(parts_of(own)["funding_fit"], "donor_record").points is None


# the record of past projects --------------------------------------------------------------------------------------


def many(*projects: PastProject) -> matching.Problem:
    """Six countries, a need of the first, and past projects."""
    countries = tuple(country(f"C{letter}Z") for letter in "ABCDEF")
    asked = (need("N1", "CAZ"), need("N2", "CAZ", isic=frozenset({"A01"}), action_area="skills"))
    return replace(one_of_each(), countries=countries, needs=asked, practices=(), windows=(), projects=projects)


def project(key: str, provider: str, beneficiary: str, **facts: object) -> PastProject:
    return PastProject(key=key, title=key, providers=(provider,), beneficiaries=(beneficiary,), **facts)  # type: ignore[arg-type]


def test_who_worked_with_the_country_stands_above_who_did_not_and_a_newcomer_is_unknown() -> None:
    here = partners_of(many(project("X1", "CBZ", "CAZ", year=2024), project("X2", "CCZ", "CDZ", year=2024)))
    with_us, elsewhere = here.standing[0, 1], here.standing[0, 2]
    assert 0 <= elsewhere < with_us <= 1
    assert np.isnan(here.standing[:, [3, 4, 5, 6]]).all()


def test_a_project_on_the_theme_says_more() -> None:
    found = partners_of(
        many(
            project("X1", "CBZ", "CAZ", year=2024, isic=frozenset({"C24"}), action_area="environment"),
            project("X2", "CCZ", "CAZ", year=2024, isic=frozenset({"A01"}), action_area="skills"),
        )
    )
    energy, farming = found.standing[found.profile]
    assert energy[1] > energy[2]
    assert farming[2] > farming[1]


@pytest.mark.parametrize("projects", [(), (project("X1", "UNDP", "CAZ"),), (project("X1", "CAZ", "CAZ"),)])
def test_without_past_projects_of_countries_nothing_is_known(projects: tuple[PastProject, ...]) -> None:
    assert np.isnan(partners_of(many(*projects)).standing).all()


def test_the_record_does_not_know_countries_by_name() -> None:
    """Names and codes may be exchanged: the standing goes with what the country did."""
    spots = {"latitude": 0.0, "longitude": 0.0}
    alike = tuple(country(f"C{letter}Z", **spots) for letter in "ABCDEF")
    one = partners_of(replace(many(project("X1", "CBZ", "CAZ", year=2024)), countries=alike))
    other = partners_of(replace(many(project("X1", "CEZ", "CAZ", year=2024)), countries=alike))
    assert one.standing[0, 1] == pytest.approx(other.standing[0, 4])


# the provider then, the beneficiary now ---------------------------------------------------------------------------


def test_a_provider_that_was_where_the_beneficiary_is_now_is_nearer_in_that_year() -> None:
    series = {"AAA": ((2010, 1.0), (2024, 2.0)), "BBB": ((2010, 2.0), (2024, 9.0)), "CCC": ((2010, 5.0), (2024, 9.0))}
    countries = tuple(
        country(key, history={"MVA": values}, indicators={"MVA": values[-1][1]}) for key, values in series.items()
    )
    problem = replace(one_of_each(), countries=countries)
    era, closeness = resemblance_then(problem, [2011, None, 2010, 2023])
    assert np.array_equal(closeness[0], resemblance(problem))
    assert era[0] == era[2] != era[1] == era[3] == 0
    assert closeness[era[0], 0, 1] > closeness[0, 0, 1]
    begun = replace(problem, as_of=date(2026, 1, 1), practices=(practice("P1", "BBB", start_year=2010),))
    then = parts_of(begun)["contextual_similarity"]
    now = parts_of(problem)["contextual_similarity"]
    assert (then.points or 0) / then.weight > (now.points or 0) / now.weight
    assert signal(then, "indicators").year == 2010
    assert "2 (2024)" in signal(then, "indicators").fact
    assert "2 (2010)" in signal(then, "indicators").fact


def test_a_missing_series_never_lowers_a_dated_resemblance() -> None:
    full = tuple(
        country(key, history={"MVA": ((2010, value),)}, indicators={"MVA": value})
        for key, value in (("AAA", 1.0), ("BBB", 9.0), ("CCC", 1.0))
    )
    bare = (country("AAA"), *full[1:])
    closeness = [resemblance_then(replace(one_of_each(), countries=kind), [2010])[1] for kind in (full, bare)]
    assert closeness[1][0, 0, 1] >= closeness[0][0, 0, 1]


def test_points_shown_and_points_in_the_index_agree_with_years_and_records() -> None:
    problem = random_problem(3)
    years = tuple(replace(one, start_year=1990 + 7 * n) for n, one in enumerate(problem.practices))
    found = find_candidates(replace(problem, practices=years), matching.Rules())
    pairs = found.triangular.second
    rows = np.repeat(np.arange(len(pairs.starts) - 1), np.diff(pairs.starts))
    total = found.criteria.need_practice(rows, pairs.columns.astype(np.int64)).total
    assert np.array_equal(total, pairs.points)

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import matching
from matching.examples import country, need, one_of_each, practice
from matching.judged import (
    agreements,
    bpref,
    crossed,
    interval,
    ndcg,
    reading_ceiling,
    weighted_kappa,
)
from matching.problem import Problem, Theme
from matching.retrieval import (
    best_practices,
    code_closeness,
    combined,
    latent_characters,
    own_practices,
    plain_words,
    retrieval_scores,
    retrieval_signals,
    standardised,
    theme_overlap,
)
from matching.taxonomy import isic_line

THEMES = (
    Theme(key="T_SOLAR", action_area="environment", label="Renewable energy"),
    Theme(key="T_CLOTH", action_area="technology", label="Textile and apparel"),
)


def small(**facts: object) -> Problem:
    """A need for solar dryers and three practices: the nearest in words, the nearest in theme, and a far one."""
    plain: dict[str, object] = {
        "as_of": one_of_each().as_of,
        "countries": (country("AAA"), country("BBB")),
        "themes": THEMES,
        "needs": (
            need(
                "N",
                "AAA",
                title="Solar dryers",
                text="Farmers want dryers for fruit.",
                themes=frozenset({"T_SOLAR"}),
                isic=frozenset({"D35"}),
                sdg_targets=frozenset({"7.2"}),
            ),
        ),
        "practices": (
            told("P1", "Solar dryers for fruit", "Dryers of local parts for farmers.", "T_SOLAR", "D351", "7.2"),
            told("P2", "Kits of cells", "Light for villages.", "T_SOLAR", "D35", "7.1"),
            told("P3", "Sewing school", "Seamstresses learn a trade.", "T_CLOTH", "C14", "4.4"),
        ),
    }
    return Problem(**{**plain, **facts})  # type: ignore[arg-type]


def told(key: str, title: str, text: str, theme: str, isic: str, target: str) -> matching.GoodPractice:
    return practice(
        key,
        "BBB",
        title=title,
        text=text,
        themes=frozenset({theme}),
        isic=frozenset({isic}),
        sdg_targets=frozenset({target}),
    )


def test_the_nearest_comes_first_and_every_signal_is_told() -> None:
    (found,) = best_practices(small()).values()
    assert [one.practice for one in found] == ["P1", "P2", "P3"]
    assert set(found[0].closeness) == {"words", "characters", "industry", "targets"}
    assert found[2].closeness == {
        "words": 0.0,
        "characters": pytest.approx(0.0, abs=0.1),
        "industry": 0.0,
        "targets": 0.0,
    }
    assert [one.practice for one in best_practices(small(), number=1)["N"]] == ["P1"]


def test_the_name_of_a_theme_brings_texts_together_that_share_no_word() -> None:
    problem = small()
    plain, widened = plain_words(problem)[0], retrieval_signals(problem)["words"][0]
    assert plain[1] < 0.2
    assert widened[1] > plain[1]
    assert widened[2] == 0.0


def test_a_countrys_own_practices_are_left_out() -> None:
    problem = small()
    own = tuple(replace(one, providers=("AAA", "BBB")) if one.key == "P1" else one for one in problem.practices)
    problem = small(practices=own)
    assert own_practices(problem).tolist() == [[True, False, False]]
    assert [one.practice for one in best_practices(problem)["N"]] == ["P2", "P3"]


def test_the_order_of_input_changes_nothing() -> None:
    problem = small()
    turned = small(practices=problem.practices[::-1], themes=THEMES[::-1])
    np.testing.assert_array_equal(retrieval_scores(turned), retrieval_scores(problem))


def test_unknown_codes_count_as_the_mean_and_are_told_as_unknown() -> None:
    problem = small()
    bare = tuple(replace(one, isic=frozenset()) if one.key == "P2" else one for one in problem.practices)
    signals = retrieval_signals(small(practices=bare))
    assert np.isnan(signals["industry"]).tolist() == [[False, True, False]]
    assert standardised(signals["industry"])[0, 1] == 0.0
    (found,) = best_practices(small(practices=bare)).values()
    assert {one.practice: one.closeness["industry"] is None for one in found}["P2"]


@pytest.mark.parametrize("kind", ["needs", "practices"])
def test_nothing_to_rank_is_no_error(kind: str) -> None:
    problem = small(**{kind: ()})
    assert retrieval_scores(problem).shape == (len(problem.needs), len(problem.practices))
    assert plain_words(problem).shape == theme_overlap(problem).shape


def test_texts_without_a_word_that_counts_are_no_error() -> None:
    problem = small(needs=(need("N", "AAA", title="the", text="of", themes=frozenset()),), practices=())
    more = replace(problem, practices=(practice("P", "BBB", title="to", text="and", themes=frozenset()),))
    assert retrieval_scores(more).tolist() == [[0.0]]


def test_a_rare_code_says_more_than_a_common_one() -> None:
    asking = [frozenset({"C10", "A01"})]
    offered = [frozenset({"C10"}), frozenset({"A01"}), *[frozenset({"C10"})] * 4]
    closeness = code_closeness(asking, offered, isic_line)[0]
    assert closeness[1] > closeness[0] > 0


def test_codes_on_one_branch_are_near() -> None:
    closeness = code_closeness(
        [frozenset({"C10"})], [frozenset({"C105"}), frozenset({"C14"}), frozenset({"A01"})], isic_line
    )
    assert closeness[0, 0] > closeness[0, 1] >= closeness[0, 2] == 0.0


def test_latent_analysis_is_the_same_twice() -> None:
    problem = small()
    np.testing.assert_array_equal(latent_characters(problem), latent_characters(problem))
    assert latent_characters(problem)[0].argmax() == 0


@given(st.lists(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=4, max_size=4), min_size=1, max_size=4))
def test_standardised_signals_have_no_unknowns(rows: list[list[float | None]]) -> None:
    signal = np.array([[np.nan if value is None else value for value in row] for row in rows])
    found = standardised(signal)
    assert np.isfinite(found).all()
    assert (found[np.isnan(signal)] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(combined({"one": signal, "two": signal}), found)


# measures ---------------------------------------------------------------------------------------------------------


def test_ndcg_is_one_for_the_best_order_and_falls_with_the_rank() -> None:
    grades = np.array([2.0, 1.0, 0.0])
    assert ndcg(grades, grades) == 1.0
    assert ndcg(grades[::-1], grades) == pytest.approx((1 / np.log2(3) + 1) / (2 + 1 / np.log2(3)))
    assert ndcg(np.array([0.0] * 10 + [2.0]), grades) == 0.0


def test_bpref_counts_what_stands_above() -> None:
    assert bpref(np.array([True, True, False])) == 1.0
    assert bpref(np.array([False, True])) == 0.0
    assert np.isnan(bpref(np.array([True])))
    assert np.isnan(bpref(np.array([False])))


def test_what_is_not_judged_counts_as_not_relevant_or_is_left_out() -> None:
    problem = small()
    scores = np.array([[3.0, 2.0, 1.0]])
    (found,) = agreements(problem, scores, {("N", "P2"): 2, ("N", "P3"): 0}).values()
    assert found.ndcg == pytest.approx(1 / np.log2(3))
    assert found.condensed_ndcg == 1.0
    assert found.bpref == 1.0
    assert found.judged == pytest.approx(2 / 3)


def test_a_need_without_a_relevant_practice_is_not_measured() -> None:
    assert agreements(small(), np.zeros((1, 3)), {("N", "P1"): 0}) == {}
    assert agreements(small(), np.zeros((1, 3)), {}) == {}


def test_kappa_of_known_tables() -> None:
    assert weighted_kappa(np.diag([5, 5, 5])) == 1.0
    assert weighted_kappa(np.full((3, 3), 4)) == pytest.approx(0.0)
    # One in ten of two equal halves goes over: observed 2 / 20, by chance 10 / 20.
    assert weighted_kappa(np.array([[9, 1], [1, 9]])) == pytest.approx(0.8)


def test_readings_are_crossed_over_pairs_that_both_hold() -> None:
    first, second = {("N", "A"): 2, ("N", "B"): 0, ("N", "C"): 1}, {("N", "A"): 1, ("N", "B"): 0}
    table = crossed(first, second)
    assert table.sum() == 2
    assert table[2, 1] == table[0, 0] == 1


def test_an_interval_holds_the_mean_and_draws_whole_groups() -> None:
    mean, low, high = interval([0.0, 1.0, 0.5, 0.5], ["a", "a", "b", "c"], seed=1)
    assert (mean, low, high) == (0.5, 0.5, 0.5)
    assert interval([0.2, 0.4], ["a", "b"], seed=1) == interval([0.2, 0.4], ["a", "b"], seed=1)
    wide = interval([0.0, 1.0, 0.0, 1.0], ["a", "b", "c", "d"], seed=1)
    assert wide[1] < wide[0] < wide[2]


def test_a_reader_who_never_changes_reaches_all() -> None:
    grades = {("N", "A"): 2, ("N", "B"): 1, ("N", "C"): 0, ("M", "A"): 0}
    assert reading_ceiling(grades, np.diag([1, 1, 1]), seed=1) == 1.0
    assert reading_ceiling(grades, np.ones((3, 3), dtype=np.int64), seed=1) < 1.0

"""Criteria: whole points, nothing lost in rounding, and unknown that never lowers."""

from dataclasses import replace

import numpy as np
import pytest
from random_problems import random_problem

import matching
from matching.candidates import find_candidates
from matching.criteria import part_of
from matching.encoding import evidence
from matching.examples import country, need, one_of_each, practice
from matching.problem import PastProject
from matching.similarity import code_vectors, resemblance, row_cosines, weighted_mean
from matching.taxonomy import ThemeTree, isic_line, isic_overlap

NAN = float("nan")


def only_points(problem: matching.Problem) -> int:
    """Points of the one proposal of a problem."""
    (proposal,) = matching.solve(problem, matching.Rules()).triangular
    return proposal.points


def test_an_unknown_criterion_is_left_out_and_the_others_fill_its_weight() -> None:
    part = part_of({"a": np.array([0.5, 0.5]), "b": np.array([1.0, NAN])}, {"a": 30.0, "b": 10.0})
    assert part.points.tolist() == [[1500, 1000], [2000, -1]]
    assert part.weights.tolist() == [[3000, 1000], [4000, 0]]
    assert part.total.tolist() == [2500, 2000]


def test_a_part_of_which_nothing_is_known_counts_at_half() -> None:
    part = part_of({"a": np.array([NAN])}, {"a": 10.0})
    assert part.total.tolist() == [500]


@pytest.mark.parametrize("seed", range(30))
def test_parts_add_up_and_stay_in_range(seed: int) -> None:
    problem = random_problem(seed)
    candidates = find_candidates(problem, matching.Rules())
    for space in (candidates.triangular, candidates.investment):
        triples = space.triples()
        assert ((triples.points >= 0) & (triples.points <= 10_000)).all()


def test_a_missing_indicator_never_lowers_the_resemblance_of_a_small_state() -> None:
    like = {"indicators": {"MVA": 1.0, "ECI": 1.0}}
    far = {"indicators": {"MVA": 9.0, "ECI": 9.0}}
    full = replace(one_of_each(), countries=(country("AAA", **like), country("BBB", **far), country("CCC", **like)))
    missing = replace(one_of_each(), countries=(country("AAA"), country("BBB", **far), country("CCC", **like)))
    assert resemblance(missing)[0, 1] >= resemblance(full)[0, 1]


def test_more_evidence_never_lowers_the_points() -> None:
    bare = replace(one_of_each(), projects=())
    known = replace(bare, practices=(practice("P1", "BBB", results="achieved"),))
    replicated = replace(bare, practices=(practice("P1", "BBB", results="achieved", replicated_in=frozenset({"CCC"})),))
    assert only_points(replicated) >= only_points(known)
    more = PastProject(key="X2", title="More work", beneficiaries=("AAA",), providers=("BBB",))
    once = one_of_each()
    assert only_points(replace(once, projects=(*once.projects, more))) >= only_points(once)


def test_endorsement_and_closer_themes_raise_the_points() -> None:
    problem = one_of_each()
    endorsed = replace(problem, needs=(need("N1", "AAA", endorsed=True),))
    assert only_points(endorsed) > only_points(replace(problem, needs=(need("N1", "AAA", endorsed=False),)))
    wider = replace(problem, practices=(practice("P1", "BBB", themes=frozenset({"E_ENMS", "S_TVET"})),))
    assert only_points(problem) > only_points(wider)


def test_weights_of_zero_switch_a_criterion_off() -> None:
    weights = {**matching.Rules().weights, "contextual_similarity": 0, "demand_fit": 45}
    plan = matching.solve(one_of_each(), matching.Rules(weights=weights))
    (part,) = [part for part in plan.triangular[0].parts if part.criterion == "contextual_similarity"]
    assert (part.points, part.weight) == (0, 0)


def test_pieces_of_evidence_add_up_without_passing_one() -> None:
    pieces = (np.array([0.5, NAN, 0.5]), np.array([0.5, NAN, NAN]))
    assert evidence(pieces)[0] == 0.75
    assert np.isnan(evidence(pieces)[1])
    assert evidence(pieces)[2] == 0.5


def test_a_weighted_mean_leaves_the_unknown_out() -> None:
    mean = weighted_mean(((1.0, np.array([0.0, NAN])), (3.0, np.array([1.0, NAN]))))
    assert mean[0] == 0.75
    assert np.isnan(mean[1])


def test_codes_on_one_branch_are_partly_alike() -> None:
    tree = ThemeTree(one_of_each().themes)
    vectors = code_vectors([["E_ENMS"], ["E_LOWCARB"], ["S_TVET"], []], tree.line)
    first, others = np.zeros(4, dtype=np.int64), np.arange(4)
    same, parent, other, none = row_cosines(vectors, vectors, first, others)
    assert same == pytest.approx(1.0)
    assert 0 < parent < 1
    assert other == 0
    assert np.isnan(none)


def test_isic_codes_know_what_they_lie_in() -> None:
    assert isic_line("C104") == ("C104", "C10", "C")
    assert isic_overlap(frozenset({"C104"}), frozenset({"C10"})) == "C104"
    assert isic_overlap(frozenset({"C104"}), frozenset({"C"})) is None
    assert isic_overlap(frozenset({"A01"}), frozenset({"C10"})) is None

"""Suggestions for one need against every triple that there is."""

from dataclasses import replace
from itertools import product

import pytest
from random_problems import random_problem

import matching
from benchmarks.worlds import Size, world
from matching.candidates import Candidates, find_candidates
from matching.options import list_options
from matching.suggest import Index, Suggestion, build_index

VETOES = (
    matching.Pairing(practice="P0", window="W0", reason="a test"),
    matching.Pairing(need="N0", provider="BBB", reason="a test"),
    matching.Pairing(window="W1", reason="a test"),
    matching.Pairing(need="N1", reason="a test"),
    matching.Pairing(investor="V0", reason="a test"),
    matching.Pairing(need="N2", investor="V1", office="O0", reason="a test"),
)
SMALL = Size(12, 90, 12, 200, 8)


def by_hand(candidates: Candidates, mode: str, need: int, number: int) -> list[Suggestion]:
    """All options that are eligible and that no veto forbids, sorted."""
    names = {
        "triangular": ("need", "practice", "provider", "window"),
        "investment": ("need", "investor", "office"),
    }[mode]
    options = list_options(candidates).of_need(mode, need)
    found = []
    for key, choice in options:
        parties = [None if part == "None" else part for part in key.split("|")[1:]]
        found.append(Suggestion(dict(zip(names, parties, strict=True)), choice.points))
    found.sort(key=lambda one: (-one.points, [key or "" for key in one.parties.values()]))
    return found[:number]


@pytest.mark.parametrize(("seed", "vetoed"), [*product(range(40), (False, True))])
def test_suggestions_are_the_best_of_all_triples(seed: int, vetoed: bool) -> None:
    problem = random_problem(seed)
    candidates = find_candidates(problem, matching.Rules(vetoes=VETOES if vetoed else ()))
    index = Index(candidates)
    for position, need in enumerate(problem.needs):
        for number in (1, 3, 20):
            found = index.suggest(need.key, number)
            assert found.need == need.key
            assert list(found.triangular) == by_hand(candidates, "triangular", position, number)
            assert list(found.investment) == by_hand(candidates, "investment", position, number)


@pytest.mark.parametrize("number", [1, 2, 20, 100_000])
def test_bounds_leave_nothing_out_where_there_are_many_parties(number: int) -> None:
    problem = world(SMALL, seed=3)
    veto = matching.Pairing(provider=problem.practices[0].providers[0], reason="a test")
    candidates = find_candidates(problem, matching.Rules(vetoes=(veto,)))
    index = Index(candidates)
    for position, need in enumerate(problem.needs):
        found = index.suggest(need.key, number)
        assert list(found.triangular) == by_hand(candidates, "triangular", position, number)
        assert list(found.investment) == by_hand(candidates, "investment", position, number)


def test_they_have_the_points_of_the_explained_triples() -> None:
    problem = world(SMALL, seed=3)
    index = build_index(problem, matching.Rules())
    for need in problem.needs[:4]:
        told = matching.best_triples(problem, matching.Rules(), need.key, 5)
        assert [one.points for one in told] == [one.points for one in index.suggest(need.key, 5).triangular]


def test_equals_come_in_the_order_of_their_keys_and_not_of_the_problem() -> None:
    problem = world(SMALL, seed=3)
    turned = replace(problem, practices=problem.practices[::-1], windows=problem.windows[::-1])
    for need in problem.needs:
        assert build_index(turned, matching.Rules()).suggest(need.key) == build_index(
            problem, matching.Rules()
        ).suggest(need.key)


def test_none_are_asked_for() -> None:
    found = build_index(world(SMALL), matching.Rules()).suggest("N-00001", 0)
    assert found.triangular == found.investment == ()


def test_an_unknown_need_is_named() -> None:
    with pytest.raises(KeyError, match="N-99999"):
        build_index(world(SMALL), matching.Rules()).suggest("N-99999")

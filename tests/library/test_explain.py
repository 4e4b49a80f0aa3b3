"""Why this and why not that."""

from dataclasses import replace

import pytest

import matching
from matching.examples import need, nothing_possible, one_of_each, one_slot_for_two, practice, window
from matching.graph import CooperationGraph

RULES = matching.Rules()


def conclusion(problem: matching.Problem, *parties: str, rules: matching.Rules = RULES) -> str:
    (told,) = matching.why_not(problem, rules, matching.solve(problem, rules), *parties)
    return told.conclusion


def test_a_chosen_triple_is_in_the_plan() -> None:
    assert conclusion(one_of_each(), "N1", "P1", "W1") == "The plan holds this proposal."


def test_an_ineligible_triple_names_what_fails() -> None:
    assert "none of the themes" in conclusion(nothing_possible(), "N1", "P1", "W1")


def test_a_triple_without_room_names_the_limit() -> None:
    assert "slots of Institution P1" in conclusion(one_slot_for_two(), "N2", "P1", "W1")


def test_a_weaker_triple_tells_by_how_much() -> None:
    far = window("W2", themes=frozenset({"S_TVET"}))
    problem = replace(one_of_each(), windows=(window("W1"), far))
    assert "points less than the chosen proposal" in conclusion(problem, "N1", "P1", "W2")


def test_a_vetoed_triple_tells_the_reason() -> None:
    rules = matching.Rules(vetoes=(matching.Pairing(window="W1", reason="closed by letter"),))
    assert conclusion(one_of_each(), "N1", "P1", "W1", rules=rules) == "A veto forbids it: closed by letter"


def test_a_practice_of_two_providers_is_told_for_each() -> None:
    problem = replace(one_of_each(), practices=(practice("P1", "BBB", "CCC"),))
    told = matching.why_not(problem, RULES, matching.solve(problem, RULES), "N1", "P1", "W1")
    assert [one.parties["provider"] for one in told] == ["BBB", "CCC"]


def test_the_best_triples_of_a_need_come_best_first() -> None:
    problem = replace(one_of_each(), windows=(window("W1"), window("W2", themes=frozenset({"S_TVET"}))))
    told = matching.best_triples(problem, RULES, "N1")
    assert [one.parties["window"] for one in told] == ["W1", "W2"]
    assert told[0].points >= told[1].points  # type: ignore[operator]


def test_an_unknown_need_is_named() -> None:
    with pytest.raises(KeyError, match="there is no need 'N9'"):
        matching.best_triples(one_of_each(), RULES, "N9")


def test_the_graph_tells_past_projects_replications_and_resemblance() -> None:
    work = practice("P1", "BBB", replicated_in=frozenset({"CCC"}))
    problem = replace(one_of_each(), practices=(work,), needs=(need("N1", "AAA"),))
    graph = CooperationGraph(problem)
    found = graph.evidence(problem.needs[0], work, "BBB", problem.windows[0])
    assert [edge.kind for edge in found] == ["past_project", "resembles", "replicated_in"]
    assert graph.provided[graph.position["BBB"], graph.position["AAA"]] == 1
    assert {country for country, _ in graph.nearest("AAA")} == {"BBB", "CCC"}

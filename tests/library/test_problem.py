"""Problems are checked when built, and the culprit is named."""

from dataclasses import replace
from decimal import Decimal

import pytest

import matching
from matching.examples import country, need, one_of_each, practice, window


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"needs": (need("N1", "AAA"), need("N1", "BBB"))}, "two needs carry the key 'N1'"),
        ({"needs": (need("N1", "ZZZ"),)}, "need 'N1' names the country 'ZZZ'"),
        ({"needs": (need("N1", "AAA", themes=frozenset({"X"})),)}, "need 'N1' names the theme 'X'"),
        ({"needs": (need("N1", "AAA", action_area="sport"),)}, "action area 'sport'"),
        ({"needs": (need("N1", "AAA", budget=Decimal(-1)),)}, "need 'N1' has a negative budget"),
        ({"practices": (practice("P1", "ZZZ"),)}, "good practice 'P1' names the country 'ZZZ'"),
        ({"windows": (window("W1", min_ticket=Decimal(2), max_ticket=Decimal(1)),)}, "'W1' has a ticket floor above"),
        ({"windows": (window("W1", donor_country="ZZZ"),)}, "window 'W1' names the country 'ZZZ'"),
        ({"themes": (matching.Theme(key="A", action_area="skills", label="A", parent="B"),)}, "names the parent 'B'"),
        ({"institution_slots": {"I": -1}}, "institution 'I' has a negative number of slots"),
    ],
)
def test_a_contradiction_names_the_culprit(change: dict, message: str) -> None:
    with pytest.raises(matching.ProblemError, match=message):
        replace(one_of_each(), **change)


def test_the_digest_depends_on_content_and_not_on_order() -> None:
    problem = replace(one_of_each(), needs=(need("N1", "AAA"), need("N2", "AAA")))
    assert replace(problem, needs=problem.needs[::-1]).digest == problem.digest
    assert replace(problem, needs=problem.needs[:1]).digest != problem.digest
    assert len(problem.digest) == 64


def test_only_keeps_the_needs_of_an_area_and_a_country() -> None:
    needs = (need("N1", "AAA"), need("N2", "BBB"), need("N3", "AAA", action_area="skills"))
    problem = replace(one_of_each(), needs=needs)
    assert [one.key for one in problem.only(action_area="environment", country="AAA").needs] == ["N1"]
    assert [one.key for one in problem.only(country="BBB").needs] == ["N2"]


def test_countries_are_found_by_key() -> None:
    assert one_of_each().country["AAA"] == country("AAA", ldc=True, income_group="L")

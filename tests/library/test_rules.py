"""Rules: defaults, plain data, and refusals that name the culprit."""

import pytest

import matching


def test_default_weights_sum_to_100() -> None:
    rules = matching.Rules()
    assert sum(rules.weights.values()) == sum(rules.investment_weights.values()) == 100


def test_plain_data_and_back() -> None:
    rules = matching.Rules(
        floors=(matching.GroupFloor(group="ldc", least_percent=30),),
        pins=(matching.Pairing(need="N1", practice="P1", reason="agreed"),),
        vetoes=(matching.Pairing(window="W1", reason="closed"),),
        extra_capacity={"country_load:BBB": 1},
        gap=0.001,
    )
    assert matching.Rules.from_dict(rules.to_dict()) == rules


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"wieghts": {}}, "unknown rule: 'wieghts'; did you mean 'weights'"),
        ({"weights": {**matching.Rules().weights, "demand_fit": 26}}, "must sum to 100, not 101"),
        ({"weights": {"demand_fit": 100}}, "says nothing of"),
        ({"weights": {**matching.Rules().weights, "charm": 0}}, "unknown criterion in 'weights': 'charm'"),
        (
            {
                "weights": {
                    **matching.Rules().weights,
                    "demand_fit": 35,
                    "funding_fit": 0,
                    "isid_inclusion": 20,
                    "complementarity": -15,
                    "practice_evidence": 40,
                }
            },
            "negative weight",
        ),
        ({"floors": [{"group": "planet", "least_percent": 5}]}, "names the group 'planet'"),
        ({"floors": [{"group": "ldc", "least_percent": 101}]}, "between 0 and 100"),
        ({"floors": [{"group": "ldc"}]}, "incomplete entry"),
        ({"pins": [{"reason": "none"}]}, "names no party"),
        ({"pins": [{"need": "N1", "ned": "N2", "reason": "x"}]}, "did you mean 'need'"),
        ({"seconds": "ten"}, "'seconds' must be a number"),
        ({"slots_per_country_when_unknown": 1.5}, "must be a whole number"),
        ({"slots_per_country_when_unknown": -1}, "must not be negative"),
    ],
)
def test_refusals_name_the_culprit(data: dict, message: str) -> None:
    with pytest.raises(matching.RulesError, match=message.replace("(", r"\(")):
        matching.Rules.from_dict(data)


def test_a_pin_that_contradicts_a_veto_is_refused() -> None:
    pin = matching.Pairing(need="N1", practice="P1", reason="agreed")
    veto = matching.Pairing(practice="P1", reason="under review")
    with pytest.raises(matching.RulesError, match=r"pin 'need N1 \+ practice P1' contradicts the veto 'practice P1'"):
        matching.Rules(pins=(pin,), vetoes=(veto,))
    matching.Rules(pins=(veto,), vetoes=(pin,))

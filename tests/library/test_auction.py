"""Choosing by bids: plans keep every limit, bounds hold, and the checker agrees, on problems small enough to solve."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.worlds import Size, world
from matching import auction, wide
from matching.allocation import Option, Status, allocate
from matching.auction import choose_by_bids, fits
from matching.axial import AxialModel
from matching.candidates import find_candidates
from matching.checking import check_plan, recompute_relaxation
from matching.checking_sets import recompute_set_bound
from matching.layout import lay_out
from matching.limits import Limits
from matching.referee import broken_rules
from matching.rules import Pairing, Rules
from matching.setbound import Across, improve, profits
from matching.solve import solve

SIZE = Size(60, 0, 0, 40, 4)


def model_of(seed: int, size: Size = SIZE) -> AxialModel:
    candidates = find_candidates(world(size, seed, triangular=False), Rules())
    return lay_out(candidates, Limits(candidates), "investment").model


def best_of(model: AxialModel) -> int:
    """The best value, by listing every triple."""
    options, number = [], 0
    for first in range(model.firsts):
        for pair in range(*model.seconds.starts[first : first + 2].tolist()):
            second = int(model.seconds.columns[pair])
            for third_pair in range(*model.thirds.starts[first : first + 2].tolist()):
                across = int(model.across[second, model.thirds.columns[third_pair]])
                if across < 0:
                    continue
                uses = {
                    f"first {first}": 1,
                    str(model.second_rows[second][0]): 1,
                    str(model.thirds.rows[third_pair]): 1,
                }
                if model.amount_rows[second] >= 0:
                    uses[str(model.amount_rows[second])] = int(model.amounts[first])
                value = int(model.seconds.points[pair]) + int(model.thirds.points[third_pair]) + across
                options.append(Option(f"{number:07}", value, uses))
                number += 1
    limits = {str(row): int(right) for row, right in enumerate(model.right)}
    limits |= {f"first {first}": 1 for first in range(model.firsts)}
    answer = allocate(options, limits, seconds=60)
    assert answer.status is Status.OPTIMAL
    return answer.value


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_is_never_beaten_and_the_plan_is_near_it(seed: int) -> None:
    model = model_of(seed)
    assert fits(model)
    answer, best = choose_by_bids(model), best_of(model)
    assert check_plan(model, answer.plan) == []
    assert model.value_of(answer.plan) == answer.value <= best <= answer.bound
    assert answer.value >= 0.97 * best
    assert answer.first_prices is not None
    assert recompute_set_bound(model, answer.sharp_prices, answer.first_prices) <= max(answer.bound, answer.value)
    assert recompute_set_bound(model, answer.sharp_prices, answer.first_prices) >= best
    assert recompute_relaxation(model, answer.prices) == answer.relaxation >= best


@pytest.mark.parametrize("seed", range(40))
def test_any_prices_prove_a_bound(seed: int) -> None:
    model, draw = model_of(seed % 4, Size(14, 0, 0, 12, 3)), np.random.default_rng(seed)
    prices = np.zeros(model.rows, dtype=np.int64)
    prices[np.unique(model.thirds.rows)] = draw.integers(0, 6000 << 10, len(np.unique(model.thirds.rows)))
    paid = draw.integers(0, 6000 << 10, model.firsts)
    proven = improve(model, Across.of(model), prices, paid, lambda _found: seed % 2 == 0)
    assert proven.bound >= best_of(model)
    assert proven.bound == recompute_set_bound(model, proven.prices << 18, proven.first_prices)


def test_profits_leave_out_what_is_not_worth_its_price_or_has_no_room() -> None:
    model = model_of(0)
    prices = np.zeros(model.rows, dtype=np.int64)
    least = np.full(model.firsts, 3000 << 10, dtype=np.int64)
    found = profits(model, Across.of(model), prices, least)
    second = np.repeat(np.arange(len(found.starts) - 1), np.diff(found.starts))
    assert len(found.net)
    assert (found.net > least[found.first]).all()
    assert (model.amounts[found.first] <= model.right[model.amount_rows[second]]).all()


def test_the_same_input_gives_the_same_answer() -> None:
    model = model_of(3)
    one, other = choose_by_bids(model), choose_by_bids(model)
    assert np.array_equal(one.plan.pair, other.plan.pair)
    assert np.array_equal(one.sharp_prices, other.sharp_prices)
    assert (one.value, one.bound) == (other.value, other.bound)


def test_a_cancel_gives_the_best_plan_so_far() -> None:
    model = model_of(2)
    answer = choose_by_bids(model, progress=lambda value, _bound: value > 0)
    assert answer.status is Status.CANCELLED
    assert check_plan(model, answer.plan) == []
    assert answer.value > 0


def test_no_time_is_told_and_gives_a_plan_that_holds() -> None:
    model = model_of(2)
    answer = choose_by_bids(model, seconds=0)
    assert answer.status is Status.TIME_LIMIT
    assert check_plan(model, answer.plan) == []


def test_other_models_do_not_fit() -> None:
    model = model_of(0)
    assert not fits(replace(model, is_floor=np.arange(model.rows) == 0))
    assert not fits(replace(model, forced=np.arange(model.firsts) == 0))
    right = model.right.copy()
    right[model.second_rows.items[0]] = auction.MOST_TAKEN + 1
    assert not fits(replace(model, right=right))
    with pytest.raises(ValueError, match="at least 0"):
        recompute_set_bound(model, np.full(model.rows, -1, dtype=np.int64), np.zeros(model.firsts, dtype=np.int64))


def test_whole_problems_go_this_way_and_come_back_by_search_after_a_veto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide, "LISTED", -1)
    problem, rules = world(SIZE, 5, triangular=False), Rules(seconds=20, gap=0.01)
    plan = solve(problem, rules)
    assert broken_rules(problem, rules, plan) == []
    gone = plan.investment[0]
    veto = Pairing(need=gone.need, investor=gone.investor, office=gone.office, reason="conflict of interest")
    again = solve(problem, replace(rules, vetoes=(veto,)), start=plan)
    assert broken_rules(problem, replace(rules, vetoes=(veto,)), again) == []
    assert (gone.need, gone.investor, gone.office) not in {
        (one.need, one.investor, one.office) for one in again.investment
    }

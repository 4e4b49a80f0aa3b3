"""The independent checker: it agrees with the claims, never lies below the best plan, and sees tampering."""

import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from test_large import all_triples, optimum, points, quick, random_model, small, triples_of, uses

from matching.axial import AxialModel, Chosen, Lists, Specials
from matching.checking import (
    Parts,
    _best_set,
    _knapsack,
    _profits,
    _worths,
    check_plan,
    recompute_relaxation,
    recompute_sharp_bound,
)
from matching.dual import evaluate
from matching.knapsack import Decomposition
from matching.pricing import SHIFT, Longs


def random_prices(model: AxialModel, seed: int, most: float = 3000.0) -> Longs:
    """Some rows at no price, the others at any."""
    rng = np.random.default_rng(seed)
    size = rng.random(model.rows) * most / model.typical * (rng.random(model.rows) < 0.6)
    return np.rint(np.where(model.is_floor, -size, size) * (1 << SHIFT)).astype(np.int64)


def relaxation_by_hand(model: AxialModel, prices: Longs) -> int:
    """Triple by triple, in Python's whole numbers."""
    best: dict[int, int] = {}
    for triple in all_triples(model):
        priced = sum(amount * int(prices[row]) for row, amount in uses(model, triple).items())
        worth = (points(model, triple) << SHIFT) - priced
        best[triple[0]] = max(best.get(triple[0], worth), worth)
    total = sum(int(price) * int(right) for price, right in zip(prices, model.right, strict=True))
    return total + sum(one if model.forced[first] else max(0, one) for first, one in best.items()) >> SHIFT


def sharp_by_hand(model: AxialModel, prices: Longs, firsts: Longs) -> int:
    """Triple by triple, and set by set of every budget's pairs."""
    budgets = {int(row) for row in model.thirds.rows}
    profit: dict[int, int] = {}
    for first, pair, third in all_triples(model):
        used = uses(model, (first, pair, third)).items()
        priced = sum(amount * int(prices[row]) for row, amount in used if row not in budgets)
        worth = (points(model, (first, pair, third)) << SHIFT) - priced
        worth = -(-worth >> (SHIFT - 10)) - int(firsts[first])
        profit[third] = max(profit.get(third, worth), worth)
    fixed = sum(int(prices[row]) * int(model.right[row]) for row in range(model.rows) if row not in budgets)
    total = -(-fixed >> (SHIFT - 10)) + int(firsts.sum())
    for row in budgets:
        items = [one for one, worth in profit.items() if model.thirds.rows[one] == row and worth > 0]
        costs = [int(model.thirds.costs[one]) for one in items]
        total += by_trying([profit[one] for one in items], costs, int(model.right[row]))
    return total >> 10


def by_trying(gain: list[int], weight: list[int], capacity: int) -> int:
    """The best gain for every weight, item by item."""
    best = {0: 0}
    for one, heavy in zip(gain, weight, strict=True):
        for used, worth in list(best.items()):
            if used + heavy <= capacity:
                best[used + heavy] = max(best.get(used + heavy, 0), worth + one)
    return max(best.values())


def has_triples(model: AxialModel) -> bool:
    return set(np.flatnonzero(model.forced).tolist()) <= {one[0] for one in all_triples(model)}


def test_bounds_are_those_by_hand_and_those_claimed() -> None:
    seen = 0
    for seed in range(150):
        model = random_model(seed)
        if not has_triples(model):
            continue
        prices = random_prices(model, seed)
        found = evaluate(model, prices)
        relaxation = recompute_relaxation(model, prices)
        assert relaxation == relaxation_by_hand(model, prices) == found.bound, seed
        claimed = Decomposition(model).start(found)
        sharp = recompute_sharp_bound(model, claimed.prices, claimed.first_prices)
        assert sharp == sharp_by_hand(model, claimed.prices, claimed.first_prices), seed
        assert sharp <= claimed.bound, seed
        best = optimum(model)
        if best is not None:
            seen += 1
            assert best <= sharp, seed
            assert best <= relaxation, seed
    assert seen > 75


def test_any_prices_of_first_parties_give_a_bound() -> None:
    rng = np.random.default_rng(1)
    for seed in range(60):
        model, best = random_model(seed), optimum(random_model(seed))
        firsts = np.rint(rng.random(model.firsts) * 5_000_000).astype(np.int64)
        sharp = recompute_sharp_bound(model, random_prices(model, seed), firsts)
        assert sharp == sharp_by_hand(model, random_prices(model, seed), firsts), seed
        assert best is None or best <= sharp, seed


def test_numbers_beyond_64_bits_are_exact() -> None:
    for seed in range(20):
        model = random_model(seed)
        if not has_triples(model):
            continue
        prices = random_prices(model, seed)
        model = replace(model, thirds=model.thirds._replace(costs=model.thirds.costs * 10**15))
        model = replace(model, right=model.right * 10**15)
        assert recompute_relaxation(model, prices) == relaxation_by_hand(model, prices), seed


def test_blocks_add_up() -> None:
    model = random_model(7)
    prices = random_prices(model, 7)
    parts, cut, end = Parts.of(model, prices), model.firsts // 2, model.firsts
    assert _worths(parts, 0, cut) + _worths(parts, cut, end) == _worths(parts, 0, end)
    firsts = np.zeros(model.firsts, dtype=np.int64)
    halves = [_profits(parts, firsts, 0, cut), _profits(parts, firsts, cut, end)]
    assert np.array_equal(np.concatenate(halves), _profits(parts, firsts, 0, end))


# knapsacks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["loose", "correlated", "equal"])
def test_knapsacks_are_solved(kind: str) -> None:
    for seed in range(150):
        draw = random.Random(seed)
        weight = [draw.randint(0, 60) for _ in range(draw.randint(0, 14))]
        loose = [draw.randint(1, 90) for _ in weight]
        gain = {"loose": loose, "correlated": [one + 10 for one in weight], "equal": [7 for _ in weight]}[kind]
        capacity = draw.randint(0, max(1, sum(weight)))
        found = _knapsack(np.array(gain, dtype=np.int64), np.array(weight, dtype=np.int64), capacity)
        assert found == by_trying(gain, weight, capacity), seed


def test_a_knapsack_of_thousands_of_items_is_solved() -> None:
    rng = np.random.default_rng(5)
    gain, weight = rng.integers(1, 5_000_000, 4000), rng.integers(1, 30_000_000, 4000)
    found = _knapsack(gain, weight, 900_000_000)
    margin = np.sort(gain / weight)[::-1]
    assert gain[np.argsort(-gain / weight)][:20].sum() < found
    assert found <= 900_000_000 * margin[0]


def test_a_knapsack_with_too_many_sets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    gain, weight = [31, 30, 29, 28, 27, 26], [30, 29, 28, 27, 26, 25]
    exact = by_trying(gain, weight, 70)
    monkeypatch.setattr("matching.checking.MOST_SETS", 1)
    assert exact <= _best_set(np.array(gain), np.array(weight), 70) <= 73


def test_large_weights_are_rounded_to_the_safe_side() -> None:
    gain, weight = [3_000_000, 2_000_000, 2_500_000], [4 * 10**14, 3 * 10**14, 3 * 10**14]
    found = _knapsack(np.array(gain), np.array(weight), 6 * 10**14)
    assert by_trying(gain, weight, 6 * 10**14) <= found <= 5_000_000


def test_nothing_fits_and_everything_fits() -> None:
    some = np.array([5, 7]), np.array([3, 4])
    assert [_knapsack(*some, capacity) for capacity in (-1, 0, 2, 7, 8)] == [0, 0, 0, 12, 12]


# tampering -------------------------------------------------------------------------------------------------------


def test_a_changed_price_does_not_keep_the_old_claim() -> None:
    changed = 0
    for seed in range(25):
        model = random_model(seed)
        answer = quick(model)
        if not len(answer.plan):
            continue
        assert recompute_relaxation(model, answer.prices) == answer.relaxation
        prices = answer.prices.copy()
        limit = int(np.argmax(np.where(model.is_floor, -1, model.right)))
        prices[limit] += 5000 << SHIFT
        changed += recompute_relaxation(model, prices) != answer.relaxation
    assert changed >= 6


def test_a_claim_that_is_too_good_is_found() -> None:
    answer = quick(small())
    assert recompute_relaxation(small(), answer.prices) > answer.value - 1
    for prices in product([0, 1 << SHIFT, 9 << SHIFT], repeat=2):
        assert recompute_relaxation(small(), np.array(prices)) >= 6
        assert recompute_sharp_bound(small(), np.array(prices), np.array([1024, 0])) >= 6


def test_wrong_signs_and_lengths_are_refused() -> None:
    model = small()
    with pytest.raises(ValueError, match="at least 0 on limits"):
        recompute_relaxation(model, np.array([-1, 0]))
    with pytest.raises(ValueError, match="at most 0 on floors"):
        recompute_relaxation(replace(model, is_floor=np.array([False, True])), np.array([0, 1]))
    with pytest.raises(ValueError, match="must be a limit"):
        replace(model, is_floor=np.array([True, False]))
    with pytest.raises(ValueError, match="one price"):
        recompute_relaxation(model, np.array([1]))
    with pytest.raises(ValueError, match="first parties"):
        recompute_sharp_bound(model, np.array([1, 1]), np.array([-1, 0]))
    nowhere = replace(model, across=np.full((2, 1), -1, dtype=np.int16), forced=np.ones(2, np.bool_))
    with pytest.raises(ValueError, match="has no triple"):
        recompute_relaxation(nowhere, np.array([1, 1]))


def plan_of(*triples: tuple[int, int, int]) -> Chosen:
    return Chosen(*(np.array([one[axis] for one in triples], dtype=np.int64) for axis in range(3)))


def test_plans_are_checked() -> None:
    model = small()
    assert check_plan(model, plan_of((0, 0, 0))) == check_plan(model, plan_of()) == []
    assert check_plan(model, plan_of((0, 0, 0), (1, 2, 1))) == ["row 0 uses 13 where the limit is 10"]
    assert "first party 0 is served 2 times" in check_plan(model, plan_of((0, 0, 0), (0, 1, 0)))
    assert "another first party" in check_plan(model, plan_of((0, 2, 0)))[0]
    assert "another first party" in check_plan(model, plan_of((0, 0, 1)))[0]
    assert "does not exist" in check_plan(model, plan_of((0, 9, 0)))[0]
    assert "does not exist" in check_plan(model, plan_of((-1, 0, 0)))[0]


def test_rules_of_plans_are_checked() -> None:
    model = replace(small(), forced=np.array([False, True]))
    assert check_plan(model, plan_of((0, 0, 0))) == ["first party 1 is not served"]
    apart = replace(small(), across=np.array([[-1], [0]], dtype=np.int16))
    assert "never go together" in check_plan(apart, plan_of((0, 0, 0)))[0]
    one = np.zeros(1, dtype=np.int64)
    special = Specials(one, one, one, Lists.of([[2]]), np.array([False]))
    closed = replace(small(), specials=special, right=np.array([10, 2, 0]), is_floor=np.zeros(3, dtype=np.bool_))
    assert "is forbidden" in check_plan(closed, plan_of((0, 0, 0)))[0]
    assert "row 2 uses 1 where the limit is 0" in check_plan(closed, plan_of((0, 0, 0)))
    asked = replace(closed, specials=replace(special, is_open=np.array([True])), is_floor=np.arange(3) == 2)
    asked = replace(asked, right=np.array([10, 2, 1]))
    assert check_plan(asked, plan_of((0, 0, 0))) == []
    assert check_plan(asked, plan_of((0, 1, 0))) == ["row 2 uses 0 where the floor is 1"]


def test_a_plan_moved_over_a_limit_is_found() -> None:
    found = 0
    for seed in range(30):
        model = random_model(seed)
        answer = quick(model, rounds=1) if has_triples(model) else None
        if answer is None or not len(answer.plan) or answer.status == "infeasible":
            continue
        assert check_plan(model, answer.plan) == []
        row = next(iter(uses(model, triples_of(answer)[0])))
        used = int(model.uses_of(answer.plan)[row])
        tighter = model.right.copy()
        tighter[row] = used + 1 if model.is_floor[row] else used - 1
        found += 1
        assert check_plan(replace(model, right=tighter), answer.plan)
    assert found > 8

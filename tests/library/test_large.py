"""The large choice against exact integer programmes over all triples, on some hundred small problems."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pytest
from random_problems import random_problem, random_rules
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks.worlds import Size, world
from matching.allocation import Status
from matching.axial import AxialModel, Chosen, Lists, Specials
from matching.candidates import Candidates, find_candidates
from matching.checking import check_plan, recompute_relaxation, recompute_sharp_bound
from matching.examples import budget_for_one, one_of_each
from matching.large import Answer, choose
from matching.layout import Layout, lay_out, parties_of
from matching.limits import Limits, matches
from matching.options import investment_parties, list_options, triangular_parties
from matching.pricing import Seconds, Thirds
from matching.problem import Problem
from matching.rules import GroupFloor, Pairing, Rules

Triple = tuple[int, int, int]
DIRECT, WORLDS, RANDOM = 180, 20, 40


def quick(model: AxialModel, **more: object) -> Answer:
    return choose(model, **{"seconds": 60.0, "rounds": 2, **more})  # type: ignore[arg-type]


# the exact answer ------------------------------------------------------------------------------------------------


def all_triples(model: AxialModel) -> list[Triple]:
    closed = {
        (int(f), int(p), int(t))
        for f, p, t, is_open in zip(
            model.specials.first,
            model.specials.pair,
            model.specials.third_pair,
            model.specials.is_open,
            strict=True,
        )
        if not is_open
    }
    return [
        (first, pair, third)
        for first in range(model.firsts)
        for pair in range(*model.seconds.starts[first : first + 2].tolist())
        for third in range(*model.thirds.starts[first : first + 2].tolist())
        if model.across[model.seconds.columns[pair], model.thirds.columns[third]] >= 0
        and (first, pair, third) not in closed
    ]


def uses(model: AxialModel, triple: Triple) -> dict[int, int]:
    first, pair, third = triple
    second, column = int(model.seconds.columns[pair]), int(model.thirds.columns[third])
    found = [(int(model.thirds.rows[third]), int(model.thirds.costs[third]))]
    lists = (model.second_rows[second], model.first_rows[first], model.third_extra[column])
    found += [(int(row), 1) for one in lists for row in one]
    if model.amount_rows[second] >= 0:
        found.append((int(model.amount_rows[second]), int(model.amounts[first])))
    special = model.specials
    for place in range(len(special)):
        if (int(special.first[place]), int(special.pair[place]), int(special.third_pair[place])) == triple:
            found += [(int(row), 1) for row in special.rows[place]]
    total: dict[int, int] = {}
    for row, amount in found:
        total[row] = total.get(row, 0) + amount
    return total


def points(model: AxialModel, triple: Triple) -> int:
    _, pair, third = triple
    across = model.across[model.seconds.columns[pair], model.thirds.columns[third]]
    return int(model.seconds.points[pair]) + int(model.thirds.points[third]) + int(across)


def optimum(model: AxialModel) -> int | None:
    """The greatest value over all triples, None where no plan keeps every row."""
    triples = all_triples(model)
    table = np.zeros((model.rows + model.firsts, max(1, len(triples))))
    for place, triple in enumerate(triples):
        for row, amount in uses(model, triple).items():
            table[row, place] = amount
        table[model.rows + triple[0], place] = 1
    right = model.right.astype(float)
    low = np.concatenate([np.where(model.is_floor, right, -np.inf), model.forced.astype(float)])
    high = np.concatenate([np.where(model.is_floor, np.inf, right), np.ones(model.firsts)])
    if not triples:
        return 0 if (low <= 0).all() and (high >= 0).all() else None
    return solved(table, low, high, [points(model, one) for one in triples])


def solved(table: np.ndarray, low: np.ndarray, high: np.ndarray, values: Sequence[int]) -> int | None:
    """The greatest value of whole choices with low <= table choice <= high."""
    worth = np.array(values, dtype=float)
    found = milp(
        -worth,
        constraints=LinearConstraint(table, low, high),
        integrality=np.ones(len(worth)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        assert found.status == 2, found.message
        return None
    return int(worth[np.rint(found.x) > 0].sum())


def check(model: AxialModel, answer: Answer, name: object = "") -> bool:
    """Everything that an answer claims; whether its plan is as good as the best."""
    best = optimum(model)
    if answer.status is Status.INFEASIBLE:
        assert best is None, (name, best)
        assert not len(answer.plan)
        return True
    assert answer.value == sum(points(model, one) for one in triples_of(answer)), name
    if len(answer.plan) or not check_plan(model, answer.plan):
        assert check_plan(model, answer.plan) == [], name
    else:
        assert answer.status not in (Status.OPTIMAL, Status.WITHIN_GAP), (name, best)
    if best is None:
        assert not len(answer.plan), name
        return True
    assert answer.value <= best <= answer.bound, (name, answer.value, best, answer.bound)
    assert best <= answer.relaxation, name
    assert recompute_relaxation(model, answer.prices) == answer.relaxation, name
    if answer.first_prices is not None:
        sharp = recompute_sharp_bound(model, answer.sharp_prices, answer.first_prices)
        assert best <= sharp <= answer.bound, (name, best, sharp, answer.bound)
    if answer.status is Status.OPTIMAL:
        assert answer.value == best, (name, answer.value, best)
    return answer.value == best


def triples_of(answer: Answer) -> list[Triple]:
    plan = answer.plan
    return list(zip(plan.first.tolist(), plan.pair.tolist(), plan.third_pair.tolist(), strict=True))


# random models ---------------------------------------------------------------------------------------------------


def random_model(seed: int) -> AxialModel:
    """Budgets, several rows for a second party, amounts, floors, further rows, forbidden triples and forced parties."""
    draw = random.Random(seed)
    firsts, seconds, thirds = draw.randint(1, 7), draw.randint(1, 6), draw.randint(1, 5)
    most = draw.choice([0, 3, 5000])
    tight = draw.random() < 0.3
    right: list[int] = []
    floors: list[bool] = []

    def row(least: int, greatest: int, is_floor: bool = False) -> int:
        right.append(draw.randint(least, greatest))
        floors.append(is_floor)
        return len(right) - 1

    large = draw.choice([1, 10, 1000])
    budgets = [row(0 if tight else 1, 4 * large) for _ in range(draw.randint(1, 4))]
    slots = [row(0 if tight else 1, 3) for _ in range(4)]
    money = [row(large // 2, 3 * large) for _ in range(2)]
    asked = [row(0, 2, True) for _ in range(draw.choice([0, 0, 0, 1, 2]))]
    # A triple uses a limit at most once through these lists, floors as often as they say.
    own, extra, single = ([row(0, 2) for _ in range(draw.choice([0, 0, 1]))] + asked for _ in range(3))

    def lists(parties: int, rows: Sequence[int], fewest: int, most_rows: int) -> Lists:
        return Lists.of(
            [sorted(draw.sample(rows, min(len(rows), draw.randint(fewest, most_rows)))) for _ in range(parties)]
        )

    def table(parties: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        kept = [[one for one in range(parties) if draw.random() < 0.7] for _ in range(firsts)]
        starts = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        columns = np.array([column for one in kept for column in one], dtype=np.int32)
        given = [draw.randint(-most // 10, most) for _ in columns]
        return starts, columns, np.array(given, dtype=np.int16)

    second, third = Seconds(*table(seconds)), table(thirds)
    model = AxialModel(
        seconds=second,
        thirds=Thirds(
            *third,
            np.array([draw.choice(budgets) for _ in third[1]], dtype=np.int32),
            np.array([draw.randint(0, 2 * large) for _ in third[1]], dtype=np.int64),
        ),
        across=np.array(
            [[-1 if draw.random() < 0.15 else draw.randint(0, most) for _ in range(thirds)] for _ in range(seconds)],
            dtype=np.int16,
        ),
        second_rows=lists(seconds, slots, 1, 3),
        first_rows=lists(firsts, own, 0, 2),
        third_extra=lists(thirds, extra, 0, 1),
        amounts=np.array([draw.randint(0, 2 * large) for _ in range(firsts)], dtype=np.int64),
        amount_rows=np.array([draw.choice([-1, *money]) for _ in range(seconds)], dtype=np.int64),
        right=np.array(right, dtype=np.int64),
        is_floor=np.array(floors, dtype=np.bool_),
        forced=np.array([draw.random() < 0.04 for _ in range(firsts)], dtype=np.bool_),
        specials=Specials.none(),
    )
    chosen = sorted(one for one in all_triples(model) if draw.random() < draw.choice([0.0, 0.05, 0.2]))
    axes = (np.array([one[axis] for one in chosen], dtype=np.int64) for axis in range(3))
    rows = [draw.sample(single, draw.randint(0, min(2, len(single)))) for _ in chosen]
    is_open = np.array([draw.random() < 0.7 for _ in chosen], dtype=np.bool_)
    return replace(model, specials=Specials(*axes, Lists.of(rows), is_open))


def test_random_models_keep_what_they_claim() -> None:
    best = sum(check(model := random_model(seed), quick(model), seed) for seed in range(DIRECT))
    print(f"{best} of {DIRECT} are optimal")
    assert best >= 0.6 * DIRECT


# worlds and rules ------------------------------------------------------------------------------------------------


MODES = ("triangular", "investment")
TINY = Size(9, 14, 8, 8, 3)


@lru_cache(maxsize=40)
def tiny(seed: int) -> Problem:
    return world(TINY, seed, mood="budgets" if seed % 2 else "country_loads")


def laid_out(problem: Problem, rules: Rules, mode: str = "triangular") -> tuple[Candidates, Layout]:
    candidates = find_candidates(problem, rules)
    return candidates, lay_out(candidates, Limits(candidates), mode, pins=rules.pins)


def named(candidates: Candidates, layout: Layout, plan: Chosen) -> list[dict[str, str | None]]:
    name = triangular_parties if layout.mode == "triangular" else investment_parties
    return [name(candidates, *parties[:3]) for parties in parties_of(layout, plan)]


def best_by_options(candidates: Candidates, mode: str = "triangular") -> int | None:
    """The exact answer from the list of all options, with nothing of the layout in it."""
    options, rules = list_options(candidates), candidates.rules
    name = triangular_parties if mode == "triangular" else investment_parties
    choices = {key: one for key, one in options.choices.items() if one.mode == mode}
    parties = {key: name(candidates, one.need, one.second, one.third) for key, one in choices.items()}
    used = {key: dict(options.uses[key]) for key in choices}
    # Floors of groups are promises of triangular proposals.
    is_promise = {floor.resource: floor.resource.startswith("floor:") for floor in options.floors}
    low = {
        floor.resource: floor.at_least
        for floor in options.floors
        if mode == "triangular" or not is_promise[floor.resource]
    }
    if rules.most_changes is not None:
        kept = 0
        for pairing in rules.earlier:
            same = [key for key in choices if matches(pairing, parties[key])]
            kept += bool(same)
            for key in same:
                used[key]["earlier"] = used[key].get("earlier", 0) + 1
        low["earlier"] = max(0, kept - rules.most_changes)
    high = dict(options.limits.capacities())
    rows = sorted({*low, *high})
    if not choices:
        return None if any(low.values()) else 0
    table = np.array([[one.get(row, 0) for one in used.values()] for row in rows], dtype=float)
    least = np.array([low.get(row, -np.inf) for row in rows])
    most = np.array([high.get(row, np.inf) for row in rows])
    size = np.maximum(1.0, table.max(axis=1))
    return solved(table / size[:, None], least / size, most / size, [one.points for one in choices.values()])


def check_rules(problem: Problem, rules: Rules, mode: str = "triangular") -> list[dict[str, str | None]] | None:
    """The parties of the plan after everything is checked; None where there is no plan."""
    candidates, layout = laid_out(problem, rules, mode)
    answer = quick(layout.model)
    check(layout.model, answer, rules)
    best = best_by_options(candidates, mode)
    if answer.status is Status.INFEASIBLE:
        assert best is None, (rules, best)
        return None
    if best is None or (not len(answer.plan) and check_plan(layout.model, answer.plan)):
        assert not len(answer.plan), (rules, best)
        return None
    assert answer.value <= best <= answer.bound, (rules, answer.value, best, answer.bound)
    return named(candidates, layout, answer.plan)


@pytest.mark.parametrize("mode", MODES)
def test_worlds_keep_what_they_claim(mode: str) -> None:
    best = 0
    for seed in range(WORLDS):
        candidates, layout = laid_out(tiny(seed), Rules(), mode)
        answer = quick(layout.model)
        best += check(layout.model, answer, seed)
        exact = best_by_options(candidates, mode)
        assert exact is not None
        assert answer.value <= exact <= answer.bound, seed
    print(f"{best} of {WORLDS} are optimal")
    assert best >= 0.6 * WORLDS


@pytest.mark.parametrize("mode", MODES)
def test_random_problems_keep_what_they_claim(mode: str) -> None:
    for seed in range(RANDOM):
        floors = (GroupFloor(group="ldc", least_percent=50),) if seed % 3 == 0 else ()
        check_rules(random_problem(seed), replace(random_rules(seed), floors=floors), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [0, 1])
def test_order_does_not_matter(mode: str, seed: int) -> None:
    problem, draw = tiny(seed), random.Random(seed)
    sides = ("needs", "practices", "windows", "investors", "offices")
    mixed = replace(
        problem, **{side: tuple(draw.sample(getattr(problem, side), len(getattr(problem, side)))) for side in sides}
    )
    plans = []
    for one in (problem, mixed):
        candidates, layout = laid_out(one, Rules(), mode)
        plans.append(sorted(map(str, named(candidates, layout, quick(layout.model).plan))))
    assert plans[0] == plans[1]
    assert plans[0]


@pytest.mark.parametrize("mode", MODES)
def test_the_same_twice(mode: str) -> None:
    _, layout = laid_out(tiny(3), Rules(), mode)
    first, second = quick(layout.model), quick(layout.model)
    assert triples_of(first) == triples_of(second)
    assert (first.value, first.bound, first.status) == (second.value, second.bound, second.status)
    assert np.array_equal(first.prices, second.prices)


# pins, vetoes and earlier plans ----------------------------------------------------------------------------------

PINS = ("need", "need practice", "need window", "need practice window", "practice", "window", "practice window")
VETOES = (*PINS, "provider", "need provider", "provider window", "practice provider")


def pairing_of(triple: dict[str, str | None], kind: str) -> Pairing:
    return Pairing(**{party: triple[party] for party in kind.split() if triple[party]}, reason="test")


def sample_of(candidates: Candidates, number: int, seed: int = 0) -> list[dict[str, str | None]]:
    """Parties of some eligible triples."""
    triples = candidates.triangular.triples()
    chosen = random.Random(seed).sample(range(len(triples)), min(number, len(triples)))
    return [
        triangular_parties(candidates, int(triples.first[one]), int(triples.second[one]), int(triples.third[one]))
        for one in chosen
    ]


@pytest.mark.parametrize("kind", PINS)
def test_a_pin_is_kept(kind: str) -> None:
    found = 0
    for seed in (0, 1, 2):
        for triple in sample_of(find_candidates(tiny(seed), Rules()), 2, seed):
            pin = pairing_of(triple, kind)
            plan = check_rules(tiny(seed), Rules(pins=(pin,)))
            if plan is not None:
                found += 1
                assert any(matches(pin, one) for one in plan), pin
    assert found >= 3


def test_several_pins_are_kept_at_once() -> None:
    for seed in range(4):
        triples = sample_of(find_candidates(tiny(seed), Rules()), 3, seed)
        pins = tuple(pairing_of(one, kind) for one, kind in zip(triples, ("need", "window", "practice"), strict=True))
        plan = check_rules(tiny(seed), Rules(pins=pins))
        assert plan is None or all(any(matches(pin, one) for one in plan) for pin in pins)


@pytest.mark.parametrize("kind", VETOES)
def test_a_veto_is_kept(kind: str) -> None:
    for seed in (0, 1):
        candidates, layout = laid_out(tiny(seed), Rules())
        free = named(candidates, layout, quick(layout.model).plan)
        veto = pairing_of(random.Random(seed).choice(free), kind)
        plan = check_rules(tiny(seed), Rules(vetoes=(veto,)))
        assert plan is not None
        assert not any(matches(veto, one) for one in plan)


def test_pins_and_vetoes_together() -> None:
    for seed in range(6):
        draw = random.Random(seed)
        triples = sample_of(find_candidates(tiny(seed), Rules()), 8, seed)
        vetoes = tuple(pairing_of(one, draw.choice(VETOES[3:])) for one in triples[:6])
        pins = tuple(pairing_of(one, draw.choice(PINS)) for one in triples[6:])
        if any(veto.covers(pin) for veto in vetoes for pin in pins):
            continue
        plan = check_rules(tiny(seed), Rules(vetoes=vetoes, pins=pins))
        if plan is not None:
            assert not any(matches(veto, one) for veto in vetoes for one in plan)
            assert all(any(matches(pin, one) for one in plan) for pin in pins)


@pytest.mark.parametrize("most", [0, 2])
def test_an_earlier_plan_changes_little(most: int) -> None:
    for seed in range(4):
        problem = tiny(seed)
        candidates, layout = laid_out(problem, Rules())
        before = named(candidates, layout, quick(layout.model).plan)
        earlier = tuple(pairing_of(one, "need practice provider window") for one in before)
        # What was worth most counts for nothing any more.
        weights = dict.fromkeys(Rules().weights, 0) | {"contextual_similarity": 40, "funding_fit": 60}
        plan = check_rules(problem, Rules(weights=weights, earlier=earlier, most_changes=most))
        assert plan is not None
        assert sum(one not in plan for one in before) <= most
        gone = replace(problem, practices=tuple(one for one in problem.practices if one.key != before[0]["practice"]))
        plan = check_rules(gone, Rules(weights=weights, earlier=earlier, most_changes=most))
        left = [one for one in before if one["practice"] != before[0]["practice"]]
        assert plan is not None
        assert sum(one not in plan for one in left) <= most


UNDER_VETO = ["need practice", "practice window"]


@pytest.mark.parametrize("kind", [*UNDER_VETO, "need practice window"])
def test_an_earlier_proposal_under_a_veto_does_not_count(kind: str) -> None:
    candidates, layout = laid_out(tiny(0), Rules())
    before = named(candidates, layout, quick(layout.model).plan)
    earlier = tuple(pairing_of(one, "need practice provider window") for one in before)
    rules = Rules(earlier=earlier, most_changes=0, vetoes=(pairing_of(before[0], kind),))
    plan = check_rules(tiny(0), rules)
    assert plan is not None
    assert sum(one not in plan for one in before) == sum(matches(rules.vetoes[0], one) for one in before)


# edges -----------------------------------------------------------------------------------------------------------


def small(**facts: object) -> AxialModel:
    """Two first parties, two seconds and a third with a budget for one of them."""
    model = AxialModel(
        seconds=Seconds(np.array([0, 2, 4]), np.array([0, 1, 0, 1], np.int32), np.array([5, 3, 4, 4], np.int16)),
        thirds=Thirds(
            np.array([0, 1, 2]),
            np.zeros(2, np.int32),
            np.array([1, 2], np.int16),
            np.zeros(2, np.int32),
            np.array([6, 7]),
        ),
        across=np.zeros((2, 1), dtype=np.int16),
        second_rows=Lists.of([[1], [1]]),
        first_rows=Lists.empty(2),
        third_extra=Lists.empty(1),
        amounts=np.zeros(2, dtype=np.int64),
        amount_rows=np.full(2, -1, dtype=np.int64),
        right=np.array([10, 2]),
        is_floor=np.zeros(2, dtype=np.bool_),
        forced=np.zeros(2, dtype=np.bool_),
        specials=Specials.none(),
    )
    return replace(model, **facts)  # type: ignore[arg-type]


def without_thirds() -> AxialModel:
    none = np.zeros(0, dtype=np.int64)
    thirds = Thirds(
        np.zeros(3, dtype=np.int64), none.astype(np.int32), none.astype(np.int16), none.astype(np.int32), none
    )
    return small(thirds=thirds)


def test_a_small_model_is_solved() -> None:
    assert check(small(), quick(small()))
    assert quick(small()).value == 6


def test_a_triple_may_use_a_limit_twice() -> None:
    lists = {"first_rows": Lists.of([[2], [2]]), "third_extra": Lists.of([[2]])}
    model = small(right=np.array([100, 2, 3]), is_floor=np.zeros(3, dtype=np.bool_), **lists)
    assert check(model, quick(model))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gone", [("needs",), ("windows", "offices"), ("practices", "investors")])
def test_nothing_to_choose(mode: str, gone: Sequence[str]) -> None:
    _, layout = laid_out(replace(tiny(0), **dict.fromkeys(gone, ())), Rules(), mode)
    answer = quick(layout.model)
    assert check(layout.model, answer)
    assert (len(answer.plan), answer.value, answer.bound, answer.status) == (0, 0, 0, Status.OPTIMAL)


def test_one_option() -> None:
    for problem, number in ((one_of_each(), 1), (budget_for_one(), 1)):
        _, layout = laid_out(problem, Rules())
        answer = quick(layout.model)
        assert check(layout.model, answer)
        assert len(answer.plan) == number


def test_no_thirds() -> None:
    model = without_thirds()
    assert check(model, quick(model))
    assert quick(replace(model, forced=np.ones(2, np.bool_))).status is Status.INFEASIBLE


@pytest.mark.parametrize("points_each", [0, 1, 3000])
def test_all_values_equal(points_each: int) -> None:
    for seed in range(6):
        model = random_model(seed)
        seconds = model.seconds._replace(points=np.full_like(model.seconds.points, points_each))
        thirds = model.thirds._replace(points=np.full_like(model.thirds.points, points_each))
        flat = np.where(model.across < 0, -1, points_each).astype(np.int16)
        model = replace(model, seconds=seconds, thirds=thirds, across=flat)
        check(model, quick(model), seed)


def test_huge_budgets() -> None:
    huge = 10**15
    model = small(right=np.array([10 * huge, 2]))
    model = replace(model, thirds=model.thirds._replace(costs=np.array([6 * huge, 7 * huge])))
    answer = quick(model)
    assert (answer.value, check_plan(model, answer.plan)) == (6, [])
    assert recompute_relaxation(model, answer.prices) == answer.relaxation
    assert answer.bound >= 6
    rich = tuple(replace(one, budget=Decimal(huge)) for one in tiny(1).windows)
    check_rules(replace(tiny(1), windows=rich), Rules())


@pytest.mark.parametrize("asked", [2, 3])
def test_a_floor_out_of_reach_gives_no_plan(asked: int) -> None:
    """Either the budget is too small for both, or there are only two."""
    right, is_floor = np.array([10, 2, asked]), np.array([False, False, True])
    model = small(first_rows=Lists.of([[2], [2]]), right=right, is_floor=is_floor)
    answer = quick(model)
    assert optimum(model) is None
    assert not len(answer.plan)
    assert answer.status not in (Status.OPTIMAL, Status.WITHIN_GAP)


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_forced_parties_without_options_are_told(number: int) -> None:
    model = random_model(12)
    seconds = Seconds(np.zeros(model.firsts + 1, np.int64), *(one[:0] for one in model.seconds[1:]))
    forced = np.arange(model.firsts) < number
    answer = quick(replace(model, seconds=seconds, specials=Specials.none(), forced=forced))
    assert answer.status is Status.INFEASIBLE
    assert not len(answer.plan)


def test_a_cancel_at_once() -> None:
    _, layout = laid_out(tiny(1), Rules())
    answer = quick(layout.model, progress=lambda _value, _bound: True)
    check(layout.model, answer)
    assert answer.status is Status.CANCELLED


def test_no_time_at_all() -> None:
    _, layout = laid_out(tiny(1), Rules())
    answer = quick(layout.model, seconds=0)
    check(layout.model, answer)
    assert answer.status in (Status.TIME_LIMIT, Status.OPTIMAL)


def test_an_earlier_answer_to_begin_with_is_never_made_worse() -> None:
    _, layout = laid_out(tiny(1), Rules())
    first = quick(layout.model)
    again = quick(layout.model, plan=first.plan, prices=first.prices / 2**28)
    check(layout.model, again)
    assert again.value >= first.value


def test_a_broken_plan_to_begin_with_is_not_kept() -> None:
    both = Chosen(np.array([0, 1]), np.array([0, 2]), np.array([0, 1]))
    answer = quick(small(), plan=both)
    assert check(small(), answer)

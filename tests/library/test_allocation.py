"""The allocation core: brute force, published kinds of instances, edges, order of input, wider limits."""

import random
from itertools import combinations, permutations, product

import pytest

from matching.allocation import Allocation, Floor, Option, Status, allocate


def small(seed: int) -> tuple[list[Option], dict[str, int], list[Floor], set[str], set[str]]:
    """Up to nine options over five resources, some of limit 1, with floors, pins, vetoes and negative values."""
    draw = random.Random(seed)
    resources = ["a", "b", "c", "d", "e"]
    limits = {name: draw.choice([1, 1, 2, 5, 9]) for name in resources}
    options = []
    for number in range(draw.randint(0, 9)):
        uses = {
            name: draw.randint(0, 3) if limits[name] > 1 else 1 for name in draw.sample(resources, draw.randint(0, 3))
        }
        if draw.random() < 0.5:
            uses["counted"] = draw.randint(0, 2)
        options.append(Option(f"o{number}", draw.randint(-5, 20), uses))
    floors = [Floor("least", "counted", draw.randint(0, 3)), Floor("busy", "a", draw.randint(0, 1))]
    keys = [option.key for option in options]
    marked = draw.sample(keys, min(len(keys), 2)) if draw.random() < 0.5 else []
    return options, limits, floors, set(marked[:1]), set(marked[1:])


def used(options: tuple[Option, ...], resource: str) -> int:
    return sum(option.uses.get(resource, 0) for option in options)


def best_by_trying(options, limits, floors, pins, vetoes) -> int | None:
    best = None
    for size in range(len(options) + 1):
        for chosen in combinations(options, size):
            keys = {option.key for option in chosen}
            if not pins <= keys or keys & vetoes:
                continue
            if any(used(chosen, name) > limit for name, limit in limits.items()):
                continue
            if any(used(chosen, floor.resource) < floor.at_least for floor in floors):
                continue
            value = sum(option.value for option in chosen)
            best = value if best is None else max(best, value)
    return best


def solved(options, limits, **more) -> Allocation:
    """The allocation, checked against limits and floors."""
    answer = allocate(options, limits, **more)
    by_key = {option.key: option for option in options}
    chosen = tuple(by_key[key] for key in answer.chosen)
    assert list(answer.chosen) == sorted(answer.chosen)
    if answer.status is not Status.INFEASIBLE:
        assert all(used(chosen, name) <= limit for name, limit in limits.items())
        assert all(used(chosen, floor.resource) >= floor.at_least for floor in more.get("floors", ()))
        assert answer.value == sum(option.value for option in chosen)
        assert answer.bound >= answer.value
        assert answer.gap == (answer.bound - answer.value) / max(1, abs(answer.value))
    return answer


@pytest.mark.parametrize("seed", range(400))
def test_brute_force_agrees(seed: int) -> None:
    options, limits, floors, pins, vetoes = small(seed)
    answer = solved(options, limits, floors=floors, pins=pins, vetoes=vetoes)
    best = best_by_trying(options, limits, floors, pins, vetoes)
    if best is None:
        assert answer.status is Status.INFEASIBLE
        assert answer.conflict
    else:
        assert answer.status is Status.OPTIMAL
        assert answer.value == answer.bound == best


def without(conflict: tuple[str, ...], left_out: str, limits, floors, pins):
    """The problem reduced to the conflict but for one of its names."""
    names = set(conflict) - {left_out}
    return (
        {name: limit if f"limit:{name}" in names else 10**6 for name, limit in limits.items()},
        [floor for floor in floors if f"floor:{floor.name}" in names],
        {key for key in pins if f"pin:{key}" in names},
    )


@pytest.mark.parametrize("seed", range(400))
def test_a_conflict_is_real_and_smallest(seed: int) -> None:
    options, limits, floors, pins, vetoes = small(seed)
    conflict = allocate(options, limits, floors=floors, pins=pins, vetoes=vetoes).conflict
    if conflict:
        assert best_by_trying(options, *without(conflict, "", limits, floors, pins), vetoes) is None
        for name in conflict:
            assert best_by_trying(options, *without(conflict, name, limits, floors, pins), vetoes) is not None


@pytest.mark.parametrize("seed", range(60))
def test_order_of_input_never_matters(seed: int) -> None:
    options, limits, floors, pins, vetoes = small(seed)
    shuffled = random.Random(seed).sample(options, len(options))
    first = allocate(options, limits, floors=floors, pins=pins, vetoes=vetoes)
    second = allocate(shuffled, dict(reversed(limits.items())), floors=floors[::-1], pins=pins, vetoes=vetoes)
    assert (first.chosen, first.bound, first.prices, first.conflict) == (
        second.chosen,
        second.bound,
        second.prices,
        second.conflict,
    )


@pytest.mark.parametrize("seed", range(60))
def test_one_more_unit_is_worth_no_more_than_told(seed: int) -> None:
    options, limits, _, _, _ = small(seed)
    options = [Option(one.key, one.value, {n: u for n, u in one.uses.items() if n != "counted"}) for one in options]
    before = solved(options, limits)
    for name in limits:
        after = solved(options, {**limits, name: limits[name] + 1})
        most = before.prices.get(name, 0.0) + before.relaxation + 1 - before.value
        # A resource of limit 1 that forms a group carries no price; its members' values bound what it is worth.
        if limits[name] > 1:
            assert 0 <= after.value - before.value < most + 1e-6


def random_values(draw: random.Random, *sizes: int) -> dict[tuple[int, ...], int]:
    return {place: draw.randint(1, 99) for place in product(*(range(size) for size in sizes))}


@pytest.mark.parametrize("seed", range(5))
def test_generalised_assignment(seed: int) -> None:
    draw = random.Random(seed)
    agents, jobs = 3, 6
    value, weight = (
        random_values(draw, agents, jobs),
        {key: one % 9 + 3 for key, one in random_values(draw, agents, jobs).items()},
    )
    room = dict.fromkeys(range(agents), 14)
    options = [Option(f"{a}-{j}", value[a, j], {f"agent{a}": weight[a, j], f"job{j}": 1}) for a, j in value]
    limits = {f"agent{a}": room[a] for a in room} | {f"job{j}": 1 for j in range(jobs)}
    best = 0
    for choice in product([None, *range(agents)], repeat=jobs):
        loads = [sum(weight[a, j] for j, a in enumerate(choice) if a == agent) for agent in range(agents)]
        if all(load <= room[agent] for agent, load in enumerate(loads)):
            best = max(best, sum(value[a, j] for j, a in enumerate(choice) if a is not None))
    answer = solved(options, limits)
    assert (answer.value, answer.bound) == (best, best)


@pytest.mark.parametrize("seed", range(5))
def test_multidimensional_knapsack(seed: int) -> None:
    draw = random.Random(seed)
    options = [
        Option(f"i{n:02}", draw.randint(10, 90), {f"r{m}": draw.randint(1, 60) for m in range(4)}) for n in range(12)
    ]
    limits = {f"r{m}": 150 for m in range(4)}
    answer = solved(options, limits)
    assert answer.value == answer.bound == best_by_trying(options, limits, [], set(), set())


@pytest.mark.parametrize("seed", range(5))
def test_axial_three_index_assignment(seed: int) -> None:
    draw, size = random.Random(seed), 4
    cost = random_values(draw, size, size, size)
    options = [Option(f"{i}{j}{k}", 100 - cost[i, j, k], {f"i{i}": 1, f"j{j}": 1, f"k{k}": 1}) for i, j, k in cost]
    limits = {f"{axis}{n}": 1 for axis in "ijk" for n in range(size)}
    least = min(
        sum(cost[i, p[i], q[i]] for i in range(size))
        for p in permutations(range(size))
        for q in permutations(range(size))
    )
    answer = solved(options, limits)
    assert answer.value == answer.bound == 100 * size - least


def test_kidney_exchange_with_cycles_up_to_three() -> None:
    arcs = {(0, 1), (1, 0), (1, 2), (2, 0), (2, 3), (3, 2), (3, 4), (4, 5), (5, 3), (4, 0)}
    cycles = [
        c
        for n in (2, 3)
        for c in permutations(range(6), n)
        if c[0] == min(c) and all((c[m], c[(m + 1) % n]) in arcs for m in range(n))
    ]
    options = [Option("-".join(map(str, cycle)), len(cycle), {f"pair{p}": 1 for p in cycle}) for cycle in cycles]
    answer = solved(options, {f"pair{p}": 1 for p in range(6)})
    assert answer.chosen == ("0-1-2", "3-4-5")
    assert answer.bound == 6


def test_nothing_to_choose_from() -> None:
    assert allocate([], {"a": 1}).status is Status.OPTIMAL
    answer = allocate([], {}, floors=[Floor("f", "a", 1)])
    assert (answer.status, answer.conflict) == (Status.INFEASIBLE, ("floor:f",))


def test_one_option() -> None:
    assert allocate([Option("o", 3, {"a": 2})], {"a": 2}).chosen == ("o",)
    assert allocate([Option("o", 3, {"a": 3})], {"a": 2}).chosen == ()


def test_equal_values() -> None:
    options = [Option(f"o{n:02}", 7, {"a": 1}) for n in range(40)]
    answer = solved(options, {"a": 13})
    assert (answer.value, answer.status) == (91, Status.OPTIMAL)


def test_huge_budgets_are_exact() -> None:
    huge = 10**15
    options = [
        Option("x", huge, {"money": huge - 1}),
        Option("y", huge - 1, {"money": 1}),
        Option("z", 1, {"money": 1}),
    ]
    answer = solved(options, {"money": huge})
    assert answer.value == 2 * huge - 1
    assert answer.chosen == ("x", "y")


def test_negative_values_are_chosen_only_when_they_must_be() -> None:
    options = [Option("good", 5, {"a": 1}), Option("bad", -3, {"b": 1})]
    limits = {"a": 1, "b": 1}
    assert solved(options, limits).chosen == ("good",)
    assert solved(options, limits, pins={"bad"}).value == 2
    assert solved(options, limits, floors=[Floor("f", "b", 1)]).chosen == ("bad", "good")


@pytest.mark.parametrize(
    ("options", "limits", "more", "message"),
    [
        ([Option("o", 1, {}), Option("o", 2, {})], {}, {}, "two options carry the key 'o'"),
        ([Option("o", 1, {"a": 1})], {}, {}, "'o' uses the unknown resource 'a'"),
        ([Option("o", 1, {"a": -1})], {"a": 1}, {}, "must not be below 0"),
        ([Option("o", 1.5, {})], {}, {}, "must be a whole number"),  # type: ignore[arg-type]
        ([Option("o", 1, {"a": 1})], {"a": -1}, {}, "the limit of 'a' must not be below 0"),
        ([Option("o", 1, {})], {}, {"pins": {"p"}}, "the pin 'p' names no option"),
        ([Option("o", 1, {})], {}, {"vetoes": {"p"}}, "the veto 'p' names no option"),
        ([Option("o", 1, {})], {}, {"pins": {"o"}, "vetoes": {"o"}}, "'o' is pinned and vetoed"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: list, limits: dict, more: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        allocate(options, limits, **more)


def test_floors_that_exclude_each_other_are_named() -> None:
    options = [Option("x", 1, {"a": 1, "f": 1}), Option("y", 1, {"a": 1, "g": 1})]
    answer = allocate(options, {"a": 1}, floors=[Floor("f", "f", 1), Floor("g", "g", 1)])
    assert (answer.status, answer.conflict) == (Status.INFEASIBLE, ("floor:f", "floor:g", "limit:a"))


def test_pins_that_pass_a_limit_are_named() -> None:
    options = [Option("x", 1, {"a": 1}), Option("y", 1, {"a": 1}), Option("z", 1, {"b": 1})]
    answer = allocate(options, {"a": 1, "b": 1}, pins={"x", "y", "z"})
    assert answer.conflict == ("limit:a", "pin:x", "pin:y")


def shaped(seed: int, owners: int, others: int, budgets: int) -> tuple[list[Option], dict[str, int]]:
    """Options of owners that compete for slots and budgets."""
    draw = random.Random(seed)
    options = []
    for owner in range(owners):
        for _ in range(40):
            other, budget = draw.randrange(others), draw.randrange(budgets)
            uses = {f"owner{owner}": 1, f"slot{other}": 1, f"budget{budget}": draw.randint(10_000, 900_000)}
            options.append(Option(f"{len(options):05}", draw.randint(1500, 8500), uses))
    limits = {f"owner{n}": 1 for n in range(owners)} | {f"slot{n}": 2 for n in range(others)}
    return options, limits | {f"budget{n}": 2_000_000 for n in range(budgets)}


def test_a_few_thousand_competing_options_are_proven() -> None:
    options, limits = shaped(1, 60, 20, 12)
    answer = solved(options, limits, gap=0.001)
    assert answer.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert answer.gap <= 0.001


def test_stopping_gives_the_best_plan_so_far_and_says_so() -> None:
    options, limits = shaped(2, 60, 20, 12)
    calls: list[tuple[int, int]] = []

    def stop(value: int, bound: int) -> bool:
        calls.append((value, bound))
        return True

    answer = solved(options, limits, progress=stop)
    assert answer.status is Status.CANCELLED
    assert answer.value > 0
    assert calls == [(answer.value, answer.bound)]


def test_value_rises_bound_falls_and_a_cancel_at_any_call_ends_with_the_best_so_far() -> None:
    options, limits = shaped(4, 30, 12, 8)
    told: list[tuple[int, int]] = []
    answer = solved(options, limits, gap=0.002, progress=lambda *both: told.append(both))
    assert [value for value, _ in told] == sorted(value for value, _ in told)
    assert [bound for _, bound in told] == sorted((bound for _, bound in told), reverse=True)
    assert told[-1][0] <= answer.value <= answer.bound <= told[-1][1]
    for stop_at in range(1, len(told) + 1):
        count = iter(range(1, 1000))
        cut = solved(options, limits, gap=0.002, progress=lambda *_both, at=stop_at, count=count: next(count) >= at)
        assert cut.status in (Status.CANCELLED, Status.WITHIN_GAP, Status.OPTIMAL)
        assert cut.value >= told[stop_at - 1][0]


def test_a_time_limit_gives_a_plan_and_says_so() -> None:
    options, limits = shaped(5, 150, 40, 30)
    answer = solved(options, limits, seconds=1.0)
    assert answer.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert answer.value > 0


def test_no_time_at_all_still_gives_a_plan_and_says_so() -> None:
    options, limits = shaped(3, 60, 20, 12)
    answer = solved(options, limits, seconds=0.0)
    assert answer.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert answer.value > 0

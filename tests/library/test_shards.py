"""Shards on two worker processes give what one process gives alone."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from distributed import Client, LocalCluster
from random_problems import random_problem

import matching
from benchmarks.worlds import world
from matching.candidates import Candidates, find_candidates
from matching.dual import Evaluation, evaluate
from matching.layout import Layout, lay_out
from matching.limits import Limits
from matching.problem import Problem
from matching.shards import MODES, PricedShards, bound_of, connect, lay_out_shards, price_shards, score_shards
from matching.smoothing import begin, settle


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def small() -> Problem:
    return world("S")


def assert_same_pairs(found: Candidates, alone: Candidates) -> None:
    for mode in MODES:
        one, other = getattr(found, mode), getattr(alone, mode)
        assert np.array_equal(one.across, other.across)
        for table in ("second", "third"):
            for name in ("starts", "columns", "points"):
                left, right = (getattr(getattr(side, table), name) for side in (one, other))
                assert left.dtype == right.dtype
                assert np.array_equal(left, right)


def assert_same_answer(found: PricedShards, alone: Evaluation, layout: Layout) -> None:
    model, plan = layout.model, alone.plan
    assert found.bound == alone.bound
    assert np.array_equal(found.first, plan.first)
    assert np.array_equal(found.second, model.seconds.columns[plan.pair])
    assert np.array_equal(found.third, model.thirds.columns[plan.third_pair])
    assert np.array_equal(found.points, model.values_of(plan))
    assert np.array_equal(found.uses, model.uses_of(plan))


@pytest.mark.parametrize("number", [1, 3, 7, 1000])
def test_shards_score_as_alone(client: Client, small: Problem, number: int) -> None:
    shards = score_shards(small, matching.Rules(), client, number)
    assert len(shards.parts) == min(number, 200)
    assert_same_pairs(shards.candidates(), find_candidates(small, matching.Rules()))


@pytest.mark.parametrize("mode", MODES)
def test_shards_price_as_alone(client: Client, small: Problem, mode: str) -> None:
    candidates = find_candidates(small, matching.Rules())
    layout = lay_out(candidates, Limits(candidates), mode)
    start = begin(layout.model)
    best = settle(layout.model, start)
    models = lay_out_shards(score_shards(small, matching.Rules(), client, 5), mode)
    assert models.codes == layout.codes
    assert np.array_equal(models.right, layout.model.right)
    for prices in (np.zeros_like(best.prices), start.prices, best.prices):
        assert_same_answer(price_shards(models, prices), evaluate(layout.model, prices), layout)
    assert bound_of(small, matching.Rules(), best.prices, mode, client, 3) == best.bound


def test_floors_pins_vetoes_and_earlier_plans_span_the_shards(client: Client, small: Problem) -> None:
    plain = find_candidates(small, matching.Rules())
    layout = lay_out(plain, Limits(plain), "triangular")
    plan = evaluate(layout.model, np.zeros_like(layout.model.right)).plan
    practices = plain.offers.practice[layout.model.seconds.columns[plan.pair]]
    windows = layout.model.thirds.columns[plan.third_pair]
    chosen = [
        matching.Pairing(
            need=small.needs[i].key, practice=small.practices[j].key, window=small.windows[k].key, reason="earlier"
        )
        for i, j, k in zip(plan.first, practices, windows, strict=True)
    ]
    earlier = (*chosen[::6], matching.Pairing(need="gone", reason="earlier"))
    rules = matching.Rules(
        floors=(matching.GroupFloor(group="ldc", least_percent=33),),
        vetoes=(chosen[1], replace(chosen[2], window=None), replace(chosen[4], need=None)),
        earlier=earlier,
        most_changes=2,
    )
    pins = (chosen[3], replace(chosen[8], need=None, window=None), replace(chosen[9], practice=None))
    options = {"endorsed": 7, "pins": pins, "apart": [(chosen[:20], 5)]}
    candidates = find_candidates(small, rules)
    layout = lay_out(candidates, Limits(candidates), "triangular", **options)
    assert len(layout.model.specials)
    models = lay_out_shards(score_shards(small, rules, client, 4), "triangular", **options)
    assert models.codes == layout.codes
    assert np.array_equal(models.right, layout.model.right)
    prices = settle(layout.model, begin(layout.model)).prices
    signs = np.where(layout.model.is_floor, -1, 1) << 30
    for one in (prices, prices + signs):
        assert_same_answer(price_shards(models, one), evaluate(layout.model, one), layout)


@pytest.mark.parametrize("seed", range(6))
def test_small_problems_with_gaps(client: Client, seed: int) -> None:
    problem = random_problem(seed)
    candidates = find_candidates(problem, matching.Rules())
    shards = score_shards(problem, matching.Rules(), client, 3)
    assert_same_pairs(shards.candidates(), candidates)
    for mode in MODES:
        layout = lay_out(candidates, Limits(candidates), mode)
        models = lay_out_shards(shards, mode)
        assert models.codes == layout.codes
        prices = np.full(len(layout.codes), 1 << 32, dtype=np.int64)
        assert_same_answer(price_shards(models, prices), evaluate(layout.model, prices), layout)


def test_a_problem_without_needs(client: Client, small: Problem) -> None:
    models = lay_out_shards(score_shards(replace(small, needs=()), matching.Rules(), client), "triangular")
    assert price_shards(models, np.zeros_like(models.right)).bound == 0


def test_there_is_a_price_for_every_row(client: Client, small: Problem) -> None:
    models = lay_out_shards(score_shards(small, matching.Rules(), client, 2), "triangular")
    with pytest.raises(ValueError, match="one for each row"):
        price_shards(models, models.right[1:])


def test_there_is_at_least_one_shard(client: Client, small: Problem) -> None:
    with pytest.raises(ValueError, match="at least one shard"):
        score_shards(small, matching.Rules(), client, 0)


def test_a_scheduler_is_found_by_its_address(client: Client) -> None:
    with connect(client.scheduler.address) as other:
        assert other.submit(abs, -3).result() == 3


def test_the_extra_is_named_where_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"sstic\[distributed\]"):
        connect("tcp://127.0.0.1:1")

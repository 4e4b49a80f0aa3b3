"""World scale: value, proven bound, gap, seconds and peak memory by world and method.

Run it with ``python -m benchmarks.scale``; name rows to run only these (``python -m benchmarks.scale M "L country"``),
``--seeds 3`` for the median and the worst of three worlds, ``--long`` for the targets that have ten minutes. Every
figure comes from a process of its own; compiling, which a new machine does once, is told apart. The gap is always
against the bound that holds for all eligible triples.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.worlds import Mood, Size, world
from matching.allocation import Option, allocate
from matching.axial import AxialModel, Chosen
from matching.candidates import find_candidates
from matching.large import FIRST_MOVES
from matching.layout import lay_out
from matching.limits import Limits
from matching.plan import Plan
from matching.pools import TriplePool, pool_of
from matching.problem import Problem
from matching.referee import broken_rules
from matching.rules import GroupFloor, Pairing, Rules
from matching.search import anneal, fill
from matching.solve import solve

WARM_UP = Size(2000, 400, 40, 400, 10)


@dataclass(frozen=True)
class Row:
    """One line of the table: a world, and the gap that is asked for within so many seconds."""

    size: str
    mood: Mood | None
    mode: str
    gap: float
    seconds: float
    long_gap: float | None = None
    rules: bool = False


ROWS = {
    "S": Row("S", None, "triangular", 0.005, 30, 0.0),
    "M": Row("M", None, "triangular", 0.008, 60, 0.005),
    "L country": Row("L", "country_loads", "triangular", 0.0015, 30),
    "L budgets": Row("L", "budgets", "triangular", 0.0035, 60),
    "P": Row("P", None, "investment", 0.002, 30),
    "M rules": Row("M", None, "triangular", 0.012, 90, rules=True),
}


def problem_of(row: Row, seed: int) -> Problem:
    """The world of a row, with the side that the row is about."""
    return world(
        row.size,
        seed,
        row.mood,
        triangular=row.mode == "triangular",
        investment=row.mode == "investment",
        endorsed=0.2 if row.rules else 0.0,
    )


def rules_of(row: Row, problem: Problem, gap: float, seconds: float) -> Rules:
    """Plain rules; for the row with rules: floors, 50 pins, 200 vetoes and least change against an earlier plan."""
    plain = Rules(gap=gap, seconds=seconds)
    if not row.rules:
        return plain
    earlier = solve(problem, replace(plain, gap=0.02))
    held = [
        Pairing(need=one.need, practice=one.practice, provider=one.provider, window=one.window, reason="earlier plan")
        for one in earlier.triangular
    ]
    rng = np.random.default_rng(7)
    others = [one.runner_up for one in earlier.triangular if one.runner_up is not None]
    vetoed = [others[place].parties for place in rng.choice(len(others), 200, replace=False)]
    pinned = [held[place] for place in rng.choice(len(held), 50, replace=False)]
    served = {one.need for one in earlier.triangular}
    return replace(
        plain,
        floors=tuple(_floor(problem, served, group, value) for group, value in _groups(problem)),
        pins=tuple(replace(one, window=None, practice=None, provider=None, reason="pinned") for one in pinned),
        vetoes=tuple(Pairing(practice=one["practice"], window=one["window"], reason="vetoed") for one in vetoed),
        earlier=tuple(held),
        most_changes=len(held) // 3,
    )


def _groups(problem: Problem) -> list[tuple[str, str]]:
    regions = sorted({problem.country[need.country].region for need in problem.needs})
    return [("ldc", ""), *(("region", one) for one in regions[:3]), ("action_area", "skills")]


def _floor(problem: Problem, served: set[str], group: str, value: str) -> GroupFloor:
    """A floor up to one percent above what a plan without floors serves of the group."""
    key = {"ldc": lambda need: problem.country[need.country].ldc, "action_area": lambda need: need.action_area == value}
    belongs = key.get(group, lambda need: problem.country[need.country].region == value)
    members = [need for need in problem.needs if belongs(need)]
    share = 100 * sum(need.key in served for need in members) / max(1, len(members))
    return GroupFloor(group=group, value=value, least_percent=min(99, int(share) + 1))


# methods ---------------------------------------------------------------------------------------------------------


def ours(row: Row, problem: Problem, gap: float, seconds: float) -> dict[str, object]:
    """The plan of ``solve``, checked by the referee; seconds from the problem to the checked plan."""
    rules = rules_of(row, problem, gap, seconds)
    began = time.monotonic()
    plan = solve(problem, rules)
    broken = broken_rules(problem, rules, plan)
    told = {"value": plan.objective, "bound": plan.bound, "seconds": time.monotonic() - began}
    return {
        **told,
        "note": f"{plan.status}, {len(plan.proposals)} proposals"
        + (f", BROKEN {broken[:2]}" if broken else _floors_told(plan)),
    }


def _floors_told(plan: Plan) -> str:
    prices = [f"{aim.text.removeprefix('Floor kept: ')} {aim.price}" for aim in plan.aims if aim.aim == "floor"]
    return "".join(f"\n{'':18}{one}" for one in prices)


def _model(row: Row, problem: Problem) -> AxialModel:
    candidates = find_candidates(problem, Rules())
    return lay_out(candidates, Limits(candidates), row.mode).model


def _greedy(model: AxialModel) -> tuple[TriplePool, np.ndarray]:
    """By points, over the best triples of every need."""
    pool = pool_of(model, np.zeros(model.rows, dtype=np.int64))
    return pool, fill(pool.pool, np.full(model.firsts, -1, dtype=np.int64), np.argsort(-pool.pool.value, kind="stable"))


def greedy(row: Row, problem: Problem, _gap: float, _seconds: float) -> dict[str, object]:
    """Best triples first, wherever they still fit."""
    began = time.monotonic()
    model = _model(row, problem)
    pool, chosen = _greedy(model)
    return {"value": model.value_of(pool.plan_of(chosen)), "seconds": time.monotonic() - began}


def local_search(row: Row, problem: Problem, _gap: float, _seconds: float) -> dict[str, object]:
    """Greedy, then our own search without prices."""
    began = time.monotonic()
    model = _model(row, problem)
    pool, chosen = _greedy(model)
    mean = float(pool.pool.value.mean())
    chosen = anneal(pool.pool, chosen, 4 * FIRST_MOVES * model.firsts, 0.03 * mean, 0.001 * mean, 0)
    return {"value": model.value_of(pool.plan_of(chosen)), "seconds": time.monotonic() - began}


def pruned(row: Row, problem: Problem, _gap: float, seconds: float) -> dict[str, object]:
    """The exact model of each need's 20 triples of most points; its own bound is what pruning would claim."""
    began = time.monotonic()
    model = _model(row, problem)
    pool = pool_of(model, np.zeros(model.rows, dtype=np.int64))
    kept = np.concatenate(
        [
            np.arange(one, min(one + 20, end))
            for one, end in zip(pool.pool.starts[:-1], pool.pool.starts[1:], strict=True)
        ]
    )
    answer = _listed(model, pool, kept, seconds)
    return {"value": answer[0], "own": answer[1], "seconds": time.monotonic() - began, "note": "20 best of each need"}


def _listed(model: AxialModel, pool: TriplePool, kept: np.ndarray, seconds: float) -> tuple[int, int]:
    inner = pool.pool
    options = []
    for place in kept.tolist():
        span = slice(inner.use_starts[place], inner.use_starts[place + 1])
        uses = dict(zip((str(one) for one in inner.use_rows[span]), inner.use_amounts[span].tolist(), strict=True))
        uses[f"first {pool.first[place]}"] = 1
        options.append(Option(f"{place:08}", int(inner.value[place]), uses))
    limits = {str(row): int(right) for row, right in enumerate(inner.right)}
    limits |= {f"first {first}": 1 for first in range(model.firsts)}
    answer = allocate(options, limits, seconds=seconds)
    return answer.value, answer.bound


def full(row: Row, problem: Problem, _gap: float, seconds: float) -> dict[str, object]:
    """Every triple as an option of the exact model; only where that loads."""
    began = time.monotonic()
    model = _model(row, problem)
    triples = int((np.diff(model.seconds.starts) * np.diff(model.thirds.starts)).sum())
    if triples > 400_000:
        return {"note": f"not tried: up to {triples:,} triples"}
    everything = [_every(model, first) for first in range(model.firsts)]
    plan = Chosen(*(np.concatenate([one[axis] for one in everything]) for axis in range(3)))
    pool = pool_of(model, np.zeros(model.rows, dtype=np.int64), plan)
    answer = _listed(model, pool, np.arange(len(pool.first)), seconds)
    return {
        "value": answer[0],
        "own": answer[1],
        "seconds": time.monotonic() - began,
        "note": f"{len(pool.first):,} options",
    }


def _every(model: AxialModel, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pairs = np.arange(*model.seconds.starts[first : first + 2])
    thirds = np.arange(*model.thirds.starts[first : first + 2])
    one, other = np.nonzero(model.across[np.ix_(model.seconds.columns[pairs], model.thirds.columns[thirds])] >= 0)
    return np.full(len(one), first, dtype=np.int64), pairs[one], thirds[other]


METHODS = {"ours": ours, "greedy": greedy, "greedy + search": local_search, "pruned": pruned, "full": full}
TRIED = {
    "S": ("ours", "greedy", "greedy + search", "full"),
    "M": ("ours", "greedy", "greedy + search", "pruned", "full"),
}


# running ---------------------------------------------------------------------------------------------------------


def child(name: str, method: str, seed: int, gap: float, seconds: float) -> None:
    """Measure one method on one world, in this process, and print it as JSON."""
    row = ROWS[name]
    problem = problem_of(row, seed)
    began = time.monotonic()
    solve(world(WARM_UP, 1, "budgets"), Rules(seconds=4))
    warm = time.monotonic() - began
    found = METHODS[method](row, problem, gap, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**found, "peak": peak, "warm": warm}, default=int))


def measure(name: str, method: str, seed: int, gap: float, seconds: float) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--child", name, method, str(seed), str(gap), str(seconds)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        return {"note": ended.stderr.strip().splitlines()[-1]}  # type: ignore[dict-item]  # told as it is
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def line(name: str, method: str, found: dict[str, float], bound: float | None) -> str:
    """One line of the table; the gap is against ``bound``, in percent."""
    value, most = found.get("value"), found.get("bound", bound)
    gap = "" if value is None or most is None else f"{100 * (most - value) / max(1, value):9.3f}"
    own = (
        f" (own bound {found['own']:,}: {100 * (found['own'] - found['value']) / max(1, found['value']):.3f} %)"
        if "own" in found
        else ""
    )
    figures = [f"{value:14,}" if value is not None else f"{'-':>14}", f"{most:14,}" if most else f"{'-':>14}"]
    cost = f"{found.get('seconds', 0):8.1f} s{found.get('peak', 0):7.0f} MiB"
    return f"{name:<10} {method:<16}{''.join(figures)}{gap:>10} %{cost}  {found.get('note', '')}{own}"


def main() -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("rows", nargs="*", default=list(ROWS))
    reader.add_argument("--seeds", type=int, default=1)
    reader.add_argument("--long", action="store_true")
    reader.add_argument("--child", nargs=5)
    asked = reader.parse_args()
    if asked.child:
        name, method, seed, gap, seconds = asked.child
        child(name, method, int(seed), float(gap), float(seconds))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    per_need: dict[str, float] = {}
    for name in asked.rows:
        row = ROWS[name]
        gap, seconds = (row.long_gap, 600.0) if asked.long and row.long_gap is not None else (row.gap, row.seconds)
        founds = [measure(name, "ours", seed, gap, seconds) for seed in range(asked.seeds)]
        for found in founds:
            print(line(name, "ours", found, None), flush=True)
        gaps = [100 * (one["bound"] - one["value"]) / max(1, one["value"]) for one in founds if "value" in one]
        if len(gaps) > 1:
            print(f"{name:<10} median gap {statistics.median(gaps):.3f} %, worst {max(gaps):.3f} %")
        for method in TRIED.get(name, ("ours", "greedy", "greedy + search"))[1:]:
            print(line(name, method, measure(name, method, 0, gap, row.seconds), founds[0].get("bound")), flush=True)
        if "seconds" in founds[0]:
            per_need[name] = founds[0]["seconds"] / len(problem_of(row, 0).needs)
    if set(asked.rows) == set(ROWS):
        subprocess.run([sys.executable, "-m", "benchmarks.scale_more"], check=False)
    print("milliseconds a need: " + ", ".join(f"{name} {1000 * one:.2f}" for name, one in per_need.items()))


if __name__ == "__main__":
    main()

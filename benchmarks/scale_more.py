"""Beside the table of ``benchmarks.scale``: a run after a pin or a veto, suggestions, the checker, where a gap lies.

``benchmarks.scale`` ends with these. Each comes from a process of its own, ``python -m benchmarks.scale_more NAME``;
without a name all are run.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.scale import ROWS, WARM_UP, problem_of
from benchmarks.worlds import world
from matching.auction import choose_by_bids, fits
from matching.axial import AxialModel
from matching.candidates import find_candidates
from matching.checking import check_plan, recompute_relaxation, recompute_sharp_bound
from matching.checking_sets import recompute_set_bound
from matching.large import Answer, choose
from matching.layout import lay_out
from matching.limits import Limits
from matching.plan import Plan
from matching.pricing import SHIFT
from matching.referee import broken_rules
from matching.rules import Pairing, Rules
from matching.solve import solve
from matching.suggest import Index

# How many times the seconds of a row a longer run gets.
LONGER = 3


def warm_up() -> None:
    """Compile everything, also what only a run from an earlier plan uses."""
    problem = world(WARM_UP, 1, "budgets")
    plan = solve(problem, Rules(seconds=4))
    veto = Pairing(need=plan.triangular[0].need, window=plan.triangular[0].window, reason="veto")
    solve(problem, Rules(seconds=4, vetoes=(veto,)), start=plan)


def again(name: str, seed: int) -> None:
    """From a plan: a runner-up pinned, a chosen proposal vetoed, ten and twenty of them, a window closed."""
    row, draw = ROWS[name], np.random.default_rng(seed)
    problem, rules = problem_of(row, seed), Rules(gap=row.gap, seconds=row.seconds)
    candidates = find_candidates(problem, rules)
    first = solve(problem, rules, candidates=candidates)
    print(f"{name} first run: gap {100 * first.gap:.3f} %, {first.seconds:.1f} s")
    others = [one for one in first.triangular if one.runner_up is not None]
    drawn = [others[place] for place in draw.permutation(len(others))[:20].tolist()]
    pins = [Pairing(need=one.need, **one.runner_up.parties, reason="pin") for one in drawn if one.runner_up is not None]
    vetoes = [
        Pairing(need=one.need, practice=one.practice, provider=one.provider, window=one.window, reason="veto")
        for one in drawn
    ]
    window = Pairing(window=drawn[0].window, reason="closed")
    for told, changed in (
        ("a pin", replace(rules, pins=tuple(pins[:1]))),
        ("a veto", replace(rules, vetoes=tuple(vetoes[:1]))),
        ("ten pins", replace(rules, pins=tuple(pins[:10]))),
        ("twenty vetoes", replace(rules, vetoes=tuple(vetoes))),
        ("a window vetoed", replace(rules, vetoes=(window,))),
    ):
        began, used = time.monotonic(), time.process_time()
        plan = solve(problem, changed, start=first, candidates=candidates)
        cost = f"{time.monotonic() - began:5.1f} s, {time.process_time() - used:5.1f} s of processors"
        broken = f"; BROKEN {broken_rules(problem, changed, plan)[:1]}" if broken_rules(problem, changed, plan) else ""
        moved = len(_held(first) - _held(plan))
        print(
            f"{name} after {told:<16} {cost}, gap {100 * plan.gap:.3f} %, {moved} of {len(first.triangular)} changed"
            f", {plan.status}{broken}",
            flush=True,
        )


def _held(plan: Plan) -> set[tuple[str | None, ...]]:
    return {(one.need, one.practice, one.provider, one.window) for one in plan.triangular}


def suggestions(name: str, seed: int) -> None:
    """Seconds for candidates and index, and for the suggestions of single needs."""
    problem = problem_of(ROWS[name], seed)
    began = time.monotonic()
    candidates = find_candidates(problem, Rules())
    found = time.monotonic()
    index = Index(candidates)
    built = time.monotonic()
    index.suggest(problem.needs[0].key)
    each = []
    for need in problem.needs[:: max(1, len(problem.needs) // 500)]:
        start = time.monotonic()
        index.suggest(need.key)
        each.append(1000 * (time.monotonic() - start))
    print(
        f"{name} suggestions: candidates {found - began:.1f} s, index {built - found:.2f} s, "
        f"a need {np.median(each):.2f} ms, p95 {np.percentile(each, 95):.2f} ms ({len(each)} needs)"
    )


def checker(name: str, seed: int) -> None:
    """Seconds in which the independent checker recomputes both bounds and checks the plan; where the gap lies."""
    row = ROWS[name]
    candidates = find_candidates(problem_of(row, seed), Rules())
    model = lay_out(candidates, Limits(candidates), row.mode).model
    by_bids = fits(model)
    answer = (choose_by_bids if by_bids else choose)(model, gap=row.gap, seconds=row.seconds)
    started = time.monotonic()
    wrong = check_plan(model, answer.plan)
    planned = time.monotonic()
    is_right = recompute_relaxation(model, answer.prices) == answer.relaxation
    relaxed = time.monotonic()
    sharp = "no sharper bound"
    if answer.first_prices is not None:
        recompute = recompute_set_bound if by_bids else recompute_sharp_bound
        is_right &= recompute(model, answer.sharp_prices, answer.first_prices) <= answer.bound
        sharp = f"sharper bound {time.monotonic() - relaxed:.1f} s"
    verdict = "all confirmed" if is_right and not wrong else "NOT CONFIRMED"
    print(
        f"{name} checker: plan {planned - started:.1f} s, relaxation {relaxed - planned:.1f} s, {sharp}; {verdict}",
        flush=True,
    )
    if answer.gap > row.gap:
        where_the_gap_lies(name, model, answer, LONGER * row.seconds)


def where_the_gap_lies(name: str, model: AxialModel, answer: Answer, seconds: float) -> None:
    """What a longer run shows of a gap that is too wide: how much is surely the plan's, how much the bound's."""
    longer = choose(model, seconds=seconds, prices=answer.prices / float(1 << SHIFT), plan=answer.plan)
    width = max(1, answer.bound - answer.value)
    by_plan = max(0, longer.value - answer.value) / width
    by_bound = max(0, answer.bound - longer.bound) / width
    print(
        f"{name} gap {100 * answer.gap:.3f} %, asked {100 * ROWS[name].gap:.3f} %: after {longer.seconds:.0f} s more "
        f"{100 * longer.gap:.3f} %; at least {by_plan:.0%} of the gap is the plan's and {by_bound:.0%} the bound's"
    )


MORE: dict[str, Callable[[int], None]] = {
    "again M": lambda seed: again("M", seed),
    "suggest L": lambda seed: suggestions("L country", seed),
    "checker M": lambda seed: checker("M", seed),
    "checker L": lambda seed: checker("L budgets", seed),
    "checker P": lambda seed: checker("P", seed),
}


def main() -> None:
    """One of these in this process, or all in one each."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("name", nargs="?", choices=list(MORE))
    reader.add_argument("--seed", type=int, default=0)
    asked = reader.parse_args()
    if asked.name is not None:
        warm_up()
        MORE[asked.name](asked.seed)
        return
    for name in MORE:
        command = [sys.executable, "-m", "benchmarks.scale_more", name, "--seed", str(asked.seed)]
        subprocess.run(command, check=False)


if __name__ == "__main__":
    main()

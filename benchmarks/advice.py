"""How long advice on one need takes in a world of 20,000 needs, 10,000 practices and 500 windows.

Run it with ``python -m benchmarks.advice [SIZE [NEEDS]]``. What is kept between questions is timed apart.
"""

import statistics
import sys
import time

import numpy as np

import matching
from benchmarks.worlds import world
from sstic.match_runs.advice import Asked, Supply, advice_on


def asked_of(need: matching.Need) -> Asked:
    """A need of a world, as the form would ask about it."""
    parts = ("key", "country", "title", "text", "action_area", "themes", "isic", "sdg_targets", "modalities", "budget")
    given = {name: getattr(need, name) for name in (*parts, "currency", "self_financing_share", "owner")}
    return Asked(**given)


def main() -> None:
    """Print the time of the first question and p50, p95 and the longest of many."""
    size, many = (sys.argv[1:2] or ["L"])[0], int((sys.argv[2:3] or ["200"])[0])
    problem = world(size)
    start = time.perf_counter()
    supply = Supply(problem)
    print(f"{len(problem.needs):,} needs, {len(problem.practices):,} practices, {len(problem.windows)} windows")
    print(f"kept between questions, built once: {time.perf_counter() - start:.2f} s")
    chosen = np.random.default_rng(0).choice(len(problem.needs), many, replace=False)
    advice_on(supply, asked_of(problem.needs[0]))
    took, used = [], time.process_time()
    for place in chosen:
        start = time.perf_counter()
        advice_on(supply, asked_of(problem.needs[place]))
        took.append((time.perf_counter() - start) * 1000)
    used = (time.process_time() - used) * 1000 / many
    p95 = statistics.quantiles(took, n=20)[18]
    print(f"p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, longest {max(took):.0f} ms; {used:.0f} ms CPU")


if __name__ == "__main__":
    main()

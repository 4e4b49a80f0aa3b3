"""The 50 best practices per need at 20,000 needs x 10,000 practices: seconds and peak memory.

Run it with ``python -m benchmarks.best_practices``. Every need is scored with every practice at each of its providers,
eligible or not, so nothing is spared by hard rules. The world is that of ``benchmarks/worlds.py``; making it and
compiling are not counted.
"""

import os
import resource
import time

import numpy as np
import numpy.typing as npt

from benchmarks.worlds import Size, world
from matching.compiling import in_blocks
from matching.criteria import Criteria, Offers
from matching.encoding import column_type
from matching.graph import CooperationGraph
from matching.problem import Problem
from matching.rules import Rules
from matching.scoring import Points, score_practices

KEPT = 50
AT_ONCE = 32
SIZES = (Size(200, 100, 0, 0, 0), Size(20_000, 10_000, 0, 0, 0))
Places = npt.NDArray[np.int32]


def best_practices(problem: Problem) -> tuple[Places, Points]:
    """The best practices of every need and their points, best first; equals by the key of the practice.

    A practice counts with the provider that suits the need best. Both arrays have shape (needs, KEPT).
    """
    offers = Offers(problem)
    criteria = Criteria(problem, Rules(), CooperationGraph(problem), offers)
    needs, practices = len(problem.needs), len(problem.practices)
    kept = min(KEPT, practices)
    places, points = np.empty((needs, kept), dtype=np.int32), np.empty((needs, kept), dtype=np.int16)
    tables, every = criteria.practice_tables, np.arange(len(offers), dtype=column_type(len(offers)))

    def work(first: int, last: int) -> None:
        starts = np.zeros(needs + 1, dtype=np.int64)
        for block in range(first, last, AT_ONCE):
            end = min(block + AT_ONCE, last)
            starts[block : end + 1] = np.arange(end - block + 1) * len(offers)
            found = np.empty((end - block, len(offers)), dtype=np.int16)
            score_practices(tables, block, end, starts, np.tile(every, end - block), found.ravel())
            best = np.maximum.reduceat(found, offers.starts[:-1], axis=1)
            # One number orders by points, then by place, so that equals are told apart.
            order = best.astype(np.int64) * practices + np.arange(practices)[::-1]
            first_ones = np.sort(np.partition(order, practices - kept, axis=1)[:, practices - kept :], axis=1)[:, ::-1]
            places[block:end] = practices - 1 - first_ones % practices
            points[block:end] = first_ones // practices

    in_blocks(work, needs)
    return places, points


def main() -> None:
    """Print the figures of the large world, after a small one has compiled everything."""
    small, large = (world(size, mood="country_loads", investment=False) for size in SIZES)
    best_practices(small)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    _places, points = best_practices(large)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(f"{len(large.needs):,} needs x {len(large.practices):,} practices on {os.cpu_count()} processors")
    print(f"the {KEPT} best practices per need: {seconds:.1f} s ({processor:.1f} s of processor time)")
    print(
        f"peak memory {after.ru_maxrss / 1024:,.0f} MiB; points of the last kept, on average {points[:, -1].mean():.0f}"
    )


if __name__ == "__main__":
    main()

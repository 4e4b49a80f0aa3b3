"""``allocate`` on published instances with known answers; run as ``python -m benchmarks.instances FOLDER``.

The folder holds ``known_optima.csv`` (family, file, instance, sense, size, lower_or_dual_bound, best_known,
proven_optimal, source) and the files that it names: generalised assignment (GAP), axial three-index assignment (A3AP),
multidimensional knapsack (MKP) and kidney exchange (KEP) in the formats of their sources. Files are only read.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from matching.allocation import Allocation, Floor, Option, Status, allocate


@dataclass(frozen=True)
class Instance:
    """Options and limits, and how a value reads in the instance's own sense: ``offset`` - value where it minimises."""

    options: list[Option]
    limits: dict[str, int]
    floors: list[Floor] = field(default_factory=list)
    offset: int | None = None

    def own(self, value: int) -> int:
        """A value or bound of ``allocate`` in the sense of the instance."""
        return value if self.offset is None else self.offset - value


def numbers(text: str) -> list[int]:
    """All whole numbers of a file."""
    return [int(float(word)) for word in text.split()]


def assignment(path: Path, _instance: str) -> Instance:
    """Agents, jobs, costs, weights, capacities; every job exactly once, at least cost."""
    agents, jobs, *rest = numbers(path.read_text())
    cost, weight = (rest[start : start + agents * jobs] for start in (0, agents * jobs))
    room = rest[2 * agents * jobs : 2 * agents * jobs + agents]
    most = max(cost) + 1
    places = [(agent, job, agent * jobs + job) for agent in range(agents) for job in range(jobs)]
    options = [Option(f"{a:03}-{j:04}", most - cost[n], {f"agent{a}": weight[n], f"job{j}": 1}) for a, j, n in places]
    limits = {f"agent{a}": one for a, one in enumerate(room)} | {f"job{j}": 1 for j in range(jobs)}
    return Instance(options, limits, [Floor(f"job{j}", f"job{j}", 1) for j in range(jobs)], jobs * most)


def three_index(path: Path, _instance: str) -> Instance:
    """Costs of n x n x n triples, first index slowest; every index once, at least cost."""
    cost = numbers(path.read_text())
    size = round(len(cost) ** (1 / 3))
    cost = cost[len(cost) - size**3 :]
    most = max(cost) + 1
    options = []
    for number, one in enumerate(cost):
        i, j, k = number // size**2, number // size % size, number % size
        options.append(Option(f"{number:06}", most - one, {f"i{i}": 1, f"j{j}": 1, f"k{k}": 1}))
    # A plan that leaves an index out can always take one more triple, each worth more than nothing.
    return Instance(options, {f"{axis}{n}": 1 for axis in "ijk" for n in range(size)}, offset=size * most)


def knapsack(path: Path, instance: str) -> Instance:
    """One of the problems of a file: values, weights by constraint, capacities."""
    words: Iterator[int] = iter(numbers(path.read_text()))
    next(words)
    for _ in range(int(instance.rsplit("-", 1)[1]) + 1):
        columns, rows, _best = islice(words, 3)
        value = list(islice(words, columns))
        weight = [list(islice(words, columns)) for _ in range(rows)]
        room = list(islice(words, rows))
    options = [Option(f"{n:04}", value[n], {f"r{m}": weight[m][n] for m in range(rows)}) for n in range(columns)]
    return Instance(options, {f"r{m}": one for m, one in enumerate(room)})


def exchange(path: Path, instance: str) -> Instance:
    """Arcs between pairs of patients and donors; options are cycles, up to the length that the instance names."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    pairs, longest = int(rows[0][0]), int(instance.split("cycle<=")[1].split()[0])
    to: list[list[int]] = [[] for _ in range(pairs)]
    for one, other, _weight in rows[1:]:
        if int(one) >= 0:
            to[int(one)].append(int(other))
    options = [
        Option("-".join(map(str, one)), len(one), {f"p{pair}": 1 for pair in one}) for one in cycles(to, longest)
    ]
    return Instance(options, {f"p{pair}": 1 for pair in range(pairs)})


def cycles(to: Sequence[Sequence[int]], longest: int) -> Iterator[tuple[int, ...]]:
    """All cycles of at most so many pairs, each from its least pair on."""

    def longer(path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        for following in to[path[-1]]:
            if following == path[0] and len(path) > 1:
                yield path
            elif following > path[0] and following not in path and len(path) < longest:
                yield from longer((*path, following))

    for first in range(len(to)):
        yield from longer((first,))


READERS: dict[str, Callable[[Path, str], Instance]] = {
    "GAP": assignment,
    "A3AP": three_index,
    "MKP": knapsack,
    "KEP": exchange,
}


def known(folder: Path, families: Sequence[str], sample: int) -> Iterator[tuple[dict[str, str], Path]]:
    """Instances whose file is there, evenly spaced: ``sample`` of each family and folder or file."""
    kinds: dict[tuple[str, str], list[tuple[dict[str, str], Path]]] = {}
    with (folder / "known_optima.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            path = folder / row["file"].replace("{input,ndds}", "input")
            if row["family"] in families and path.exists():
                kind = path.name if row["family"] == "MKP" else path.parent.name
                kinds.setdefault((row["family"], kind), []).append((row, path))
    for rows in kinds.values():
        yield from rows[:: max(1, -(-len(rows) // sample))]


def told(row: dict[str, str], one: Instance, answer: Allocation, seconds: float) -> str:
    """One line: value, bound and status beside the best known."""
    best = int(float(row["best_known"]))
    value, bound = one.own(answer.value), one.own(answer.bound)
    missed = answer.status is Status.INFEASIBLE or (one.floors and not answer.chosen)
    gap = "-" if missed else f"{100 * abs(bound - value) / max(1, abs(value)):.3f} %"
    figures = f"{'-' if missed else value:>10} {bound:>10} {best:>10} {gap:>9} {seconds:7.1f} s"
    return f"{row['family']:<5}{row['instance']:<40}{len(one.options):>7} {figures}  {answer.status}"


def main() -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--family", action="append", choices=list(READERS))
    reader.add_argument("--sample", type=int, default=3)
    reader.add_argument("--seconds", type=float, default=60.0)
    asked = reader.parse_args()
    print(f"{'':45}{'options':>7} {'value':>10} {'bound':>10} {'known':>10} {'gap':>9} {'seconds':>9}  status")
    for row, path in known(asked.folder, asked.family or list(READERS), asked.sample):
        one = READERS[row["family"]](path, row["instance"])
        began = time.monotonic()
        answer = allocate(one.options, one.limits, floors=one.floors, seconds=asked.seconds)
        print(told(row, one, answer, time.monotonic() - began), flush=True)
        best, value, bound = int(float(row["best_known"])), answer.value, answer.bound
        if answer.chosen and not value <= (best if one.offset is None else one.offset - best) <= bound:
            print(
                f"     better than the best known, or a bound that is wrong: {row['proven_optimal']}", file=sys.stderr
            )


if __name__ == "__main__":
    main()

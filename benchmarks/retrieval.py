"""Practice retrieval on the judged needs: NDCG@10 of the retrieval score, of its signals, and of the baselines.

Run it with ``python -m benchmarks.retrieval``. The judgements are those of ``seed_data/judgements.csv``.
"""

import csv
import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

import matching
from matching.candidates import Candidates, find_candidates
from matching.judged import (
    GRADES,
    Agreement,
    Judgements,
    agreements,
    crossed,
    interval,
    reading_ceiling,
    weighted_kappa,
)
from matching.retrieval import (
    combined,
    latent_characters,
    plain_words,
    retrieval_signals,
    standardised,
    theme_overlap,
)
from sstic.database import make_engine
from sstic.match_runs.snapshot import build_problem
from sstic.migrating import migrate
from sstic.seeding import seed
from sstic.settings import settings

Floats = npt.NDArray[np.float64]
SEED = 20261125


def reference_problem() -> matching.Problem:
    """The reference data as a problem, by way of a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/sstic.db"
        migrate(address)
        engine = make_engine(address)
        with Session(engine) as session, session.begin():
            seed(session, settings().seed_dir)
        with Session(engine) as session:
            problem = build_problem(session, date(2026, 11, 24))
        engine.dispose()
    return problem


def judgements_of(judge: str, file: Path | None = None) -> Judgements:
    """The grades of one judge."""
    with (file or settings().seed_dir / "judgements.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["judge"] == judge]
    return {(row["need"], row["practice"]): int(row["grade"]) for row in rows}


def best_offer(found: Candidates, criterion: str | None) -> Floats:
    """Present points (or the score of demand fit) of each need and practice, of its best provider."""
    needs, offers = len(found.problem.needs), len(found.offers)
    table = np.full((needs, len(found.problem.practices)), -1.0)
    for need in range(needs):
        i, j = np.full(offers, need), np.arange(offers)
        if criterion is None:
            values = found.criteria.need_practice(i, j).total.astype(float)
        else:
            values = np.nan_to_num(found.criteria.demand_fit(i, j))
        np.maximum.at(table[need], found.offers.practice, values)
    return table


def rankings(problem: matching.Problem) -> dict[str, Floats]:
    """What is compared, each of shape (needs, practices)."""
    signals, found = retrieval_signals(problem), find_candidates(problem, matching.Rules())
    compared = {"retrieval score": combined(signals)}
    for name in signals:
        compared[f"without {name}"] = combined({other: one for other, one in signals.items() if other != name})
        compared[f"{name} alone"] = standardised(signals[name])
    compared["points of need and practice"] = best_offer(found, None)
    compared["demand fit"] = best_offer(found, "demand_fit")
    compared["plain TF-IDF"] = plain_words(problem)
    compared["LSA of characters"] = latent_characters(problem)
    compared["themes in common"] = theme_overlap(problem)
    chance = np.random.Generator(np.random.PCG64(SEED))
    compared["random"] = chance.uniform(size=compared["retrieval score"].shape)
    return compared


def chosen_on(title: str) -> bool:
    """Whether needs of this title were those that the form of the score was chosen on; the others only tested it."""
    return int(hashlib.sha256(f"split {title}".encode()).hexdigest(), 16) % 2 == 0


def row_of(found: Mapping[str, Agreement], titles: Mapping[str, str]) -> str:
    """One row of the table."""
    keys = sorted(found)
    mean, low, high = interval([found[key].ndcg for key in keys], [titles[key] for key in keys], SEED)
    halves = [mean_of([found[key].ndcg for key in keys if chosen_on(titles[key]) == side]) for side in (True, False)]
    by_title: dict[str, list[float]] = {}
    for key in keys:
        by_title.setdefault(titles[key], []).append(found[key].ndcg)
    others = [mean_of([getattr(found[key], name) for key in keys]) for name in ("condensed_ndcg", "bpref", "judged")]
    told = [mean_of([mean_of(values) for values in by_title.values()]), *halves, *others]
    return f"{mean:.3f} ({low:.3f} to {high:.3f}) | " + " | ".join(f"{value:.3f}" for value in told)


def mean_of(values: Sequence[float]) -> float:
    """Mean of what is known."""
    return float(np.nanmean(values))


def main() -> None:
    """Print the figures."""
    problem, first, second = reference_problem(), judgements_of("model"), judgements_of("model-again")
    titles = {need.key: need.title for need in problem.needs}
    table = crossed(first, second)
    count = [list(first.values()).count(grade) for grade in GRADES]
    print(f"{len(first):,} judgements of {len({need for need, _ in first})} needs, graded 0, 1, 2: {count}")
    print(f"read again: {table.tolist()}, weighted kappa {weighted_kappa(table):.3f}")
    print(f"ceiling by a second reading: {reading_ceiling(first, table, SEED):.3f}")
    print("| ranking | NDCG@10 (95 %) | mean over titles | chosen on | tested on | condensed | bpref | judged |")
    found: dict[str, Agreement] = {}
    for name, scores in rankings(problem).items():
        found = agreements(problem, scores, first)
        print(f"| {name} | {row_of(found, titles)} |")
    chosen = sum(chosen_on(titles[key]) for key in found)
    print(f"{len(found)} needs have a practice of grade 1 or 2: {chosen} chosen on, {len(found) - chosen} tested on")


if __name__ == "__main__":
    main()

"""How long the catalogue of good practices and its pages take at 10,000 practices, in process and without a network.

Run with the settings of a seeded database that may be filled with made-up practices:
``python -m benchmarks.practices [PRACTICES] [ROUNDS]``. Practices that an earlier run added are used again.
"""

import random
import statistics
import sys
import time
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic import database
from sstic.app import app
from sstic.tables.classifications import Isic, SdgTarget, Theme
from sstic.tables.countries import Country
from sstic.tables.good_practices import (
    EVIDENCE_GRADES,
    GoodPractice,
    GoodPracticeIsic,
    GoodPracticeProvider,
    GoodPracticeSdgTarget,
    GoodPracticeTheme,
    PracticeBlock,
    PracticePrecondition,
    PracticeResult,
    PracticeSource,
    Replication,
)

WORDS = "energy audit mill cocoa dryer training laboratory standard cluster water waste leather cotton solar quality"
SEED = 0
PATHS = (
    "/good-practices",
    "/good-practices?page=400",
    "/good-practices?q=cocoa",
    "/good-practices?q=cocoa+leather+dryer",
    "/good-practices?q=nothing-has-this",
    "/good-practices?action_area=technology&region=Africa",
    "/good-practices?theme=T_VC",
    "/good-practices?evidence=independent&replicated=confirmed",
    "/good-practices?country=BRA&q=energy",
    "/good-practices/MADE-5000",
    "/good-practices/MADE-9999",
    "/api/v1/good-practices?limit=100",
    "/technology-offers",
)


def fill(session: Session, practices: int) -> None:
    """Add made-up published practices until there are ``practices``."""
    draw = random.Random(SEED)  # noqa: S311  # made-up text, not a secret
    there = session.scalar(sa.select(sa.func.count()).select_from(GoodPractice)) or 0
    if there >= practices:
        return
    first = (session.scalar(sa.select(sa.func.max(GoodPractice.id))) or 0) + 1
    themes, words = session.execute(sa.select(Theme.code, Theme.action_area)).all(), WORDS.split()
    lists = [session.scalars(sa.select(column)).all() for column in (Country.iso3, Isic.code, SdgTarget.code)]
    countries, isic, targets = lists
    rows: dict[type, list[dict[str, object]]] = {}

    def add(table: type, **row: object) -> None:
        rows.setdefault(table, []).append(row)

    for number in range(first, first + practices - there):
        theme, area = draw.choice(themes)
        add(
            GoodPractice,
            id=number,
            reference=f"MADE-{number}",
            title=f"{' '.join(draw.choices(words, k=4))} {number}",
            institution_name=f"Institute {number % 900}",
            action_area=area,
            summary=" ".join(draw.choices(words, k=120)),
            results_kind=draw.choice(("achieved", "planned", "unknown")),
            evidence_grade=draw.choice((*EVIDENCE_GRADES, None)),
            origin="submitted",
            status="published",
        )
        for iso3 in draw.sample(countries, draw.choice((1, 1, 1, 2))):
            add(GoodPracticeProvider, practice_id=number, iso3=iso3)
        for code in {theme, *draw.sample([code for code, _ in themes], 2)}:
            add(GoodPracticeTheme, practice_id=number, theme_code=code)
        add(GoodPracticeIsic, practice_id=number, isic_code=draw.choice(isic))
        add(GoodPracticeSdgTarget, practice_id=number, target_code=draw.choice(targets))
        for position in range(1, 6):
            text, beside = " ".join(draw.choices(words, k=40)), {"practice_id": number, "position": position}
            add(PracticeBlock, **beside, what=text, lesson=text)
            add(PracticePrecondition, **beside, is_hard=position < 3, text=text)
            add(PracticeResult, **beside, indicator=f"Indicator {position}", before=1.0, after=2.0, year=2020)
            add(PracticeSource, **beside, title=f"Document {position}", year=2021)
        if draw.random() < 0.4:
            moment = datetime.now(UTC) if draw.random() < 0.3 else None
            confirmed = {"provider_confirmed_at": moment, "replicator_confirmed_at": moment}
            add(
                Replication, practice_id=number, iso3=draw.choice(countries), origin="submitted", year=2020, **confirmed
            )
    for table, made in rows.items():
        session.execute(sa.insert(table), made)


def main() -> None:
    """Fill the database and print a line for each address."""
    practices = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with database.transaction() as session:
        fill(session, practices)
    if database.engine().dialect.name == "postgresql":
        with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
    print(f"{'page':60} {'p50 ms':>8} {'p95 ms':>8} {'cpu ms':>8} {'kB':>7}")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for path in PATHS:
            measure(client, path, rounds)


def measure(client: TestClient, path: str, rounds: int) -> None:
    """Print the line of one address: wall time, and processor time of the whole process for one answer."""
    for _ in range(3):
        answer = client.get(path)
    if answer.status_code != 200:
        sys.exit(f"{path} answers {answer.status_code}; seed first")
    took, processor = [], time.process_time()
    for _ in range(rounds):
        start = time.perf_counter()
        client.get(path)
        took.append((time.perf_counter() - start) * 1000)
    processor = (time.process_time() - processor) * 1000 / rounds
    p95 = statistics.quantiles(took, n=20)[18]
    size = len(answer.content) / 1000
    print(f"{path:60} {statistics.median(took):8.1f} {p95:8.1f} {processor:8.1f} {size:7.1f}")


if __name__ == "__main__":
    main()

"""How long each page and each read of the API takes, in process and without a network.

Run with the settings of a seeded and matched database: ``python benchmarks/pages.py [ROUNDS]``.
"""

import statistics
import sys
import time
from collections.abc import Iterator

import sqlalchemy as sa
from starlette.testclient import TestClient

from sstic import database
from sstic.app import app
from sstic.tables.proposals import InvestmentProposal, TriangularProposal

PLAIN = ("/", "/plan", "/plan?action_area=environment", "/needs", "/needs?q=energy", "/needs/N-001", "/good-practices")
PLAIN += ("/good-practices/GP-001", "/funding-windows", "/funding-windows/FW-001", "/countries", "/countries/GHA")
PLAIN += ("/sources", "/api/v1/plan", "/api/v1/needs?limit=100", "/api/v1/countries?limit=100", "/api/v1/countries/GHA")


def paths() -> Iterator[str]:
    """What to ask for."""
    yield from PLAIN
    with database.reading() as session:
        for table, address in ((TriangularProposal, "/proposals/"), (InvestmentProposal, "/investment-proposals/")):
            number = session.scalar(sa.select(sa.func.max(table.id)))
            if number is not None:
                yield f"{address}{number}"


def main() -> None:
    """Print a line for each."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{'page':40} {'p50 ms':>8} {'p95 ms':>8} {'kB':>7}")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for path in paths():
            measure(client, path, rounds)


def measure(client: TestClient, path: str, rounds: int) -> None:
    """Print the line of one address."""
    for _ in range(3):
        answer = client.get(path)
    if answer.status_code != 200:
        sys.exit(f"{path} answers {answer.status_code}; seed and match first")
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        client.get(path)
        took.append((time.perf_counter() - start) * 1000)
    p95 = statistics.quantiles(took, n=20)[18]
    print(f"{path:40} {statistics.median(took):8.1f} {p95:8.1f} {len(answer.content) / 1000:7.1f}")


if __name__ == "__main__":
    main()

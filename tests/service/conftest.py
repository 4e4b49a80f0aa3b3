"""Databases that already hold a plan."""

import os
from collections.abc import Iterator
from datetime import date

import pytest
from conftest import Databases, fill, let_go, point_service_at

import matching
from sstic.database import transaction
from sstic.match_runs.actions import request_match_run
from sstic.match_runs.worker import work_on_next

DAY = date(2026, 11, 24)


def fill_and_match(address: str) -> None:
    """Load the reference data and store the plan of a run over the open needs of one country."""
    fill(address)
    before = os.environ.get("SSTIC_DATABASE_URL")
    let_go()
    os.environ["SSTIC_DATABASE_URL"] = address
    with transaction() as session:
        run = request_match_run(session, "test", {"as_of": DAY.isoformat()}, matching.Rules())
        run_id = run.id
    plan = work_on_next(only=run_id)
    assert plan is not None
    let_go()
    if before is None:
        del os.environ["SSTIC_DATABASE_URL"]
    else:
        os.environ["SSTIC_DATABASE_URL"] = before


@pytest.fixture
def matched_database(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with the reference data and the plan of one complete run; the service points at it."""
    made = databases.copy_of(fill_and_match)
    point_service_at(made, monkeypatch)
    yield made
    let_go()
    databases.drop(made)

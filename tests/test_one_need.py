"""The way of one need, as docs/one-need.md tells it: from the row to the page."""

import json

from fastapi.testclient import TestClient
from sqlalchemy import select

import matching
from sstic.app import create_app
from sstic.database import reading, transaction
from sstic.match_runs.actions import request_match_run
from sstic.match_runs.worker import work_on_next
from sstic.tables.audit import AuditEvent
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need
from sstic.tables.proposals import TriangularProposal


def test_the_way_of_one_need(seeded_database: str) -> None:
    with reading() as session:
        need = session.scalars(select(Need).where(Need.reference == "N-001")).one()
        assert (need.status, need.endorsed_at) == ("open", None)
        assert session.scalars(select(AuditEvent)).first() is not None

    with transaction() as session:
        filters = {"country": need.country_iso3, "as_of": "2026-11-24"}
        run_id = request_match_run(session, "coordinator", filters, matching.Rules()).id
    plan = work_on_next()
    assert plan is not None

    with reading() as session:
        run = session.get_one(MatchRun, run_id)
        assert (run.status, run.attempt) == ("complete", 1)
        assert run.bound_points == run.objective_points
        proposal = session.scalars(select(TriangularProposal).where(TriangularProposal.need_id == need.id)).one()
        assert proposal.points == sum(part.points or 0 for part in proposal.parts)

    with TestClient(create_app()) as client:
        page = client.get(f"/proposals/{proposal.id}")
        assert page.status_code == 200
        assert need.title in page.text
        told = client.get(f"/api/v1/proposals/{proposal.id}").json()
    assert "N-001" in json.dumps(told)

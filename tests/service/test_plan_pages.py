import re

import pytest
import sqlalchemy as sa
from page_reading import Element, page
from plan_records import a_full_plan, a_run, a_triangular, an_investment, an_unmatched
from records import (
    a_country,
    a_funding_window,
    a_need,
    an_investor,
    an_organization,
)
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.app import create_app
from sstic.tables.proposals import TriangularScorePart


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app())


def test_the_plan_tells_its_proof_limits_and_what_it_left(session: Session, client: TestClient) -> None:
    a_full_plan(session)
    tree = page(client, "/plan")
    tiles = {one.one("dt").text: one.one("dd").text for one in tree.with_class("app-tile")}
    assert tiles == {
        "triangular proposals": "1",
        "investment proposals": "1",
        "needs left without a proposal": "1",
        "points reached": "63.41",
        "points that no plan can exceed": "63.50",
        "proven gap": "0.14%",
    }
    assert "Computed on 24 November 2026, 10:30 UTC." in tree.text
    assert "ab" * 32 in tree.text
    (left,) = tree.with_class("app-unmatched")
    assert "No practice has its themes." in left.text
    assert "Code the need also 'Quality'." in left.text
    assert "at most 12.50 points" in tree.text


def test_the_map_and_its_table_hold_the_same_facts(session: Session, client: TestClient) -> None:
    chile = a_country(session, "CHL", longitude=-70.7, latitude=-33.4)
    donor = an_organization(session, "donor", country=chile.iso3)
    run = a_run(session)
    a_triangular(session, run, window=a_funding_window(session, donor_id=donor.id))
    a_triangular(session, run)
    session.commit()
    tree = page(client, "/plan")
    picture = tree.one("svg", **{"class": "app-map"})
    lines = [one.text for one in picture.all("path", **{"class": "app-line"})]
    assert sorted(lines) == ["Country BRA → Country GHA (2)", "Country CHL → Country GHA (1)"]
    (table,) = [one for one in tree.all("table") if one.one("caption").text == "The triangles on the map"]
    rows = [[cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")]
    assert sorted(rows) == sorted(
        [
            ["Country GHA", "Country BRA", f"{donor.name} (Country CHL)", "63.41"],
            ["Country GHA", "Country BRA", rows[1][2], "63.41"],
        ]
    )
    assert "not a single country" in rows[1][2]


def test_the_plan_is_filtered(session: Session, client: TestClient) -> None:
    a_country(session, "FJI", region="Oceania")
    run = a_run(session)
    here = a_triangular(session, run)
    green = a_need(session, "FJI", action_area="environment")
    there = a_triangular(session, run, green, status="shortlisted")
    session.commit()

    def numbers(query: str) -> set[str]:
        (table,) = [
            one
            for one in page(client, f"/plan?{query}").all("table")
            if one.one("caption").text == "Triangular proposals, most points first"
        ] or [Element("table", {})]
        links = [one.attributes["href"] for one in table.all("a")]
        return {link.rsplit("/", 1)[1] for link in links if link.startswith("/proposals/")}

    assert numbers("") == {str(here.id), str(there.id)}
    for query in ("action_area=environment", "region=Oceania", "status=shortlisted"):
        assert numbers(query) == {str(there.id)}
    assert numbers("region=Asia") == set()
    assert client.get("/plan?status=marker").status_code == 422


def test_a_proposal_tells_why(session: Session, client: TestClient) -> None:
    tree = page(client, a_full_plan(session).paths[0])
    tables = {one.one("caption").text: one for one in tree.all("table")}
    scores = {row.one("th").text: row for row in tables["Points by criterion"].one("tbody").all("tr")}
    assert scores["Demand fit and endorsement"].all("td")[0].text == "63.41 / 100.00"
    assert scores["Demand fit and endorsement"].all("rect")[1].attributes["width"] == "63.41"
    assert scores["Complementarity and ownership"].all("td")[0].text == "Unknown, left out"
    rules = tables["Hard rules and what they found"].text
    assert "? Unknown" in rules
    assert "Question to ask: Is it taking proposals now?" in rules
    money = [[cell.text for cell in row.all("td")] for row in tables["Budget split"].one("tbody").all("tr")]
    assert money[0][:3] == ["Cash", "USD 50,500", "80%"]
    assert money[1][:3] == ["In kind", "Unknown", "Unknown"]
    assert "Worked there." in tables["Evidence"].text
    network = tree.one("svg", **{"class": "app-network"})
    assert [one.text for one in network.all("text", **{"class": "app-network__edge"})] == [
        "Past project",
        "Replicated in",
    ]
    assert "Why it was not chosen: Fewer points." in tree.text
    assert "https://example.org/project" in {one.attributes["href"] for one in tree.all("a")}


def test_a_proposal_shows_the_points_fact_and_year_of_every_signal(session: Session, client: TestClient) -> None:
    tree = page(client, a_full_plan(session).paths[0])
    (table,) = [one for one in tree.all("table") if one.one("caption").text == "Points by signal"]
    heads = [one.text for one in table.all("th", scope="rowgroup")]
    assert heads == [
        "Demand fit and endorsement: 63.41 of 100",
        "Complementarity and ownership: Unknown, left out",
    ]
    rows = {row.one("th").text: [cell.text for cell in row.all("td")] for row in table.all("tr") if row.all("td")}
    assert rows == {
        "Words of both texts": ["60.41", "In common: dryers, fruit.", "2019"],
        "Themes": ["3.00", "In common: Energy management.", "Not dated"],
        "Endorsement": ["Unknown", "Not stated.", "Not dated"],
        "Projects together": ["Unknown", "No project provided by it is on record.", "Not dated"],
    }


def test_a_proposal_without_signals_has_no_table_of_them(session: Session, client: TestClient) -> None:
    found = a_full_plan(session)
    session.execute(sa.update(TriangularScorePart).values(signals=[]))
    session.commit()
    captions = [one.one("caption").text for one in page(client, found.paths[0]).all("table")]
    assert "Points by signal" not in captions


def test_a_proposal_of_an_earlier_plan_says_so(session: Session, client: TestClient) -> None:
    published = a_triangular(session, a_run(session, status="published"))
    kept_back = a_triangular(session, a_run(session))
    a_run(session)
    session.commit()
    assert "belongs to an earlier plan" in page(client, f"/proposals/{published.id}").text
    page(client, f"/proposals/{kept_back.id}", 404)


def test_an_investor_that_is_not_public_is_named_nowhere(session: Session, client: TestClient) -> None:
    secret = an_investor(session)
    secret.is_public = False
    secret.organization.name, secret.kind_text = 'Canary "Capital"', "canary kind"
    run = a_run(session)
    told = {"limit": f"investor_deals:{secret.reference}", "text": 'deals of Canary "Capital"', "unit": "deal"}
    run.binding_limits = [{**told, "used": 1, "capacity": 1, "worth": 5}]
    hidden = an_investment(session, run, investor=secret)
    rival = {"investor": secret.reference, "investor_name": 'Canary "Capital"', "office": "X", "office_name": "X"}
    other = an_investment(session, run, runner_up={**rival, "points": 1, "why_not": 'Canary "Capital" is full.'})
    reasons = [{"code": "investor_deals", "text": 'Nothing is left of deals of Canary "Capital".'}]
    change = {"text": 'Canary "Capital" would have to cover it.', "changes": []}
    left = an_unmatched(session, run, mode="investment", reasons=reasons, smallest_change=change)
    session.commit()
    paths = ["/plan", f"/investment-proposals/{hidden.id}", f"/investment-proposals/{other.id}"]
    paths += [f"/needs/{one.need.reference}" for one in (hidden, left)]
    for path in paths:
        for address in (path, f"/api/v1{path}"):
            text = client.get(address).text
            assert "anary" not in text
            assert secret.reference not in text.replace(hidden.need.reference, "")
    assert "An investor (name withheld)" in page(client, f"/investment-proposals/{hidden.id}").text


def test_numbers_in_the_plan_read_as_points(session: Session, client: TestClient) -> None:
    tree = page(client, a_full_plan(session).paths[0])
    assert re.search(r"\b63\.41 of 100\b", tree.one("main").text)

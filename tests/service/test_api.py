from decimal import Decimal
from typing import Any

import pytest
from plan_records import a_run, a_triangular, an_investment, an_unmatched
from records import a_country, a_funding_window, a_good_practice, a_need
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.app import create_app


@pytest.fixture
def client(session: Session) -> TestClient:
    """A caller on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app())


def read(client: TestClient, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status
    kind = "application/json" if status == 200 else "application/problem+json"
    assert answer.headers["content-type"] == kind
    return answer.json()


def test_a_list_is_cut_and_counted(session: Session, client: TestClient) -> None:
    for number in range(3):
        a_need(session, reference=f"N-{number}", year=2020)
    session.commit()
    first = read(client, "/needs?limit=2")
    assert (first["total"], first["limit"], first["offset"]) == (3, 2, 0)
    assert [row["reference"] for row in first["rows"]] == ["N-0", "N-1"]
    assert [row["reference"] for row in read(client, "/needs?limit=2&offset=2")["rows"]] == ["N-2"]
    assert read(client, "/needs?offset=1000000")["rows"] == []


def test_unknown_is_null_and_money_keeps_its_currency(session: Session, client: TestClient) -> None:
    a_need(session, reference="N-A")
    a_need(session, reference="N-B", budget_amount=Decimal("50500.5"), budget_currency="EUR")
    window = a_funding_window(session)
    session.commit()
    assert read(client, "/needs/N-A")["budget"] is None
    assert read(client, "/needs/N-B")["budget"] == {"amount": "50500.50", "currency": "EUR"}
    told = read(client, f"/funding-windows/{window.reference}")
    empty = ("total_budget", "min_ticket", "max_ticket", "cofinancing_percent", "open_from", "open_to", "recurs")
    assert {name: told[name] for name in empty} == dict.fromkeys(empty)
    assert told["opening"] == "unknown"


def test_the_plan_and_its_proposals(session: Session, client: TestClient) -> None:
    read(client, "/plan", 404)
    run = a_run(session)
    need, practice = a_need(session), a_good_practice(session)
    proposal = a_triangular(session, run, need, practice)
    investment = an_investment(session, run, need)
    left = an_unmatched(session, run)
    session.commit()
    plan = read(client, "/plan")
    assert (plan["objective"], plan["bound"], plan["gap"]) == (6341, 6350, 0.0014)
    assert (plan["triangular_total"], plan["investment_total"], plan["unmatched_total"]) == (1, 1, 1)
    assert plan["unmatched"][0] == {
        "need": {"reference": left.need.reference, "title": left.need.title},
        "mode": "triangular",
        "reasons": [{"code": "themes_meet", "text": "No practice has its themes."}],
        "smallest_change": "Code the need also 'Quality'.",
    }
    told = read(client, f"/proposals/{proposal.id}")
    assert told["beneficiary"] == {"iso3": "GHA", "name": "Country GHA"}
    assert [(part["criterion"], part["points"]) for part in told["parts"]] == [
        ("demand_fit", 6341),
        ("complementarity", None),
    ]
    assert told["budget_split"][1]["amount"] is None
    assert told["evidence"][0]["origin"] == "BRA"
    assert told["in_present_plan"] is True
    assert read(client, f"/investment-proposals/{investment.id}")["points"] == 5319
    assert read(client, "/plan?limit=1&offset=1")["triangular"] == []
    assert read(client, "/plan?action_area=environment")["triangular_total"] == 0


def test_names_come_in_the_language_asked_for(session: Session, client: TestClient) -> None:
    a_country(session, "EGY", name_ar="مصر", name_fr="Égypte")
    session.commit()
    assert read(client, "/countries/EGY?lang=fr")["name"] == "Égypte"
    answer = client.get("/api/v1/countries/EGY", headers={"Accept-Language": "ar"})
    assert answer.json()["name"] == "مصر"
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/needs?limit=0", "query.limit"),
        ("/needs?limit=101", "query.limit"),
        ("/needs?offset=-1", "query.offset"),
        ("/needs?q=a%00marker", "query.q"),
        ("/needs?action_area=marker", "query.action_area"),
        ("/countries/marker", "path.iso3"),
        ("/proposals/99999999999999999999", "path.number"),
        ("/plan?status=marker", "query.status"),
        ("/funding-windows?opening=marker", "query.opening"),
    ],
)
def test_a_wrong_part_is_named_without_repeating_it(client: TestClient, path: str, where: str) -> None:
    problem = read(client, path, 422)
    assert problem["status"] == 422
    assert problem["title"].startswith("Unprocessable")
    assert [fault["where"] for fault in problem["faults"]] == [where]
    assert "marker" not in str(problem)
    assert "99999" not in str(problem)


@pytest.mark.parametrize("path", ["/needs/N-9", "/good-practices/GP-9", "/funding-windows/FW-9", "/countries/XXX"])
def test_what_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    assert read(client, path, 404)["title"] == "Not Found"
    assert read(client, "/nowhere", 404)["status"] == 404


def test_what_only_reads_refuses_to_write(client: TestClient) -> None:
    answer = client.post("/api/v1/countries", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_description_of_the_api_is_whole(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    operations = [(path, *one) for path, item in document["paths"].items() for one in item.items()]
    assert len({one["operationId"] for _path, _method, one in operations}) == len(operations) == 18
    for path, method, one in operations:
        assert one["summary"]
        assert one["description"]
        assert one["tags"]
        done = "201" if method == "post" else "200"
        wanted = {done, "401", "422"} | ({"403"} if {} not in one["security"] else set())
        wanted |= {"404"} if "{" in path or path.endswith("/plan") else set()
        wanted |= {"409", "412", "428"} if method == "patch" else set()
        assert set(one["responses"]) == wanted
        for status in wanted - {done}:
            assert set(one["responses"][status]["content"]) == {"application/problem+json"}
    schemas = document["components"]["schemas"]
    assert {"Problem", "Fault"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    assert not [name for name in references(document) if name not in schemas]


def references(part: Any) -> set[str]:
    """The schemas that a document refers to."""
    if isinstance(part, dict):
        own = {part["$ref"].rsplit("/", 1)[1]} if "$ref" in part else set()
        return own.union(*(references(one) for one in part.values()))
    if isinstance(part, list):
        return set().union(*(references(one) for one in part))
    return set()

"""Technology offers through a form: written, published by another person, warned of, withdrawn; and who may not."""

from typing import Any

import pytest
import sqlalchemy as sa
from page_reading import page, read
from records import a_country, a_grouping, a_theme, a_user, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.app import create_app
from sstic.database import reading
from sstic.labels import LABELS
from sstic.tables.accounts import Post
from sstic.tables.audit import AuditEvent
from sstic.tables.good_practices import IP_TERMS, MATURITIES, TECHNOLOGY_OFFER_MOVES, TechnologyOffer

OFFER = {
    "title": "Solar dryer",
    "owner": "maker-jpn",
    "action_area": "technology",
    "summary": "Dries coffee cherries.",
    "maturity": "in_use",
    "ip_terms": "licence",
    "open_from": "2026-01-01",
    "open_to": "2027-12-31",
    "source_url": "https://example.org/dryer",
}


@pytest.fixture
def clients(session: Session) -> dict[str, TestClient]:
    """Browsers of people in Japan, in Brazil and at the house, and of nobody."""
    session.expire_on_commit = False
    a_country(session, "JPN", region="Asia")
    a_country(session, "BRA", region="Americas")
    a_theme(session)
    a_grouping(session, "G77", ("BRA",))
    an_organization(session, "investor", country="JPN", reference="maker-jpn", name="Maker of Japan")
    an_organization(session, "investor", country="BRA", reference="maker-bra", name="Maker of Brazil")
    office = an_organization(session, "itpo_office", country="JPN")
    home = an_organization(session, "government", country="BRA")
    house = an_organization(session, "coordinator", country=None)
    people = {
        "officer": ("itpo_officer", office),
        "colleague": ("itpo_officer", office),
        "brazilian": ("focal_point", home),
        "coordinator": ("coordinator", house),
    }
    found = {"nobody": TestClient(create_app(), base_url="https://testserver", follow_redirects=False)}
    for name, (role, organization) in people.items():
        found[name] = TestClient(create_app(), base_url="https://testserver", follow_redirects=False)
        sign_in(found[name], a_user(session, role, organization))
    return found


def post(client: TestClient, path: str, **sent: str) -> Any:
    return client.post(f"/technology-offers/{path}", data={"form_token": form_token(client), **sent})


def stored() -> TechnologyOffer:
    with reading() as session:
        return session.scalars(sa.select(TechnologyOffer)).one()


def an_offer(client: TestClient, **change: str) -> str:
    answer = post(client, "new", **{**OFFER, **change})
    assert answer.status_code == 303, read(answer.text).text
    return str(answer.headers["location"]).rsplit("/", 1)[1]


def test_an_offer_is_written_published_by_another_changed_and_withdrawn(clients: dict[str, TestClient]) -> None:
    officer, coordinator, nobody = clients["officer"], clients["coordinator"], clients["nobody"]
    reference = an_offer(officer)
    page(nobody, f"/technology-offers/{reference}", 404)
    assert "No technology is offered yet." in page(nobody, "/technology-offers").text
    assert post(coordinator, f"{reference}/publish", version="9").status_code == 409
    assert post(coordinator, f"{reference}/publish", version="1").status_code == 303
    tree = page(nobody, f"/technology-offers/{reference}")
    assert {"Licence, not exclusive", "In use at the supplier's clients", "Country JPN"} <= {
        one.text for one in tree.all("dd")
    }
    assert LABELS["offer_warning"]["northern_supplier"] in tree.text
    assert "Supplier of the North" in page(nobody, "/technology-offers").with_class("app-result")[0].text
    assert not tree.all("form", method="post")
    assert post(officer, f"{reference}/edit", version="2", **OFFER).status_code == 303
    assert stored().status == "published"  # nothing changed
    assert post(officer, f"{reference}/edit", version="2", **{**OFFER, "terms": "To be told"}).status_code == 303
    assert (stored().status, stored().version) == ("draft", 3)
    assert post(officer, f"{reference}/withdraw", version="3").status_code == 303
    assert post(coordinator, f"{reference}/publish", version="4").status_code == 409
    assert post(officer, f"{reference}/edit", version="4", **OFFER).status_code == 409
    with reading() as session:
        rows = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
        told = [(one.action, one.details) for one in rows if one.subject_table == "technology_offer"]
    assert [one for one, _ in told] == ["start_offer", "publish_offer", "change_offer", "withdraw_offer"]
    assert told[2][1]["status"] == {"before": "published", "after": "draft"}


def test_an_offer_of_the_south_carries_no_warning(clients: dict[str, TestClient]) -> None:
    for name, owner in (("brazilian", "maker-bra"), ("officer", "maker-jpn")):
        reference = an_offer(clients[name], owner=owner, title=f"Dryer of {owner}")
        assert post(clients["coordinator"], f"{reference}/publish", version="1").status_code == 303
    rows = clients["nobody"].get("/api/v1/technology-offers").json()["rows"]
    told = {row["supplier_country"]["iso3"]: [one["code"] for one in row["warnings"]] for row in rows}
    assert told == {"BRA": [], "JPN": ["northern_supplier"]}
    found = clients["nobody"].get(f"/api/v1/technology-offers/{rows[0]['reference']}").json()
    assert (found["ip_terms"], found["maturity"], found["open_to"]) == ("licence", "in_use", "2027-12-31")
    assert clients["nobody"].get("/api/v1/technology-offers/TO-9").status_code == 404
    listed = page(clients["nobody"], "/technology-offers?country=BRA&maturity=in_use&q=dryer").with_class("app-result")
    assert len(listed) == 1
    assert "Take a filter out" in page(clients["nobody"], "/technology-offers?q=x").text


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": ""}, "title"),
        ({"owner": "maker-bra"}, "owner"),
        ({"theme": "NONE"}, "theme"),
        ({"maturity": "ripe"}, "maturity"),
        ({"ip_terms": ""}, "ip_terms"),
        ({"open_to": "soon"}, "open_to"),
        ({"open_to": "2025-12-31"}, "open_to"),
        ({"source_url": "ftp://x"}, "source_url"),
    ],
)
def test_a_wrong_answer_comes_back_filled_in(
    clients: dict[str, TestClient], change: dict[str, str], place: str
) -> None:
    answer = post(clients["officer"], "new", **{**OFFER, **change})
    assert answer.status_code == 422
    tree = read(answer.text)
    (link,) = tree.with_class("govuk-error-summary")[0].all("a")
    assert link.attributes["href"] == f"#{place}"
    assert tree.one("textarea", id="summary").text == OFFER["summary"]
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TechnologyOffer)) == 0


def test_two_at_once_lose_nothing(clients: dict[str, TestClient]) -> None:
    reference = an_offer(clients["officer"])
    assert post(clients["officer"], f"{reference}/edit", version="1", **{**OFFER, "title": "First"}).status_code == 303
    answer = post(clients["colleague"], f"{reference}/edit", version="1", **{**OFFER, "title": "Second"})
    assert answer.status_code == 409
    tree = read(answer.text)
    assert [cell.text for cell in tree.one("tbody").all("td")] == ["First", "Second"]
    assert tree.one("input", id="title").attributes["value"] == "Second"
    newer = tree.one("input", name="version").attributes["value"]
    sent = {**OFFER, "title": "Second", "version": newer}
    assert post(clients["colleague"], f"{reference}/edit", **sent).status_code == 303


def test_who_may_not(clients: dict[str, TestClient]) -> None:
    officer, other, coordinator = clients["officer"], clients["brazilian"], clients["coordinator"]
    reference = an_offer(officer)
    page(other, f"/technology-offers/{reference}", 404)
    page(other, f"/technology-offers/{reference}/edit", 404)
    assert post(other, f"{reference}/edit", version="1", **OFFER).status_code == 404
    assert post(other, f"{reference}/withdraw", version="1").status_code == 404
    assert post(officer, f"{reference}/publish", version="1").status_code == 403
    assert post(coordinator, f"{reference}/edit", version="1", **OFFER).status_code == 403
    assert post(coordinator, "new", **OFFER).status_code == 403
    assert clients["nobody"].get("/technology-offers/new").headers["location"].startswith("/sign-in")
    assert officer.post("/technology-offers/new", data=OFFER).status_code == 403
    assert stored().status == "draft"


def test_a_coordinator_who_wrote_an_offer_does_not_publish_it(clients: dict[str, TestClient], session: Session) -> None:
    reference = an_offer(clients["officer"])
    author = sa.select(Post.user_id).where(Post.role == "coordinator").scalar_subquery()
    session.execute(sa.update(TechnologyOffer).values(author_id=author))
    session.commit()
    answer = post(clients["coordinator"], f"{reference}/publish", version="1")
    assert answer.status_code == 403
    assert "second person" in read(answer.text).text


def test_every_code_has_a_word() -> None:
    assert set(TECHNOLOGY_OFFER_MOVES) == set(LABELS["offer_status"])
    assert set(IP_TERMS) == set(LABELS["ip_terms"])
    assert set(MATURITIES) == set(LABELS["maturity"])

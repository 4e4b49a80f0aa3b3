"""Who did what: the history of one object for those who may see it, and the list of all events for fewer."""

import csv
import io
from datetime import UTC, datetime

import pytest
from page_reading import Element, page
from records import a_need, a_user, added, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_page_queries import statements

from sstic import audit
from sstic.app import create_app
from sstic.csv_text import csv_text
from sstic.history import queries
from sstic.history.subjects import SUBJECTS
from sstic.permissions import TABLE
from sstic.tables.accounts import User
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization
from sstic.tables.verification import Flag


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app(), base_url="https://testserver", follow_redirects=False)


@pytest.fixture
def office(session: Session) -> Organization:
    """A ministry of Ghana."""
    return an_organization(session, "government", country="GHA")


@pytest.fixture
def people(session: Session, office: Organization) -> dict[str, User]:
    """One person of each role; ``abroad`` is a focal point of another country."""
    unido = an_organization(session, "coordinator", country=None)
    made = {role: a_user(session, role, office) for role in ("focal_point", "approver")}
    made |= {
        role: a_user(session, role, unido)
        for role in ("coordinator", "auditor", "administrator", "reviewer", "itpo_officer", "donor_officer")
    }
    made["abroad"] = a_user(session, "focal_point", an_organization(session, "government", country="SEN"))
    for role, user in made.items():
        user.name = f"Person {role}"
    return made


def edit(session: Session, who: User, need: Need, **values: object) -> None:
    for name, value in values.items():
        setattr(need, name, value)
    audit.record(session, f"user:{who.id}", "edit_need", "need", need.id, audit.changed(need))


def rows_of(tree: Element) -> list[list[str]]:
    return [
        [cell.text for cell in row.children if isinstance(cell, Element)]
        for body in tree.all("tbody")
        for row in body.all("tr")
    ]


def test_a_need_tells_who_changed_what(session: Session, client: TestClient, people: dict[str, User]) -> None:
    need = a_need(session, title="Before", country="GHA", statement="<b>Plain</b>", year=2020)
    edit(session, people["focal_point"], need, title="After", year=None)
    edit(session, people["abroad"], need, statement="<i>Other</i>")
    sign_in(client, people["approver"])
    tree = page(client, f"/history/needs/{need.id}")
    later, earlier = rows_of(tree)
    assert earlier[1] == f"Person focal_point user:{people['focal_point'].id}"
    assert earlier[2] == "edit need"
    assert earlier[3] == "Title: from Before to After Year: from 2020 to nothing"
    assert later[3] == "Statement: from <b>Plain</b> to <i>Other</i>"
    shown = page(client, f"/needs/{need.reference}")
    assert shown.one("a", href="/history/").attributes["href"] == f"/history/needs/{need.id}"


def test_the_name_of_an_erased_person_is_gone(session: Session, client: TestClient, people: dict[str, User]) -> None:
    need, gone = a_need(session, country="GHA"), people["focal_point"]
    edit(session, gone, need, title="After")
    gone.erased_at = datetime.now(UTC)
    audit.record(session, "user:999", "edit_need", "need", need.id, {})
    audit.record(session, "worker", "edit_need", "need", need.id, {})
    sign_in(client, people["approver"])
    assert [row[1] for row in rows_of(page(client, f"/history/needs/{need.id}"))] == [
        "The worker",
        "A former user user:999",
        f"A former user user:{gone.id}",
    ]


def test_secrets_and_contacts_are_not_shown(session: Session, client: TestClient, people: dict[str, User]) -> None:
    user = people["reviewer"]
    user.password_hash, user.email = "$argon2id$secret", "new@example.org"
    audit.record(session, "user:1", "edit_person", "user_account", user.id, audit.changed(user))
    sign_in(client, people["administrator"])
    answer = client.get(f"/history/people/{user.id}")
    assert "argon2id" not in answer.text
    assert "new@example.org" not in answer.text
    assert "not shown here" in answer.text


@pytest.fixture
def objects(session: Session, office: Organization, people: dict[str, User]) -> dict[str, int]:
    """One object of each kind: a need that its country still drafts, the ministry, a run, a person."""
    draft = a_need(session, country="GHA", status="draft")
    run = MatchRun(
        status="queued", requested_by="user:1", requested_at=datetime.now(UTC), filters={}, rules={}, progress={}
    )
    numbers = {
        "needs": draft.id,
        "organizations": office.id,
        "match-runs": added(session, run).id,
        "judgements": 77,
        "people": people["focal_point"].id,
    }
    for subject in SUBJECTS:
        name = subject.table.__tablename__
        audit.record(session, "user:1", "edit", name, numbers[subject.word], {})
    return numbers


SEES = {
    "focal_point": {"needs": 200, "organizations": 200, "match-runs": 403, "judgements": 403, "people": 200},
    "approver": {"needs": 200, "organizations": 200, "match-runs": 403, "judgements": 403, "people": 404},
    "abroad": {"needs": 404, "organizations": 404, "match-runs": 403, "judgements": 403, "people": 404},
    "itpo_officer": {"needs": 403, "organizations": 404, "match-runs": 403, "judgements": 403, "people": 404},
    "donor_officer": {"needs": 403, "organizations": 404, "match-runs": 403, "judgements": 403, "people": 404},
    "coordinator": {"needs": 404, "organizations": 200, "match-runs": 200, "judgements": 200, "people": 404},
    "reviewer": {"needs": 403, "organizations": 403, "match-runs": 403, "judgements": 200, "people": 404},
    "auditor": {"needs": 200, "organizations": 200, "match-runs": 200, "judgements": 200, "people": 200},
    "administrator": {"needs": 403, "organizations": 200, "match-runs": 403, "judgements": 403, "people": 200},
}


def test_each_role_sees_the_histories_of_its_lines(
    session: Session, client: TestClient, people: dict[str, User], objects: dict[str, int]
) -> None:
    assert set(SEES) == set(people)
    for word, number in objects.items():
        assert client.get(f"/history/{word}/{number}").status_code == 303, word  # to the sign-in
    found = {}
    for role, user in people.items():
        sign_in(client, user)
        found[role] = {word: client.get(f"/history/{word}/{number}").status_code for word, number in objects.items()}
    assert found == SEES


def test_what_is_not_there_has_no_history(session: Session, client: TestClient, people: dict[str, User]) -> None:
    sign_in(client, people["auditor"])
    for subject in SUBJECTS:
        assert client.get(f"/history/{subject.word}/4242").status_code == 404
        assert client.get(f"/history/{subject.word}/0").status_code in (404, 422)
    assert client.get("/history/alembic_version/1").status_code == 404
    number = people["auditor"].id
    assert client.get(f"/history/people/{number}?page=2").status_code == 404
    assert "Nothing found" in page(client, f"/history/people/{number}").text


def test_what_belongs_to_an_object_is_in_its_history_for_those_who_see_all(
    session: Session, client: TestClient, people: dict[str, User], office: Organization
) -> None:
    flag = added(
        session,
        Flag(
            organization_id=office.id,
            level="yellow",
            reason="Late",
            raised_at=datetime.now(UTC),
            raised_by_id=people["coordinator"].id,
        ),
    )
    audit.record(session, "user:1", "raise_flag", "organization_flag", flag.id, {"level": "yellow"})
    audit.record(session, "user:1", "match_found", "screening_match", 1, {})
    audit.record(session, "user:1", "edit", "organization", office.id, {})
    counts = {}
    for role in ("auditor", "focal_point"):
        sign_in(client, people[role])
        counts[role] = len(rows_of(page(client, f"/history/organizations/{office.id}")))
    assert counts == {"auditor": 2, "focal_point": 1}


def test_a_line_of_history_reaches_no_further_than_reading(session: Session) -> None:
    """But for those who read the whole audit."""
    for subject in SUBJECTS:
        line, reads = TABLE[subject.resource, "history"], TABLE[subject.resource, "read"]
        for role, cell in line.items():
            if role not in TABLE["audit", "read"] and role != "signed_in" and "anyone" not in reads:
                assert cell == reads[role], (subject.word, role)


def events(session: Session, count: int, who: str = "user:1") -> None:
    for number in range(count):
        audit.record(session, who, "edit_need", "need", number, {"title": {"before": "a", "after": "canary"}})


def test_the_list_shows_no_values_and_has_filters_and_pages(
    session: Session, client: TestClient, people: dict[str, User]
) -> None:
    events(session, 25)
    audit.record(session, "worker", "match_run_complete", "match_run", 3, {})
    sign_in(client, people["coordinator"])
    tree = page(client, "/audit")
    assert "Results 1 to 20 of 26" in tree.text
    assert "canary" not in tree.text
    first = rows_of(tree)[0]
    assert first[0] == "26"
    assert first[2:] == ["The worker", "Completed the match run", "Match run 3", "none"]
    assert len(rows_of(page(client, "/audit?page=2"))) == 6
    assert client.get("/audit?page=3").status_code == 404
    assert len(rows_of(page(client, "/audit?table=match_run"))) == 1
    assert len(rows_of(page(client, "/audit?action=match_run_complete&who=worker"))) == 1
    assert rows_of(page(client, "/audit?who=user:2")) == []
    today = datetime.now(UTC).date()
    assert "of 26" in page(client, f"/audit?from_on={today}&until_on={today}").text
    assert rows_of(page(client, "/audit?from_on=2100-01-01")) == []
    assert rows_of(page(client, "/audit?until_on=2020-01-01")) == []
    assert "of 26" in page(client, "/audit?from_on=&until_on=9999-12-31&who=&action=&table=").text
    for wrong in ("from_on=yesterday", "who=%00", f"action={'x' * 41}", "page=-1"):
        assert client.get(f"/audit?{wrong}").status_code == 422, wrong


def test_only_auditors_and_coordinators_see_the_list(
    session: Session, client: TestClient, people: dict[str, User]
) -> None:
    for address in ("/audit", "/audit.csv"):
        assert client.get(address).headers["location"].startswith("/sign-in?next=")
    for role, user in people.items():
        sign_in(client, user)
        expected = 200 if role in ("auditor", "coordinator") else 403
        assert [client.get(address).status_code for address in ("/audit", "/audit.csv")] == [expected] * 2, role


def test_the_list_as_a_file_is_safe_against_formulas(
    session: Session, client: TestClient, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PIECE", 4)
    events(session, 10)
    audit.record(session, "=cmd|' /C calc'!A0", "@SUM(1)", "need", "+1", {"-field": {"before": 1, "after": 2}})
    sign_in(client, people["auditor"])
    answer = client.get("/audit.csv?table=need")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    head, first, *rest = list(csv.reader(io.StringIO(answer.text)))
    assert head == ["number", "happened_at", "who", "action", "table", "subject", "changed", "digest"]
    assert first[2:7] == ["'=cmd|' /C calc'!A0", "'@SUM(1)", "need", "'+1", "'-field"]
    assert [int(row[0]) for row in rest] == list(range(10, 0, -1))
    assert "canary" not in answer.text
    assert len(list(csv.reader(io.StringIO(client.get("/audit.csv?who=user:1").text)))) == 11


@pytest.mark.parametrize(
    ("value", "shown"),
    [("=1", "'=1"), ("-1", "'-1"), (-1, "-1"), ("\ta", "'\ta"), ("\r=1", "'\r=1"), ("a=1", "a=1"), (None, "")],
)
def test_a_cell_that_a_spreadsheet_would_run_is_set_apart(value: object, shown: str) -> None:
    text = "".join(csv_text(["a"], [[value]]))
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [shown]


def test_the_queries_of_a_list_do_not_grow_with_its_rows(
    session: Session, client: TestClient, people: dict[str, User]
) -> None:
    need = a_need(session, country="GHA")

    def counted() -> dict[str, int]:
        found = {}
        for address in (f"/history/needs/{need.id}", "/audit"):
            with statements() as seen:
                assert client.get(address).status_code == 200
            found[address] = len(seen)
        return found

    edit(session, people["focal_point"], need, title="One")
    sign_in(client, people["auditor"])
    few = counted()
    for role, user in people.items():
        edit(session, user, need, title=role)
    session.commit()
    assert counted() == few
    assert max(few.values()) <= 8


def test_the_pages_change_nothing(session: Session, client: TestClient, people: dict[str, User]) -> None:
    sign_in(client, people["auditor"])
    for address in ("/audit", "/audit.csv", "/history/needs/1"):
        assert client.post(address, data={"form_token": form_token(client)}).status_code == 405

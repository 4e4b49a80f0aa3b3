"""Organizations: who sees which, their verification, their flags, and what stops them from consenting."""

import doctest
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from page_reading import Element, page, read
from records import a_token, a_user, added, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_page_queries import statements

from sstic.app import create_app
from sstic.database import reading
from sstic.organizations import questions
from sstic.organizations.form import MOST_TEXT
from sstic.organizations.questions import QUESTIONS, expires_on
from sstic.organizations.standing import VERIFICATION_STATES, blocks_consent, verified, warnings
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent
from sstic.tables.organizations import Organization
from sstic.tables.verification import Flag, ScreeningMatch, Verification

TODAY = datetime.now(UTC).date()
OWN_ROLES = ("focal_point", "approver", "itpo_officer", "donor_officer")
Browser = Callable[[str], TestClient]


@pytest.fixture
def home(session: Session) -> Organization:
    """The organization that people of the tests belong to."""
    return an_organization(session, "government", "donor", reference="home", name="Ministry of Examples")


@pytest.fixture
def foreign(session: Session) -> Organization:
    """An organization of nobody in the tests."""
    return an_organization(session, "investor", country="BRA", reference="foreign", name="Fund of Examples")


@pytest.fixture
def browser(session: Session, home: Organization, foreign: Organization) -> Browser:
    """Gives a browser that is signed in with a role at ``home``."""

    def opened(role: str) -> TestClient:
        client = TestClient(create_app(), base_url="https://testserver", follow_redirects=False)
        sign_in(client, a_user(session, role, home))
        return client

    return opened


@pytest.fixture
def coordinator(browser: Browser) -> TestClient:
    """The browser of a coordinator."""
    return browser("coordinator")


def post(client: TestClient, path: str, **sent: str) -> Any:
    return client.post(path, data={**sent, "form_token": form_token(client)})


def listed(client: TestClient, query: str = "") -> list[str]:
    tree = page(client, f"/organizations{query}")
    return [one.text for one in tree.all("h2") if "app-result__title" in one.attributes.get("class", "")]


def headings(tree: Element) -> list[str]:
    return [one.text for one in tree.one("main").all("h2")]


def audited(action: str) -> list[AuditEvent]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEvent).where(AuditEvent.action == action).order_by("number")))


def all_yes(**other: str) -> dict[str, str]:
    sent = {f"answer-{question}": "yes" for question in QUESTIONS}
    sent |= {f"evidence-{question}": f"Document of {question}" for question in QUESTIONS}
    return {**sent, **other}


def a_verification(session: Session, of: Organization, result: str = "passed", on: date = TODAY) -> Verification:
    answers = {question: {"answer": "yes", "evidence": "Secret evidence"} for question in QUESTIONS}
    who = session.scalars(sa.select(User.id)).first() or a_user(session, "coordinator", of).id
    facts = {"answers": answers, "result": result, "verified_on": on, "expires_on": expires_on(on)}
    return added(session, Verification(organization_id=of.id, verified_by_id=who, **facts))


def a_flag(session: Session, of: Organization, level: str = "red", **facts: Any) -> Flag:
    who = session.scalars(sa.select(User.id)).first() or a_user(session, "coordinator", of).id
    plain = {"reason": f"A {level} reason", "raised_at": datetime.now(UTC), "raised_by_id": who}
    return added(session, Flag(organization_id=of.id, level=level, **{**plain, **facts}))


def a_match(session: Session, of: Organization, status: str = "open", **facts: Any) -> ScreeningMatch:
    plain = {
        "entry_reference": f"DEMOe.{status}",
        "entry_digest": "0" * 64,
        "listed_name": "Listed Name",
        "organization_name": of.name,
        "score": 91,
        "found_at": datetime.now(UTC),
    }
    return added(session, ScreeningMatch(organization_id=of.id, status=status, **{**plain, **facts}))


# who sees which ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", OWN_ROLES)
def test_an_officer_sees_their_own_organization_alone(browser: Browser, role: str) -> None:
    client = browser(role)
    assert listed(client) == ["Ministry of Examples"]
    assert listed(client, "?q=examples&country=BRA") == []
    page(client, "/organizations/home")
    for path in ("/organizations/foreign", "/organizations/nobody"):
        page(client, path, 404)
        assert client.get(f"/api/v1{path}").status_code == 404
    assert client.get("/api/v1/organizations").json()["total"] == 1


@pytest.mark.parametrize("role", ["coordinator", "reviewer", "auditor", "administrator"])
def test_whoever_keeps_order_sees_all(browser: Browser, role: str) -> None:
    client = browser(role)
    assert listed(client) == ["Fund of Examples", "Ministry of Examples"]
    page(client, "/organizations/foreign")


def test_the_public_sees_none(session: Session, home: Organization) -> None:
    session.commit()
    client = TestClient(create_app(), base_url="https://testserver", follow_redirects=False)
    assert client.get("/organizations").headers["location"] == "/sign-in?next=%2Forganizations"
    assert client.get("/organizations/home").status_code == 303
    assert client.get("/api/v1/organizations").status_code == 401
    assert client.get("/screening").status_code == 303


def test_an_officer_reads_the_result_but_neither_answers_nor_flags_nor_screening(
    session: Session, browser: Browser, home: Organization
) -> None:
    a_verification(session, home)
    a_flag(session, home)
    a_match(session, home)
    session.commit()
    tree = page(browser("approver"), "/organizations/home")
    assert headings(tree) == ["Verification"]
    assert "Verified" in tree.text
    assert "the first or the fourth question is answered no" in tree.text
    for hidden in ("Secret evidence", "A red reason", "Listed Name"):
        assert hidden not in tree.one("main").text
    assert tree.one("a", href="/organizations/home/people").text == "People of this organization"
    assert not tree.one("main").all("a", href="/organizations/home/verification")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("coordinator", ["New consents", "Verification", "Flags", "Screening"]),
        ("auditor", ["New consents", "Verification", "Flags", "Screening"]),
        ("reviewer", ["Verification", "Flags"]),
        ("administrator", ["Verification", "Flags"]),
    ],
)
def test_each_role_reads_its_parts(browser: Browser, role: str, expected: list[str]) -> None:
    assert headings(page(browser(role), "/organizations/foreign")) == expected


def test_flags_cannot_be_found_out_by_filtering(session: Session, browser: Browser, home: Organization) -> None:
    a_flag(session, home)
    session.commit()
    client = browser("focal_point")
    assert not page(client, "/organizations").all("select", id="flag")
    assert listed(client, "?flag=red") == []
    assert listed(client, "?flag=none") == ["Ministry of Examples"]
    assert listed(browser("coordinator"), "?flag=red") == ["Ministry of Examples"]


@pytest.mark.parametrize("role", [*OWN_ROLES, "reviewer", "auditor"])
def test_only_those_of_the_table_verify_and_flag(
    session: Session, browser: Browser, home: Organization, role: str
) -> None:
    number = a_flag(session, home).id
    client = browser(role)
    for path in ("verification", "flags/new", f"flags/{number}"):
        for where in ("home", "foreign"):
            assert client.get(f"/organizations/{where}/{path}").status_code == 403
            assert (
                post(client, f"/organizations/{where}/{path}", **all_yes(), level="red", reason="x").status_code == 403
            )
    with reading() as fresh:
        assert fresh.scalar(sa.select(sa.func.count()).select_from(Verification)) == 0
        assert fresh.scalars(sa.select(Flag.lifted_at)).all() == [None]


def test_an_administrator_flags_but_does_not_verify(browser: Browser) -> None:
    client = browser("administrator")
    assert client.get("/organizations/home/verification").status_code == 403
    assert post(client, "/organizations/home/flags/new", level="yellow", reason="late").status_code == 303


def test_a_form_of_another_page_is_refused(coordinator: TestClient) -> None:
    sent = {"level": "red", "reason": "x"}
    assert coordinator.post("/organizations/home/flags/new", data=sent).status_code == 403
    assert coordinator.post("/organizations/home/flags/new", data={**sent, "form_token": "0" * 64}).status_code == 403
    assert audited("raise_flag") == []


# the list ---------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_and_filtered(
    session: Session, coordinator: TestClient, home: Organization, foreign: Organization
) -> None:
    a_verification(session, home)
    session.commit()
    assert listed(coordinator, "?q=ministry") == ["Ministry of Examples"]
    assert listed(coordinator, "?role=investor") == ["Fund of Examples"]
    assert listed(coordinator, "?country=BRA") == ["Fund of Examples"]
    assert listed(coordinator, "?verification=passed") == ["Ministry of Examples"]
    assert listed(coordinator, "?verification=none") == ["Fund of Examples"]
    assert coordinator.get("/organizations?role=king").status_code == 422
    assert coordinator.get("/organizations?page=2").status_code == 404
    choices = page(coordinator, "/organizations").one("select", id="country").all("option")
    assert [one.attributes["value"] for one in choices] == ["", "BRA", "GHA"]


@pytest.mark.parametrize("result", ["passed", "conditional", "failed"])
@pytest.mark.parametrize("age", [0, 1, 1825, 1826, 1827, 4000])
def test_the_filter_says_the_same_as_the_page(
    session: Session, coordinator: TestClient, home: Organization, result: str, age: int
) -> None:
    a_verification(session, home, "failed", TODAY - timedelta(5000))
    a_verification(session, home, result, TODAY - timedelta(age))
    session.commit()
    state = verified(session, [home.id], TODAY)[home.id].state
    assert state == ("expired" if expires_on(TODAY - timedelta(age)) <= TODAY else result)
    found = [
        one for one in VERIFICATION_STATES if "Ministry of Examples" in listed(coordinator, f"?verification={one}")
    ]
    assert found == [state]


def test_the_number_of_queries_does_not_grow_with_the_rows(
    session: Session, coordinator: TestClient, home: Organization
) -> None:
    paths = (
        "/organizations",
        "/organizations/home",
        "/screening",
        "/api/v1/organizations",
        "/organizations/home/verification",
    )

    def fill(of: Organization, number: int) -> None:
        a_verification(session, of)
        a_flag(session, of, "yellow", reason=str(number))
        a_match(session, of, entry_reference=f"E.{number}")

    def counted() -> list[int]:
        session.commit()
        found = []
        for path in paths:
            with statements() as seen:
                assert coordinator.get(path).status_code == 200
            found.append(len(seen))
        return found

    fill(home, 0)
    few = counted()
    for number in range(1, 16):
        fill(home, number)
        fill(an_organization(session, "donor", "investor", country="KEN"), number)
    assert counted() == few
    assert max(few) <= 20


# verification -----------------------------------------------------------------------------------------------------


def test_the_rule_of_the_questions_and_the_expiry() -> None:
    assert doctest.testmod(questions).failed == 0
    answers = dict.fromkeys(QUESTIONS, "yes")
    results = {
        (question, answer): questions.result_of({**answers, question: answer})
        for question in QUESTIONS
        for answer in ("no", "unknown")
    }
    failed = {("existence", "no"), ("integrity", "no")}
    assert {key for key, result in results.items() if result == "failed"} == failed
    assert {result for key, result in results.items() if key not in failed} == {"conditional"}


def test_a_verification_is_recorded_with_its_audit_row_and_the_earlier_ones_stay(
    session: Session, coordinator: TestClient, foreign: Organization
) -> None:
    path = "/organizations/foreign/verification"
    answer = post(coordinator, path, **all_yes(**{"answer-finances": "unknown", "evidence-finances": ""}))
    assert (answer.status_code, answer.headers["location"]) == (303, "/organizations/foreign?saved=verification")
    tree = page(coordinator, answer.headers["location"])
    assert "The verification is recorded." in tree.text
    assert "Verified with conditions" in tree.text
    assert post(coordinator, path, **all_yes()).status_code == 303
    assert post(coordinator, path, **all_yes()).status_code == 303
    kept = session.scalars(sa.select(Verification).order_by(Verification.id)).all()
    assert [(one.result, one.verified_on, one.expires_on) for one in kept] == [
        ("conditional", TODAY, expires_on(TODAY)),
        ("passed", TODAY, expires_on(TODAY)),
    ]
    assert kept[1].answers["integrity"] == {"answer": "yes", "evidence": "Document of integrity"}
    events = audited("verify_organization")
    assert [one.subject_id for one in events] == [str(one.id) for one in kept]
    assert events[0].details["result"] == {"before": None, "after": "conditional"}
    assert events[0].actor.startswith("user:")
    tree = page(coordinator, "/organizations/foreign")
    assert [one.one("caption").text for one in tree.all("table")] == [
        "Answers of the latest verification",
        "Earlier verifications",
    ]


def test_the_form_begins_with_the_answers_of_the_last_time(
    session: Session, coordinator: TestClient, foreign: Organization
) -> None:
    path = "/organizations/foreign/verification"
    assert not [one for one in page(coordinator, path).all("input", type="radio") if "checked" in one.attributes]
    post(coordinator, path, **all_yes(**{"evidence-capacity": "One\r\ntwo <b>"}))
    tree = page(coordinator, path)
    assert len([one for one in tree.all("input", type="radio") if "checked" in one.attributes]) == 5
    assert "".join(tree.one("textarea", id="evidence-capacity").children) == "One\ntwo <b>"


@pytest.mark.parametrize(
    ("other", "field", "message"),
    [
        ({"answer-finances": ""}, "answer-finances", "Choose an answer"),
        ({"answer-finances": "maybe"}, "answer-finances", "Choose an answer"),
        ({"evidence-integrity": "  "}, "evidence-integrity", "Say what shows it: a yes or a no needs evidence"),
        (
            {"evidence-integrity": "x" * (MOST_TEXT + 1)},
            "evidence-integrity",
            "The text must have 2,000 characters or fewer",
        ),
        ({"evidence-integrity": "a\0b"}, "evidence-integrity", "The text must not hold control characters"),
    ],
)
def test_a_wrong_verification_comes_back_filled_in(
    session: Session, coordinator: TestClient, other: dict[str, str], field: str, message: str
) -> None:
    answer = post(coordinator, "/organizations/home/verification", **all_yes(**other))
    assert answer.status_code == 422
    tree = read(answer.text)
    assert tree.one("title").text.startswith("Error:")
    (link,) = tree.with_class("govuk-error-summary")[0].all("a")
    assert link.attributes["href"] == f"#{field}"
    assert link.text.endswith(message)
    assert [one for one in tree.walk() if one.attributes.get("id") == field]
    assert tree.one("textarea", id="evidence-existence").text == "Document of existence"
    assert session.scalars(sa.select(Verification)).all() == []
    assert audited("verify_organization") == []


def test_all_that_is_missing_is_told_at_once(coordinator: TestClient) -> None:
    answer = post(coordinator, "/organizations/home/verification")
    assert len(read(answer.text).with_class("govuk-error-summary")[0].all("a")) == 5


def test_what_a_form_does_not_hold_is_not_taken(session: Session, coordinator: TestClient) -> None:
    more = {"result": "passed", "expires_on": "2099-01-01", "verified_by_id": "1", "organization_id": "1"}
    post(coordinator, "/organizations/home/verification", **all_yes(**{"answer-existence": "no"}), **more)
    kept = session.scalars(sa.select(Verification)).one()
    assert (kept.result, kept.expires_on) == ("failed", expires_on(TODAY))


# flags ------------------------------------------------------------------------------------------------------------


def test_a_flag_is_raised_and_lifted_and_stays_in_the_history(
    session: Session, coordinator: TestClient, foreign: Organization
) -> None:
    new = "/organizations/foreign/flags/new"
    for _ in range(2):
        assert post(coordinator, new, level="red", reason="A court case <i>").status_code == 303
    flag = session.scalars(sa.select(Flag)).one()
    path = f"/organizations/foreign/flags/{flag.id}"
    assert blocks_consent(session, foreign.id) == ["red_flag"]
    session.rollback()
    tree = page(coordinator, "/organizations/foreign")
    assert "This organization may not consent to anything new." in tree.text
    assert "A court case <i>" in tree.text
    assert tree.one("a", href=path).text.startswith("Lift")
    assert post(coordinator, path, reason=" ").status_code == 422
    assert post(coordinator, path, reason="Case dismissed").headers["location"] == "/organizations/foreign?saved=lifted"
    session.refresh(flag)
    assert (flag.lift_reason, flag.lifted_at is None) == ("Case dismissed", False)
    assert blocks_consent(session, foreign.id) == []
    session.rollback()
    again = post(coordinator, path, reason="Once more")
    assert again.status_code == 422
    assert "The flag was lifted meanwhile" in again.text
    tree = page(coordinator, "/organizations/foreign")
    assert "Case dismissed" in tree.text
    (raised,), (lifted,) = audited("raise_flag"), audited("lift_flag")
    assert raised.details["level"] == {"before": None, "after": "red"}
    assert lifted.details["lift_reason"] == {"before": None, "after": "Case dismissed"}
    assert path.endswith(f"/{lifted.subject_id}")
    assert lifted.subject_id == raised.subject_id


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ["level", "reason"]),
        ({"level": "black", "reason": "x"}, ["level"]),
        ({"level": "red", "reason": "\n"}, ["reason"]),
        ({"level": "red", "reason": "x" * (MOST_TEXT + 1)}, ["reason"]),
    ],
)
def test_a_wrong_flag_comes_back_filled_in(
    coordinator: TestClient, session: Session, sent: dict[str, str], fields: list[str]
) -> None:
    answer = post(coordinator, "/organizations/home/flags/new", **sent)
    assert answer.status_code == 422
    tree = read(answer.text)
    links = tree.with_class("govuk-error-summary")[0].all("a")
    assert [one.attributes["href"] for one in links] == [f"#{field}" for field in fields]
    assert tree.one("textarea", id="reason").text == sent.get("reason", "").strip("\n")
    assert session.scalars(sa.select(Flag)).all() == []


def test_a_flag_is_found_at_its_own_organization_only(
    session: Session, coordinator: TestClient, home: Organization
) -> None:
    number = a_flag(session, home).id
    session.commit()
    for path in (f"/organizations/foreign/flags/{number}", "/organizations/home/flags/999999"):
        page(coordinator, path, 404)
        assert post(coordinator, path, reason="x").status_code == 404
    assert coordinator.get("/organizations/home/flags/99999999999").status_code == 422


# what stops a consent ---------------------------------------------------------------------------------------------


def test_what_blocks_a_new_consent_and_what_only_warns(
    session: Session, home: Organization, foreign: Organization
) -> None:
    assert blocks_consent(session, home.id) == []
    assert warnings(session, home.id, TODAY) == ["never_verified"]
    a_flag(session, home, "yellow")
    a_flag(session, home, "observation")
    a_match(session, home, "false_positive")
    a_match(session, home, "confirmed", entry_reference="E.1", delisted_at=datetime.now(UTC))
    a_verification(session, home, "failed", TODAY - timedelta(3000))
    assert blocks_consent(session, home.id) == []
    assert warnings(session, home.id, TODAY) == ["expired_verification", "yellow_flag", "observation_flag"]
    a_verification(session, home, "failed")
    assert warnings(session, home.id, TODAY)[0] == "failed_verification"
    assert blocks_consent(session, home.id) == []
    a_match(session, home)
    a_match(session, home, "confirmed")
    a_flag(session, home)
    assert blocks_consent(session, home.id) == ["red_flag", "open_screening_match", "confirmed_screening_match"]
    assert blocks_consent(session, foreign.id) == []


# API --------------------------------------------------------------------------------------------------------------


def test_the_api_tells_what_the_token_reaches(session: Session, home: Organization, foreign: Organization) -> None:
    a_verification(session, home)
    a_flag(session, foreign)
    officer, keeper = a_token(session, a_user(session, "approver", home)), a_token(session, a_user(session, "auditor"))
    session.commit()
    client = TestClient(create_app(), base_url="https://testserver")
    (row,) = client.get("/api/v1/organizations", headers=officer).json()["rows"]
    assert row == {
        "reference": "home",
        "name": "Ministry of Examples",
        "country": {"iso3": "GHA", "name": "Country GHA"},
        "roles": ["donor", "government"],
        "verification": "passed",
        "verified_on": TODAY.isoformat(),
        "expires_on": expires_on(TODAY).isoformat(),
    }
    assert client.get("/api/v1/organizations/home", headers=officer).json()["consent_blocked_by"] is None
    assert client.get("/api/v1/organizations/foreign", headers=officer).status_code == 404
    told = client.get("/api/v1/organizations/foreign", headers=keeper).json()
    assert (told["consent_blocked_by"], told["verification"], told["verified_on"]) == (["red_flag"], "none", None)
    names = client.get("/api/v1/organizations?role=investor&limit=5", headers=keeper).json()["rows"]
    assert [one["reference"] for one in names] == ["foreign"]


def test_the_pages_read_from_right_to_left_in_arabic(coordinator: TestClient) -> None:
    for path in ("/organizations", "/organizations/home", "/organizations/home/verification", "/screening"):
        assert page(coordinator, f"{path}?lang=ar").one("html").attributes["dir"] == "rtl"

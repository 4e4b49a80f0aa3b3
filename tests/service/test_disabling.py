"""Disabling a person and enabling them again: who may, what it ends, and what the audit keeps of it."""

from typing import Any

import pytest
import sqlalchemy as sa
from page_reading import page, read
from records import a_token, a_user, added, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_accounts import PASSWORD, give_password

from sstic import clock
from sstic.accounts import passwords
from sstic.app import create_app
from sstic.database import reading
from sstic.settings import settings
from sstic.tables.accounts import ApiToken, User, UserSession
from sstic.tables.audit import AuditEvent
from sstic.tables.organizations import Organization


@pytest.fixture
def office(session: Session) -> Organization:
    session.expire_on_commit = False  # reading rows again would take the write lock of SQLite
    return an_organization(session, "government", reference="ministry")


@pytest.fixture
def user(session: Session, office: Organization) -> User:
    made = a_user(session, "focal_point", office)
    made.email, made.name, made.password_hash = "ama@example.org", "Ama Example", passwords.hashed(PASSWORD)
    session.commit()
    return made


@pytest.fixture
def theirs(user: User) -> TestClient:
    """The browser of the person, signed in."""
    client = new_browser()
    sign_in(client, user)
    return client


@pytest.fixture
def client(session: Session, office: Organization) -> TestClient:
    """The browser of an administrator."""
    made = new_browser()
    sign_in(made, a_user(session, "administrator", office))
    return made


def new_browser() -> TestClient:
    return TestClient(create_app(), base_url="https://testserver", follow_redirects=False)


def send(client: TestClient, address: str, **fields: str) -> Any:
    return client.post(address, data={"form_token": form_token(client), **fields})


def acts(tree: Any) -> set[str]:
    return {one.attributes["href"].rsplit("/", 1)[-1] for one in tree.one("main").all("a")}


def events(action: str) -> list[AuditEvent]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEvent).where(AuditEvent.action == action)))


def test_a_person_is_disabled_and_enabled_again(
    session: Session, client: TestClient, theirs: TestClient, user: User
) -> None:
    bearer, own = a_token(session, user), f"/history/people/{user.id}"
    session.commit()
    assert own in {one.attributes.get("href") for one in page(client, "/organizations/ministry/people").all("a")}
    assert {"disable", "erase"} <= acts(page(client, own))
    answer = send(client, f"/people/{user.id}/disable", reason="stolen")
    assert (answer.status_code, answer.headers["location"]) == (303, own)
    assert theirs.get("/account").headers["location"].startswith("/sign-in")
    assert new_browser().get("/api/v1/needs", headers=bearer).status_code == 401
    assert give_password(new_browser()).status_code == 422
    with reading() as opened:
        assert all(one.ended_at for one in opened.scalars(sa.select(UserSession).where(UserSession.user_id == user.id)))
        assert all(one.revoked_at for one in opened.scalars(sa.select(ApiToken)))
        assert opened.get_one(User, user.id).posts[0].ended_at is None
    told = page(client, own)
    assert "Disabled the person" in told.text
    assert "The password or a device may be in other hands" in told.text
    assert "enable" in acts(told)
    assert "disable" not in acts(told)
    assert "(disabled)" in page(client, "/organizations/ministry/people").text
    assert send(client, f"/people/{user.id}/enable", reason="cleared").headers["location"] == own
    assert theirs.get("/account").status_code == 303
    assert new_browser().get("/api/v1/needs", headers=bearer).status_code == 401
    assert give_password(new_browser()).status_code == 303
    (disabled,), (enabled,) = events("disable_person"), events("enable_person")
    assert disabled.details["reason"] == "stolen"
    assert enabled.details["disabled_at"]["after"] is None
    assert disabled.actor == enabled.actor != f"user:{user.id}"


@pytest.mark.parametrize("act", ["disable", "enable"])
def test_a_reason_is_chosen(session: Session, client: TestClient, user: User, act: str) -> None:
    user.disabled_at = clock.now() if act == "enable" else None
    session.commit()
    address = f"/people/{user.id}/{act}"
    assert "Ama Example" in page(client, address).text
    for reason in ("", "made-up"):
        answer = send(client, address, reason=reason)
        assert answer.status_code == 422
        tree = read(answer.text)
        assert tree.one("title").text.startswith("Error:")
        assert tree.with_class("govuk-error-summary")[0].one("a").attributes["href"] == "#reason"
        assert tree.all("input", name="reason")[0].attributes["id"] == "reason"
    assert events(f"{act}_person") == []


def test_who_was_disabled_already_is_not_again(session: Session, client: TestClient, user: User) -> None:
    for act in ("enable", "disable", "disable"):
        answer = send(client, f"/people/{user.id}/{act}", reason="wish")
        assert answer.headers["location"] == f"/history/people/{user.id}"
    assert client.get(f"/people/{user.id}/disable").status_code == 303
    assert len(events("disable_person")) == 1
    assert events("enable_person") == []


def test_nobody_is_shut_out_by_oneself_a_token_a_stranger_or_another_site(
    session: Session, client: TestClient, theirs: TestClient, user: User
) -> None:
    administrator = session.scalars(sa.select(User).where(User.id != user.id)).one()
    session.commit()
    own, other = f"/people/{administrator.id}/disable", f"/people/{user.id}/disable"
    assert "disable" not in acts(page(client, f"/history/people/{administrator.id}"))
    assert client.get(own).status_code == 403
    assert send(client, own, reason="wish").status_code == 403
    assert send(theirs, own, reason="wish").status_code == 403
    assert client.post(other, data={"reason": "wish"}).status_code == 403
    bearer = a_token(session, administrator)
    session.commit()
    assert new_browser().post(other, data={"reason": "wish"}, headers=bearer).status_code == 403
    assert events("disable_person") == []


def test_who_was_erased_or_made_up_is_not_enabled(
    session: Session, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    gone = added(session, User(email="gone@example.org", name="Former user", disabled_at=now, erased_at=now))
    made_up = added(session, User(email="demo@example.org", name="Made Up", is_demo=True, disabled_at=now))
    session.commit()
    assert client.get(f"/people/{gone.id}/enable").status_code == 404
    assert not acts(page(client, f"/history/people/{gone.id}")) & {"enable", "erase"}
    assert client.get(f"/people/{made_up.id}/enable").status_code == 200
    monkeypatch.setattr(settings(), "production", True)
    assert send(client, f"/people/{made_up.id}/enable", reason="wish").status_code == 303
    assert events("enable_person") == []

"""The people of an organization: who sees them, invites, ends posts and lends them, and the own home page."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from page_reading import page, read
from records import a_need, a_token, a_user, added, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_accounts import PASSWORD, actions, letters, link_in, post

from sstic import clock
from sstic.accounts import passwords
from sstic.app import create_app
from sstic.database import reading
from sstic.identity import standings_of
from sstic.settings import settings
from sstic.tables.accounts import USER_ROLES, Delegation, OneTimeLink, Post, User
from sstic.tables.organizations import Organization


@pytest.fixture
def mailbox(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    session.expire_on_commit = False  # reading rows again would take the write lock of SQLite
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path / "mailbox"


@pytest.fixture
def browser(mailbox: Path) -> Callable[[], TestClient]:
    app = create_app()
    return lambda: TestClient(app, base_url="https://testserver", follow_redirects=False)


@pytest.fixture
def ministry(session: Session) -> Organization:
    made = an_organization(session, "government", reference="ministry", name="Ministry of Trade")
    session.commit()
    return made


@pytest.fixture
def lead(session: Session, ministry: Organization) -> User:
    made = a_user(session, "approver", ministry)
    made.name, made.posts[0].is_lead = "Leading Person", True
    session.commit()
    return made


@pytest.fixture
def member(session: Session, ministry: Organization) -> User:
    made = a_user(session, "focal_point", ministry)
    made.name = "Plain Member"
    session.commit()
    return made


def signed_in(browser: Callable[[], TestClient], user: User) -> TestClient:
    client = browser()
    sign_in(client, user)
    return client


def send(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(f"/organizations/{path}", data={"form_token": form_token(client), **fields})


def all_of(kind: Any) -> list[Any]:
    with reading() as session:
        return list(session.scalars(sa.select(kind).order_by(kind.id)))


def post_of(user: User) -> int:
    """The first post of a person."""
    return next(one.id for one in all_of(Post) if one.user_id == user.id)


def roles_of(user: User) -> set[str]:
    with reading() as session:
        return {one.role for one in standings_of(session, session.get_one(User, user.id), clock.today())}


# who sees whom ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", USER_ROLES)
def test_people_are_seen_by_their_colleagues_administrators_and_auditors(
    session: Session, browser: Callable[[], TestClient], ministry: Organization, member: User, role: str
) -> None:
    elsewhere = an_organization(session, "government", "donor", "coordinator", reference="elsewhere")
    client = signed_in(browser, a_user(session, role, elsewhere))
    assert client.get("/organizations/elsewhere/people").status_code == 200
    sees_all = role in ("auditor", "administrator")
    assert client.get("/organizations/ministry/people").status_code == (200 if sees_all else 404)
    assert client.get("/organizations/nowhere/people").status_code == 404
    assert browser().get("/organizations/ministry/people").headers["location"].startswith("/sign-in?next=")


def test_a_member_sees_names_and_no_form_to_invite(browser: Callable[[], TestClient], lead: User, member: User) -> None:
    tree = page(signed_in(browser, member), "/organizations/ministry/people")
    assert "Leading Person" in tree.text
    assert not tree.all("form", action="/invitations")
    assert not tree.all("form", action="/end")
    assert tree.one("form", action="/organizations/ministry/delegations")


# inviting --------------------------------------------------------------------------------------------------------


def test_a_lead_invites_and_the_invited_holds_the_post(
    session: Session, browser: Callable[[], TestClient], mailbox: Path, lead: User, ministry: Organization
) -> None:
    client = signed_in(browser, lead)
    offered = page(client, "/organizations/ministry/people").one("select", id="role").all("option")
    assert [one.attributes["value"] for one in offered] == ["", "focal_point", "approver"]
    answer = send(client, "ministry/invitations", email=" New@Example.org", role="focal_point")
    assert answer.headers["location"] == "/organizations/ministry/people?told=invited"
    assert "new@example.org" in page(client, "/organizations/ministry/people").text
    (letter,) = letters(mailbox)
    assert "Focal point, Ministry of Trade" in letter
    path, guest = link_in(letter), browser()
    assert "Ministry of Trade" in page(guest, path).text
    assert post(guest, path, name="", password="new@example.org").status_code == 422
    joined = post(guest, path, name="New Person", password=PASSWORD)
    assert joined.headers["location"] == "/sign-in?joined=1"
    assert guest.get(path).status_code == 404
    entered = post(guest, "/sign-in", email="new@example.org", password=PASSWORD)
    assert entered.headers["location"] == "/home"
    made = all_of(User)[-1]
    assert (made.email, made.name, made.is_demo, roles_of(made)) == (
        "new@example.org",
        "New Person",
        False,
        {"focal_point"},
    )
    told = [action for _, action in actions()]
    assert told[:5] == ["make_invitation_link", "make_account", "choose_password", "accept_invitation", "give_post"]


def test_inviting_looks_the_same_and_hashes_nothing_whether_or_not_there_is_an_account(
    session: Session,
    browser: Callable[[], TestClient],
    mailbox: Path,
    lead: User,
    member: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "HASHER", None)
    client, told = signed_in(browser, lead), []
    for email in (member.email, "nobody@example.org"):
        answer = send(client, "ministry/invitations", email=email, role="approver")
        told.append((answer.status_code, answer.headers["location"]))
    assert told[0] == told[1]
    assert len(letters(mailbox)) == 2


def test_somebody_with_an_account_takes_up_a_second_post_by_the_link_alone(
    session: Session, browser: Callable[[], TestClient], mailbox: Path, lead: User
) -> None:
    known = a_user(session, "reviewer")
    known.password_hash = passwords.hashed(PASSWORD)
    client = signed_in(browser, lead)
    send(client, "ministry/invitations", email=known.email, role="focal_point", is_lead="yes")
    path, guest = link_in(letters(mailbox)[-1]), browser()
    tree = page(guest, path)
    assert not tree.all("input", type="password")
    assert post(guest, path, password="another password here", name="Other").status_code == 303
    assert guest.get("/home").status_code == 303
    assert roles_of(known) == {"reviewer", "focal_point"}
    now = next(one for one in all_of(User) if one.id == known.id)
    assert (now.name, now.password_hash) == ("Demo Person", known.password_hash)


@pytest.mark.parametrize("role", ["administrator", "coordinator", "donor_officer", "king", ""])
def test_a_lead_gives_only_posts_that_the_organization_has(
    browser: Callable[[], TestClient], mailbox: Path, lead: User, role: str
) -> None:
    answer = send(signed_in(browser, lead), "ministry/invitations", email="new@example.org", role=role)
    assert answer.status_code == 422
    assert read(answer.text).one("a", href="#role")
    assert all_of(OneTimeLink) == []
    assert not mailbox.exists()


def test_what_a_form_does_not_ask_for_is_not_taken(
    session: Session, browser: Callable[[], TestClient], mailbox: Path, lead: User, ministry: Organization
) -> None:
    other = an_organization(session, "coordinator", reference="other", country="BRA")
    client = signed_in(browser, lead)
    planted = {"organization_id": str(other.id), "country": "BRA", "country_iso3": "BRA", "user_id": "1"}
    send(client, "ministry/invitations", email="new@example.org", role="focal_point", **planted)
    path, guest = link_in(letters(mailbox)[-1]), browser()
    planted = {**planted, "role": "administrator", "is_lead": "yes", "email": "x@example.org", "details": "{}"}
    post(guest, path, name="New Person", password=PASSWORD, **planted)
    made = all_of(Post)[-1]
    assert (made.role, made.organization_id, made.is_lead) == ("focal_point", ministry.id, False)
    with reading() as reader:
        found = standings_of(reader, reader.scalars(sa.select(User).order_by(User.id.desc())).first(), clock.today())  # type: ignore[arg-type]
    assert [(one.role, one.country_iso3) for one in found] == [("focal_point", "GHA")]


def test_a_lead_of_one_organization_does_nothing_at_another(
    session: Session, browser: Callable[[], TestClient], mailbox: Path, lead: User
) -> None:
    foreign = an_organization(session, "government", reference="foreign")
    victim = a_user(session, "approver", foreign)
    client = signed_in(browser, lead)
    number = post_of(victim)
    assert send(client, "foreign/invitations", email="new@example.org", role="approver").status_code == 404
    assert send(client, f"foreign/posts/{number}/end").status_code == 404
    assert send(client, f"ministry/posts/{number}/end").status_code == 404
    a_user(session, "focal_point", foreign)
    session.add(Post(user_id=lead.id, organization_id=foreign.id, role="focal_point", from_on=date(2020, 1, 1)))
    session.commit()
    assert client.get("/organizations/foreign/people").status_code == 200
    assert send(client, "foreign/invitations", email="new@example.org", role="approver").status_code == 403
    assert send(client, f"foreign/posts/{number}/end").status_code == 403
    assert roles_of(victim) == {"approver"}


def test_a_plain_member_invites_nobody_and_ends_nothing(
    browser: Callable[[], TestClient], lead: User, member: User
) -> None:
    client = signed_in(browser, member)
    assert send(client, "ministry/invitations", email="new@example.org", role="approver").status_code == 403
    assert send(client, f"ministry/posts/{post_of(lead)}/end").status_code == 403
    assert client.post("/organizations/ministry/invitations", data={"email": "new@example.org"}).status_code == 403


def test_an_administrator_invites_anyone_anywhere(
    session: Session, browser: Callable[[], TestClient], mailbox: Path, ministry: Organization
) -> None:
    client = signed_in(browser, a_user(session, "administrator"))
    answer = send(client, "ministry/invitations", email="new@example.org", role="administrator")
    assert answer.status_code == 303
    assert all_of(OneTimeLink)[0].details["role"] == "administrator"


def test_an_invitation_is_taken_back_runs_out_and_falls_with_the_rights_of_who_made_it(
    session: Session,
    browser: Callable[[], TestClient],
    mailbox: Path,
    lead: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, paths = signed_in(browser, lead), []
    for number in range(3):
        send(client, "ministry/invitations", email=f"new-{number}@example.org", role="focal_point")
        paths.append(link_in(letters(mailbox)[-1]))
    first = all_of(OneTimeLink)[0].id
    assert send(client, f"ministry/invitations/{first}/withdraw").status_code == 303
    assert send(client, f"ministry/invitations/{first}/withdraw").status_code == 404
    guest = browser()
    assert [guest.get(path).status_code for path in paths] == [404, 200, 200]
    later = clock.now() + timedelta(days=7, minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        assert guest.get(paths[1]).status_code == 404
    lead.posts[0].is_lead = False
    session.commit()
    assert guest.get(paths[1]).status_code == 404


# ending posts ----------------------------------------------------------------------------------------------------


def test_ending_a_post_ends_rights_sessions_and_tokens_at_the_next_request(
    session: Session, browser: Callable[[], TestClient], lead: User, member: User
) -> None:
    client, removed, program = signed_in(browser, lead), signed_in(browser, member), browser()
    program.headers.update(a_token(session, member, "write"))
    session.commit()
    for one in (removed, program):
        assert one.get("/organizations/ministry/people").status_code == 200
    assert send(client, f"ministry/posts/{post_of(member)}/end").status_code == 303
    assert removed.get("/organizations/ministry/people").status_code == 303
    assert program.get("/organizations/ministry/people").status_code == 401
    assert "Past posts" in page(client, "/organizations/ministry/people").text
    told = [action for _, action in actions()]
    assert told == ["end_post", "end_session", "revoke_token"]


def test_who_holds_another_post_stays_signed_in_with_its_rights_alone(
    session: Session, browser: Callable[[], TestClient], lead: User, member: User
) -> None:
    at_home = an_organization(session, "donor", reference="fund", country=None)
    session.add(Post(user_id=member.id, organization_id=at_home.id, role="donor_officer", from_on=date(2020, 1, 1)))
    client, removed, program = signed_in(browser, lead), signed_in(browser, member), browser()
    program.headers.update(a_token(session, member))
    session.commit()
    send(client, f"ministry/posts/{post_of(member)}/end")
    for one in (removed, program):
        assert one.get("/organizations/ministry/people").status_code == 404
        assert one.get("/organizations/fund/people").status_code == 200


def test_a_lead_does_not_end_the_post_of_an_administrator(
    session: Session, browser: Callable[[], TestClient], ministry: Organization, lead: User
) -> None:
    office = a_user(session, "administrator", ministry)
    assert send(signed_in(browser, lead), f"ministry/posts/{post_of(office)}/end").status_code == 403
    assert send(signed_in(browser, office), f"ministry/posts/{post_of(lead)}/end").status_code == 303
    assert roles_of(lead) == set()


def test_a_post_that_was_ended_today_is_given_again(
    session: Session, browser: Callable[[], TestClient], mailbox: Path, lead: User, member: User
) -> None:
    member.posts[0].from_on, member.password_hash = clock.today(), passwords.hashed(PASSWORD)
    client = signed_in(browser, lead)
    send(client, f"ministry/posts/{post_of(member)}/end")
    send(client, "ministry/invitations", email=member.email, role="focal_point")
    assert post(browser(), link_in(letters(mailbox)[-1])).status_code == 303
    assert roles_of(member) == {"focal_point"}


# lending ---------------------------------------------------------------------------------------------------------


def lent(number: int, deputy: int, first: int = 0, last: int = 7) -> dict[str, str]:
    days = {name: str(clock.today() + timedelta(days=by)) for name, by in (("from_on", first), ("lent_until", last))}
    return {"post": str(number), "deputy": str(deputy), **days}


def test_a_post_is_lent_for_an_absence_without_leading_and_taken_back(
    session: Session, browser: Callable[[], TestClient], lead: User, member: User
) -> None:
    client, deputy = signed_in(browser, lead), signed_in(browser, member)
    assert send(client, "ministry/delegations", **lent(post_of(lead), member.id)).status_code == 303
    assert roles_of(member) == {"focal_point", "approver"}
    assert "Lent to you" in page(deputy, "/home").text
    assert "Leading Person" in page(deputy, "/account").text
    assert send(deputy, "ministry/invitations", email="new@example.org", role="approver").status_code == 403
    (number,) = [one.id for one in all_of(Delegation)]
    assert send(deputy, f"ministry/delegations/{number}/end").status_code == 404
    assert send(client, f"ministry/delegations/{number}/end").status_code == 303
    assert roles_of(member) == {"focal_point"}
    assert send(client, "ministry/delegations", **lent(post_of(lead), member.id, 3, 5)).status_code == 303
    assert roles_of(member) == {"focal_point"}


def test_only_an_own_post_is_lent_to_a_colleague_for_days_to_come(
    session: Session, browser: Callable[[], TestClient], lead: User, member: User
) -> None:
    stranger = a_user(session, "approver")
    client, own, others = signed_in(browser, member), post_of(member), post_of(lead)
    for fields, wrong in (
        (lent(others, lead.id), "post"),
        (lent(own, member.id), "deputy"),
        (lent(own, stranger.id), "deputy"),
        (lent(own, lead.id, 3, 2), "lent_until"),
        (lent(own, lead.id, -9, -1), "lent_until"),
        ({**lent(own, lead.id), "from_on": "soon"}, "from_on"),
        ({**lent(own, lead.id), "deputy": "9" * 30}, "deputy"),
    ):
        answer = send(client, "ministry/delegations", **fields)
        assert answer.status_code == 422, wrong
        tree = read(answer.text)
        assert tree.one("a", href=f"#{wrong}")
        assert len([one for one in tree.walk() if one.attributes.get("id") == wrong]) == 1
    assert all_of(Delegation) == []


# the own home page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", USER_ROLES)
def test_each_role_has_its_own_home_page(session: Session, browser: Callable[[], TestClient], role: str) -> None:
    client = signed_in(browser, a_user(session, role))
    tree = page(client, "/home")
    assert tree.with_class("app-card__figure")
    assert "Nothing waits for you in this post." in tree.text or role in ("auditor",)


def test_the_worklist_counts_what_waits_in_the_own_country_alone(
    session: Session, browser: Callable[[], TestClient], lead: User, member: User
) -> None:
    for status in ("draft", "draft", "returned", "submitted", "open"):
        a_need(session, "GHA", status=status)
    for status in ("draft", "submitted", "submitted"):
        a_need(session, "BRA", status=status)
    shown = page(signed_in(browser, member), "/home")
    figures = [one.text for one in shown.with_class("app-card__figure")]
    assert figures == ["2", "1", "0", "1"]
    assert shown.one("a", href="/needs?country=GHA")
    assert page(signed_in(browser, lead), "/home").with_class("app-card__figure")[0].text == "1"


def test_who_holds_no_post_is_told_what_to_do(session: Session, browser: Callable[[], TestClient]) -> None:
    nobody = added(session, User(email="nobody@example.org", name="No Post"))
    assert "You hold no post today" in page(signed_in(browser, nobody), "/home").text

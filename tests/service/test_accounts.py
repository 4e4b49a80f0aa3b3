"""Signing in and out, one-time links, the second factor, own sessions and tokens: what lets in, and what does not."""

import hashlib
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from page_reading import page, read
from records import a_token, a_user, added, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from sstic import clock
from sstic.accounts import passwords
from sstic.accounts.actions import attempts, second_factor
from sstic.app import create_app
from sstic.database import reading
from sstic.form_tokens import VISITOR
from sstic.identity import COOKIE
from sstic.proxies import address_of
from sstic.settings import settings
from sstic.tables.accounts import ApiToken, OneTimeLink, Post, RecoveryCode, SignInAttempt, User, UserSession
from sstic.tables.audit import AuditEvent

PASSWORD, OTHER = "seven herons over water", "eight herons over water"
NOON = datetime(2026, 12, 1, 12, 0, 10, tzinfo=UTC)


class Clock:
    """The time of day, as the test sets it."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def goes_on(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    set_by_test = Clock()
    monkeypatch.setattr(clock, "now", set_by_test.now)
    return set_by_test


@pytest.fixture
def mailbox(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path / "mailbox"


@pytest.fixture(autouse=True)
def nothing_is_read_again_by_itself(session: Session) -> None:
    """Rows keep their values after a commit: reading them again would take the write lock of SQLite."""
    session.expire_on_commit = False


def kept(user: User) -> User:
    """An account as it is now."""
    with reading() as session:
        return session.get_one(User, user.id)


def all_of(column: Any) -> list[Any]:
    """A column of every row, in the order of the rows."""
    with reading() as session:
        return list(session.scalars(sa.select(column).order_by(column.class_.id)))


@pytest.fixture
def browser(session: Session, mailbox: Path) -> Callable[[], TestClient]:
    """Opens new browsers."""
    app = create_app()
    return lambda: TestClient(app, base_url="https://testserver", follow_redirects=False)


@pytest.fixture
def user(session: Session) -> User:
    """Somebody with a password."""
    made = a_user(session)
    made.email, made.password_hash = "ama@example.org", passwords.hashed(PASSWORD)
    session.commit()
    return made


def token_on(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    found = read(answer.text).all("input", name="form_token")
    return found[-1].attributes["value"]


def post(client: TestClient, path: str, opened: str | None = None, **fields: str):  # type: ignore[no-untyped-def]
    """Send a form as the page at ``opened`` would."""
    return client.post(path, data={"form_token": token_on(client, opened or path), **fields})


def give_password(client: TestClient, password: str = PASSWORD, email: str = "ama@example.org", onward: str = ""):  # type: ignore[no-untyped-def]
    return post(client, "/sign-in", email=email, password=password, next=onward)


def letters(mailbox: Path) -> list[str]:
    """What the mail that was written says, oldest first."""
    files = sorted(mailbox.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [message_from_bytes(file.read_bytes()).get_payload(decode=True).decode() for file in files]  # type: ignore[union-attr]


def link_in(letter: str) -> str:
    (found,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", letter)
    return found


def actions() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.execute(sa.select(AuditEvent.actor, AuditEvent.action).order_by(AuditEvent.number))
        return [(actor, action) for actor, action in rows]


# signing in and out --------------------------------------------------------------------------------------------


def test_signing_in_and_out(user: User, browser: Callable[[], TestClient]) -> None:
    client = browser()
    answer = give_password(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE)]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"secure", "httponly", "samesite=lax", "path=/"}
    home = page(client, "/home")
    assert "Demo Person" in home.text
    assert home.one("form", action="/sign-out").attributes["method"] == "post"
    out = post(client, "/sign-out", "/home")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in?out=1")
    assert out.headers["clear-site-data"] == '"cache", "storage"'
    assert page(client, "/sign-in?out=1").one("a", href="/sign-in").text == "Sign in"
    assert client.get("/home").headers["location"] == "/sign-in?next=%2Fhome"
    me = f"user:{user.id}"
    assert actions() == [(me, "sign_in"), (me, "end_session")]


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(user: User, browser: Callable[[], TestClient]) -> None:
    client, thief = browser(), browser()
    give_password(client)
    thief.cookies.set(COOKIE, client.cookies[COOKIE], domain="testserver.local")
    assert thief.get("/account").status_code == 200
    post(client, "/sign-out", "/home")
    assert thief.get("/account").status_code == 303


def test_a_session_that_was_planted_before_signing_in_is_not_used(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    client, attacker = browser(), browser()
    planted = sign_in(attacker, a_user(session))
    client.cookies.set(COOKIE, planted, domain="testserver.local")
    client.post("/sign-in", data={"form_token": form_token(client), "email": "ama@example.org", "password": PASSWORD})
    assert client.cookies[COOKIE] != planted
    assert "ama@example.org" in page(client, "/account").text
    assert attacker.get("/account").status_code == 303


def test_a_session_ends_when_idle_and_in_any_case(user: User, browser: Callable[[], TestClient], time: Clock) -> None:
    client = browser()
    give_password(client)
    time.goes_on(minutes=29)
    assert client.get("/account").status_code == 200
    time.goes_on(minutes=31)
    assert client.get("/account").status_code == 303
    give_password(client)
    for _ in range(24):
        time.goes_on(minutes=29.5)
        assert client.get("/account").status_code == 200
    time.goes_on(minutes=20)
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/reset", "/sign-in/code"])
def test_without_the_hidden_field_no_form_is_taken(
    user: User, browser: Callable[[], TestClient], path: str, mailbox: Path
) -> None:
    client = browser()
    client.get("/sign-in")
    sent = {"email": "ama@example.org", "password": PASSWORD, "code": "123456"}
    for wrong in ({}, {"form_token": ""}, {"form_token": "0" * 64}):
        assert client.post(path, data={**sent, **wrong}).status_code == 403
    assert COOKIE not in client.cookies
    assert not mailbox.exists()


def test_no_form_of_the_signed_in_is_taken_without_its_hidden_field_or_from_elsewhere(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    client = browser()
    sign_in(client, user)
    (mine,) = all_of(UserSession.id)
    for path in (
        "/sign-out",
        "/account/name",
        "/account/password",
        "/account/tokens",
        f"/account/sessions/{mine}/end",
        "/account/sessions/end-others",
        "/account/second-factor/start",
        "/account/second-factor/off",
    ):
        assert client.post(path, data={"name": "Other", "current": PASSWORD}).status_code == 403, path
        good = {"form_token": form_token(client), "name": "Other"}
        assert client.post(path, data=good, headers={"Origin": "https://evil.example"}).status_code == 403, path
    assert page(client, "/account").one("input", autocomplete="name").attributes["value"] == "Demo Person"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/%0d/\nSet-Cookie: a=b",
        " /account",
        "account",
        "https:evil.example",
    ],
)
def test_signing_in_never_leads_elsewhere(user: User, browser: Callable[[], TestClient], elsewhere: str) -> None:
    client = browser()
    assert client.get("/sign-in", params={"next": elsewhere}).status_code == 200
    assert give_password(client, onward=elsewhere).headers["location"] == "/home"
    assert client.get("/sign-in", params={"next": elsewhere}).headers["location"] == "/home"


def test_signing_in_leads_on_to_a_page_of_ours(user: User, browser: Callable[[], TestClient]) -> None:
    client = browser()
    asked = client.get("/account?told=name")
    tree = page(client, asked.headers["location"])
    onward = tree.one("input", name="next").attributes["value"]
    assert onward == "/account?told=name"
    assert give_password(client, onward=onward).headers["location"] == onward


# no answer tells whether there is an account ---------------------------------------------------------------------


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was hashed, as it goes on."""
    counted: list[str] = []

    class Counting:
        def hash(self, password: str) -> str:
            counted.append("hash")
            return passwords_hasher.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            counted.append("verify")
            return passwords_hasher.verify(kept, password)

        def check_needs_rehash(self, kept: str) -> bool:
            return passwords_hasher.check_needs_rehash(kept)

    passwords_hasher = passwords.HASHER
    monkeypatch.setattr(passwords, "HASHER", Counting())
    return counted


def test_a_wrong_sign_in_looks_the_same_and_costs_one_hash_whoever_it_names(
    session: Session, user: User, browser: Callable[[], TestClient], hashes: list[str]
) -> None:
    nobody, gone, without = "nobody@example.org", a_user(session), a_user(session)
    gone.email, gone.password_hash, gone.disabled_at = "gone@example.org", user.password_hash, clock.now()
    without.email = "without@example.org"
    session.commit()
    told = []
    for email in ("ama@example.org", nobody, gone.email, without.email):
        hashes.clear()
        answer = give_password(browser(), password=PASSWORD if email != "ama@example.org" else OTHER, email=email)
        assert hashes == ["verify"], email
        shown = re.sub(r'(name="form_token" value)="[0-9a-f]+"', r"\1", answer.text).replace(email, "")
        told.append((answer.status_code, shown, sorted(answer.headers.keys())))
    assert all(one == told[0] for one in told)
    assert told[0][0] == 422
    assert "The e-mail address or the password is not right" in read(answer.text).one("title").text + answer.text
    assert actions() == [("visitor", "fail_sign_in")] * 4


def test_asking_for_a_new_password_looks_the_same_and_hashes_nothing_whoever_it_names(
    user: User, browser: Callable[[], TestClient], mailbox: Path, hashes: list[str]
) -> None:
    told = []
    for email in ("ama@example.org", "nobody@example.org"):
        answer = post(browser(), "/reset", email=email)
        told.append((answer.status_code, answer.headers["location"], answer.text))
    assert told[0] == told[1] == (303, "/reset/sent", "")
    assert hashes == []
    assert len(letters(mailbox)) == 1


def test_a_hash_of_nobody_has_the_form_of_todays_and_costs_a_whole_hash() -> None:
    assert not passwords.is_outdated(passwords.NOBODYS)
    assert not passwords.is_right(None, PASSWORD)
    parameters = "$m=19456,t=2,p=1$"
    assert parameters in passwords.NOBODYS
    assert parameters in passwords.hashed(PASSWORD)


def test_an_older_hash_is_renewed_at_signing_in(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    old = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    user.password_hash = old
    session.commit()
    assert give_password(browser()).status_code == 303
    renewed = kept(user).password_hash
    assert renewed is not None
    assert renewed != old
    assert not passwords.is_outdated(renewed)
    assert (f"user:{user.id}", "renew_hash") in actions()


def test_twenty_sign_ins_at_once_hash_two_at_a_time(
    user: User, browser: Callable[[], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, lock, seen = passwords.HASHER, threading.Lock(), {"now": 0, "most": 0, "all": 0}

    class Watched:
        def verify(self, kept: str, password: str) -> bool:
            with lock:
                seen["now"] += 1
                seen["all"] += 1
                seen["most"] = max(seen["most"], seen["now"])
            try:
                return inner.verify(kept, password)
            finally:
                with lock:
                    seen["now"] -= 1

        def check_needs_rehash(self, kept: str) -> bool:
            return inner.check_needs_rehash(kept)

    monkeypatch.setattr(passwords, "HASHER", Watched())
    clients = [browser() for _ in range(20)]
    fields = [{"form_token": token_on(one, "/sign-in"), "password": OTHER} for one in clients]
    answers: list[int] = []

    def send(number: int) -> None:
        sent = {**fields[number], "email": f"person-{number}@example.org"}
        answers.append(clients[number].post("/sign-in", data=sent).status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [422] * 20
    assert seen == {"now": 0, "most": passwords.AT_ONCE, "all": 20}


# slowing down ----------------------------------------------------------------------------------------------------


def test_an_account_is_slowed_after_ten_failures_and_lets_in_after_the_window(
    user: User, browser: Callable[[], TestClient], time: Clock, hashes: list[str]
) -> None:
    client = browser()
    for _ in range(10):
        assert give_password(client, OTHER).status_code == 422
        time.goes_on(seconds=1)
    hashes.clear()
    refused = give_password(client)
    assert refused.status_code == 429
    assert hashes == []
    assert refused.headers["retry-after"] == "290"
    assert "12:05" in read(refused.text).text
    time.goes_on(seconds=289)
    assert give_password(client).status_code == 429
    time.goes_on(seconds=1)
    assert give_password(client).status_code == 303


def test_success_clears_the_count_of_the_account(user: User, browser: Callable[[], TestClient], time: Clock) -> None:
    client = browser()
    for _ in range(3):
        for _ in range(9):
            assert give_password(client, OTHER).status_code == 422
        assert give_password(browser()).status_code == 303
    with reading() as session:
        key = attempts.key_of("account", "ama@example.org")
        assert session.scalars(sa.select(SignInAttempt).where(SignInAttempt.key == key)).all() == []


def test_an_address_is_slowed_whichever_accounts_it_tries(
    user: User, browser: Callable[[], TestClient], time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "is_right", lambda kept, _given: False)
    client = browser()
    for number in range(30):
        assert give_password(client, email=f"person-{number}@example.org").status_code == 422
    assert give_password(client, email="ama@example.org").status_code == 429
    with reading() as session:
        keys = session.scalars(sa.select(SignInAttempt.key)).all()
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


def test_many_tries_at_once_get_no_further_than_the_limit(user: User, session: Session) -> None:
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(attempts.begin(account="x").again_at is None)) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 6 + [True] * 10


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::9", True),
        ("2001:db8:1:2::9", "2001:db8:1:3::9", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_an_address_of_the_newer_kind_stands_for_its_network(one: str, other: str, same: bool) -> None:
    seen = [address_of(HTTPConnection({"type": "http", "client": (address, 0)})) for address in (one, other)]
    assert (seen[0] == seen[1]) is same


# passwords -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("x" * 11, "password_short"),
        ("seven herons", None),
        ("x9" * 64, None),
        ("x9" * 64 + "y", "password_long"),
        ("1q2w3e4r5t6y", "password_common"),
        ("Qwerty123456", "password_common"),
        ("CorrectHorseBatteryStaple", "password_common"),
        ("I am ama.b@example.org", "password_own"),
        ("ama.bcdefghijkl", "password_own"),
        ("my SSTIC password", "password_own"),
        ("鷺が七羽水の上を飛んで行く", None),
        ("seven\0herons\nfly", None),
    ],
)
def test_which_passwords_are_good(given: str, fault: str | None) -> None:
    assert passwords.fault_of(given, "ama.b@example.org") == fault


def test_a_password_is_the_same_however_its_accents_are_composed() -> None:
    assert passwords.is_right(passwords.hashed("sept hérons volent"), "sept he\u0301rons volent")


# links -----------------------------------------------------------------------------------------------------------


def ask_reset(client: TestClient, mailbox: Path) -> str:
    assert post(client, "/reset", email=" AMA@example.org ").status_code == 303
    return link_in(letters(mailbox)[-1])


def test_a_reset_link_is_good_once_and_ends_sessions(
    session: Session, user: User, browser: Callable[[], TestClient], mailbox: Path
) -> None:
    client, elsewhere = browser(), browser()
    give_password(elsewhere)
    older, path = ask_reset(client, mailbox), ask_reset(client, mailbox)
    assert path.rsplit("/", 1)[1] not in all_of(OneTimeLink.digest)
    assert client.get(path).headers["cache-control"] == "no-store"
    assert post(client, path, password="short").status_code == 422
    assert post(client, path, password=OTHER).headers["location"] == "/sign-in?changed=1"
    assert client.get(path).status_code == 404
    assert client.get(older).status_code == 404
    assert elsewhere.get("/account").status_code == 303
    assert give_password(client, PASSWORD).status_code == 422
    assert give_password(client, OTHER).status_code == 303
    assert "Your password was changed." in letters(mailbox)[-1]


def test_a_used_link_is_refused_also_where_two_use_it_at_once(
    user: User, browser: Callable[[], TestClient], mailbox: Path
) -> None:
    clients = [browser() for _ in range(4)]
    path = ask_reset(clients[0], mailbox)
    fields = [
        {"form_token": token_on(one, path), "password": f"{OTHER} {number}"} for number, one in enumerate(clients)
    ]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda n=number: answers.append(clients[n].post(path, data=fields[n]).status_code))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 404, 404, 404]


def test_a_reset_link_runs_out_after_an_hour(
    user: User, browser: Callable[[], TestClient], mailbox: Path, time: Clock
) -> None:
    path = ask_reset(browser(), mailbox)
    time.goes_on(minutes=59)
    assert browser().get(path).status_code == 200
    time.goes_on(minutes=1)
    assert browser().get(path).status_code == 404


def test_the_host_of_a_request_never_gets_into_mail(
    user: User, browser: Callable[[], TestClient], mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser()
    sent = {"form_token": token_on(client, "/reset"), "email": "ama@example.org"}
    client.post("/reset", data=sent, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    monkeypatch.setenv("SSTIC_BASE_URL", "https://sstic.example.org")
    settings.cache_clear()
    post(client, "/reset", email="ama@example.org")
    assert not any("evil" in letter for letter in letters(mailbox))
    assert "https://sstic.example.org/reset/" in letters(mailbox)[-1]


def test_a_mailbox_is_not_flooded(user: User, browser: Callable[[], TestClient], mailbox: Path, time: Clock) -> None:
    for _ in range(5):
        assert post(browser(), "/reset", email="ama@example.org").status_code == 303
    assert len(letters(mailbox)) == 3


@pytest.mark.parametrize("email", ["ama@example.org\nBcc: all@example.org", "a@b@c", "ama", "a b@example.org", ""])
def test_what_is_no_address_is_refused(
    user: User, browser: Callable[[], TestClient], mailbox: Path, email: str
) -> None:
    answer = post(browser(), "/reset", email=email)
    assert answer.status_code == 422
    assert read(answer.text).one("a", href="#email")
    assert not mailbox.exists()


# second factor ---------------------------------------------------------------------------------------------------


@pytest.fixture
def phone(session: Session, user: User, browser: Callable[[], TestClient], time: Clock) -> tuple[pyotp.TOTP, list[str]]:
    """The app of the person, after turning the second factor on, and the recovery codes."""
    client = browser()
    sign_in(client, user)
    session.execute(sa.update(UserSession).values(created_at=NOON, last_seen_at=NOON))
    session.commit()
    assert post(client, "/account/second-factor/start", "/account/second-factor", current=OTHER).status_code == 422
    post(client, "/account/second-factor/start", "/account/second-factor", current=PASSWORD)
    picture = client.get("/account/second-factor/code.svg")
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == ("image/svg+xml", "no-store")
    assert picture.content.startswith(b"<?xml")
    assert b"<script" not in picture.content
    seed = kept(user).totp_seed
    assert seed is not None
    app = pyotp.TOTP(seed)
    wrong = post(client, "/account/second-factor/confirm", code="000000")
    assert wrong.status_code == 422
    shown = post(client, "/account/second-factor/confirm", code=app.at(time.moment))
    codes = [one.text for one in read(shown.text).with_class("app-command")]
    assert len(set(codes)) == 10
    assert client.get("/account/second-factor/code.svg").status_code == 404
    post(client, "/sign-out", "/home")
    time.goes_on(minutes=2)
    return app, codes


def test_the_second_factor_is_asked_for_and_each_code_counts_once(
    user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]], time: Clock
) -> None:
    app, _ = phone
    client = browser()
    answer = give_password(client, onward="/account")
    assert answer.headers["location"] == "/sign-in/code?next=%2Faccount"
    pending = client.cookies[COOKIE]
    assert client.get("/account").status_code == 303
    assert client.get("/home").status_code == 303
    assert post(client, "/sign-in/code", code="123456").status_code == 422
    code = app.at(time.moment)
    let_in = post(
        client, "/sign-in/code", "/sign-in/code?next=/account", code=f"{code[:3]} {code[3:]}", next="/account"
    )
    assert let_in.headers["location"] == "/account"
    assert client.cookies[COOKIE] != pending
    assert client.get("/account").status_code == 200
    again = browser()
    give_password(again)
    assert post(again, "/sign-in/code", code=code).status_code == 422
    time.goes_on(seconds=30)
    assert post(again, "/sign-in/code", code=app.at(time.moment)).status_code == 303


def test_recovery_codes_cannot_be_guessed() -> None:
    assert len(set(second_factor.ALPHABET)) ** (second_factor.GROUPS * second_factor.GROUP_LENGTH) >= 2**128


def test_a_recovery_code_stands_in_once(
    user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]]
) -> None:
    _, codes = phone
    first, second = browser(), browser()
    give_password(first)
    assert post(first, "/sign-in/code", code=codes[3].upper().replace("-", " ")).status_code == 303
    give_password(second)
    assert post(second, "/sign-in/code", code=codes[3]).status_code == 422
    assert post(second, "/sign-in/code", code=codes[4]).status_code == 303
    with reading() as session:
        digests = set(session.scalars(sa.select(RecoveryCode.digest)))
    assert len(digests) == 10
    assert not digests & set(codes)


def test_codes_are_not_guessed(
    user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]], time: Clock
) -> None:
    app, _ = phone
    client = browser()
    give_password(client)
    wrong = f"{(int(app.at(time.moment)) + 500_000) % 1_000_000:06}"
    for _ in range(5):
        assert post(client, "/sign-in/code", code=wrong).status_code == 422
    refused = post(client, "/sign-in/code", code=app.at(time.moment))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    again = browser()
    give_password(again)
    assert post(again, "/sign-in/code", code=app.at(time.moment)).status_code == 429


def test_waiting_for_the_code_ends_after_ten_minutes(
    user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]], time: Clock
) -> None:
    client = browser()
    give_password(client)
    token = token_on(client, "/sign-in/code")
    time.goes_on(minutes=11)
    sent = {"form_token": token, "code": phone[0].at(time.moment)}
    assert client.post("/sign-in/code", data=sent).headers["location"] == "/sign-in"
    assert client.get("/account").status_code == 303


def test_a_reset_does_not_go_around_the_second_factor(
    user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]], mailbox: Path
) -> None:
    client = browser()
    path = ask_reset(client, mailbox)
    post(client, path, password=OTHER)
    assert client.get("/account").status_code == 303
    assert give_password(client, OTHER).headers["location"].startswith("/sign-in/code")
    assert client.get("/account").status_code == 303


def test_turning_it_off_asks_for_the_password(
    session: Session, user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]]
) -> None:
    _, codes = phone
    client = browser()
    give_password(client)
    post(client, "/sign-in/code", code=codes[0])
    for wrong in ("", OTHER):
        assert post(client, "/account/second-factor/off", "/account/second-factor", current=wrong).status_code == 422
    renewed = post(client, "/account/second-factor/recovery-codes", "/account/second-factor", current=PASSWORD)
    assert not {one.text for one in read(renewed.text).with_class("app-command")} & set(codes)
    assert post(client, "/account/second-factor/off", "/account/second-factor", current=PASSWORD).status_code == 303
    assert (kept(user).totp_seed, kept(user).totp_on_at) == (None, None)
    assert give_password(browser()).headers["location"] == "/home"


def test_no_secret_reaches_the_audit(
    user: User, browser: Callable[[], TestClient], phone: tuple[pyotp.TOTP, list[str]], mailbox: Path
) -> None:
    app, codes = phone
    path = ask_reset(browser(), mailbox)
    with reading() as session:
        told = " ".join(str(details) for details in session.scalars(sa.select(AuditEvent.details)))
        digests = [*session.scalars(sa.select(UserSession.digest)), *session.scalars(sa.select(RecoveryCode.digest))]
    for secret in (app.secret, codes[0], path.rsplit("/", 1)[1], "ama@example.org", kept(user).password_hash, *digests):
        assert str(secret) not in told


# my account ------------------------------------------------------------------------------------------------------


def test_changing_the_password_ends_other_sessions_and_renews_this_one(
    user: User, browser: Callable[[], TestClient], mailbox: Path
) -> None:
    client, other = browser(), browser()
    give_password(client)
    give_password(other)
    before = client.cookies[COOKIE]
    assert post(client, "/account/password", current=OTHER, password=OTHER).status_code == 422
    assert post(client, "/account/password", current=PASSWORD, password="ama@example.org!").status_code == 422
    assert post(client, "/account/password", current=PASSWORD, password=OTHER).status_code == 303
    assert client.cookies[COOKIE] != before
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    stolen = browser()
    stolen.cookies.set(COOKIE, before, domain="testserver.local")
    assert stolen.get("/account").status_code == 303
    assert give_password(other, OTHER).status_code == 303
    assert "Your password was changed." in letters(mailbox)[-1]


def test_own_sessions_are_listed_and_ended_and_no_others(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    client, phone, stranger = browser(), browser(), browser()
    sign_in(client, user)
    sign_in(phone, user)
    sign_in(stranger, a_user(session))
    first, second, foreign = all_of(UserSession.id)
    tree = page(client, "/account")
    assert tree.one("form", action=f"/account/sessions/{second}/end")
    assert not tree.all("form", action=f"/account/sessions/{foreign}/end")
    assert post(client, f"/account/sessions/{foreign}/end", "/account").status_code == 404
    assert stranger.get("/account").status_code == 200
    assert post(client, f"/account/sessions/{second}/end", "/account").status_code == 303
    assert phone.get("/account").status_code == 303
    sign_in(phone, user)
    post(client, "/account/sessions/end-others", "/account")
    assert phone.get("/account").status_code == 303
    assert post(client, f"/account/sessions/{first}/end", "/account").headers["location"] == "/sign-in?out=1"
    assert client.get("/account").status_code == 303


def test_a_token_is_shown_once_kept_as_a_digest_and_revoked(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    client = browser()
    sign_in(client, user)
    wrong = post(client, "/account/tokens", "/account", token_name="A program", scope="admin", days="366")
    assert wrong.status_code == 422
    tree = read(wrong.text)
    assert tree.one("a", href="#scope")
    assert tree.one("a", href="#days")
    assert tree.one("input", id="token_name").attributes["value"] == "A program"
    made = post(client, "/account/tokens", "/account", token_name="A program", scope="read", days="30")
    secret = read(made.text).one("code", id="token").text
    with reading() as reader:
        row = reader.scalars(sa.select(ApiToken)).one()
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert (row.expires_at - row.made_at).days == 30
    assert secret not in client.get("/account").text
    program = browser()
    program.headers["Authorization"] = f"Bearer {secret}"
    assert program.get("/home").status_code == 200
    assert post(client, f"/account/tokens/{row.id}/revoke", "/account").status_code == 303
    assert program.get("/home").status_code == 401
    assert post(client, f"/account/tokens/{row.id}/revoke", "/account").status_code == 404


def test_nobody_revokes_the_token_of_another(session: Session, user: User, browser: Callable[[], TestClient]) -> None:
    other = a_user(session)
    header = a_token(session, other)
    client = browser()
    sign_in(client, user)
    (number,) = all_of(ApiToken.id)
    assert post(client, f"/account/tokens/{number}/revoke", "/account").status_code == 404
    assert browser().get("/home", headers=header).status_code == 200


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_token_makes_itself_neither_a_session_nor_a_token(
    session: Session, user: User, browser: Callable[[], TestClient], scope: str
) -> None:
    program = browser()
    program.headers.update(a_token(session, user, scope))
    session.commit()
    program.get("/sign-in")
    secret = program.cookies.get(VISITOR, "")
    sent = {"form_token": hashlib.sha256(f"form {secret}".encode()).hexdigest(), "token_name": "x", "scope": "write"}
    for path in ("/account/tokens", "/account/name", "/account/password", "/account/second-factor/start"):
        assert program.post(path, data={**sent, "days": "9", "name": "x"}).status_code == 403, path
    assert program.get("/account").status_code == 403
    assert COOKIE not in program.cookies


def test_a_name_is_changed_and_nothing_else_with_it(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    client = browser()
    sign_in(client, user)
    fields = {"email": "x@example.org", "role": "administrator", "country_iso3": "BRA", "is_demo": "", "id": "1"}
    assert post(client, "/account/name", "/account", name="Ama <b>Mensah</b>", **fields).status_code == 303
    now = kept(user)
    assert (now.name, now.email, now.is_demo) == ("Ama <b>Mensah</b>", "ama@example.org", True)
    assert all_of(Post.role) == ["focal_point"]
    assert "Ama <b>Mensah</b>" in page(client, "/home").text
    assert post(client, "/account/name", "/account", name="\u202eevil").status_code == 422


def test_a_disabled_person_is_out_at_the_next_request(
    session: Session, user: User, browser: Callable[[], TestClient]
) -> None:
    client = browser()
    sign_in(client, user)
    header = a_token(session, user)
    user.disabled_at = clock.now()
    session.commit()
    assert client.get("/account").status_code == 303
    assert browser().get("/home", headers=header).status_code == 401
    assert give_password(browser()).status_code == 422


def test_a_post_that_no_longer_is_leaves_no_right(session: Session, browser: Callable[[], TestClient]) -> None:
    member = a_user(session, "administrator")
    client = browser()
    sign_in(client, member)
    assert "Invitations without an answer" in page(client, "/home").text
    member.posts[0].ended_at = clock.now()
    added(session, member.posts[0])
    session.commit()
    assert "You hold no post today" in page(client, "/home").text

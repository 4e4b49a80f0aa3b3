"""OpenID Connect against a real provider that runs beside the test: who gets in, and who does not."""

import hashlib
import re
import warnings
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import authlib.deprecate
import httpx2
import pytest
import sqlalchemy as sa
from page_reading import page
from records import a_user
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic import clock
from sstic.accounts import openid
from sstic.accounts.pages.openid import COOKIE as WAY
from sstic.app import create_app
from sstic.database import reading
from sstic.identity import COOKIE
from sstic.settings import settings
from sstic.tables.accounts import User

with warnings.catch_warnings():
    # It still uses a part of Authlib that will go.
    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    import oidc_provider_mock

# The provider also calls a part of Authlib that will go.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")

PEOPLE = (
    oidc_provider_mock.User(sub="one", claims={"email": "Ama@example.org", "email_verified": True}),
    oidc_provider_mock.User(sub="two", claims={"email": "ama@example.org", "email_verified": True}),
    oidc_provider_mock.User(sub="unverified", claims={"email": "ama@example.org", "email_verified": False}),
    oidc_provider_mock.User(sub="silent", claims={"email": "ama@example.org"}),
    oidc_provider_mock.User(sub="stranger", claims={"email": "stranger@example.org", "email_verified": True}),
)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider."""
    with oidc_provider_mock.run_server_in_thread(require_nonce=True, user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def user(session: Session, provider: str, monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody with an account of the address that the provider knows."""
    monkeypatch.setenv("SSTIC_OPENID_ISSUER", provider)
    monkeypatch.setenv("SSTIC_OPENID_CLIENT_ID", "sstic")
    monkeypatch.setenv("SSTIC_OPENID_CLIENT_SECRET", "between us")
    monkeypatch.setenv("SSTIC_BASE_URL", "https://testserver")
    settings.cache_clear()
    session.expire_on_commit = False
    made = a_user(session)
    made.email = "ama@example.org"
    session.commit()
    return made


@pytest.fixture
def client(user: User) -> TestClient:
    return new_browser()


def new_browser() -> TestClient:
    return TestClient(create_app(), base_url="https://testserver", follow_redirects=False)


def go(client: TestClient, onward: str = "") -> dict[str, str]:
    """Go to the provider; gives what the address asks of it."""
    answer = client.get("/sign-in/openid", params={"next": onward})
    assert answer.status_code == 303
    asked = urlsplit(answer.headers["location"])
    assert asked.path == "/oauth2/authorize"
    return {name: value[0] for name, value in parse_qs(asked.query).items()} | {"address": answer.headers["location"]}


def agree(asked: dict[str, str], subject: str) -> str:
    """Sign in at the provider; gives the path to come back by."""
    answer = httpx2.post(asked["address"], data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix("https://testserver")


def signed_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def subjects() -> list[str | None]:
    with reading() as session:
        return list(session.scalars(sa.select(User.openid_subject).order_by(User.id)))


def test_a_person_with_a_verified_address_gets_into_their_account(
    client: TestClient, user: User, provider: str
) -> None:
    assert page(client, "/sign-in").one("a", href="/sign-in/openid")
    asked = go(client, "/account")
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email")
    assert asked["redirect_uri"] == "https://testserver/sign-in/openid/answer"
    secret = client.cookies[WAY].split(".")[0]
    assert secret not in asked["address"]
    assert openid.part_of(secret, "verifier") not in asked["address"]
    answer = client.get(agree(asked, "one"))
    assert answer.headers["location"] == "/account"
    assert signed_in(client)
    assert WAY not in client.cookies
    assert subjects() == [f"{provider} one"]
    again = new_browser()
    again.get(agree(go(again), "one"))
    assert signed_in(again)


@pytest.mark.parametrize("subject", ["unverified", "silent", "stranger"])
def test_nobody_gets_in_or_an_account_without_a_verified_address_of_one(client: TestClient, subject: str) -> None:
    answer = client.get(agree(go(client), subject))
    assert answer.headers["location"] == "/sign-in?openid=1"
    assert "did not work" in page(client, "/sign-in?openid=1").text
    assert not signed_in(client)
    assert subjects() == [None]


def test_an_account_that_is_linked_is_not_given_to_another_of_the_same_address(client: TestClient) -> None:
    client.get(agree(go(client), "one"))
    other = new_browser()
    other.get(agree(go(other), "two"))
    assert not signed_in(other)


def test_a_disabled_person_does_not_get_in(session: Session, client: TestClient, user: User) -> None:
    client.get(agree(go(client), "one"))
    user.disabled_at = clock.now()
    session.commit()
    again = new_browser()
    again.get(agree(go(again), "one"))
    assert not signed_in(again)


def test_the_answer_meant_for_one_browser_is_refused_in_another(client: TestClient) -> None:
    path = agree(go(client), "one")
    victim = new_browser()
    assert victim.get(path).headers["location"] == "/sign-in?openid=1"
    go(victim)
    victim.get(path)
    assert not signed_in(victim)
    go(client)
    client.get(path)  # its own state is another by now
    assert not signed_in(client)


def test_a_code_is_good_once_and_a_planted_nonce_is_refused(client: TestClient) -> None:
    asked = go(client)
    planted = asked | {"address": re.sub(r"nonce=[0-9a-f]+", f"nonce={'0' * 64}", asked["address"])}
    assert client.get(agree(planted, "one")).headers["location"] == "/sign-in?openid=1"
    assert not signed_in(client)
    path = agree(go(client), "one")
    secret = client.cookies[WAY]
    client.get(path)
    again = new_browser()
    again.cookies.set(WAY, secret, domain="testserver.local")
    again.get(path)
    assert not signed_in(again)


def test_an_answer_without_a_code_or_of_a_made_up_one_is_refused(client: TestClient) -> None:
    asked = go(client)
    for code in ("", "made-up"):
        client.cookies.set(WAY, client.cookies.get(WAY, "x"), domain="testserver.local")
        answer = client.get("/sign-in/openid/answer", params={"state": asked["state"], "code": code})
        assert answer.headers["location"] == "/sign-in?openid=1"
    assert COOKIE not in client.cookies


def test_the_second_factor_is_asked_for_here_too(session: Session, client: TestClient, user: User) -> None:
    user.totp_seed, user.totp_on_at = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", clock.now()
    session.commit()
    answer = client.get(agree(go(client), "one"))
    assert answer.headers["location"].startswith("/sign-in/code")
    assert not signed_in(client)


def test_a_link_of_another_site_signs_nobody_in(client: TestClient) -> None:
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)):
        assert client.get("/sign-in/openid", headers={"sec-fetch-site": site}).status_code == status


def test_another_issuer_or_none_at_all_is_told_plainly(
    client: TestClient, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSTIC_OPENID_ISSUER", f"{provider}/")
    settings.cache_clear()
    assert client.get("/sign-in/openid").headers["location"] == "/sign-in?openid=1"
    monkeypatch.setenv("SSTIC_OPENID_ISSUER", "http://127.0.0.1:9")
    settings.cache_clear()
    assert client.get("/sign-in/openid").headers["location"] == "/sign-in?openid=1"
    monkeypatch.setenv("SSTIC_OPENID_ISSUER", "")
    settings.cache_clear()
    assert client.get("/sign-in/openid").status_code == 404
    assert client.get("/sign-in/openid/answer").status_code == 404
    assert not page(client, "/sign-in").all("a", href="/sign-in/openid")


def test_state_nonce_and_verifier_tell_nothing_of_each_other() -> None:
    parts = {openid.part_of("secret", name) for name in ("state", "nonce", "verifier")}
    assert len(parts) == 3
    assert hashlib.sha256(b"state secret").hexdigest() in parts

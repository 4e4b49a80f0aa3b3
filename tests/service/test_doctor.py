"""What must hold before the service faces the world: told by `sstic doctor`, asked at every start in production."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from records import a_token, a_user, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from sstic import checks, database
from sstic.app import create_app
from sstic.checks import OPERATORS, NotSafeError, refuse_to_start, run_checks
from sstic.cli import app
from sstic.settings import Settings, settings
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent

SAFE = {
    "SSTIC_PRODUCTION": "1",
    "SSTIC_ALLOWED_HOSTS": "sstic.example.org",
    "SSTIC_BASE_URL": "https://sstic.example.org",
    "SSTIC_TRUSTED_PROXIES": "10.0.0.1",
    "SSTIC_SMTP_HOST": "mail.example.org",
}


@pytest.fixture
def safe(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Settings of a service that may start, with changes."""

    def choose(**changes: str) -> None:
        for name, value in {**SAFE, **changes}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    choose()
    return choose


def faults() -> set[str]:
    return {one.what for one in run_checks() if one.is_ok is False}


def of_the_server() -> set[str]:
    """What is wrong with the database server of these tests, which need not outlive a power cut."""
    if database.engine().dialect.name == "sqlite":
        return set()
    return {"What the database accepted outlives a power cut", "The database user is no superuser"}


def test_with_safe_settings_nothing_but_the_database_server_can_be_wrong(safe: Callable[..., None]) -> None:
    assert faults() == of_the_server()
    if not of_the_server():
        refuse_to_start()
        with TestClient(create_app(), "https://sstic.example.org") as client:
            assert client.get("/accessibility").status_code == 200


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"SSTIC_PRODUCTION": "0"}, "Production is set"),
        ({"SSTIC_ALLOWED_HOSTS": ""}, "Host names are set"),
        ({"SSTIC_BASE_URL": ""}, "The base address is https and an allowed host"),
        ({"SSTIC_BASE_URL": "http://sstic.example.org"}, "The base address is https and an allowed host"),
        ({"SSTIC_BASE_URL": "https://other.example.org"}, "The base address is https and an allowed host"),
        ({"SSTIC_TRUSTED_PROXIES": ""}, "The TLS proxy is named"),
        ({"SSTIC_TRUSTED_PROXIES": "0.0.0.0/0"}, "The TLS proxy is named"),
        ({"SSTIC_TRUSTED_PROXIES": "10.0.0.1,::/0"}, "The TLS proxy is named"),
        ({"SSTIC_SMTP_HOST": ""}, "Mail goes out by a mail server, encrypted"),
        ({"SSTIC_SMTP_SECURITY": "none"}, "Mail goes out by a mail server, encrypted"),
        ({"SSTIC_OPENID_ISSUER": "http://id.example.org"}, "The OpenID provider, where there is one, is https"),
    ],
)
def test_each_unsafe_setting_is_told_and_stops_the_start(
    safe: Callable[..., None], change: dict[str, str], fault: str
) -> None:
    safe(**change)
    assert fault in faults()
    if "SSTIC_PRODUCTION" in change:
        refuse_to_start()
        return
    (advice,) = (one.advice for one in run_checks() if one.what == fault)
    with pytest.raises(NotSafeError) as told:
        refuse_to_start()
    assert advice in str(told.value)
    with pytest.raises(NotSafeError), TestClient(create_app()):
        pass
    for command in ("serve", "worker"):
        result = CliRunner().invoke(app, [command])
        assert result.exit_code == 1
        assert "does not start in production" in result.output


@pytest.mark.parametrize(
    ("address", "safe_way", "safe_password"),
    [
        ("postgresql://sstic:L0ng-and-rare@db.example.org/sstic?sslmode=verify-full", True, True),
        ("postgresql://sstic:L0ng-and-rare@db.example.org/sstic?sslmode=require", False, True),
        ("postgresql://sstic:L0ng-and-rare@db.example.org/sstic", False, True),
        ("postgresql://sstic:sstic@localhost/sstic", True, False),
        ("postgresql://keeper:Postgres@localhost/sstic", True, False),
        ("postgresql://sstic@/sstic?host=/run/postgresql", True, True),
        ("sqlite:///var/sstic.db", True, True),
    ],
)
def test_the_way_to_the_database_and_its_password(
    address: str, safe_way: bool, safe_password: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSTIC_DATABASE_URL", address)
    settings.cache_clear()
    assert checks._database_way().is_ok is safe_way
    assert checks._database_password().is_ok is safe_password
    monkeypatch.undo()
    settings.cache_clear()


def test_a_database_that_forgets_is_told(safe: Callable[..., None]) -> None:
    if database.engine().dialect.name == "sqlite":

        @sa.event.listens_for(database.engine(), "checkout")
        def hasten(connection: object, _record: object, _proxy: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    assert "What the database accepted outlives a power cut" in faults()


def test_a_database_of_another_schema_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The database is at the schema of this version" in faults()


def test_open_accounts_of_made_up_people_stop_the_start_until_they_are_closed(
    safe: Callable[..., None], session: Session
) -> None:
    person, real = a_user(session), a_user(session)
    person.password_hash, person.is_demo, real.is_demo = "x", True, False
    client = TestClient(create_app(), "https://testserver", follow_redirects=False)
    sign_in(client, person)
    header = a_token(session, person)
    session.commit()
    assert "No made-up person has an open account" in faults()
    with pytest.raises(NotSafeError, match="close-demo"):
        refuse_to_start()
    assert "1 accounts closed" in CliRunner().invoke(app, ["close-demo"]).output
    assert faults() == of_the_server()
    session.expire_all()
    assert session.get_one(User, person.id).disabled_at is not None
    assert session.get_one(User, person.id).password_hash is None
    assert session.get_one(User, real.id).disabled_at is None
    (event,) = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "disable_person"))
    assert event.subject_id == str(person.id)
    assert event.details["password_hash"] == {"before": "withheld", "after": None}
    session.rollback()  # on SQLite this session would bar other writers
    for headers in ({}, header):
        assert identity_of(client, headers) == 401
    assert "0 accounts closed" in CliRunner().invoke(app, ["close-demo"]).output


def identity_of(client: TestClient, headers: dict[str, str]) -> int:
    """How somebody is answered who asks for what only the signed-in may see."""
    from fastapi import Depends, FastAPI

    from sstic.access import Allowed

    asked = FastAPI()
    asked.get("/api/mine")(lambda who=Depends(Allowed("worklist")): who.user_id)  # noqa: B008
    return TestClient(asked, "https://testserver", cookies=client.cookies).get("/api/mine", headers=headers).status_code


def test_the_doctor_tells_every_check_and_fails_while_one_is_not_ok(safe: Callable[..., None]) -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == (1 if of_the_server() else 0), result.output
    for one in run_checks():
        assert one.what in result.output
    assert result.output.count("operator's ") >= len(OPERATORS)
    safe(SSTIC_ALLOWED_HOSTS="")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "not ok     Host names are set" in result.output
    assert "Set SSTIC_ALLOWED_HOSTS" in result.output


def test_the_demo_is_refused_in_production(safe: Callable[..., None]) -> None:
    result = CliRunner().invoke(app, ["demo", "--no-serve"])
    assert result.exit_code == 1
    assert "made-up people" in result.output


def test_no_setting_has_a_secret_as_its_default() -> None:
    for name, field in Settings.model_fields.items():
        if any(word in name for word in ("password", "secret", "key", "token")):
            value = field.get_default()
            if isinstance(value, float | int):  # how long one is kept is none
                continue
            assert (value.get_secret_value() if hasattr(value, "get_secret_value") else value) == "", name

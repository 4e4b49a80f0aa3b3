"""People whom the command line adds: the first administrator, and made-up people to try the service as."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from page_reading import page
from records import an_organization
from rich.console import Console
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_accounts import PASSWORD, letters, link_in, post
from typer.testing import CliRunner, Result

from sstic import terminal
from sstic.accounts.adding import give_demo_people_passwords
from sstic.app import create_app
from sstic.cli import app
from sstic.database import reading
from sstic.settings import settings
from sstic.tables.accounts import USER_ROLES, Post, User
from sstic.tables.audit import AuditEvent

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path / "mailbox"


@pytest.fixture
def browser(mailbox: Path) -> Callable[[], TestClient]:
    made = create_app()
    return lambda: TestClient(made, base_url="https://testserver", follow_redirects=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["add-user", *arguments])


def test_the_first_administrator_gets_in_by_the_link_that_is_printed_and_mailed(
    session: Session, mailbox: Path, browser: Callable[[], TestClient]
) -> None:
    an_organization(session, "coordinator", reference="unido")
    session.commit()
    result = run("Chief@example.org", "Chief", "administrator", "unido")
    assert result.exit_code == 0, result.output
    (letter,) = letters(mailbox)
    path, client = link_in(letter), browser()
    assert path in result.output
    assert not page(client, path).all("input", autocomplete="name")
    assert post(client, path, password=PASSWORD).status_code == 303
    assert client.get(path).status_code == 404
    assert post(client, "/sign-in", email="chief@example.org", password=PASSWORD).status_code == 303
    assert "Administrator" in page(client, "/home").text
    again = run("chief@example.org", "Chief", "reviewer", "unido", "--lead")
    assert "signs in as before" in again.output
    with reading() as reader:
        assert {(one.role, one.is_lead) for one in reader.scalars(sa.select(Post))} == {
            ("administrator", False),
            ("reviewer", True),
        }
        assert set(reader.scalars(sa.select(AuditEvent.actor))) == {"command line", "user:1"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("chief", "Chief", "administrator", "unido"), "not an e-mail address"),
        (("chief@example.org", " ", "administrator", "unido"), "This is needed"),
        (("chief@example.org", "Chief", "king", "unido"), "'king' is not a role"),
        (("chief@example.org", "Chief", "administrator", "nowhere"), "there is no organization 'nowhere'"),
    ],
)
def test_a_person_who_cannot_be_added_is_refused_plainly(
    session: Session, mailbox: Path, arguments: tuple[str, ...], message: str
) -> None:
    an_organization(session, "coordinator", reference="unido")
    session.commit()
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())
    with reading() as reader:
        assert reader.scalars(sa.select(User)).all() == []
    assert not mailbox.exists()


def test_one_made_up_person_of_each_role_signs_in_and_sees_their_own_worklist(
    seeded_database: str, browser: Callable[[], TestClient]
) -> None:
    first = give_demo_people_passwords()
    people = give_demo_people_passwords()
    assert [role for role, _, _ in people] == list(USER_ROLES)
    assert not {password for _, _, password in first} & {password for _, _, password in people}
    seen = set()
    for role, email, password in people:
        client = browser()
        assert email.endswith("@example.org")
        assert post(client, "/sign-in", email=email, password=password).headers["location"] == "/home", role
        tree = page(client, "/home")
        assert tree.with_class("app-card__figure")
        seen.add(tree.one("main").text)
        assert "Made up for the demonstration" in page(client, "/account").text
    assert len(seen) == len(USER_ROLES)
    old_role, email, password = first[0]
    assert post(browser(), "/sign-in", email=email, password=password).status_code == 422, old_role


def test_the_terminal_says_how_to_sign_in_and_that_nobody_is_real() -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    terminal.print_demo_people(console, [("focal_point", "a@example.org", "[x]secret")])
    told = console.export_text()
    for words in ("made up", "focal point", "a@example.org", "[x]secret"):
        assert words in told


def test_without_seed_data_there_is_nobody_to_sign_in_as(empty_database: str, mailbox: Path) -> None:
    assert give_demo_people_passwords() == []
    with reading() as session:
        assert session.scalars(sa.select(AuditEvent)).all() == []


def test_no_password_is_in_the_seed_data() -> None:
    for file in (ROOT / "seed_data").glob("demo_*.csv"):
        assert "password" not in file.read_text(encoding="utf-8").lower()

"""Personal data: the inventory against the schema, how long it is kept, giving it out, erasing it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from page_reading import page, read
from records import a_good_practice, a_need, a_user, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from sstic import audit, database
from sstic.accounts.actions.attempts import key_of
from sstic.app import create_app
from sstic.cli import app
from sstic.database import reading
from sstic.history.verifying import verify_chain
from sstic.labels import LABELS
from sstic.personal_data import queries
from sstic.personal_data.actions import AlreadyErasedError, erase_person
from sstic.settings import settings
from sstic.tables import Table
from sstic.tables.accounts import (
    ApiToken,
    Delegation,
    OneTimeLink,
    Post,
    RecoveryCode,
    SignInAttempt,
    User,
    UserSession,
)
from sstic.tables.audit import AuditEvent
from sstic.tables.judgements import Judgement
from sstic.tables.verification import Flag

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "personal-data.md"
NOW = datetime.now(UTC)


class Inventory:
    """The lists of the document."""

    def __init__(self, text: str) -> None:
        listed = text.split("## Inventory")[1].split("## Columns of these tables")[0]
        self.columns = re.findall(r"^\| `([a-z_]+\.[a-z_0-9]+)` \|", listed, flags=re.MULTILINE)
        self.free_text = re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", listed.split("Free text")[1])
        others = text.split("## Columns of these tables")[1].split("## Tables without personal data")[0]
        self.other_columns = [
            f"{table}.{column}"
            for table, columns in re.findall(r"^\| `([a-z_]+)` \| (.*) \|$", others, flags=re.MULTILINE)
            for column in re.findall(r"`([a-z_0-9]+)`", columns)
        ]
        without = text.split("## Tables without personal data")[1].split("## Retention")[0]
        self.tables = re.findall(r"`([a-z_0-9]+)`", without)

    def gaps(self, schema: dict[str, list[str]]) -> list[str]:
        """What is wrong: columns and tables in no list, in two lists, or in a list and not in the schema."""
        listed = [*self.columns, *self.free_text, *self.other_columns]
        there = {f"{table}.{column}" for table, columns in schema.items() for column in columns}
        needed = {name for name in there if name.split(".")[0] not in self.tables}
        wrong = [f"{name} is in no list" for name in needed - set(listed)]
        wrong += [f"{name} is in two lists" for name in set(listed) if listed.count(name) > 1]
        wrong += [
            f"{name} is listed though its table is without" for name in listed if name.split(".")[0] in self.tables
        ]
        wrong += [f"{name} is not in the schema" for name in set(listed) - there]
        wrong += [f"{name} is not in the schema" for name in self.tables if name not in schema]
        return sorted(wrong)


SCHEMA = {table.name: [column.name for column in table.c] for table in Table.metadata.sorted_tables}


def inventory() -> Inventory:
    return Inventory(DOCUMENT.read_text(encoding="utf-8"))


def test_every_column_of_the_schema_is_in_the_inventory_or_told_to_be_without() -> None:
    assert inventory().gaps(SCHEMA) == []


def test_every_marked_column_is_in_the_inventory() -> None:
    marks = {"personal", "secret", "actor"}
    marked = {
        f"{table.name}.{c.name}" for table in Table.metadata.sorted_tables for c in table.c if marks & c.info.keys()
    }
    assert marked - set(inventory().columns) == set()
    naming = {f"{t.name}.{name}" for t in Table.metadata.sorted_tables for name in queries._naming(t)}
    assert naming - set(inventory().columns) == set()


@pytest.mark.parametrize(
    ("table", "column", "told"),
    [
        ("need", "contact_phone", "need.contact_phone is in no list"),
        ("visitor", "name", "visitor.name is in no list"),
    ],
)
def test_a_planted_column_is_found(table: str, column: str, told: str) -> None:
    planted = {**SCHEMA, table: [*SCHEMA.get(table, []), column]}
    assert inventory().gaps(planted) == [told]
    gone = {name: columns for name, columns in SCHEMA.items() if name != "post"}
    assert "post.user_id is not in the schema" in inventory().gaps(gone)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def rows(table: type[Table]) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def ago(**much: float) -> datetime:
    return NOW - timedelta(**much)


KEPT: dict[str, tuple[type[Table], dict[str, Any], float, str]] = {
    "session": (
        UserSession,
        {"digest": "d", "created_at": ago(days=400), "last_seen_at": ago(days=400), "browser": "B"},
        30,
        "ended_at",
    ),
    "used link": (
        OneTimeLink,
        {"digest": "d", "purpose": "reset", "email": "x@example.org", "details": {}},
        30,
        "used_at",
    ),
    "late link": (
        OneTimeLink,
        {"digest": "d", "purpose": "reset", "email": "x@example.org", "details": {}},
        30,
        "expires_at",
    ),
    "revoked token": (ApiToken, {"digest": "d", "name": "n", "beginning": "b", "scope": "read"}, 90, "revoked_at"),
    "late token": (ApiToken, {"digest": "d", "name": "n", "beginning": "b", "scope": "read"}, 90, "expires_at"),
    "attempt": (SignInAttempt, {"key": "k"}, 1, "happened_at"),
}
DATES: dict[type[Table], dict[str, Any]] = {
    UserSession: {"created_at": ago(hours=1), "last_seen_at": ago(hours=1)},
    OneTimeLink: {"made_at": ago(days=500), "expires_at": NOW + timedelta(days=1)},
    ApiToken: {"made_at": ago(days=500), "expires_at": NOW + timedelta(days=1)},
    SignInAttempt: {},
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_was_kept_long_enough_is_removed_and_what_was_not_stays(session: Session, kind: str) -> None:
    table, facts, days, column = KEPT[kind]
    user = a_user(session)
    if "user_id" in table.__table__.c:
        facts = {**facts, "user_id": user.id}
    old, young = ({column: ago(days=days + shift)} for shift in (0.1, -0.1))
    for number, moment in enumerate((old, young)):
        own = {"digest": f"d{number}"} if "digest" in facts else {"key": f"k{number}"}
        session.add(table(**{**facts, **DATES[table], **moment, **own}))
    session.commit()
    counts = queries.kept_too_long(session, NOW)
    session.rollback()
    assert sum(counts.values()) == 1
    assert run("purge", "--dry-run").exit_code == 0
    assert rows(table) == 2
    assert run("purge").exit_code == 0
    assert rows(table) == 1
    session.expire_all()
    (left,) = session.scalars(sa.select(table))
    assert getattr(left, column) == young[column]
    (event,) = session.scalars(sa.select(AuditEvent))
    assert (event.actor, event.action, event.details["removed"]) == ("command line", "purge", counts)


def test_a_session_that_nobody_ended_is_removed_too(session: Session) -> None:
    user = a_user(session)
    session.add(
        UserSession(digest="d", user_id=user.id, created_at=ago(days=31), last_seen_at=ago(days=31), browser="B")
    )
    session.commit()
    assert run("purge").exit_code == 0
    assert rows(UserSession) == 0


def test_a_purge_that_finds_nothing_writes_nothing(session: Session) -> None:
    a_user(session)
    session.commit()
    assert run("purge").exit_code == 0
    assert rows(AuditEvent) == 0


def test_an_account_that_was_disabled_long_enough_is_erased(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    old, young = a_user(session), a_user(session)
    old.disabled_at, young.disabled_at = ago(days=11), ago(days=9)
    session.commit()
    monkeypatch.setenv("SSTIC_KEEP_DISABLED_DAYS", "10")
    settings.cache_clear()
    assert run("purge").exit_code == 0
    session.expire_all()
    assert old.name == "Former user"
    assert young.erased_at is None
    session.rollback()
    assert run("purge").exit_code == 0
    with reading() as opened:
        actions = opened.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.number)).all()
    assert actions == ["erase_person", "purge"]


CANARY = "Zebrafinch"


def canary_person(session: Session) -> User:
    """A person whose name, or a word like it, is wherever the service keeps something of a person."""
    office = an_organization(session, "government")
    user = a_user(session, "focal_point", office)
    user.name, user.email = f"{CANARY} Name", f"{CANARY}@Example.org"
    user.password_hash, user.totp_seed, user.openid_subject = f"{CANARY}hash", f"{CANARY}seed", f"{CANARY}subject"
    other = a_user(session, "approver", office)
    link = {"purpose": "invitation", "made_at": NOW, "expires_at": NOW, "details": {"name": CANARY}}
    session.add_all(
        [
            UserSession(digest=f"{CANARY}1", user_id=user.id, created_at=NOW, last_seen_at=NOW, browser=f"{CANARY} B"),
            ApiToken(
                digest=f"{CANARY}2",
                user_id=user.id,
                name=f"{CANARY} T",
                beginning=CANARY,
                scope="read",
                made_at=NOW,
                expires_at=NOW,
            ),
            RecoveryCode(user_id=user.id, digest=f"{CANARY}3"),
            SignInAttempt(key=key_of("account", user.email.lower()), happened_at=NOW),
            OneTimeLink(digest=f"{CANARY}4", user_id=user.id, email=user.email, **link),
            OneTimeLink(digest=f"{CANARY}5", email=user.email.upper(), **link),
            OneTimeLink(digest="6", email="friend@example.org", made_by_id=user.id, **{**link, "details": {}}),
        ]
    )
    (post,) = session.scalars(sa.select(Post).where(Post.user_id == user.id))
    session.add(Delegation(post_id=post.id, deputy_id=other.id, from_on=NOW.date(), until_on=NOW.date()))
    (theirs,) = session.scalars(sa.select(Post).where(Post.user_id == other.id))
    session.add(Delegation(post_id=theirs.id, deputy_id=user.id, from_on=NOW.date(), until_on=NOW.date()))
    need, practice = a_need(session, author_id=user.id), a_good_practice(session)
    session.add(
        Judgement(need_id=need.id, practice_id=practice.id, judge=f"user:{user.id}", grade=1, judged_on=NOW.date())
    )
    session.add(Flag(organization_id=office.id, level="yellow", reason="Late", raised_at=NOW, raised_by_id=user.id))
    user.name = f"{CANARY} Renamed"
    audit.record(session, f"user:{user.id}", "edit_person", "user_account", user.id, audit.changed(user))
    session.commit()
    return user


def test_the_export_holds_all_that_names_a_person_and_no_secret(session: Session, tmp_path: Path) -> None:
    user = canary_person(session)
    session.rollback()
    file = tmp_path / "person.json"
    assert run("person", "export", f"  {CANARY.lower()}@example.org", "--json", str(file)).exit_code == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    tables = told["tables"]
    naming = {table.name for table in Table.metadata.sorted_tables if queries._naming(table)}
    # What this person did not do: the forms of needs, practices and offers, verifying, screening, deciding.
    without_rows = {"decision", "verification", "screening_match", "good_practice", "replication", "technology_offer"}
    without_rows |= {"need_attachment", "need_comment", "need_move", "need_step_edit"}
    without_rows |= {"practice_editor", "practice_review", "practice_step"}
    assert set(tables) == (naming - without_rows) | {"user_account", "judgement", "audit_event"}
    assert told["person"] == f"user:{user.id}"
    session.rollback()
    (account,) = tables["user_account"]
    assert (account["email"], account["name"]) == (user.email, f"{CANARY} Renamed")
    assert {account[name] for name in ("password_hash", "totp_seed")} == {"withheld"}
    assert tables["user_session"][0]["browser"] == f"{CANARY} B"
    assert len(tables["delegation"]) == 2
    assert len(tables["one_time_link"]) == 3
    text = json.dumps(tables)
    assert "friend@example.org" not in text
    for secret in ("hash", "seed"):
        assert f"{CANARY}{secret}" not in text
    with reading() as opened:
        assert opened.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.number)).all()[-1] == "export_person"


def test_every_table_of_an_export_has_its_words() -> None:
    naming = {table.name for table in Table.metadata.sorted_tables if queries._naming(table)}
    acting = {table.name for table in Table.metadata.sorted_tables for c in table.c if c.info.get("actor")}
    assert (naming | acting | {"user_account"}) - LABELS["personal_table"].keys() == set()


def found_in_tables(address: str) -> list[str]:
    """The tables where a row holds the canary, whatever the case, in any column."""
    found = []
    engine = database.make_engine(address)
    with engine.connect() as connection:
        for name in sa.inspect(engine).get_table_names():
            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')):
                if CANARY.lower() in repr(tuple(row)).lower():
                    found.append(name)
    engine.dispose()
    return found


def found_in_files(address: str) -> list[str]:
    """The files of a SQLite database that hold the canary anywhere, also in free pages and in the log of writes."""
    if not address.startswith("sqlite"):
        return []
    path = Path(address.removeprefix("sqlite:///"))
    return [
        file.name for file in path.parent.glob(f"{path.name}*") if CANARY.lower().encode() in file.read_bytes().lower()
    ]


def crowd(session: Session) -> None:
    """So many people that their rows fill many pages, which split and merge."""
    office = an_organization(session, "government")
    for number in range(400):
        user = a_user(session, "focal_point", office)
        user.name = f"Person {number} " + "x" * (number % 200)
    session.commit()


def test_after_erasure_the_name_is_nowhere_and_the_chain_holds(
    session: Session, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    crowd(session)
    user = canary_person(session)
    number = user.id
    crowd(session)
    mailbox = tmp_path / "mailbox"
    mailbox.mkdir()
    (mailbox / "1.eml").write_text(f"To: {CANARY.upper()}@example.org\nSubject: Hello\n\nA link\n", encoding="utf-8")
    (mailbox / "2.eml").write_text("To: friend@example.org\nSubject: Hello\n\nA link\n", encoding="utf-8")
    assert len(set(found_in_tables(empty_database))) >= 4
    assert empty_database.startswith("postgresql") or found_in_files(empty_database) != []
    session.close()
    told = run("person", "erase", user_email := f"{CANARY}@example.org", "--yes")
    assert told.exit_code == 0, told.output
    assert f"user:{number}" in told.output
    assert found_in_tables(empty_database) == []
    assert found_in_files(empty_database) == []
    assert [file.name for file in mailbox.iterdir()] == ["2.eml"]
    with reading() as opened:
        assert verify_chain(opened).faults == []
        erased = opened.get_one(User, number)
        assert (erased.name, erased.email) == ("Former user", f"erased-{number}@erased.invalid")
        assert (erased.password_hash, erased.totp_seed, erased.openid_subject) == (None, None, None)
        assert erased.disabled_at is not None
        assert all(post.ended_at is not None for post in erased.posts)
        assert all(one.ended_at is not None for one in opened.scalars(sa.select(Delegation)))
        event = opened.scalars(sa.select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert event is not None
        assert (event.action, event.subject_id) == ("erase_person", str(number))
        assert event.details["email"]["before"] == "withheld"
        gone = {"user_session": 1, "api_token": 1, "recovery_code": 1, "one_time_link": 2, "sign_in_attempt": 1}
        assert event.details["removed"] == gone
        assert opened.scalar(sa.select(Judgement.judge)) == f"user:{number}"
        assert opened.scalar(sa.select(Flag.raised_by_id)) == number
    again = run("person", "erase", user_email, "--yes")
    assert again.exit_code == 1
    assert "there is no account" in " ".join(again.output.split())


def test_nobody_is_erased_twice(session: Session) -> None:
    user = a_user(session)
    erase_person(session, "user:1", user)
    with pytest.raises(AlreadyErasedError):
        erase_person(session, "user:1", user)


def test_erasing_asks_first(session: Session) -> None:
    user = a_user(session)
    session.commit()
    told = CliRunner().invoke(app, ["person", "erase", user.email], input="n\n")
    assert told.exit_code == 1
    assert "nothing was erased" in told.output
    session.expire_all()
    assert user.erased_at is None
    assert run("person", "export", "nobody@example.org").exit_code == 1


@pytest.mark.parametrize(
    "command", [("audit", "verify"), ("purge",), ("person", "export", "x"), ("person", "erase", "x")]
)
def test_without_a_database_the_commands_say_what_to_do(address: str, command: tuple[str, ...]) -> None:
    told = run(*command)
    assert told.exit_code == 1
    assert "run `sstic migrate`" in " ".join(told.output.split())


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app(), base_url="https://testserver", follow_redirects=False)


def test_a_person_downloads_their_own_data(session: Session, client: TestClient) -> None:
    assert client.get("/account/data").headers["location"].startswith("/sign-in?next=")
    user, other = canary_person(session), a_user(session)
    other.name = "Somebody else"
    sign_in(client, user)
    tree = page(client, "/account/data")
    assert tree.one("h1").text == "Your data"
    counts = {row.all("th")[0].text: row.all("td")[0].text for row in tree.one("tbody").all("tr")}
    assert counts["Account"] == "1"
    assert counts["Signed-in browsers"] == "2"
    token = tree.one("form", action="/account/data").one("input", name="form_token").attributes["value"]
    answer = client.post("/account/data", data={"form_token": token})
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.json()["tables"]["user_account"][0]["name"] == f"{CANARY} Renamed"
    assert "Somebody else" not in answer.text
    assert client.post("/account/data", data={}).status_code == 403


@pytest.fixture
def administrator(session: Session) -> User:
    return a_user(session, "administrator", an_organization(session, "coordinator", country=None))


def test_an_administrator_erases_a_person_on_a_page(
    session: Session, client: TestClient, administrator: User, empty_database: str
) -> None:
    user = canary_person(session)
    number, address = user.id, f"/people/{user.id}/erase"
    sign_in(client, administrator)
    assert f"{CANARY} Renamed" in page(client, address).text
    wrong = client.post(address, data={"form_token": form_token(client), "email": "other@example.org"})
    assert wrong.status_code == 422
    tree = read(wrong.text)
    assert tree.one("title").text.startswith("Error:")
    assert tree.with_class("govuk-error-summary")[0].one("a").attributes["href"] == "#email"
    assert tree.one("input", id="email").attributes["value"] == "other@example.org"
    session.close()
    sent = {"form_token": form_token(client), "email": f" {CANARY.lower()}@example.org "}
    answer = client.post(address, data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/history/people/{number}")
    assert found_in_tables(empty_database) == []
    assert found_in_files(empty_database) == []
    assert client.get(address).status_code == 404
    assert client.post(address, data=sent).status_code == 404
    told = page(client, f"/history/people/{number}")
    assert "Erased the person" in told.text
    assert CANARY not in told.text


def test_who_may_not_erase(session: Session, client: TestClient, administrator: User) -> None:
    user = a_user(session)
    roles = ("focal_point", "approver", "itpo_officer", "donor_officer", "coordinator", "reviewer", "auditor")
    others = [a_user(session, role) for role in roles]
    session.commit()
    number, own, address = user.id, administrator.id, f"/people/{user.id}/erase"
    emails = {address: user.email, f"/people/{own}/erase": administrator.email}
    assert client.get(address).status_code == 303
    for other in (*others, administrator):
        sign_in(client, other)
        session.rollback()
        asked = f"/people/{own}/erase" if other is administrator else address
        sent = {"form_token": form_token(client), "email": emails[asked]}
        assert client.get(asked).status_code == 403
        assert client.post(asked, data=sent).status_code == 403
    assert client.get("/people/4242/erase").status_code == 404
    assert client.post(address, data={"email": emails[address]}).status_code == 403
    with reading() as opened:
        assert opened.get_one(User, number).erased_at is None
        assert opened.get_one(User, own).erased_at is None

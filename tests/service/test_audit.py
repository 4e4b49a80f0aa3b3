"""The chain of the audit: the database guards it, and `sstic audit verify` finds what was done to it all the same."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from conftest import Databases
from records import a_need
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from test_migrations import with_one_more
from typer.testing import CliRunner, Result

from sstic import audit, database
from sstic.cli import app
from sstic.database import reading, transaction
from sstic.history import verifying
from sstic.history.verifying import Fault, Head, verify_chain
from sstic.migrating import configuration, migrate
from sstic.tables.audit import GUARDS, AuditEvent, AuditHead

EVENTS = 12
OUT_OF_ORDER = "It stands out of order: it was moved here, or put in later."
CHANGED = "It is not what was sealed: it, or the digest of the event before it, was changed."
FOLLOWS_WRONG = "It does not follow the event before it, which is wrong as well."


def write_events(count: int, actor: str = "user:1") -> None:
    for number in range(count):
        with transaction() as session:
            audit.record(
                session, actor, "edit_need", "need", number, {"title": {"before": None, "after": f"é {number}"}}
            )


@pytest.fixture
def chain(empty_database: str) -> str:
    """A database with some events."""
    write_events(EVENTS)
    return empty_database


def run_sql(*statements: str) -> None:
    with database.engine().begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def drop_guards() -> None:
    """What somebody must do first who wants to change the audit by hand."""
    is_sqlite = database.engine().dialect.name == "sqlite"
    for name in GUARDS[database.engine().dialect.name]:
        table = "audit_event" if name.startswith("audit_event") else "audit_head"
        run_sql(f"DROP TRIGGER {name}" if is_sqlite else f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def put_guards_back(address: str) -> None:
    if database.engine().dialect.name == "sqlite":
        stamped = configuration(address)
        command.stamp(stamped, "0003")
        command.upgrade(stamped, "0004")
        command.stamp(stamped, "head")
    else:
        run_sql(*(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in ("audit_event", "audit_head")))


def faults(expected: Head | None = None) -> list[Fault]:
    """What a walk finds, but for the guards."""
    with reading() as session:
        return [one for one in verify_chain(session, expected).faults if "guards" not in one.what]


def head() -> Head:
    with reading() as session:
        found = session.scalars(sa.select(AuditHead)).one()
        return Head(found.number, found.digest)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


REFUSED = [
    "UPDATE audit_event SET actor = 'user:2' WHERE number = 3",
    "UPDATE audit_event SET digest = digest",
    "DELETE FROM audit_event WHERE number = 12",
    "DELETE FROM audit_event",
    "INSERT INTO audit_event (number, happened_at, actor, action, subject_table, subject_id, details, digest)"
    " VALUES (14, '2026-01-01', 'a', 'b', 'c', 'd', '{}', 'e')",
    "UPDATE audit_head SET number = 11",
    "UPDATE audit_head SET number = number",
    "UPDATE audit_head SET number = number + 2",
    "UPDATE audit_head SET id = 1, digest = ''",
    "DELETE FROM audit_head",
]
REPLACE = (
    "REPLACE INTO audit_event SELECT {id}, {number}, happened_at, 'x', action, subject_table, subject_id, details,"
)
REPLACE += " digest FROM audit_event WHERE number = 3"
BY_ENGINE = {
    "postgresql": ["TRUNCATE audit_event", "TRUNCATE audit_head", "TRUNCATE audit_event, audit_head CASCADE"],
    "sqlite": [
        REPLACE.format(id="id", number=3),
        REPLACE.format(id="id", number=13),
        REPLACE.format(id=99, number=3),
        "REPLACE INTO audit_head VALUES (1, 11, '')",
        "UPDATE OR REPLACE audit_event SET number = 4 WHERE number = 3",
        "INSERT INTO audit_head VALUES (1, 0, '') ON CONFLICT (id) DO UPDATE SET number = 0",
    ],
}


def test_the_database_refuses_to_change_what_was_written(chain: str) -> None:
    for statement in (*REFUSED, *BY_ENGINE[database.engine().dialect.name]):
        with pytest.raises(DatabaseError):
            run_sql(statement)
    assert faults() == []
    assert head().number == EVENTS


def guards_at(address: str) -> set[str]:
    engine = database.make_engine(address)
    with Session(engine) as session:
        found = verifying._guards(session)
    engine.dispose()
    return found


REBUILD = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "later", "HEAD"


def upgrade():
    with op.batch_alter_table("audit_event", recreate="always") as batch:
        batch.alter_column("actor", type_=sa.String(41), existing_type=sa.String(40), existing_nullable=False)
"""


def test_after_migrating_the_guards_are_there_and_going_back_takes_them_away(empty_database: str) -> None:
    engine = database.engine().dialect.name
    assert guards_at(empty_database) == set(GUARDS[engine])
    command.downgrade(configuration(empty_database), "0003")
    assert guards_at(empty_database) == set()
    migrate(empty_database)
    assert guards_at(empty_database) == set(GUARDS[engine])


def test_a_migration_that_rebuilds_the_table_and_forgets_its_guards_is_found(chain: str, tmp_path: Path) -> None:
    """Alembic's batch change on SQLite makes the table anew, without its triggers."""
    if database.engine().dialect.name != "sqlite":
        pytest.skip("only SQLite rebuilds tables")
    database.engine().dispose()
    command.upgrade(with_one_more(tmp_path, chain, REBUILD), "head")
    with reading() as session:
        told = [one.what for one in verify_chain(session).faults]
    lost = {name for name in GUARDS["sqlite"] if name.startswith("audit_event")}
    assert {name for name in lost for what in told if name in what} == lost
    assert len(told) == len(lost)


def shown(number: int, what: str) -> list[Fault]:
    return [Fault(number, what)]


INSERT = "INSERT INTO audit_event (id, number, happened_at, actor, action, subject_table, subject_id, details, digest)"
TAMPERED: dict[str, tuple[list[str], list[Fault]]] = {
    "who": (["UPDATE audit_event SET actor = 'user:2' WHERE number = 5"], shown(5, CHANGED)),
    "when": (["UPDATE audit_event SET happened_at = '2020-01-01 00:00:00' WHERE number = 5"], shown(5, CHANGED)),
    "what": (["UPDATE audit_event SET action = 'x' WHERE number = 1"], shown(1, CHANGED)),
    "of what": (["UPDATE audit_event SET subject_id = '77' WHERE number = 12"], shown(12, CHANGED)),
    "details": (["""UPDATE audit_event SET details = '{"a": 1}' WHERE number = 5"""], shown(5, CHANGED)),
    "digest": (
        ["UPDATE audit_event SET digest = replace(digest, substr(digest, 1, 1), 'z') WHERE number = 5"],
        [Fault(5, CHANGED), Fault(6, FOLLOWS_WRONG)],
    ),
    "taken out": (["DELETE FROM audit_event WHERE number = 5"], shown(5, "It is missing.")),
    "three taken out": (
        ["DELETE FROM audit_event WHERE number BETWEEN 5 AND 7"],
        shown(5, "The events from here to 7 are missing."),
    ),
    "the first taken out": (["DELETE FROM audit_event WHERE number = 1"], shown(1, "It is missing.")),
    "the end cut off": (
        ["DELETE FROM audit_event WHERE number > 9"],
        shown(10, "The end was cut off: the events from here to 12 are missing."),
    ),
    "the last cut off": (
        ["DELETE FROM audit_event WHERE number = 12"],
        shown(12, "The end was cut off: it is missing."),
    ),
    "all taken out": (
        ["DELETE FROM audit_event"],
        shown(1, "The end was cut off: the events from here to 12 are missing."),
    ),
    "swapped": (
        [
            "UPDATE audit_event SET number = 99 WHERE number = 4",
            "UPDATE audit_event SET number = 4 WHERE number = 8",
            "UPDATE audit_event SET number = 8 WHERE number = 99",
        ],
        [Fault(4, OUT_OF_ORDER), Fault(5, FOLLOWS_WRONG), Fault(8, OUT_OF_ORDER), Fault(9, FOLLOWS_WRONG)],
    ),
    "put in for one taken out": (
        [
            f"{INSERT} SELECT 1000, 99, happened_at, actor, action, subject_table, subject_id, details, digest"
            " FROM audit_event WHERE number = 5",
            "DELETE FROM audit_event WHERE number = 5",
            "UPDATE audit_event SET number = 5, actor = 'user:9' WHERE number = 99",
        ],
        shown(5, OUT_OF_ORDER),
    ),
    "put in at the end": (
        [
            f"{INSERT} SELECT 1000, 13, happened_at, actor, action, subject_table, subject_id, details, digest"
            " FROM audit_event WHERE number = 12",
        ],
        shown(13, "It stands beyond the head of the chain: it was put in, or the head was turned back."),
    ),
    "head turned back": (
        ["UPDATE audit_head SET number = 11, digest = (SELECT digest FROM audit_event WHERE number = 11)"],
        shown(12, "It stands beyond the head of the chain: it was put in, or the head was turned back."),
    ),
    "digest of the head": (
        ["UPDATE audit_head SET digest = 'x'"],
        shown(12, "Its digest is not that of the head of the chain."),
    ),
    "head taken away": (
        ["DELETE FROM audit_head"],
        [Fault(None, "The head of the chain is missing, so events cut off at the end would not show.")],
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_done_to_a_row_is_named(chain: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PIECE", 4)  # so that what was done lies within, before and behind a piece
    assert faults() == []
    statements, expected = TAMPERED[how]
    drop_guards()
    run_sql(*statements)
    assert faults() == expected


def test_a_number_that_stands_twice_is_named(chain: str) -> None:
    if database.engine().dialect.name == "sqlite":
        pytest.skip("SQLite drops no constraint of a table")
    drop_guards()
    run_sql(
        "ALTER TABLE audit_event DROP CONSTRAINT uq_audit_event_number",
        f"{INSERT} SELECT 1000, 5, happened_at, actor, action, subject_table, subject_id, details, digest"
        " FROM audit_event WHERE number = 5",
    )
    assert faults()[0] == Fault(5, "There is more than one event of this number.")


def rewrite_from(number: int) -> None:
    """Change an event and seal it and all after it anew, head and all: the chain itself then holds."""
    with transaction() as session:
        session.execute(sa.update(AuditEvent).where(AuditEvent.number == number).values(actor="user:9"))
        rows = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.number)).all()
        digest = ""
        for row in rows:
            digest = audit.seal(digest, row)
            session.execute(sa.update(AuditEvent).where(AuditEvent.id == row.id).values(digest=digest))
        session.execute(sa.update(AuditHead).values(digest=digest))


def test_a_chain_that_was_written_anew_is_found_by_a_head_kept_elsewhere(chain: str) -> None:
    kept = head()
    write_events(3)
    assert faults(kept) == []
    drop_guards()
    rewrite_from(EVENTS - 1)
    assert faults() == []
    assert faults(kept) == shown(EVENTS, "It is not the event that was expected: the chain was written anew.")
    assert faults(Head(0, "")) == []
    assert faults(Head(99, "0" * 64)) == shown(99, "It was expected, and is missing.")


def test_the_command_names_the_row_and_fails(chain: str) -> None:
    whole = run("audit", "verify")
    assert whole.exit_code == 0
    assert "The audit is whole: 12 events." in whole.output
    assert str(head()) in whole.output
    assert run("audit", "verify", "--expect", str(head())).exit_code == 0
    drop_guards()
    run_sql("UPDATE audit_event SET actor = 'user:2' WHERE number = 5")
    put_guards_back(chain)
    broken = run("audit", "verify")
    assert broken.exit_code == 1
    assert f"Event 5: {CHANGED}" in " ".join(broken.output.split())
    assert "Event 6" not in broken.output


def test_the_command_tells_of_missing_guards(chain: str) -> None:
    drop_guards()
    told = run("audit", "verify")
    assert told.exit_code == 1
    for name in GUARDS[database.engine().dialect.name]:
        assert name in told.output


@pytest.mark.parametrize("kept", ["12", "x:y", "-1:" + "0" * 64, "12:00", ":", "１２:" + "0" * 64])
def test_a_head_that_is_none_is_refused(chain: str, kept: str) -> None:
    told = run("audit", "verify", f"--expect={kept}")
    assert told.exit_code == 1
    assert "is not NUMBER:DIGEST" in " ".join(told.output.split())


def test_an_audit_without_events_is_whole(empty_database: str) -> None:
    told = run("audit", "verify", "--expect", "0:")
    assert told.exit_code == 0
    assert "0 events" in told.output


def test_no_more_faults_are_told_than_can_be_read(chain: str) -> None:
    drop_guards()
    run_sql("UPDATE audit_event SET actor = 'x'")
    with reading() as session:
        found = verify_chain(session, most=4).faults
    assert len(found) == 5
    assert found[-1].what.startswith("There may be more")


def test_writers_at_the_same_time_keep_the_chain_whole(empty_database: str) -> None:
    start = threading.Barrier(4)

    def write(number: int) -> None:
        start.wait(timeout=30)
        write_events(10, f"user:{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, (1, 2, 3, 4)))
    assert faults() == []
    assert head().number == 40
    with reading() as session:
        tally = session.execute(sa.select(AuditEvent.actor, sa.func.count()).group_by(AuditEvent.actor)).all()
    assert dict(tally) == {f"user:{number}": 10 for number in (1, 2, 3, 4)}


def test_a_transaction_that_fails_leaves_no_hole(chain: str) -> None:
    with Session(database.engine()) as session:
        audit.record(session, "user:1", "edit_need", "need", 1, {})
        session.rollback()
    write_events(1)
    assert faults() == []
    assert head().number == EVENTS + 1


def test_what_a_row_was_is_told_also_where_it_was_not_read_before(session: Session) -> None:
    need = a_need(session, title="Before", priority=3)
    session.commit()
    need.title, need.priority, need.year = "After", 3, None
    assert audit.changed(need) == {"title": {"before": "Before", "after": "After"}}
    need.priority = None
    assert audit.changed(need, "priority") == {"priority": {"before": 3, "after": None}}
    assert audit.removed(need, "title") == {"title": {"before": "After", "after": None}}


def test_details_are_sealed_as_they_are_read(empty_database: str) -> None:
    with transaction() as session:
        audit.record(session, "seed", "seed_loaded", "seed", "x", {"rows": {2: 1, 10: (1.5, "é\u0000", None)}})
    assert faults() == []


def test_a_copy_of_the_database_keeps_its_guards(databases: Databases, chain: str, tmp_path: Path) -> None:
    if not chain.startswith("sqlite"):
        pytest.skip("a file is copied")
    database.engine().dispose()
    source = Path(chain.removeprefix("sqlite:///"))
    for file in source.parent.glob(f"{source.name}*"):
        shutil.copy(file, tmp_path / file.name)
    assert guards_at(f"sqlite:///{tmp_path / source.name}") == set(GUARDS["sqlite"])

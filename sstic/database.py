"""The engine and the one place, besides the worker, where a transaction is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.settings import settings

# What is deleted is overwritten (secure_delete), so that nothing of an erased person is left in free pages.
PRAGMAS = ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "secure_delete=ON")


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Make SQLite keep its promises: foreign keys, durable commits, and no lock failures on read-then-write."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # the driver must not open transactions itself
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        # A reader may run beside a writer; only a transaction that says it writes takes the write lock at once.
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_engine(address: str) -> sa.Engine:
    """Open the database at ``address``; the folder of a SQLite file is made when missing.

    Its errors do not repeat what was to be stored: they end up in logs.
    """
    url = sa.make_url(address)
    if url.get_backend_name() == "sqlite":
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, hide_parameters=True)
        _prepare_sqlite(engine)
        return engine
    return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)


@lru_cache
def engine() -> sa.Engine:
    """The engine of this process."""
    return make_engine(settings().address)


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose changes are committed at the end, or undone altogether on any error."""
    with Session(engine()) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads; it never takes the write lock."""
    with Session(engine().execution_options(writes=False)) as session:
        yield session


def one_transaction() -> Iterator[Session]:
    """FastAPI dependency for writes; use with ``scope="function"``, or a failed commit is answered as success."""
    with transaction() as session:
        yield session


def one_reading() -> Iterator[Session]:
    """FastAPI dependency for reads."""
    with reading() as session:
        yield session

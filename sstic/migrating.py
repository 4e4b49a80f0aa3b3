"""Bringing the database to the schema that this version of the service expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sstic.database import make_engine
from sstic.settings import settings

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def configuration(address: str | None = None) -> Config:
    """Alembic's configuration for the database at ``address``, by default that of the settings."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["address"] = address or settings().address
    return config


def migrate(address: str | None = None) -> None:
    """Run the pending migrations."""
    command.upgrade(configuration(address), "head")


def is_current(address: str | None = None) -> bool:
    """Whether the database is at the schema of this version."""
    config = configuration(address)
    engine = make_engine(config.attributes["address"])
    try:
        with engine.connect().execution_options(writes=False) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return found == ScriptDirectory.from_config(config).get_current_head()

"""Runs migrations. On SQLite foreign keys are off meanwhile, or batch changes would delete child rows."""

import sqlalchemy as sa
from alembic import context

from sstic.database import make_engine
from sstic.settings import settings
from sstic.tables import Table


def run() -> None:
    """Run the pending migrations in one transaction."""
    address = context.config.attributes.get("address") or settings().address
    engine = make_engine(address)
    is_sqlite = engine.dialect.name == "sqlite"
    try:
        with engine.connect() as connection:
            if is_sqlite:
                # The pragma is ignored inside a transaction, so it is set on the raw connection first.
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            context.configure(
                connection=connection,
                target_metadata=Table.metadata,
                render_as_batch=is_sqlite,
                compare_type=True,
                transactional_ddl=True,  # SQLite can undo changes of the schema too, though Alembic does not expect it
            )
            with context.begin_transaction():
                context.run_migrations()
                if is_sqlite and connection.execute(sa.text("PRAGMA foreign_key_check")).first():
                    raise RuntimeError("the migration would leave rows that point at nothing; nothing was changed")
            connection.commit()
    finally:
        engine.dispose()


run()

"""What is done in the room, each with its audit row."""

from sqlalchemy.orm import Session

from sstic import audit
from sstic.tables import Table


def note(session: Session, actor: str, action: str, row: Table) -> None:
    """Keep a new or changed row together with the audit row that tells what changed."""
    told = audit.changed(row)
    session.add(row)
    session.flush()
    number: int = row.id  # type: ignore[attr-defined]  # every table of this room has one
    audit.record(session, actor, action, row.__tablename__, number, told)

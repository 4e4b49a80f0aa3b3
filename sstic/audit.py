"""Writing the audit row of a change, in the transaction of the change itself."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from sstic.tables.audit import AuditEvent


def record(session: Session, actor: str, action: str, table: str, subject: object, details: dict[str, Any]) -> None:
    """Add an audit row: who did what to which row."""
    session.add(
        AuditEvent(
            happened_at=datetime.now(UTC),
            actor=actor,
            action=action,
            subject_table=table,
            subject_id=str(subject),
            details=details,
        )
    )

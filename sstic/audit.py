"""Writing the audit row of a change, in the transaction of the change itself.

Each row seals the one before it: ``digest`` is the SHA-256 of that row's digest and of what this row says. The single
row of ``audit_head`` is the end of the chain; it is locked by whoever adds to it, so that numbers have no hole.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.tables import Table
from sstic.tables.audit import AuditEvent, AuditHead

WITHHELD = "withheld"


def record(session: Session, actor: str, action: str, table: str, subject: object, details: dict[str, Any]) -> None:
    """Add an audit row: who did what to which row."""
    session.flush()
    head = session.scalars(sa.select(AuditHead).with_for_update()).one()
    event = AuditEvent(
        number=head.number + 1,
        happened_at=datetime.now(UTC),
        actor=actor,
        action=action,
        subject_table=table,
        subject_id=str(subject),
        details=details,
    )
    event.digest = seal(head.digest, event)
    head.number, head.digest = event.number, event.digest
    session.add(event)
    session.flush()


def seal(before: str, event: AuditEvent) -> str:
    """The digest of an event that follows the digest ``before``."""
    said = [
        before,
        event.number,
        event.happened_at.astimezone(UTC).isoformat(),
        event.actor,
        event.action,
        event.subject_table,
        event.subject_id,
        event.details,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def changed(row: Table) -> dict[str, dict[str, Any]]:
    """What a row was and will be, for each of its own fields that changed and is not flushed yet.

    Fields marked ``personal`` or ``secret`` beside their column are told as withheld.
    """
    state, told = sa.inspect(row), {}
    for name, column in state.mapper.columns.items():
        history = state.attrs[name].history
        if not history.has_changes():
            continue
        hides = bool(column.info.get("personal") or column.info.get("secret"))
        before, after = (next(iter(side)) if side else None for side in (history.deleted, history.added))
        told[name] = {"before": _told(before, hides), "after": _told(after, hides)}
    return told


def _told(value: Any, hides: bool) -> Any:
    if value is None or isinstance(value, bool | int | float | dict | list):
        return WITHHELD if hides and value is not None else value
    return WITHHELD if hides else str(value)

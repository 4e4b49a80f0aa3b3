"""Writing the audit row of a change, in the transaction of the change itself.

Each row seals the one before it: ``digest`` is the SHA-256 of that row's digest and of what this row says. The single
row of ``audit_head`` is the end of the chain; it is locked by whoever adds to it, so that numbers have no hole.

``details`` tell what changed as ``{"title": {"before": ..., "after": ...}}``, from ``changed`` or ``removed``, and
beside it whatever facts name the change.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, Session

from sstic.tables import Table
from sstic.tables.audit import AuditEvent, AuditHead

WITHHELD = "withheld"


def record(session: Session, actor: str, action: str, table: str, subject: object, details: dict[str, Any]) -> None:
    """Add an audit row: who did what to which row."""
    session.flush()
    head = session.scalars(sa.select(AuditHead).with_for_update().execution_options(populate_existing=True)).one()
    event = AuditEvent(
        number=head.number + 1,
        happened_at=datetime.now(UTC),
        actor=actor,
        action=action,
        subject_table=table,
        subject_id=str(subject),
        details=json.loads(json.dumps(details)),  # sealed as they will be read
    )
    event.digest = seal(head.digest, event)
    head.number, head.digest = event.number, event.digest
    session.add(event)
    session.flush()


def seal(before: str, event: AuditEvent | sa.Row[Any]) -> str:
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


def changed(row: Table, *only: str) -> dict[str, dict[str, Any]]:
    """What a row was and will be, for each of its own fields that changed and is not flushed yet.

    Fields marked ``personal`` or ``secret`` beside their column are told as withheld. ``only`` names the fields to
    tell; by default all.
    """
    state: InstanceState[Any] = sa.inspect(row)
    told = {}
    for name, column in state.mapper.columns.items():
        history = state.attrs[name].history
        if not history.has_changes() or (only and name not in only):
            continue
        after = next(iter(history.added), None)
        before = next(iter(history.deleted)) if history.deleted else _stored(state, column)
        if before != after:
            told[name] = {"before": _told(before, column), "after": _told(after, column)}
    return told


def removed(row: Table, *only: str) -> dict[str, dict[str, Any]]:
    """What a row was that is about to be removed."""
    told = {}
    for name, column in sa.inspect(type(row)).columns.items():
        value = _told(getattr(row, name), column)
        if value is not None and not column.primary_key and (not only or name in only):
            told[name] = {"before": value, "after": None}
    return told


def _stored(state: InstanceState[Any], column: sa.Column[Any]) -> Any:
    """The value of a field that was set without being read before; a new row has none."""
    if not state.persistent or state.session is None or state.identity is None:
        return None
    (key,) = state.mapper.primary_key
    with state.session.no_autoflush:
        return state.session.scalar(sa.select(column).where(key == state.identity[0]))


def _told(value: Any, column: sa.Column[Any]) -> Any:
    if value is not None and (column.info.get("personal") or column.info.get("secret")):
        return WITHHELD
    return value if value is None or isinstance(value, bool | int | float | dict | list) else str(value)

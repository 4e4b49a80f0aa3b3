"""What was done, by whom and when. Rows are only ever added, and each seals the one before it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sstic.tables.base import ACTOR, Code, Id, Table

# The triggers by which a database keeps the audit as it is; migration 0004 makes them. A migration that rebuilds one
# of these tables on SQLite takes them away and must make them anew.
_GUARDS = (
    "audit_event_is_never_changed",
    "audit_event_is_added_in_order",
    "audit_head_is_never_removed",
    "audit_head_moves_forward_by_one",
)
GUARDS = {
    "sqlite": (*_GUARDS, "audit_event_is_never_removed", "audit_head_is_one_row"),
    "postgresql": _GUARDS,
}


class AuditEvent(Table):
    """One change, written in the transaction of the change itself.

    ``number`` counts without a hole. ``digest`` covers the row and the digest before it, so that a row that was
    changed, taken out or put in shows. ``actor`` is a pseudonym, as in ``user:7``; the name is looked up beside it.
    """

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index("ix_audit_event_subject", "subject_table", "subject_id"),)
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    happened_at: Mapped[datetime]
    actor: Mapped[Code] = mapped_column(info=ACTOR)
    action: Mapped[Code]
    subject_table: Mapped[Code]
    subject_id: Mapped[str] = mapped_column(sa.String(80))
    details: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(sa.String(64))


class AuditHead(Table):
    """The end of the chain: one row, locked by whoever adds the next event."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[Id]
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))

"""What was done, by whom and when. Rows are only ever added, and each seals the one before it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sstic.tables.base import Code, Id, Table


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
    actor: Mapped[Code]
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

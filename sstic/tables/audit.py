"""What was done, by whom and when. Rows are only ever added."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sstic.tables.base import Code, Id, Table


class AuditEvent(Table):
    """One change, written in the transaction of the change itself."""

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index("ix_audit_event_subject", "subject_table", "subject_id"),)
    id: Mapped[Id]
    happened_at: Mapped[datetime]
    actor: Mapped[Code]
    action: Mapped[Code]
    subject_table: Mapped[Code]
    subject_id: Mapped[str] = mapped_column(sa.String(80))
    details: Mapped[dict[str, Any]]

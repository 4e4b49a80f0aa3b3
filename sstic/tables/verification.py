"""Whether an organization may be trusted: five questions, screening against a sanctions list, flags."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Code, Id, Line, Prose, Table, moves_known, one_of
from sstic.tables.organizations import Organization

SCREENING_MOVES: dict[str, tuple[str, ...]] = {
    "open": ("false_positive", "confirmed"),
    "false_positive": ("open",),
    "confirmed": ("open",),
}
FLAG_LEVELS = ("observation", "yellow", "red")
VERIFICATION_RESULTS = ("passed", "conditional", "failed")


class Verification(Table):
    """The recorded answers to the five questions on one day, and what they come to."""

    __tablename__ = "verification"
    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    answers: Mapped[dict[str, Any]]
    result: Mapped[str] = mapped_column(one_of("verification_result", *VERIFICATION_RESULTS))
    verified_on: Mapped[date]
    expires_on: Mapped[date]
    verified_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    organization: Mapped[Organization] = relationship()


class SanctionsEntry(Table):
    """An entry of the consolidated list that was loaded last; ``digest`` changes when the entry does."""

    __tablename__ = "sanctions_entry"
    reference: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(one_of("sanctions_kind", "individual", "entity"))
    names: Mapped[list[Any]]
    digest: Mapped[str] = mapped_column(sa.String(64))
    listed_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class ScreeningMatch(Table):
    """A name that resembles an organization's. A cleared one stays cleared until the entry or the name changes.

    ``delisted_at`` says since when the entry is not on the list any more; what was decided stays.
    """

    __tablename__ = "screening_match"
    __table_args__ = (sa.UniqueConstraint("organization_id", "entry_reference"),)
    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    entry_reference: Mapped[Code]
    entry_digest: Mapped[str] = mapped_column(sa.String(64))
    listed_name: Mapped[Line]
    organization_name: Mapped[Line]
    score: Mapped[int]
    status: Mapped[str] = mapped_column(one_of("screening_status", *moves_known(SCREENING_MOVES)), index=True)
    found_at: Mapped[datetime]
    delisted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    reason: Mapped[Prose | None]
    organization: Mapped[Organization] = relationship()


class Flag(Table):
    """A remark on an organization. It is lifted, never removed."""

    __tablename__ = "organization_flag"
    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    level: Mapped[str] = mapped_column(one_of("flag_level", *FLAG_LEVELS))
    reason: Mapped[Prose]
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    lift_reason: Mapped[Prose | None]
    organization: Mapped[Organization] = relationship()

"""What a run proposes, and what was decided about it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Code, Id, Prose, Table, moves_known, one_of
from sstic.tables.countries import Country
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice
from sstic.tables.investment import Investor, ITPOOffice
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need

TRIANGULAR_PROPOSAL_MOVES: dict[str, tuple[str, ...]] = {
    "suggested": ("shortlisted", "declined", "lapsed"),
    "shortlisted": ("approved_for_consent", "suggested", "declined", "lapsed"),
    "approved_for_consent": ("beneficiary_consented", "declined", "lapsed"),
    "beneficiary_consented": ("provider_consented", "declined", "lapsed"),
    "provider_consented": ("donor_consented", "declined", "lapsed"),
    "donor_consented": ("formulation", "declined", "lapsed"),
    "formulation": ("concept_note", "declined", "lapsed"),
    "concept_note": ("submitted", "declined", "lapsed"),
    "submitted": ("approved", "rejected", "reserve"),
    "reserve": ("approved", "rejected", "lapsed"),
    "approved": ("agreement", "lapsed"),
    "rejected": (),
    "agreement": ("implementing", "lapsed"),
    "implementing": ("completed",),
    "completed": ("ex_post",),
    "ex_post": (),
    "declined": (),
    "lapsed": (),
}
INVESTMENT_PROPOSAL_MOVES: dict[str, tuple[str, ...]] = {
    "suggested": ("itpo_accepted", "lost"),
    "itpo_accepted": ("teaser_sent", "stalled", "lost"),
    "teaser_sent": ("investor_interested", "not_interested", "stalled"),
    "investor_interested": ("government_consent", "stalled", "lost"),
    "government_consent": ("disclosed", "stalled", "lost"),
    "disclosed": ("promoted", "stalled", "lost"),
    "promoted": ("negotiation", "stalled", "lost"),
    "negotiation": ("concluded", "stalled", "lost"),
    "concluded": ("operational", "lost"),
    "operational": (),
    "not_interested": (),
    "stalled": ("teaser_sent", "promoted", "negotiation", "lost"),
    "lost": (),
}


class TriangularProposal(Table):
    """Need x good practice of a provider x funding window. Points are whole hundredths of a point."""

    __tablename__ = "triangular_proposal"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "need_id"),
        sa.CheckConstraint("points between 0 and 10000", name="points_in_range"),
    )
    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id"), index=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), index=True)
    provider_iso3: Mapped[str | None] = mapped_column(sa.ForeignKey("country.iso3"), index=True)
    window_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_window.id"), index=True)
    status: Mapped[str] = mapped_column(
        one_of("triangular_status", *moves_known(TRIANGULAR_PROPOSAL_MOVES)), index=True
    )
    points: Mapped[int]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    ledger: Mapped[list[Any]]
    questions: Mapped[list[Any]]
    budget_split: Mapped[list[Any]]
    runner_up: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    evidence: Mapped[list[Any]]
    run: Mapped[MatchRun] = relationship()
    need: Mapped[Need] = relationship()
    practice: Mapped[GoodPractice] = relationship()
    provider: Mapped[Country | None] = relationship()
    window: Mapped[FundingWindow] = relationship()
    parts: Mapped[list["TriangularScorePart"]] = relationship(order_by="TriangularScorePart.position")


class TriangularScorePart(Table):
    """What one criterion gave. ``weight`` is what counted after unknown criteria were left out.

    ``signals`` tells what each signal brought to it: signal, points (none: unknown), fact and year.
    """

    __tablename__ = "triangular_score_part"
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("triangular_proposal.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    criterion: Mapped[Code]
    weight: Mapped[int]
    points: Mapped[int | None]
    reason: Mapped[Prose]
    signals: Mapped[list[Any]] = mapped_column(default=list)


class InvestmentProposal(Table):
    """Need x investor x ITPO office. Points are whole hundredths of a point."""

    __tablename__ = "investment_proposal"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "need_id"),
        sa.CheckConstraint("points between 0 and 10000", name="points_in_range"),
    )
    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id"), index=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    investor_id: Mapped[int] = mapped_column(sa.ForeignKey("investor.id"), index=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("itpo_office.id"), index=True)
    status: Mapped[str] = mapped_column(
        one_of("investment_status", *moves_known(INVESTMENT_PROPOSAL_MOVES)), index=True
    )
    points: Mapped[int]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    ledger: Mapped[list[Any]]
    questions: Mapped[list[Any]]
    runner_up: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    run: Mapped[MatchRun] = relationship()
    need: Mapped[Need] = relationship()
    investor: Mapped[Investor] = relationship()
    office: Mapped[ITPOOffice] = relationship()
    parts: Mapped[list["InvestmentScorePart"]] = relationship(order_by="InvestmentScorePart.position")


class InvestmentScorePart(Table):
    """What one criterion gave. ``weight`` is what counted after unknown criteria were left out."""

    __tablename__ = "investment_score_part"
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("investment_proposal.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    criterion: Mapped[Code]
    weight: Mapped[int]
    points: Mapped[int | None]
    reason: Mapped[Prose]


class Decision(Table):
    """An answer of a party, or a coordinator's step, on exactly one proposal."""

    __tablename__ = "decision"
    __table_args__ = (sa.CheckConstraint("(triangular_id is null) <> (investment_id is null)", name="one_proposal"),)
    id: Mapped[Id]
    triangular_id: Mapped[int | None] = mapped_column(sa.ForeignKey("triangular_proposal.id"), index=True)
    investment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("investment_proposal.id"), index=True)
    from_status: Mapped[Code]
    to_status: Mapped[Code]
    reason: Mapped[Prose | None]
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    decided_at: Mapped[datetime]

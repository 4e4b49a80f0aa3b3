"""What countries ask for, who wrote which part of it, and the way of a need from draft to open."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.accounts import PERSONAL, User
from sstic.tables.base import Code, Id, Iso3, Line, Link, Prose, Table, moves_known, one_of
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.countries import Country
from sstic.tables.organizations import Organization

NEED_MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("submitted", "withdrawn"),
    "submitted": ("returned", "endorsed", "withdrawn"),
    "returned": ("submitted", "withdrawn"),
    "endorsed": ("open", "returned", "withdrawn"),
    "open": ("in_proposal", "expired", "returned", "withdrawn"),
    "in_proposal": ("open", "matched", "withdrawn"),
    "matched": (),
    "expired": ("renewed",),
    "renewed": ("open", "returned", "withdrawn"),
    "withdrawn": (),
}
OWNED = "all, delete-orphan"
NEED_STEPS = ("what", "why", "who", "targets", "help", "money", "timing", "contacts")
CONTRIBUTION_KINDS = ("cash", "in_kind")
MODALITIES = ("technical_assistance", "training", "technology_transfer", "policy_advice", "investment")


class Need(Table):
    """A need of a country. A budget is there only where the source states one.

    ``origin`` tells a published need, read in a public source and never endorsed here, from one that a
    government submitted through the form. ``version`` counts the changes of what the government wrote. A need that
    is endorsed and then changed goes back to ``returned``. It stands until ``expires_on``.
    """

    __tablename__ = "need"
    __table_args__ = (
        sa.CheckConstraint("(budget_amount is null) = (budget_currency is null)", name="budget_has_currency"),
        sa.CheckConstraint("budget_amount >= 0", name="budget_not_negative"),
        sa.CheckConstraint("self_financing_share between 0 and 100", name="self_financing_is_percent"),
        sa.CheckConstraint("year between 1990 and 2100", name="year_is_recent"),
        sa.CheckConstraint("people_reached >= 0", name="people_not_negative"),
        sa.CheckConstraint("women_percent between 0 and 100", name="women_is_percent"),
    )
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    country_iso3: Mapped[Iso3]
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    title: Mapped[Line]
    statement: Mapped[Prose]
    action_area: Mapped[str] = mapped_column(one_of("need_area", *ACTION_AREAS), index=True)
    budget_amount: Mapped[Decimal | None]
    budget_currency: Mapped[str | None] = mapped_column(sa.String(3))
    self_financing_share: Mapped[int | None]
    year: Mapped[int | None]
    priority: Mapped[int | None]
    origin: Mapped[str] = mapped_column(one_of("need_origin", "published", "submitted"))
    status: Mapped[str] = mapped_column(one_of("need_status", *moves_known(NEED_MOVES)), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    endorsed_at: Mapped[datetime | None]
    source_url: Mapped[Link | None]
    source_note: Mapped[Prose | None]
    why: Mapped[Prose | None]
    evidence: Mapped[Prose | None]
    evidence_url: Mapped[Link | None]
    beneficiaries: Mapped[Prose | None]
    people_reached: Mapped[int | None]
    women_percent: Mapped[int | None]
    places: Mapped[Line | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    country: Mapped[Country] = relationship()
    organization: Mapped[Organization | None] = relationship()
    author: Mapped[User | None] = relationship()
    themes: Mapped[list["NeedTheme"]] = relationship(order_by="NeedTheme.theme_code", cascade=OWNED)
    isic: Mapped[list["NeedIsic"]] = relationship(order_by="NeedIsic.isic_code", cascade=OWNED)
    sdg_targets: Mapped[list["NeedSdgTarget"]] = relationship(order_by="NeedSdgTarget.target_code", cascade=OWNED)
    modalities: Mapped[list["NeedModality"]] = relationship(order_by="NeedModality.modality", cascade=OWNED)
    indicators: Mapped[list["NeedIndicator"]] = relationship(order_by="NeedIndicator.position", cascade=OWNED)
    contributions: Mapped[list["NeedContribution"]] = relationship(order_by="NeedContribution.position", cascade=OWNED)
    contacts: Mapped[list["NeedContact"]] = relationship(order_by="NeedContact.position", cascade=OWNED)
    edits: Mapped[list["NeedStepEdit"]] = relationship(order_by="NeedStepEdit.id", cascade=OWNED)
    comments: Mapped[list["NeedComment"]] = relationship(order_by="NeedComment.id", cascade=OWNED)
    moves: Mapped[list["NeedMove"]] = relationship(order_by="NeedMove.id", cascade=OWNED)
    letters: Mapped[list["NeedAttachment"]] = relationship(order_by="NeedAttachment.id", cascade=OWNED)


class NeedTheme(Table):
    """A theme that a need is coded with."""

    __tablename__ = "need_theme"
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), primary_key=True)
    theme_code: Mapped[str] = mapped_column(sa.ForeignKey("theme.code"), primary_key=True)


class NeedIsic(Table):
    """An industry that a need is coded with."""

    __tablename__ = "need_isic"
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), primary_key=True)
    isic_code: Mapped[str] = mapped_column(sa.ForeignKey("isic.code"), primary_key=True)


class NeedSdgTarget(Table):
    """A target of the 2030 Agenda that a need serves."""

    __tablename__ = "need_sdg_target"
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), primary_key=True)
    target_code: Mapped[str] = mapped_column(sa.ForeignKey("sdg_target.code"), primary_key=True)


class NeedModality(Table):
    """A kind of help that a need asks for."""

    __tablename__ = "need_modality"
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), primary_key=True)
    modality: Mapped[str] = mapped_column(one_of("modality", *MODALITIES), primary_key=True)


class NeedIndicator(Table):
    """What a need wants to change, measured: where it stands and where it shall get."""

    __tablename__ = "need_indicator"
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    position: Mapped[int]
    name: Mapped[Line | None]
    unit: Mapped[Line | None]
    baseline: Mapped[float | None]
    baseline_year: Mapped[int | None]
    target: Mapped[float | None]
    target_year: Mapped[int | None]


class NeedContribution(Table):
    """What the country brings itself. Cash and in kind stand apart and are never added up."""

    __tablename__ = "need_contribution"
    __table_args__ = (
        sa.CheckConstraint("(amount is null) = (currency is null)", name="amount_has_currency"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
    )
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str | None] = mapped_column(one_of("need_contribution_kind", *CONTRIBUTION_KINDS))
    description: Mapped[Line | None]
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))


class NeedContact(Table):
    """Whom to ask about a need. Seen by those who work on it, never published."""

    __tablename__ = "need_contact"
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    position: Mapped[int]
    name: Mapped[Line | None] = mapped_column(info=PERSONAL)
    role: Mapped[Line | None] = mapped_column(info=PERSONAL)
    organization: Mapped[Line | None]
    email: Mapped[str | None] = mapped_column(sa.String(254), info=PERSONAL)
    phone: Mapped[str | None] = mapped_column(sa.String(40), info=PERSONAL)


class NeedStepEdit(Table):
    """Who saved a step of the form last, and when. ``version`` counts how often, so that nobody overwrites unseen."""

    __tablename__ = "need_step_edit"
    __table_args__ = (sa.UniqueConstraint("need_id", "step"),)
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    step: Mapped[str] = mapped_column(one_of("need_step", *NEED_STEPS))
    version: Mapped[int]
    edited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    edited_at: Mapped[datetime]
    edited_by: Mapped[User] = relationship()


class NeedComment(Table):
    """What somebody who returned a need asks for at one answer; ``field`` is empty where it concerns the whole."""

    __tablename__ = "need_comment"
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    field: Mapped[Code]
    text: Mapped[Prose]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    made_by: Mapped[User] = relationship()


class NeedMove(Table):
    """A step of a need on its way, for the receipt. Without ``made_by_id`` the service made it by the calendar."""

    __tablename__ = "need_move"
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    status: Mapped[str] = mapped_column(one_of("need_move_status", *moves_known(NEED_MOVES)))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    reason: Mapped[Prose | None]
    made_by: Mapped[User | None] = relationship()


class NeedAttachment(Table):
    """A letter of endorsement. The file lies outside the web root under its digest."""

    __tablename__ = "need_attachment"
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    file_name: Mapped[Line]
    size: Mapped[int]
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[User] = relationship()

"""What countries ask for."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Id, Iso3, Line, Link, Prose, Table, moves_known, one_of
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.countries import Country
from sstic.tables.organizations import Organization

NEED_MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("submitted", "withdrawn"),
    "submitted": ("returned", "endorsed", "withdrawn"),
    "returned": ("submitted", "withdrawn"),
    "endorsed": ("open", "withdrawn"),
    "open": ("in_proposal", "expired", "withdrawn"),
    "in_proposal": ("open", "matched", "withdrawn"),
    "matched": (),
    "expired": ("renewed",),
    "renewed": ("open", "withdrawn"),
    "withdrawn": (),
}
MODALITIES = ("technical_assistance", "training", "technology_transfer", "policy_advice", "investment")


class Need(Table):
    """A need of a country. A budget is there only where the source states one.

    ``origin`` tells a published need, read in a public source and never endorsed here, from one that a
    government submitted through the form.
    """

    __tablename__ = "need"
    __table_args__ = (
        sa.CheckConstraint("(budget_amount is null) = (budget_currency is null)", name="budget_has_currency"),
        sa.CheckConstraint("budget_amount >= 0", name="budget_not_negative"),
        sa.CheckConstraint("self_financing_share between 0 and 100", name="self_financing_is_percent"),
        sa.CheckConstraint("year between 1990 and 2100", name="year_is_recent"),
    )
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
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
    country: Mapped[Country] = relationship()
    organization: Mapped[Organization | None] = relationship()
    themes: Mapped[list["NeedTheme"]] = relationship(order_by="NeedTheme.theme_code")
    isic: Mapped[list["NeedIsic"]] = relationship(order_by="NeedIsic.isic_code")
    sdg_targets: Mapped[list["NeedSdgTarget"]] = relationship(order_by="NeedSdgTarget.target_code")
    modalities: Mapped[list["NeedModality"]] = relationship(order_by="NeedModality.modality")


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

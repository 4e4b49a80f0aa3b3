"""Donors' calls."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Code, Id, Line, Link, Prose, Table, moves_known, one_of
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.organizations import Organization

FUNDING_WINDOW_MOVES: dict[str, tuple[str, ...]] = {
    "announced": ("open", "closed"),
    "open": ("closed",),
    "closed": ("decided", "open"),
    "decided": (),
}
DONOR_TYPES = ("northern", "southern", "multilateral", "dfi", "private")


class FundingWindow(Table):
    """A donor's call. An empty field means that the source did not say: unknown, never zero and never open.

    A complete list of countries is all that a window accepts; else it accepts the members of its groupings and the
    countries named. ``eligible_countries_complete`` is false where a country outside may be accepted too.
    ``budget_group`` ties rows whose stated budgets are the same money, so that they are never added up.
    """

    __tablename__ = "funding_window"
    __table_args__ = (
        sa.CheckConstraint("min_ticket <= max_ticket", name="ticket_floor_below_ceiling"),
        sa.CheckConstraint("cofinancing_share between 0 and 100", name="cofinancing_is_percent"),
        sa.CheckConstraint("open_to is null or open_from is null or open_to >= open_from", name="closes_after_opening"),
        sa.CheckConstraint("min_parties >= 1", name="parties_positive"),
    )
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    donor_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    donor_type: Mapped[str] = mapped_column(one_of("donor_type", *DONOR_TYPES))
    name: Mapped[Line]
    instrument: Mapped[str] = mapped_column(
        one_of("window_instrument", "grant", "technical_assistance", "blended", "loan", "in_kind")
    )
    kind: Mapped[str] = mapped_column(one_of("window_kind", "call", "programme", "past_contribution"))
    total_budget: Mapped[Decimal | None]
    min_ticket: Mapped[Decimal | None]
    max_ticket: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="USD")
    budget_group: Mapped[Code | None]
    cofinancing_share: Mapped[int | None]
    min_parties: Mapped[int | None]
    eligible_regions_text: Mapped[Line]
    eligible_countries_complete: Mapped[bool] = mapped_column(default=True)
    open_from: Mapped[date | None]
    open_to: Mapped[date | None]
    recurs: Mapped[bool | None]
    status: Mapped[str | None] = mapped_column(one_of("window_status", *moves_known(FUNDING_WINDOW_MOVES)))
    source_url: Mapped[Link | None]
    source_note: Mapped[Prose | None]
    donor: Mapped[Organization] = relationship()
    areas: Mapped[list["FundingWindowArea"]] = relationship(order_by="FundingWindowArea.action_area")
    themes: Mapped[list["FundingWindowTheme"]] = relationship(order_by="FundingWindowTheme.theme_code")
    groupings: Mapped[list["FundingWindowGrouping"]] = relationship(order_by="FundingWindowGrouping.grouping_code")
    countries: Mapped[list["FundingWindowCountry"]] = relationship(order_by="FundingWindowCountry.iso3")


class FundingWindowArea(Table):
    """An action area that a window funds."""

    __tablename__ = "funding_window_area"
    window_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_window.id"), primary_key=True)
    action_area: Mapped[str] = mapped_column(one_of("window_area", *ACTION_AREAS), primary_key=True)


class FundingWindowTheme(Table):
    """A theme that a window is coded with."""

    __tablename__ = "funding_window_theme"
    window_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_window.id"), primary_key=True)
    theme_code: Mapped[str] = mapped_column(sa.ForeignKey("theme.code"), primary_key=True)


class FundingWindowGrouping(Table):
    """A grouping whose members the window accepts, or, with ``excluded``, does not accept."""

    __tablename__ = "funding_window_grouping"
    window_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_window.id"), primary_key=True)
    grouping_code: Mapped[str] = mapped_column(sa.ForeignKey("grouping.code"), primary_key=True)
    excluded: Mapped[bool] = mapped_column(default=False)


class FundingWindowCountry(Table):
    """A country that the window names as eligible."""

    __tablename__ = "funding_window_country"
    window_id: Mapped[int] = mapped_column(sa.ForeignKey("funding_window.id"), primary_key=True)
    iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), primary_key=True)

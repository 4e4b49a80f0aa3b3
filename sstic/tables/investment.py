"""ITPO offices, investors and what they look for."""

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Id, Iso3, Line, Link, Prose, Table, one_of
from sstic.tables.organizations import Organization


class ITPOOffice(Table):
    """A UNIDO Investment and Technology Promotion Office. Its case capacity is made up where ``is_demo`` says so."""

    __tablename__ = "itpo_office"
    __table_args__ = (sa.CheckConstraint("case_capacity >= 0", name="capacity_not_negative"),)
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), unique=True)
    city: Mapped[Line]
    host_iso3: Mapped[Iso3]
    founded: Mapped[int | None]
    sectors_text: Mapped[Prose]
    regions_text: Mapped[Line]
    case_capacity: Mapped[int | None]
    capacity_is_demo: Mapped[bool] = mapped_column(default=False)
    source_url: Mapped[Link | None]
    organization: Mapped[Organization] = relationship()
    groupings: Mapped[list["ITPOOfficeGrouping"]] = relationship(order_by="ITPOOfficeGrouping.grouping_code")


class ITPOOfficeGrouping(Table):
    """A grouping whose members the office serves."""

    __tablename__ = "itpo_office_grouping"
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("itpo_office.id"), primary_key=True)
    grouping_code: Mapped[str] = mapped_column(sa.ForeignKey("grouping.code"), primary_key=True)


class Investor(Table):
    """An investor. The seeded ones are public institutions, described by public facts only."""

    __tablename__ = "investor"
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), unique=True)
    kind: Mapped[str] = mapped_column(
        one_of(
            "investor_kind",
            "multilateral_dfi",
            "bilateral_dfi",
            "regional_dfi",
            "southern_dfi",
            "private_equity_fund",
            "impact_fund",
            "infrastructure_fund",
            "sovereign_fund",
            "export_credit_bank",
            "other_fund",
            "industrial_investor",
        )
    )
    kind_text: Mapped[Line]
    is_public: Mapped[bool]
    source_url: Mapped[Link | None]
    organization: Mapped[Organization] = relationship()
    mandates: Mapped[list["Mandate"]] = relationship(order_by="Mandate.id")


class Mandate(Table):
    """What an investor looks for. ``example_deal`` names amounts of deals once made, never a ticket limit.

    ``countries_are_examples`` tells that the countries named are past deals, so that they do not limit; where the
    groupings are empty too, where the investor goes is unknown. ``deals_are_demo`` marks a made-up number of deals.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        sa.CheckConstraint("min_ticket <= max_ticket", name="ticket_floor_below_ceiling"),
        sa.CheckConstraint("deals_per_year >= 0", name="deals_not_negative"),
    )
    id: Mapped[Id]
    investor_id: Mapped[int] = mapped_column(sa.ForeignKey("investor.id"), unique=True)
    regions_text: Mapped[Line]
    countries_are_examples: Mapped[bool] = mapped_column(default=False)
    min_ticket: Mapped[Decimal | None]
    max_ticket: Mapped[Decimal | None]
    example_deal: Mapped[Line | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="USD")
    instruments: Mapped[Line | None]
    sustainability_focus: Mapped[Prose | None]
    deals_per_year: Mapped[int | None]
    deals_are_demo: Mapped[bool] = mapped_column(default=False)
    themes: Mapped[list["MandateTheme"]] = relationship(order_by="MandateTheme.theme_code")
    isic: Mapped[list["MandateIsic"]] = relationship(order_by="MandateIsic.isic_code")
    groupings: Mapped[list["MandateGrouping"]] = relationship(order_by="MandateGrouping.grouping_code")
    countries: Mapped[list["MandateCountry"]] = relationship(order_by="MandateCountry.iso3")


class MandateTheme(Table):
    """A theme that a mandate is coded with."""

    __tablename__ = "mandate_theme"
    mandate_id: Mapped[int] = mapped_column(sa.ForeignKey("mandate.id"), primary_key=True)
    theme_code: Mapped[str] = mapped_column(sa.ForeignKey("theme.code"), primary_key=True)


class MandateIsic(Table):
    """An industry that a mandate covers."""

    __tablename__ = "mandate_isic"
    mandate_id: Mapped[int] = mapped_column(sa.ForeignKey("mandate.id"), primary_key=True)
    isic_code: Mapped[str] = mapped_column(sa.ForeignKey("isic.code"), primary_key=True)


class MandateGrouping(Table):
    """A grouping whose members a mandate covers."""

    __tablename__ = "mandate_grouping"
    mandate_id: Mapped[int] = mapped_column(sa.ForeignKey("mandate.id"), primary_key=True)
    grouping_code: Mapped[str] = mapped_column(sa.ForeignKey("grouping.code"), primary_key=True)


class MandateCountry(Table):
    """A country that a mandate names."""

    __tablename__ = "mandate_country"
    mandate_id: Mapped[int] = mapped_column(sa.ForeignKey("mandate.id"), primary_key=True)
    iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), primary_key=True)

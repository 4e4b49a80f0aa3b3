"""Countries and what is known of them, each fact with its years and its source."""

from datetime import date
from typing import Annotated

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Code, Id, Iso3, Line, Link, Prose, Table, one_of

FACT_KINDS = ("income_group", "ldc", "lldc", "sids", "oda_eligible", "dac_member", "un_regional_group", "unido_member")

Key = Annotated[str, mapped_column(sa.ForeignKey("country.iso3"), primary_key=True)]


class Source(Table):
    """Where facts were read: publisher, licence and how far the licence was checked."""

    __tablename__ = "source"
    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Line]
    publisher: Mapped[Line]
    licence: Mapped[Line]
    licence_checked: Mapped[bool]
    url: Mapped[Link | None]
    collected_on: Mapped[date | None]


class Country(Table):
    """A country or territory that can give, receive or fund."""

    __tablename__ = "country"
    __table_args__ = (
        sa.CheckConstraint("length(iso3) = 3", name="iso3_has_three_letters"),
        sa.CheckConstraint("latitude between -90 and 90", name="latitude_on_globe"),
        sa.CheckConstraint("longitude between -180 and 180", name="longitude_on_globe"),
    )
    iso3: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    iso2: Mapped[str] = mapped_column(sa.String(2), unique=True)
    m49: Mapped[str | None] = mapped_column(sa.String(3), unique=True)
    name_en: Mapped[Line]
    name_fr: Mapped[Line]
    name_es: Mapped[Line]
    name_ar: Mapped[Line]
    name_ru: Mapped[Line]
    name_zh: Mapped[Line]
    region: Mapped[Line]
    subregion: Mapped[Line]
    capital: Mapped[Line | None]
    latitude: Mapped[float]
    longitude: Mapped[float]
    currencies: Mapped[Line | None]
    facts: Mapped[list["CountryFact"]] = relationship(back_populates="country", order_by="CountryFact.valid_from")
    languages: Mapped[list["CountryLanguage"]] = relationship()


class CountryFact(Table):
    """A dated fact: income group, LDC, LLDC, SIDS or ODA status. ``valid_to`` empty means: still so when collected."""

    __tablename__ = "country_fact"
    __table_args__ = (
        sa.UniqueConstraint("iso3", "kind", "valid_from"),
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name="ends_after_start"),
    )
    id: Mapped[Id]
    iso3: Mapped[Iso3]
    kind: Mapped[str] = mapped_column(one_of("fact_kind", *FACT_KINDS))
    value: Mapped[Code]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source_code: Mapped[str] = mapped_column(sa.ForeignKey("source.code"))
    note: Mapped[Line | None]
    country: Mapped[Country] = relationship(back_populates="facts")


class CountryLanguage(Table):
    """A language spoken in a country, and its standing there."""

    __tablename__ = "country_language"
    iso3: Mapped[Key]
    language_code: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    language_name: Mapped[Line]
    standing: Mapped[str] = mapped_column(
        one_of("language_standing", "official", "de_facto_official", "official_regional")
    )
    source_code: Mapped[str] = mapped_column(sa.ForeignKey("source.code"))


class Indicator(Table):
    """A measured series, such as manufacturing value added per head."""

    __tablename__ = "indicator"
    code: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    name: Mapped[Line]
    unit: Mapped[Line]
    action_area: Mapped[str | None] = mapped_column(one_of("indicator_area", "technology", "skills", "environment"))
    used_for_resemblance: Mapped[bool] = mapped_column(default=False)
    source_code: Mapped[str] = mapped_column(sa.ForeignKey("source.code"))


class IndicatorValue(Table):
    """One value of a series for a country and year."""

    __tablename__ = "indicator_value"
    iso3: Mapped[Key]
    indicator_code: Mapped[str] = mapped_column(sa.ForeignKey("indicator.code"), primary_key=True, index=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[float]


class CountryPair(Table):
    """How far two countries lie apart; kept once per pair, alphabetically."""

    __tablename__ = "country_pair"
    __table_args__ = (sa.CheckConstraint("iso3_a < iso3_b", name="kept_once"),)
    iso3_a: Mapped[Key]
    iso3_b: Mapped[Key]
    distance_km: Mapped[int]
    contiguous: Mapped[bool]


class Grouping(Table):
    """A named set of countries: a regional organisation, a bloc, or a region as a donor words it."""

    __tablename__ = "grouping"
    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Line]
    kind: Mapped[str] = mapped_column(
        one_of("grouping_kind", "regional", "global_or_political", "development_bank", "region")
    )
    source_code: Mapped[str] = mapped_column(sa.ForeignKey("source.code"))


class Membership(Table):
    """A country's membership in a grouping."""

    __tablename__ = "membership"
    grouping_code: Mapped[str] = mapped_column(sa.ForeignKey("grouping.code"), primary_key=True)
    iso3: Mapped[Key]
    note: Mapped[Line | None]


class Treaty(Table):
    """A multilateral agreement that bears on industry or environment."""

    __tablename__ = "treaty"
    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Line]


class TreatyParty(Table):
    """A country's standing towards a treaty. Absence of a row does not prove non-membership."""

    __tablename__ = "treaty_party"
    treaty_code: Mapped[str] = mapped_column(sa.ForeignKey("treaty.code"), primary_key=True)
    iso3: Mapped[Key]
    standing: Mapped[Code]
    since_on: Mapped[date | None]
    source_code: Mapped[str] = mapped_column(sa.ForeignKey("source.code"))
    note: Mapped[Line | None]


class CooperationProject(Table):
    """A real past South-South or triangular project: the record of who did what with whom."""

    __tablename__ = "cooperation_project"
    id: Mapped[Id]
    reference: Mapped[Line] = mapped_column(unique=True)
    title: Mapped[Line]
    start_year: Mapped[int | None]
    end_year: Mapped[int | None]
    action_area: Mapped[str] = mapped_column(one_of("project_area", "technology", "skills", "environment", "other"))
    subjects: Mapped[Line]
    isic: Mapped[Line | None]
    modality: Mapped[str] = mapped_column(one_of("project_modality", "south-south", "triangular"))
    source_url: Mapped[Link]
    source_note: Mapped[Prose]
    parties: Mapped[list["CooperationParty"]] = relationship(order_by="CooperationParty.id")


class CooperationParty(Table):
    """A party of a past project. A facilitator may be an organization without a country."""

    __tablename__ = "cooperation_party"
    __table_args__ = (sa.UniqueConstraint("project_id", "role", "party"),)
    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperation_project.id"), index=True)
    role: Mapped[str] = mapped_column(one_of("party_role", "beneficiary", "provider", "facilitator"))
    party: Mapped[Code]
    iso3: Mapped[str | None] = mapped_column(sa.ForeignKey("country.iso3"), index=True)

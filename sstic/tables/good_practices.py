"""What worked somewhere and can be replicated, and what providers can give per year."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Id, Iso3, Line, Link, Prose, Table, moves_known, one_of
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.countries import Country
from sstic.tables.organizations import Organization

GOOD_PRACTICE_MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("provider_confirmed", "archived"),
    "provider_confirmed": ("reviewed", "draft"),
    "reviewed": ("published", "draft"),
    "published": ("review_due", "archived"),
    "review_due": ("renewed", "archived"),
    "renewed": ("published",),
    "archived": (),
}


class GoodPractice(Table):
    """A replicable practice. Preconditions of the seeded ones are a reading, hence ``preconditions_verified``."""

    __tablename__ = "good_practice"
    __table_args__ = (sa.CheckConstraint("start_year between 1950 and 2100", name="start_year_is_recent"),)
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[Line]
    institution_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    institution_name: Mapped[Line]
    action_area: Mapped[str] = mapped_column(one_of("practice_area", *ACTION_AREAS), index=True)
    programme_code: Mapped[str | None] = mapped_column(sa.ForeignKey("unido_programme.code"))
    summary: Mapped[Prose]
    preconditions: Mapped[Prose | None]
    preconditions_verified: Mapped[bool] = mapped_column(default=False)
    results: Mapped[Prose | None]
    results_kind: Mapped[str] = mapped_column(one_of("results_kind", "achieved", "planned", "unknown"))
    start_year: Mapped[int | None]
    origin: Mapped[str] = mapped_column(one_of("practice_origin", "published", "submitted"))
    status: Mapped[str] = mapped_column(one_of("practice_status", *moves_known(GOOD_PRACTICE_MOVES)), index=True)
    source_url: Mapped[Link | None]
    institution: Mapped[Organization | None] = relationship()
    providers: Mapped[list["GoodPracticeProvider"]] = relationship(order_by="GoodPracticeProvider.iso3")
    replications: Mapped[list["Replication"]] = relationship(order_by="Replication.iso3")
    themes: Mapped[list["GoodPracticeTheme"]] = relationship(order_by="GoodPracticeTheme.theme_code")
    isic: Mapped[list["GoodPracticeIsic"]] = relationship(order_by="GoodPracticeIsic.isic_code")
    sdg_targets: Mapped[list["GoodPracticeSdgTarget"]] = relationship(order_by="GoodPracticeSdgTarget.target_code")


class GoodPracticeProvider(Table):
    """A country that carries a practice and can provide it."""

    __tablename__ = "good_practice_provider"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), primary_key=True, index=True)
    country: Mapped[Country] = relationship()


class Replication(Table):
    """A country where a practice has been replicated."""

    __tablename__ = "replication"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), primary_key=True, index=True)


class GoodPracticeTheme(Table):
    """A theme that a practice is coded with."""

    __tablename__ = "good_practice_theme"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    theme_code: Mapped[str] = mapped_column(sa.ForeignKey("theme.code"), primary_key=True)


class GoodPracticeIsic(Table):
    """An industry that a practice is coded with."""

    __tablename__ = "good_practice_isic"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    isic_code: Mapped[str] = mapped_column(sa.ForeignKey("isic.code"), primary_key=True)


class GoodPracticeSdgTarget(Table):
    """A target of the 2030 Agenda that a practice serves."""

    __tablename__ = "good_practice_sdg_target"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    target_code: Mapped[str] = mapped_column(sa.ForeignKey("sdg_target.code"), primary_key=True)


class Capability(Table):
    """What a provider can give per year: so many projects at once. ``is_demo`` marks a made-up figure.

    A row names either an institution or a country as a whole, not both.
    """

    __tablename__ = "capability"
    __table_args__ = (
        sa.CheckConstraint("(institution_id is null) <> (country_iso3 is null)", name="one_holder"),
        sa.CheckConstraint("slots_per_year >= 0", name="slots_not_negative"),
        sa.UniqueConstraint("institution_id", "year"),
        sa.UniqueConstraint("country_iso3", "year"),
    )
    id: Mapped[Id]
    institution_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    country_iso3: Mapped[str | None] = mapped_column(sa.ForeignKey("country.iso3"), index=True)
    year: Mapped[int]
    slots_per_year: Mapped[int]
    expert_days_per_year: Mapped[int | None]
    is_demo: Mapped[bool]


class TechnologyOffer(Table):
    """A technology open for transfer. On its own it does not make a match South-South."""

    __tablename__ = "technology_offer"
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[Line]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    owner_iso3: Mapped[Iso3]
    action_area: Mapped[str] = mapped_column(one_of("offer_area", *ACTION_AREAS))
    theme_code: Mapped[str | None] = mapped_column(sa.ForeignKey("theme.code"))
    summary: Mapped[Prose]
    terms: Mapped[Prose | None]
    open_from: Mapped[date | None]
    open_to: Mapped[date | None]
    source_url: Mapped[Link | None]

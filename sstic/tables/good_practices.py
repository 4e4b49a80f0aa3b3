"""What worked somewhere and can be replicated, and what providers can give per year."""

from datetime import date, datetime

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
EVIDENCE_GRADES = ("independent", "compared", "monitored", "stated")
QUESTIONS = ("relevance", "impact", "replicability")
TECHNOLOGY_OFFER_MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("published", "withdrawn"),
    "published": ("draft", "withdrawn"),
    "withdrawn": (),
}
IP_TERMS = ("open", "licence", "exclusive_licence", "sale", "joint_venture", "to_be_agreed")
MATURITIES = ("concept", "prototype", "demonstrated", "in_use", "widely_used")


class GoodPractice(Table):
    """A replicable practice. Preconditions of the seeded ones are a reading, hence ``preconditions_verified``.

    The seeded ones tell preconditions and results as prose; one that comes through the form tells them in rows beside.
    ``version`` counts every change that was made by hand, of the practice and of the rows beside it.
    """

    __tablename__ = "good_practice"
    __table_args__ = (
        sa.CheckConstraint("start_year between 1950 and 2100", name="start_year_is_recent"),
        sa.Index("ix_good_practice_title_id", "title", "id"),
    )
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
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    evidence_grade: Mapped[str | None] = mapped_column(one_of("evidence_grade", *EVIDENCE_GRADES), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    review_due_on: Mapped[date | None]
    institution: Mapped[Organization | None] = relationship()
    providers: Mapped[list["GoodPracticeProvider"]] = relationship(order_by="GoodPracticeProvider.iso3")
    replications: Mapped[list["Replication"]] = relationship(order_by="Replication.iso3")
    themes: Mapped[list["GoodPracticeTheme"]] = relationship(order_by="GoodPracticeTheme.theme_code")
    isic: Mapped[list["GoodPracticeIsic"]] = relationship(order_by="GoodPracticeIsic.isic_code")
    sdg_targets: Mapped[list["GoodPracticeSdgTarget"]] = relationship(order_by="GoodPracticeSdgTarget.target_code")
    blocks: Mapped[list["PracticeBlock"]] = relationship(order_by="PracticeBlock.position")
    conditions: Mapped[list["PracticePrecondition"]] = relationship(order_by="PracticePrecondition.position")
    outcomes: Mapped[list["PracticeResult"]] = relationship(order_by="PracticeResult.position")
    evidence: Mapped[list["PracticeSource"]] = relationship(order_by="PracticeSource.position")
    steps: Mapped[list["PracticeStep"]] = relationship()
    editors: Mapped[list["PracticeEditor"]] = relationship()
    reviews: Mapped[list["PracticeReview"]] = relationship(order_by="PracticeReview.id.desc()")


class GoodPracticeProvider(Table):
    """A country that carries a practice and can provide it."""

    __tablename__ = "good_practice_provider"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), primary_key=True, index=True)
    country: Mapped[Country] = relationship()


class PracticeBlock(Table):
    """A part of a practice that can be used again elsewhere: what it is, and what it takes."""

    __tablename__ = "practice_block"
    __table_args__ = (sa.UniqueConstraint("practice_id", "position"),)
    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"))
    position: Mapped[int]
    what: Mapped[Prose]
    enabling_factors: Mapped[Prose | None]
    cost_driver: Mapped[Prose | None]
    lesson: Mapped[Prose | None]


class PracticePrecondition(Table):
    """What must be there (hard), or helps (soft), where a practice is replicated."""

    __tablename__ = "practice_precondition"
    __table_args__ = (sa.UniqueConstraint("practice_id", "position"),)
    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"))
    position: Mapped[int]
    is_hard: Mapped[bool]
    text: Mapped[Prose]


class PracticeResult(Table):
    """A measured result. A value that nobody measured is None: unknown."""

    __tablename__ = "practice_result"
    __table_args__ = (
        sa.UniqueConstraint("practice_id", "position"),
        sa.CheckConstraint("year between 1950 and 2100", name="year_is_recent"),
    )
    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"))
    position: Mapped[int]
    indicator: Mapped[Line]
    unit: Mapped[str | None] = mapped_column(sa.String(60))
    before: Mapped[float | None]
    after: Mapped[float | None]
    year: Mapped[int]
    method: Mapped[Prose | None]


class PracticeSource(Table):
    """A document that the results and the evidence grade rest on."""

    __tablename__ = "practice_source"
    __table_args__ = (
        sa.UniqueConstraint("practice_id", "position"),
        sa.CheckConstraint("year between 1950 and 2100", name="year_is_recent"),
    )
    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"))
    position: Mapped[int]
    title: Mapped[Line]
    year: Mapped[int | None]
    url: Mapped[Link | None]


class PracticeStep(Table):
    """A step of the form that was saved: who did so last. ``version`` counts its savings."""

    __tablename__ = "practice_step"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    edited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    edited_at: Mapped[datetime]


class PracticeEditor(Table):
    """A person who wrote a part of a practice, and so may not confirm, review or publish it."""

    __tablename__ = "practice_editor"
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True, index=True)


class PracticeReview(Table):
    """A reviewer's answers to the three questions; all three yes pass. A return by hand asks none: they are None."""

    __tablename__ = "practice_review"
    id: Mapped[Id]
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime]
    relevance: Mapped[bool | None]
    relevance_comment: Mapped[Prose | None]
    impact: Mapped[bool | None]
    impact_comment: Mapped[Prose | None]
    replicability: Mapped[bool | None]
    replicability_comment: Mapped[Prose | None]
    comment: Mapped[Prose | None]
    passed: Mapped[bool]


class Replication(Table):
    """A country where a practice has been replicated: claimed, until a focal point of each country has confirmed it.

    ``origin`` tells one that a public source states from one that came through the form.
    """

    __tablename__ = "replication"
    __table_args__ = (
        sa.CheckConstraint("year between 1950 and 2100", name="year_is_recent"),
        sa.CheckConstraint("provider_confirmed_by_id <> replicator_confirmed_by_id", name="two_persons"),
    )
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), primary_key=True)
    iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), primary_key=True, index=True)
    year: Mapped[int | None]
    outcome: Mapped[Prose | None]
    origin: Mapped[str] = mapped_column(
        one_of("replication_origin", "published", "submitted"), default="published", server_default="published"
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    provider_confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    provider_confirmed_at: Mapped[datetime | None]
    replicator_confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    replicator_confirmed_at: Mapped[datetime | None]

    @property
    def is_confirmed(self) -> bool:
        """Whether both countries have confirmed it."""
        return self.provider_confirmed_at is not None and self.replicator_confirmed_at is not None


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
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class TechnologyOffer(Table):
    """A technology open for transfer. On its own it does not make a match South-South.

    ``owner_iso3`` is the country of the supplier. ``ip_terms`` says under which kind of right it is given on;
    ``terms`` says more in words.
    """

    __tablename__ = "technology_offer"
    __table_args__ = (
        sa.CheckConstraint("open_to >= open_from", name="closes_after_opening"),
        sa.Index("ix_technology_offer_title_id", "title", "id"),
    )
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
    ip_terms: Mapped[str | None] = mapped_column(one_of("offer_ip_terms", *IP_TERMS))
    maturity: Mapped[str | None] = mapped_column(one_of("offer_maturity", *MATURITIES))
    status: Mapped[str] = mapped_column(
        one_of("offer_status", *moves_known(TECHNOLOGY_OFFER_MOVES)),
        default="draft",
        server_default="draft",
        index=True,
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    owner: Mapped[Organization] = relationship()
    supplier: Mapped[Country] = relationship()

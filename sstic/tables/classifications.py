"""The lists that everything is coded by."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Code, Id, Line, Link, Prose, Table, one_of

ACTION_AREAS = ("technology", "skills", "environment")


class Theme(Table):
    """A theme below one of the three action areas; themes form a tree."""

    __tablename__ = "theme"
    code: Mapped[Code] = mapped_column(primary_key=True)
    action_area: Mapped[str] = mapped_column(one_of("theme_area", *ACTION_AREAS))
    label: Mapped[Line]
    definition: Mapped[Prose]
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("theme.code"))
    typical_isic: Mapped[Line | None]
    typical_sdg_targets: Mapped[Line | None]


class Isic(Table):
    """A section, division, group or class of ISIC Rev.4, keyed with its section letter as in ``C10``."""

    __tablename__ = "isic"
    code: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    level: Mapped[str] = mapped_column(one_of("isic_level", "section", "division", "group", "class"))
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("isic.code"))
    title_en: Mapped[Line]
    title_ar: Mapped[Line | None]


class SdgTarget(Table):
    """A target of the 2030 Agenda."""

    __tablename__ = "sdg_target"
    code: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    goal: Mapped[int]
    text_en: Mapped[Prose]
    text_fr: Mapped[Prose | None]


class UnidoProgramme(Table):
    """A UNIDO tool."""

    __tablename__ = "unido_programme"
    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Line]
    action_area: Mapped[str] = mapped_column(one_of("programme_area", *ACTION_AREAS, "cross_cutting"))
    purpose: Mapped[Prose]
    typical_inputs: Mapped[Prose | None]
    outputs: Mapped[Prose]
    source_url: Mapped[Link | None]
    indicators: Mapped[list["SuccessIndicator"]] = relationship(
        secondary="programme_indicator", order_by="SuccessIndicator.id"
    )


class SuccessIndicator(Table):
    """An indicator of success. The catalogue changes, so each wording of a code has a version and its dates."""

    __tablename__ = "success_indicator"
    __table_args__ = (sa.UniqueConstraint("code", "version"),)
    id: Mapped[Id]
    code: Mapped[Code]
    wording: Mapped[Line]
    version: Mapped[int] = mapped_column(default=1)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class ProgrammeIndicator(Table):
    """Which indicators a tool serves; a reading of the compiler, not of the workplan."""

    __tablename__ = "programme_indicator"
    programme_code: Mapped[str] = mapped_column(sa.ForeignKey("unido_programme.code"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("success_indicator.id"), primary_key=True)

"""The words behind codes: themes, industries, targets, countries. One query each, whatever the number of codes."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, raiseload

from sstic.language import language
from sstic.tables.classifications import Isic, SdgTarget, Theme
from sstic.tables.countries import Country, Source
from sstic.tables.organizations import Organization


def theme_labels(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Labels of themes."""
    query = sa.select(Theme.code, Theme.label).where(Theme.code.in_(sorted(set(codes))))
    return dict(session.execute(query).all())


def isic_titles(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Titles of industries, in Arabic where the page is."""
    title = sa.func.coalesce(Isic.title_ar, Isic.title_en) if language() == "ar" else Isic.title_en
    query = sa.select(Isic.code, title).where(Isic.code.in_(sorted(set(codes))))
    return dict(session.execute(query).all())


def target_texts(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Texts of SDG targets, in French where the page is."""
    text = sa.func.coalesce(SdgTarget.text_fr, SdgTarget.text_en) if language() == "fr" else SdgTarget.text_en
    query = sa.select(SdgTarget.code, text).where(SdgTarget.code.in_(sorted(set(codes))))
    return dict(session.execute(query).all())


def countries(session: Session, codes: Iterable[str | None]) -> dict[str, Country]:
    """Countries by code."""
    wanted = sorted({code for code in codes if code})
    found = session.scalars(sa.select(Country).where(Country.iso3.in_(wanted)).options(raiseload("*")))
    return {country.iso3: country for country in found}


def organizations(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Names of organizations."""
    query = sa.select(Organization.id, Organization.name).where(Organization.id.in_(sorted(set(ids))))
    return dict(session.execute(query).all())


def all_countries(session: Session) -> Sequence[Country]:
    """Every country, for the map."""
    return session.scalars(sa.select(Country).options(raiseload("*"))).all()


def sources(session: Session) -> Mapping[str, Source]:
    """Every source by code."""
    return {source.code: source for source in session.scalars(sa.select(Source).order_by(Source.name))}

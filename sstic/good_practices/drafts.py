"""What the form of a good practice needs to know: the practice to change, lists to choose from, who wrote what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, raiseload, selectinload

from sstic.permissions import Principal, reaches
from sstic.scopes import within
from sstic.tables.accounts import User
from sstic.tables.classifications import Isic, SdgTarget, Theme, UnidoProgramme
from sstic.tables.countries import Country
from sstic.tables.good_practices import (
    GoodPractice,
    GoodPracticeProvider,
    PracticeReview,
    PracticeStep,
    Replication,
)
from sstic.tables.organizations import Organization, OrganizationRole

MOST_LISTED = 300


def countries_of(who: Principal, resource: str, action: str) -> list[str]:
    """The countries for which a person may do this by the posts that they hold."""
    held = (one.standing for one in reaches(who, resource, action))
    return sorted({one.country_iso3 for one in held if one is not None and one.country_iso3 is not None})


def practice_to_change(
    session: Session, who: Principal, reference: str, action: str, *, locked: bool = True
) -> GoodPractice | None:
    """A practice with which ``who`` may do this, were they another person than those who wrote it.

    Locked, changes of one practice come one after the other.
    """
    reached = within(who, "good_practice", action, even_alone=True)
    query = sa.select(GoodPractice).where(GoodPractice.reference == reference, reached)
    return session.scalar(query.with_for_update() if locked else query)


def is_readable(session: Session, who: Principal, reference: str) -> bool:
    """Whether a person may know of a practice."""
    wanted = (GoodPractice.reference == reference, within(who, "good_practice"))
    return bool(session.scalar(sa.select(sa.exists().where(*wanted))))


def at_work(session: Session, who: Principal, today: date) -> Sequence[GoodPractice]:
    """Practices on which something is to be done, and that a person may read; the newest first."""
    moving = ("draft", "provider_confirmed", "reviewed", "review_due", "renewed")
    is_due = sa.and_(GoodPractice.status == "published", GoodPractice.review_due_on <= today)
    providers = selectinload(GoodPractice.providers).joinedload(GoodPracticeProvider.country).raiseload("*")
    query = (
        sa.select(GoodPractice)
        .where(sa.or_(GoodPractice.status.in_(moving), is_due), within(who, "good_practice"))
        .options(providers, raiseload("*"))
        .order_by(GoodPractice.id.desc())
        .limit(MOST_LISTED)
    )
    return session.scalars(query).all()


def steps_saved(session: Session, practice: GoodPractice) -> dict[str, PracticeStep]:
    """The steps of the form that were saved, by name."""
    found = session.scalars(sa.select(PracticeStep).where(PracticeStep.practice_id == practice.id))
    return {one.step: one for one in found}


def names_of(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    """Names of people; an erased one has none."""
    query = sa.select(User.id, User.name).where(User.id.in_([one for one in ids if one is not None]))
    return dict(session.execute(query.where(User.erased_at.is_(None))).all())


def reviews_of(session: Session, practice: GoodPractice) -> Sequence[PracticeReview]:
    """The reviews of a practice, the latest first."""
    query = sa.select(PracticeReview).where(PracticeReview.practice_id == practice.id)
    return session.scalars(query.order_by(PracticeReview.id.desc()).limit(MOST_LISTED)).all()


def replication_within(session: Session, who: Principal, practice: GoodPractice, iso3: str) -> Replication | None:
    """The replication of a practice in a country, where ``who`` may confirm it; locked."""
    wanted = (Replication.practice_id == practice.id, Replication.iso3 == iso3)
    query = sa.select(Replication).where(*wanted, within(who, "replication", "confirm"))
    return session.scalar(query.with_for_update())


def institutions_of(session: Session, countries: Collection[str]) -> Sequence[Organization]:
    """The institutions of some countries that give practices on."""
    gives = sa.exists().where(
        OrganizationRole.organization_id == Organization.id, OrganizationRole.role == "provider_institution"
    )
    query = sa.select(Organization).where(Organization.country_iso3.in_(countries), gives)
    return session.scalars(query.options(raiseload("*")).order_by(Organization.name).limit(MOST_LISTED)).all()


def lock_institution(session: Session, institution_id: int) -> None:
    """Capacity of one institution is written one change after the other, whichever practice it comes through."""
    session.execute(sa.select(Organization.id).where(Organization.id == institution_id).with_for_update())


def programmes(session: Session) -> list[tuple[str, str]]:
    """The UNIDO tools: code and name."""
    query = sa.select(UnidoProgramme.code, UnidoProgramme.name).order_by(UnidoProgramme.name)
    return [(code, name) for code, name in session.execute(query)]


@dataclass(frozen=True, slots=True)
class CodeLists:
    """What a practice can be coded with."""

    themes: Sequence[Theme] = field(default_factory=list)
    isic: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)


def code_lists(session: Session) -> CodeLists:
    """Themes by action area, and codes of industries and targets with their English words."""
    themes = session.scalars(sa.select(Theme).order_by(Theme.action_area, Theme.label).options(raiseload("*"))).all()
    isic = session.execute(sa.select(Isic.code, Isic.title_en).order_by(Isic.code)).all()
    targets = session.execute(sa.select(SdgTarget.code, SdgTarget.text_en).order_by(SdgTarget.goal, SdgTarget.code))
    return CodeLists(themes, dict(isic), dict(targets.all()))


def countries_to_choose(session: Session) -> Sequence[Country]:
    """Every country."""
    return session.scalars(sa.select(Country).options(raiseload("*")).order_by(Country.name_en)).all()


@dataclass(frozen=True, slots=True)
class LastEdit:
    """Who saved a step last, and when."""

    name: str | None
    at: datetime


def last_edits(session: Session, practice: GoodPractice) -> dict[str, LastEdit]:
    """Who saved each step last."""
    steps = steps_saved(session, practice)
    names = names_of(session, [one.edited_by_id for one in steps.values()])
    return {name: LastEdit(names.get(one.edited_by_id), one.edited_at) for name, one in steps.items()}

"""What a judge is asked: needs, the practices put before the judge, and what was answered so far.

Who may judge is told by the permission table; what is judged is what anyone may read.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.listing import rows_and_total
from sstic.permissions import ANYONE
from sstic.scopes import within
from sstic.tables.good_practices import GoodPractice, GoodPracticeProvider, GoodPracticeTheme
from sstic.tables.judgements import Judgement
from sstic.tables.needs import Need, NeedTheme

# So many practices are put before a judge at least, where so many share a theme with the need.
LEAST_ASKED = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """How many judgements a need has: of one judge, and of all."""

    own: int = 0
    all: int = 0


def list_needs(session: Session, offset: int, limit: int) -> tuple[Sequence[Need], int]:
    """The needs that anyone may read, by reference, and how many there are."""
    query = sa.select(Need).where(within(ANYONE, "need")).order_by(Need.reference)
    return rows_and_total(
        session, query.options(joinedload(Need.country).raiseload("*"), raiseload("*")), offset, limit
    )


def tallies(session: Session, needs: Collection[int], judge: str) -> dict[int, Tally]:
    """The judgements of needs, by the need's id."""
    own = sa.func.sum(sa.case((Judgement.judge == judge, 1), else_=0))
    query = sa.select(Judgement.need_id, own, sa.func.count()).group_by(Judgement.need_id)
    return {
        need: Tally(mine, total) for need, mine, total in session.execute(query.where(Judgement.need_id.in_(needs)))
    }


def all_needs(session: Session) -> Sequence[Need]:
    """Every need that anyone may read, by reference."""
    query = sa.select(Need).where(within(ANYONE, "need")).order_by(Need.reference)
    return session.scalars(query.options(joinedload(Need.country).raiseload("*"), raiseload("*"))).all()


def practices_for(session: Session, need: Need, judge: str, also: Collection[str] = ()) -> list[GoodPractice]:
    """The practices to judge for a need, in an order that says nothing of how well they answer it.

    They are those that anyone has judged for it and those of the references ``also``; where these are few, those that
    share most themes are added. Practices of the need's own country are left out.
    """
    judged = sa.select(Judgement.practice_id).where(Judgement.need_id == need.id)
    wanted = set(
        session.scalars(_askable(need).where(sa.or_(GoodPractice.id.in_(judged), GoodPractice.reference.in_(also))))
    )
    if len(wanted) < LEAST_ASKED:
        shared = sa.func.count(GoodPracticeTheme.theme_code)
        near = (
            _askable(need)
            .join(GoodPracticeTheme, GoodPracticeTheme.practice_id == GoodPractice.id)
            .join(NeedTheme, NeedTheme.theme_code == GoodPracticeTheme.theme_code)
            .where(NeedTheme.need_id == need.id)
            .group_by(GoodPractice.id, GoodPractice.reference)
            .order_by(shared.desc(), GoodPractice.reference)
            .limit(LEAST_ASKED)
        )
        wanted.update(session.scalars(near))
    providers = selectinload(GoodPractice.providers).joinedload(GoodPracticeProvider.country).raiseload("*")
    query = sa.select(GoodPractice).where(GoodPractice.id.in_(wanted)).options(providers, raiseload("*"))
    return sorted(session.scalars(query), key=lambda one: _drawn(judge, need.reference, one.reference))


def _askable(need: Need) -> sa.Select[int]:
    own = GoodPractice.providers.any(GoodPracticeProvider.iso3 == need.country_iso3)
    return sa.select(GoodPractice.id).where(within(ANYONE, "good_practice"), ~own)


def _drawn(*names: str) -> str:
    """A place in an order that is drawn, and the same each time."""
    return hashlib.sha256(" ".join(names).encode()).hexdigest()


def judgements_of(session: Session, need: Need, judge: str) -> dict[str, Judgement]:
    """The judgements of one judge for a need, by the reference of the practice."""
    query = (
        sa.select(GoodPractice.reference, Judgement)
        .join(Judgement, Judgement.practice_id == GoodPractice.id)
        .where(Judgement.need_id == need.id, Judgement.judge == judge)
        .options(raiseload("*"))
    )
    return dict(session.execute(query).all())

"""The figures of the home page."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.countries import CooperationProject, Country
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice
from sstic.tables.needs import Need


@dataclass(frozen=True, slots=True)
class Figures:
    """How much the service knows."""

    needs: int
    practices: int
    windows: int
    countries: int
    projects: int


def figures(session: Session, who: Principal) -> Figures:
    """Count what ``who`` may read, in one query."""
    counts = (
        sa.select(sa.func.count()).select_from(Need).where(within(who, "need")),
        sa.select(sa.func.count()).select_from(GoodPractice).where(within(who, "good_practice")),
        sa.select(sa.func.count()).select_from(FundingWindow).where(within(who, "window")),
        sa.select(sa.func.count()).select_from(Country),
        sa.select(sa.func.count()).select_from(CooperationProject),
    )
    row = session.execute(sa.select(*(count.scalar_subquery() for count in counts))).one()
    return Figures(*row)


def by_area(session: Session, who: Principal) -> dict[str, dict[str, int]]:
    """Needs and good practices of each action area."""
    counts: dict[str, dict[str, int]] = {"needs": {}, "practices": {}}
    needs = sa.select(Need.action_area, sa.func.count()).where(within(who, "need")).group_by(Need.action_area)
    counts["needs"] = dict(session.execute(needs).all())
    area = GoodPractice.action_area
    practices = sa.select(area, sa.func.count()).where(within(who, "good_practice")).group_by(area)
    counts["practices"] = dict(session.execute(practices).all())
    return counts

"""Proposals, as the permission table lets them be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from sstic.match_runs.queries import present_run
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.funding import FundingWindow
from sstic.tables.investment import Investor, ITPOOffice
from sstic.tables.match_runs import MatchRun, UnmatchedNeed
from sstic.tables.needs import Need
from sstic.tables.proposals import InvestmentProposal, TriangularProposal

MOST_LISTED = 20


def _triangular_parties() -> tuple[ORMOption, ...]:
    return (
        joinedload(TriangularProposal.need).options(joinedload(Need.country).raiseload("*"), raiseload("*")),
        joinedload(TriangularProposal.practice).raiseload("*"),
        joinedload(TriangularProposal.provider).raiseload("*"),
        joinedload(TriangularProposal.window).options(joinedload(FundingWindow.donor).raiseload("*"), raiseload("*")),
    )


def _investment_parties() -> tuple[ORMOption, ...]:
    return (
        joinedload(InvestmentProposal.need).options(joinedload(Need.country).raiseload("*"), raiseload("*")),
        joinedload(InvestmentProposal.investor).options(
            joinedload(Investor.organization).raiseload("*"), raiseload("*")
        ),
        joinedload(InvestmentProposal.office).options(
            joinedload(ITPOOffice.organization).raiseload("*"), raiseload("*")
        ),
    )


def one_triangular(session: Session, who: Principal, number: int) -> TriangularProposal | None:
    """A triangular proposal with its parties, run and score parts."""
    query = (
        sa.select(TriangularProposal)
        .where(TriangularProposal.id == number, within(who, "proposal"))
        .options(
            *_triangular_parties(),
            joinedload(TriangularProposal.run).raiseload("*"),
            selectinload(TriangularProposal.parts),
            raiseload("*"),
        )
    )
    return session.scalar(query)


def one_investment(session: Session, who: Principal, number: int) -> InvestmentProposal | None:
    """An investment proposal with its parties, run and score parts."""
    query = (
        sa.select(InvestmentProposal)
        .where(InvestmentProposal.id == number, within(who, "investment"))
        .options(
            *_investment_parties(),
            joinedload(InvestmentProposal.run).raiseload("*"),
            selectinload(InvestmentProposal.parts),
            raiseload("*"),
        )
    )
    return session.scalar(query)


def is_present(session: Session, who: Principal, run_id: int) -> bool:
    """Whether a run is the present plan."""
    run = present_run(session, who)
    return run is not None and run.id == run_id


@dataclass(frozen=True, slots=True)
class InPlan:
    """What the present plan holds of a need, practice, window or country."""

    run: MatchRun | None
    triangular: Sequence[TriangularProposal] = ()
    investment: Sequence[InvestmentProposal] = ()
    unmatched: Sequence[UnmatchedNeed] = ()


def plan_of_need(session: Session, who: Principal, need_id: int) -> InPlan:
    """The proposals of a need in the present plan, or why it has none."""
    run = present_run(session, who)
    if run is None:
        return InPlan(None)
    unmatched = session.scalars(
        sa.select(UnmatchedNeed)
        .where(UnmatchedNeed.run_id == run.id, UnmatchedNeed.need_id == need_id)
        .order_by(UnmatchedNeed.mode.desc())
        .options(raiseload("*"))
    ).all()
    return InPlan(
        run,
        _triangular(session, who, run, TriangularProposal.need_id == need_id),
        _investment(session, who, run, InvestmentProposal.need_id == need_id),
        unmatched,
    )


def plan_of_practice(session: Session, who: Principal, practice_id: int) -> InPlan:
    """The proposals that replicate a practice."""
    run = present_run(session, who)
    return InPlan(run, _triangular(session, who, run, TriangularProposal.practice_id == practice_id))


def plan_of_window(session: Session, who: Principal, window_id: int) -> InPlan:
    """The proposals to a funding window."""
    run = present_run(session, who)
    return InPlan(run, _triangular(session, who, run, TriangularProposal.window_id == window_id))


def plan_of_country(session: Session, who: Principal, iso3: str) -> InPlan:
    """The proposals in which a country is beneficiary or provider."""
    run = present_run(session, who)
    beneficiary = TriangularProposal.need.has(Need.country_iso3 == iso3)
    return InPlan(
        run,
        _triangular(session, who, run, sa.or_(beneficiary, TriangularProposal.provider_iso3 == iso3)),
        _investment(session, who, run, InvestmentProposal.need.has(Need.country_iso3 == iso3)),
    )


def _triangular(
    session: Session, who: Principal, run: MatchRun | None, which: sa.ColumnElement[bool]
) -> Sequence[TriangularProposal]:
    if run is None:
        return ()
    query = sa.select(TriangularProposal).where(TriangularProposal.run_id == run.id, within(who, "proposal"), which)
    order = (TriangularProposal.points.desc(), TriangularProposal.id)
    return session.scalars(
        query.options(*_triangular_parties(), raiseload("*")).order_by(*order).limit(MOST_LISTED)
    ).all()


def _investment(
    session: Session, who: Principal, run: MatchRun | None, which: sa.ColumnElement[bool]
) -> Sequence[InvestmentProposal]:
    if run is None:
        return ()
    query = sa.select(InvestmentProposal).where(InvestmentProposal.run_id == run.id, within(who, "investment"), which)
    order = (InvestmentProposal.points.desc(), InvestmentProposal.id)
    return session.scalars(
        query.options(*_investment_parties(), raiseload("*")).order_by(*order).limit(MOST_LISTED)
    ).all()

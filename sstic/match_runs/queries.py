"""The present plan, as the permission table lets it be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload

from sstic.asked import ActionArea, Blank, Region
from sstic.listing import rows_and_total
from sstic.permissions import Principal
from sstic.scopes import is_present_run, within
from sstic.tables.countries import Country
from sstic.tables.funding import FundingWindow
from sstic.tables.investment import Investor, ITPOOffice
from sstic.tables.match_runs import MatchRun, UnmatchedNeed
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization
from sstic.tables.proposals import (
    INVESTMENT_PROPOSAL_MOVES,
    TRIANGULAR_PROPOSAL_MOVES,
    InvestmentProposal,
    TriangularProposal,
)

Proposals = type[TriangularProposal] | type[InvestmentProposal]
MOVES: dict[Proposals, dict[str, tuple[str, ...]]] = {
    TriangularProposal: TRIANGULAR_PROPOSAL_MOVES,
    InvestmentProposal: INVESTMENT_PROPOSAL_MOVES,
}
PROPOSAL_STATES = tuple(dict.fromkeys((*TRIANGULAR_PROPOSAL_MOVES, *INVESTMENT_PROPOSAL_MOVES)))
MOST_ON_MAP = 300


def _known_state(value: str) -> str:
    if value not in PROPOSAL_STATES:
        raise ValueError("must be a state of a proposal")
    return value


class PlanFilter(BaseModel):
    """Which proposals of the plan to list."""

    action_area: ActionArea = None
    region: Region = None
    status: Annotated[
        Annotated[str, AfterValidator(_known_state), Field(json_schema_extra={"enum": [*PROPOSAL_STATES]})] | None,
        Blank,
        Field(description="The state of the proposal."),
    ] = None


def present_run(session: Session, who: Principal) -> MatchRun | None:
    """The latest run that has an answer."""
    query = sa.select(MatchRun).where(is_present_run(), within(who, "plan"))
    return session.scalar(query.options(raiseload("*")))


def _matching(query: Any, table: Any, wanted: PlanFilter) -> Any:
    """Only the needs that the filter names; the query joins need and country."""
    if wanted.action_area:
        query = query.where(Need.action_area == wanted.action_area)
    if wanted.region:
        query = query.where(Country.region == wanted.region)
    if wanted.status and table is not UnmatchedNeed:
        query = query.where(table.status == wanted.status if wanted.status in MOVES[table] else sa.false())
    return query


def list_triangular(
    session: Session, who: Principal, run_id: int, wanted: PlanFilter, offset: int, limit: int
) -> tuple[Sequence[TriangularProposal], int]:
    """Triangular proposals of a run, best first, and how many there are."""
    query: sa.Select[TriangularProposal] = (
        sa.select(TriangularProposal)
        .join(TriangularProposal.need)
        .join(Need.country)
        .where(TriangularProposal.run_id == run_id, within(who, "proposal"))
        .options(
            joinedload(TriangularProposal.need).options(joinedload(Need.country).raiseload("*"), raiseload("*")),
            joinedload(TriangularProposal.practice).raiseload("*"),
            joinedload(TriangularProposal.provider).raiseload("*"),
            joinedload(TriangularProposal.window).options(
                joinedload(FundingWindow.donor).raiseload("*"), raiseload("*")
            ),
            raiseload("*"),
        )
        .order_by(TriangularProposal.points.desc(), TriangularProposal.id)
    )
    return rows_and_total(session, _matching(query, TriangularProposal, wanted), offset, limit)


def list_investment(
    session: Session, who: Principal, run_id: int, wanted: PlanFilter, offset: int, limit: int
) -> tuple[Sequence[InvestmentProposal], int]:
    """Investment proposals of a run, best first, and how many there are."""
    query: sa.Select[InvestmentProposal] = (
        sa.select(InvestmentProposal)
        .join(InvestmentProposal.need)
        .join(Need.country)
        .where(InvestmentProposal.run_id == run_id, within(who, "investment"))
        .options(
            joinedload(InvestmentProposal.need).options(joinedload(Need.country).raiseload("*"), raiseload("*")),
            joinedload(InvestmentProposal.investor).options(
                joinedload(Investor.organization).raiseload("*"), raiseload("*")
            ),
            joinedload(InvestmentProposal.office).options(
                joinedload(ITPOOffice.organization).raiseload("*"), raiseload("*")
            ),
            raiseload("*"),
        )
        .order_by(InvestmentProposal.points.desc(), InvestmentProposal.id)
    )
    return rows_and_total(session, _matching(query, InvestmentProposal, wanted), offset, limit)


def list_unmatched(
    session: Session, who: Principal, run_id: int, wanted: PlanFilter, offset: int, limit: int
) -> tuple[Sequence[UnmatchedNeed], int]:
    """Needs that the run could not serve, and how many there are. They have no state to filter by."""
    query: sa.Select[UnmatchedNeed] = (
        sa.select(UnmatchedNeed)
        .join(UnmatchedNeed.need)
        .join(Need.country)
        .where(UnmatchedNeed.run_id == run_id, within(who, "need"))
        .options(
            joinedload(UnmatchedNeed.need).options(joinedload(Need.country).raiseload("*"), raiseload("*")),
            raiseload("*"),
        )
        .order_by(Need.reference, UnmatchedNeed.mode)
    )
    return rows_and_total(session, _matching(query, UnmatchedNeed, wanted), offset, limit)


@dataclass(frozen=True, slots=True)
class TriangleRow:
    """What the map shows of one proposal."""

    id: int
    need: str
    beneficiary: str
    provider: str | None
    donor: str
    facilitating_partner: str | None
    points: int


def triangles(session: Session, who: Principal, run_id: int, wanted: PlanFilter) -> list[TriangleRow]:
    """The countries of the proposals for the map: the best ones, up to ``MOST_ON_MAP``."""
    query = (
        sa.select(
            TriangularProposal.id,
            Need.reference,
            Need.country_iso3,
            TriangularProposal.provider_iso3,
            Organization.name,
            Organization.country_iso3,
            TriangularProposal.points,
        )
        .join(TriangularProposal.need)
        .join(Need.country)
        .join(TriangularProposal.window)
        .join(FundingWindow.donor)
        .where(TriangularProposal.run_id == run_id, within(who, "proposal"))
        .order_by(TriangularProposal.points.desc(), TriangularProposal.id)
        .limit(MOST_ON_MAP)
    )
    return [TriangleRow(*row) for row in session.execute(_matching(query, TriangularProposal, wanted))]


def _of_run(who: Principal, table: Proposals, run_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The proposals of a run that ``who`` may read."""
    return table.run_id == run_id, within(who, "proposal" if table is TriangularProposal else "investment")


def states_of(session: Session, who: Principal, run_id: int) -> list[str]:
    """The states that proposals of a run are in."""
    both = sa.union(
        *(sa.select(sa.cast(table.status, sa.String)).where(*_of_run(who, table, run_id)) for table in MOVES)
    )
    found = set(session.scalars(both))
    return [state for state in PROPOSAL_STATES if state in found]


def counts_of(session: Session, who: Principal, run_id: int) -> tuple[int, int, int]:
    """How many triangular and investment proposals and unmatched needs of a run ``who`` may read."""
    left = sa.select(sa.func.count()).select_from(UnmatchedNeed).join(UnmatchedNeed.need)
    counts = [
        *(sa.select(sa.func.count()).select_from(table).where(*_of_run(who, table, run_id)) for table in MOVES),
        left.where(UnmatchedNeed.run_id == run_id, within(who, "need")),
    ]
    first, second, third = session.execute(sa.select(*(count.scalar_subquery() for count in counts))).one()
    return first, second, third

"""Funding windows, as the permission table lets them be read."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session, joinedload, raiseload, selectinload

from sstic.asked import ActionArea, Blank, Words
from sstic.listing import holds, rows_and_total
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.countries import Grouping
from sstic.tables.funding import FundingWindow, FundingWindowArea
from sstic.tables.organizations import Organization


class WindowFilter(BaseModel):
    """Which funding windows to list."""

    q: Words = None
    action_area: ActionArea = None
    donor_type: Annotated[
        Literal["northern", "southern", "multilateral", "dfi", "private"] | None,
        Blank,
        Field(description="The kind of donor."),
    ] = None
    opening: Annotated[
        Literal["open", "not_yet", "closed", "closed_recurs", "unknown", "record"] | None,
        Blank,
        Field(description="Whether the window is open today; mostly unknown."),
    ] = None


def opening_of(window: FundingWindow, on: date) -> str:
    """Whether a window is open on a day. A closing date that no source states leaves it unknown, never open."""
    if window.kind == "past_contribution":
        return "record"
    if window.open_from is not None and window.open_from > on:
        return "not_yet"
    if window.open_to is None:
        return "unknown"
    if window.open_to >= on:
        return "open"
    return "closed_recurs" if window.recurs else "closed"


def _opens_as(opening: str, on: date) -> sa.ColumnElement[bool]:
    """The condition that says the same as ``opening_of``."""
    record, not_yet = FundingWindow.kind == "past_contribution", FundingWindow.open_from > on
    begun = sa.and_(~record, sa.or_(FundingWindow.open_from.is_(None), FundingWindow.open_from <= on))
    over = sa.and_(begun, FundingWindow.open_to < on)
    recurs = FundingWindow.recurs.is_(True)
    return {
        "record": record,
        "not_yet": sa.and_(~record, not_yet),
        "unknown": sa.and_(begun, FundingWindow.open_to.is_(None)),
        "open": sa.and_(begun, FundingWindow.open_to >= on),
        "closed": sa.and_(over, sa.or_(FundingWindow.recurs.is_(None), ~recurs)),
        "closed_recurs": sa.and_(over, recurs),
    }[opening]


def list_windows(
    session: Session, who: Principal, wanted: WindowFilter, on: date, offset: int, limit: int
) -> tuple[Sequence[FundingWindow], int]:
    """Funding windows by donor, and how many there are."""
    query = sa.select(FundingWindow).join(FundingWindow.donor).where(within(who, "window"))
    if wanted.q:
        columns = (FundingWindow.name, FundingWindow.reference, FundingWindow.source_note, Organization.name)
        query = query.where(holds(wanted.q, *columns))
    if wanted.action_area:
        query = query.where(FundingWindow.areas.any(FundingWindowArea.action_area == wanted.action_area))
    if wanted.donor_type:
        query = query.where(FundingWindow.donor_type == wanted.donor_type)
    if wanted.opening:
        query = query.where(_opens_as(wanted.opening, on))
    loading = (joinedload(FundingWindow.donor).raiseload("*"), selectinload(FundingWindow.areas), raiseload("*"))
    order = (Organization.name, FundingWindow.name, FundingWindow.id)
    return rows_and_total(session, query.options(*loading).order_by(*order), offset, limit)


def one_window(session: Session, who: Principal, reference: str) -> FundingWindow | None:
    """A funding window with all that its page shows."""
    query = (
        sa.select(FundingWindow)
        .where(FundingWindow.reference == reference, within(who, "window"))
        .options(
            joinedload(FundingWindow.donor).raiseload("*"),
            selectinload(FundingWindow.areas),
            selectinload(FundingWindow.themes),
            selectinload(FundingWindow.groupings),
            selectinload(FundingWindow.countries),
            raiseload("*"),
        )
    )
    return session.scalar(query)


def grouping_names(session: Session, window: FundingWindow) -> dict[str, str]:
    """Names of the groupings that a window accepts or excludes."""
    codes = [one.grouping_code for one in window.groupings]
    query = sa.select(Grouping.code, Grouping.name).where(Grouping.code.in_(codes))
    return dict(session.execute(query).all())

"""Computations on a frozen snapshot, and what they could not match."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import ACTOR, Code, Id, Prose, Table, moves_known, one_of
from sstic.tables.needs import Need

MATCH_RUN_MOVES: dict[str, tuple[str, ...]] = {
    "queued": ("running", "discarded"),
    "running": ("queued", "complete", "no_solution", "failed", "timed_out"),
    "complete": ("published", "discarded"),
    "no_solution": ("discarded",),
    "failed": ("queued", "discarded"),
    "timed_out": ("published", "discarded"),
    "published": ("discarded",),
    "discarded": (),
}


class MatchRun(Table):
    """One computation. The row is also its place in the queue.

    ``attempt`` is the fencing token: only the worker that holds the current attempt may write the result.
    Points and bound are whole hundredths of a point.
    """

    __tablename__ = "match_run"
    __table_args__ = (sa.CheckConstraint("bound_points >= objective_points", name="bound_above_objective"),)
    id: Mapped[Id]
    status: Mapped[str] = mapped_column(one_of("run_status", *moves_known(MATCH_RUN_MOVES)), index=True)
    requested_by: Mapped[Code] = mapped_column(info=ACTOR)
    requested_at: Mapped[datetime]
    filters: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    failure: Mapped[Prose | None]
    library_version: Mapped[Code | None]
    snapshot_digest: Mapped[str | None] = mapped_column(sa.String(64))
    solution_status: Mapped[Code | None]
    objective_points: Mapped[int | None] = mapped_column(sa.BigInteger)
    bound_points: Mapped[int | None] = mapped_column(sa.BigInteger)
    gap: Mapped[float | None]
    solve_seconds: Mapped[float | None]
    aims: Mapped[list[Any]] = mapped_column(default=list)
    binding_limits: Mapped[list[Any]] = mapped_column(default=list)
    unmatched: Mapped[list["UnmatchedNeed"]] = relationship(order_by="UnmatchedNeed.need_id")


class UnmatchedNeed(Table):
    """A need that the run could not serve, with the reasons and the smallest change that would open it."""

    __tablename__ = "unmatched_need"
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id"), primary_key=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(one_of("unmatched_mode", "triangular", "investment"), primary_key=True)
    reasons: Mapped[list[Any]]
    smallest_change: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    need: Mapped[Need] = relationship()

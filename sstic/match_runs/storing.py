"""A plan's plain data to rows."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching
from sstic.tables.base import Table
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice
from sstic.tables.investment import Investor, ITPOOffice
from sstic.tables.match_runs import MatchRun, UnmatchedNeed
from sstic.tables.needs import Need
from sstic.tables.proposals import InvestmentProposal, InvestmentScorePart, TriangularProposal, TriangularScorePart


def add_proposals(
    session: Session, run: MatchRun, problem: matching.Problem, plan: dict[str, Any], dropped: set[str]
) -> None:
    """Add the proposals of both modes, but for dropped needs."""
    needs, practices, windows = _ids(session, Need), _ids(session, GoodPractice), _ids(session, FundingWindow)
    investors, offices = _ids(session, Investor), _ids(session, ITPOOffice)
    titles = {one.key: one.title for one in problem.practices} | {one.key: one.name for one in problem.windows}
    names = {one.key: one.name for one in problem.investors} | {one.key: one.name for one in problem.offices}
    for one in (one for one in plan["triangular"] if one["need"] not in dropped):
        session.add(
            TriangularProposal(
                run=run,
                need_id=needs[one["need"]],
                practice_id=practices[one["practice"]],
                provider_iso3=one["provider"],
                window_id=windows[one["window"]],
                budget_split=one["budget_split"],
                evidence=[_edge(edge) for edge in one["evidence"]],
                parts=[TriangularScorePart(**part) for part in _parts(one["parts"])],
                runner_up=_runner_up(one["runner_up"], {"practice_title": "practice", "window_name": "window"}, titles),
                **_common(one),
            )
        )
    for one in (one for one in plan["investment"] if one["need"] not in dropped):
        session.add(
            InvestmentProposal(
                run=run,
                need_id=needs[one["need"]],
                investor_id=investors[one["investor"]],
                office_id=offices[one["office"]],
                parts=[InvestmentScorePart(**_without_signals(part)) for part in _parts(one["parts"])],
                runner_up=_runner_up(one["runner_up"], {"investor_name": "investor", "office_name": "office"}, names),
                **_common(one),
            )
        )


def add_unmatched(session: Session, run: MatchRun, plan: dict[str, Any], dropped: set[str]) -> None:
    """Add the needs that the plan could not serve."""
    needs = _ids(session, Need)
    for one in (one for one in plan["unmatched"] if one["need"] not in dropped):
        changes = one["smallest_change"]
        told = {"text": " ".join(change["text"] for change in changes), "changes": changes} if changes else None
        session.add(
            UnmatchedNeed(
                run_id=run.id,
                need_id=needs[one["need"]],
                mode=one["mode"],
                reasons=one["reasons"],
                smallest_change=told,
            )
        )


def _ids(session: Session, table: type[Table]) -> dict[str, int]:
    columns = table.__table__.c
    return dict(session.execute(sa.select(columns.reference, columns.id)).all())


def _common(one: dict[str, Any]) -> dict[str, Any]:
    """What the proposals of both modes share."""
    questions = [verdict["question"] for verdict in one["ledger"] if verdict["question"]]
    return {
        "status": "suggested",
        "points": one["points"],
        "is_pinned": one["pinned"],
        "ledger": one["ledger"],
        "questions": list(dict.fromkeys(questions)),
    }


def _parts(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"position": position, **part} for position, part in enumerate(parts)]


def _without_signals(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "signals"}


def _edge(edge: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": edge["kind"],
        "from": edge["source"],
        "to": edge["target"],
        "text": edge["text"],
        "source_url": edge["source_url"],
    }


def _runner_up(other: dict[str, Any] | None, titles: dict[str, str], names: dict[str, str]) -> dict[str, Any] | None:
    """The runner-up with its parties at the top level and their titles beside them."""
    if other is None:
        return None
    parties = other["parties"]
    told = {label: names[parties[party]] for label, party in titles.items()}
    return {**parties, **told, "points": other["points"], "why_not": other["why_not"]}

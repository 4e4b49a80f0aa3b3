"""A small finished match run for tests of the pages, and what its proposals hold."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from records import a_country, a_funding_window, a_good_practice, a_need, added, an_investor, an_itpo_office
from sqlalchemy.orm import Session

from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice
from sstic.tables.investment import Investor
from sstic.tables.match_runs import MatchRun, UnmatchedNeed
from sstic.tables.needs import Need
from sstic.tables.proposals import InvestmentProposal, InvestmentScorePart, TriangularProposal, TriangularScorePart

PASSED = {"rule": "themes_meet", "between": "need-practice", "outcome": "passed", "detail": "Both.", "question": None}
ASKED = {
    "rule": "window_is_open_on",
    "between": "need-window",
    "outcome": "unknown",
    "detail": "The source states no closing date.",
    "question": "Is it taking proposals now?",
}

SIGNALS = {
    "demand_fit": [
        {"signal": "words", "points": 6041, "fact": "In common: dryers, fruit.", "year": 2019},
        {"signal": "themes", "points": 300, "fact": "In common: Energy management.", "year": None},
        {"signal": "endorsement", "points": None, "fact": "Not stated.", "year": None},
    ],
    "complementarity": [
        {"signal": "worked_together", "points": None, "fact": "No project provided by it is on record.", "year": None},
    ],
}


def a_run(session: Session, **facts: Any) -> MatchRun:
    """A complete run."""
    defaults: dict[str, Any] = {
        "status": "complete",
        "requested_by": "test",
        "requested_at": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "finished_at": datetime(2026, 11, 24, 10, 30, tzinfo=UTC),
        "filters": {},
        "rules": {"weights": {"demand_fit": 100}, "slots_per_country_when_unknown": 5},
        "progress": {},
        "library_version": "0.1.0",
        "snapshot_digest": "ab" * 32,
        "solution_status": "optimal",
        "objective_points": 6341,
        "bound_points": 6350,
        "gap": 0.0014,
        "solve_seconds": 1.25,
        "aims": [{"aim": "points", "value": 6341, "text": "One proposal.", "price": None}],
        "binding_limits": [
            {
                "limit": "country_load:BRA",
                "text": "yearly load of provider Brazil",
                "unit": "slot",
                "used": 2,
                "capacity": 2,
                "worth": 1250,
            }
        ],
    }
    return added(session, MatchRun(**{**defaults, **facts}))


def a_triangular(
    session: Session,
    run: MatchRun,
    need: Need | None = None,
    practice: GoodPractice | None = None,
    window: FundingWindow | None = None,
    **facts: Any,
) -> TriangularProposal:
    """A triangular proposal of Brazil for a need, with an unknown criterion and an unknown amount."""
    a_country(session, "BRA", longitude=-47.9, latitude=-15.8)
    need, practice, window = need or a_need(session), practice or a_good_practice(session), window or a_window(session)
    defaults: dict[str, Any] = {
        "run_id": run.id,
        "need_id": need.id,
        "practice_id": practice.id,
        "provider_iso3": "BRA",
        "window_id": window.id,
        "status": "suggested",
        "points": 6341,
        "ledger": [PASSED, ASKED],
        "questions": [ASKED["question"]],
        "budget_split": [
            {
                "party": "facilitating_partner",
                "name": "Fund",
                "kind": "cash",
                "amount": "50500.00",
                "currency": "USD",
                "share_percent": 80,
                "note": "",
            },
            {
                "party": "provider",
                "name": "Institute",
                "kind": "in_kind",
                "amount": None,
                "currency": None,
                "share_percent": None,
                "note": "Experts.",
            },
        ],
        "runner_up": {
            "practice": practice.reference,
            "practice_title": "Another practice",
            "provider": "BRA",
            "window": window.reference,
            "window_name": "Another window",
            "points": 6000,
            "why_not": "Fewer points.",
        },
        "evidence": [
            {
                "kind": "past_project",
                "from": "BRA",
                "to": need.country_iso3,
                "text": "Worked there.",
                "source_url": "https://example.org/project",
            },
            {"kind": "replicated_in", "from": practice.reference, "to": "BRA", "text": "There.", "source_url": None},
        ],
    }
    proposal = added(session, TriangularProposal(**{**defaults, **facts}))
    for position, (criterion, weight, points) in enumerate((("demand_fit", 10000, 6341), ("complementarity", 0, None))):
        part = TriangularScorePart(
            proposal_id=proposal.id,
            position=position,
            criterion=criterion,
            weight=weight,
            points=points,
            reason=f"Reason of {criterion}.",
            signals=SIGNALS[criterion],
        )
        added(session, part)
    return proposal


def a_window(session: Session) -> FundingWindow:
    """A window of a multilateral donor."""
    return a_funding_window(session)


def an_investment(
    session: Session, run: MatchRun, need: Need | None = None, investor: Investor | None = None, **facts: Any
) -> InvestmentProposal:
    """An investment proposal."""
    need, investor = need or a_need(session), investor or an_investor(session)
    defaults: dict[str, Any] = {
        "run_id": run.id,
        "need_id": need.id,
        "investor_id": investor.id,
        "office_id": an_itpo_office(session).id,
        "status": "suggested",
        "points": 5319,
        "ledger": [{**PASSED, "rule": "mandate_covers_country", "detail": f"{investor.organization.name} covers it."}],
        "questions": [f"Which deals does {investor.organization.name} take?"],
        "runner_up": None,
    }
    proposal = added(session, InvestmentProposal(**{**defaults, **facts}))
    part = InvestmentScorePart(
        proposal_id=proposal.id,
        position=0,
        criterion="mandate_fit",
        weight=10000,
        points=5319,
        reason=f"Mandate of {investor.organization.name}.",
    )
    added(session, part)
    return proposal


def an_unmatched(session: Session, run: MatchRun, need: Need | None = None, **facts: Any) -> UnmatchedNeed:
    """A need that the run could not serve."""
    defaults: dict[str, Any] = {
        "run_id": run.id,
        "need_id": (need or a_need(session)).id,
        "mode": "triangular",
        "reasons": [{"code": "themes_meet", "text": "No practice has its themes."}],
        "smallest_change": {"text": "Code the need also 'Quality'.", "changes": []},
    }
    return added(session, UnmatchedNeed(**{**defaults, **facts}))


@dataclass
class Full:
    """One of everything."""

    run: MatchRun
    need: Need
    practice: GoodPractice
    window: FundingWindow
    proposal: TriangularProposal
    investment: InvestmentProposal

    @property
    def paths(self) -> list[str]:
        """The addresses of the pages that show it."""
        return [
            f"/proposals/{self.proposal.id}",
            f"/investment-proposals/{self.investment.id}",
            f"/needs/{self.need.reference}",
            f"/good-practices/{self.practice.reference}",
            f"/funding-windows/{self.window.reference}",
            f"/countries/{self.need.country_iso3}",
        ]


def a_full_plan(session: Session) -> Full:
    """A plan with one of everything."""
    need = a_need(session, source_url="https://example.org/need")
    practice, window = a_good_practice(session), a_funding_window(session)
    run = a_run(session)
    proposal = a_triangular(session, run, need, practice, window)
    made = Full(run, need, practice, window, proposal, an_investment(session, run, need))
    an_unmatched(session, run)
    session.commit()
    return made

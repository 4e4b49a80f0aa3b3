"""What waits for a person: by role, how many of what, and where it is."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import clock
from sstic.language import gettext
from sstic.match_runs.queries import present_run
from sstic.permissions import ANYONE, Principal, Standing
from sstic.tables.accounts import OneTimeLink, Post, User
from sstic.tables.audit import AuditEvent
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice, GoodPracticeProvider
from sstic.tables.investment import ITPOOffice
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization
from sstic.tables.proposals import InvestmentProposal, TriangularProposal
from sstic.tables.verification import ScreeningMatch

# Nobody has taken up a proposal in this state yet.
PROPOSED = "suggested"


@dataclass(frozen=True)
class Task:
    """How many of something there are; ``waits`` says that somebody must do something about them."""

    words: str
    number: int
    address: str = ""
    waits: bool = True


@dataclass(frozen=True)
class Duty:
    """What a person does in one post."""

    role: str
    organization: str
    reference: str
    is_lent: bool
    tasks: tuple[Task, ...]


def worklist(session: Session, who: Principal) -> list[Duty]:
    """The tasks of every post that a person holds today."""
    names = {
        one.id: one
        for one in session.scalars(
            sa.select(Organization).where(Organization.id.in_({held.organization_id for held in who.standings}))
        )
    }
    found = []
    for held in who.standings:
        at = names[held.organization_id]
        found.append(Duty(held.role, at.name, at.reference, held.is_lent, TASKS[held.role](session, held)))
    return found


def _count(session: Session, *conditions: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(*conditions)) or 0


def _present(session: Session) -> int | None:
    """The run whose plan is the present one."""
    run = present_run(session, ANYONE)
    return run.id if run else None


def _of_focal_point(session: Session, held: Standing) -> tuple[Task, ...]:
    needs = Need.country_iso3 == held.country_iso3
    own = GoodPractice.providers.any(GoodPracticeProvider.iso3 == held.country_iso3)
    public = f"/needs?country={held.country_iso3}"
    returned = _count(session, needs, Need.status == "returned")
    practices = _count(session, own, GoodPractice.status == "draft")
    return (
        Task(
            gettext("Drafts of needs to finish"),
            _count(session, needs, Need.status == "draft"),
            f"{public}&status=draft",
        ),
        Task(gettext("Needs that came back to be changed"), returned, f"{public}&status=returned"),
        Task(gettext("Drafts of good practices to finish"), practices, "/good-practices/at-work"),
        Task(gettext("Open needs of your country"), _count(session, needs, Need.status == "open"), public, False),
    )


def _of_approver(session: Session, held: Standing) -> tuple[Task, ...]:
    needs = Need.country_iso3 == held.country_iso3
    own = GoodPractice.providers.any(GoodPracticeProvider.iso3 == held.country_iso3)
    public = f"/needs?country={held.country_iso3}"
    practices = _count(session, own, GoodPractice.status == "draft")
    return (
        Task(
            gettext("Needs to endorse"),
            _count(session, needs, Need.status == "submitted"),
            f"{public}&status=submitted",
        ),
        Task(gettext("Drafts of good practices to confirm"), practices, "/good-practices/at-work"),
        Task(gettext("Open needs of your country"), _count(session, needs, Need.status == "open"), public, False),
    )


def _of_coordinator(session: Session, _held: Standing) -> tuple[Task, ...]:
    run = _present(session)
    triangular = _count(session, TriangularProposal.run_id == run, TriangularProposal.status == PROPOSED)
    investment = _count(session, InvestmentProposal.run_id == run, InvestmentProposal.status == PROPOSED)
    running = MatchRun.status.in_(("queued", "running"))
    screened = _count(session, ScreeningMatch.status == "open")
    return (
        Task(gettext("Triangular proposals to look at"), triangular, "/plan"),
        Task(gettext("Investment proposals to look at"), investment, "/plan"),
        Task(gettext("Match runs that are queued or running"), _count(session, running), waits=False),
        Task(gettext("Matches of the sanctions list to decide"), screened, "/screening"),
    )


def _of_donor_officer(session: Session, held: Standing) -> tuple[Task, ...]:
    own = FundingWindow.donor_id == held.organization_id
    stale = sa.and_(own, FundingWindow.total_budget.is_(None))
    return (
        Task(gettext("Funding windows whose budget nobody has stated"), _count(session, stale), "/funding-windows"),
        Task(gettext("Funding windows of your organization"), _count(session, own), "/funding-windows", False),
    )


def _of_itpo_officer(session: Session, held: Standing) -> tuple[Task, ...]:
    here = ITPOOffice.organization_id == held.organization_id
    run = InvestmentProposal.run_id == _present(session)
    cases = sa.and_(run, InvestmentProposal.office_id == ITPOOffice.id, here)
    return (
        Task(
            gettext("Investment proposals to accept"),
            _count(session, cases, InvestmentProposal.status == PROPOSED),
        ),
        Task(
            gettext("Investment proposals that your office works on"),
            _count(session, cases, InvestmentProposal.status != PROPOSED),
            waits=False,
        ),
    )


def _of_reviewer(session: Session, _held: Standing) -> tuple[Task, ...]:
    to_review = GoodPractice.status == "provider_confirmed"
    due = GoodPractice.status == "review_due"
    return (
        Task(gettext("Good practices to review"), _count(session, to_review), "/good-practices/at-work"),
        Task(gettext("Good practices whose review is due again"), _count(session, due), "/good-practices/at-work"),
        Task(
            gettext("Open needs to judge practices for"), _count(session, Need.status == "open"), "/judgements", False
        ),
    )


def _of_auditor(session: Session, _held: Standing) -> tuple[Task, ...]:
    failed = AuditEvent.action == "fail_sign_in"
    return (
        Task(gettext("Changes on record"), _count(session, AuditEvent.id.is_not(None)), "/audit", False),
        Task(gettext("Failed sign-ins on record"), _count(session, failed), "/audit?action=fail_sign_in", False),
    )


def _of_administrator(session: Session, _held: Standing) -> tuple[Task, ...]:
    waiting = (
        OneTimeLink.purpose == "invitation",
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > clock.now(),
    )
    holds = sa.exists().where(Post.user_id == User.id, Post.ended_at.is_(None))
    without = sa.and_(User.disabled_at.is_(None), ~holds)
    return (
        Task(gettext("Invitations without an answer"), _count(session, *waiting)),
        Task(gettext("Accounts without any post"), _count(session, User.id.is_not(None), without)),
    )


TASKS: dict[str, Callable[[Session, Standing], tuple[Task, ...]]] = {
    "focal_point": _of_focal_point,
    "approver": _of_approver,
    "itpo_officer": _of_itpo_officer,
    "donor_officer": _of_donor_officer,
    "coordinator": _of_coordinator,
    "reviewer": _of_reviewer,
    "auditor": _of_auditor,
    "administrator": _of_administrator,
}

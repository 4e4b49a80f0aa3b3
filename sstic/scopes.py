"""The permission table as SQL: which rows of a resource a principal may see or change. Lists filter by it."""

from collections.abc import Callable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from sstic.permissions import Principal, Reach, reaches
from sstic.tables import Table
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice, GoodPracticeProvider, PracticeEditor, Replication, TechnologyOffer
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need, NeedMove, NeedStepEdit
from sstic.tables.organizations import Organization
from sstic.tables.proposals import Decision, InvestmentProposal, TriangularProposal
from sstic.tables.verification import Flag, ScreeningMatch, Verification

Condition = sa.ColumnElement[bool]
Scope = Callable[[Principal, Reach], Condition]
SecondPerson = Callable[[Principal], Condition]

# What a government still drafts, or took back, is its own.
PUBLIC_NEEDS = ("endorsed", "open", "in_proposal", "matched", "expired", "renewed")
# What is not reviewed yet, or no longer held up, is not shown.
PUBLIC_PRACTICES = ("published", "review_due", "renewed")
PUBLIC_OFFERS = ("published",)
# States in which a run has an answer to show; "nothing possible" is one.
ANSWERED_RUNS = ("complete", "published", "timed_out", "no_solution")


def _everything(_who: Principal, _reach: Reach) -> Condition:
    return sa.true()


def _status_in(column: Any, states: tuple[str, ...]) -> Scope:
    return lambda _who, _reach: column.in_(states)


def _own_country(column: Any) -> Scope:
    return lambda _who, reach: column == (reach.standing.country_iso3 if reach.standing else None)


def _own_organization(column: Any) -> Scope:
    return lambda _who, reach: column == (reach.standing.organization_id if reach.standing else None)


def _provided_by_own_country(_who: Principal, reach: Reach) -> Condition:
    held = reach.standing.country_iso3 if reach.standing else None
    return GoodPractice.providers.any(GoodPracticeProvider.iso3 == held)


def _one_of_two_countries(_who: Principal, reach: Reach) -> Condition:
    """Replications in the own country, and of practices that it provides."""
    held = reach.standing.country_iso3 if reach.standing else None
    provided = sa.exists().where(
        GoodPracticeProvider.practice_id == Replication.practice_id, GoodPracticeProvider.iso3 == held
    )
    return sa.or_(Replication.iso3 == held, provided)


@cache
def is_present_run() -> Condition:
    """Whether a run is the present plan: the latest one that has an answer."""
    run = aliased(MatchRun)
    latest = sa.select(sa.func.max(run.id)).where(run.status.in_(ANSWERED_RUNS))
    return MatchRun.id == latest.scalar_subquery()


def _public_run(*_: object) -> Condition:
    return sa.or_(MatchRun.status == "published", is_present_run())


@cache
def _public_proposals(table: type[TriangularProposal] | type[InvestmentProposal]) -> Condition:
    """Those of a public run whose parties are public still."""
    parties = [table.run.has(_public_run()), table.need.has(Need.status.in_(PUBLIC_NEEDS))]
    if table is TriangularProposal:
        parties.append(TriangularProposal.practice.has(GoodPractice.status.in_(PUBLIC_PRACTICES)))
    return sa.and_(*parties)


def _had_no_hand_in_it(who: Principal) -> Condition:
    """Whether somebody else began a need, saved its steps and handed it in.

    A step names only who saved it last; whoever saved it before stands in the audit.
    """
    edited = Need.edits.any(NeedStepEdit.edited_by_id == who.user_id)
    of_need = (AuditEvent.subject_table == "need", AuditEvent.subject_id == sa.cast(Need.id, sa.String(80)))
    saved = sa.exists().where(*of_need, AuditEvent.action == "save_need", AuditEvent.actor == who.actor)
    handed_in = Need.moves.any(sa.and_(NeedMove.status == "submitted", NeedMove.made_by_id == who.user_id))
    return sa.and_(Need.author_id != who.user_id, ~edited, ~saved, ~handed_in)


def _wrote_no_part(who: Principal) -> Condition:
    """Whether somebody else wrote a practice; one that a public source states was written by nobody here."""
    others = sa.or_(GoodPractice.author_id != who.user_id, GoodPractice.origin == "published")
    return sa.and_(others, ~GoodPractice.editors.any(PracticeEditor.user_id == who.user_id))


def _took_no_part(who: Principal) -> Condition:
    """Whether others wrote a practice and confirmed it."""
    confirmed = sa.func.coalesce(GoodPractice.confirmed_by_id == who.user_id, sa.false())
    return sa.and_(_wrote_no_part(who), ~confirmed)


def _not_who_offers(who: Principal) -> Condition:
    return TechnologyOffer.author_id != who.user_id


def _not_who_shortlisted(who: Principal) -> Condition:
    step = sa.exists().where(Decision.triangular_id == TriangularProposal.id, Decision.to_status == "shortlisted")
    return sa.and_(step.where(Decision.decided_by != who.user_id), ~step.where(Decision.decided_by == who.user_id))


TABLES: dict[str, type[Table]] = {
    "need": Need,
    "good_practice": GoodPractice,
    "offer": TechnologyOffer,
    "window": FundingWindow,
    "plan": MatchRun,
    "proposal": TriangularProposal,
    "investment": InvestmentProposal,
    "organization": Organization,
    "verification": Verification,
    "flag": Flag,
    "screening": ScreeningMatch,
    "person": User,
}
SCOPES: dict[tuple[str, str], Scope] = {
    ("need", "public"): _status_in(Need.status, PUBLIC_NEEDS),
    ("need", "country"): _own_country(Need.country_iso3),
    ("need", "all"): _everything,
    ("need", "handed_in"): lambda _who, _reach: Need.status != "draft",
    ("good_practice", "public"): _status_in(GoodPractice.status, PUBLIC_PRACTICES),
    ("good_practice", "country"): _provided_by_own_country,
    ("good_practice", "all"): _everything,
    ("replication", "country"): _one_of_two_countries,
    ("offer", "public"): _status_in(TechnologyOffer.status, PUBLIC_OFFERS),
    ("offer", "country"): _own_country(TechnologyOffer.owner_iso3),
    ("offer", "all"): _everything,
    ("window", "public"): _everything,
    ("window", "own"): _own_organization(FundingWindow.donor_id),
    ("window", "all"): _everything,
    ("plan", "public"): _public_run,
    ("plan", "all"): _everything,
    ("proposal", "public"): lambda _who, _reach: _public_proposals(TriangularProposal),
    ("proposal", "all"): _everything,
    ("investment", "public"): lambda _who, _reach: _public_proposals(InvestmentProposal),
    ("investment", "all"): _everything,
    ("organization", "own"): _own_organization(Organization.id),
    ("organization", "all"): _everything,
    ("verification", "all"): _everything,
    ("flag", "all"): _everything,
    ("screening", "all"): _everything,
    ("person", "self"): lambda who, _reach: User.id == who.user_id,
    ("person", "all"): _everything,
}
# Who may not do what asks for a second person.
SECOND_PERSONS: dict[tuple[str, str], SecondPerson] = {
    ("need", "endorse"): _had_no_hand_in_it,
    ("good_practice", "confirm"): _wrote_no_part,
    ("good_practice", "review"): _took_no_part,
    ("good_practice", "publish"): _took_no_part,
    ("offer", "publish"): _not_who_offers,
    ("proposal", "approve"): _not_who_shortlisted,
}


def within(who: Principal, resource: str, action: str = "read", *, even_alone: bool = False) -> Condition:
    """The rows of a resource with which ``who`` may do this; ``even_alone`` with those that ask for a second person."""
    grounds = []
    for one in reaches(who, resource, action):
        ground = SCOPES[resource, one.cell.relation](who, one)
        if one.cell.second_person and not even_alone:
            ground = sa.and_(ground, SECOND_PERSONS[resource, action](who))
        grounds.append(ground)
    return sa.or_(sa.false(), *grounds)


def may(session: Session, who: Principal, resource: str, action: str, row: Table) -> bool:
    """Whether ``who`` may do this with a row."""
    key = sa.inspect(TABLES[resource]).primary_key[0]
    held = sa.inspect(row).identity
    assert held is not None
    return bool(session.scalar(sa.select(sa.exists().where(key == held[0], within(who, resource, action)))))

"""Screening of organizations against the sanctions list that was loaded last.

A match is made for each organization and entry whose names resemble each other (``names``). It is ``open`` until a
person decides. What was decided stays until the entry or the organization's name changes; then the match is open
again. A match is never closed or removed by itself: where the names no longer resemble, it stays as it is, and where
the entry leaves the list, the match says since when.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, raiseload

from sstic import audit
from sstic.organizations.names import ListedNames, Resemblance
from sstic.organizations.sanctions_list import SanctionsList, SanctionsListError
from sstic.seeding.problems import SeedProblem
from sstic.tables.audit import AuditHead
from sstic.tables.organizations import Organization
from sstic.tables.verification import SanctionsEntry, ScreeningMatch

LONGEST_NAME = 300


@dataclass(frozen=True)
class Loaded:
    """What a list changed: the references of entries that are new, differ, or are gone."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def load_list(session: Session, actor: str, given: SanctionsList) -> Loaded:
    """Put a list in the place of the one before.

    Raises
    ------
    SanctionsListError
        Where made-up entries would take the place of real ones.
    """
    one_at_a_time(session)
    held = {entry.reference: entry for entry in session.scalars(sa.select(SanctionsEntry))}
    if any(one.is_sample for one in given.entries) and not all(entry.is_sample for entry in held.values()):
        problem = "holds made-up entries, and a real list is loaded; it stays"
        raise SanctionsListError([SeedProblem("the list", 0, "", problem)])
    found = Loaded()
    for one in given.entries:
        entry = held.pop(one.reference, None)
        if entry is None:
            entry = SanctionsEntry(reference=one.reference, digest="")
            session.add(entry)
            found.added.append(one.reference)
        elif entry.digest != one.digest:
            found.changed.append(one.reference)
        entry.kind, entry.names, entry.digest = one.kind, list(one.names), one.digest
        entry.listed_on, entry.is_sample = one.listed_on, one.is_sample
    for reference, entry in held.items():
        session.delete(entry)
        found.removed.append(reference)
    told = {"generated": given.generated, "entries": len(given.entries), "is_sample": given.entries[0].is_sample}
    gone = {"added": found.added, "changed": found.changed, "removed": sorted(found.removed)}
    audit.record(session, actor, "load_sanctions_list", "sanctions_entry", given.digest, {**told, **gone})
    return found


def screen_everyone(session: Session, actor: str) -> Counter[str]:
    """Screen every organization; how many matches were found, opened again, delisted and listed again."""
    one_at_a_time(session)
    everyone = session.scalars(sa.select(Organization).options(raiseload("*")).order_by(Organization.id)).all()
    return _screen(session, actor, everyone, session.scalars(sa.select(ScreeningMatch)).all())


def screen_organization(session: Session, actor: str, organization: Organization) -> Counter[str]:
    """Screen one organization. Whoever makes or renames one calls this in the same transaction."""
    one_at_a_time(session)
    query = sa.select(ScreeningMatch).where(ScreeningMatch.organization_id == organization.id)
    return _screen(session, actor, [organization], session.scalars(query).all())


def matches_to_decide(session: Session) -> int:
    """How many matches wait for a decision."""
    waits = (ScreeningMatch.status == "open", ScreeningMatch.delisted_at.is_(None))
    return session.scalar(sa.select(sa.func.count()).select_from(ScreeningMatch).where(*waits)) or 0


def one_at_a_time(session: Session) -> None:
    """Let no two screenings, nor a screening and a decision, run at once: both would write the same match.

    The end of the audit is the lock: every change comes to it in any case, so that taken first it cannot tie a knot.
    """
    session.flush()
    session.execute(sa.select(AuditHead.id).with_for_update())


def _screen(
    session: Session, actor: str, organizations: Iterable[Organization], matches: Sequence[ScreeningMatch]
) -> Counter[str]:
    entries = {entry.reference: entry for entry in session.scalars(sa.select(SanctionsEntry))}
    listed = ListedNames((reference, name) for reference in sorted(entries) for name in entries[reference].names)
    held = {(match.organization_id, match.entry_reference): match for match in matches}
    step = _Step(session, actor, datetime.now(UTC))
    for organization in organizations:
        for reference, near in listed.resembling(organization.name).items():
            match = held.get((organization.id, reference))
            if match is None:
                step.find(organization, entries[reference], near)
            else:
                step.look_again(match, organization, entries[reference], near)
    for match in matches:
        step.follow_list(match, entries)
    return step.counts


@dataclass
class _Step:
    """One screening: each change of a match, with its audit row and its count."""

    session: Session
    actor: str
    now: datetime
    counts: Counter[str] = field(default_factory=Counter)

    def find(self, organization: Organization, entry: SanctionsEntry, near: Resemblance) -> None:
        match = ScreeningMatch(organization_id=organization.id, entry_reference=entry.reference, found_at=self.now)
        match.status = "open"
        _compare(match, organization, entry, near)
        self.session.add(match)
        self._keep(match, "found")

    def look_again(
        self, match: ScreeningMatch, organization: Organization, entry: SanctionsEntry, near: Resemblance
    ) -> None:
        if (match.entry_digest, match.organization_name) == (entry.digest, organization.name):
            return
        _compare(match, organization, entry, near)
        was_decided = match.status != "open"
        if was_decided:
            match.status, match.reason, match.decided_at, match.decided_by_id = "open", None, None, None
        self._keep(match, "opened_again" if was_decided else "changed")

    def follow_list(self, match: ScreeningMatch, entries: dict[str, SanctionsEntry]) -> None:
        is_listed = match.entry_reference in entries
        if is_listed == (match.delisted_at is None):
            return
        match.delisted_at = None if is_listed else self.now
        self._keep(match, "listed_again" if is_listed else "delisted")

    def _keep(self, match: ScreeningMatch, what: str) -> None:
        told = audit.changed(match)
        self.session.flush()
        audit.record(self.session, self.actor, f"screening_{what}", "screening_match", match.id, told)
        self.counts[what] += 1


def _compare(match: ScreeningMatch, organization: Organization, entry: SanctionsEntry, near: Resemblance) -> None:
    match.organization_name, match.entry_digest = organization.name, entry.digest
    match.listed_name, match.score = near.listed_name[:LONGEST_NAME], near.score

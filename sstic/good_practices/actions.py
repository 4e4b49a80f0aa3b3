"""What is done with good practices: written, confirmed, reviewed, published, called for review, archived.

Each action leaves its audit row. The rules of two persons and of legal moves are kept here; which rows a person
reaches at all is told by ``sstic.scopes``.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from sstic import audit
from sstic.good_practices.drafts import countries_of
from sstic.good_practices.fields import Review, Start
from sstic.good_practices.form import STEPS_LEFT_OPEN, STEPS_NEEDED
from sstic.good_practices.storing import steps_filled
from sstic.permissions import Principal
from sstic.scopes import may
from sstic.tables.good_practices import (
    GOOD_PRACTICE_MOVES,
    QUESTIONS,
    GoodPractice,
    GoodPracticeProvider,
    PracticeEditor,
    PracticeReview,
    PracticeStep,
    Replication,
)

# A practice is looked at again two years after it was published.
REVIEW_AFTER = timedelta(days=730)


class RefusedError(Exception):
    """An action that is not possible; nothing has been changed.

    ``reason`` is ``state``, ``second_person``, ``incomplete`` or ``confirmed_already``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def start_practice(session: Session, who: Principal, start: Start) -> GoodPractice:
    """Open a draft of a practice that a country provides."""
    practice = GoodPractice(
        reference=f"new-{secrets.token_hex(6)}",
        title=start.title,
        action_area=start.action_area,
        institution_name="",
        summary="",
        results_kind="unknown",
        origin="submitted",
        status="draft",
        author_id=who.user_id,
    )
    session.add(practice)
    session.flush()
    practice.reference = f"GPS-{practice.id:04}"
    session.add_all(
        [
            GoodPracticeProvider(practice_id=practice.id, iso3=start.country),
            PracticeEditor(practice_id=practice.id, user_id=who.user_id),
        ]
    )
    told = {"reference": practice.reference, **start.model_dump()}
    audit.record(session, who.actor, "start_practice", "good_practice", practice.id, told)
    return practice


def may_write(practice: GoodPractice, step: str) -> bool:
    """Whether the state of a practice lets a step be written."""
    return practice.status == "draft" or (step in STEPS_LEFT_OPEN and practice.status != "archived")


def note_saving(
    session: Session,
    who: Principal,
    practice: GoodPractice,
    step: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> bool:
    """Count the saving of a step and tell what it changed; nothing is noted where nothing changed."""
    places = sorted(place for place in before.keys() | after.keys() if before.get(place) != after.get(place))
    if not places:
        return False
    now = datetime.now(UTC)
    held = session.get(PracticeStep, (practice.id, step))
    if held is None:
        session.add(
            PracticeStep(practice_id=practice.id, step=step, version=1, edited_by_id=who.user_id, edited_at=now)
        )
    else:
        held.version, held.edited_by_id, held.edited_at = held.version + 1, who.user_id or 0, now
    practice.version += 1
    if session.get(PracticeEditor, (practice.id, who.user_id)) is None:
        session.add(PracticeEditor(practice_id=practice.id, user_id=who.user_id))
    told = {"step": step, **{one: {"before": before.get(one), "after": after.get(one)} for one in places}}
    audit.record(session, who.actor, "save_practice_step", "good_practice", practice.id, told)
    return True


def confirm_practice(session: Session, who: Principal, practice: GoodPractice) -> None:
    """The provider country stands behind a practice: an approver who wrote no part of it."""
    _is_legal(practice, "provider_confirmed")
    _asks_for_another(session, who, practice, "confirm")
    if not set(STEPS_NEEDED) <= steps_filled(practice):
        raise RefusedError("incomplete")
    _move(session, who, practice, "provider_confirmed", "confirm_practice")
    practice.confirmed_by_id, practice.confirmed_at = who.user_id, datetime.now(UTC)


def take_back_practice(session: Session, who: Principal, practice: GoodPractice) -> None:
    """Back to the draft, before a reviewer has answered."""
    if practice.status != "provider_confirmed":
        raise RefusedError("state")
    _back_to_draft(session, who, practice, "take_back_practice")


def review_practice(session: Session, who: Principal, practice: GoodPractice, review: Review) -> bool:
    """Answer the three questions; all three yes let the practice pass, else it goes back with the comments.

    One whose review was due and that does not pass stays due: nothing is taken from public sight by a comment.
    """
    if practice.status not in ("provider_confirmed", "review_due"):
        raise RefusedError("state")
    _asks_for_another(session, who, practice, "review")
    answers = {one: getattr(review, one) == "yes" for one in QUESTIONS}
    comments = {f"{one}_comment": getattr(review, f"{one}_comment") for one in QUESTIONS}
    _add_review(session, who, practice, passed=review.passed, **answers, **comments)
    told = {**answers, **comments}
    if practice.status == "review_due":
        if review.passed:
            _move(session, who, practice, "renewed", "review_practice", told)
        else:
            practice.version += 1
            audit.record(session, who.actor, "review_practice", "good_practice", practice.id, told)
    elif review.passed:
        _move(session, who, practice, "reviewed", "review_practice", told)
    else:
        _back_to_draft(session, who, practice, "review_practice", told)
    return review.passed


def return_practice(session: Session, who: Principal, practice: GoodPractice, comment: str) -> None:
    """Send a reviewed practice back with a comment instead of publishing it."""
    if practice.status != "reviewed":
        raise RefusedError("state")
    _asks_for_another(session, who, practice, "publish")
    _add_review(session, who, practice, passed=False, comment=comment)
    _back_to_draft(session, who, practice, "return_practice", {"comment": comment})


def publish_practice(session: Session, who: Principal, practice: GoodPractice) -> None:
    """Put a practice that passed review into the catalogue, until its next review."""
    _is_legal(practice, "published")
    _asks_for_another(session, who, practice, "publish")
    _move(session, who, practice, "published", "publish_practice")
    now = datetime.now(UTC)
    practice.published_at, practice.review_due_on = now, (now + REVIEW_AFTER).date()


def call_for_review(session: Session, who: Principal, practice: GoodPractice) -> None:
    """Ask for a new review of a published practice."""
    _is_legal(practice, "review_due")
    _asks_for_another(session, who, practice, "publish")
    _move(session, who, practice, "review_due", "call_for_review")


def give_up_draft(session: Session, who: Principal, practice: GoodPractice) -> None:
    """Put a draft away that will not be finished."""
    if practice.status != "draft":
        raise RefusedError("state")
    _move(session, who, practice, "archived", "archive_practice")


def archive_practice(session: Session, who: Principal, practice: GoodPractice) -> None:
    """Take a practice out of use; it is kept."""
    _move(session, who, practice, "archived", "archive_practice")


def confirm_replication(session: Session, who: Principal, practice: GoodPractice, replication: Replication) -> None:
    """Confirm a replication for the country of the own post; the two countries ask for two persons."""
    own, providers = set(countries_of(who, "replication", "confirm")), {one.iso3 for one in practice.providers}
    others = (replication.provider_confirmed_by_id, replication.replicator_confirmed_by_id)
    now = datetime.now(UTC)
    if providers & own and replication.provider_confirmed_at is None:
        side = "provider"
    elif replication.iso3 in own and replication.replicator_confirmed_at is None:
        side = "replicator"
    else:
        raise RefusedError("confirmed_already")
    if who.user_id in others:
        raise RefusedError("second_person")
    setattr(replication, f"{side}_confirmed_by_id", who.user_id)
    setattr(replication, f"{side}_confirmed_at", now)
    replication.version += 1
    told = {"practice": practice.reference, "country": replication.iso3, "for": side}
    subject = f"{practice.id}/{replication.iso3}"
    audit.record(session, who.actor, "confirm_replication", "replication", subject, told)


def _asks_for_another(session: Session, who: Principal, practice: GoodPractice, action: str) -> None:
    """Whom the permission table lets do this with a practice that somebody else wrote, and here may not."""
    if not may(session, who, "good_practice", action, practice):
        raise RefusedError("second_person")


def _is_legal(practice: GoodPractice, to: str) -> None:
    if to not in GOOD_PRACTICE_MOVES[practice.status]:
        raise RefusedError("state")


def _back_to_draft(
    session: Session, who: Principal, practice: GoodPractice, action: str, told: Mapping[str, Any] | None = None
) -> None:
    _move(session, who, practice, "draft", action, told)
    practice.confirmed_by_id = practice.confirmed_at = None


def _move(
    session: Session,
    who: Principal,
    practice: GoodPractice,
    to: str,
    action: str,
    told: Mapping[str, Any] | None = None,
) -> None:
    _is_legal(practice, to)
    before = practice.status
    practice.status, practice.version = to, practice.version + 1
    details = {**(told or {}), "status": {"before": before, "after": to}}
    audit.record(session, who.actor, action, "good_practice", practice.id, details)


def _add_review(session: Session, who: Principal, practice: GoodPractice, **facts: Any) -> None:
    moment = datetime.now(UTC)
    session.add(PracticeReview(practice_id=practice.id, reviewer_id=who.user_id, reviewed_at=moment, **facts))

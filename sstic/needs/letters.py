"""Mail about a need at each of its moves, to those who must act next or who wrote it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import mail
from sstic.settings import settings
from sstic.tables.accounts import Post, User
from sstic.tables.needs import Need, NeedStepEdit
from sstic.tables.organizations import Organization

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told of a move, and to whom: those who wrote the need, or the holders of a role."""

    subject: str
    text: str
    to_writers: bool = False
    to_approvers: bool = False
    to_coordinators: bool = False


LETTERS = {
    "submitted": Letter(
        "{reference} waits for endorsement", "The need '{title}' was handed in for endorsement.", to_approvers=True
    ),
    "returned": Letter(
        "{reference} was returned",
        "The need '{title}' is in your hands again. The comments stand beside the answers.",
        to_writers=True,
    ),
    "endorsed": Letter(
        "{reference} was endorsed",
        "The need '{title}' was endorsed and can be opened.",
        to_writers=True,
        to_approvers=True,
        to_coordinators=True,
    ),
    "open": Letter("{reference} is open", "The need '{title}' is open: it takes part in match runs.", to_writers=True),
    "withdrawn": Letter(
        "{reference} was withdrawn", "The need '{title}' was withdrawn.", to_writers=True, to_approvers=True
    ),
    "expired": Letter(
        "{reference} has expired",
        "The need '{title}' has passed its last day and left matching. It can be renewed.",
        to_writers=True,
    ),
    "renewed": Letter(
        "{reference} was renewed", "The need '{title}' has a new last day and waits to be opened.", to_approvers=True
    ),
}


def tell(session: Session, need: Need, made_by_id: int | None, reason: str | None) -> None:
    """Tell of the move that a need has just made, once the transaction has ended well; who made it is not told."""
    letter = LETTERS[need.status]
    named = {"reference": need.reference, "title": need.title}
    lines = [letter.text.format(**named)]
    lines += [f"Reason: {reason}"] if reason else []
    lines += [f"See {settings().own_address}/needs/{need.reference}/status"]
    subject, text = letter.subject.format(**named), "\n\n".join(lines)
    recipients = sorted(_recipients(session, need, letter, made_by_id))

    def post_all(_session: Session) -> None:
        for recipient in recipients:
            try:
                mail.send(recipient, subject, text)
            except OSError:  # what was done is done; that nobody was told must not look as if it were not
                log.exception("a letter about %s was not sent", named["reference"])

    sa.event.listen(session, "after_commit", post_all, once=True)


def _recipients(session: Session, need: Need, letter: Letter, made_by_id: int | None) -> set[str]:
    today = datetime.now(UTC).date()
    conditions: list[sa.ColumnElement[bool]] = []
    if letter.to_writers:
        wrote = sa.select(NeedStepEdit.edited_by_id).where(NeedStepEdit.need_id == need.id)
        conditions.append(sa.or_(User.id == need.author_id, User.id.in_(wrote)) & _holds("focal_point", need, today))
    if letter.to_approvers:
        conditions.append(_holds("approver", need, today))
    if letter.to_coordinators:
        conditions.append(_holds("coordinator", None, today))
    able = (User.disabled_at.is_(None), User.erased_at.is_(None), User.id.is_distinct_from(made_by_id))
    return set(session.scalars(sa.select(User.email).where(sa.or_(*conditions), *able)))


def _holds(role: str, need: Need | None, today: date) -> sa.ColumnElement[bool]:
    """Whether a person holds a role today, at an organization of the need's country where there is one to look at."""
    held: Iterable[sa.ColumnElement[bool]] = (
        Post.user_id == User.id,
        Post.organization_id == Organization.id,
        Post.role == role,
        Post.from_on <= today,
        sa.or_(Post.until_on.is_(None), Post.until_on >= today),
        Post.ended_at.is_(None),
    )
    where = (Organization.country_iso3 == need.country_iso3,) if need is not None else ()
    return sa.exists().where(*held, *where)

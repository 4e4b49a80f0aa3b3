"""What is done with personal data: given out, erased, removed after its time. Each leaves an audit row."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.accounts.actions.attempts import key_of
from sstic.personal_data.queries import everything_about, kept_too_long, overdue
from sstic.tables import Table
from sstic.tables.accounts import (
    ApiToken,
    Delegation,
    OneTimeLink,
    Post,
    RecoveryCode,
    SignInAttempt,
    User,
    UserSession,
)
from sstic.tables.needs import NeedContact

# What is left of an erased account; everything else of it is emptied, also columns that are added later.
LEFT = ("id", "is_demo", "disabled_at", "erased_at")


class AlreadyErasedError(Exception):
    """There is nothing left to erase."""


def export_person(session: Session, actor: str, user: User) -> dict[str, Any]:
    """Everything that is kept of a person, but for secrets; that it was given out is kept too."""
    audit.record(session, actor, "export_person", User.__tablename__, user.id, {})
    return {
        "person": f"user:{user.id}",
        "exported_at": datetime.now(UTC).isoformat(),
        "tables": everything_about(session, user),
    }


def erase_person(session: Session, actor: str, user: User) -> int:
    """Erase a person; gives the number that is left, under which their acts stay known.

    Raises
    ------
    AlreadyErasedError
        Where the person was erased before.
    """
    if user.erased_at is not None:
        raise AlreadyErasedError
    email, now = user.email, datetime.now(UTC)
    removed = _remove_ways_in(session, user, email)
    ended = _end_posts(session, user, now)
    session.execute(
        sa.update(NeedContact)
        .where(sa.func.lower(NeedContact.email) == email.lower())
        .values(name=None, role=None, email=None, phone=None)
    )
    for name, column in sa.inspect(User).columns.items():
        if name not in LEFT:
            setattr(user, name, None if column.nullable else f"erased-{user.id}")
    # No mail goes to the reserved domain "invalid".
    user.name, user.email = "Former user", f"erased-{user.id}@erased.invalid"
    user.disabled_at, user.erased_at = user.disabled_at or now, now
    told = {**audit.changed(user), "removed": removed, "ended": ended}
    audit.record(session, actor, "erase_person", User.__tablename__, user.id, told)
    return user.id


def purge_kept(session: Session, actor: str, now: datetime) -> tuple[dict[str, int], list[str]]:
    """Remove what was kept long enough; how much of each kind, and the addresses of the people who were erased."""
    counts, emails = kept_too_long(session, now), []
    for table, condition in overdue(now).values():
        if table is User:
            for user in session.scalars(sa.select(User).where(condition).order_by(User.id)).all():
                emails.append(user.email)
                erase_person(session, actor, user)
        else:
            session.execute(sa.delete(table).where(condition))
    if any(counts.values()):
        audit.record(session, actor, "purge", "retention", now.date(), {"removed": counts})
    return counts, emails


def _remove_ways_in(session: Session, user: User, email: str) -> dict[str, int]:
    addressed = sa.or_(OneTimeLink.user_id == user.id, sa.func.lower(OneTimeLink.email) == email.lower())
    tries = [key_of(kind, email.lower()) for kind in ("account", "reset")]
    conditions: dict[type[Table], sa.ColumnElement[bool]] = {
        SignInAttempt: SignInAttempt.key.in_([*tries, key_of("code", user.id)]),
        UserSession: UserSession.user_id == user.id,
        ApiToken: ApiToken.user_id == user.id,
        RecoveryCode: RecoveryCode.user_id == user.id,
        OneTimeLink: addressed,
    }
    removed = {}
    for table, condition in conditions.items():
        (key,) = sa.inspect(table).primary_key
        gone = session.scalars(sa.delete(table).where(condition).returning(key))
        removed[table.__tablename__] = len(gone.all())
    return removed


def _end_posts(session: Session, user: User, now: datetime) -> dict[str, int]:
    """End the posts of a person, and what was lent of them and to them."""
    posts = session.scalars(sa.select(Post).where(Post.user_id == user.id, Post.ended_at.is_(None))).all()
    for post in posts:
        post.ended_at = now
    own = sa.select(Post.id).where(Post.user_id == user.id)
    lent = session.scalars(
        sa.select(Delegation).where(
            Delegation.ended_at.is_(None), sa.or_(Delegation.deputy_id == user.id, Delegation.post_id.in_(own))
        )
    ).all()
    for one in lent:
        one.ended_at = now
    return {"post": len(posts), "delegation": len(lent)}

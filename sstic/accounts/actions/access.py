"""Keeping a person out for a time, and letting them in again."""

from sqlalchemy.orm import Session

from sstic import audit, clock
from sstic.accounts.actions.sessions import end_sessions, revoke_tokens
from sstic.tables.accounts import User


def disable(session: Session, actor: str, user: User, reason: str) -> None:
    """Let a person in no more, by whichever way, and end what they hold. Their posts stay, and give no right."""
    user.disabled_at = clock.now()
    _record(session, actor, "disable_person", user, reason)
    end_sessions(session, actor, user.id)
    revoke_tokens(session, actor, user.id)


def enable(session: Session, actor: str, user: User, reason: str) -> None:
    """Let a person sign in again; sessions and tokens stay ended."""
    user.disabled_at = None
    _record(session, actor, "enable_person", user, reason)


def _record(session: Session, actor: str, action: str, user: User, reason: str) -> None:
    audit.record(session, actor, action, User.__tablename__, user.id, {**audit.changed(user), "reason": reason})

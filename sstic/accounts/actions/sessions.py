"""Signed-in browsers: a session begins, waits for the second factor, ends."""

import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit, clock
from sstic.identity import digest_of
from sstic.tables.accounts import ApiToken, User, UserSession

# So long the page that asks for the second factor waits.
PENDING = timedelta(minutes=10)
BROWSER_LENGTH = 300


def begin_session(session: Session, user: User, browser: str, before: str, is_pending: bool = False) -> str:
    """Begin a session, always a new one, and end the one whose secret the browser had ``before``. Gives the secret."""
    end_session(session, before, f"user:{user.id}")
    secret, now = secrets.token_urlsafe(32), clock.now()
    shown = "".join(letter for letter in browser if letter.isprintable())[:BROWSER_LENGTH]
    row = UserSession(
        digest=digest_of(secret),
        user_id=user.id,
        created_at=now,
        last_seen_at=now,
        second_factor_pending=is_pending,
        browser=shown,
    )
    session.add(row)
    session.flush()
    action = "pass_first_factor" if is_pending else "sign_in"
    audit.record(session, f"user:{user.id}", action, "user_session", row.id, {})
    return secret


def pending_user(session: Session, secret: str) -> User | None:
    """Whoever gave the password and still owes the second factor."""
    waits = sa.and_(
        UserSession.digest == digest_of(secret),
        UserSession.ended_at.is_(None),
        UserSession.second_factor_pending,
        UserSession.created_at > clock.now() - PENDING,
    )
    query = sa.select(User).join(UserSession, UserSession.user_id == User.id).where(waits, User.disabled_at.is_(None))
    return session.scalar(query)


def end_session(session: Session, secret: str, actor: str) -> None:
    """End the session that a browser carries, if it does."""
    if secret:
        _end(session, actor, UserSession.digest == digest_of(secret))


def end_own_session(session: Session, actor: str, user_id: int, number: int) -> bool:
    """End one session of a person; whether there was one."""
    return _end(session, actor, UserSession.id == number, UserSession.user_id == user_id) > 0


def end_sessions(session: Session, actor: str, user_id: int, but: int | None = None) -> int:
    """End all sessions of a person but one; how many."""
    others = UserSession.id != but if but is not None else sa.true()
    return _end(session, actor, UserSession.user_id == user_id, others)


def _end(session: Session, actor: str, *conditions: sa.ColumnElement[bool]) -> int:
    rows = session.scalars(sa.select(UserSession).where(UserSession.ended_at.is_(None), *conditions)).all()
    for row in rows:
        row.ended_at = clock.now()
        audit.record(session, actor, "end_session", "user_session", row.id, {})
    return len(rows)


def revoke_tokens(session: Session, actor: str, user_id: int, number: int | None = None) -> int:
    """Revoke one token of a person, or all of them; how many."""
    wanted = ApiToken.id == number if number is not None else sa.true()
    query = sa.select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), wanted)
    rows = session.scalars(query).all()
    for row in rows:
        row.revoked_at = clock.now()
        audit.record(session, actor, "revoke_token", "api_token", row.id, {})
    return len(rows)

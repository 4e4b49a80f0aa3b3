"""One-time links: to choose a password, or to take up a post. A link is good once and for a time."""

import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import clock
from sstic.accounts.actions import note
from sstic.accounts.actions.sessions import end_sessions
from sstic.identity import digest_of
from sstic.settings import settings
from sstic.tables.accounts import OneTimeLink, User

LASTS = {"reset": timedelta(hours=1), "invitation": timedelta(days=7)}


def make_link(
    session: Session,
    purpose: str,
    email: str,
    actor: str,
    user_id: int | None = None,
    made_by_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> str:
    """Make a link and give its address; only its digest is kept."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    row = OneTimeLink(
        digest=digest_of(secret),
        purpose=purpose,
        user_id=user_id,
        email=email,
        details=details or {},
        made_by_id=made_by_id,
        made_at=now,
        expires_at=now + LASTS[purpose],
    )
    note(session, actor, f"make_{purpose}_link", row)
    return f"{settings().own_address}/{purpose}/{secret}"


def good_link(session: Session, purpose: str, secret: str, locks: bool = False) -> OneTimeLink | None:
    """The link of a secret, while it may be used; ``locks`` keeps two users of it apart."""
    query = sa.select(OneTimeLink).where(
        OneTimeLink.digest == digest_of(secret),
        OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > clock.now(),
    )
    return session.scalar(query.with_for_update() if locks else query)


def reset_password(session: Session, link: OneTimeLink, password_hash: str) -> User | None:
    """Give the account of a reset link its new password. Its sessions end; its second factor stays as it is."""
    user = session.get(User, link.user_id)
    if user is None or user.disabled_at is not None:
        return None
    actor = f"user:{user.id}"
    link.used_at = clock.now()
    note(session, actor, "use_reset_link", link)
    set_password(session, user, password_hash, "reset_password")
    end_sessions(session, actor, user.id)
    return user


def set_password(session: Session, user: User, password_hash: str, action: str) -> None:
    """Keep a password; links to reset it that are still about are good no more."""
    actor = f"user:{user.id}"
    user.password_hash = password_hash
    note(session, actor, action, user)
    left = sa.select(OneTimeLink).where(
        OneTimeLink.user_id == user.id, OneTimeLink.purpose == "reset", OneTimeLink.used_at.is_(None)
    )
    for one in session.scalars(left).all():
        one.used_at = clock.now()
        note(session, actor, "void_reset_link", one)

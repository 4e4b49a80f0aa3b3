"""What a person changes about themselves."""

import secrets
from datetime import date, timedelta

from sqlalchemy.orm import Session

from sstic import clock
from sstic.accounts.actions import note
from sstic.identity import digest_of
from sstic.permissions import Principal
from sstic.tables.accounts import ApiToken, Post, User

# What a list shows of a token, so that its owner knows it again.
SHOWN = 6


def rename(session: Session, user: User, name: str) -> None:
    """Let a person have another name."""
    if user.name != name:
        user.name = name
        note(session, f"user:{user.id}", "rename", user)


def make_token(session: Session, who: Principal, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Make a token for the API; gives the row, and the token, of which only the digest is kept."""
    secret, now = f"sstic_{secrets.token_urlsafe(32)}", clock.now()
    row = ApiToken(
        user_id=who.user_id,
        digest=digest_of(secret),
        name=name,
        beginning=secret.removeprefix("sstic_")[:SHOWN],
        scope=scope,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    note(session, who.actor, "make_token", row)
    return row, secret


def is_held(post: Post, day: date) -> bool:
    """Whether a post is held on a day."""
    return post.from_on <= day and post.ended_at is None and (post.until_on is None or post.until_on >= day)

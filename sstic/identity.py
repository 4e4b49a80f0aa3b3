"""Who a request comes from: the session of a browser or the token of a program, looked up in the database each time."""

import hashlib
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from sstic import clock
from sstic.database import reading, transaction
from sstic.permissions import ANYONE, Principal, Standing
from sstic.settings import settings
from sstic.tables.accounts import ApiToken, Delegation, Post, User, UserSession

COOKIE = "__Host-sstic"
BEARER = "Bearer "
# The last use of a session is written down no more often than this.
SEEN = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """What is kept of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def principal_of(authorization: str, cookie: str) -> Principal:
    """The principal of a request, by its token or its session; the public where neither is good."""
    if authorization.startswith(BEARER):
        return _by_token(authorization.removeprefix(BEARER))
    return _by_session(cookie) if cookie else ANYONE


def is_held_on(day: date) -> sa.ColumnElement[bool]:
    """Whether a post is held on a day: it has begun, has not run out and was not ended before."""
    return sa.and_(Post.from_on <= day, sa.or_(Post.until_on.is_(None), Post.until_on >= day), Post.ended_at.is_(None))


def standings_of(session: Session, user: User, today: date) -> tuple[Standing, ...]:
    """The posts that a person holds today, their own and those lent to them."""
    held = is_held_on(today)
    lent = sa.select(Delegation.post_id).where(
        Delegation.deputy_id == user.id,
        Delegation.ended_at.is_(None),
        Delegation.from_on <= today,
        Delegation.until_on >= today,
    )
    query = (
        sa.select(Post)
        .join(Post.user)
        .where(held, User.disabled_at.is_(None), sa.or_(Post.user_id == user.id, Post.id.in_(lent)))
        .options(joinedload(Post.organization))
        .order_by(Post.id)
    )
    return tuple(
        Standing(
            post.role,
            post.organization_id,
            post.organization.country_iso3,
            post.is_lead and post.user_id == user.id,
            post.user_id != user.id,
        )
        for post in session.scalars(query)
    )


def _by_session(cookie: str) -> Principal:
    now, limits = clock.now(), settings()
    with reading() as session:
        query = (
            sa.select(UserSession)
            .join(UserSession.user)
            .where(
                UserSession.digest == digest_of(cookie),
                UserSession.ended_at.is_(None),
                UserSession.second_factor_pending.is_(False),
                UserSession.last_seen_at > now - timedelta(minutes=limits.session_idle_minutes),
                UserSession.created_at > now - timedelta(hours=limits.session_hours),
                User.disabled_at.is_(None),
            )
            .options(joinedload(UserSession.user))
        )
        held = session.scalar(query)
        if held is None:
            return ANYONE
        found = Principal(held.user_id, held.user.name, standings_of(session, held.user, now.date()), held.id)
        stale = held.last_seen_at < now - SEEN
    if stale:
        with transaction() as session:
            session.execute(sa.update(UserSession).where(UserSession.id == found.session_id).values(last_seen_at=now))
    return found


def _by_token(secret: str) -> Principal:
    now = clock.now()
    with reading() as session:
        query = (
            sa.select(ApiToken)
            .join(ApiToken.user)
            .where(
                ApiToken.digest == digest_of(secret),
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > now,
                User.disabled_at.is_(None),
            )
            .options(joinedload(ApiToken.user))
        )
        held = session.scalar(query)
        if held is None:
            return ANYONE
        found = Principal(
            held.user_id,
            held.user.name,
            standings_of(session, held.user, now.date()),
            may_write=held.scope == "write",
        )
        token, stale = held.id, held.last_used_at is None or held.last_used_at < now - SEEN
    if stale:
        with transaction() as session:
            session.execute(sa.update(ApiToken).where(ApiToken.id == token).values(last_used_at=now))
    return found

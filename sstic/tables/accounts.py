"""People who use the service: their accounts, what they are at which organization, and the ways they sign in.

Secrets are kept as digests only, but for the seed of a second factor, which both sides must know.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Id, Line, Table, one_of
from sstic.tables.organizations import Organization

USER_ROLES = (
    "focal_point",
    "approver",
    "itpo_officer",
    "donor_officer",
    "coordinator",
    "reviewer",
    "auditor",
    "administrator",
)
LINK_PURPOSES = ("invitation", "reset")
TOKEN_SCOPES = ("read", "write")

# What audit rows never repeat.
PERSONAL, SECRET = {"personal": True}, {"secret": True}


class User(Table):
    """A person. ``is_demo`` marks a made-up one; an erased one keeps its number alone.

    The second factor is on since ``totp_on_at``; a seed without it was never confirmed.
    """

    __tablename__ = "user_account"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(sa.String(254), unique=True, info=PERSONAL)
    name: Mapped[Line] = mapped_column(info=PERSONAL)
    is_demo: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), info=SECRET)
    totp_seed: Mapped[str | None] = mapped_column(sa.String(64), info=SECRET)
    totp_on_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    openid_subject: Mapped[str | None] = mapped_column(sa.String(300), unique=True, info=PERSONAL)
    disabled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    posts: Mapped[list["Post"]] = relationship(back_populates="user", order_by="Post.id")


class Post(Table):
    """What a person is at an organization, from one day to another: the membership that rights come from.

    ``until_on`` is its last day; ``ended_at`` cuts it short at once.
    """

    __tablename__ = "post"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "organization_id", "role", "from_on"),
        sa.CheckConstraint("until_on is null or until_on >= from_on", name="ends_after_start"),
    )
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    role: Mapped[str] = mapped_column(one_of("post_role", *USER_ROLES))
    is_lead: Mapped[bool] = mapped_column(default=False)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(back_populates="posts")
    organization: Mapped[Organization] = relationship()


class Delegation(Table):
    """A post lent to a colleague for an absence."""

    __tablename__ = "delegation"
    __table_args__ = (sa.CheckConstraint("until_on >= from_on", name="ends_after_start"),)
    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("post.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    ended_at: Mapped[datetime | None]
    post: Mapped[Post] = relationship()
    deputy: Mapped[User] = relationship()


class UserSession(Table):
    """A signed-in browser. ``second_factor_pending`` bars everything but the page that asks for the code."""

    __tablename__ = "user_session"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True, info=SECRET)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    second_factor_pending: Mapped[bool] = mapped_column(default=False)
    browser: Mapped[Line] = mapped_column(info=PERSONAL)
    user: Mapped[User] = relationship()


class OneTimeLink(Table):
    """A link that is good once: to set a password, or to accept an invitation, whose post ``details`` tells."""

    __tablename__ = "one_time_link"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True, info=SECRET)
    purpose: Mapped[str] = mapped_column(one_of("link_purpose", *LINK_PURPOSES))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True, info=PERSONAL)
    details: Mapped[dict[str, Any]]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Table):
    """A code that stands in once for the second factor."""

    __tablename__ = "recovery_code"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), info=SECRET)
    used_at: Mapped[datetime | None]


class ApiToken(Table):
    """A token of a person for the API. It never grants more than the person has at the moment of use."""

    __tablename__ = "api_token"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True, info=SECRET)
    name: Mapped[Line]
    beginning: Mapped[str] = mapped_column(sa.String(12), info=SECRET)
    scope: Mapped[str] = mapped_column(one_of("token_scope", *TOKEN_SCOPES))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class SignInAttempt(Table):
    """A failed try, counted per account and per address; both are kept as digests."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (sa.Index("ix_sign_in_attempt_key_at", "key", "happened_at"),)
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(64))
    happened_at: Mapped[datetime]

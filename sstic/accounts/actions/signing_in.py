"""Signing in: the password is checked, and what came of it is kept."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.accounts import passwords
from sstic.accounts.actions import note
from sstic.database import reading
from sstic.tables.accounts import User


@dataclass(frozen=True)
class Checked:
    """What came of a password: whose account it is about, whether it is right, and a fresher hash where due."""

    user_id: int | None
    is_right: bool
    fresh_hash: str | None = None


def check_password(email: str, password: str) -> Checked:
    """Check a password with one hash, whether or not there is an account; no transaction is open meanwhile."""
    with reading() as session:
        query = sa.select(User.id, User.password_hash).where(User.email == email, User.disabled_at.is_(None))
        number, kept = session.execute(query).one_or_none() or (None, None)
    if not passwords.is_right(kept, password):
        return Checked(number, False)
    outdated = kept is not None and passwords.is_outdated(kept)
    return Checked(number, True, passwords.hashed(password) if outdated else None)


def account_of(session: Session, email: str) -> User | None:
    """The account of an address, while it may be used."""
    return session.scalar(sa.select(User).where(User.email == email, User.disabled_at.is_(None)))


def check_own_password(user_id: int, password: str) -> bool:
    """Whether a password is that of the person who is signed in."""
    with reading() as session:
        kept = session.scalar(sa.select(User.password_hash).where(User.id == user_id))
    return passwords.is_right(kept, password)


def refuse(session: Session, user_id: int | None, why: str) -> None:
    """Keep that somebody could not sign in; who tried is not known."""
    audit.record(session, "visitor", "fail_sign_in", "user_account", user_id or "none", {"why": why})


def keep_fresh_hash(session: Session, user: User, checked: Checked) -> None:
    """Let a password that was hashed with older parameters have the newer hash."""
    if checked.fresh_hash is not None:
        user.password_hash = checked.fresh_hash
        note(session, f"user:{user.id}", "renew_hash", user)


def link_person(session: Session, email: str, subject: str) -> User | None:
    """The account of a person whom an OpenID Connect provider vouches for; the first time it is found by the address.

    Nobody gets an account this way, and an account that is linked to one person is not given to another.
    """
    usable = User.disabled_at.is_(None)
    linked = session.scalar(sa.select(User).where(User.openid_subject == subject))
    if linked is not None:
        return linked if linked.disabled_at is None else None
    unlinked = (User.email == email.strip().lower(), User.openid_subject.is_(None), usable)
    user = session.scalar(sa.select(User).where(*unlinked).with_for_update())
    if user is not None:
        user.openid_subject = subject
        note(session, f"user:{user.id}", "link_openid", user)
    return user

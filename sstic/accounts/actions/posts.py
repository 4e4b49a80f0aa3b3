"""Who holds which post: inviting, taking up, ending, and lending one's own for an absence."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import clock
from sstic.accounts.actions import note
from sstic.accounts.actions.links import make_link
from sstic.accounts.actions.sessions import end_sessions, revoke_tokens
from sstic.accounts.roles import roles_to_give
from sstic.identity import is_held_on, standings_of
from sstic.permissions import Principal
from sstic.tables.accounts import Delegation, OneTimeLink, Post, User
from sstic.tables.organizations import Organization


def invite(
    session: Session,
    who: Principal,
    organization: Organization,
    email: str,
    role: str,
    is_lead: bool,
    until_on: date | None,
) -> str:
    """Offer a post to whoever reads mail at an address; gives the address of the link. No account is looked for."""
    details = {
        "organization_id": organization.id,
        "role": role,
        "is_lead": is_lead,
        "until_on": until_on.isoformat() if until_on else None,
    }
    return make_link(session, "invitation", email, who.actor, None, who.user_id, details)


def withdraw_invitation(session: Session, who: Principal, link: OneTimeLink) -> None:
    """Let an invitation be good no more."""
    link.used_at = clock.now()
    note(session, who.actor, "withdraw_invitation", link)


def is_still_meant(session: Session, link: OneTimeLink) -> bool:
    """Whether whoever made an invitation might make it now; one of the command line always is."""
    if link.made_by_id is None:
        return True
    host, organization = session.get(User, link.made_by_id), _organization_of(session, link)
    if host is None or organization is None:
        return False
    who = Principal(host.id, host.name, standings_of(session, host, clock.today()))
    return link.details["role"] in roles_to_give(who, organization)


def _organization_of(session: Session, link: OneTimeLink) -> Organization | None:
    return session.get(Organization, link.details.get("organization_id"))


def invited_account(session: Session, link: OneTimeLink) -> User | None:
    """The account that an invitation is for, where there is one already."""
    own = User.id == link.user_id if link.user_id is not None else User.email == link.email
    return session.scalar(sa.select(User).where(own))


def accept_invitation(session: Session, link: OneTimeLink, name: str, password_hash: str | None) -> User | None:
    """Use up an invitation: the account is made where there is none, and holds the post from today."""
    user = invited_account(session, link)
    if user is not None and user.disabled_at is not None:
        return None
    if user is None:
        user = User(email=link.email, name=name)
        note(session, "visitor", "make_account", user)
    actor = f"user:{user.id}"
    if password_hash is not None and user.password_hash is None:
        user.password_hash = password_hash
        note(session, actor, "choose_password", user)
    link.used_at = clock.now()
    note(session, actor, "accept_invitation", link)
    if "role" in link.details:
        until = link.details["until_on"]
        give_post(
            session,
            actor,
            user,
            link.details["organization_id"],
            link.details["role"],
            link.details["is_lead"],
            date.fromisoformat(until) if until else None,
        )
    return user


def give_post(
    session: Session,
    actor: str,
    user: User,
    organization_id: int,
    role: str,
    is_lead: bool,
    until_on: date | None = None,
) -> Post:
    """Let a person hold a post from today; one that was ended today is taken up again."""
    today = clock.today()
    same = (Post.user_id == user.id, Post.organization_id == organization_id, Post.role == role)
    held = sa.or_(is_held_on(today), Post.from_on == today)
    post = session.scalar(sa.select(Post).where(*same, held)) or Post(
        user_id=user.id, organization_id=organization_id, role=role, from_on=today
    )
    post.is_lead, post.until_on, post.ended_at = is_lead, max(until_on, today) if until_on else None, None
    note(session, actor, "give_post", post)
    return post


def end_post(session: Session, actor: str, post: Post) -> None:
    """End a post at once. Whoever holds none any more is signed out, and their tokens are revoked."""
    post.ended_at = clock.now()
    note(session, actor, "end_post", post)
    left = sa.select(sa.exists().where(Post.user_id == post.user_id, is_held_on(clock.today())))
    if not session.scalar(left):
        end_sessions(session, actor, post.user_id)
        revoke_tokens(session, actor, post.user_id)


def lend_post(session: Session, who: Principal, post: Post, deputy: User, from_on: date, until_on: date) -> Delegation:
    """Lend one's own post to a colleague for an absence."""
    row = Delegation(post_id=post.id, deputy_id=deputy.id, from_on=from_on, until_on=until_on)
    note(session, who.actor, "lend_post", row)
    return row


def end_delegation(session: Session, who: Principal, delegation: Delegation) -> None:
    """Take a post back before its time."""
    delegation.ended_at = clock.now()
    note(session, who.actor, "end_delegation", delegation)


def add_user(
    session: Session, email: str, name: str, role: str, organization: Organization, is_lead: bool
) -> str | None:
    """Add a person with a post by the command line; gives a link to choose a password, where they have none."""
    actor = "command line"
    user = session.scalar(sa.select(User).where(User.email == email))
    if user is None:
        user = User(email=email, name=name)
        note(session, actor, "make_account", user)
    give_post(session, actor, user, organization.id, role, is_lead)
    if user.password_hash is not None:
        return None
    return make_link(session, "invitation", email, actor, user.id)


def give_demo_passwords(session: Session, users: Sequence[User], hashes: Sequence[str]) -> None:
    """Let made-up people sign in by passwords of this moment; whoever was signed in as one is not any more."""
    for user, password_hash in zip(users, hashes, strict=True):
        assert user.is_demo
        user.password_hash = password_hash
        note(session, "command line", "give_demo_password", user)
        end_sessions(session, "command line", user.id)

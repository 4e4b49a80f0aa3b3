"""What the pages of this room show: a person's own things, and the people of an organization."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from sstic import clock
from sstic.identity import is_held_on
from sstic.permissions import Principal, reaches
from sstic.settings import settings
from sstic.tables.accounts import ApiToken, Delegation, OneTimeLink, Post, User, UserSession
from sstic.tables.organizations import Organization


def one_user(session: Session, who: Principal) -> User:
    """The account of whoever is signed in."""
    return session.get_one(User, who.user_id)


def acts_on(who: Principal, user: User) -> list[str]:
    """What ``who`` may do with the account of another now. No made-up person gets in where the service is in use."""
    if user.id == who.user_id or user.erased_at is not None:
        return []
    turned = "disable" if user.disabled_at is None else "enable"
    if turned == "enable" and user.is_demo and settings().production:
        turned = ""
    lines = {turned: "disable", "erase": "erase"}
    return [act for act, line in lines.items() if act and reaches(who, "person", line)]


def live_sessions(session: Session, user_id: int) -> Sequence[UserSession]:
    """The browsers in which a person is signed in, the one used last first."""
    now, limits = clock.now(), settings()
    query = sa.select(UserSession).where(
        UserSession.user_id == user_id,
        UserSession.ended_at.is_(None),
        UserSession.second_factor_pending.is_(False),
        UserSession.last_seen_at > now - timedelta(minutes=limits.session_idle_minutes),
        UserSession.created_at > now - timedelta(hours=limits.session_hours),
    )
    return session.scalars(query.order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())).all()


def live_tokens(session: Session, user_id: int) -> Sequence[ApiToken]:
    """The tokens of a person that are good."""
    good = (ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now())
    return session.scalars(sa.select(ApiToken).where(ApiToken.user_id == user_id, *good).order_by(ApiToken.id)).all()


def own_posts(session: Session, user_id: int) -> Sequence[Post]:
    """The posts of a person, past ones too."""
    query = sa.select(Post).where(Post.user_id == user_id).options(joinedload(Post.organization))
    return session.scalars(query.order_by(Post.from_on.desc(), Post.id)).all()


def lent_posts(session: Session, user_id: int) -> Sequence[Delegation]:
    """The posts that are lent to a person now or soon."""
    query = (
        sa.select(Delegation)
        .join(Delegation.post)
        .where(
            Delegation.deputy_id == user_id,
            Delegation.ended_at.is_(None),
            Delegation.until_on >= clock.today(),
            Post.ended_at.is_(None),
        )
        .options(contains_eager(Delegation.post).options(joinedload(Post.organization), joinedload(Post.user)))
    )
    return session.scalars(query.order_by(Delegation.from_on, Delegation.id)).all()


def organizations_of(who: Principal, action: str) -> sa.ColumnElement[bool]:
    """The organizations with whose people ``who`` may do this."""
    grounds = reaches(who, "person", action)
    if any(one.cell.relation == "all" for one in grounds):
        return sa.true()
    return Organization.id.in_([one.standing.organization_id for one in grounds if one.standing is not None])


def organization_of_people(session: Session, who: Principal, reference: str) -> Organization | None:
    """An organization whose people ``who`` may see."""
    query = sa.select(Organization).where(Organization.reference == reference, organizations_of(who, "read"))
    return session.scalar(query.options(selectinload(Organization.roles)))


def organizations_with_people(session: Session, who: Principal) -> Sequence[Organization]:
    """The organizations whose people ``who`` may see because of a post of their own."""
    held = {one.organization_id for one in who.standings}
    query = sa.select(Organization).where(Organization.id.in_(held), organizations_of(who, "read"))
    return session.scalars(query.order_by(Organization.name)).all()


def posts_at(session: Session, organization: Organization, today: date) -> Sequence[Post]:
    """The posts that are held at an organization, or will be, by the holder's name."""
    runs = (Post.ended_at.is_(None), sa.or_(Post.until_on.is_(None), Post.until_on >= today))
    query = sa.select(Post).join(Post.user).where(Post.organization_id == organization.id, *runs)
    return session.scalars(query.options(contains_eager(Post.user)).order_by(User.name, Post.id)).all()


def past_posts_at(session: Session, organization: Organization, today: date) -> Sequence[Post]:
    """The posts that were held at an organization, the last ended first."""
    over = sa.or_(Post.ended_at.is_not(None), Post.until_on < today)
    query = sa.select(Post).join(Post.user).where(Post.organization_id == organization.id, over)
    return session.scalars(query.options(contains_eager(Post.user)).order_by(Post.id.desc()).limit(100)).all()


def post_at(session: Session, organization: Organization, number: int) -> Post | None:
    """A post at an organization that has not ended."""
    query = sa.select(Post).where(Post.id == number, Post.organization_id == organization.id, Post.ended_at.is_(None))
    return session.scalar(query)


def invitations_to(session: Session, organization: Organization) -> Sequence[OneTimeLink]:
    """The invitations to an organization that wait for an answer."""
    waiting = sa.select(OneTimeLink).where(
        OneTimeLink.purpose == "invitation",
        OneTimeLink.details["organization_id"].as_integer() == organization.id,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > clock.now(),
    )
    return session.scalars(waiting.order_by(OneTimeLink.id)).all()


def delegations_at(session: Session, organization: Organization, today: date) -> Sequence[Delegation]:
    """The posts of an organization that are lent now or soon."""
    query = (
        sa.select(Delegation)
        .join(Delegation.post)
        .where(
            Post.organization_id == organization.id,
            Post.ended_at.is_(None),
            Delegation.ended_at.is_(None),
            Delegation.until_on >= today,
        )
        .options(contains_eager(Delegation.post).joinedload(Post.user), joinedload(Delegation.deputy))
    )
    return session.scalars(query.order_by(Delegation.from_on, Delegation.id)).all()


def own_post_at(session: Session, who: Principal, organization: Organization, number: int) -> Post | None:
    """A post at an organization that ``who`` holds in person."""
    query = sa.select(Post).where(
        Post.id == number,
        Post.organization_id == organization.id,
        Post.user_id == who.user_id,
        is_held_on(clock.today()),
    )
    return session.scalar(query)


def colleagues_at(session: Session, who: Principal, organization: Organization) -> Sequence[User]:
    """The others who hold a post at an organization today."""
    held = sa.exists().where(
        Post.user_id == User.id, Post.organization_id == organization.id, is_held_on(clock.today())
    )
    query = sa.select(User).where(held, User.id != who.user_id, User.disabled_at.is_(None))
    return session.scalars(query.order_by(User.name, User.id)).all()


def own_delegation(session: Session, who: Principal, number: int) -> Delegation | None:
    """A lending of an own post that still runs."""
    own = aliased(Post)
    query = (
        sa.select(Delegation)
        .join(own, Delegation.post_id == own.id)
        .where(Delegation.id == number, own.user_id == who.user_id, Delegation.ended_at.is_(None))
        .options(joinedload(Delegation.post).joinedload(Post.organization))
    )
    return session.scalar(query)

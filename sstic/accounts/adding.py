"""Adding people by the command line: the first administrator, and made-up people to try the service as."""

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import clock, labels
from sstic.accounts import letters, passwords
from sstic.accounts.actions import posts
from sstic.accounts.form import Added, read
from sstic.database import reading, transaction
from sstic.identity import is_held_on
from sstic.tables.accounts import USER_ROLES, Post, User
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization


class AddingError(Exception):
    """A person who cannot be added, and why."""


def add_person(email: str, name: str, role: str, organization: str, is_lead: bool) -> str | None:
    """Add a person with a post, and mail a link; gives the link, where they have no password yet.

    Raises
    ------
    AddingError
        Where the address, the role or the organization is not one.
    """
    told = read(Added, {"email": email, "name": name})
    if told.form is None:
        field, fault = next(iter(told.faults.items()))
        raise AddingError(f"{field}: {labels.label('account_fault', fault)}")
    if role not in USER_ROLES:
        raise AddingError(f"'{role}' is not a role; they are {', '.join(USER_ROLES)}")
    with transaction() as session:
        found = session.scalar(sa.select(Organization).where(Organization.reference == organization))
        if found is None:
            raise AddingError(f"there is no organization '{organization}'")
        link = posts.add_user(session, told.form.email, told.form.name, role, found, is_lead)
        place = found.name
    if link is not None:
        letters.post_invitation(told.form.email, link, place, labels.label("post_role", role))
    return link


def give_demo_people_passwords() -> list[tuple[str, str, str]]:
    """Let one made-up person of each role sign in; gives role, address and password, which is kept nowhere else."""
    with reading() as session:
        chosen = {role: _demo_person(session, role) for role in USER_ROLES}
        ids = {role: user.id for role, user in chosen.items() if user is not None}
    given = {role: secrets.token_urlsafe(12) for role in ids}
    hashes = [passwords.hashed(given[role]) for role in ids]
    with transaction() as session:
        users = [session.get_one(User, number) for number in ids.values()]
        posts.give_demo_passwords(session, users, hashes)
        return [(role, user.email, given[role]) for role, user in zip(ids, users, strict=True)]


def _demo_person(session: Session, role: str) -> User | None:
    """The made-up holder of a role; where there are many, of the country that has most needs."""
    needs = sa.select(sa.func.count()).where(Need.country_iso3 == Organization.country_iso3).scalar_subquery()
    query = (
        sa.select(User)
        .join(Post, Post.user_id == User.id)
        .join(Organization, Organization.id == Post.organization_id)
        .where(User.is_demo, User.disabled_at.is_(None), Post.role == role, is_held_on(clock.today()))
        .order_by(needs.desc(), User.id)
    )
    return session.scalars(query.limit(1)).first()

"""Closing the accounts of the made-up people whom `sstic seed` brings in: none may be open in production."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.tables.accounts import ApiToken, OneTimeLink, User, UserSession


def close_made_up_accounts(session: Session, actor: str) -> int:
    """Disable them and end all that they hold; gives how many there were."""
    now = datetime.now(UTC)
    open_ones = sa.select(User).where(User.is_demo, User.disabled_at.is_(None), User.erased_at.is_(None))
    people = session.scalars(open_ones.order_by(User.id)).all()
    for person in people:
        person.disabled_at, person.password_hash, person.totp_seed = now, None, None
        audit.record(session, actor, "disable_person", "user_account", person.id, audit.changed(person))
    mine = [person.id for person in people]
    for table, column in ((UserSession, "ended_at"), (ApiToken, "revoked_at"), (OneTimeLink, "used_at")):
        still = getattr(table, column).is_(None)
        session.execute(sa.update(table).where(table.user_id.in_(mine), still).values({column: now}))
    return len(people)

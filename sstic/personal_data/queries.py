"""What is kept of one person, and what was kept long enough.

What is kept of a person is read from the schema itself, so that a table that is added later is not forgotten: each
row that names the person by a foreign key, by e-mail address, or by pseudonym where something was done.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.audit import WITHHELD
from sstic.settings import settings
from sstic.tables import Table
from sstic.tables.accounts import ApiToken, Delegation, OneTimeLink, Post, SignInAttempt, User, UserSession
from sstic.tables.audit import AuditEvent

Condition = sa.ColumnElement[bool]
# A person is named in these as one who acted on something of others, whose personal data is not theirs to have.
ACTED = ("made_by_id", "decided_by")


def person_of(session: Session, email: str) -> User | None:
    """The account with an address, in whatever case; an erased one has none."""
    return session.scalar(sa.select(User).where(sa.func.lower(User.email) == email.strip().lower()))


def everything_about(session: Session, user: User) -> dict[str, list[dict[str, Any]]]:
    """Every row that is about a person, by table; secrets are told as withheld."""
    found = {}
    for table in Table.metadata.sorted_tables:
        about, acted = _about(table, user), _acted(table, user)
        rows = [_plain(table, row, False) for row in _rows(session, table, about)]
        rows += [_plain(table, row, True) for row in _rows(session, table, sa.and_(acted, about.is_not(sa.true())))]
        if rows:
            found[table.name] = rows
    return found


def kept_too_long(session: Session, now: datetime) -> dict[str, int]:
    """How many rows of each kind were kept long enough."""
    return {
        name: session.scalar(sa.select(sa.func.count()).select_from(table).where(condition)) or 0
        for name, (table, condition) in overdue(now).items()
    }


def overdue(now: datetime) -> Mapping[str, tuple[type[Table], Condition]]:
    """What was kept long enough, by kind, as the settings say."""
    limits = settings()

    def before(days: float) -> datetime:
        return now - timedelta(days=days)

    over = timedelta(hours=limits.session_hours)
    return {
        "ended_sessions": (
            UserSession,
            sa.or_(
                UserSession.ended_at < before(limits.keep_sessions_days),
                UserSession.created_at < before(limits.keep_sessions_days) - over,
            ),
        ),
        "used_links": (
            OneTimeLink,
            sa.or_(
                OneTimeLink.used_at < before(limits.keep_links_days),
                OneTimeLink.expires_at < before(limits.keep_links_days),
            ),
        ),
        "expired_tokens": (
            ApiToken,
            sa.or_(
                ApiToken.revoked_at < before(limits.keep_tokens_days),
                ApiToken.expires_at < before(limits.keep_tokens_days),
            ),
        ),
        "sign_in_attempts": (SignInAttempt, SignInAttempt.happened_at < before(limits.keep_attempts_days)),
        "disabled_accounts": (
            User,
            sa.and_(User.disabled_at < before(limits.keep_disabled_days), User.erased_at.is_(None)),
        ),
    }


def _about(table: sa.Table, user: User) -> Condition:
    """The rows that are about a person."""
    grounds: list[Condition] = [table.c[name] == user.id for name in _naming(table) if not _is_act(name)]
    grounds += [sa.func.lower(column) == user.email.lower() for column in table.c if column.name == "email"]
    if table is User.__table__:
        grounds.append(table.c.id == user.id)
    if table is AuditEvent.__table__:
        grounds.append(sa.and_(table.c.subject_table == User.__tablename__, table.c.subject_id == str(user.id)))
    if table is Delegation.__table__:
        grounds.append(table.c.post_id.in_(sa.select(Post.id).where(Post.user_id == user.id)))
    return sa.or_(sa.false(), *grounds)


def _acted(table: sa.Table, user: User) -> Condition:
    """The rows that tell what a person did with something of others."""
    grounds: list[Condition] = [table.c[name] == user.id for name in _naming(table) if _is_act(name)]
    grounds += [column == f"user:{user.id}" for column in table.c if column.info.get("actor")]
    return sa.or_(sa.false(), *grounds)


def _naming(table: sa.Table) -> list[str]:
    """The columns that name an account."""
    return [key.parent.name for key in table.foreign_keys if key.column.table is User.__table__]


def _is_act(name: str) -> bool:
    return name in ACTED or name.endswith("_by_id")


def _rows(session: Session, table: sa.Table, condition: Condition) -> list[Mapping[str, Any]]:
    key = list(table.primary_key.columns)
    return [dict(row) for row in session.execute(sa.select(table).where(condition).order_by(*key)).mappings()]


def _plain(table: sa.Table, row: Mapping[str, Any], is_act: bool) -> dict[str, Any]:
    hidden = {
        column.name for column in table.c if column.info.get("secret") or (is_act and column.info.get("personal"))
    }
    return {name: WITHHELD if name in hidden and value is not None else _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, date | Decimal) else value

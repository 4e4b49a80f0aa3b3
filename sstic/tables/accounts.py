"""People who use the service."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Id, Line, Table, one_of
from sstic.tables.organizations import Organization

USER_ROLES = ("focal_point", "approver", "itpo_officer", "coordinator", "donor_officer", "administrator")


class User(Table):
    """A person at an organization. ``is_demo`` marks a made-up one."""

    __tablename__ = "user_account"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[Line]
    role: Mapped[str] = mapped_column(one_of("user_role", *USER_ROLES))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    organization: Mapped[Organization] = relationship()

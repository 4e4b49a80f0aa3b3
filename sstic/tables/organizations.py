"""Organizations: one table, with the roles an organization holds beside it."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import Id, Line, Link, Table, one_of

ORGANIZATION_ROLES = ("government", "provider_institution", "donor", "itpo_office", "investor", "coordinator")


class Organization(Table):
    """A ministry, institution, donor, office or firm."""

    __tablename__ = "organization"
    __table_args__ = (sa.UniqueConstraint("name", "country_iso3"),)
    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[Line]
    country_iso3: Mapped[str | None] = mapped_column(sa.ForeignKey("country.iso3"), index=True)
    website: Mapped[Link | None]
    roles: Mapped[list["OrganizationRole"]] = relationship()


class OrganizationRole(Table):
    """A role that an organization can hold; who holds which in a proposal is told by the proposal."""

    __tablename__ = "organization_role"
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    role: Mapped[str] = mapped_column(one_of("organization_role", *ORGANIZATION_ROLES), primary_key=True)

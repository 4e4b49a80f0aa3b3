"""Which posts an organization has by its kinds, and who may give them."""

from sstic.permissions import Principal, reaches
from sstic.tables.accounts import USER_ROLES
from sstic.tables.organizations import Organization

# The posts that leads of an organization may give. All others are for administrators.
ROLES_OF_KIND = {
    "government": ("focal_point", "approver"),
    "provider_institution": ("focal_point", "approver"),
    "donor": ("donor_officer",),
    "itpo_office": ("itpo_officer",),
}


def roles_to_give(who: Principal, organization: Organization, action: str = "invite") -> tuple[str, ...]:
    """The roles whose posts at an organization ``who`` may give, or end."""
    allowed: set[str] = set()
    for reach in reaches(who, "person", action):
        if reach.cell.relation == "all":
            return USER_ROLES
        if reach.standing is not None and reach.standing.organization_id == organization.id:
            allowed |= {role for kind in organization.roles for role in ROLES_OF_KIND.get(kind.role, ())}
    return tuple(role for role in USER_ROLES if role in allowed)

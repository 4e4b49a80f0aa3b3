"""Organizations, as JSON: for those with a token, what their posts let them see."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query
from pydantic import BaseModel, Field

from sstic import lookups
from sstic.access import Allowed
from sstic.addresses import OrganizationReference, Reading
from sstic.api import CountryName, Listing, reading_router
from sstic.asked import Slice
from sstic.errors import NOT_FOUND
from sstic.organizations import queries, standing
from sstic.permissions import Principal, reaches
from sstic.tables.countries import Country
from sstic.tables.organizations import Organization

router = reading_router("organizations", "organization")
Reader = Annotated[Principal, Depends(Allowed("organization"))]


class Asked(queries.OrganizationFilter, Slice):
    """What the list takes from the address."""


class OrganizationRow(BaseModel):
    """An organization in a list."""

    reference: str
    name: str
    country: CountryName | None
    roles: list[str]
    verification: str = Field(description="`passed`, `conditional`, `failed`, `expired`, or `none`.")
    verified_on: date | None
    expires_on: date | None


class OrganizationDetail(OrganizationRow):
    """An organization. What the reader may not see is null."""

    website: str | None
    consent_blocked_by: list[str] | None = Field(
        description="Why it may not consent to anything new; empty where it may. For those who may read flags and "
        "screening."
    )


def _row(one: Organization, verified: standing.Verified, named: dict[str, Country]) -> dict[str, Any]:
    country = named.get(one.country_iso3 or "")
    return {
        "reference": one.reference,
        "name": one.name,
        "country": CountryName.of(country) if country else None,
        "roles": sorted(held.role for held in one.roles),
        "verification": verified.state,
        "verified_on": verified.latest.verified_on if verified.latest else None,
        "expires_on": verified.latest.expires_on if verified.latest else None,
    }


@router.get("/organizations", operation_id="list_organizations", summary="List organizations")
def list_organizations(session: Reading, who: Reader, asked: Annotated[Asked, Query()]) -> Listing[OrganizationRow]:
    """Organizations by name."""
    today = datetime.now(UTC).date()
    rows, total = queries.list_organizations(session, who, asked, today, asked.offset, asked.limit)
    verified = standing.verified(session, [one.id for one in rows], today)
    named = lookups.countries(session, [one.country_iso3 for one in rows])
    found = [OrganizationRow.model_validate(_row(one, verified[one.id], named)) for one in rows]
    return Listing(total=total, limit=asked.limit, offset=asked.offset, rows=found)


@router.get(
    "/organizations/{reference}",
    operation_id="read_organization",
    summary="Read an organization",
    responses=NOT_FOUND,
)
def read_organization(session: Reading, who: Reader, reference: OrganizationReference) -> OrganizationDetail:
    """One organization."""
    found = queries.one_organization(session, who, reference)
    if found is None:
        raise HTTPException(404)
    verified = standing.verified(session, [found.id], datetime.now(UTC).date())[found.id]
    may_see = reaches(who, "flag", "read") and reaches(who, "screening", "read")
    return OrganizationDetail.model_validate(
        {
            **_row(found, verified, lookups.countries(session, [found.country_iso3])),
            "website": found.website,
            "consent_blocked_by": standing.blocks_consent(session, found.id) if may_see else None,
        }
    )

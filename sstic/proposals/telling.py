"""What a list of the API tells of a proposal."""

from pydantic import BaseModel, Field

from sstic.api import CountryName
from sstic.tables.proposals import InvestmentProposal, TriangularProposal


class Named(BaseModel):
    """A reference and what it stands for."""

    reference: str
    title: str


class TriangularRow(BaseModel):
    """A triangular proposal in a list. Points are whole hundredths, 0 to 10,000."""

    id: int
    need: Named
    beneficiary: CountryName
    good_practice: Named
    provider: CountryName | None = Field(description="Null where no source names the country.")
    funding_window: Named
    facilitating_partner: str
    points: int
    status: str
    pinned: bool


class InvestmentRow(BaseModel):
    """An investment proposal in a list. An investor that is not public is not named."""

    id: int
    need: Named
    beneficiary: CountryName
    investor: Named | None = Field(description="Null where the name is withheld.")
    office: Named
    points: int
    status: str
    pinned: bool


def triangular_row(proposal: TriangularProposal) -> TriangularRow:
    """A triangular proposal, with its parties loaded."""
    need, practice, window = proposal.need, proposal.practice, proposal.window
    return TriangularRow(
        id=proposal.id,
        need=Named(reference=need.reference, title=need.title),
        beneficiary=CountryName.of(need.country),
        good_practice=Named(reference=practice.reference, title=practice.title),
        provider=CountryName.of(proposal.provider) if proposal.provider else None,
        funding_window=Named(reference=window.reference, title=window.name),
        facilitating_partner=window.donor.name,
        points=proposal.points,
        status=proposal.status,
        pinned=proposal.is_pinned,
    )


def investment_row(proposal: InvestmentProposal) -> InvestmentRow:
    """An investment proposal, with its parties loaded."""
    need, investor, office = proposal.need, proposal.investor, proposal.office
    named = Named(reference=investor.reference, title=investor.organization.name) if investor.is_public else None
    return InvestmentRow(
        id=proposal.id,
        need=Named(reference=need.reference, title=need.title),
        beneficiary=CountryName.of(need.country),
        investor=named,
        office=Named(reference=office.reference, title=office.organization.name),
        points=proposal.points,
        status=proposal.status,
        pinned=proposal.is_pinned,
    )

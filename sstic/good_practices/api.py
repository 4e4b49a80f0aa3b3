"""Good practices, as JSON."""

from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import BaseModel, Field

from sstic import lookups
from sstic.access import Who
from sstic.addresses import Reading, Reference
from sstic.api import Coded, CountryName, FromRow, Listing, coded, reading_router
from sstic.asked import Slice
from sstic.errors import NOT_FOUND
from sstic.good_practices import queries
from sstic.tables.countries import Country
from sstic.tables.good_practices import GoodPractice, Replication

router = reading_router("good practices", "good_practice")


class Asked(queries.PracticeFilter, Slice):
    """What the list takes from the address."""


class PracticeRow(BaseModel):
    """A good practice in a list."""

    reference: str
    title: str
    institution: str
    providers: list[CountryName] = Field(description="Empty where no source names the country.")
    action_area: str
    status: str
    start_year: int | None
    results_kind: str = Field(description="`achieved`, `planned`, or `unknown` where the source does not tell.")


class BuildingBlock(FromRow):
    """A part of a practice that can be used again elsewhere."""

    what: str
    enabling_factors: str | None
    cost_driver: str | None
    lesson: str | None


class PreconditionRow(FromRow):
    """What a country needs before it can replicate the practice."""

    is_hard: bool = Field(description="True: without it the practice cannot work. False: it helps.")
    text: str


class ResultRow(FromRow):
    """A measured result; a value that nobody measured is null."""

    indicator: str
    unit: str | None
    before: float | None
    after: float | None
    year: int
    method: str | None


class EvidenceRow(FromRow):
    """A document that the evidence rests on."""

    title: str
    year: int | None
    url: str | None


class ReplicationRow(BaseModel):
    """A country where the practice was replicated."""

    country: CountryName
    year: int | None
    outcome: str | None
    confirmed: bool = Field(description="True once a focal point of each of the two countries has confirmed it here.")


class PracticeDetail(PracticeRow):
    """A good practice."""

    summary: str
    evidence_grade: str | None = Field(description="What the results rest on; null where nobody graded it.")
    blocks: list[BuildingBlock]
    conditions: list[PreconditionRow] = Field(description="Preconditions, one by one.")
    outcomes: list[ResultRow] = Field(description="Measured results.")
    evidence: list[EvidenceRow]
    replications: list[ReplicationRow]
    preconditions: str | None
    preconditions_verified: bool = Field(description="False: a reading of the compiler, not the source's words.")
    results: str | None
    replicated_in: list[CountryName]
    programme: str | None = Field(description="The code of the UNIDO tool.")
    themes: list[Coded]
    industries: list[Coded] = Field(description="ISIC Rev.4.")
    sdg_targets: list[Coded]
    source_url: str | None


def _row(practice: GoodPractice) -> dict[str, object]:
    return {
        "reference": practice.reference,
        "title": practice.title,
        "institution": practice.institution_name,
        "providers": [CountryName.of(one.country) for one in practice.providers],
        "action_area": practice.action_area,
        "status": practice.status,
        "start_year": practice.start_year,
        "results_kind": practice.results_kind,
    }


def _replication(one: Replication, country: Country) -> ReplicationRow:
    return ReplicationRow(
        country=CountryName.of(country), year=one.year, outcome=one.outcome, confirmed=one.is_confirmed
    )


@router.get("/good-practices", operation_id="list_good_practices", summary="List good practices")
def list_good_practices(session: Reading, who: Who, asked: Annotated[Asked, Query()]) -> Listing[PracticeRow]:
    """Good practices that the caller may read, by title."""
    rows, total = queries.list_practices(session, who, asked, asked.offset, asked.limit)
    found = [PracticeRow.model_validate(_row(practice)) for practice in rows]
    return Listing(total=total, limit=asked.limit, offset=asked.offset, rows=found)


@router.get(
    "/good-practices/{reference}",
    operation_id="read_good_practice",
    summary="Read a good practice",
    responses=NOT_FOUND,
)
def read_good_practice(session: Reading, who: Who, reference: Reference) -> PracticeDetail:
    """One good practice."""
    practice = queries.one_practice(session, who, reference)
    if practice is None:
        raise HTTPException(404)
    themes = [one.theme_code for one in practice.themes]
    industries = [one.isic_code for one in practice.isic]
    targets = [one.target_code for one in practice.sdg_targets]
    places = lookups.countries(session, [one.iso3 for one in practice.replications])
    return PracticeDetail.model_validate(
        {
            **_row(practice),
            "summary": practice.summary,
            "evidence_grade": practice.evidence_grade,
            "blocks": [BuildingBlock.model_validate(one) for one in practice.blocks],
            "conditions": [PreconditionRow.model_validate(one) for one in practice.conditions],
            "outcomes": [ResultRow.model_validate(one) for one in practice.outcomes],
            "evidence": [EvidenceRow.model_validate(one) for one in practice.evidence],
            "replications": [_replication(one, places[one.iso3]) for one in practice.replications],
            "preconditions": practice.preconditions,
            "preconditions_verified": practice.preconditions_verified,
            "results": practice.results,
            "replicated_in": [CountryName.of(places[one.iso3]) for one in practice.replications],
            "programme": practice.programme_code,
            "themes": coded(themes, lookups.theme_labels(session, themes)),
            "industries": coded(industries, lookups.isic_titles(session, industries)),
            "sdg_targets": coded(targets, lookups.target_texts(session, targets)),
            "source_url": practice.source_url,
        }
    )

"""Which file fills which table. Types, lengths, closed lists and references are read off the tables themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import sqlalchemy as sa

from sstic.seeding.distances import every_pair
from sstic.tables import (
    Table,
    accounts,
    classifications,
    countries,
    funding,
    good_practices,
    investment,
    judgements,
    needs,
    organizations,
)

Row = dict[str, Any]


def columns_of(table: type[Table]) -> sa.Table:
    """The table of a mapped class."""
    return cast(sa.Table, table.__table__)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A cell that lists values, parted by semicolons; each becomes a row of the table beside.

    ``same`` fills fixed columns of that row. ``country_column`` repeats the value where it is a country's code.
    ``coded`` is the table that the values must be codes of, where the column itself does not say so. ``ours`` marks the
    rows that came from the file; others of the same table are left alone.
    """

    table: type[Table]
    column: str
    parent: str
    same: Mapping[str, Any] = field(default_factory=dict)
    country_column: str | None = None
    coded: type[Table] | None = None
    ours: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SeedFile:
    """A file and the table that it fills.

    Parameters
    ----------
    key
        The columns of the file that name a row, for good.
    plain
        Further columns that the table holds under the same name.
    links
        Columns that name a row of another file by its key, and the column of the table that points at it.
    listings
        Columns that list values.
    coded
        Text columns that list codes of another table; they are checked, and kept as text.
    at_first
        What a new row starts with; a later load leaves it alone.
    ours
        What marks the rows of this file; a row with the same key that lacks it belongs to a user.
    gives_way
        Whether such a row of a user stays as it is, instead of being a problem.
    adds
        False for a file that only completes rows of another file.
    derive
        Makes the rows of the table out of the rows of this file and of countries.csv.
    """

    name: str
    table: type[Table]
    key: tuple[str, ...]
    plain: tuple[str, ...] = ()
    links: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    listings: Mapping[str, Listing] = field(default_factory=dict)
    coded: Mapping[str, type[Table]] = field(default_factory=dict)
    at_first: Mapping[str, Any] = field(default_factory=dict)
    ours: Mapping[str, Any] = field(default_factory=dict)
    gives_way: bool = False
    adds: bool = True
    derive: Callable[[list[Row], list[Row]], list[Row]] | None = None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that the file must have."""
        linked = (column for group in self.links for column in group)
        return tuple(dict.fromkeys((*self.key, *self.plain, *linked, *self.listings)))

    @cached_property
    def stored(self) -> sa.Table:
        """The table to fill."""
        return columns_of(self.table)

    @cached_property
    def stored_key(self) -> tuple[str, ...]:
        """The key in columns of the table."""
        replaced = {name: column for group, column in self.links.items() for name in group}
        return tuple(dict.fromkeys(replaced.get(name, name) for name in self.key))


AREA = "action_area"
SOURCE = ("source_url", "source_note")


def _themes(table: type[Table], parent: str) -> Listing:
    return Listing(table=table, column="theme_code", parent=parent)


def _isic(table: type[Table], parent: str) -> Listing:
    return Listing(table=table, column="isic_code", parent=parent)


def _targets(table: type[Table], parent: str) -> Listing:
    return Listing(table=table, column="target_code", parent=parent)


def _countries(table: type[Table], parent: str) -> Listing:
    return Listing(table=table, column="iso3", parent=parent)


def _groupings(table: type[Table], parent: str, **same: Any) -> Listing:
    return Listing(table=table, column="grouping_code", parent=parent, same=same)


def _parties(role: str, coded: type[Table] | None = countries.Country) -> Listing:
    return Listing(
        table=countries.CooperationParty,
        column="party",
        parent="project_id",
        same={"role": role},
        country_column="iso3",
        coded=coded,
    )


NAMES = tuple(f"name_{code}" for code in ("en", "fr", "es", "ar", "ru", "zh"))

COUNTRY_FILES = (
    SeedFile(
        name="sources.csv",
        table=countries.Source,
        key=("code",),
        plain=("name", "publisher", "licence", "licence_checked", "url", "collected_on"),
    ),
    SeedFile(
        name="countries.csv",
        table=countries.Country,
        key=("iso3",),
        plain=("iso2", "m49", *NAMES, "region", "subregion", "capital", "latitude", "longitude", "currencies"),
    ),
    SeedFile(
        name="country_facts.csv",
        table=countries.CountryFact,
        key=("iso3", "kind", "valid_from"),
        plain=("value", "valid_to", "source_code", "note"),
    ),
    SeedFile(
        name="country_languages.csv",
        table=countries.CountryLanguage,
        key=("iso3", "language_code"),
        plain=("language_name", "standing", "source_code"),
    ),
    SeedFile(name="borders.csv", table=countries.CountryPair, key=("iso3_a", "iso3_b"), derive=every_pair),
    SeedFile(
        name="indicators.csv",
        table=countries.Indicator,
        key=("code",),
        plain=("name", "unit", AREA, "used_for_resemblance", "source_code"),
    ),
    SeedFile(
        name="indicator_values.csv",
        table=countries.IndicatorValue,
        key=("iso3", "indicator_code", "year"),
        plain=("value",),
    ),
    SeedFile(name="groupings.csv", table=countries.Grouping, key=("code",), plain=("name", "kind", "source_code")),
    SeedFile(name="memberships.csv", table=countries.Membership, key=("grouping_code", "iso3"), plain=("note",)),
    SeedFile(name="treaties.csv", table=countries.Treaty, key=("code",), plain=("name",)),
    SeedFile(
        name="treaty_parties.csv",
        table=countries.TreatyParty,
        key=("treaty_code", "iso3"),
        plain=("standing", "since_on", "source_code", "note"),
    ),
)

CLASSIFICATION_FILES = (
    SeedFile(
        name="isic.csv",
        table=classifications.Isic,
        key=("code",),
        plain=("level", "parent_code", "title_en", "title_ar"),
    ),
    SeedFile(
        name="sdg_targets.csv", table=classifications.SdgTarget, key=("code",), plain=("goal", "text_en", "text_fr")
    ),
    SeedFile(
        name="themes.csv",
        table=classifications.Theme,
        key=("code",),
        plain=(AREA, "label", "definition", "parent_code", "typical_isic", "typical_sdg_targets"),
        coded={"typical_isic": classifications.Isic, "typical_sdg_targets": classifications.SdgTarget},
    ),
    SeedFile(
        name="unido_programmes.csv",
        table=classifications.UnidoProgramme,
        key=("code",),
        plain=("name", AREA, "purpose", "typical_inputs", "outputs", "source_url"),
    ),
    SeedFile(
        name="success_indicators.csv",
        table=classifications.SuccessIndicator,
        key=("code", "version"),
        plain=("wording", "valid_from", "valid_to"),
    ),
    SeedFile(
        name="programme_indicators.csv",
        table=classifications.ProgrammeIndicator,
        key=("programme_code", "indicator_code", "indicator_version"),
        links={("indicator_code", "indicator_version"): "indicator_id"},
    ),
)

PROFILE_FILES = (
    SeedFile(
        name="organizations.csv",
        table=organizations.Organization,
        key=("reference",),
        plain=("name", "country_iso3", "website"),
        listings={"roles": Listing(table=organizations.OrganizationRole, column="role", parent="organization_id")},
    ),
    SeedFile(
        name="needs.csv",
        table=needs.Need,
        key=("reference",),
        plain=(
            *("country_iso3", "title", "statement", AREA, "budget_amount", "budget_currency"),
            *("self_financing_share", "year", "priority", *SOURCE),
        ),
        links={("organization",): "organization_id"},
        listings={
            "themes": _themes(needs.NeedTheme, "need_id"),
            "isic": _isic(needs.NeedIsic, "need_id"),
            "sdg_targets": _targets(needs.NeedSdgTarget, "need_id"),
            "modalities": Listing(table=needs.NeedModality, column="modality", parent="need_id"),
        },
        at_first={"status": "open"},
        ours={"origin": "published"},
    ),
    SeedFile(
        name="good_practices.csv",
        table=good_practices.GoodPractice,
        key=("reference",),
        plain=(
            *("title", "institution_name", AREA, "programme_code", "summary", "preconditions", "results"),
            *("results_kind", "start_year", "source_url"),
        ),
        links={("institution",): "institution_id"},
        listings={
            "providers": _countries(good_practices.GoodPracticeProvider, "practice_id"),
            "replicated_in": Listing(
                table=good_practices.Replication, column="iso3", parent="practice_id", ours={"origin": "published"}
            ),
            "themes": _themes(good_practices.GoodPracticeTheme, "practice_id"),
            "isic": _isic(good_practices.GoodPracticeIsic, "practice_id"),
            "sdg_targets": _targets(good_practices.GoodPracticeSdgTarget, "practice_id"),
        },
        at_first={"status": "published"},
        ours={"origin": "published"},
    ),
    SeedFile(
        name="funding_windows.csv",
        table=funding.FundingWindow,
        key=("reference",),
        plain=(
            *("donor_type", "name", "instrument", "kind", "total_budget", "min_ticket", "max_ticket", "currency"),
            *(
                "budget_group",
                "cofinancing_share",
                "min_parties",
                "eligible_regions_text",
                "eligible_countries_complete",
            ),
            *("open_from", "open_to", "recurs", *SOURCE),
        ),
        links={("donor",): "donor_id"},
        listings={
            "action_areas": Listing(table=funding.FundingWindowArea, column=AREA, parent="window_id"),
            "themes": _themes(funding.FundingWindowTheme, "window_id"),
            "groupings": _groupings(funding.FundingWindowGrouping, "window_id", excluded=False),
            "excluded_groupings": _groupings(funding.FundingWindowGrouping, "window_id", excluded=True),
            "countries": _countries(funding.FundingWindowCountry, "window_id"),
        },
    ),
    SeedFile(
        name="itpo_offices.csv",
        table=investment.ITPOOffice,
        key=("reference",),
        plain=("city", "host_iso3", "founded", "sectors_text", "regions_text", "source_url"),
        links={("organization",): "organization_id"},
        listings={"groupings": _groupings(investment.ITPOOfficeGrouping, "office_id")},
    ),
    SeedFile(
        name="investors.csv",
        table=investment.Investor,
        key=("reference",),
        plain=("kind", "kind_text", "is_public", "source_url"),
        links={("organization",): "organization_id"},
    ),
    SeedFile(
        name="mandates.csv",
        table=investment.Mandate,
        key=("investor",),
        plain=(
            *("regions_text", "countries_are_examples", "min_ticket", "max_ticket", "example_deal", "currency"),
            *("instruments", "sustainability_focus"),
        ),
        links={("investor",): "investor_id"},
        listings={
            "themes": _themes(investment.MandateTheme, "mandate_id"),
            "isic": _isic(investment.MandateIsic, "mandate_id"),
            "groupings": _groupings(investment.MandateGrouping, "mandate_id"),
            "countries": _countries(investment.MandateCountry, "mandate_id"),
        },
    ),
    SeedFile(
        name="cooperation_projects.csv",
        table=countries.CooperationProject,
        key=("reference",),
        plain=("title", "start_year", "end_year", AREA, "subjects", "isic", "modality", *SOURCE),
        listings={
            "beneficiaries": _parties("beneficiary"),
            "providers": _parties("provider"),
            "facilitators": _parties("facilitator", coded=None),
        },
        coded={"isic": classifications.Isic},
    ),
    SeedFile(
        name="judgements.csv",
        table=judgements.Judgement,
        key=("need", "practice", "judge"),
        plain=("grade", "reason", "judged_on"),
        links={("need",): "need_id", ("practice",): "practice_id"},
    ),
)

# Made-up figures: they show how the service works, and every row is marked.
DEMO_FILES = (
    SeedFile(
        name="demo_users.csv",
        table=accounts.User,
        key=("email",),
        plain=("name", "is_demo"),
        ours={"is_demo": True},
    ),
    SeedFile(
        name="demo_posts.csv",
        table=accounts.Post,
        key=("email", "organization", "role", "from_on"),
        plain=("is_lead",),
        links={("email",): "user_id", ("organization",): "organization_id"},
    ),
    SeedFile(
        name="demo_capabilities.csv",
        table=good_practices.Capability,
        key=("institution", "country_iso3", "year"),
        plain=("slots_per_year", "expert_days_per_year", "is_demo"),
        links={("institution",): "institution_id"},
        ours={"is_demo": True},
        gives_way=True,
    ),
    SeedFile(
        name="demo_itpo_capacity.csv",
        table=investment.ITPOOffice,
        key=("reference",),
        plain=("case_capacity", "capacity_is_demo"),
        adds=False,
    ),
    SeedFile(
        name="demo_mandates.csv",
        table=investment.Mandate,
        key=("investor",),
        plain=("deals_per_year", "deals_are_demo"),
        links={("investor",): "investor_id"},
        adds=False,
    ),
)

# In this order every row finds the rows that it points at.
FILES = (*COUNTRY_FILES, *CLASSIFICATION_FILES, *PROFILE_FILES, *DEMO_FILES)

"""first schema."""

import sqlalchemy as sa
from alembic import op

from sstic.tables.base import Amount, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("happened_at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_table", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_event_subject", ["subject_table", "subject_id"], unique=False
        )

    op.create_table(
        "cooperation_project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("start_year", sa.Integer(), nullable=True),
        sa.Column("end_year", sa.Integer(), nullable=True),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                "other",
                name="project_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subjects", sa.String(length=300), nullable=False),
        sa.Column("isic", sa.String(length=300), nullable=True),
        sa.Column(
            "modality",
            sa.Enum(
                "south-south",
                "triangular",
                name="project_modality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_url", sa.String(length=1000), nullable=False),
        sa.Column("source_note", sa.String(length=8000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_project")),
        sa.UniqueConstraint("reference", name=op.f("uq_cooperation_project_reference")),
    )
    op.create_table(
        "country",
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column("iso2", sa.String(length=2), nullable=False),
        sa.Column("m49", sa.String(length=3), nullable=True),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("name_fr", sa.String(length=300), nullable=False),
        sa.Column("name_es", sa.String(length=300), nullable=False),
        sa.Column("name_ar", sa.String(length=300), nullable=False),
        sa.Column("name_ru", sa.String(length=300), nullable=False),
        sa.Column("name_zh", sa.String(length=300), nullable=False),
        sa.Column("region", sa.String(length=300), nullable=False),
        sa.Column("subregion", sa.String(length=300), nullable=False),
        sa.Column("capital", sa.String(length=300), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("currencies", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "latitude between -90 and 90", name=op.f("ck_country_latitude_on_globe")
        ),
        sa.CheckConstraint(
            "length(iso3) = 3", name=op.f("ck_country_iso3_has_three_letters")
        ),
        sa.CheckConstraint(
            "longitude between -180 and 180", name=op.f("ck_country_longitude_on_globe")
        ),
        sa.PrimaryKeyConstraint("iso3", name=op.f("pk_country")),
        sa.UniqueConstraint("iso2", name=op.f("uq_country_iso2")),
        sa.UniqueConstraint("m49", name=op.f("uq_country_m49")),
    )
    op.create_table(
        "isic",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "section",
                "division",
                "group",
                "class",
                name="isic_level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parent_code", sa.String(length=5), nullable=True),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("title_ar", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["isic.code"], name=op.f("fk_isic_parent_code_isic")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_isic")),
    )
    op.create_table(
        "match_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "complete",
                "no_solution",
                "failed",
                "timed_out",
                "published",
                "discarded",
                name="run_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String(length=8000), nullable=True),
        sa.Column("library_version", sa.String(length=40), nullable=True),
        sa.Column("snapshot_digest", sa.String(length=64), nullable=True),
        sa.Column("solution_status", sa.String(length=40), nullable=True),
        sa.Column("objective_points", sa.BigInteger(), nullable=True),
        sa.Column("bound_points", sa.BigInteger(), nullable=True),
        sa.Column("gap", sa.Double(), nullable=True),
        sa.Column("solve_seconds", sa.Double(), nullable=True),
        sa.Column("aims", sa.JSON(), nullable=False),
        sa.Column("binding_limits", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "bound_points >= objective_points",
            name=op.f("ck_match_run_bound_above_objective"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
    )
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_match_run_status"), ["status"], unique=False
        )

    op.create_table(
        "sdg_target",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("text_en", sa.String(length=8000), nullable=False),
        sa.Column("text_fr", sa.String(length=8000), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sdg_target")),
    )
    op.create_table(
        "source",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("publisher", sa.String(length=300), nullable=False),
        sa.Column("licence", sa.String(length=300), nullable=False),
        sa.Column("licence_checked", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=True),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_source")),
    )
    op.create_table(
        "success_indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("wording", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_success_indicator")),
        sa.UniqueConstraint(
            "code", "version", name=op.f("uq_success_indicator_code_version")
        ),
    )
    op.create_table(
        "theme",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                name="theme_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("definition", sa.String(length=8000), nullable=False),
        sa.Column("parent_code", sa.String(length=40), nullable=True),
        sa.Column("typical_isic", sa.String(length=300), nullable=True),
        sa.Column("typical_sdg_targets", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["theme.code"], name=op.f("fk_theme_parent_code_theme")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_theme")),
    )
    op.create_table(
        "treaty",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_treaty")),
    )
    op.create_table(
        "unido_programme",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                "cross_cutting",
                name="programme_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("purpose", sa.String(length=8000), nullable=False),
        sa.Column("typical_inputs", sa.String(length=8000), nullable=True),
        sa.Column("outputs", sa.String(length=8000), nullable=False),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unido_programme")),
    )
    op.create_table(
        "cooperation_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "beneficiary",
                "provider",
                "facilitator",
                name="party_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=True),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_cooperation_party_iso3_country")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["cooperation_project.id"],
            name=op.f("fk_cooperation_party_project_id_cooperation_project"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_party")),
        sa.UniqueConstraint(
            "project_id",
            "role",
            "party",
            name=op.f("uq_cooperation_party_project_id_role_party"),
        ),
    )
    with op.batch_alter_table("cooperation_party", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cooperation_party_iso3"), ["iso3"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_cooperation_party_project_id"), ["project_id"], unique=False
        )

    op.create_table(
        "country_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "income_group",
                "ldc",
                "lldc",
                "sids",
                "oda_eligible",
                "dac_member",
                "un_regional_group",
                "unido_member",
                name="fact_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source_code", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "valid_to is null or valid_to >= valid_from",
            name=op.f("ck_country_fact_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_country_fact_iso3_country")
        ),
        sa.ForeignKeyConstraint(
            ["source_code"],
            ["source.code"],
            name=op.f("fk_country_fact_source_code_source"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_country_fact")),
        sa.UniqueConstraint(
            "iso3",
            "kind",
            "valid_from",
            name=op.f("uq_country_fact_iso3_kind_valid_from"),
        ),
    )
    with op.batch_alter_table("country_fact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_country_fact_iso3"), ["iso3"], unique=False
        )

    op.create_table(
        "country_language",
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column("language_code", sa.String(length=12), nullable=False),
        sa.Column("language_name", sa.String(length=300), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "official",
                "de_facto_official",
                "official_regional",
                name="language_standing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_country_language_iso3_country")
        ),
        sa.ForeignKeyConstraint(
            ["source_code"],
            ["source.code"],
            name=op.f("fk_country_language_source_code_source"),
        ),
        sa.PrimaryKeyConstraint(
            "iso3", "language_code", name=op.f("pk_country_language")
        ),
    )
    op.create_table(
        "country_pair",
        sa.Column("iso3_a", sa.String(length=3), nullable=False),
        sa.Column("iso3_b", sa.String(length=3), nullable=False),
        sa.Column("distance_km", sa.Integer(), nullable=False),
        sa.Column("contiguous", sa.Boolean(), nullable=False),
        sa.CheckConstraint("iso3_a < iso3_b", name=op.f("ck_country_pair_kept_once")),
        sa.ForeignKeyConstraint(
            ["iso3_a"], ["country.iso3"], name=op.f("fk_country_pair_iso3_a_country")
        ),
        sa.ForeignKeyConstraint(
            ["iso3_b"], ["country.iso3"], name=op.f("fk_country_pair_iso3_b_country")
        ),
        sa.PrimaryKeyConstraint("iso3_a", "iso3_b", name=op.f("pk_country_pair")),
    )
    op.create_table(
        "grouping",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "regional",
                "global_or_political",
                "development_bank",
                "region",
                name="grouping_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_code"],
            ["source.code"],
            name=op.f("fk_grouping_source_code_source"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grouping")),
    )
    op.create_table(
        "indicator",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=300), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                name="indicator_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("used_for_resemblance", sa.Boolean(), nullable=False),
        sa.Column("source_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_code"],
            ["source.code"],
            name=op.f("fk_indicator_source_code_source"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_indicator")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("country_iso3", sa.String(length=3), nullable=True),
        sa.Column("website", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["country_iso3"],
            ["country.iso3"],
            name=op.f("fk_organization_country_iso3_country"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint(
            "name", "country_iso3", name=op.f("uq_organization_name_country_iso3")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_organization_reference")),
    )
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organization_country_iso3"), ["country_iso3"], unique=False
        )

    op.create_table(
        "programme_indicator",
        sa.Column("programme_code", sa.String(length=40), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["success_indicator.id"],
            name=op.f("fk_programme_indicator_indicator_id_success_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_code"],
            ["unido_programme.code"],
            name=op.f("fk_programme_indicator_programme_code_unido_programme"),
        ),
        sa.PrimaryKeyConstraint(
            "programme_code", "indicator_id", name=op.f("pk_programme_indicator")
        ),
    )
    op.create_table(
        "treaty_party",
        sa.Column("treaty_code", sa.String(length=40), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("source_code", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_treaty_party_iso3_country")
        ),
        sa.ForeignKeyConstraint(
            ["source_code"],
            ["source.code"],
            name=op.f("fk_treaty_party_source_code_source"),
        ),
        sa.ForeignKeyConstraint(
            ["treaty_code"],
            ["treaty.code"],
            name=op.f("fk_treaty_party_treaty_code_treaty"),
        ),
        sa.PrimaryKeyConstraint("treaty_code", "iso3", name=op.f("pk_treaty_party")),
    )
    op.create_table(
        "capability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("country_iso3", sa.String(length=3), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("slots_per_year", sa.Integer(), nullable=False),
        sa.Column("expert_days_per_year", sa.Integer(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(institution_id is null) <> (country_iso3 is null)",
            name=op.f("ck_capability_one_holder"),
        ),
        sa.CheckConstraint(
            "slots_per_year >= 0", name=op.f("ck_capability_slots_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["country_iso3"],
            ["country.iso3"],
            name=op.f("fk_capability_country_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["organization.id"],
            name=op.f("fk_capability_institution_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capability")),
        sa.UniqueConstraint(
            "country_iso3", "year", name=op.f("uq_capability_country_iso3_year")
        ),
        sa.UniqueConstraint(
            "institution_id", "year", name=op.f("uq_capability_institution_id_year")
        ),
    )
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_capability_country_iso3"), ["country_iso3"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_capability_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "funding_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("donor_id", sa.Integer(), nullable=False),
        sa.Column(
            "donor_type",
            sa.Enum(
                "northern",
                "southern",
                "multilateral",
                "dfi",
                "private",
                name="donor_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "instrument",
            sa.Enum(
                "grant",
                "technical_assistance",
                "blended",
                "loan",
                "in_kind",
                name="window_instrument",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "call",
                "programme",
                "past_contribution",
                name="window_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("total_budget", Amount(), nullable=True),
        sa.Column("min_ticket", Amount(), nullable=True),
        sa.Column("max_ticket", Amount(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("budget_group", sa.String(length=40), nullable=True),
        sa.Column("cofinancing_share", sa.Integer(), nullable=True),
        sa.Column("min_parties", sa.Integer(), nullable=True),
        sa.Column("eligible_regions_text", sa.String(length=300), nullable=False),
        sa.Column("eligible_countries_complete", sa.Boolean(), nullable=False),
        sa.Column("open_from", sa.Date(), nullable=True),
        sa.Column("open_to", sa.Date(), nullable=True),
        sa.Column("recurs", sa.Boolean(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "announced",
                "open",
                "closed",
                "decided",
                name="window_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.Column("source_note", sa.String(length=8000), nullable=True),
        sa.CheckConstraint(
            "cofinancing_share between 0 and 100",
            name=op.f("ck_funding_window_cofinancing_is_percent"),
        ),
        sa.CheckConstraint(
            "min_parties >= 1", name=op.f("ck_funding_window_parties_positive")
        ),
        sa.CheckConstraint(
            "min_ticket <= max_ticket",
            name=op.f("ck_funding_window_ticket_floor_below_ceiling"),
        ),
        sa.CheckConstraint(
            "open_to is null or open_from is null or open_to >= open_from",
            name=op.f("ck_funding_window_closes_after_opening"),
        ),
        sa.ForeignKeyConstraint(
            ["donor_id"],
            ["organization.id"],
            name=op.f("fk_funding_window_donor_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_window")),
        sa.UniqueConstraint("reference", name=op.f("uq_funding_window_reference")),
    )
    with op.batch_alter_table("funding_window", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_funding_window_donor_id"), ["donor_id"], unique=False
        )

    op.create_table(
        "good_practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("institution_name", sa.String(length=300), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                name="practice_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("programme_code", sa.String(length=40), nullable=True),
        sa.Column("summary", sa.String(length=8000), nullable=False),
        sa.Column("preconditions", sa.String(length=8000), nullable=True),
        sa.Column("preconditions_verified", sa.Boolean(), nullable=False),
        sa.Column("results", sa.String(length=8000), nullable=True),
        sa.Column(
            "results_kind",
            sa.Enum(
                "achieved",
                "planned",
                "unknown",
                name="results_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("start_year", sa.Integer(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum(
                "published",
                "submitted",
                name="practice_origin",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "provider_confirmed",
                "reviewed",
                "published",
                "review_due",
                "renewed",
                "archived",
                name="practice_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "start_year between 1950 and 2100",
            name=op.f("ck_good_practice_start_year_is_recent"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["organization.id"],
            name=op.f("fk_good_practice_institution_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_code"],
            ["unido_programme.code"],
            name=op.f("fk_good_practice_programme_code_unido_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_good_practice")),
        sa.UniqueConstraint("reference", name=op.f("uq_good_practice_reference")),
    )
    with op.batch_alter_table("good_practice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_good_practice_action_area"), ["action_area"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_good_practice_institution_id"),
            ["institution_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_good_practice_status"), ["status"], unique=False
        )

    op.create_table(
        "indicator_value",
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column("indicator_code", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_code"],
            ["indicator.code"],
            name=op.f("fk_indicator_value_indicator_code_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_indicator_value_iso3_country")
        ),
        sa.PrimaryKeyConstraint(
            "iso3", "indicator_code", "year", name=op.f("pk_indicator_value")
        ),
    )
    with op.batch_alter_table("indicator_value", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_indicator_value_indicator_code"),
            ["indicator_code"],
            unique=False,
        )

    op.create_table(
        "investor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "multilateral_dfi",
                "bilateral_dfi",
                "regional_dfi",
                "southern_dfi",
                "private_equity_fund",
                "impact_fund",
                "infrastructure_fund",
                "sovereign_fund",
                "export_credit_bank",
                "other_fund",
                "industrial_investor",
                name="investor_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("kind_text", sa.String(length=300), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_investor_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investor")),
        sa.UniqueConstraint(
            "organization_id", name=op.f("uq_investor_organization_id")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_investor_reference")),
    )
    op.create_table(
        "itpo_office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("city", sa.String(length=300), nullable=False),
        sa.Column("host_iso3", sa.String(length=3), nullable=False),
        sa.Column("founded", sa.Integer(), nullable=True),
        sa.Column("sectors_text", sa.String(length=8000), nullable=False),
        sa.Column("regions_text", sa.String(length=300), nullable=False),
        sa.Column("case_capacity", sa.Integer(), nullable=True),
        sa.Column("capacity_is_demo", sa.Boolean(), nullable=False),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "case_capacity >= 0", name=op.f("ck_itpo_office_capacity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["host_iso3"],
            ["country.iso3"],
            name=op.f("fk_itpo_office_host_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_itpo_office_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_itpo_office")),
        sa.UniqueConstraint(
            "organization_id", name=op.f("uq_itpo_office_organization_id")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_itpo_office_reference")),
    )
    with op.batch_alter_table("itpo_office", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_itpo_office_host_iso3"), ["host_iso3"], unique=False
        )

    op.create_table(
        "membership",
        sa.Column("grouping_code", sa.String(length=40), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["grouping_code"],
            ["grouping.code"],
            name=op.f("fk_membership_grouping_code_grouping"),
        ),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_membership_iso3_country")
        ),
        sa.PrimaryKeyConstraint("grouping_code", "iso3", name=op.f("pk_membership")),
    )
    op.create_table(
        "need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("country_iso3", sa.String(length=3), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("statement", sa.String(length=8000), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                name="need_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("budget_amount", Amount(), nullable=True),
        sa.Column("budget_currency", sa.String(length=3), nullable=True),
        sa.Column("self_financing_share", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum(
                "published",
                "submitted",
                name="need_origin",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "endorsed",
                "open",
                "in_proposal",
                "matched",
                "expired",
                "renewed",
                "withdrawn",
                name="need_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("endorsed_at", Moment(), nullable=True),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.Column("source_note", sa.String(length=8000), nullable=True),
        sa.CheckConstraint(
            "(budget_amount is null) = (budget_currency is null)",
            name=op.f("ck_need_budget_has_currency"),
        ),
        sa.CheckConstraint(
            "budget_amount >= 0", name=op.f("ck_need_budget_not_negative")
        ),
        sa.CheckConstraint(
            "self_financing_share between 0 and 100",
            name=op.f("ck_need_self_financing_is_percent"),
        ),
        sa.CheckConstraint(
            "year between 1990 and 2100", name=op.f("ck_need_year_is_recent")
        ),
        sa.ForeignKeyConstraint(
            ["country_iso3"],
            ["country.iso3"],
            name=op.f("fk_need_country_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_need_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("reference", name=op.f("uq_need_reference")),
    )
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_need_action_area"), ["action_area"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_need_country_iso3"), ["country_iso3"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_need_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_need_status"), ["status"], unique=False)

    op.create_table(
        "organization_role",
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "government",
                "provider_institution",
                "donor",
                "itpo_office",
                "investor",
                "coordinator",
                name="organization_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_role_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "role", name=op.f("pk_organization_role")
        ),
    )
    op.create_table(
        "technology_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("owner_iso3", sa.String(length=3), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                name="offer_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("theme_code", sa.String(length=40), nullable=True),
        sa.Column("summary", sa.String(length=8000), nullable=False),
        sa.Column("terms", sa.String(length=8000), nullable=True),
        sa.Column("open_from", sa.Date(), nullable=True),
        sa.Column("open_to", sa.Date(), nullable=True),
        sa.Column("source_url", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["organization.id"],
            name=op.f("fk_technology_offer_owner_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_iso3"],
            ["country.iso3"],
            name=op.f("fk_technology_offer_owner_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["theme_code"],
            ["theme.code"],
            name=op.f("fk_technology_offer_theme_code_theme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technology_offer")),
        sa.UniqueConstraint("reference", name=op.f("uq_technology_offer_reference")),
    )
    with op.batch_alter_table("technology_offer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_technology_offer_owner_id"), ["owner_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_technology_offer_owner_iso3"), ["owner_iso3"], unique=False
        )

    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "focal_point",
                "approver",
                "itpo_officer",
                "coordinator",
                "donor_officer",
                "administrator",
                name="user_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_user_account_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_account_organization_id"),
            ["organization_id"],
            unique=False,
        )

    op.create_table(
        "funding_window_area",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column(
            "action_area",
            sa.Enum(
                "technology",
                "skills",
                "environment",
                name="window_area",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["funding_window.id"],
            name=op.f("fk_funding_window_area_window_id_funding_window"),
        ),
        sa.PrimaryKeyConstraint(
            "window_id", "action_area", name=op.f("pk_funding_window_area")
        ),
    )
    op.create_table(
        "funding_window_country",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["iso3"],
            ["country.iso3"],
            name=op.f("fk_funding_window_country_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["funding_window.id"],
            name=op.f("fk_funding_window_country_window_id_funding_window"),
        ),
        sa.PrimaryKeyConstraint(
            "window_id", "iso3", name=op.f("pk_funding_window_country")
        ),
    )
    op.create_table(
        "funding_window_grouping",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("grouping_code", sa.String(length=40), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grouping_code"],
            ["grouping.code"],
            name=op.f("fk_funding_window_grouping_grouping_code_grouping"),
        ),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["funding_window.id"],
            name=op.f("fk_funding_window_grouping_window_id_funding_window"),
        ),
        sa.PrimaryKeyConstraint(
            "window_id", "grouping_code", name=op.f("pk_funding_window_grouping")
        ),
    )
    op.create_table(
        "funding_window_theme",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("theme_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["theme_code"],
            ["theme.code"],
            name=op.f("fk_funding_window_theme_theme_code_theme"),
        ),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["funding_window.id"],
            name=op.f("fk_funding_window_theme_window_id_funding_window"),
        ),
        sa.PrimaryKeyConstraint(
            "window_id", "theme_code", name=op.f("pk_funding_window_theme")
        ),
    )
    op.create_table(
        "good_practice_isic",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("isic_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["isic_code"],
            ["isic.code"],
            name=op.f("fk_good_practice_isic_isic_code_isic"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["good_practice.id"],
            name=op.f("fk_good_practice_isic_practice_id_good_practice"),
        ),
        sa.PrimaryKeyConstraint(
            "practice_id", "isic_code", name=op.f("pk_good_practice_isic")
        ),
    )
    op.create_table(
        "good_practice_provider",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["iso3"],
            ["country.iso3"],
            name=op.f("fk_good_practice_provider_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["good_practice.id"],
            name=op.f("fk_good_practice_provider_practice_id_good_practice"),
        ),
        sa.PrimaryKeyConstraint(
            "practice_id", "iso3", name=op.f("pk_good_practice_provider")
        ),
    )
    with op.batch_alter_table("good_practice_provider", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_good_practice_provider_iso3"), ["iso3"], unique=False
        )

    op.create_table(
        "good_practice_sdg_target",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("target_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["good_practice.id"],
            name=op.f("fk_good_practice_sdg_target_practice_id_good_practice"),
        ),
        sa.ForeignKeyConstraint(
            ["target_code"],
            ["sdg_target.code"],
            name=op.f("fk_good_practice_sdg_target_target_code_sdg_target"),
        ),
        sa.PrimaryKeyConstraint(
            "practice_id", "target_code", name=op.f("pk_good_practice_sdg_target")
        ),
    )
    op.create_table(
        "good_practice_theme",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("theme_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["good_practice.id"],
            name=op.f("fk_good_practice_theme_practice_id_good_practice"),
        ),
        sa.ForeignKeyConstraint(
            ["theme_code"],
            ["theme.code"],
            name=op.f("fk_good_practice_theme_theme_code_theme"),
        ),
        sa.PrimaryKeyConstraint(
            "practice_id", "theme_code", name=op.f("pk_good_practice_theme")
        ),
    )
    op.create_table(
        "investment_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("investor_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "suggested",
                "itpo_accepted",
                "teaser_sent",
                "investor_interested",
                "government_consent",
                "disclosed",
                "promoted",
                "negotiation",
                "concluded",
                "operational",
                "not_interested",
                "stalled",
                "lost",
                name="investment_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("ledger", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("runner_up", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "points between 0 and 10000",
            name=op.f("ck_investment_proposal_points_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["investor_id"],
            ["investor.id"],
            name=op.f("fk_investment_proposal_investor_id_investor"),
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_investment_proposal_need_id_need")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["itpo_office.id"],
            name=op.f("fk_investment_proposal_office_id_itpo_office"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["match_run.id"],
            name=op.f("fk_investment_proposal_run_id_match_run"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investment_proposal")),
        sa.UniqueConstraint(
            "run_id", "need_id", name=op.f("uq_investment_proposal_run_id_need_id")
        ),
    )
    with op.batch_alter_table("investment_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_investment_proposal_investor_id"),
            ["investor_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_investment_proposal_need_id"), ["need_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_investment_proposal_office_id"), ["office_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_investment_proposal_run_id"), ["run_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_investment_proposal_status"), ["status"], unique=False
        )

    op.create_table(
        "itpo_office_grouping",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("grouping_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["grouping_code"],
            ["grouping.code"],
            name=op.f("fk_itpo_office_grouping_grouping_code_grouping"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["itpo_office.id"],
            name=op.f("fk_itpo_office_grouping_office_id_itpo_office"),
        ),
        sa.PrimaryKeyConstraint(
            "office_id", "grouping_code", name=op.f("pk_itpo_office_grouping")
        ),
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("investor_id", sa.Integer(), nullable=False),
        sa.Column("regions_text", sa.String(length=300), nullable=False),
        sa.Column("countries_are_examples", sa.Boolean(), nullable=False),
        sa.Column("min_ticket", Amount(), nullable=True),
        sa.Column("max_ticket", Amount(), nullable=True),
        sa.Column("example_deal", sa.String(length=300), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("instruments", sa.String(length=300), nullable=True),
        sa.Column("sustainability_focus", sa.String(length=8000), nullable=True),
        sa.Column("deals_per_year", sa.Integer(), nullable=True),
        sa.Column("deals_are_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "deals_per_year >= 0", name=op.f("ck_mandate_deals_not_negative")
        ),
        sa.CheckConstraint(
            "min_ticket <= max_ticket",
            name=op.f("ck_mandate_ticket_floor_below_ceiling"),
        ),
        sa.ForeignKeyConstraint(
            ["investor_id"],
            ["investor.id"],
            name=op.f("fk_mandate_investor_id_investor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("investor_id", name=op.f("uq_mandate_investor_id")),
    )
    op.create_table(
        "need_isic",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("isic_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["isic_code"], ["isic.code"], name=op.f("fk_need_isic_isic_code_isic")
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_need_isic_need_id_need")
        ),
        sa.PrimaryKeyConstraint("need_id", "isic_code", name=op.f("pk_need_isic")),
    )
    op.create_table(
        "need_modality",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column(
            "modality",
            sa.Enum(
                "technical_assistance",
                "training",
                "technology_transfer",
                "policy_advice",
                "investment",
                name="modality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_need_modality_need_id_need")
        ),
        sa.PrimaryKeyConstraint("need_id", "modality", name=op.f("pk_need_modality")),
    )
    op.create_table(
        "need_sdg_target",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("target_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_need_sdg_target_need_id_need")
        ),
        sa.ForeignKeyConstraint(
            ["target_code"],
            ["sdg_target.code"],
            name=op.f("fk_need_sdg_target_target_code_sdg_target"),
        ),
        sa.PrimaryKeyConstraint(
            "need_id", "target_code", name=op.f("pk_need_sdg_target")
        ),
    )
    op.create_table(
        "need_theme",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("theme_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_need_theme_need_id_need")
        ),
        sa.ForeignKeyConstraint(
            ["theme_code"], ["theme.code"], name=op.f("fk_need_theme_theme_code_theme")
        ),
        sa.PrimaryKeyConstraint("need_id", "theme_code", name=op.f("pk_need_theme")),
    )
    op.create_table(
        "replication",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_replication_iso3_country")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["good_practice.id"],
            name=op.f("fk_replication_practice_id_good_practice"),
        ),
        sa.PrimaryKeyConstraint("practice_id", "iso3", name=op.f("pk_replication")),
    )
    with op.batch_alter_table("replication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replication_iso3"), ["iso3"], unique=False)

    op.create_table(
        "triangular_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("provider_iso3", sa.String(length=3), nullable=True),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "suggested",
                "shortlisted",
                "approved_for_consent",
                "beneficiary_consented",
                "provider_consented",
                "donor_consented",
                "formulation",
                "concept_note",
                "submitted",
                "reserve",
                "approved",
                "rejected",
                "agreement",
                "implementing",
                "completed",
                "ex_post",
                "declined",
                "lapsed",
                name="triangular_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("ledger", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("budget_split", sa.JSON(), nullable=False),
        sa.Column("runner_up", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "points between 0 and 10000",
            name=op.f("ck_triangular_proposal_points_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_triangular_proposal_need_id_need")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["good_practice.id"],
            name=op.f("fk_triangular_proposal_practice_id_good_practice"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_iso3"],
            ["country.iso3"],
            name=op.f("fk_triangular_proposal_provider_iso3_country"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["match_run.id"],
            name=op.f("fk_triangular_proposal_run_id_match_run"),
        ),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["funding_window.id"],
            name=op.f("fk_triangular_proposal_window_id_funding_window"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triangular_proposal")),
        sa.UniqueConstraint(
            "run_id", "need_id", name=op.f("uq_triangular_proposal_run_id_need_id")
        ),
    )
    with op.batch_alter_table("triangular_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_triangular_proposal_need_id"), ["need_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_triangular_proposal_practice_id"),
            ["practice_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_triangular_proposal_provider_iso3"),
            ["provider_iso3"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_triangular_proposal_run_id"), ["run_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_triangular_proposal_status"), ["status"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_triangular_proposal_window_id"), ["window_id"], unique=False
        )

    op.create_table(
        "unmatched_need",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "triangular",
                "investment",
                name="unmatched_mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("smallest_change", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_unmatched_need_need_id_need")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["match_run.id"],
            name=op.f("fk_unmatched_need_run_id_match_run"),
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "need_id", "mode", name=op.f("pk_unmatched_need")
        ),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("triangular_id", sa.Integer(), nullable=True),
        sa.Column("investment_id", sa.Integer(), nullable=True),
        sa.Column("from_status", sa.String(length=40), nullable=False),
        sa.Column("to_status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=8000), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "(triangular_id is null) <> (investment_id is null)",
            name=op.f("ck_decision_one_proposal"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["user_account.id"],
            name=op.f("fk_decision_decided_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["investment_id"],
            ["investment_proposal.id"],
            name=op.f("fk_decision_investment_id_investment_proposal"),
        ),
        sa.ForeignKeyConstraint(
            ["triangular_id"],
            ["triangular_proposal.id"],
            name=op.f("fk_decision_triangular_id_triangular_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_decided_by"), ["decided_by"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_decision_investment_id"), ["investment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_decision_triangular_id"), ["triangular_id"], unique=False
        )

    op.create_table(
        "investment_score_part",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=8000), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["investment_proposal.id"],
            name=op.f("fk_investment_score_part_proposal_id_investment_proposal"),
        ),
        sa.PrimaryKeyConstraint(
            "proposal_id", "position", name=op.f("pk_investment_score_part")
        ),
    )
    op.create_table(
        "mandate_country",
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("iso3", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["iso3"], ["country.iso3"], name=op.f("fk_mandate_country_iso3_country")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"],
            ["mandate.id"],
            name=op.f("fk_mandate_country_mandate_id_mandate"),
        ),
        sa.PrimaryKeyConstraint("mandate_id", "iso3", name=op.f("pk_mandate_country")),
    )
    op.create_table(
        "mandate_grouping",
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("grouping_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["grouping_code"],
            ["grouping.code"],
            name=op.f("fk_mandate_grouping_grouping_code_grouping"),
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"],
            ["mandate.id"],
            name=op.f("fk_mandate_grouping_mandate_id_mandate"),
        ),
        sa.PrimaryKeyConstraint(
            "mandate_id", "grouping_code", name=op.f("pk_mandate_grouping")
        ),
    )
    op.create_table(
        "mandate_isic",
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("isic_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["isic_code"], ["isic.code"], name=op.f("fk_mandate_isic_isic_code_isic")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"],
            ["mandate.id"],
            name=op.f("fk_mandate_isic_mandate_id_mandate"),
        ),
        sa.PrimaryKeyConstraint(
            "mandate_id", "isic_code", name=op.f("pk_mandate_isic")
        ),
    )
    op.create_table(
        "mandate_theme",
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("theme_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["mandate_id"],
            ["mandate.id"],
            name=op.f("fk_mandate_theme_mandate_id_mandate"),
        ),
        sa.ForeignKeyConstraint(
            ["theme_code"],
            ["theme.code"],
            name=op.f("fk_mandate_theme_theme_code_theme"),
        ),
        sa.PrimaryKeyConstraint(
            "mandate_id", "theme_code", name=op.f("pk_mandate_theme")
        ),
    )
    op.create_table(
        "triangular_score_part",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=8000), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["triangular_proposal.id"],
            name=op.f("fk_triangular_score_part_proposal_id_triangular_proposal"),
        ),
        sa.PrimaryKeyConstraint(
            "proposal_id", "position", name=op.f("pk_triangular_score_part")
        ),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("triangular_score_part")
    op.drop_table("mandate_theme")
    op.drop_table("mandate_isic")
    op.drop_table("mandate_grouping")
    op.drop_table("mandate_country")
    op.drop_table("investment_score_part")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_triangular_id"))
        batch_op.drop_index(batch_op.f("ix_decision_investment_id"))
        batch_op.drop_index(batch_op.f("ix_decision_decided_by"))

    op.drop_table("decision")
    op.drop_table("unmatched_need")
    with op.batch_alter_table("triangular_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_triangular_proposal_window_id"))
        batch_op.drop_index(batch_op.f("ix_triangular_proposal_status"))
        batch_op.drop_index(batch_op.f("ix_triangular_proposal_run_id"))
        batch_op.drop_index(batch_op.f("ix_triangular_proposal_provider_iso3"))
        batch_op.drop_index(batch_op.f("ix_triangular_proposal_practice_id"))
        batch_op.drop_index(batch_op.f("ix_triangular_proposal_need_id"))

    op.drop_table("triangular_proposal")
    with op.batch_alter_table("replication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replication_iso3"))

    op.drop_table("replication")
    op.drop_table("need_theme")
    op.drop_table("need_sdg_target")
    op.drop_table("need_modality")
    op.drop_table("need_isic")
    op.drop_table("mandate")
    op.drop_table("itpo_office_grouping")
    with op.batch_alter_table("investment_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_investment_proposal_status"))
        batch_op.drop_index(batch_op.f("ix_investment_proposal_run_id"))
        batch_op.drop_index(batch_op.f("ix_investment_proposal_office_id"))
        batch_op.drop_index(batch_op.f("ix_investment_proposal_need_id"))
        batch_op.drop_index(batch_op.f("ix_investment_proposal_investor_id"))

    op.drop_table("investment_proposal")
    op.drop_table("good_practice_theme")
    op.drop_table("good_practice_sdg_target")
    with op.batch_alter_table("good_practice_provider", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_good_practice_provider_iso3"))

    op.drop_table("good_practice_provider")
    op.drop_table("good_practice_isic")
    op.drop_table("funding_window_theme")
    op.drop_table("funding_window_grouping")
    op.drop_table("funding_window_country")
    op.drop_table("funding_window_area")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_organization_id"))

    op.drop_table("user_account")
    with op.batch_alter_table("technology_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_technology_offer_owner_iso3"))
        batch_op.drop_index(batch_op.f("ix_technology_offer_owner_id"))

    op.drop_table("technology_offer")
    op.drop_table("organization_role")
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_status"))
        batch_op.drop_index(batch_op.f("ix_need_organization_id"))
        batch_op.drop_index(batch_op.f("ix_need_country_iso3"))
        batch_op.drop_index(batch_op.f("ix_need_action_area"))

    op.drop_table("need")
    op.drop_table("membership")
    with op.batch_alter_table("itpo_office", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_itpo_office_host_iso3"))

    op.drop_table("itpo_office")
    op.drop_table("investor")
    with op.batch_alter_table("indicator_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_value_indicator_code"))

    op.drop_table("indicator_value")
    with op.batch_alter_table("good_practice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_good_practice_status"))
        batch_op.drop_index(batch_op.f("ix_good_practice_institution_id"))
        batch_op.drop_index(batch_op.f("ix_good_practice_action_area"))

    op.drop_table("good_practice")
    with op.batch_alter_table("funding_window", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_funding_window_donor_id"))

    op.drop_table("funding_window")
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capability_institution_id"))
        batch_op.drop_index(batch_op.f("ix_capability_country_iso3"))

    op.drop_table("capability")
    op.drop_table("treaty_party")
    op.drop_table("programme_indicator")
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organization_country_iso3"))

    op.drop_table("organization")
    op.drop_table("indicator")
    op.drop_table("grouping")
    op.drop_table("country_pair")
    op.drop_table("country_language")
    with op.batch_alter_table("country_fact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_country_fact_iso3"))

    op.drop_table("country_fact")
    with op.batch_alter_table("cooperation_party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cooperation_party_project_id"))
        batch_op.drop_index(batch_op.f("ix_cooperation_party_iso3"))

    op.drop_table("cooperation_party")
    op.drop_table("unido_programme")
    op.drop_table("treaty")
    op.drop_table("theme")
    op.drop_table("success_indicator")
    op.drop_table("source")
    op.drop_table("sdg_target")
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_run_status"))

    op.drop_table("match_run")
    op.drop_table("isic")
    op.drop_table("country")
    op.drop_table("cooperation_project")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_subject")

    op.drop_table("audit_event")

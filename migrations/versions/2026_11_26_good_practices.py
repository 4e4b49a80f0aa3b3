"""Good practices through forms, their reviews, replications that two countries confirm; technology offers."""

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "practice_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8000), nullable=False),
        sa.Column("enabling_factors", sa.String(length=8000), nullable=True),
        sa.Column("cost_driver", sa.String(length=8000), nullable=True),
        sa.Column("lesson", sa.String(length=8000), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_block_practice_id_good_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_block")),
        sa.UniqueConstraint("practice_id", "position", name=op.f("uq_practice_block_practice_id_position")),
    )
    op.create_table(
        "practice_editor",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_editor_practice_id_good_practice")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_practice_editor_user_id_user_account")),
        sa.PrimaryKeyConstraint("practice_id", "user_id", name=op.f("pk_practice_editor")),
    )
    with op.batch_alter_table("practice_editor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_editor_user_id"), ["user_id"], unique=False)

    op.create_table(
        "practice_precondition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=8000), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_precondition_practice_id_good_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_precondition")),
        sa.UniqueConstraint("practice_id", "position", name=op.f("uq_practice_precondition_practice_id_position")),
    )
    op.create_table(
        "practice_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=True),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=8000), nullable=True),
        sa.CheckConstraint("year between 1950 and 2100", name=op.f("ck_practice_result_year_is_recent")),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_result_practice_id_good_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_result")),
        sa.UniqueConstraint("practice_id", "position", name=op.f("uq_practice_result_practice_id_position")),
    )
    op.create_table(
        "practice_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("relevance", sa.Boolean(), nullable=True),
        sa.Column("relevance_comment", sa.String(length=8000), nullable=True),
        sa.Column("impact", sa.Boolean(), nullable=True),
        sa.Column("impact_comment", sa.String(length=8000), nullable=True),
        sa.Column("replicability", sa.Boolean(), nullable=True),
        sa.Column("replicability_comment", sa.String(length=8000), nullable=True),
        sa.Column("comment", sa.String(length=8000), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_review_practice_id_good_practice")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["user_account.id"], name=op.f("fk_practice_review_reviewer_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_review")),
    )
    with op.batch_alter_table("practice_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_review_practice_id"), ["practice_id"], unique=False)

    op.create_table(
        "practice_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("year between 1950 and 2100", name=op.f("ck_practice_source_year_is_recent")),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_source_practice_id_good_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_source")),
        sa.UniqueConstraint("practice_id", "position", name=op.f("uq_practice_source_practice_id_position")),
    )
    op.create_table(
        "practice_step",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edited_by_id"], ["user_account.id"], name=op.f("fk_practice_step_edited_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_practice_step_practice_id_good_practice")
        ),
        sa.PrimaryKeyConstraint("practice_id", "step", name=op.f("pk_practice_step")),
    )
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))

    with op.batch_alter_table("good_practice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(
            sa.Column(
                "evidence_grade",
                sa.Enum(
                    "independent",
                    "compared",
                    "monitored",
                    "stated",
                    name="evidence_grade",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("review_due_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_good_practice_evidence_grade"), ["evidence_grade"], unique=False)
        batch_op.create_index("ix_good_practice_title_id", ["title", "id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_good_practice_confirmed_by_id_user_account"), "user_account", ["confirmed_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_good_practice_author_id_user_account"), "user_account", ["author_id"], ["id"]
        )

    with op.batch_alter_table("replication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.String(length=8000), nullable=True))
        batch_op.add_column(
            sa.Column(
                "origin",
                sa.Enum(
                    "published",
                    "submitted",
                    name="replication_origin",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                server_default="published",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("provider_confirmed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("provider_confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("replicator_confirmed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("replicator_confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint("year_is_recent", "year between 1950 and 2100")
        batch_op.create_check_constraint("two_persons", "provider_confirmed_by_id <> replicator_confirmed_by_id")
        batch_op.create_foreign_key(
            batch_op.f("fk_replication_provider_confirmed_by_id_user_account"),
            "user_account",
            ["provider_confirmed_by_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_replication_replicator_confirmed_by_id_user_account"),
            "user_account",
            ["replicator_confirmed_by_id"],
            ["id"],
        )

    with op.batch_alter_table("technology_offer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "ip_terms",
                sa.Enum(
                    "open",
                    "licence",
                    "exclusive_licence",
                    "sale",
                    "joint_venture",
                    "to_be_agreed",
                    name="offer_ip_terms",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "maturity",
                sa.Enum(
                    "concept",
                    "prototype",
                    "demonstrated",
                    "in_use",
                    "widely_used",
                    name="offer_maturity",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "status",
                sa.Enum(
                    "draft",
                    "published",
                    "withdrawn",
                    name="offer_status",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                server_default="draft",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_technology_offer_status"), ["status"], unique=False)
        batch_op.create_index("ix_technology_offer_title_id", ["title", "id"], unique=False)
        batch_op.create_check_constraint("closes_after_opening", "open_to >= open_from")
        batch_op.create_foreign_key(
            batch_op.f("fk_technology_offer_author_id_user_account"), "user_account", ["author_id"], ["id"]
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("technology_offer", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_technology_offer_closes_after_opening"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_technology_offer_offer_status"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_technology_offer_offer_maturity"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_technology_offer_offer_ip_terms"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_technology_offer_author_id_user_account"), type_="foreignkey")
        batch_op.drop_index("ix_technology_offer_title_id")
        batch_op.drop_index(batch_op.f("ix_technology_offer_status"))
        batch_op.drop_column("author_id")
        batch_op.drop_column("version")
        batch_op.drop_column("status")
        batch_op.drop_column("maturity")
        batch_op.drop_column("ip_terms")

    with op.batch_alter_table("replication", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_replication_two_persons"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_replication_year_is_recent"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_replication_replication_origin"), type_="check")
        batch_op.drop_constraint(
            batch_op.f("fk_replication_replicator_confirmed_by_id_user_account"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_replication_provider_confirmed_by_id_user_account"), type_="foreignkey")
        batch_op.drop_column("replicator_confirmed_at")
        batch_op.drop_column("replicator_confirmed_by_id")
        batch_op.drop_column("provider_confirmed_at")
        batch_op.drop_column("provider_confirmed_by_id")
        batch_op.drop_column("version")
        batch_op.drop_column("origin")
        batch_op.drop_column("outcome")
        batch_op.drop_column("year")

    with op.batch_alter_table("good_practice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_good_practice_evidence_grade"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_good_practice_author_id_user_account"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_good_practice_confirmed_by_id_user_account"), type_="foreignkey")
        batch_op.drop_index("ix_good_practice_title_id")
        batch_op.drop_index(batch_op.f("ix_good_practice_evidence_grade"))
        batch_op.drop_column("review_due_on")
        batch_op.drop_column("published_at")
        batch_op.drop_column("confirmed_at")
        batch_op.drop_column("confirmed_by_id")
        batch_op.drop_column("author_id")
        batch_op.drop_column("evidence_grade")
        batch_op.drop_column("version")

    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.drop_column("version")

    op.drop_table("practice_step")
    op.drop_table("practice_source")
    with op.batch_alter_table("practice_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_review_practice_id"))

    op.drop_table("practice_review")
    op.drop_table("practice_result")
    op.drop_table("practice_precondition")
    with op.batch_alter_table("practice_editor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_editor_user_id"))

    op.drop_table("practice_editor")
    op.drop_table("practice_block")

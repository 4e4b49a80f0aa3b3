"""The need form: answers of all steps, who edited which, the way to open, letters of endorsement."""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "need_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_need_attachment_added_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_attachment_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_attachment")),
    )
    with op.batch_alter_table("need_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_attachment_need_id"), ["need_id"], unique=False)

    op.create_table(
        "need_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=8000), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_need_comment_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_comment_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_comment")),
    )
    with op.batch_alter_table("need_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_comment_need_id"), ["need_id"], unique=False)

    op.create_table(
        "need_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("role", sa.String(length=300), nullable=True),
        sa.Column("organization", sa.String(length=300), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_contact_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_contact")),
    )
    with op.batch_alter_table("need_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_contact_need_id"), ["need_id"], unique=False)

    op.create_table(
        "need_contribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cash", "in_kind", name="need_contribution_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("description", sa.String(length=300), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.CheckConstraint(
            "(amount is null) = (currency is null)", name=op.f("ck_need_contribution_amount_has_currency")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_need_contribution_amount_not_negative")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_contribution_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_contribution")),
    )
    with op.batch_alter_table("need_contribution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_contribution_need_id"), ["need_id"], unique=False)

    op.create_table(
        "need_indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("unit", sa.String(length=300), nullable=True),
        sa.Column("baseline", sa.Double(), nullable=True),
        sa.Column("baseline_year", sa.Integer(), nullable=True),
        sa.Column("target", sa.Double(), nullable=True),
        sa.Column("target_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_indicator_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_indicator")),
    )
    with op.batch_alter_table("need_indicator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_indicator_need_id"), ["need_id"], unique=False)

    op.create_table(
        "need_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
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
                name="need_move_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=8000), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_need_move_made_by_id_user_account")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_move_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_move")),
    )
    with op.batch_alter_table("need_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_move_need_id"), ["need_id"], unique=False)

    op.create_table(
        "need_step_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "what",
                "why",
                "who",
                "targets",
                "help",
                "money",
                "timing",
                "contacts",
                name="need_step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edited_by_id"], ["user_account.id"], name=op.f("fk_need_step_edit_edited_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_need_step_edit_need_id_need")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_step_edit")),
        sa.UniqueConstraint("need_id", "step", name=op.f("uq_need_step_edit_need_id_step")),
    )
    with op.batch_alter_table("need_step_edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_step_edit_need_id"), ["need_id"], unique=False)

    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("why", sa.String(length=8000), nullable=True))
        batch_op.add_column(sa.Column("evidence", sa.String(length=8000), nullable=True))
        batch_op.add_column(sa.Column("evidence_url", sa.String(length=1000), nullable=True))
        batch_op.add_column(sa.Column("beneficiaries", sa.String(length=8000), nullable=True))
        batch_op.add_column(sa.Column("people_reached", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("women_percent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("places", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("starts_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_need_people_not_negative"), "people_reached >= 0")
        batch_op.create_check_constraint(batch_op.f("ck_need_women_is_percent"), "women_percent between 0 and 100")


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_need_people_not_negative"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_need_women_is_percent"), type_="check")
        batch_op.drop_column("expires_on")
        batch_op.drop_column("ends_on")
        batch_op.drop_column("starts_on")
        batch_op.drop_column("places")
        batch_op.drop_column("women_percent")
        batch_op.drop_column("people_reached")
        batch_op.drop_column("beneficiaries")
        batch_op.drop_column("evidence_url")
        batch_op.drop_column("evidence")
        batch_op.drop_column("why")
        batch_op.drop_column("version")

    with op.batch_alter_table("need_step_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_step_edit_need_id"))

    op.drop_table("need_step_edit")
    with op.batch_alter_table("need_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_move_need_id"))

    op.drop_table("need_move")
    with op.batch_alter_table("need_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_indicator_need_id"))

    op.drop_table("need_indicator")
    with op.batch_alter_table("need_contribution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_contribution_need_id"))

    op.drop_table("need_contribution")
    with op.batch_alter_table("need_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_contact_need_id"))

    op.drop_table("need_contact")
    with op.batch_alter_table("need_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_comment_need_id"))

    op.drop_table("need_comment")
    with op.batch_alter_table("need_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_attachment_need_id"))

    op.drop_table("need_attachment")

"""judgements."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("judge", sa.String(length=40), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("judged_on", sa.Date(), nullable=False),
        sa.CheckConstraint("grade between 0 and 2", name=op.f("ck_judgement_grade_is_known")),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_judgement_need_id_need")),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["good_practice.id"], name=op.f("fk_judgement_practice_id_good_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgement")),
        sa.UniqueConstraint("need_id", "practice_id", "judge", name=op.f("uq_judgement_need_id_practice_id_judge")),
    )
    op.create_index(op.f("ix_judgement_practice_id"), "judgement", ["practice_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_judgement_practice_id"), "judgement")
    op.drop_table("judgement")

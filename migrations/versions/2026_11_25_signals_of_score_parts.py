"""Signals of score parts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; proposals of earlier runs tell no signals."""
    op.add_column("triangular_score_part", sa.Column("signals", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("triangular_score_part") as table:
        table.drop_column("signals")

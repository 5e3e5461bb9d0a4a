"""Rows that could not be planned, and until when they wait.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "put_off",
        sa.Column("what", sa.String(24), primary_key=True),
        sa.Column("row_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("until", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("put_off")

"""When the owner of a task is reminded, and which tasks are urgent.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("ladder", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("urgent", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("tasks", "urgent")
    op.drop_column("tasks", "ladder")

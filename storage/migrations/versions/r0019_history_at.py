"""An index that answers which tasks were touched since a moment: what a summary asks about the time after its period.

Revision: 0019, after 0018.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_history_at_task_id", "history", ["at", "task_id"])


def downgrade() -> None:
    op.drop_index("ix_history_at_task_id", "history")

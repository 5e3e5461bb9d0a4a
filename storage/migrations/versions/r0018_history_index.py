"""An index that answers how often something was done to a task, and when last, without reading the lines.

It takes the place of the index over the task alone, which is its first column.

Revision: 0018, after 0017.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_history_task_id_action_position", "history", ["task_id", "action", "position"])
    op.drop_index("ix_history_task_id", "history")


def downgrade() -> None:
    op.create_index("ix_history_task_id", "history", ["task_id"])
    op.drop_index("ix_history_task_id_action_position", "history")

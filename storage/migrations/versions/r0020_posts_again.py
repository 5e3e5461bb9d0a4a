"""Posts that were sent again: when that was asked for, and in which messages they stand besides the first.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("again_at", UtcDateTime(), nullable=True))
    op.add_column("posts", sa.Column("copies", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("posts") as batch:
        batch.drop_column("copies")
        batch.drop_column("again_at")

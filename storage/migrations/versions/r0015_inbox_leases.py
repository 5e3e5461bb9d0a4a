"""Received updates are shared by replicas: which line they belong to, who deals with them and until when.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("line", sa.BigInteger(), nullable=True))
    op.add_column("inbox", sa.Column("holder", sa.String(length=32), nullable=True))
    op.add_column("inbox", sa.Column("leased_until", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("leased_until", "holder", "line"):
        op.drop_column("inbox", name)

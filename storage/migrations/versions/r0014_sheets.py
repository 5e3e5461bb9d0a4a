"""What a summary's spreadsheet lists, results in yearly indices, and letters and hand-overs that are found.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("digests", sa.Column("listing", sa.JSON(), nullable=True))
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index("ix_requests_old_owner_id", "requests", ["old_owner_id"])
    op.create_table(
        "index_entries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("value", sa.String(length=20), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("ranked", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_index_entries_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_entries")),
    )
    op.create_index(
        "uq_index_entries_folded_year_unit",
        "index_entries",
        ["folded", "year", sa.text("coalesce(unit_id, 0)")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("index_entries")
    op.drop_index("ix_requests_old_owner_id", "requests")
    op.drop_index("ix_outbox_created_at", "outbox")
    with op.batch_alter_table("digests") as batch:
        batch.drop_column("listing")

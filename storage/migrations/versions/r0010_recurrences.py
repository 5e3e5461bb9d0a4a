"""Work that comes back, and the tasks that came of it.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recurrences",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("clock", sa.String(length=5), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=False),
        sa.Column("assigner_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.String(length=8), nullable=False),
        sa.Column("series", sa.String(length=30), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("check_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_recurrences_owner_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_recurrences_unit_id")),
        sa.ForeignKeyConstraint(["assigner_id"], ["members.id"], name=op.f("fk_recurrences_assigner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurrences")),
    )
    op.create_index("ix_recurrences_unit_id", "recurrences", ["unit_id"])
    op.create_index("ix_recurrences_check_at", "recurrences", ["check_at"])
    op.create_table(
        "occurrences",
        sa.Column("recurrence_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["recurrence_id"], ["recurrences.id"], name=op.f("fk_occurrences_recurrence_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_occurrences_task_id")),
        sa.PrimaryKeyConstraint("recurrence_id", "day", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("task_id", name=op.f("uq_occurrences_task_id")),
    )


def downgrade() -> None:
    op.drop_table("occurrences")
    op.drop_table("recurrences")

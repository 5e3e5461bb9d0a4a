"""Absences with a substitute, who submitted a task, and requests that are decided together.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("substitute_id", ID, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["members.id"], name=op.f("fk_absences_made_by")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_absences_member_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["members.id"], name=op.f("fk_absences_substitute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_member_id", "absences", ["member_id"])
    op.create_index("ix_absences_substitute_id", "absences", ["substitute_id"])
    op.create_index("ix_absences_until", "absences", ["until"])
    op.add_column("tasks", sa.Column("submitted_by", ID, nullable=True))
    op.add_column("requests", sa.Column("batch_id", ID, nullable=True))
    op.create_index("ix_requests_batch_id", "requests", ["batch_id"])


def downgrade() -> None:
    op.drop_index("ix_requests_batch_id", "requests")
    op.drop_column("requests", "batch_id")
    op.drop_column("tasks", "submitted_by")
    op.drop_table("absences")

"""Days off and working days that administrators decide; hours of a unit, calendar of a person.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["members.id"], name=op.f("fk_calendar_days_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
    )
    op.create_index(
        "uq_calendar_days_present",
        "calendar_days",
        ["country", "day"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.add_column("units", sa.Column("hours", sa.String(length=120), nullable=True))
    op.add_column("members", sa.Column("country", sa.String(length=8), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "country")
    op.drop_column("units", "hours")
    op.drop_table("calendar_days")

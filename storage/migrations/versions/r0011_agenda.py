"""The morning agenda: its hour and the next look for each member, and what waits for it.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("members", sa.Column("agenda_clock", sa.String(length=5), nullable=True))
    op.add_column("members", sa.Column("agenda_at", UtcDateTime(), nullable=True))
    op.add_column("members", sa.Column("agenda_on", sa.Date(), nullable=True))
    op.create_index("ix_members_agenda_at", "members", ["agenda_at"])
    # Whoever has joined already is looked at by the next planner. Today's morning is over: the old letters told it.
    op.execute(
        "UPDATE members SET agenda_at = linked_at, agenda_on = CURRENT_DATE "
        "WHERE account IS NOT NULL AND left_at IS NULL"
    )
    op.create_table(
        "agenda_items",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_agenda_items_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
        sa.UniqueConstraint("key", name=op.f("uq_agenda_items_key")),
    )
    op.create_index("ix_agenda_items_member_id_taken_at", "agenda_items", ["member_id", "taken_at"])
    op.create_index("ix_agenda_items_at", "agenda_items", ["at"])


def downgrade() -> None:
    op.drop_table("agenda_items")
    op.drop_index("ix_members_agenda_at", "members")
    for column in ("agenda_on", "agenda_at", "agenda_clock"):
        op.drop_column("members", column)

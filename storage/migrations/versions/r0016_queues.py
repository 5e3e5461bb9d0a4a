"""Letters take turns: by rank, and within a rank unit by unit.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_outbox_done", ["done_at"], "done_at IS NOT NULL"),
    ("ix_outbox_due", ["not_before"], "done_at IS NULL"),
    ("ix_outbox_turn", ["rank", "queue", "not_before", "id"], "done_at IS NULL"),
    ("ix_outbox_member", ["member_id"], "done_at IS NULL"),
    ("ix_outbox_chat", ["chat_id"], "done_at IS NULL"),
    ("ix_outbox_leased", ["leased_until"], "done_at IS NULL AND leased_until IS NOT NULL"),
)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("outbox", sa.Column("queue", sa.BigInteger(), nullable=False, server_default="0"))
    for name, table in (("member_id", "members"), ("chat_id", "chats")):
        unit = f"SELECT unit_id FROM {table} WHERE {table}.id = outbox.{name}"  # noqa: S608
        op.execute(f"UPDATE outbox SET queue = COALESCE(({unit}), 0) WHERE {name} IS NOT NULL AND done_at IS NULL")  # noqa: S608
    # An index that begins with the state hides the others from SQLite.
    op.drop_index("ix_outbox_state_not_before", "outbox")
    op.drop_index("ix_outbox_done_at", "outbox")
    for name, columns, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, _, _ in INDEXES:
        op.drop_index(name, "outbox")
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"])
    op.create_index("ix_outbox_done_at", "outbox", ["done_at"])
    op.drop_column("outbox", "queue")
    op.drop_column("outbox", "rank")

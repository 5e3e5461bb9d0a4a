"""Who had a task when a change of its owner was asked for.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("old_owner_id", ID, nullable=True))
        requests.create_foreign_key(op.f("fk_requests_old_owner_id"), "members", ["old_owner_id"], ["id"])
    # So far only owners asked for a hand-over, each for their own task.
    op.execute("UPDATE requests SET old_owner_id = member_id WHERE kind = 'handover'")


def downgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.drop_constraint(op.f("fk_requests_old_owner_id"), type_="foreignkey")
        requests.drop_column("old_owner_id")

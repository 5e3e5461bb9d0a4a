"""Who gets which summary when: settings of a chat, one post per chat and week, corrections, posts that are held.

Revision: 0013, after 0012.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The tables as this revision knows them.
DIGESTS = sa.table(
    "digests",
    sa.column("id", sa.BigInteger()),
    sa.column("until", UtcDateTime()),
    sa.column("since", UtcDateTime()),
    sa.column("figures", sa.JSON()),
)
OUTBOX = sa.table(
    "outbox",
    sa.column("id", sa.BigInteger()),
    sa.column("kind", sa.String()),
    sa.column("content", sa.JSON()),
    sa.column("chat_id", sa.BigInteger()),
    sa.column("created_at", UtcDateTime()),
    sa.column("message_id", sa.BigInteger()),
)
POSTS = sa.table(
    "posts",
    sa.column("chat_id", sa.BigInteger()),
    sa.column("week", sa.String()),
    sa.column("digest_id", sa.BigInteger()),
    sa.column("until", UtcDateTime()),
    sa.column("at", UtcDateTime()),
    sa.column("message_id", sa.BigInteger()),
    sa.column("picture_id", sa.BigInteger()),
)


def upgrade() -> None:
    op.add_column("chats", sa.Column("weekday", sa.Integer(), nullable=True))
    op.add_column("chats", sa.Column("hour", sa.String(length=5), nullable=True))
    op.add_column("chats", sa.Column("detail", sa.String(length=8), nullable=True))
    op.add_column("chats", sa.Column("changed_at", UtcDateTime(), nullable=True))
    op.add_column("chats", sa.Column("checked_at", UtcDateTime(), nullable=True))
    op.add_column("digests", sa.Column("since", UtcDateTime(), nullable=True))
    op.add_column("digests", sa.Column("corrects", ID, nullable=True))
    op.add_column("digests", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("digests", sa.Column("behind", sa.JSON(), nullable=True))
    op.create_table(
        "posts",
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("digest_id", ID, nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("picture_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_posts_chat_id")),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name=op.f("fk_posts_digest_id")),
        sa.PrimaryKeyConstraint("chat_id", "week", name=op.f("pk_posts")),
    )
    op.create_index("ix_posts_digest_id", "posts", ["digest_id"])
    op.create_table(
        "holds",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("chat_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_holds_chat_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["members.id"], name=op.f("fk_holds_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_chat_id", "holds", ["chat_id"])
    op.drop_index("uq_digests_unit_until", table_name="digests")
    if not op.get_context().as_sql:
        zones = _tell_periods(op.get_bind())
        _tell_posts(op.get_bind(), zones)
    # Once for each unit and period; a correction beside what it corrects.
    op.create_index(
        "uq_digests_unit_until",
        "digests",
        [sa.text("coalesce(unit_id, 0)"), "until", sa.text("coalesce(since, until)"), sa.text("coalesce(corrects, 0)")],
        unique=True,
    )


def _tell_periods(connection: sa.Connection) -> dict[int, tuple[datetime, str]]:
    """When each digest began, which stood in its figures only; the end and the zone of each."""
    found = {}
    for row in connection.execute(sa.select(DIGESTS)).all():
        since = datetime.fromisoformat(row.figures["since"])
        connection.execute(sa.update(DIGESTS).where(DIGESTS.c.id == row.id).values(since=since))
        found[row.id] = (row.until, row.figures["zone"])
    return found


def _tell_posts(connection: sa.Connection, digests: dict[int, tuple[datetime, str]]) -> None:
    """What was posted, as far as the outbox remembers it: the last one of a week counts."""
    posts: dict[tuple[int, str], dict[str, object]] = {}
    query = sa.select(OUTBOX).where(OUTBOX.c.kind.in_(("summary", "picture"))).order_by(OUTBOX.c.id)
    for row in connection.execute(query).all():
        digest_id = row.content["digest_id"]
        if digest_id not in digests or row.chat_id is None:
            continue
        until, zone = digests[digest_id]
        year, week, _ = until.astimezone(ZoneInfo(zone)).isocalendar()
        key = (row.chat_id, f"{year}-W{week:02}")
        if row.kind == "summary":
            about = {"digest_id": digest_id, "until": until, "at": row.created_at, "message_id": row.message_id}
            posts[key] = {"chat_id": key[0], "week": key[1], "picture_id": None, **about}
        elif key in posts:
            posts[key]["picture_id"] = row.message_id
    if posts:
        connection.execute(sa.insert(POSTS), list(posts.values()))


def downgrade() -> None:
    raise NotImplementedError("several digests of one period have no place in the schema before: restore a backup")

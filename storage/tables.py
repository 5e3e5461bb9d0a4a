"""The tables. One naming convention from the first day, so that migrations can name every constraint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values: SQLite would drop their zone without a word."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Without the two calls in between that SQLAlchemy makes: a summary reads hundreds of thousands of these."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


# SQLite counts rowids only in columns declared exactly INTEGER PRIMARY KEY.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=nullable)


def _where(condition: str) -> dict[str, Any]:
    """An index over the rows that fulfil this only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


units = Table(
    "units",
    metadata,
    _key(),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    _ref("parent_id", "units", nullable=True),
    Column("zone", String(64)),
    Column("country", String(8)),
    Column("closed_at", UtcDateTime),
    Column("hours", String(120)),
    Index(
        "uq_units_open_name",
        "folded",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

members = Table(
    "members",
    metadata,
    _key(),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, index=True),
    _ref("unit_id", "units"),
    Column("position", Text, nullable=False, default=""),
    Column("language", String(8), nullable=False),
    Column("zone", String(64)),
    Column("email", Text, nullable=False, default=""),
    Column("account", BigInteger, unique=True),
    Column("linked_at", UtcDateTime),
    Column("privacy_version", Integer),
    Column("unreachable_since", UtcDateTime),
    Column("unreachable_reason", String(32), nullable=False, default=""),
    Column("left_at", UtcDateTime),
    Column("country", String(8)),
    Column("agenda_clock", String(5)),
    Column("agenda_at", UtcDateTime),
    Column("agenda_on", Date),
    Index("ix_members_unit_id", "unit_id"),
    Index("ix_members_agenda_at", "agenda_at"),
)

# What waits for the next agenda of its reader. It stays when it was taken into one: the key makes it unique.
agenda_items = Table(
    "agenda_items",
    metadata,
    _key(),
    Column("key", String(120), nullable=False, unique=True),
    _ref("member_id", "members"),
    Column("kind", String(24), nullable=False),
    Column("content", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("taken_at", UtcDateTime),
    Index("ix_agenda_items_member_id_taken_at", "member_id", "taken_at"),
    Index("ix_agenda_items_at", "at"),
)

# What administrators decided about single days; the swaps that a government announced are shipped with the program.
calendar_days = Table(
    "calendar_days",
    metadata,
    _key(),
    Column("country", String(8), nullable=False),
    Column("day", Date, nullable=False),
    Column("working", Integer, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("source", Text, nullable=False, default=""),
    _ref("made_by", "members", nullable=True),
    Column("at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Index(
        "uq_calendar_days_present",
        "country",
        "day",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)

grants = Table(
    "grants",
    metadata,
    _key(),
    _ref("member_id", "members"),
    Column("role", String(16), nullable=False),
    _ref("unit_id", "units", nullable=True),
    # Two rows with an empty unit would both count as different to SQL, hence the coalesced index.
    Index("uq_grants_member_role_unit", "member_id", "role", text("coalesce(unit_id, 0)"), unique=True),
)

tasks = Table(
    "tasks",
    metadata,
    _key(),
    Column("code", String(40), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("titles", JSON, nullable=False),
    _ref("unit_id", "units"),
    _ref("owner_id", "members"),
    _ref("assigner_id", "members", nullable=True),
    _ref("leader_id", "members", nullable=True),
    Column("authority", Text, nullable=False, default=""),
    Column("source", Text, nullable=False, default=""),
    Column("issued_on", Date),
    Column("product", Text, nullable=False, default=""),
    Column("difficulty", String(8), nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("original_due_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("state", String(16), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("received_at", UtcDateTime),
    Column("submitted_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("updated_at", UtcDateTime),
    Column("planned_from", UtcDateTime),
    Column("check_at", UtcDateTime, index=True),
    Column("version", Integer, nullable=False),
    Column("submitted_by", Id),  # a member; SQLite cannot add a named key to a table that is there already
    Column("ladder", Text),
    Column("urgent", Integer, nullable=False, server_default="0"),
    CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    Index("ix_tasks_owner_id_state", "owner_id", "state"),
    Index("ix_tasks_unit_id_state", "unit_id", "state"),
    Index("ix_tasks_completed_at", "completed_at"),
)

coordinators = Table(
    "coordinators",
    metadata,
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True),
    Column("unit_id", Id, ForeignKey("units.id"), primary_key=True),
)

steps = Table(
    "steps",
    metadata,
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("sent", Integer, nullable=False),
)

history = Table(
    "history",
    metadata,
    _key(),
    Column("at", UtcDateTime, nullable=False),
    _ref("actor_id", "members", nullable=True),
    Column("action", String(32), nullable=False),
    _ref("task_id", "tasks", nullable=True),
    _ref("member_id", "members", nullable=True),
    Column("details", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("position", BigInteger, nullable=False, unique=True),  # 1, 2, 3 … without a gap
    Column("salt", String(32)),  # empty once the details were erased
    Column("commitment", String(64), nullable=False),
    # What was done to a task, how often and when last: without reading the lines themselves.
    Index("ix_history_task_id_action_position", "task_id", "action", "position"),
    Index("ix_history_at_task_id", "at", "task_id"),  # what was touched lately, without reading the lines
)

requests = Table(
    "requests",
    metadata,
    _key(),
    _ref("task_id", "tasks"),
    Column("kind", String(16), nullable=False),
    _ref("member_id", "members"),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposal", Text, nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("level", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("old_due_at", UtcDateTime),
    Column("new_due_at", UtcDateTime),
    _ref("old_owner_id", "members", nullable=True),
    _ref("new_owner_id", "members", nullable=True),
    Column("delay_days", Integer, nullable=False, default=0),
    _ref("decided_by", "members", nullable=True),
    Column("decided_at", UtcDateTime),
    Column("answer", Text, nullable=False, default=""),
    Column("batch_id", Id),  # the first of the requests that are decided together
    Index("ix_requests_task_id", "task_id"),
    Index("ix_requests_state", "state"),
    Index("ix_requests_batch_id", "batch_id"),
    Index("ix_requests_old_owner_id", "old_owner_id"),
)

absences = Table(
    "absences",
    metadata,
    _key(),
    _ref("member_id", "members"),
    _ref("substitute_id", "members"),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    _ref("made_by", "members"),
    Column("at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_absences_member_id", "member_id"),
    Index("ix_absences_substitute_id", "substitute_id"),
    Index("ix_absences_until", "until"),
)

explanations = Table(
    "explanations",
    metadata,
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True),
    Column("member_id", Id, ForeignKey("members.id"), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("answer_by", UtcDateTime),
    Column("text", Text, nullable=False, default=""),
    Column("at", UtcDateTime),
)

evidence = Table(
    "evidence",
    metadata,
    _key(),
    _ref("task_id", "tasks"),
    _ref("member_id", "members"),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("file_id", Text, nullable=False, default=""),
    Column("unique_id", Text, nullable=False, default=""),
    Column("name", Text, nullable=False, default=""),
    Column("size", BigInteger, nullable=False, default=0),
    Column("sha256", String(64), nullable=False, default=""),
    Column("url", Text, nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    Column("album", String(64), nullable=False, default=""),
    Index("ix_evidence_task_id", "task_id"),
    Index("ix_evidence_album", "album"),
)

# Work that comes back. `next_on` is the day of the occurrence that comes next, `check_at` when the planner must look.
recurrences = Table(
    "recurrences",
    metadata,
    _key(),
    Column("rule", String(16), nullable=False),
    Column("clock", String(5), nullable=False, default=""),
    _ref("owner_id", "members"),
    _ref("unit_id", "units"),
    _ref("assigner_id", "members"),
    Column("title", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("difficulty", String(8), nullable=False),
    Column("series", String(30), nullable=False, default=""),
    Column("lead_days", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_on", Date, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("check_at", UtcDateTime, index=True),
    Index("ix_recurrences_unit_id", "unit_id"),
)

# The tasks that came of it: each day of a recurrence at most one, whoever plans and however often.
occurrences = Table(
    "occurrences",
    metadata,
    Column("recurrence_id", Id, ForeignKey("recurrences.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("task_id", Id, ForeignKey("tasks.id"), nullable=False, unique=True),
)

# One row: the end of the hash chain. Writers lock it, so the chain cannot fork on PostgreSQL either.
history_head = Table(
    "history_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("length", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

# What an organisation, or one of its units, sets differently from the defaults.
preferences = Table(
    "preferences",
    metadata,
    _key(),
    _ref("unit_id", "units", nullable=True),
    Column("name", String(40), nullable=False),
    Column("value", Text, nullable=False),
    Index("uq_preferences_unit_name", text("coalesce(unit_id, 0)"), "name", unique=True),
)

invites = Table(
    "invites",
    metadata,
    _key(),
    Column("purpose", String(8), nullable=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    _ref("member_id", "members"),
    _ref("unit_id", "units", nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("data", JSON, nullable=False),
    Index("ix_invites_member_id", "member_id"),
)

chats = Table(
    "chats",
    metadata,
    _key(),
    Column("address", BigInteger, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    _ref("unit_id", "units", nullable=True),
    Column("purpose", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    _ref("linked_by", "members"),
    Column("linked_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    # When and what is posted there; empty: the defaults of `bot.policy.posting`.
    Column("weekday", Integer),
    Column("hour", String(5)),
    Column("detail", String(8)),
    Column("changed_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Index("ix_chats_unit_id", "unit_id"),
)

# The weekly post of a chat: at most one for each ISO week, whoever plans and however often the hour is changed.
posts = Table(
    "posts",
    metadata,
    Column("chat_id", Id, ForeignKey("chats.id"), primary_key=True),
    Column("week", String(8), primary_key=True),
    _ref("digest_id", "digests"),
    Column("until", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("message_id", BigInteger),
    Column("picture_id", BigInteger),
    Column("again_at", UtcDateTime),
    Column("copies", JSON(none_as_null=True)),  # where it stands besides: [when it was asked for, text, picture]
    Index("ix_posts_digest_id", "digest_id"),
)

# Why nothing is posted in a chat, and what was answered when somebody was asked about it.
holds = Table(
    "holds",
    metadata,
    _key(),
    _ref("chat_id", "chats"),
    Column("reason", String(8), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("answer", String(8), nullable=False),
    _ref("answered_by", "members", nullable=True),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_holds_chat_id", "chat_id"),
)

outbox = Table(
    "outbox",
    metadata,
    _key(),
    Column("key", String(120), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("content", JSON, nullable=False),
    _ref("member_id", "members", nullable=True),
    _ref("chat_id", "chats", nullable=True),
    Column("not_before", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("copies", Integer, nullable=False, default=0),
    Column("token", Integer, nullable=False, default=0),
    Column("leased_until", UtcDateTime),
    Column("attempted_at", UtcDateTime),
    Column("reason", String(40), nullable=False, default=""),
    Column("done_at", UtcDateTime),
    Column("message_id", BigInteger),
    Column("rank", Integer, nullable=False, server_default="1"),  # of `storage.queues`: 0 leaves first
    Column("queue", BigInteger, nullable=False, server_default="0"),  # the unit of the addressee, 0: of nobody
    CheckConstraint("(member_id IS NULL) <> (chat_id IS NULL)", name="one_addressee"),
    # None begins with `state`: SQLite, without statistics, would prefer such a one to all the others.
    Index("ix_outbox_done", "done_at", **_where("done_at IS NOT NULL")),
    Index("ix_outbox_due", "not_before", **_where("done_at IS NULL")),
    Index("ix_outbox_turn", "rank", "queue", "not_before", "id", **_where("done_at IS NULL")),
    Index("ix_outbox_member", "member_id", **_where("done_at IS NULL")),
    Index("ix_outbox_chat", "chat_id", **_where("done_at IS NULL")),
    Index("ix_outbox_leased", "leased_until", **_where("done_at IS NULL AND leased_until IS NOT NULL")),
    Index("ix_outbox_created_at", "created_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", JSON, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("done_at", UtcDateTime, index=True),
    Column("outcome", String(40), nullable=False, default=""),
    Column("line", BigInteger),  # updates of one line are dealt with in their order: the chat
    Column("holder", String(32)),  # the process that deals with it, until then
    Column("leased_until", UtcDateTime),
)

drafts = Table(
    "drafts",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("token", String(16), nullable=False),
    Column("data", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Which message speaks about which task, so that a reply to it is a note on that task.
mentions = Table(
    "mentions",
    metadata,
    Column("address", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("task_id", Id, ForeignKey("tasks.id"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_mentions_at", "at"),
)

digests = Table(
    "digests",
    metadata,
    _key(),
    _ref("unit_id", "units", nullable=True),
    Column("until", UtcDateTime, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("composed_at", UtcDateTime, nullable=False),
    Column("listing", JSON(none_as_null=True)),
    Column("since", UtcDateTime),
    Column("corrects", Id),  # a digest; SQLite cannot add a named key to a table that is there already
    Column("reason", Text),  # why it was corrected
    Column("behind", JSON),  # the ids of the tasks behind each number, by unit
    Index(
        "uq_digests_unit_until",
        text("coalesce(unit_id, 0)"),
        "until",
        text("coalesce(since, until)"),
        text("coalesce(corrects, 0)"),
        unique=True,
    ),
)

# Results in indices that others publish, as they were published. `value` is a decimal number as text: exact.
index_entries = Table(
    "index_entries",
    metadata,
    _key(),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("year", Integer, nullable=False),
    _ref("unit_id", "units", nullable=True),
    Column("value", String(20)),
    Column("rank", Integer),
    Column("ranked", Integer),
    Column("source", Text, nullable=False, default=""),
    Index("uq_index_entries_folded_year_unit", "folded", "year", text("coalesce(unit_id, 0)"), unique=True),
)

strangers = Table(
    "strangers",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("answered_at", UtcDateTime, nullable=False, index=True),
)

# Moments that must outlive a restart, by name (see `storage.marks`).
marks = Table(
    "marks",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# What Telegram told us to wait; it must outlive a restart. Address 0 stands for all chats.
pauses = Table(
    "pauses",
    metadata,
    Column("address", BigInteger, primary_key=True, autoincrement=False),
    Column("until", UtcDateTime, nullable=False),
)

# Rows with which planning failed, as the log names them, and until when they wait (see `storage.put_off`).
put_off = Table(
    "put_off",
    metadata,
    Column("what", String(24), primary_key=True),
    Column("row_id", Integer, primary_key=True, autoincrement=False),
    Column("until", UtcDateTime, nullable=False),
)

"""History: positions without gaps, details behind a salted commitment, guards that allow nothing but an erasure.

Lines that are there already are chained anew as they stand; the history before this revision printed no heads.

Revision: 0006, after 0005.
"""

import secrets

import sqlalchemy as sa
from alembic import op

from storage import chain
from storage.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The table as this revision knows it.
HISTORY = sa.table(
    "history",
    sa.column("id", sa.BigInteger()),
    sa.column("at", UtcDateTime()),
    sa.column("actor_id", sa.BigInteger()),
    sa.column("action", sa.String()),
    sa.column("task_id", sa.BigInteger()),
    sa.column("member_id", sa.BigInteger()),
    sa.column("details", sa.JSON()),
    sa.column("previous", sa.String()),
    sa.column("hash", sa.String()),
    sa.column("position", sa.BigInteger()),
    sa.column("salt", sa.String()),
    sa.column("commitment", sa.String()),
)
HEAD = sa.table("history_head", sa.column("hash", sa.String()), sa.column("length", sa.BigInteger()))
AT_ONCE = 1000

# What an erasure leaves as it is; `details` becomes {} and `salt` empty, together.
KEPT = ("id", "at", "actor_id", "action", "task_id", "member_id", "previous", "hash", "position", "commitment")


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    _drop_old_guards(sqlite)
    op.add_column("history", sa.Column("position", sa.BigInteger(), nullable=True))
    op.add_column("history", sa.Column("salt", sa.String(length=32), nullable=True))
    op.add_column("history", sa.Column("commitment", sa.String(length=64), nullable=True))
    if not op.get_context().as_sql:
        _chain_anew(op.get_bind())
    with op.batch_alter_table("history") as table:
        table.alter_column("position", existing_type=sa.BigInteger(), nullable=False)
        table.alter_column("commitment", existing_type=sa.String(length=64), nullable=False)
        table.create_unique_constraint("uq_history_position", ["position"])
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def _drop_old_guards(sqlite: bool) -> None:
    if sqlite:
        op.execute("DROP TRIGGER history_no_update")
        op.execute("DROP TRIGGER history_no_delete")
    else:
        op.execute("DROP TRIGGER history_append_only ON history")


def _chain_anew(connection: sa.Connection) -> None:
    previous, position, last_id = "", 0, 0
    while True:
        query = sa.select(HISTORY).where(HISTORY.c.id > last_id).order_by(HISTORY.c.id).limit(AT_ONCE)
        rows = connection.execute(query).all()
        if not rows:
            break
        for row in rows:
            position += 1
            salt = secrets.token_hex(16)
            sealed = chain.commitment(salt, row.details)
            about = (row.actor_id, row.action, row.task_id, row.member_id)
            made = chain.link(previous, position, row.at, *about, sealed)
            values = {"position": position, "salt": salt, "commitment": sealed, "previous": previous, "hash": made}
            connection.execute(sa.update(HISTORY).where(HISTORY.c.id == row.id).values(**values))
            previous, last_id = made, row.id
    connection.execute(sa.update(HEAD).values(hash=previous, length=position))


def _same(glue: str, operator: str) -> str:
    return glue.join(f"NEW.{name} {operator} OLD.{name}" for name in KEPT)


SQLITE = (
    "CREATE TRIGGER history_no_delete BEFORE DELETE ON history "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    f"CREATE TRIGGER history_no_update BEFORE UPDATE ON history WHEN NOT ({_same(' AND ', 'IS')} "
    "AND NEW.details IS '{}' AND NEW.salt IS NULL) "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    # REPLACE removes rows without asking the DELETE trigger: what takes the place of another row is refused here.
    "CREATE TRIGGER history_at_its_end BEFORE INSERT ON history "
    "WHEN NOT EXISTS (SELECT 1 FROM history_head WHERE NEW.position = length + 1 AND NEW.previous = hash) "
    "OR EXISTS (SELECT 1 FROM history WHERE id = NEW.id OR hash = NEW.hash) "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "CREATE TRIGGER history_head_no_delete BEFORE DELETE ON history_head "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "CREATE TRIGGER history_head_no_replace BEFORE INSERT ON history_head "
    "WHEN EXISTS (SELECT 1 FROM history_head WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "CREATE TRIGGER history_head_forward BEFORE UPDATE ON history_head "
    "WHEN NEW.id <> OLD.id OR NEW.length <> OLD.length + 1 OR NOT EXISTS "
    "(SELECT 1 FROM history WHERE position = NEW.length AND hash = NEW.hash AND previous = OLD.hash) "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
)

# refuse_history_change() is there since 0001.
POSTGRESQL = (
    "CREATE FUNCTION allow_history_erasure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF {_same(' OR ', 'IS DISTINCT FROM')} OR NEW.details::text IS DISTINCT FROM '{{}}' OR NEW.salt IS NOT NULL "
    "THEN RAISE EXCEPTION 'history is append-only'; END IF; RETURN NEW; END $$",
    "CREATE FUNCTION keep_history_at_its_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NOT EXISTS (SELECT 1 FROM history_head WHERE NEW.position = length + 1 AND NEW.previous = hash) "
    "THEN RAISE EXCEPTION 'history is append-only'; END IF; RETURN NEW; END $$",
    "CREATE FUNCTION move_history_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NEW.id <> OLD.id OR NEW.length <> OLD.length + 1 OR NOT EXISTS "
    "(SELECT 1 FROM history WHERE position = NEW.length AND hash = NEW.hash AND previous = OLD.hash) "
    "THEN RAISE EXCEPTION 'history is append-only'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER history_append_only BEFORE DELETE OR TRUNCATE ON history "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
    "CREATE TRIGGER history_no_update BEFORE UPDATE ON history FOR EACH ROW EXECUTE FUNCTION allow_history_erasure()",
    "CREATE TRIGGER history_at_its_end BEFORE INSERT ON history "
    "FOR EACH ROW EXECUTE FUNCTION keep_history_at_its_end()",
    "CREATE TRIGGER history_head_append_only BEFORE DELETE OR TRUNCATE ON history_head "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
    "CREATE TRIGGER history_head_forward BEFORE UPDATE ON history_head "
    "FOR EACH ROW EXECUTE FUNCTION move_history_head_forward()",
)


def downgrade() -> None:
    raise NotImplementedError("a chain that was made anew has nothing before it: restore a backup instead")

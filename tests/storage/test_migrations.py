"""The schema: what the migrations make is what the tables say, on SQLite and, as text, on PostgreSQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from storage import audit, history
from storage.database import open_engine, reading, transaction
from storage.migrate import config_on, migrate, newest_revision, present_revision
from storage.tables import history as history_table
from storage.tables import history_head, metadata
from tests.support.databases import databases

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
TABLES = tuple(metadata.tables.values())

# Nobody can read an index on an expression back from SQLite; another test compares those as text.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{said} expression-based index '?uq_(digests|grants|index_entries|preferences)_")
    for said in ("Skipped unsupported reflection of", "autogenerate skipping metadata-specified")
]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(databases.url(tmp_path, "store", migrated=False))
    yield opened
    opened.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    migrate(empty)
    return empty


def triggers(engine: Engine) -> set[tuple[str, str]]:
    asked = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    if engine.dialect.name == "postgresql":
        asked = "SELECT tgname AS name, tgrelid::regclass::text AS tbl_name FROM pg_trigger WHERE NOT tgisinternal"
    with reading(engine) as connection:
        rows = connection.execute(text(asked))
        return {(row.name, row.tbl_name) for row in rows}


def test_an_empty_database_is_brought_to_the_newest_revision_once(empty: Engine) -> None:
    assert present_revision(empty) is None
    assert migrate(empty) is True
    assert present_revision(empty) == newest_revision() is not None
    assert migrate(empty) is False


def test_a_second_start_on_the_same_file_changes_nothing(engine: Engine) -> None:
    again = open_engine(str(engine.url))
    assert migrate(again) is False
    again.dispose()


def test_migrating_again_keeps_what_is_stored(engine: Engine) -> None:
    with transaction(engine) as connection:
        history.append(connection, AT, "test")
    migrate(engine)
    with reading(engine) as connection:
        assert connection.execute(select(history_head.c.length)).scalar_one() == 1
        assert audit.verify(connection).problem is None


def test_a_fresh_database_equals_the_metadata(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_comparison_with_the_metadata_would_notice_a_difference(empty: Engine) -> None:
    with reading(empty) as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert {change[1].name for change in found if change[0] == "add_table"} == set(metadata.tables)


def constraints(engine: Engine, table: str) -> dict[str, Any]:
    """Everything that alembic does not compare: checks, keys and the rows they refer to, what may be empty."""
    about = inspect(engine)
    return {
        "checks": {check["name"]: check["sqltext"] for check in about.get_check_constraints(table)},
        "primary": about.get_pk_constraint(table),
        "unique": {one["name"]: one["column_names"] for one in about.get_unique_constraints(table)},
        "foreign": {
            key["name"]: (key["constrained_columns"], key["referred_table"], key["referred_columns"])
            for key in about.get_foreign_keys(table)
        },
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column.get("default"))
            for column in about.get_columns(table)
        },
    }


def indexes(engine: Engine) -> dict[str, str]:
    """Every index as a statement: nobody reads an index on an expression back from SQLite."""
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    if engine.dialect.name == "postgresql":
        asked = "SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename <> 'alembic_version'"
    with reading(engine) as connection:
        rows = connection.execute(text(asked))
        return {row.name: " ".join(row.sql.split()) for row in rows}


@pytest.fixture
def from_metadata(tmp_path: Path) -> Iterator[Engine]:
    """A database made from the tables directly, without the migrations."""
    opened = open_engine(databases.url(tmp_path, "metadata", migrated=False))
    with transaction(opened) as connection:
        metadata.create_all(connection)
    yield opened
    opened.dispose()


def test_the_migrations_make_each_table_as_the_metadata_says(engine: Engine, from_metadata: Engine) -> None:
    for table in metadata.tables:
        assert constraints(engine, table) == constraints(from_metadata, table)


def test_the_migrations_make_each_index_as_the_metadata_says(engine: Engine, from_metadata: Engine) -> None:
    made = indexes(engine)
    assert made == indexes(from_metadata)
    assert {"uq_grants_member_role_unit", "uq_digests_unit_until", "uq_units_open_name"} <= made.keys()


def test_every_table_exists_and_no_other(engine: Engine) -> None:
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_chain_of_history_begins_empty(engine: Engine) -> None:
    with reading(engine) as connection:
        head = connection.execute(select(history_head)).one()
    assert (head.id, head.hash, head.length) == (1, "", 0)


def test_there_can_be_only_one_end_of_the_chain(engine: Engine) -> None:
    with pytest.raises(IntegrityError, match="single"), transaction(engine) as connection:
        connection.execute(history_head.insert().values(id=2, hash="", length=0))


def test_the_triggers_that_keep_history_exist(engine: Engine) -> None:
    lines = {f"history_{name}" for name in ("no_update", "no_delete", "at_its_end")}
    end = {f"history_head_{name}" for name in ("no_delete", "no_replace", "forward")}
    if engine.dialect.name == "postgresql":  # one guard for DELETE and TRUNCATE; there is no REPLACE
        lines, end = (
            lines - {"history_no_delete"} | {"history_append_only"},
            {"history_head_append_only", "history_head_forward"},
        )
    wanted = {(name, "history") for name in lines} | {(name, "history_head") for name in end}
    assert triggers(engine) == wanted


def test_the_newest_revision_is_the_one_that_alembic_would_end_at(empty: Engine) -> None:
    with transaction(empty) as connection:
        assert ScriptDirectory.from_config(config_on(connection)).get_current_head() == newest_revision()


def at_revision_2(engine: Engine) -> None:
    """A database as the first versions made it, with a history of their kind."""
    with transaction(engine) as connection:
        command.upgrade(config_on(connection), "0002")
        for number, details in enumerate(("{}", '{"note": "Đã xong 😀"}', '{"percent": 60, "note": null}'), 1):
            values = {"at": f"2026-12-0{number} 02:00:00.000000", "details": details, "hash": f"{number}" * 64}
            connection.execute(
                text(
                    "INSERT INTO history (at, action, details, previous, hash) "
                    "VALUES (:at, 'test', :details, '', :hash)"
                ),
                values,
            )
        connection.execute(text("UPDATE history_head SET length = 3, hash = :hash"), {"hash": "3" * 64})


def test_a_history_from_before_the_positions_is_chained_anew(empty: Engine) -> None:
    at_revision_2(empty)
    migrate(empty)
    with transaction(empty) as connection:
        history.append(connection, AT, "test")
        report = audit.verify(connection)
        rows = connection.execute(select(history_table).order_by(history_table.c.id)).all()
    assert (report.rows, report.erased, report.problem) == (4, 0, None)
    assert [row.position for row in rows] == [1, 2, 3, 4]
    assert rows[1].details == {"note": "Đã xong 😀"}
    assert len({row.salt for row in rows}) == 4


def types(table: Table, dialect: Any) -> str:
    return str(CreateTable(table).compile(dialect=dialect))


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_the_schema_can_be_said_to_postgresql_too(table: Table) -> None:
    made = types(table, postgresql.dialect())
    assert made.strip().startswith(f"CREATE TABLE {table.name} (")
    assert "DATETIME" not in made
    assert "TIMESTAMP WITHOUT TIME ZONE" not in made
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=postgresql.dialect())).startswith("CREATE ")


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_ids_and_accounts_hold_more_than_32_bits_on_postgresql(table: Table) -> None:
    made = types(table, postgresql.dialect())
    for column in table.primary_key.columns:
        if column.name in ("id", "account", "address") and table is not history_head:
            assert f"{column.name} BIGSERIAL" in made or f"{column.name} BIGINT" in made


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_sqlite_counts_the_ids_that_it_gives(table: Table) -> None:
    column = table.primary_key.columns.get("id")
    if column is not None and column.autoincrement is True:
        assert "id INTEGER NOT NULL" in types(table, sqlite.dialect())


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_constraint_has_a_name_so_that_a_later_migration_can_change_it(table: Table) -> None:
    assert [constraint for constraint in table.constraints if constraint.name is None] == []
    names = [str(constraint.name) for constraint in table.constraints] + [str(index.name) for index in table.indexes]
    assert [name for name in names if len(name) > 63] == []  # PostgreSQL would cut them


def test_the_whole_migration_can_be_said_to_postgresql_too() -> None:
    """Runs the revisions themselves, offline, against the PostgreSQL dialect."""
    said: list[str] = []

    class Paper:
        def write(self, line: str) -> None:
            said.append(line)

        def flush(self) -> None:
            return

    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": Paper(), "target_metadata": metadata}
    )
    config = Config()
    config.set_main_option("script_location", str(files("storage") / "migrations"))
    revisions = list(ScriptDirectory.from_config(config).walk_revisions())
    with Operations.context(context):
        for revision in reversed(revisions):
            revision.module.upgrade()
    script = "".join(said)
    for table in metadata.tables:
        assert f"CREATE TABLE {table} (" in script
    assert "TRUNCATE ON history" in script
    assert "TRUNCATE ON history_head" in script
    assert "OR NEW.commitment IS DISTINCT FROM OLD.commitment" in script


def test_what_was_posted_before_is_known_as_the_post_of_its_week(empty: Engine) -> None:
    figures = {"since": "2026-12-04T09:00:00+00:00", "zone": "Asia/Ho_Chi_Minh"}
    zone = "" if empty.dialect.name == "sqlite" else "+00"
    with transaction(empty) as connection:
        command.upgrade(config_on(connection), "0010")
        for statement in (
            "INSERT INTO units (id, name, folded) VALUES (1, 'A', 'a')",
            "INSERT INTO members (id, name, folded, unit_id, position, language, email, unreachable_reason) "
            "VALUES (1, 'M', 'm', 1, '', 'vi', '', '')",
            "INSERT INTO chats (id, address, kind, title, purpose, language, linked_by, linked_at) "
            "VALUES (1, -5, 'channel', 'C', 'leadership', 'vi', 1, '2026-11-01 00:00:00')",
            "INSERT INTO outbox (key, kind, content, chat_id, not_before, created_at, state, attempts, copies, token, "
            "reason, message_id) VALUES ('s', 'summary', '{\"digest_id\": 1}', 1, '2026-12-11 09:00:00', "
            "'2026-12-11 09:00:01', 'sent', 1, 1, 1, '', 77)",
        ):
            connection.exec_driver_sql(re.sub(r"(\d\d:\d\d:\d\d)", rf"\1{zone}", statement))
        connection.execute(
            text(
                "INSERT INTO digests (id, unit_id, until, figures, composed_at) "
                f"VALUES (1, 1, '2026-12-11 09:00:00{zone}', :figures, '2026-12-11 09:00:00{zone}')"
            ),
            {"figures": json.dumps(figures)},
        )
    migrate(empty)
    with reading(empty) as connection:
        (post,) = connection.execute(select(metadata.tables["posts"])).all()
        (digest,) = connection.execute(select(metadata.tables["digests"])).all()
    assert (post.chat_id, post.week, post.digest_id, post.message_id) == (1, "2026-W50", 1, 77)
    assert digest.since == datetime(2026, 12, 4, 9, 0, tzinfo=UTC)

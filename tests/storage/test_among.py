"""Conditions over very many ids, and summaries that read only what is open or new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, select

from storage import history, tables, tasks, units
from storage.among import among
from storage.database import reading, transaction

NOW = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
MORE_THAN_ANY_LIST = range(1, 100_001)


@pytest.fixture
def stocked(engine: Engine) -> Engine:
    with transaction(engine) as connection:
        for number in range(1, 6):
            units.add(connection, f"Unit {number}")
    return engine


def explain(engine: Engine, work: Callable[[Connection], object]) -> list[str]:
    """How SQLite finds what that work reads, step by step."""
    plans: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        if statement.startswith("SELECT "):
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(engine, "before_cursor_execute", note)
    with reading(engine) as connection:
        work(connection)
    return plans


@pytest.mark.parametrize(
    ("ids", "found"),
    [((), []), ((2,), [2]), ((4, 2, 2), [2, 4]), ((77,), []), (MORE_THAN_ANY_LIST, [1, 2, 3, 4, 5])],
)
def test_any_number_of_ids_can_be_asked_for(stocked: Engine, ids: range, found: list[int]) -> None:
    with reading(stocked) as connection:
        query = select(tables.units.c.id).where(among(tables.units.c.id, ids)).order_by(tables.units.c.id)
        assert list(connection.execute(query).scalars()) == found


@pytest.mark.only("sqlite", "asks SQLite for its plan")
def test_a_summary_reads_no_work_that_was_finished_long_ago(engine: Engine) -> None:
    plans = explain(engine, lambda connection: tasks.counted_in(connection, [1, 2, 3], NOW - timedelta(days=7)))
    searches = [plan for plan in plans if " tasks " in plan]
    assert len(searches) == 2
    assert any("ix_tasks_unit_id_state (unit_id=? AND state=?)" in plan for plan in searches)
    assert any("ix_tasks_completed_at (completed_at>?)" in plan for plan in searches)


@pytest.mark.only("sqlite", "asks SQLite for its plan")
@pytest.mark.parametrize("known", [False, True], ids=["as it stands", "with statistics"])
def test_what_was_touched_lately_is_found_without_walking_all_history(engine: Engine, known: bool) -> None:
    if known:  # what ANALYZE finds where ten lines were written for each of a million tasks
        with transaction(engine) as connection:
            connection.exec_driver_sql("ANALYZE")
            for index, numbers in (("at_task_id", "10000000 1000 10"), ("task_id_action_position", "10000000 10 2 1")):
                row = f"('history', 'ix_history_{index}', '{numbers}')"
                connection.exec_driver_sql(f"INSERT INTO sqlite_stat1 VALUES {row}")
        engine.dispose()  # statistics are read when a connection is opened
    plans = explain(engine, lambda connection: history.touched_after(connection, NOW))
    assert [plan for plan in plans if "history" in plan] == [
        "SEARCH history USING COVERING INDEX ix_history_at_task_id (at>?)"
    ]

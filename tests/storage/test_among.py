"""Conditions over very many ids, and summaries that read only what is open or new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select

from storage import tables, tasks, units
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
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, context, executemany) -> None:
        if statement.startswith("SELECT tasks."):
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(engine, "before_cursor_execute", explain)
    with reading(engine) as connection:
        tasks.counted_in(connection, [1, 2, 3], NOW - timedelta(days=7))
    searches = [plan for plan in plans if "tasks" in plan]
    assert len(searches) == 2
    assert any("ix_tasks_unit_id_state (unit_id=? AND state=?)" in plan for plan in searches)
    assert any("ix_tasks_completed_at (completed_at>?)" in plan for plan in searches)

"""Work that comes back, as it is remembered: each day of it has at most one task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from storage import members, recurrences, tasks, units
from storage.records import Recurrence

AT = datetime(2026, 12, 7, 2, 0, 0, 123456, tzinfo=UTC)
FRIDAY = date(2026, 12, 11)


@pytest.fixture
def one(connection: Connection) -> Recurrence:
    """A recurrence of one person, due to be looked at."""
    unit = units.add(connection, "Office", None)
    owner = members.add(connection, name="Mai", unit_id=unit, language="en")
    facts: dict[str, Any] = {"rule": "week:5", "title": "x", "product": "y", "difficulty": "normal", "lead_days": 3}
    number = recurrences.add(
        connection, owner_id=owner, unit_id=unit, assigner_id=owner, created_at=AT, next_on=FRIDAY, check_at=AT, **facts
    )
    recurrences.name_series(connection, number, "OR1")
    found = recurrences.get(connection, number)
    assert found is not None
    return found


def task(connection: Connection, code: str) -> int:
    facts: dict[str, Any] = {"title": "x", "titles": {}, "difficulty": "normal", "state": "assigned", "percent": 0}
    return tasks.add(connection, code=code, unit_id=1, owner_id=1, assigned_at=AT, created_at=AT, **facts)


def test_a_day_has_its_task_once_and_a_task_belongs_to_one_day(connection: Connection, one: Recurrence) -> None:
    first, second = task(connection, "OR1-261211"), task(connection, "O-1")
    recurrences.occur(connection, one.id, FRIDAY, first)
    assert recurrences.has_occurred(connection, one.id, FRIDAY)
    assert not recurrences.has_occurred(connection, one.id, FRIDAY + timedelta(days=7))
    for day, task_id in ((FRIDAY, second), (FRIDAY + timedelta(days=7), first)):
        with pytest.raises(IntegrityError), connection.begin_nested():
            recurrences.occur(connection, one.id, day, task_id)
    assert {key: found.id for key, found in recurrences.of_tasks(connection, [first, second]).items()} == {first: 1}


def test_of_two_planners_that_read_the_same_only_one_moves_on(connection: Connection, one: Recurrence) -> None:
    later = AT + timedelta(days=7)
    assert recurrences.advance(connection, one, FRIDAY + timedelta(days=7), later)
    assert not recurrences.advance(connection, one, FRIDAY + timedelta(days=7), later)
    assert recurrences.to_check(connection, AT, 9) == ()
    recurrences.wake(connection, AT)
    (found,) = recurrences.some(connection, recurrences.to_check(connection, AT, 9))
    assert found.next_on == FRIDAY + timedelta(days=7)


def test_what_has_ended_is_looked_at_no_more_and_cannot_go_on(connection: Connection, one: Recurrence) -> None:
    assert recurrences.end(connection, one.id, AT)
    assert not recurrences.end(connection, one.id, AT)
    assert not recurrences.advance(connection, one, FRIDAY + timedelta(days=7), AT)
    recurrences.wake(connection, AT)
    assert recurrences.to_check(connection, AT, 9) == ()
    assert recurrences.going_on(connection, [one.unit_id]) == ()
    assert recurrences.get(connection, one.id) == replace(one, ended_at=AT, check_at=None)


def test_a_series_is_named_once(connection: Connection, one: Recurrence) -> None:
    recurrences.name_series(connection, one.id, "OTHER")
    assert one.series == "OR1"
    assert recurrences.going_on(connection, [one.unit_id]) == (one,)

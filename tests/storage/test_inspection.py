"""What an inspection pack is made from, asked for in a handful of queries however many tasks there are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.actions import inspections
from bot.office import Office
from bot.policy import inspection as policy
from storage import history, members, tasks, units
from storage.records import State

OFFICE = Office(zone="UTC")
NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


@pytest.fixture
def people(connection: Connection) -> Connection:
    """Two units, the second below the first, with a member each."""
    for parent, name in ((None, "Above"), (1, "Below"), (None, "Beside")):
        unit = units.add(connection, name, parent)
        members.add(connection, name=f"Of {name}", unit_id=unit, language="en")
    return connection


def task(connection: Connection, code: str, unit: int = 1, **changed: Any) -> int:
    facts = {"title": "x", "titles": {}, "difficulty": "normal", "state": "assigned", "percent": 0}
    times = {"assigned_at": START, "created_at": START}
    return tasks.add(connection, code=code, unit_id=unit, owner_id=unit, **(facts | times | changed))


def alive(connection: Connection, *unit_ids: int) -> list[str]:
    found = tasks.alive(connection, unit_ids, SINCE, UNTIL)
    known = tasks.some(connection, found)
    return [known[key].code for key in found]


def test_tasks_of_a_period_are_found_by_code_whatever_became_of_them(people: Connection) -> None:
    done, dropped = {"state": State.COMPLETED.value}, {"state": State.CANCELLED.value}
    task(people, "B-OPEN")
    task(people, "A-OPEN")
    task(people, "C-DONE", **done, completed_at=SINCE)
    task(people, "D-DONE-BEFORE", **done, completed_at=SINCE - timedelta(seconds=1), updated_at=NOW)
    task(people, "E-DROPPED", **dropped, updated_at=SINCE)
    task(people, "F-DROPPED-BEFORE", **dropped, updated_at=SINCE - timedelta(seconds=1))
    task(people, "G-LATER", assigned_at=UNTIL + timedelta(seconds=1))
    task(people, "H-LAST-MOMENT", assigned_at=UNTIL)
    task(people, "I-BESIDE", unit=3)
    assert alive(people, 1, 2) == ["A-OPEN", "B-OPEN", "C-DONE", "E-DROPPED", "H-LAST-MOMENT"]


def test_a_task_that_was_given_to_another_unit_is_found_all_the_same(people: Connection) -> None:
    moved = task(people, "A-MOVED", unit=3)
    history.append(people, START, "hand_over", task_id=moved, details={"old": {"unit_id": 1}})
    assert alive(people, 1) == ["A-MOVED"]


def test_the_lines_of_several_tasks_come_oldest_first_with_their_place_in_the_chain(people: Connection) -> None:
    first, second, other = (task(people, code) for code in "ABC")
    for key, action in ((second, "assign"), (first, "assign"), (other, "assign"), (second, "urge")):
        history.append(people, START, action, task_id=key)
    found = history.of_tasks(people, [first, second])
    assert [(one.position, one.task_id, one.action) for one in found] == [
        (1, second, "assign"),
        (2, first, "assign"),
        (4, second, "urge"),
    ]
    assert [one.position for one in history.of_tasks(people, [first, second], ["urge"])] == [4]


def test_people_who_left_are_known(people: Connection) -> None:
    members.change(people, 2, left_at=START)
    assert {key: one.name for key, one in members.known(people).items()} == {
        1: "Of Above",
        2: "Of Below",
        3: "Of Beside",
    }


def load(connection: Connection, unit_id: int | None) -> Any:
    unit = units.every(connection)[unit_id] if unit_id else None
    during = policy.period(date(2026, 12, 1), date(2026, 12, 31), NOW, OFFICE.calendar(units.every(connection), None))
    return inspections.load(connection, OFFICE, unit, during, NOW, "dondoc")


def test_a_unit_comes_with_the_units_below_it_and_closed_ones_while_they_lasted(people: Connection) -> None:
    task(people, "A", unit=1), task(people, "B", unit=2), task(people, "C", unit=3)
    assert [one.task.code for one in load(people, 1).tasks] == ["A", "B"]
    assert [one.task.code for one in load(people, 2).tasks] == ["B"]
    assert [one.task.code for one in load(people, None).tasks] == ["A", "B", "C"]
    assert load(people, None).units == 3
    units.close(people, 2, SINCE + timedelta(days=1))
    assert load(people, None).units == 3
    units.close(people, 2, SINCE - timedelta(days=1))
    assert load(people, None).units == 2


def test_erased_lines_are_no_obstacle(people: Connection) -> None:
    key = task(people, "A", state=State.SUBMITTED.value, submitted_at=NOW)
    for action in ("receive", "hand_over", "ask_reason", "submit"):
        history.append(people, NOW, action, task_id=key, details={"from": "assigned", "due": "x", "old": {}})
    history.erase(people, range(1, 5))
    (found,) = load(people, None).tasks
    assert found.task.state is State.SUBMITTED  # nothing says what it was before


@pytest.mark.parametrize("many", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_tasks(people: Connection, many: int) -> None:
    for number in range(many):
        key = task(people, f"A-{number}")
        history.append(people, START, "assign", actor_id=1, task_id=key, details={"owner": 1, "due": None})
    asked: list[str] = []
    event.listen(people, "before_cursor_execute", lambda *about: asked.append(about[2]))
    found = load(people, None)
    lines = list(inspections.lines(people, found))
    assert (len(found.tasks), len(lines)) == (many, many)
    assert len(asked) <= 20


def test_more_tasks_than_a_query_can_name_are_asked_for_in_portions(
    people: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspections, "AT_ONCE", 2)
    for number in range(5):
        key = task(people, f"A-{number}")
        for action in ("assign", "urge"):
            history.append(people, START, action, actor_id=1, task_id=key)
    found = load(people, None)
    assert [one.task.code for one in found.tasks] == [f"A-{n}" for n in range(5)]
    assert [one.code for one in inspections.lines(people, found)] == [f"A-{n}" for n in range(5) for _ in range(2)]

"""What waits for an agenda: each key once, taken once; and a round of two hundred costs a fixed number of queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot.actions import agendas
from bot.office import Office
from storage import agenda, members, outbox, tasks, units
from storage.notices import Agenda, TaskNews
from storage.records import Role

AT = datetime(2026, 12, 8, 1, 30, tzinfo=UTC)  # Tuesday, 08:30 in Hanoi
NEWS = TaskNews(1, "completed", None, "note")


def people(connection: Connection, number: int) -> list[int]:
    """Members with a task due today each, in a unit with a head who is one of them."""
    unit = units.add(connection, "Office", None)
    ids = []
    for n in range(number):
        ids.append(members.add(connection, f"Person {n}", unit, language="en", account=1000 + n, agenda_at=AT))
        facts: dict[str, Any] = {"title": "x", "titles": {}, "difficulty": "normal", "percent": 0}
        facts |= {"state": "submitted" if n % 4 == 0 else "in_progress", "due_at": AT + timedelta(hours=5)}
        tasks.add(connection, code=f"O-{n}", unit_id=unit, owner_id=ids[-1], assigned_at=AT, created_at=AT, **facts)
    members.grant(connection, ids[0], Role.HEAD, unit)
    return ids


def queries(connection: Connection, number: int) -> int:
    ids = people(connection, number)
    counted: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.append(statement)

    event.listen(connection.engine, "before_cursor_execute", count)
    looked = agendas.plan(connection, Office(), AT)
    event.remove(connection.engine, "before_cursor_execute", count)
    assert looked == len(ids)
    assert agendas.plan(connection, Office(), AT) == 0
    return len(counted)


def test_a_round_of_two_hundred_costs_as_many_queries_as_one_of_two(connection: Connection) -> None:
    few = connection.begin_nested()
    least = queries(connection, 2)
    few.rollback()
    assert queries(connection, 200) <= least + 1
    assert least < 30
    waiting = [row for row in outbox.every(connection) if row.kind == "agenda"]
    assert len(waiting) == 150 + 1  # three in four have something due, and the first decides


@pytest.mark.only("sqlite", "asks SQLite for its plan")
def test_a_round_with_nothing_due_is_one_query_that_finds_its_index(connection: Connection) -> None:
    counted: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.append(statement)

    event.listen(connection.engine, "before_cursor_execute", count)
    assert agendas.plan(connection, Office(), AT) == 0
    event.remove(connection.engine, "before_cursor_execute", count)
    assert len(counted) == 1
    planned = connection.execute(text(f"EXPLAIN QUERY PLAN {counted[0]}"), {}) if "?" not in counted[0] else None
    found = (
        planned.all()
        if planned is not None
        else connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {counted[0]}", ("2026-12-08 01:30:00", 200, 0)).all()
    )
    assert "ix_members_agenda_at" in str(found)


def test_a_notice_waits_once_and_is_taken_once(connection: Connection) -> None:
    (reader,) = people(connection, 1)
    assert agenda.put(connection, "key", NEWS, reader, AT)
    assert not agenda.put(connection, "key", NEWS, reader, AT)
    (item,) = agenda.waiting(connection, [reader])
    assert (item.kind, item.content["note"]) == ("task_news", "note")
    agenda.take(connection, [item.id], AT)
    assert agenda.waiting(connection, [reader]) == ()
    assert not agenda.put(connection, "key", NEWS, reader, AT)  # the key stays
    assert agenda.forget(connection, AT) == 0
    assert agenda.forget(connection, AT + timedelta(seconds=1)) == 1


def test_an_agenda_of_a_day_is_queued_once(connection: Connection) -> None:
    (reader,) = people(connection, 1)
    made = [(f"agenda:{reader}:2026-12-08", reader, Agenda("2026-12-08", own=(1,)))]
    assert agenda.post(connection, made, AT) == {reader}
    assert agenda.post(connection, made, AT) == set()
    ((letter, untouched, notice),) = agenda.unfinished(connection, [reader]).values()
    assert untouched
    assert notice.own == (1,)
    assert agenda.supersede(connection, [letter], AT) == {letter}
    assert agenda.supersede(connection, [letter], AT) == set()
    assert agenda.unfinished(connection, [reader]) == {}


def test_a_later_day_is_noted_and_an_earlier_one_is_not(connection: Connection) -> None:
    (reader,) = people(connection, 1)
    for on, kept in ((date(2026, 12, 8), 8), (date(2026, 12, 9), 9), (date(2026, 12, 7), 9)):
        agenda.note_sent(connection, members.some(connection, [reader])[reader], on)
        found = members.some(connection, [reader])[reader].agenda_on
        assert found is not None
        assert found.day == kept


def test_letters_are_counted_by_person(connection: Connection) -> None:
    first, second = people(connection, 2)
    for number, reader in enumerate((first, first, first, second)):
        outbox.post(connection, f"k{number}", NEWS, AT, AT, member_id=reader)
        letter = outbox.lease(connection, AT, AT + timedelta(minutes=2), 9)[0]
        outbox.sent_all(connection, [(letter, 1)], AT)
    assert outbox.per_member(connection, AT, AT + timedelta(hours=1)) == (4, 2, 3)
    assert outbox.per_member(connection, AT + timedelta(hours=1), AT + timedelta(hours=2)) == (0, 0, 0)

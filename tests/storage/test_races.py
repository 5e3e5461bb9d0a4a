"""Eight connections at once: what is done once is done once, and nobody hears of the others by an error."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from bot import planning
from bot.actions import agendas
from bot.actions.tasks import replan
from bot.office import Office
from storage import audit, chats, digests, history, inbox, members, outbox, recurrences, tasks, units
from storage.database import open_engine, reading, transaction
from storage.notices import Unreachables
from tests.storage.test_records import bound, the_task
from tests.views.samples import figures

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=2)
FRIDAY = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)  # the hour of the summaries in Hanoi
DUE = FRIDAY + timedelta(hours=2)  # so the last reminder comes with them
PEOPLE = 12


@pytest.fixture
def people(engine: Engine) -> list[int]:
    with transaction(engine) as connection:
        unit = units.add(connection, "Unit A")
        found = [members.add(connection, f"Person {number}", unit, language="en") for number in range(PEOPLE)]
        the_task(connection, unit, found[0])
    return found


def at_once(engine: Engine, work: Callable[[Connection, int], Any], rounds: int = 1) -> list[Any]:
    """The work in eight threads with a connection each, begun together; all answers."""
    start = threading.Barrier(8)

    def one(number: int) -> list[Any]:
        mine = open_engine(str(engine.url))
        start.wait()
        answers = []
        for turn in range(rounds):
            with transaction(mine) as connection:
                answers.append(work(connection, 100 * number + turn))
        mine.dispose()
        return answers

    with ThreadPoolExecutor(8) as pool:
        return [answer for answers in pool.map(one, range(8)) for answer in answers]


def test_one_letter_of_a_key_is_queued(engine: Engine, people: list[int]) -> None:
    work = lambda c, _: outbox.post(c, "key", Unreachables(()), AT, AT, member_id=people[0])  # noqa: E731
    assert sorted(at_once(engine, work)) == [False] * 7 + [True]


def test_each_letter_is_leased_once_and_no_addressee_has_two_in_flight(engine: Engine, people: list[int]) -> None:
    with transaction(engine) as connection:
        for number in range(4 * PEOPLE):
            person = people[number % PEOPLE]
            outbox.post(connection, f"k{number}", Unreachables(()), AT, AT, member_id=person)
    leased = [one for some in at_once(engine, lambda c, _: outbox.lease(c, AT, LATER, 3), rounds=3) for one in some]
    assert sorted(letter.member_id or 0 for letter in leased) == sorted(people)
    assert len({letter.id for letter in leased}) == PEOPLE


def test_the_chain_of_history_holds_under_eight_writers(engine: Engine) -> None:
    at_once(engine, lambda c, number: history.append(c, AT, "test", details={"n": number}), rounds=10)
    with reading(engine) as connection:
        report = audit.verify(connection)
    assert (report.rows, report.problem) == (80, None)


def test_an_update_is_stored_once_claimed_once_and_settled_once(engine: Engine) -> None:
    stored = at_once(engine, lambda c, _: inbox.accept(c, {7: {}}, AT, {7: 1}))
    assert sorted(stored) == [()] * 7 + [(7,)]
    claimed = at_once(engine, lambda c, number: inbox.claim(c, f"process {number}", AT, LATER, 10))
    assert sorted(len(some) for some in claimed) == [0] * 7 + [1]
    assert sorted(at_once(engine, lambda c, _: inbox.settle(c, 7, AT, "effect"))) == [False] * 7 + [True]


def test_the_figures_of_a_week_are_frozen_once(engine: Engine) -> None:
    made = at_once(engine, lambda c, _: digests.freeze(c, None, figures("Whole", until=AT), AT))
    assert len([one for one in made if one is not None]) == 1


def test_a_read_and_a_write_after_it_lose_nothing(engine: Engine, people: list[int]) -> None:
    def more(connection: Connection, _: int) -> None:
        task = tasks.get(connection, 1)
        assert task is not None
        connection.exec_driver_sql(f"UPDATE tasks SET percent = {task.percent + 1} WHERE id = 1")

    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE tasks SET percent = 0 WHERE id = 1")
    at_once(engine, more, rounds=10)
    with reading(engine) as connection:
        found = tasks.get(connection, 1)
    assert found is not None
    assert found.percent == 80


# What becomes due by itself, planned by all


@pytest.fixture
def office(engine: Engine) -> Office:
    """Reminders, agendas, recurring work and the summaries of two chats are due."""
    office, now = Office(language="en"), FRIDAY - timedelta(minutes=10)
    with transaction(engine) as c:
        unit = units.add(c, "Unit A")
        people = [members.add(c, f"Person {number}", unit, language="en") for number in range(PEOPLE)]
        for person in people:
            assert members.link(c, person, 7_000_000_000 + person, now, 1)
            task = the_task(c, unit, person, f"T-{person}", urgent=1, assigned_at=now, planned_from=now, due_at=DUE)
            replan(c, office, task, now)
        agendas.replan(c, office, members.every(c), units.every(c), now)
        for number, place in ((-1, unit), (-2, None)):
            chats.bind(c, number, **bound(place, people[0], linked_at=now - timedelta(days=1)))
        rhythm = {"title": "x", "product": "y", "difficulty": "normal", "lead_days": 1, "rule": "week:1", "series": "R"}
        dates = {"created_at": now, "next_on": date(2026, 12, 14), "check_at": now}
        recurrences.add(c, owner_id=people[0], unit_id=unit, assigner_id=people[0], **dates, **rhythm)
    return office


def test_eight_planners_plan_everything_once(engine: Engine, office: Office) -> None:
    def plan(connection: Connection, number: int) -> tuple[int, int]:
        now = FRIDAY + timedelta(milliseconds=number)  # their clocks differ a little
        spoken = planning.remind(connection, office, now) or agendas.plan(connection, office, now)
        looked_at = spoken, planning.recur(connection, office, now)
        planning.summarise(connection, office, now)
        return looked_at

    looked_at = at_once(engine, plan, rounds=2)
    with reading(engine) as connection:
        letters = Counter(letter.kind for letter in outbox.every(connection))
        reminded = [len(history.of_task(connection, one, ("remind",), 9)) for one in range(1, PEOPLE + 1)]
        given = [task for task in tasks.open_in(connection, [1]) if task.id > PEOPLE]
        assert audit.verify(connection).problem is None
    posts = dict.fromkeys(("summary", "picture", "spreadsheet"), 2)  # of two chats
    assert letters == posts | {"reminders": PEOPLE, "agenda": PEOPLE, "task_news": 1}
    assert reminded == [1] * PEOPLE
    assert (len(given), sum(recurring for _, recurring in looked_at)) == (1, 1)


# The inbox, shared


def claim(connection: Connection, holder: str, now: datetime = AT) -> list[int]:
    return [one.id for one in inbox.claim(connection, holder, now, now + timedelta(seconds=20), 10)]


def test_a_chat_stays_with_the_process_that_has_an_earlier_update_of_it(connection: Connection) -> None:
    inbox.accept(connection, {1: {}, 2: {}}, AT, {1: 70, 2: 80})
    assert claim(connection, "a") == [1, 2]
    inbox.accept(connection, {3: {}, 4: {}}, AT, {3: 70, 4: 90})
    assert claim(connection, "b") == [4]
    assert claim(connection, "a") == [3]
    inbox.settle(connection, 1, AT, "effect")
    inbox.settle(connection, 3, AT, "effect")
    inbox.accept(connection, {5: {}}, AT, {5: 70})
    assert claim(connection, "b") == [5]


def test_what_a_silent_process_held_is_taken_over_in_its_order_and_marked(connection: Connection) -> None:
    inbox.accept(connection, {1: {}, 2: {}}, AT, {1: 70, 2: 70})
    assert claim(connection, "a") == [1, 2]
    assert claim(connection, "b", AT + timedelta(seconds=19)) == []
    found = inbox.claim(connection, "b", AT + timedelta(seconds=20), LATER, 10)
    assert [(one.id, one.line, one.again) for one in found] == [(1, 70, True), (2, 70, True)]
    assert inbox.renew(connection, "a", LATER) == frozenset()
    assert inbox.renew(connection, "b", LATER) == {1, 2}


def test_what_is_let_go_is_free_at_once(connection: Connection) -> None:
    inbox.accept(connection, {1: {}}, AT, {1: 70})
    assert claim(connection, "a") == [1]
    assert not inbox.unclaimed(connection, AT)
    assert inbox.release(connection, "a") == 1
    assert inbox.unclaimed(connection, AT)
    assert claim(connection, "b") == [1]

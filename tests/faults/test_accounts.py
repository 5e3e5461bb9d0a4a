"""The closing accounts themselves: false books are not accepted."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from bot.sandbox.calls import Call
from storage import members, outbox, tables, tasks, units
from storage.notices import Reminders, Step
from storage.records import State
from tests.support.accounts import MARKS, check_books
from tests.support.labels import LABEL, Tracks
from tests.support.world import MONDAY

HOME, ELSEWHERE, MOVED = 71, 72, 73
DUE = MONDAY + timedelta(days=1)
UNKNOWN = Tracks({(1, 1): "unknown"})


class Ledger(list[Call]):
    """What was delivered, written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)

    def add(self, text: str, label: str, chat: int = HOME, method: str = "sendMessage", number: int = 0) -> int:
        number = number or next(self._numbers)
        self.append(Call(MONDAY, method, chat, number, text, {LABEL: label} if label else {}))
        return number


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def task(connection: Connection) -> int:
    """Work of the only member, whose account is HOME, with one reminder planned: letter 1."""
    home = units.add(connection, "Unit A", country="")
    mai = members.add(connection, "Mai Member", home, language="en")
    assert members.link(connection, mai, HOME, MONDAY, 1)
    dates = dict.fromkeys(("assigned_at", "created_at", "received_at", "planned_from"), MONDAY)
    owner = {"owner_id": mai, "unit_id": home, "assigner_id": None, "leader_id": None}
    work = {"code": "UA-001", "title": "Work", "titles": {}, "difficulty": "normal", "state": "in_progress"}
    key = tasks.add(connection, **work, **dates, **owner, percent=10, due_at=DUE, original_due_at=DUE)
    plan(connection, key, mai)
    return key


def plan(connection: Connection, task: int, reader: int, name: str = "first") -> None:
    notice = Reminders((Step(task, "before-2h", DUE.isoformat()),))
    assert outbox.post(connection, name, notice, MONDAY, MONDAY, member_id=reader)


def close(connection: Connection, state: str, letter: int = 1, **values: Any) -> None:
    """What the bot believes of a letter."""
    query = update(tables.outbox).where(tables.outbox.c.id == letter)
    connection.execute(query.values(state=state, done_at=MONDAY, **{"copies": 1, **values}))


def sent(connection: Connection, number: int) -> None:
    close(connection, "sent", message_id=number)


def test_true_books_are_accepted(connection: Connection, ledger: Ledger, task: int) -> None:
    ledger.add("Work is due", "letter.1.1", method="sendPhoto")
    sent(connection, ledger.add(f"{MARKS[0]} Late: work is due", "letter.1.2", method="sendPhoto"))
    ledger.add("your list", f"update.{HOME}")
    check_books(connection, ledger, tracks=UNKNOWN, second=1)


@pytest.mark.parametrize("method", ["sendMessage", "sendPhoto", "sendDocument"])
def test_copies_are_counted_by_letter_whatever_their_texts(
    connection: Connection, ledger: Ledger, task: int, method: str
) -> None:
    for number in range(3):
        sent(connection, ledger.add(f"{MARKS[0]} at {number} %", "letter.1.1", method=method))
    with pytest.raises(AssertionError, match="3 copies of letter 1"):
        check_books(connection, ledger)
    del ledger[0]
    check_books(connection, ledger)


def test_a_second_copy_with_another_text_must_be_marked(connection: Connection, ledger: Ledger, task: int) -> None:
    ledger.add("Work is due", "letter.1.1")
    sent(connection, ledger.add("Late: work is due", "letter.1.2"))
    with pytest.raises(AssertionError, match="an unmarked second copy of letter 1"):
        check_books(connection, ledger)


def test_a_letter_is_counted_together_with_the_one_as_part_of_which_it_went(
    connection: Connection, ledger: Ledger, task: int
) -> None:
    ledger.add("Work is due", "letter.1.1")
    plan(connection, task, 1, "late:1")
    close(connection, "gathered", reason="late:1")
    close(connection, "sent", 2, message_id=ledger.add("Late: work is due", "letter.2.2"), copies=2)
    with pytest.raises(AssertionError, match="an unmarked second copy of letter 1"):
        check_books(connection, ledger)


@pytest.mark.parametrize("outcome", ["sent", "not_sent", "refused"])
def test_nothing_may_be_repeated_whose_outcome_was_known(
    connection: Connection, ledger: Ledger, task: int, outcome: str
) -> None:
    ledger.add("Work is due", "letter.1.1")
    sent(connection, ledger.add(f"{MARKS[0]} Work is due", "letter.1.2"))
    check_books(connection, ledger, tracks=Tracks())  # the bot died before it could write anything down
    with pytest.raises(AssertionError, match=f"known what became of it: {outcome}"):
        check_books(connection, ledger, tracks=Tracks({(1, 1): outcome}))


def test_second_copies_have_a_budget(connection: Connection, ledger: Ledger, task: int) -> None:
    ledger.add("Work is due", "letter.1.1")
    sent(connection, ledger.add(f"{MARKS[0]} Work is due", "letter.1.2"))
    with pytest.raises(AssertionError, match="1 second copies, 0 allowed"):
        check_books(connection, ledger, tracks=UNKNOWN, second=0)


@pytest.mark.parametrize("copies", [2, 3])
def test_without_labels_the_texts_show_copies_that_nobody_marked(
    connection: Connection, ledger: Ledger, task: int, copies: int
) -> None:
    sent(connection, ledger.add("Work UA-001 is due", ""))
    close(connection, "sent", copies=3)
    check_books(connection, ledger)
    for _ in range(1, copies):
        ledger.add("Work UA-001 is due", "")
    with pytest.raises(AssertionError, match="cop"):
        check_books(connection, ledger)


@pytest.mark.parametrize(
    ("label", "chat"),
    [("", HOME), ("letter.1.1", ELSEWHERE), ("letter.9.1", HOME), (f"update.{ELSEWHERE}", HOME)],
    ids=["of nothing", "a letter of somebody else", "of no known letter", "an answer to somebody else"],
)
def test_a_message_that_nobody_planned_or_asked_for_is_found(
    connection: Connection, ledger: Ledger, task: int, label: str, chat: int
) -> None:
    sent(connection, ledger.add("Work is due", "letter.1.1"))
    check_books(connection, ledger)
    ledger.add(f"{MARKS[0]} hello", label, chat)
    with pytest.raises(AssertionError, match="nobody planned or asked for it"):
        check_books(connection, ledger)


def test_without_labels_a_message_too_much_is_found_where_nobody_wrote(
    connection: Connection, ledger: Ledger, task: int
) -> None:
    sent(connection, ledger.add("Work is due", ""))
    ledger.add("hello", "")
    with pytest.raises(AssertionError, match="2 messages to 71, 1 planned"):
        check_books(connection, ledger)
    done = {"id": 1, "payload": {}, "received_at": MONDAY, "done_at": MONDAY, "line": HOME}
    connection.execute(insert(tables.inbox).values(done))
    check_books(connection, ledger)


def test_a_message_with_the_same_number_in_another_chat_is_no_delivery(
    connection: Connection, ledger: Ledger, task: int
) -> None:
    sent(connection, ledger.add("your list", f"update.{ELSEWHERE}", ELSEWHERE))
    with pytest.raises(AssertionError, match="neither delivered nor reported"):
        check_books(connection, ledger)


def test_an_answer_with_the_number_of_a_letter_is_no_delivery(
    connection: Connection, ledger: Ledger, task: int
) -> None:
    sent(connection, ledger.add("your list", f"update.{HOME}"))
    with pytest.raises(AssertionError, match="neither delivered nor reported"):
        check_books(connection, ledger)


def test_what_was_delivered_at_the_old_address_of_a_group_is_delivered(
    connection: Connection, ledger: Ledger, task: int
) -> None:
    connection.execute(update(tables.members).values(account=MOVED))  # as a chat would have moved
    sent(connection, ledger.add("Work is due", "letter.1.1", HOME))
    check_books(connection, ledger, moved={HOME: MOVED})
    with pytest.raises(AssertionError):
        check_books(connection, ledger)


@pytest.mark.parametrize(
    ("reason", "state", "due", "accepted"),
    [
        ("no_longer_true", State.COMPLETED, DUE, True),
        ("no_longer_true", State.IN_PROGRESS, DUE + timedelta(days=1), True),
        ("no_longer_true", State.SUBMITTED, DUE, True),
        ("no_longer_true", State.IN_PROGRESS, DUE, False),
        ("moved", State.IN_PROGRESS, DUE, False),
        ("left", State.COMPLETED, DUE, False),
        ("too_late", State.COMPLETED, DUE, False),
        ("because", State.COMPLETED, DUE, False),
        ("", State.COMPLETED, DUE, False),
    ],
)
def test_a_letter_may_be_dropped_for_a_known_reason_that_is_true(
    connection: Connection, ledger: Ledger, task: int, reason: str, state: State, due: datetime, accepted: bool
) -> None:
    connection.execute(update(tables.tasks).values(state=state, due_at=due))
    close(connection, "dropped", reason=reason)
    if accepted:
        check_books(connection, ledger)
    else:
        with pytest.raises(AssertionError, match="neither delivered nor reported"):
            check_books(connection, ledger)


def test_a_reference_to_a_row_that_is_not_there_is_found(connection: Connection, ledger: Ledger, task: int) -> None:
    sent(connection, ledger.add("Work is due", "letter.1.1"))
    check_books(connection, ledger)
    postgres = connection.dialect.name == "postgresql"
    off = "SET LOCAL session_replication_role = replica" if postgres else "PRAGMA defer_foreign_keys = ON"
    connection.exec_driver_sql(off)
    grant = {"member_id": 99, "unit_id": 99, "role": "head"}
    connection.execute(insert(tables.grants).values(grant))
    with pytest.raises(AssertionError):
        check_books(connection, ledger)
    connection.execute(tables.grants.delete().where(tables.grants.c.member_id == 99))
    check_books(connection, ledger)

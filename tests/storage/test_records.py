"""What storage remembers, noun by noun: do it twice and nothing changes."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import typing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage import chats, digests, drafts, history, inbox, invites, members, notices, outbox, tasks, units
from storage.database import Store, open_engine, reading, transaction
from storage.figures import Figures, LateTask, UnitFigures
from storage.notices import (
    AbsenceNews,
    Agenda,
    ChatBinding,
    ChatLost,
    Correction,
    Missed,
    Picture,
    PostExpired,
    PostHeld,
    PressesLost,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Spreadsheet,
    Step,
    Summary,
    SumsWrong,
    TaskNews,
    Undelivered,
    Unreachables,
)
from storage.records import (
    Difficulty,
    Draft,
    Grant,
    Letter,
    Role,
    State,
    Task,
    fold,
)
from storage.tables import grants as grant_table
from storage.tables import history as history_table
from storage.tables import inbox as inbox_table
from storage.tables import invites as invite_table
from storage.tables import members as member_table

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def unit(connection: Connection) -> int:
    return units.add(connection, "Unit A")


@pytest.fixture
def person(connection: Connection, unit: int) -> int:
    return members.add(connection, "Đặng Thị Mai", unit, language="vi")


@pytest.fixture
def colleague(connection: Connection, unit: int) -> int:
    return members.add(connection, "Jan Łoś", unit, language="pl")


def the_task(connection: Connection, unit: int, owner: int, code: str = "VP-001", **values: Any) -> Task:
    """A stored task."""
    basic = {
        "code": code,
        "title": "Report",
        "titles": {"en": "Report"},
        "unit_id": unit,
        "owner_id": owner,
        "difficulty": "normal",
        "assigned_at": AT,
        "created_at": AT,
        "original_due_at": AT + DAY,
        "due_at": AT + DAY,
        "state": "assigned",
        "percent": 0,
    }
    found = tasks.get(connection, tasks.add(connection, **basic | values))
    assert found is not None
    return found


@pytest.fixture
def task(connection: Connection, unit: int, person: int) -> Task:
    return the_task(connection, unit, person)


# History


@pytest.fixture
def chain(connection: Connection, person: int, colleague: int, task: Task) -> list[int]:
    """Four lines of history; their ids."""
    details: list[dict[str, Any]] = [
        {},
        {"b": [1, 2.5, None, True], "a": {"Đặng": "…"}},
        {"emoji": "😀", "pair": ("x", 1)},
        {"n": 2**60},
    ]
    for number, one in enumerate(details):
        at = (AT + number * MINUTE).astimezone(timezone(timedelta(hours=7)))
        history.append(connection, at, "report", actor_id=person, task_id=task.id, member_id=person, details=one)
    return list(connection.execute(select(history_table.c.id).order_by(history_table.c.id)).scalars())


def test_the_history_of_a_task_comes_newest_first_and_only_what_was_asked_for(
    connection: Connection, chain: list[int], task: Task, person: int
) -> None:
    history.append(connection, AT, "accept", task_id=task.id)
    found = history.of_task(connection, task.id, ("report",), 2)
    assert [entry.id for entry in found] == [chain[3], chain[2]]
    assert found[1].details == {"emoji": "😀", "pair": ["x", 1]}
    assert (found[1].at, found[1].actor_id, found[1].action) == (AT + 2 * MINUTE, person, "report")


# The outbox


NEWS = TaskNews(1, "assigned")


@pytest.fixture
def letters(connection: Connection, person: int, colleague: int) -> Callable[..., None]:
    """Queue letters as "key" to the person, or "key>colleague", all due now unless said."""

    def queue(*lines: str, not_before: datetime = AT) -> None:
        for line in lines:
            key, _, to = line.partition(">")
            reader = colleague if to else person
            assert outbox.post(connection, key, NEWS, AT, not_before, member_id=reader)

    return queue


def take(connection: Connection, now: datetime = AT, limit: int = 10) -> tuple[Letter, ...]:
    return outbox.lease(connection, now, now + MINUTE, limit)


def keys_of(some: tuple[Letter, ...]) -> list[str]:
    return [letter.key for letter in some]


def row_of(connection: Connection, key: str) -> Any:
    return next(row for row in outbox.every(connection) if row.key == key)


def attempt(connection: Connection, letter: Letter, at: datetime) -> bool:
    return outbox.attempt_all(connection, [letter], at) == {letter.id}


def sent(connection: Connection, letter: Letter, at: datetime, message_id: int) -> bool:
    outbox.sent_all(connection, [(letter, message_id)], at)
    row = row_of(connection, letter.key)
    return row.state == "sent" and row.message_id == message_id


def test_a_letter_is_queued_once_by_its_key_even_after_it_was_sent(
    connection: Connection, letters: Callable[..., None], person: int
) -> None:
    letters("a")
    assert outbox.post(connection, "a", NEWS, AT, AT, member_id=person) is False
    (letter,) = take(connection)
    assert sent(connection, letter, AT, 55)
    assert outbox.post(connection, "a", NEWS, AT, AT, member_id=person) is False
    assert len(outbox.every(connection)) == 1


def test_the_database_refuses_a_second_letter_with_the_same_key(
    connection: Connection, letters: Callable[..., None], person: int
) -> None:
    letters("a")
    row = row_of(connection, "a")._asdict()
    del row["id"]
    with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin_nested():
        connection.execute(insert(outbox.outbox).values(**row))


def test_a_letter_has_exactly_one_addressee(connection: Connection, person: int) -> None:
    chat = chats.bind(connection, -100, **bound(None, person))
    for addressees in ({}, {"member_id": person, "chat_id": chat}):
        with pytest.raises(IntegrityError, match="one_addressee"), connection.begin_nested():
            outbox.post(connection, "a", NEWS, AT, AT, **addressees)


def test_at_most_one_letter_per_addressee_is_under_way(connection: Connection, letters: Callable[..., None]) -> None:
    letters("a", "b", "c>colleague", "d>colleague")
    assert keys_of(take(connection)) == ["a", "c"]
    assert take(connection) == ()


def test_the_next_letter_follows_when_the_one_before_is_finished(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a", "b")
    (first,) = take(connection)
    sent(connection, first, AT, 55)
    assert keys_of(take(connection)) == ["b"]


def test_letters_to_a_chat_and_to_a_member_do_not_wait_for_each_other(connection: Connection, person: int) -> None:
    chat = chats.bind(connection, -100, **bound(None, person))
    assert chat == person  # the same number: ids of chats and members must not be taken for each other
    outbox.post(connection, "a", NEWS, AT, AT, member_id=person)
    outbox.post(connection, "b", NEWS, AT, AT, chat_id=chat)
    assert sorted(keys_of(take(connection))) == ["a", "b"]


def test_letters_leave_in_the_order_in_which_they_are_due_then_queued(
    connection: Connection, letters: Callable[..., None], unit: int
) -> None:
    others = [members.add(connection, f"Person {number}", unit, language="en") for number in range(3)]
    for key, member, minutes in (("late", others[0], 2), ("soon", others[1], 1), ("also soon", others[2], 1)):
        outbox.post(connection, key, NEWS, AT, AT + minutes * MINUTE, member_id=member)
    assert keys_of(take(connection, AT + HOUR, limit=2)) == ["soon", "also soon"]
    assert keys_of(take(connection, AT + HOUR)) == ["late"]


def test_a_letter_that_is_not_due_yet_stays_and_holds_up_no_other(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("later", not_before=AT + HOUR)
    letters("now")
    assert outbox.next_due(connection) == AT
    (letter,) = take(connection)
    assert letter.key == "now"
    sent(connection, letter, AT, 55)
    assert take(connection) == ()
    assert outbox.next_due(connection) == AT + HOUR
    assert keys_of(take(connection, AT + HOUR)) == ["later"]


def test_the_limit_counts_letters_that_can_leave_not_those_under_way(
    connection: Connection, letters: Callable[..., None], unit: int
) -> None:
    letters("a", "b", "c>colleague")
    third = members.add(connection, "Third", unit, language="en")
    outbox.post(connection, "d", NEWS, AT, AT, member_id=third)
    assert keys_of(take(connection, limit=1)) == ["a"]
    assert keys_of(take(connection, limit=1)) == ["c"]
    assert keys_of(take(connection, limit=1)) == ["d"]


def test_an_expired_lease_is_leased_again_with_a_higher_token(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a", "b")
    (old,) = take(connection)
    assert take(connection, AT + MINUTE - timedelta(seconds=1)) == ()
    (new,) = take(connection, AT + MINUTE)
    assert new.key == "a"
    assert new.token > old.token


def test_the_holder_of_an_old_lease_can_record_nothing_any_more(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a")
    (old,) = take(connection)
    (new,) = take(connection, AT + MINUTE)
    before = row_of(connection, "a")
    assert attempt(connection, old, AT) is False
    assert sent(connection, old, AT, 55) is False
    assert outbox.postpone(connection, old, AT + HOUR, "flood", 0) is False
    assert outbox.end(connection, old, AT, "failed", "blocked") is False
    assert row_of(connection, "a") == before
    assert sent(connection, new, AT + MINUTE, 56) is True


def test_of_letters_that_are_tried_and_recorded_together_only_those_whose_lease_holds_count(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a", "b>colleague")
    lost, held = take(connection)
    connection.execute(update(outbox.outbox).where(outbox.outbox.c.id == lost.id).values(token=lost.token + 1))
    assert outbox.attempt_all(connection, [lost, held], AT) == {held.id}
    outbox.sent_all(connection, [(lost, 55), (held, 56)], AT)
    rows = [row_of(connection, key) for key in ("a", "b")]
    assert [(row.state, row.attempts, row.message_id) for row in rows] == [("leased", 0, None), ("sent", 1, 56)]


def test_something_is_due_when_a_letter_waits_or_a_lease_has_run_out(
    connection: Connection, letters: Callable[..., None]
) -> None:
    assert not outbox.anything_due(connection, AT)
    letters("a")
    assert not outbox.anything_due(connection, AT - timedelta(seconds=1)), "not before its time"
    assert outbox.anything_due(connection, AT)
    (letter,) = take(connection)
    assert not outbox.anything_due(connection, AT), "somebody carries it"
    assert outbox.anything_due(connection, AT + MINUTE), "whoever carried it is gone"
    outbox.end(connection, letter, AT, "failed", "blocked")
    assert not outbox.anything_due(connection, AT + MINUTE)


def test_what_was_sent_cannot_be_recorded_again(connection: Connection, letters: Callable[..., None]) -> None:
    letters("a")
    (letter,) = take(connection)
    assert sent(connection, letter, AT, 55) is True
    assert sent(connection, letter, AT, 56) is False
    assert outbox.end(connection, letter, AT, "failed", "blocked") is False
    assert (row_of(connection, "a").state, row_of(connection, "a").message_id) == ("sent", 55)


def test_an_attempt_is_counted_before_the_socket_is_touched_and_survives_a_crash(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a")
    (letter,) = take(connection)
    assert (letter.attempts, letter.copies) == (0, 0)
    assert attempt(connection, letter, AT) is True
    (again,) = take(connection, AT + MINUTE)
    assert (again.attempts, again.copies) == (1, 1)
    assert attempt(connection, again, AT + MINUTE) is True
    row = row_of(connection, "a")
    assert (row.attempts, row.copies, row.attempted_at) == (2, 2, AT + MINUTE)


def test_a_postponed_letter_waits_and_remembers_why_and_how_many_may_have_arrived(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a", "b")
    (letter,) = take(connection)
    attempt(connection, letter, AT)
    assert outbox.postpone(connection, letter, AT + HOUR, "flood", 0) is True
    row = row_of(connection, "a")
    assert (row.state, row.reason, row.attempts, row.copies, row.leased_until) == ("waiting", "flood", 1, 0, None)
    assert keys_of(take(connection)) == ["b"]
    assert outbox.waiting(connection) == 2
    (later,) = take(connection, AT + HOUR)
    assert (later.key, later.attempts, later.copies) == ("a", 1, 0)


@pytest.mark.parametrize("state", ["dropped", "failed"])
def test_an_ended_letter_never_leaves_again(connection: Connection, letters: Callable[..., None], state: str) -> None:
    letters("a")
    (letter,) = take(connection)
    assert outbox.end(connection, letter, AT, state, "reason") is True
    assert outbox.waiting(connection) == 0
    assert take(connection, AT + DAY) == ()
    row = row_of(connection, "a")
    assert (row.state, row.reason, row.done_at) == (state, "reason", AT)


def test_old_letters_are_forgotten_but_never_unfinished_ones(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("sent", "leased>colleague")
    gone, _leased = take(connection)
    sent(connection, gone, AT, 55)
    letters("waiting")
    assert outbox.forget(connection, AT) == 0
    assert outbox.forget(connection, AT + 365 * DAY) == 1
    assert {row.key for row in outbox.every(connection)} == {"leased", "waiting"}


def test_everything_that_was_not_sent_can_be_dropped_at_once(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("sent")
    sent(connection, take(connection)[0], AT, 55)
    letters("leased", "waiting")
    (leased,) = take(connection)
    assert outbox.drop_waiting(connection, AT + HOUR, "restored") == 2
    assert sent(connection, leased, AT + HOUR, 56) is False
    assert [row.state for row in outbox.every(connection)] == ["sent", "dropped", "dropped"]


def test_keys_are_found_by_a_prefix_that_is_taken_literally(
    connection: Connection, letters: Callable[..., None]
) -> None:
    letters("a_1", "ax2", "a%3")
    assert outbox.keys(connection, "a_") == {"a_1"}
    assert outbox.keys(connection, "a%") == {"a%3"}


def test_the_last_letter_to_a_member_is_the_one_finished_last(
    connection: Connection, letters: Callable[..., None], person: int
) -> None:
    assert outbox.last_of(connection, person) is None
    letters("a", "b", "c")
    outbox.end(connection, take(connection)[0], AT + HOUR, "failed", "blocked")
    sent(connection, take(connection)[0], AT + MINUTE, 55)
    found = outbox.last_of(connection, person)
    assert found is not None
    assert (found.key, found.reason) == ("a", "blocked")


# The inbox


def payload(word: str) -> dict[str, Any]:
    return {"message": {"text": word}}


def test_an_update_is_accepted_once(connection: Connection) -> None:
    assert inbox.accept(connection, {7: payload("a"), 8: payload("b")}, AT) == (7, 8)
    assert inbox.accept(connection, {8: payload("b"), 9: payload("c")}, AT) == (9,)
    assert inbox.accept(connection, {7: payload("a"), 8: payload("b"), 9: payload("c")}, AT) == ()
    assert [key for key, _ in inbox.waiting(connection)] == [7, 8, 9]
    assert inbox.accept(connection, {}, AT) == ()


def test_ids_that_jump_backwards_are_new_and_come_after_what_was_there(connection: Connection) -> None:
    inbox.accept(connection, {900_000: payload("before")}, AT)
    assert inbox.accept(connection, {17: payload("after a quiet week")}, AT + 7 * DAY) == (17,)
    assert inbox.accept(connection, {17: payload("after a quiet week"), 900_000: payload("again")}, AT + 8 * DAY) == ()
    assert [key for key, _ in inbox.waiting(connection)] == [900_000, 17]


def test_a_settled_update_is_not_accepted_again(connection: Connection) -> None:
    inbox.accept(connection, {7: payload("a")}, AT)
    inbox.settle(connection, 7, AT, "done")
    assert inbox.accept(connection, {7: payload("a")}, AT) == ()
    assert inbox.waiting(connection) == ()


def test_an_update_is_settled_once_and_what_it_said_is_forgotten(connection: Connection) -> None:
    inbox.accept(connection, {7: payload("a private word")}, AT)
    assert inbox.settle(connection, 7, AT, "done") is True
    assert inbox.settle(connection, 7, AT + DAY, "again") is False
    row = connection.execute(select(inbox_table)).one()
    assert (row.payload, row.done_at, row.outcome) == ({}, AT, "done")
    assert inbox.settle(connection, 4711, AT, "done") is False


def test_waiting_updates_come_in_the_order_of_arrival_as_many_as_asked(connection: Connection) -> None:
    inbox.accept(connection, {30: payload("c")}, AT)
    inbox.accept(connection, {12: payload("e"), 11: payload("d")}, AT + MINUTE)
    assert inbox.waiting(connection) == ((30, payload("c")), (11, payload("d")), (12, payload("e")))
    assert [key for key, _ in inbox.waiting(connection, 2)] == [30, 11]
    assert inbox.oldest_waiting(connection) == AT
    inbox.settle(connection, 30, AT, "done")
    assert inbox.oldest_waiting(connection) == AT + MINUTE


def test_tries_are_counted_for_each_update_apart(connection: Connection) -> None:
    inbox.accept(connection, {7: payload("a"), 8: payload("b")}, AT)
    assert [inbox.attempt(connection, key) for key in (7, 7, 8, 7)] == [1, 2, 1, 3]
    assert inbox.attempt(connection, 4711) == 0


def test_only_settled_updates_are_forgotten(connection: Connection) -> None:
    inbox.accept(connection, {7: payload("a"), 8: payload("b")}, AT)
    inbox.settle(connection, 7, AT, "done")
    assert inbox.forget(connection, AT) == 0
    assert inbox.forget(connection, AT + DAY) == 1
    assert inbox.ids(connection, [7, 8, 9]) == {8}


# Invites

CODE = "Zx81-qwertyuiop_asdfgh"


def test_a_code_opens_what_it_was_made_for_once(connection: Connection, person: int, unit: int) -> None:
    invites.add(connection, "member", CODE, person, AT, AT + HOUR, unit)
    found = invites.by_code(connection, "member", CODE, AT)
    assert found is not None
    assert (found.member_id, found.unit_id, found.purpose) == (person, unit, "member")
    assert invites.use(connection, found.id, AT) is True
    assert invites.use(connection, found.id, AT) is False
    assert invites.by_code(connection, "member", CODE, AT) is None
    assert invites.get(connection, found.id, AT) is None


def test_a_code_opens_nothing_else(connection: Connection, person: int) -> None:
    invites.add(connection, "member", CODE, person, AT, AT + HOUR)
    assert invites.by_code(connection, "chat", CODE, AT) is None
    assert invites.by_code(connection, "member", CODE.lower(), AT) is None
    assert invites.by_code(connection, "member", "", AT) is None


def test_a_code_is_good_until_the_instant_at_which_it_expires(connection: Connection, person: int) -> None:
    invites.add(connection, "member", CODE, person, AT, AT + HOUR)
    assert invites.by_code(connection, "member", CODE, AT + HOUR - timedelta(seconds=1)) is not None
    assert invites.by_code(connection, "member", CODE, AT + HOUR) is None


def test_a_new_code_ends_the_older_ones_of_the_same_person_and_purpose_only(
    connection: Connection, person: int, colleague: int
) -> None:
    for purpose, code, member in (
        ("member", "old", person),
        ("chat", "chat", person),
        ("member", "other", colleague),
        ("member", "new", person),
    ):
        invites.add(connection, purpose, code, member, AT, AT + HOUR)
    assert invites.by_code(connection, "member", "old", AT) is None
    assert invites.by_code(connection, "member", "new", AT) is not None
    assert invites.by_code(connection, "chat", "chat", AT) is not None
    assert invites.by_code(connection, "member", "other", AT) is not None


def test_what_was_found_out_about_a_code_is_kept_with_it(connection: Connection, person: int) -> None:
    invites.add(connection, "chat", CODE, person, AT, AT + HOUR)
    found = invites.by_code(connection, "chat", CODE, AT)
    assert found is not None
    invites.attach(connection, found.id, {"address": -1001234567890})
    kept = invites.get(connection, found.id, AT)
    assert kept is not None
    assert kept.data == {"address": -1001234567890}


# The file and the races: engines of their own, because these need more than one transaction


def two_people(engine: Engine) -> tuple[int, int]:
    with transaction(engine) as connection:
        unit = units.add(connection, "Unit A")
        return tuple(members.add(connection, name, unit, language="en") for name in ("Ann", "Bob"))  # type: ignore[return-value]


@pytest.mark.only("sqlite", "looks into the file")
def test_the_code_is_nowhere_in_the_database_file(engine: Engine, tmp_path: Path) -> None:
    person, _ = two_people(engine)
    with transaction(engine) as connection:
        invites.add(connection, "member", CODE, person, AT, AT + HOUR)
        stored = connection.execute(select(invite_table.c.code_hash)).scalar_one()
    engine.dispose()
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("store.db")}
    assert stored.encode() in b"".join(files.values())
    assert [name for name, data in files.items() if CODE.encode() in data] == []


async def race(engine: Engine, *work: Callable[[Connection], Any]) -> list[Any]:
    """Each piece of work in a Store of its own, at the same time."""
    stores = [Store(open_engine(str(engine.url))) for _ in work]
    answers = await asyncio.gather(*(store.write(one) for store, one in zip(stores, work, strict=True)))
    for store in stores:
        await asyncio.to_thread(store.close)
    return answers


def accounts(engine: Engine) -> list[int | None]:
    with reading(engine) as connection:
        return list(connection.execute(select(member_table.c.account).order_by(member_table.c.id)).scalars())


async def test_two_accounts_that_race_for_one_person_leave_the_person_with_one(engine: Engine) -> None:
    ann, _ = two_people(engine)
    wanted = [7_000_000_001 + number for number in range(8)]
    won = await race(engine, *(lambda c, account=account: members.link(c, ann, account, AT, 1) for account in wanted))
    assert won.count(True) == 1
    assert accounts(engine) == [wanted[won.index(True)], None]


async def test_two_people_who_race_with_one_account_leave_the_account_with_one(engine: Engine) -> None:
    both = two_people(engine)
    work = [lambda c, member=member: members.link(c, member, 7_000_000_001, AT, 1) for member in both]
    won = await race(engine, *work)
    assert sorted(won) == [False, True]
    assert sorted(accounts(engine), key=str) == [7_000_000_001, None]


async def test_one_code_in_two_hands_is_used_once(engine: Engine) -> None:
    ann, _ = two_people(engine)
    with transaction(engine) as connection:
        invites.add(connection, "member", CODE, ann, AT, AT + HOUR)
        found = invites.by_code(connection, "member", CODE, AT)
    assert found is not None
    assert sorted(await race(engine, *[lambda c: invites.use(c, found.id, AT)] * 4)) == [False, False, False, True]


async def test_two_planners_queue_a_letter_once_and_couriers_do_not_share_it(engine: Engine) -> None:
    ann, _ = two_people(engine)
    post = [lambda c: outbox.post(c, "key", NEWS, AT, AT, member_id=ann)] * 4
    assert sorted(await race(engine, *post)) == [False, False, False, True]
    leased = await race(engine, *[lambda c: outbox.lease(c, AT, AT + MINUTE, 10)] * 4)
    assert sorted(len(letters) for letters in leased) == [0, 0, 0, 1]


# Members


def test_the_database_refuses_a_second_person_with_the_same_account(
    connection: Connection, person: int, colleague: int
) -> None:
    assert members.link(connection, person, 7_000_000_001, AT, 1) is True
    with pytest.raises(IntegrityError, match="account"), connection.begin_nested():
        members.change(connection, colleague, account=7_000_000_001)


def test_a_linked_person_and_a_linked_account_stay_as_they_are(
    connection: Connection, person: int, colleague: int
) -> None:
    assert members.link(connection, person, 7_000_000_001, AT, 1) is True
    assert members.link(connection, person, 7_000_000_001, AT + DAY, 2) is False
    assert members.link(connection, person, 7_000_000_002, AT + DAY, 2) is False
    assert members.link(connection, colleague, 7_000_000_001, AT + DAY, 2) is False
    linked = members.by_account(connection, 7_000_000_001)
    assert linked is not None
    assert (linked.id, linked.linked_at) == (person, AT)


def test_somebody_who_left_cannot_join_and_is_nobody_to_the_bot(connection: Connection, person: int) -> None:
    members.link(connection, person, 7_000_000_001, AT, 1)
    members.change(connection, person, left_at=AT)
    assert members.by_account(connection, 7_000_000_001) is None
    assert members.every(connection) == ()
    members.change(connection, person, account=None)
    assert members.link(connection, person, 7_000_000_001, AT, 1) is False


@pytest.mark.parametrize("sought", ["duong", "Dương", "DUONG", "  dương   long ", "long duong", "uon"])
def test_a_name_is_found_without_its_accents(connection: Connection, unit: int, person: int, sought: str) -> None:
    wanted = members.add(connection, "Dương Mẫu Long", unit, language="vi")
    assert [found.id for found in members.find(connection, sought, [unit], 10)] == [wanted]


@pytest.mark.parametrize("sought", ["los", "ŁOŚ", "jan los"])
def test_polish_letters_are_found_without_their_marks(connection: Connection, colleague: int, sought: str) -> None:
    unit = members.get(connection, colleague).unit_id  # type: ignore[union-attr]
    assert [found.id for found in members.find(connection, sought, [unit], 10)] == [colleague]


@pytest.mark.parametrize(
    ("sought", "found"),
    [("%", ["A%B"]), ("_", ["A_B"]), ("a%b", ["A%B"]), ("/", ["A/B"]), ("\\", ["A\\B"]), ("%%", [])],
)
def test_wildcards_in_what_is_sought_are_ordinary_letters(
    connection: Connection, unit: int, sought: str, found: list[str]
) -> None:
    for name in ("A%B", "A_B", "A/B", "A\\B", "AxB"):
        members.add(connection, name, unit, language="en")
    assert [member.name for member in members.find(connection, sought, [unit], 10)] == found


def test_people_are_sought_in_these_units_only_and_no_more_than_asked(connection: Connection, unit: int) -> None:
    other = units.add(connection, "Unit B")
    here = [members.add(connection, f"Ann {number}", unit, language="en") for number in range(3)]
    members.add(connection, "Ann 9", other, language="en")
    members.change(connection, here[0], left_at=AT)
    assert [member.id for member in members.find(connection, "ann", [unit], 10)] == here[1:]
    assert [member.id for member in members.find(connection, "ann", [unit, other], 1)] == here[1:2]
    assert members.find(connection, "ann", [], 10) == ()
    assert members.find(connection, "  ", [unit, other], 10) == ()


def test_a_person_renamed_is_found_by_the_new_name_only(connection: Connection, unit: int, person: int) -> None:
    members.change(connection, person, name="Đỗ Mới")
    assert [found.id for found in members.find(connection, "do moi", [unit], 10)] == [person]
    assert members.find(connection, "dang", [unit], 10) == ()


def test_whether_somebody_can_be_reached_is_news_once(connection: Connection, person: int) -> None:
    members.link(connection, person, 7_000_000_001, AT, 1)
    assert members.set_reach(connection, 7_000_000_001, AT, "blocked") is not None
    assert members.set_reach(connection, 7_000_000_001, AT + DAY, "blocked") is None
    assert [member.unreachable_since for member in members.unreachable(connection)] == [AT]
    assert members.set_reach(connection, 7_000_000_001, None) is not None
    assert members.set_reach(connection, 7_000_000_001, None) is None
    assert members.unreachable(connection) == ()
    assert members.set_reach(connection, 4711, AT, "blocked") is None


def test_a_stranger_is_answered_once_in_a_while(connection: Connection) -> None:
    assert members.answer_stranger(connection, 7_000_000_001, AT, AT - HOUR) is True
    assert members.answer_stranger(connection, 7_000_000_001, AT + MINUTE, AT + MINUTE - HOUR) is False
    assert members.answer_stranger(connection, 7_000_000_002, AT + MINUTE, AT + MINUTE - HOUR) is True
    assert members.answer_stranger(connection, 7_000_000_001, AT + HOUR, AT) is True
    assert members.forget_strangers(connection, AT + HOUR) == 1


# Grants


@pytest.mark.parametrize("whole", [False, True], ids=["a unit", "the whole organisation"])
def test_a_role_is_given_once_and_taken_once(connection: Connection, person: int, unit: int, whole: bool) -> None:
    place = None if whole else unit
    assert members.grant(connection, person, Role.HEAD, place) is True
    assert members.grant(connection, person, Role.HEAD, place) is False
    assert members.grants_of(connection, person) == (Grant(person, Role.HEAD, place),)
    assert [one.id for one in members.holders(connection, Role.HEAD, place)] == [person]
    assert members.revoke(connection, person, Role.HEAD, place) is True
    assert members.revoke(connection, person, Role.HEAD, place) is False
    assert members.grants_of(connection, person) == ()


@pytest.mark.parametrize("whole", [False, True], ids=["a unit", "the whole organisation"])
def test_the_database_refuses_the_same_role_twice(connection: Connection, person: int, unit: int, whole: bool) -> None:
    place = None if whole else unit
    members.grant(connection, person, Role.LEADER, place)
    with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin_nested():
        connection.execute(insert(grant_table).values(member_id=person, role="leader", unit_id=place))


def test_a_role_for_a_unit_and_one_for_the_whole_are_two(connection: Connection, person: int, unit: int) -> None:
    assert members.grant(connection, person, Role.HEAD, unit) is True
    assert members.grant(connection, person, Role.HEAD, None) is True
    assert members.revoke(connection, person, Role.HEAD, None) is True
    assert members.holders(connection, Role.HEAD, None) == ()
    assert [one.id for one in members.holders(connection, Role.HEAD, unit)] == [person]


# Units


def test_two_open_units_cannot_have_one_name_but_a_closed_one_may_keep_it(connection: Connection, unit: int) -> None:
    with pytest.raises(IntegrityError, match="folded"), connection.begin_nested():
        units.add(connection, "UNIT  a")
    units.close(connection, unit, AT)
    assert units.named(connection, "Unit A") is None
    again = units.add(connection, "Unit A")
    found = units.named(connection, "ụnít a")
    assert found is not None
    assert found.id == again
    assert set(units.every(connection)) == {unit, again}


def test_a_renamed_unit_is_found_by_its_new_name(connection: Connection, unit: int) -> None:
    units.change(connection, unit, name="Phòng Đối ngoại")
    found = units.named(connection, "phong doi ngoai")
    assert found is not None
    assert found.id == unit
    assert units.named(connection, "Unit A") is None


# Chats


def bound(unit: int | None, by: int, **values: Any) -> dict[str, Any]:
    basic = {"kind": "channel", "title": "Leaders", "unit_id": unit, "purpose": "leadership", "language": "vi"}
    return basic | {"linked_by": by, "linked_at": AT} | values


def test_a_chat_is_bound_anew_under_the_same_id(connection: Connection, unit: int, person: int) -> None:
    first = chats.bind(connection, -100, **bound(unit, person))
    assert chats.bind(connection, -100, **bound(None, person, title="Everybody")) == first
    chat = chats.get(connection, first)
    assert chat is not None
    assert (chat.title, chat.unit_id, chat.address) == ("Everybody", None, -100)
    assert len(chats.open_ones(connection)) == 1


def test_a_closed_chat_is_closed_once_and_opened_by_binding_it_anew(
    connection: Connection, unit: int, person: int
) -> None:
    first = chats.bind(connection, -100, **bound(unit, person))
    closed = chats.close(connection, -100, AT)
    assert closed is not None
    assert chats.close(connection, -100, AT + DAY) is None
    assert chats.close(connection, -999, AT) is None
    assert chats.open_ones(connection) == ()
    assert chats.by_address(connection, -100).closed_at == AT  # type: ignore[union-attr]
    assert chats.bind(connection, -100, **bound(unit, person)) == first
    assert [chat.id for chat in chats.open_ones(connection)] == [first]


def test_a_group_that_moves_keeps_its_binding_and_has_to_be_looked_at(
    connection: Connection, unit: int, person: int
) -> None:
    first = chats.bind(connection, -5, **bound(unit, person, kind="group"))
    chats.change(connection, first, checked_at=AT)
    chats.move(connection, first, -1005)
    assert chats.by_address(connection, -5) is None
    moved = chats.by_address(connection, -1005)
    assert moved is not None
    assert (moved.id, moved.kind, moved.checked_at) == (first, "supergroup", None)


def test_of_two_pauses_of_a_chat_the_longer_one_counts(connection: Connection) -> None:
    chats.save_pauses(connection, {0: AT, -100: AT + HOUR})
    chats.save_pauses(connection, {7: AT, 0: AT + HOUR, -100: AT})
    assert chats.load_pauses(connection) == {0: AT + HOUR, -100: AT + HOUR, 7: AT}
    assert chats.forget_pauses(connection, AT + MINUTE) == 1
    assert chats.load_pauses(connection) == {0: AT + HOUR, -100: AT + HOUR}


# Drafts


def test_a_new_draft_takes_the_place_of_the_older_one(connection: Connection) -> None:
    drafts.save(connection, 7_000_000_001, "assign", "t1", {"step": 1}, AT)
    drafts.save(connection, 7_000_000_001, "report", "t2", {"text": "Đã xong"}, AT + MINUTE)
    drafts.save(connection, 7_000_000_002, "assign", "t3", {}, AT)
    wanted = Draft(7_000_000_001, "report", "t2", {"text": "Đã xong"}, AT + MINUTE)
    assert drafts.get(connection, 7_000_000_001) == wanted
    assert drafts.drop(connection, 7_000_000_001) is True
    assert drafts.drop(connection, 7_000_000_001) is False
    assert drafts.get(connection, 7_000_000_001) is None
    assert drafts.get(connection, 7_000_000_002) is not None


def test_only_drafts_that_nobody_continued_are_forgotten(connection: Connection) -> None:
    drafts.save(connection, 1, "assign", "t1", {}, AT)
    drafts.save(connection, 2, "assign", "t2", {}, AT - DAY)
    assert drafts.forget(connection, AT) == 1
    assert drafts.get(connection, 1) is not None
    assert drafts.get(connection, 2) is None


# Digests


def figures(until: datetime = AT, total: int = 3) -> Figures:
    line = UnitFigures(1, "Phòng Đối ngoại", total, 1, 0, 1, 1, 0, 2, 1)
    late = LateTask(5, "VP-001", "Báo cáo", {"en": "Report"}, "Đặng Mai", "Phòng Đối ngoại", 4)
    return Figures("Sở Mẫu", until - 7 * DAY, until, "Asia/Ho_Chi_Minh", (line, line), line, (late,), 2)


@pytest.mark.parametrize("whole", [False, True], ids=["a unit", "the whole organisation"])
def test_figures_are_frozen_once_for_a_unit_and_a_period(connection: Connection, unit: int, whole: bool) -> None:
    place = None if whole else unit
    first = digests.freeze(connection, place, figures(), AT)
    assert first is not None
    assert digests.freeze(connection, place, figures(total=99), AT + HOUR) is None
    assert digests.get(connection, first) == (place, figures())
    assert digests.of_period(connection, place, AT, figures().since) == first


def test_figures_keep_the_head_of_the_history_and_older_ones_have_none(connection: Connection, unit: int) -> None:
    sealed = replace(figures(), chain="7-9f86d081884c7d65")
    key = digests.freeze(connection, unit, sealed, AT)
    assert key is not None
    assert digests.get(connection, key) == (unit, sealed)
    stored = connection.execute(select(digests.digests.c.figures)).scalar_one()
    del stored["chain"]
    connection.execute(digests.digests.update().values(figures=stored))
    assert digests.get(connection, key) == (unit, figures())


@pytest.mark.parametrize("whole", [False, True], ids=["a unit", "the whole organisation"])
def test_the_database_refuses_a_second_digest_of_the_same_period(
    connection: Connection, unit: int, whole: bool
) -> None:
    values = {"unit_id": None if whole else unit, "until": AT, "figures": {}, "composed_at": AT}
    connection.execute(insert(digests.digests).values(**values))
    with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin_nested():
        connection.execute(insert(digests.digests).values(**values))


def test_another_unit_another_week_and_the_whole_are_frozen_apart(connection: Connection, unit: int) -> None:
    made = [
        digests.freeze(connection, place, figures(until), AT) for place in (unit, None) for until in (AT, AT + 7 * DAY)
    ]
    assert None not in made
    assert len(set(made)) == 4
    assert digests.of_period(connection, unit, AT + DAY, AT) is None
    assert digests.get(connection, 4711) is None


# Notices


EVERY_NOTICE = (
    Reminders((Step(1, "day", AT.isoformat()), Step(2, "week", AT.isoformat()))),
    Reminders(()),
    TaskNews(1, "returned", 7, "Thiếu phụ lục <b>2</b>"),
    TaskNews(1, "assigned"),
    Unreachables((3, 1, 2)),
    Undelivered((Missed(5, 1, 2, "refused"),)),
    PressesLost(AT.isoformat(), AT.isoformat()),
    Agenda("2026-12-08", (1,), (2,), (3,), (4,), (Step(1, "day", AT.isoformat()),), (TaskNews(1, "completed"),), True),
    Summary(9),
    ChatBinding(4, "Lãnh đạo & Co", None),
    ChatLost("Lãnh đạo", 5),
    SumsWrong(5, "2026-12-11T09:00:00+00:00", "Tổ 1", (1, 2, 3, 4, 5), 16),
    PostHeld(3, "Lãnh đạo", None, "public", "heads"),
    Correction(7, 2**40, picture=True),
    PostExpired("Lãnh đạo", 5, "2026-12-11T09:00:00+00:00"),
    RequestNews(7, "asked"),
    AbsenceNews(3, "substitute"),
    Picture(3, "summary:1:2026-12-11T09:00:00+00:00"),
    Spreadsheet(3, "summary:1:2026-12-11T09:00:00+00:00:picture"),
    RecurrenceNews(3, "skipped", 10, "2026-12-08", "2026-12-21"),
)


@pytest.mark.parametrize("notice", EVERY_NOTICE, ids=notices.kind_of)
def test_a_notice_comes_out_of_storage_as_it_went_in(notice: notices.Notice) -> None:
    stored = json.loads(json.dumps(notices.to_json(notice)))
    back = notices.from_json(notices.kind_of(notice), stored)
    assert back == notice
    assert hash(back) == hash(notice)  # lists in place of tuples would not be frozen


def test_every_kind_of_notice_is_tried_above() -> None:
    kinds = set(typing.get_args(notices.Notice))
    assert {type(notice) for notice in EVERY_NOTICE} == kinds
    assert len({notices.kind_of(notice) for notice in EVERY_NOTICE}) == len(kinds)


def test_a_kind_that_this_version_does_not_know_is_an_error(connection: Connection) -> None:
    with pytest.raises(KeyError):
        notices.from_json("from_the_future", {})


@pytest.mark.parametrize("notice", EVERY_NOTICE, ids=notices.kind_of)
def test_a_letter_carries_its_notice(connection: Connection, person: int, notice: notices.Notice) -> None:
    outbox.post(connection, "a", notice, AT, AT, member_id=person)
    (letter,) = take(connection)
    assert notices.from_json(letter.kind, letter.content) == notice


# Tasks


def test_a_task_comes_out_of_storage_as_it_went_in(
    connection: Connection, unit: int, person: int, colleague: int
) -> None:
    other = units.add(connection, "Unit B")
    wanted = {
        "code": "KHTC-7",
        "title": "Báo cáo",
        "titles": {"vi": "Báo cáo", "en": "Report"},
        "assigner_id": colleague,
        "leader_id": colleague,
        "issued_on": date(2026, 8, 7),
        "difficulty": "hard",
        "state": "in_progress",
        "percent": 40,
        "received_at": AT,
        "check_at": AT + HOUR,
    }
    task = the_task(connection, unit, person, **wanted, coordinator_ids=(other, unit))
    assert (task.state, task.difficulty, task.version) == (State.IN_PROGRESS, Difficulty.HARD, 1)
    assert task.coordinators == tuple(sorted((other, unit)))
    assert {name: getattr(task, name) for name in wanted} == wanted
    assert {field.name for field in dataclasses.fields(Task)} == {*tasks.tasks.c.keys(), "coordinators"}


def test_a_code_is_given_once_and_found_whatever_its_case(connection: Connection, unit: int, task: Task) -> None:
    with pytest.raises(IntegrityError, match="code"), connection.begin_nested():
        the_task(connection, unit, task.owner_id)
    assert tasks.by_code(connection, " vp-001 ") == task
    assert tasks.by_code(connection, "VP-00_") is None


def test_codes_are_found_by_a_prefix_that_is_taken_literally(connection: Connection, unit: int, task: Task) -> None:
    the_task(connection, unit, task.owner_id, "V_-001")
    assert tasks.codes(connection, "V_") == {"V_-001"}
    assert tasks.codes(connection, "VP-") == {"VP-001"}


def test_a_task_is_changed_only_by_somebody_who_knows_its_present_version(connection: Connection, task: Task) -> None:
    assert tasks.change(connection, task, percent=50) is True
    assert tasks.change(connection, task, percent=10) is False
    present = tasks.get(connection, task.id)
    assert present is not None
    assert (present.percent, present.version) == (50, task.version + 1)
    assert tasks.change(connection, present, percent=60) is True


def test_planning_is_not_a_change_of_the_task(connection: Connection, task: Task) -> None:
    tasks.plan(connection, task.id, AT + HOUR)
    started = tasks.start_planning(connection, task, AT)
    assert started.planned_from == AT
    assert tasks.next_check(connection) == AT + HOUR
    assert tasks.change(connection, task, percent=50) is True


@pytest.mark.parametrize("percent", [-1, 101])
def test_the_database_refuses_a_percentage_that_is_none(connection: Connection, task: Task, percent: int) -> None:
    with pytest.raises(IntegrityError, match="percent"), connection.begin_nested():
        tasks.change(connection, task, percent=percent)


def test_a_step_is_taken_once_for_each_task_person_step_and_deadline(
    connection: Connection, task: Task, person: int, colleague: int
) -> None:
    tasks.take_step(connection, task.id, person, "day", AT + DAY, AT, sent=True)
    with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin_nested():
        tasks.take_step(connection, task.id, person, "day", AT + DAY, AT + HOUR, sent=False)
    hanoi = (AT + DAY).astimezone(timezone(timedelta(hours=7)))  # the same instant, said otherwise
    with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin_nested():
        tasks.take_step(connection, task.id, person, "day", hanoi, AT, sent=True)
    tasks.take_step(connection, task.id, person, "week", AT + DAY, AT, sent=True)
    tasks.take_step(connection, task.id, person, "day", AT + 2 * DAY, AT, sent=True)
    tasks.take_step(connection, task.id, colleague, "day", AT + DAY, AT, sent=True)
    assert tasks.steps_taken(connection, [task.id]) == {
        (task.id, person, "day", AT + DAY),
        (task.id, person, "week", AT + DAY),
        (task.id, person, "day", AT + 2 * DAY),
        (task.id, colleague, "day", AT + DAY),
    }


def test_open_tasks_come_by_deadline_and_those_without_one_last(connection: Connection, unit: int, person: int) -> None:
    for code, due, state in (
        ("A-1", None, "assigned"),
        ("A-2", AT + 2 * DAY, "submitted"),
        ("A-3", AT + DAY, "returned"),
        ("A-4", AT, "completed"),
        ("A-5", AT, "cancelled"),
    ):
        the_task(connection, unit, person, code, due_at=due, state=state)
    assert [task.code for task in tasks.open_of(connection, person)] == ["A-3", "A-2", "A-1"]
    assert [task.code for task in tasks.open_in(connection, [unit])] == ["A-3", "A-2", "A-1"]


def test_a_summary_counts_open_tasks_and_those_completed_in_its_period(
    connection: Connection, unit: int, person: int
) -> None:
    the_task(connection, unit, person, "A-1")
    for code, completed in (("A-2", AT), ("A-3", AT + MINUTE)):
        the_task(connection, unit, person, code, state="completed", completed_at=completed)
    the_task(connection, unit, person, "A-4", state="cancelled", completed_at=AT + MINUTE)
    assert {task.code for task in tasks.counted_in(connection, [unit], AT)} == {"A-1", "A-3"}


def test_the_planner_gets_whole_owners_those_who_wait_longest_first(
    connection: Connection, unit: int, person: int, colleague: int
) -> None:
    the_task(connection, unit, colleague, "A-1", check_at=AT - HOUR)
    the_task(connection, unit, colleague, "A-2", check_at=AT)
    the_task(connection, unit, colleague, "A-3", check_at=AT + HOUR)
    the_task(connection, unit, person, "A-4", check_at=AT - MINUTE)
    of_one, of_two = (tasks.listed(connection, tasks.to_check(connection, AT, owners=number)) for number in (1, 2))
    assert [task.code for task in of_one] == ["A-1", "A-2"]
    assert {task.code for task in of_two} == {"A-1", "A-2", "A-4"}
    assert tasks.to_check(connection, AT - DAY, owners=2) == ()


def test_a_message_speaks_about_the_tasks_said_last(connection: Connection, unit: int, person: int) -> None:
    one, two = (the_task(connection, unit, person, code).id for code in ("A-1", "A-2"))
    tasks.mention(connection, 7_000_000_001, 55, [one, two, one], AT)
    assert tasks.mentioned(connection, 7_000_000_001, 55) == (one, two)
    tasks.mention(connection, 7_000_000_001, 55, [two], AT)
    assert tasks.mentioned(connection, 7_000_000_001, 55) == (two,)
    assert tasks.mentioned(connection, -100, 55) == ()  # message ids repeat across chats
    assert tasks.forget_mentions(connection, AT) == 0
    assert tasks.forget_mentions(connection, AT + MINUTE) == 1


# Names


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Đặng  Thị", "dang thi"),
        ("ŁÓDŹ", "lodz"),
        (" Dương\u00a0Long ", "duong long"),
        ("Du\u031bo\u031bng", "duong"),
        ("STRASSE", fold("Straße")),
    ],
)
def test_names_are_compared_without_case_accents_and_extra_spaces(name: str, folded: str) -> None:
    assert fold(name) == folded

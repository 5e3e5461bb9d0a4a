"""Many letters for many people, queued as the planner queues them, and what the ledger says became of them."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from bot.app import store_on, wall_clock
from bot.sandbox.calls import Call
from bot.sandbox.server import LocalTelegram
from storage import members, outbox, tables, tasks, units
from storage.database import Store, open_engine, transaction
from storage.notices import Reminders, Step
from storage.records import Role
from tests.support.rig import SENDS, check_books, reported_letters, unmarked
from tests.support.world import TOKEN, settings

CODE = re.compile(r"[TP]-\d{6}")
POSTED, PLANNED = "T", "P"  # what codes begin with: the letter is queued here, or the planner has to make it
UNITS = 10
FIRST_ACCOUNT = 7_200_000_000
SOON = timedelta(hours=2)  # until the deadline of what the planner reminds of: nothing else falls due meanwhile
LATER = ("undelivered", "presses_lost")  # reports and excuses wait for the working hours of their readers


class Staff:
    """People who have joined: a head over everything, and members in several units."""

    def __init__(self, server: LocalTelegram, number: int) -> None:
        self.accounts = range(FIRST_ACCOUNT + 1, FIRST_ACCOUNT + 1 + number)
        self.ids: dict[int, int] = {}  # of members, by account
        for account in (FIRST_ACCOUNT, *self.accounts):
            server.add_person(account, f"Person {account}", language_code="en").wrote = True

    def join(self, connection: Connection, now: datetime) -> None:
        """Write them down."""
        homes = [units.add(connection, f"Unit {number}", country="") for number in range(UNITS)]
        for number, account in enumerate((FIRST_ACCOUNT, *self.accounts)):
            person = members.add(connection, f"Person {number}", homes[number % UNITS], language="en")
            assert members.link(connection, person, account, now, 1)
            self.ids[account] = person
        members.grant(connection, self.ids[FIRST_ACCOUNT], Role.LEADER, None)
        for home in homes:
            members.grant(connection, self.ids[FIRST_ACCOUNT], Role.HEAD, home)


class Letters:
    """Reminders as the planner queues them, each of one urgent task with a code of its own: they leave at any hour.

    With `by_planner` every other one is not queued: its task falls due, and the bot has to find that out.
    """

    def __init__(self, staff: Staff, dice: random.Random, *, by_planner: bool = False) -> None:
        self._staff = staff
        self._dice = dice
        self._by_planner = by_planner
        self.planned: dict[int, list[str]] = defaultdict(list)  # the codes of each person, in order
        self.number = 0

    def queue(self, connection: Connection, number: int, now: datetime) -> None:
        """So many more, for people chosen by chance."""
        due = now + timedelta(days=5)
        for _ in range(number):
            account = self._dice.choice(self._staff.accounts)
            member = members.get(connection, self._staff.ids[account])
            assert member is not None
            self.number += 1
            planner = self._by_planner and self.number % 2 == 0
            code = f"{PLANNED if planner else POSTED}-{self.number:06d}"
            times = dict.fromkeys(("assigned_at", "created_at", "received_at", "planned_from"), now)
            dates = {"due_at": due, "original_due_at": due}
            owner = {"owner_id": member.id, "unit_id": member.unit_id, "assigner_id": None, "leader_id": None}
            state = {"difficulty": "normal", "state": "in_progress", "percent": 40, "urgent": 1}
            if planner:  # its last reminder is earned now, if it was given out before
                dates = dict.fromkeys(dates, now + SOON)
                times = dict.fromkeys(times, now - timedelta(seconds=1))
            key = tasks.add(
                connection, code=code, title="Write the report", titles={}, **times, **dates, **owner, **state
            )
            if planner:
                tasks.plan(connection, key, now)
            else:
                notice = Reminders((Step(key, "before-2h", due.isoformat()),))
                assert outbox.post(connection, f"kill:{code}", notice, now, now, member_id=member.id)
            self.planned[account].append(code)


@dataclass
class Arrived:
    """What the ledger says about these letters: every copy of each, as (marked as a repetition)."""

    copies: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    order: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def second(self) -> int:
        """How many copies were more than one."""
        return sum(len(marks) - 1 for marks in self.copies.values())


def arrived(ledger: Sequence[Call], planned: Mapping[int, list[str]]) -> Arrived:
    """The copies of what was planned. Whatever went to the wrong person is an error."""
    found = Arrived()
    for call in ledger:
        if call.method in SENDS and call.chat_id in planned:
            plain, marked = unmarked(call.text or "")
            for code in dict.fromkeys(CODE.findall(plain)):  # what falls due at once is one letter
                assert code in planned[call.chat_id], f"{code} went to the wrong person"
                found.copies[code].append(marked)
                found.order[call.chat_id].append(code)
    return found


def assert_arrivals(
    found: Arrived, planned: Mapping[int, list[str]], reported: set[str], *, in_order: bool = True
) -> None:
    """Nothing lost, no third copy, no unmarked second one; the order of every chat kept."""
    every = {code for codes in planned.values() for code in codes}
    assert every - found.copies.keys() - reported == set(), "planned, but neither delivered nor reported"
    for code, marks in found.copies.items():
        assert len(marks) <= 2, f"{len(marks)} copies of {code}"
        assert marks.count(False) <= 1, f"an unmarked copy of {code}"
    for account, seen in found.order.items():
        codes = [code for code in seen if code.startswith(POSTED)]  # the planner takes its own when it looks
        assert not in_order or codes == sorted(codes), f"the order of {account} was not kept: {codes}"


@dataclass
class Post:
    """A server, a database, people, and letters for them."""

    folder: Path
    server: LocalTelegram
    url: str
    store: Store
    letters: Letters
    clock: Callable[[], datetime] = wall_clock

    def queue(self, number: int, now: datetime | None = None) -> None:
        """So many letters more."""
        with transaction(self.store.engine) as c:
            self.letters.queue(c, number, now or self.clock())

    def waiting(self) -> int:
        """How many letters are not finished or not made yet, whatever they say."""
        with self.store.engine.connect() as c:
            return outbox.waiting(c) + len(_fallen_due(c, self.clock()))

    def unfinished(self) -> tuple[tuple[int, str], ...]:
        """The reminders that are not finished, each with its state; negative: the tasks that still fall due."""
        with self.store.engine.connect() as c:
            found = outbox.every(c, ("waiting", "leased"))
            due = _fallen_due(c, self.clock())
        waiting = tuple((one.id, one.state) for one in found if one.kind == "reminders")
        return waiting + tuple((-key, "due") for key in due)

    def account_for(self, *, in_order: bool = True) -> tuple[Arrived, set[str]]:
        """Assert the closing accounts; what arrived, and the codes that were reported instead."""
        with self.store.engine.connect() as c:
            check_books(c, self.server.ledger, lambda letter: letter.kind in LATER)
            reported = _reported(c)
        found = arrived(self.server.ledger, self.letters.planned)
        assert_arrivals(found, self.letters.planned, reported, in_order=in_order)
        return found, reported


def _fallen_due(connection: Connection, now: datetime) -> tuple[int, ...]:
    """The tasks at which the planner has not looked yet."""
    query = select(tables.tasks.c.id).where(tables.tasks.c.check_at <= now)
    return tuple(connection.execute(query).scalars())


def _reported(connection: Connection) -> set[str]:
    """The tasks of which the head is told that word of them may not have arrived."""
    letters = outbox.every(connection)
    ids = set(reported_letters(letters))
    keys = [step["task_id"] for one in letters if one.id in ids for step in one.content["steps"]]
    return {task.code for task in tasks.some(connection, keys).values()}


@asynccontextmanager
async def post_office(folder: Path, people: int, seed: int, *, by_planner: bool = False) -> AsyncIterator[Post]:
    """A server and a database with so many people who have joined; no bot yet. `by_planner`: see `Letters`."""
    server = LocalTelegram(TOKEN, wall_clock)
    url = await server.start()
    store = store_on(open_engine(settings(folder, url).database_url))
    staff = Staff(server, people)
    with transaction(store.engine) as c:
        staff.join(c, wall_clock())
    try:
        yield Post(folder, server, url, store, Letters(staff, random.Random(seed), by_planner=by_planner))
    finally:
        store.close()
        await server.stop()

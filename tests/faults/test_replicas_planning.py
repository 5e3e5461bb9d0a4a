"""Three processes plan for one PostgreSQL: everything is queued and said once, also when one dies while it is said.

The shared clock is moved over two hours of a Friday: to the first in calm, at the second a process is killed.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.actions import agendas
from bot.actions.tasks import loaded, replan
from bot.app import office_of, store_on, wall_clock
from bot.delivery import LEASE, places
from bot.office import Office
from bot.sandbox.server import LocalTelegram
from storage import chats, history, members, outbox, tasks, units
from storage.database import Store, open_engine
from storage.records import Role
from tests.support.lives import PATIENCE, TELEGRAMS, Process, bot, kill, until
from tests.support.mail import CODE, LATER
from tests.support.replica import SharedClock
from tests.support.rig import SENDS, check_books
from tests.support.world import HANOI, TOKEN, settings

pytestmark = pytest.mark.only("postgres", "SQLite is for one process")

THREE = 3
OWNERS = 30
FIRST = 7_300_000_000  # the account of the head; those of the owners follow
EVERYBODY, UNIT = -1004000000001, -1004000000002  # the two channels
POST = ("sendMessage", "sendPhoto", "sendDocument")  # what a channel gets each week
AN_HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 12, 11, 16, 0, tzinfo=HANOI)  # the hour of the summaries
ON_THE_WIRE = places(float(TELEGRAMS["DONDOC_RATE"]))  # of one process
STILL = 4.0  # seconds without a call: longer than a round of planning, and than the drawing of a picture
SEED = 20261125


def furnish(connection: Connection, office: Office, now: datetime) -> None:
    """A head and owners with two tasks each, to be reminded an hour before the summaries and with them; two chats."""
    unit = units.add(connection, "Unit A")
    people = [members.add(connection, f"Person {number}", unit, language="en") for number in range(OWNERS + 1)]
    for number, person in enumerate(people):
        assert members.link(connection, person, FIRST + number, now, 1)
    members.grant(connection, people[0], Role.HEAD, unit)
    agendas.replan(connection, office, members.every(connection), units.every(connection), now)
    about = {"kind": "channel", "purpose": "leadership", "language": "en"}
    by = {"linked_by": people[0], "linked_at": now - timedelta(days=1)}
    chats.bind(connection, EVERYBODY, title="Everybody", unit_id=None, **about, **by)
    chats.bind(connection, UNIT, title="Unit", unit_id=unit, **about, **by)
    for number, (person, hour) in enumerate((person, hour) for hour in (0, 1) for person in people[1:]):
        due = FRIDAY + (1 + hour) * AN_HOUR  # the last step comes two hours before
        work = {"code": f"T-{number:06d}", "title": "Write the report", "titles": {}, "difficulty": "normal"}
        times = dict.fromkeys(("assigned_at", "created_at", "received_at", "planned_from"), now)
        owner = {"owner_id": person, "unit_id": unit, "assigner_id": None, "leader_id": None}
        state = {"state": "in_progress", "percent": 40, "urgent": hour, "due_at": due, "original_due_at": due}
        task = tasks.add(connection, **work, **times, **owner, **state)
        replan(connection, office, loaded(connection, task), now)


class Replicas:
    """Three bots, their clock, and what they have said."""

    def __init__(self, clock: SharedClock, server: LocalTelegram, store: Store, processes: list[Process]) -> None:
        self.clock = clock
        self.server = server
        self.store = store
        self.processes = processes
        self._victim: Process | None = None
        server.before = self._strike

    def go(self, to: datetime) -> None:
        """It is that moment, for all of them."""
        self.clock.ahead((to - wall_clock()).total_seconds())

    def kill_one_at_the_first_word(self) -> None:
        """One of them dies when the next message comes."""
        self._victim = random.Random(SEED).choice(self.processes)

    def _strike(self, method: str, values: dict[str, Any]) -> None:
        if method in SENDS and self._victim is not None:
            kill(self._victim)
            self.processes.remove(self._victim)
            self._victim = None

    async def all_there(self) -> None:
        """Everybody has introduced itself, and has found nothing to do yet."""
        introduced = lambda: sum(call.method == "deleteWebhook" for call in self.server.ledger)  # noqa: E731
        assert await until(lambda: introduced() == THREE)

    async def said(self, **expected: int) -> None:
        """So many letters of these kinds have left."""
        end = time.monotonic() + PATIENCE
        while (left := Counter(expected) - await self._sent()) and time.monotonic() < end:
            await asyncio.sleep(0.1)
        assert not left, "never sent"

    async def still(self) -> None:
        """The living have sent what they can: nothing more leaves for a while."""
        seen, since, end = len(self.server.ledger), time.monotonic(), time.monotonic() + PATIENCE
        while time.monotonic() < min(end, since + STILL):
            await asyncio.sleep(0.1)
            if (now := len(self.server.ledger)) != seen:
                seen, since = now, time.monotonic()
        assert time.monotonic() < end

    async def _sent(self) -> Counter[str]:
        return Counter(one.kind for one in await self.store.read(lambda c: outbox.every(c, ("sent",))))

    def copies(self) -> Counter[str]:
        """How often each owner got an agenda and heard of each task, and each channel got each piece of a post."""
        found: Counter[str] = Counter()
        for call in self.server.ledger:
            if call.method in SENDS and call.chat_id in (EVERYBODY, UNIT):
                found[f"{call.chat_id} {call.method}"] += 1
            elif call.method in SENDS and call.chat_id != FIRST:
                codes = set(CODE.findall(call.text or ""))
                found[min(codes) if len(codes) == 1 else f"{call.chat_id} agenda"] += 1
        return found


AGENDAS = {f"{FIRST + number} agenda" for number in range(1, OWNERS + 1)}
PIECES = {f"{chat} {method}" for chat in (EVERYBODY, UNIT) for method in POST}
EARLY = {f"T-{number:06d}" for number in range(OWNERS)}
LATE = {f"T-{number:06d}" for number in range(OWNERS, 2 * OWNERS)}


def planned(connection: Connection) -> Counter[tuple[str, Any]]:
    """What was queued: each step of a task by who hears it, everything else by its kind and its reader."""
    found: Counter[tuple[str, Any]] = Counter()
    for letter in outbox.every(connection):
        if letter.kind == "reminders":
            found.update((f"{letter.member_id} {step['name']}", step["task_id"]) for step in letter.content["steps"])
        else:
            found[letter.kind, letter.chat_id or letter.member_id] += 1
    return found


def reminded(connection: Connection) -> Counter[int]:
    """How often the history says that the owner of each task was reminded."""
    every = range(1, 2 * OWNERS + 1)
    return Counter({task: len(history.of_task(connection, task, ("remind",), 9)) for task in every})


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Replicas]:
    clock = SharedClock(tmp_path / "clock")
    begin = FRIDAY - AN_HOUR - timedelta(minutes=10)
    clock.ahead((begin - wall_clock()).total_seconds())
    server = LocalTelegram(TOKEN, clock)
    url = await server.start()
    for number in range(OWNERS + 1):
        server.add_person(FIRST + number, f"Person {number}", language_code="en").wrote = True
    for chat, title in ((EVERYBODY, "Everybody"), (UNIT, "Unit")):
        server.add_channel(chat, title, admins=[FIRST])
    ours = settings(tmp_path, url)
    store = store_on(open_engine(ours.database_url))
    await store.write(lambda c: furnish(c, office_of(ours), clock()))
    program = ("tests.support.replica", str(tmp_path / "clock"))
    rates = TELEGRAMS | {"DONDOC_GROUP_RATE": "1000"}
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(bot(tmp_path, url, program, **rates)) for _ in range(THREE)]
        made = Replicas(clock, server, store, processes)
        await made.all_there()
        yield made
    await asyncio.to_thread(store.close)
    await server.stop()


async def test_three_that_plan_remind_once_and_post_once_also_when_one_of_them_is_killed(three: Replicas) -> None:
    await three.said(agenda=OWNERS)
    three.go(FRIDAY - AN_HOUR)
    await three.said(reminders=OWNERS)
    assert three.copies() == Counter(AGENDAS | EARLY), "in calm nothing comes twice"

    three.kill_one_at_the_first_word()
    three.go(FRIDAY)
    assert await until(lambda: len(three.processes) < THREE)
    await three.still()
    three.go(FRIDAY + LEASE + timedelta(seconds=1))  # what the dead one had in hand is free
    await three.said(reminders=2 * OWNERS, summary=2, picture=2, spreadsheet=2)

    copies = three.copies()
    assert copies.keys() == AGENDAS | EARLY | LATE | PIECES
    assert copies.total() <= len(copies) + ON_THE_WIRE
    assert set((await three.store.read(planned)).values()) == {1}
    assert set((await three.store.read(reminded)).values()) == {1}
    await three.store.read(lambda c: check_books(c, three.server.ledger, lambda letter: letter.kind in LATER))

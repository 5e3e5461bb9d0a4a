"""Three processes on one PostgreSQL: nothing twice in calm, nothing lost when they and the database fall.

Claims run out by a clock that the test moves for all three. DONDOC_LONG=1 makes the runs longer.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from bot.app import store_on, wall_clock
from bot.mailbox import LEASE
from bot.sandbox.calls import Fault
from bot.sandbox.server import LocalTelegram
from storage import inbox, marks
from storage.database import Store, open_engine, transaction
from tests.faults.test_kill import ACCOUNTS, nothing_waits, prepare, reports
from tests.support.accounts import check_books, unfinished
from tests.support.databases import databases
from tests.support.lives import LONG, bot, until
from tests.support.replica import SharedClock, claims
from tests.support.world import TOKEN, settings

pytestmark = pytest.mark.only("postgres", "SQLite is for one process")

ROUNDS = 10 if LONG else 2
TURN = 4  # commands of each person in a round
WITHIN = 60.0  # seconds; generous: the machine may be slow, a lost update never comes
TAKEN_OVER = 10.0  # seconds; promised: so soon after the death of the listener another process polls
SLOW = 2.0  # seconds for an answer, so that the updates behind it are claimed and not done

Process = asyncio.subprocess.Process


class Replicas:
    """Three bots, the Telegram they talk to, and what they were asked to do."""

    def __init__(self, clock: SharedClock, server: LocalTelegram, store: Store, processes: list[Process]) -> None:
        self.server = server
        self.store = store
        self.processes = processes
        self.expected: Counter[tuple[int, str]] = Counter()
        self.began: list[float] = []  # when somebody polled for the first time in its life
        self.answer_time = 0.0
        self._clock = clock
        self._ahead = 0.0
        server.before = self._note

    def _note(self, method: str, values: dict[str, Any]) -> Fault | None:
        if method == "getUpdates" and "offset" not in values:
            self.began.append(time.monotonic())
        return Fault("delay", seconds=self.answer_time) if self.answer_time and method == "sendMessage" else None

    def ask(self, word: str) -> None:
        """Everybody reports several times."""
        for turn in range(TURN):
            for number, account in enumerate(ACCOUNTS, 1):
                note = f"note {word}-{turn}"
                self.server.say(account, f"/progress UA-{number:03d} {turn} {note}")
                self.expected[number, note] += 1

    async def received(self) -> None:
        """Everything was received by somebody."""
        assert await self.server.until(lambda: self.server.unconfirmed == 0, WITHIN)

    async def done(self) -> None:
        """Everything was done, each once, and the history is whole."""
        before = self.lists()
        for account in ACCOUNTS:
            self.server.say(account, "/tasks")
        assert await self.server.until(lambda: all(self.lists()[one] > before[one] for one in ACCOUNTS), WITHIN)
        assert await self.store.read(reports) == self.expected
        assert await until(lambda: nothing_waits(self.store))
        await self.store.read(lambda c: check_books(c, self.server.ledger, unfinished))

    def lists(self) -> dict[int, int]:
        """How many lists of tasks each person was answered with: the last one comes after all reports."""
        return {
            account: sum("open task" in message["text"] for message in self.server.messages(account))
            for account in ACCOUNTS
        }

    async def listener(self) -> Process:
        """The process that holds the lock."""
        while True:
            held = await self.store.read(lambda c: c.exec_driver_sql(HOLDER).scalar())
            for process in self.processes:
                if held == f"dondoc {process.pid}":
                    return process
            await asyncio.sleep(0.05)

    async def taken_over(self, since: float) -> None:
        """Another process asks Telegram for updates, as soon as it is promised."""
        assert await self.server.until(lambda: self.began[-1] > since, WITHIN)
        assert self.began[-1] - since < TAKEN_OVER

    async def claimed(self) -> None:
        """Whatever was received is in somebody's hands."""
        await self.received()
        while await self.store.read(lambda c: inbox.unclaimed(c, self._clock())):
            await asyncio.sleep(0.01)

    async def heard(self) -> None:
        """It is known when Telegram last answered a poll."""
        await self.store.write(lambda c: marks.put(c, marks.HEARD, self._clock()))

    def claims_run_out(self) -> None:
        """More time passes than a claim lasts."""
        self._ahead += LEASE.total_seconds() + 1
        self._clock.ahead(self._ahead)


HOLDER = """
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objid = 7301901 AND granted AND pg_stat_activity.datname = current_database()
"""


@dataclass(frozen=True)
class Stage:
    """What several processes have in common, and the program with which one of them starts."""

    clock: SharedClock
    server: LocalTelegram
    store: Store
    url: str
    program: tuple[str, ...]


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """A messenger, a database and five people with a task each; no process yet."""
    clock = SharedClock(folder / "clock")
    clock.ahead(0)
    server = LocalTelegram(TOKEN, wall_clock)
    url = await server.start()
    prepare(folder, url)
    for number, account in enumerate(ACCOUNTS):
        server.add_person(account, f"Person {number}", language_code="en").wrote = True
    store = store_on(open_engine(settings(folder, url).database_url))
    yield Stage(clock, server, store, url, ("tests.support.replica", str(folder / "clock")))
    await asyncio.to_thread(store.close)
    await server.stop()


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Replicas]:
    async with staged(tmp_path) as stage, AsyncExitStack() as stack:
        starts = [bot(tmp_path, stage.url, stage.program) for _ in range(3)]
        processes = [await stack.enter_async_context(one) for one in starts]
        yield Replicas(stage.clock, stage.server, stage.store, processes)
        for process in processes:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)


async def test_in_calm_nothing_is_done_or_said_twice(three: Replicas) -> None:
    for number in range(ROUNDS):
        three.ask(f"calm{number}")
    await three.received()
    await three.done()
    sent = [call.text for call in three.server.ledger if call.method == "sendMessage"]
    assert len(sent) == sum(three.expected.values()) + len(ACCOUNTS)


async def test_when_the_listener_is_killed_another_polls_within_10_seconds_and_nothing_is_lost(three: Replicas) -> None:
    for number in range(2):
        three.ask(f"killed{number}")
        await three.received()
        leader = await three.listener()
        leader.kill()
        dead = time.monotonic()
        await leader.wait()
        three.processes.remove(leader)
        await three.taken_over(dead)
    three.ask("afterwards")
    await three.received()
    three.claims_run_out()
    await three.done()


async def test_another_listens_in_time_also_when_somebody_stands_still_in_the_turn_to_write(three: Replicas) -> None:
    three.ask("before")
    await three.received()
    await three.heard()  # whoever takes over writes down first since when nobody listened
    leader = await three.listener()
    leader.kill()
    dead = time.monotonic()
    three.processes.remove(leader)
    with pytest.raises(DBAPIError), transaction(three.store.engine):  # says nothing until the server ends it
        await three.taken_over(dead)
    three.ask("afterwards")
    await three.received()
    three.claims_run_out()
    await three.done()


async def test_a_process_that_stands_still_past_its_lease_loses_nothing_and_does_nothing_twice(three: Replicas) -> None:
    leader = await three.listener()
    others = [process for process in three.processes if process is not leader]
    for process in others:  # so that nobody else claims anything
        process.send_signal(signal.SIGSTOP)
    three.answer_time = SLOW
    three.ask("before")
    await three.claimed()
    leader.send_signal(signal.SIGSTOP)
    asleep = time.monotonic()
    held = await three.store.read(claims)
    for process in others:
        process.send_signal(signal.SIGCONT)
    three.answer_time = 0.0
    await three.taken_over(asleep)
    three.ask("meanwhile")
    await three.received()
    left = held.items() & (await three.store.read(claims)).items()
    assert left, "it held nothing while it stood still"
    three.claims_run_out()
    await three.done()
    assert leader.returncode is None
    assert not await three.store.read(claims)
    leader.send_signal(signal.SIGCONT)
    three.ask("afterwards")
    await three.received()
    await three.done()


async def test_when_the_database_falls_and_comes_back_nothing_is_lost_or_done_twice(three: Replicas) -> None:
    for number in range(ROUNDS):
        three.ask(f"fallen{number}")
        await three.received()
        await asyncio.to_thread(databases.server.crash)
    three.ask("afterwards")
    await three.done()

"""Three processes carry the letters of one PostgreSQL: each once in calm; nothing lost when they or the database fall.

Leases of two minutes run out by a clock that the test moves for all three. DONDOC_LONG=1 makes the runs longer.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import LEASE, places
from tests.support.databases import databases
from tests.support.lives import LONG, PATIENCE, TELEGRAMS, Process, bot, kill, until
from tests.support.mail import Post, post_office
from tests.support.replica import SharedClock
from tests.support.rig import SENDS

pytestmark = pytest.mark.only("postgres", "SQLite is for one process")

LETTERS = 3_000 if LONG else 180
PEOPLE = 120
THREE = 3
ON_THE_WIRE = places(float(TELEGRAMS["DONDOC_RATE"]))  # of one process
STILL = 2.0  # seconds without a change: what is left waits for leases
SEED = 20261125


class Replicas:
    """Three bots, their clock, and the letters that they carry."""

    def __init__(self, post: Post, clock: SharedClock, processes: list[Process]) -> None:
        self.post = post
        self.clock = clock
        self.processes = processes
        self.sends = 0
        self.polls = 0
        self._ahead = 0.0
        self._dice = random.Random(SEED)
        post.server.before = self._note

    def _note(self, method: str, values: dict[str, Any]) -> None:
        self.sends += method in SENDS
        self.polls += method == "getUpdates"

    async def all_there(self) -> None:
        """Everybody has introduced itself, and one of them listens."""
        introduced = lambda: sum(call.method == "deleteWebhook" for call in self.post.server.ledger)  # noqa: E731
        assert await until(lambda: introduced() == THREE and self.polls > 0)
        self.post.queue(LETTERS)

    async def sent(self, share: float) -> None:
        """About that share of the letters was sent."""
        # What was leased when the database fell comes when those leases have run out.
        assert await until(lambda: self.sends >= share * LETTERS, PATIENCE + LEASE.total_seconds())

    def any_one(self) -> Process:
        """One of those that live, chosen by chance."""
        return self._dice.choice(self.processes)

    async def kill_one(self) -> None:
        victim = self.any_one()
        kill(victim)
        await victim.wait()
        self.processes.remove(victim)

    async def leases_run_out(self) -> None:
        """What the living can send is sent; then more time passes than a lease lasts."""
        assert await self.still()
        self._ahead += LEASE.total_seconds() + 1
        self.clock.ahead(self._ahead)

    async def still(self) -> bool:
        """Nothing has changed for a while."""
        seen, since, end = self.post.unfinished(), time.monotonic(), time.monotonic() + PATIENCE
        while time.monotonic() < min(end, since + STILL):
            await asyncio.sleep(0.1)
            if (now := self.post.unfinished()) != seen:
                seen, since = now, time.monotonic()
        return time.monotonic() < end

    async def finished(self) -> None:
        """Every letter was carried or reported."""
        assert await until(lambda: not self.post.unfinished(), 3 * PATIENCE)

    def seconds(self, most: int, *, in_order: bool = True) -> None:
        """Close the accounts; assert that there are at most so many second copies."""
        found, reported = self.post.account_for(in_order=in_order)
        print(f"\n{len(found.copies)} letters arrived, {found.second} twice, {len(reported)} reported")
        assert found.second <= most


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Replicas]:
    clock = SharedClock(tmp_path / "clock")
    clock.ahead(0)
    program = ("tests.support.replica", str(tmp_path / "clock"))
    async with post_office(tmp_path, PEOPLE, SEED) as post, AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(bot(tmp_path, post.url, program, **TELEGRAMS)) for _ in range(THREE)
        ]
        made = Replicas(post, clock, processes)
        await made.all_there()
        yield made


async def test_in_calm_every_letter_arrives_once(three: Replicas) -> None:
    await three.finished()
    found, reported = three.post.account_for()
    assert (len(found.copies), found.second, reported) == (LETTERS, 0, set())
    assert not any(mark for marks in found.copies.values() for mark in marks)


async def test_processes_killed_one_after_the_other_lose_no_letter(three: Replicas) -> None:
    for share in (0.2, 0.5):
        await three.sent(share)
        await three.kill_one()
    await three.leases_run_out()
    await three.finished()
    three.seconds(2 * ON_THE_WIRE)


async def test_a_database_that_falls_loses_no_letter(three: Replicas) -> None:
    falls = (0.2, 0.5)
    for share in falls:
        await three.sent(share)
        await asyncio.to_thread(databases.server.crash)
    await three.leases_run_out()
    await three.finished()
    # What one had leased when it fell waits for the end of that lease, while others carry what came later.
    three.seconds(len(falls) * THREE * ON_THE_WIRE, in_order=False)


async def test_a_process_that_stands_still_past_its_lease_sends_nothing_three_times(three: Replicas) -> None:
    await three.sent(0.3)
    asleep = three.any_one()
    asleep.send_signal(signal.SIGSTOP)
    await three.leases_run_out()
    await three.finished()
    asleep.send_signal(signal.SIGCONT)
    three.post.queue(LETTERS // 10, three.clock())  # it carries its part of these, and what it held is not sent again
    await three.finished()
    assert await three.still()
    # The leases of the others have run out as well, and what was on the wire may come behind what was sent since.
    three.seconds(THREE * ON_THE_WIRE, in_order=False)

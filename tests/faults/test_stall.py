"""The event loop stands still for some seconds while letters are on the wire, reminders fall due and people write.

Telegram lives in a thread of its own here: its answers come in while the bot does not look.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from bot.actions.tasks import loaded, replan
from bot.sandbox.calls import Fault
from bot.sandbox.server import LocalTelegram
from storage import history, tasks
from tests.support.rig import IMPATIENT, MARKS, Rig, VirtualTime, assert_accounts, build
from tests.support.world import MONDAY, TOKEN

# Seconds. The bot waits 0.15 s between two pieces of an answer here and 5 s in life: it stands still for far longer.
STALL = 1.6
STOOD = timedelta(seconds=5)  # by the clock of the bot
NAMES = tuple(f"Person {number}" for number in range(1, 13))
DUE = MONDAY.replace(day=8, hour=17, minute=0)
MORNING, REMINDED = DUE.replace(hour=8), DUE - timedelta(hours=2)
ANSWER = Fault("delay", seconds=0.05)
WITHIN = 30.0


@dataclass
class Elsewhere:
    """A Telegram in another thread. `reached`: a letter has come there and is not answered yet."""

    server: LocalTelegram
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    reached: threading.Event = field(default_factory=threading.Event)

    def start(self) -> str:
        """Its root address."""
        threading.Thread(target=self.loop.run_forever, name="telegram", daemon=True).start()
        return self._ask(self.server.start()).result(WITHIN)

    def stop(self) -> None:
        self._ask(self.server.stop()).result(WITHIN)
        self.loop.call_soon_threadsafe(self.loop.stop)

    def say(self, account: int, text: str) -> None:
        """Somebody writes, whether the bot looks or not."""
        self.loop.call_soon_threadsafe(self.server.say, account, text)

    async def until(self, condition: Callable[[], bool]) -> None:
        assert await asyncio.wrap_future(self._ask(self.server.until(condition, WITHIN)))

    def _ask(self, work: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def _slowly(self, method: str, _: Any) -> Fault | None:
        if method != "sendMessage":
            return None
        self.reached.set()
        return ANSWER


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[tuple[Rig, Elsewhere]]:
    """A bot whose bell rings, and a Telegram that answers in a thread of its own."""
    clock = VirtualTime(MORNING)
    there = Elsewhere(LocalTelegram(TOKEN, clock))
    # On a busy machine an answer of the morning may come too late; the reminders are looked at one by one.
    rig = Rig(there.server, build(folder, there.start(), clock, rate=30), clock, folder, second=None)
    there.server.before = there._slowly
    await rig.app.start()
    await rig.listening()
    try:
        yield rig, there
    finally:
        await rig.app.stop()
        await asyncio.to_thread(there.stop)


async def postpone_some(rig: Rig, numbers: range, by: timedelta) -> None:
    """Let these tasks be due a little later: their reminders fall into the standstill."""

    def work(c: Any) -> None:
        for task in tasks.some(c, numbers).values():
            due = task.due_at + by
            tasks.change(c, task, due_at=due, original_due_at=due)
            replan(c, rig.app.office, loaded(c, task.id), rig.clock())

    await rig.app.store.write(work)


async def pass_the_morning(rig: Rig) -> None:
    """Until the last reminder of these tasks is the next thing to happen."""
    await rig.go(MORNING.replace(hour=9))
    for person in rig.people.values():
        person.news()
    rig.clock.now = REMINDED.astimezone(UTC)


def reminded(rig: Rig, name: str) -> list[str]:
    person = rig.people[name]
    return [text for text in person.texts[person.seen :] if "🔔" in text]


async def test_when_the_event_loop_stands_still_for_five_seconds_nothing_is_missed_or_said_twice(
    tmp_path: Path,
) -> None:
    assert 5 * IMPATIENT["read_timeout"] < STALL
    async with standing(tmp_path) as (rig, there):
        _, *staff = await rig.seed(*NAMES, due=DUE)
        await postpone_some(rig, range(7, 13), timedelta(seconds=3))
        await pass_the_morning(rig)
        there.reached.clear()
        await rig.app.ticks.plan()
        rig.app.ticks.start()
        while not there.reached.is_set():
            await asyncio.sleep(0)
        for number, person in enumerate(staff, 1):
            there.say(person.account, f"/progress UA-{number:03d} {number} while it stood")
        rig.clock.now += STOOD
        time.sleep(STALL)  # this is the fault: nothing in this loop moves
        assert len([name for name in NAMES if reminded(rig, name)]) < len(NAMES), "it stood still"
        await rig.app.ticks.plan()
        await there.until(lambda: all(reminded(rig, name) for name in NAMES) and not rig.server.unconfirmed)
        await rig.app.dispatcher.idle()
        await rig.app.ticks.deliver()
        for number, name in enumerate(NAMES, 1):
            (text,) = reminded(rig, name)
            assert not text.startswith(MARKS), "the answer had come in time"
            found = await rig.app.store.read(lambda c, key=number: history.of_task(c, key, ("report",), 9))
            assert [entry.details["note"] for entry in found] == ["while it stood"]
        await assert_accounts(rig, lambda letter: letter.kind == "agenda")

"""Power that fails at one commit, and people who go on living after it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine

from bot.app import App
from bot.sandbox.server import LocalTelegram
from storage import tables
from storage.database import Store, Work, _attempt, transaction
from tests.support.rig import Rig, VirtualTime, build
from tests.support.world import Person
from tests.support.writers import writer

T = TypeVar("T")

RATE = 30  # messages a second: three places on the wire, so that some letters wait
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\x38\x00\x00\x02\x58"  # as much of a picture as is looked at


class Power:
    """Fails at one commit, counted from 1 over all starts; remembers who wanted to write."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        """0: never. `after`: after the commit and before anybody hears of it, else before it."""
        self.at, self.after = at, after
        self.commits = 0
        self.writers: set[str] = set()

    def store(self, engine: Engine) -> Fragile:
        return Fragile(engine, self)


class Fragile(Store):
    """A database that hangs on that power."""

    def __init__(self, engine: Engine, power: Power) -> None:
        self.power = power
        self.dead, self.buried = threading.Event(), threading.Event()
        super().__init__(engine)

    def write(self, work: Work[T]) -> Coroutine[Any, Any, T]:  # not async: who calls is seen even if a task awaits
        self.power.writers.add(writer(sys._getframe(1)))
        return super().write(work)

    def _write_group(self, group: list[Any]) -> None:
        if not group or self.dead.is_set():
            return
        self.power.commits += 1
        if self.power.commits != self.power.at:
            super()._write_group(group)
            return
        if self.power.after:
            with transaction(self.engine) as connection:
                for order in group:
                    _attempt(connection, order.work)
        self.dead.set()
        self.buried.wait()


def fresh(folder: Path, url: str, clock: VirtualTime, store: Callable[[Engine], Store]) -> App:
    """A bot that draws the same picture of everything."""

    async def draw(_: str) -> bytes:
        return PNG

    return build(folder, url, clock, store, draw=draw, rate=RATE)


class Story:
    """People and a bot that may die once."""

    def __init__(self, rig: Rig, power: Power, code: str) -> None:
        self.rig = rig
        self.code = code  # an invitation of somebody who has not joined
        self.died = False
        self._power = power
        self._said: dict[str, tuple[str, int]] = {}  # what each said last, and the messages there were then

    @property
    def server(self) -> LocalTelegram:
        return self.rig.server

    def person(self, name: str) -> Person:
        """Somebody, also one who was never seen before."""
        return self.rig.people.get(name) or self.rig.stranger(name)

    async def begin(self) -> None:
        """A start of the bot."""
        await self._watch(asyncio.ensure_future(self._start()))

    async def _start(self) -> None:
        await self.rig.app.start()
        await self.rig.listening()

    async def again(self) -> None:
        """A stop and another start on the same database."""
        await self.do(App.stop)
        self.rig.app = self.fresh(self._power.store)
        await self.begin()

    def fresh(self, store: Callable[[Engine], Store] = Store) -> App:
        """Another bot on the same database."""
        return fresh(self.rig.folder, self.rig.app.settings.api_url, self.rig.clock, store)

    async def say(self, name: str, text: str, chat: int | None = None) -> None:
        """Somebody writes."""
        person = self.person(name)
        self._said[name] = text, len(person.messages)
        self.rig.server.say(person.account, text, chat_id=chat)
        await self.settle()

    async def send(self, name: str, file: str, caption: str) -> None:
        """Somebody sends a file."""
        person = self.person(name)
        self.rig.server.send_file(person.account, file, b"%PDF-1.7 " + file.encode(), "application/pdf", caption)
        await self.settle()

    async def act(self, deed: Callable[[], object]) -> None:
        """Something happens at Telegram."""
        deed()
        await self.settle()

    async def link(self, name: str, post: Callable[[str], object]) -> None:
        """Somebody asks for a code, once more when the answer was lost, and posts it in a chat of theirs."""
        person, code = self.person(name), ""
        while not code:
            before = len(person.texts)
            await self.say(name, "/link")
            code = next((text.split("/link ")[1].split()[0] for text in person.texts[before:] if "/link " in text), "")
        await self.act(lambda: post(code))
        await self.press(name, "✔️")

    async def repair(self, code: str) -> None:
        """A deadline that was typed wrongly is put right in the records."""
        with transaction(self.rig.app.store.engine) as connection:
            connection.execute(tables.tasks.update().where(tables.tasks.c.code == code).values(due_at=None))

    async def away(self, time: timedelta) -> None:
        """Telegram does not answer for so long, and then it does."""
        app = self.rig.app
        app.watch.beat()
        await self.do(App.remember)
        self.rig.clock.now += time
        self.rig.app.watch.beat()
        await self.do(App.remember)
        await self.settle()

    async def press(self, name: str, label: str) -> None:
        """Somebody presses a button that came since they wrote last; whose answer was lost asks once more."""
        person = self.person(name)
        if (found := self._with(person, label)) is None and name in self._said:
            await self.say(name, self._said[name][0])
            found = self._with(person, label)
        assert found is not None, f"{name} sees no {label!r}: {person.texts[-2:]}"
        self.rig.server.press(person.account, person.account, found["message_id"], label=label)
        await self.settle()

    def _with(self, person: Person, label: str) -> dict[str, Any] | None:
        fresh = person.messages[self._said.get(person.name, ("", 0))[1] :]
        return next((one for one in reversed(fresh) if any(label in key for key in person.labels(one))), None)

    async def settle(self) -> None:
        await self.survive(self.rig.settle)

    async def go(self, to: datetime) -> None:
        """Let time pass, a quarter of an hour at a time."""
        await self.survive(lambda: self.rig.go(to))

    async def go_on(self, *moments: datetime) -> None:
        """Let time pass to each of these moments."""
        for moment in moments:
            self.rig.clock.now = max(self.rig.clock.now, moment.astimezone(UTC))
            await self.settle()

    async def do(self, deed: Callable[[App], Awaitable[Any]]) -> None:
        """Something that the bot does by itself; if it dies over it, the next one does it."""
        await self.survive(lambda: deed(self.rig.app))

    async def survive(self, step: Callable[[], Awaitable[Any]]) -> None:
        """Take a step; if the power fails in it, start again and take it once more."""
        if await self._watch(asyncio.ensure_future(step())):
            await step()

    async def _watch(self, going: asyncio.Future[Any]) -> bool:
        """Until it is done, or until the power fails and another bot has begun; whether it did."""
        store = self.rig.app.store
        while isinstance(store, Fragile) and not going.done() and not store.dead.is_set():
            await asyncio.sleep(0.002)
        if not (isinstance(store, Fragile) and store.dead.is_set()):
            await going
            return False
        await cut(going)
        await self._bury(store)
        return True

    async def _bury(self, store: Fragile) -> None:
        """Nothing of the old bot goes on; a new one takes its place."""
        self.died = True
        app = self.rig.app
        # Also what only waits for the database in passing: the power fails for everything at once.
        tasks = (
            app._polling,
            app._menus,
            *app.dispatcher._loops,
            *app.dispatcher._workers.values(),
            *app.courier._trips,
        )
        await cut(*(task for task in tasks if task is not None))
        store.buried.set()
        await app.application.shutdown()
        await asyncio.to_thread(app.lock.release)
        await asyncio.to_thread(store.close)
        self.rig.app = self.fresh()
        await self._start()


async def cut(*tasks: asyncio.Future[Any]) -> None:
    """End tasks as a power cut does: what they still want to put in order waits for a database that is dead."""
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=0.01)

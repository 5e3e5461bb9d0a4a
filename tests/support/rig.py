"""The rig of the fault tests: a plan of faults per request, time that only a test moves, and the closing accounts.

Every scenario ends with `assert_accounts` (`tests/support/accounts.py`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from bot.actions import agendas
from bot.actions.tasks import loaded, replan
from bot.app import App, Wires
from bot.examining import SMALL
from bot.office import Office
from bot.sandbox.calls import Fault, Json
from bot.sandbox.server import LocalTelegram
from handlers.ports import Drawer
from storage import members, outbox, tasks, units
from storage.database import Store
from tests.support.accounts import (
    MARKS,
    SENDS,
    assert_copies,
    assert_database,
    check_books,
    reported_letters,
    unmarked,
)
from tests.support.labels import Tracks
from tests.support.world import MONDAY, TOKEN, Clock, Person, World, settings

__all__ = ["MARKS", "SENDS", "assert_copies", "assert_database", "check_books", "reported_letters", "unmarked"]

LONGEST_WAY = 100  # waits after a scenario
# Seconds; only a hanging call ever waits for them.
IMPATIENT = {"read_timeout": 0.3, "write_timeout": 0.3, "connect_timeout": 2.0}


@dataclass
class Planned:
    """A fault for the next `times` calls that fit; None fits everything."""

    fault: Fault
    method: str | None
    chat: int | None
    times: float
    text: str

    def fits(self, method: str, values: Json) -> bool:
        right_method = method in SENDS if self.method is None else method == self.method
        right_chat = self.chat is None or str(values.get("chat_id")) == str(self.chat)
        return self.times > 0 and right_method and right_chat and self.text in str(values.get("text", ""))


class FaultPlan:
    """What goes wrong next. Without a method: everything that sends."""

    def __init__(self, server: LocalTelegram) -> None:
        self.planned: list[Planned] = []
        self.used: Counter[str] = Counter()
        self.met: set[int | None] = set()  # the chats of which a planned fault was used
        server.before = self

    def next(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        chat: int | None = None,
        times: float = 1,
        text: str = "",
    ) -> None:
        """The next call that fits (or the next `times` ones) meets this fault."""
        self.planned.append(Planned(fault, method, chat, times, text))

    def always(self, fault: Fault, **fitting: Any) -> None:
        """Until `clear`."""
        self.next(fault, times=float("inf"), **fitting)

    def clear(self) -> None:
        """From now on everything goes well."""
        self.planned = []

    def __call__(self, method: str, values: Json) -> Fault | None:
        found = next((planned for planned in self.planned if planned.fits(method, values)), None)
        if found is None:
            return None
        found.times -= 1
        self.used[found.fault.kind] += 1
        self.met.add(found.chat)
        return found.fault


class VirtualTime(Clock):
    """One time for everything. Sleeping ends when the test has moved the time far enough; a breath moves it itself.

    `jump` moves what the machine of the bot takes for the time of day, and neither the world nor any waiting.
    """

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.wrong_by = timedelta(0)

    def right(self) -> datetime:
        return self.now - self.wrong_by

    def jump(self, by: timedelta) -> None:
        self.wrong_by += by
        self.now += by

    def monotonic(self) -> float:
        return self.right().timestamp()

    async def sleep(self, seconds: float) -> None:
        until = self.right() + timedelta(seconds=seconds)
        if seconds < 1:
            self.now += timedelta(seconds=seconds)
        while self.right() < until:
            await asyncio.sleep(0.01)  # nothing waits for this but the test itself
        await asyncio.sleep(0)


class Rig(World):
    """A world with a plan of faults. `second`: how many letters of a scenario may come twice, marked (None: any)."""

    clock: VirtualTime

    def __init__(
        self, server: LocalTelegram, app: App, clock: VirtualTime, folder: Path, second: int | None = 0
    ) -> None:
        self.tracks = Tracks()
        self.second = second
        super().__init__(server, app, clock)
        self.plan = FaultPlan(server)
        self.folder = folder

    @property
    def app(self) -> App:
        """The bot that runs now; each one's messages say for what they were made."""
        return self._app

    @app.setter
    def app(self, app: App) -> None:
        self.tracks.follow(app)
        self._app = app

    async def seed(self, *names: str, due: datetime, head: str = "Hoa Head") -> tuple[Person, ...]:
        """A head and members of one unit who have joined, each with one task in hand; written straight to storage."""
        lines = [f"{head}, Unit A, head, en", *(f"{name}, Unit A, member, en" for name in names)]
        await self.staff(*lines)
        found = tuple(self.stranger(name) for name in (head, *names))
        for person in found:
            self.server.person(person.account).wrote = True
        accounts = {person.name: person.account for person in found}
        await self.app.store.write(lambda c: _link(c, self.app.office, accounts, self.clock()))
        await self.app.store.write(lambda c: _give_work(c, self.app.office, names, due, self.clock()))
        return found

    async def finish(self) -> None:
        """Nothing goes wrong any more: let everything that waits have its turn."""
        self.plan.clear()
        for _ in range(LONGEST_WAY):
            await self.settle()
            due = await self.app.store.read(outbox.next_due)
            if due is None:
                return
            self.clock.now = max(self.clock.now + timedelta(seconds=1), due)  # what is due may wait for Telegram
        raise AssertionError("letters wait for ever")

    def ask_again_at_once(self) -> None:
        """Polling goes on right after a failure, in real time."""

        async def briefly(_seconds: float) -> None:
            await asyncio.sleep(0.01)

        self.app.poller._sleep = briefly

    async def listening(self) -> None:
        """Until the bot polls, if it does: it takes a lock before, in a thread."""
        while self.app.webhook is None and not self.app.lead.leads:
            await asyncio.sleep(0.001)

    async def restart(self) -> None:
        """Stop the bot and start another one on the same database."""
        await self.app.stop()
        await self.restart_only()
        await self.app.start()

    async def restart_only(self) -> None:
        """Another bot on the same database, not started yet."""
        self.app = build(self.folder, self.app.settings.api_url, self.clock)


def _link(connection: Connection, office: Office, accounts: Mapping[str, int], now: datetime) -> None:
    for member in members.every(connection):
        assert members.link(connection, member.id, accounts[member.name], now, 1)
    agendas.replan(connection, office, members.every(connection), units.every(connection), now)


def _give_work(connection: Connection, office: Office, names: Sequence[str], due: datetime, now: datetime) -> None:
    owners = {member.name: member for member in members.every(connection)}
    for number, name in enumerate(names, 1):
        values = {"code": f"UA-{number:03d}", "title": f"Work of {name}", "titles": {}, "product": "Report"}
        dates = {"assigned_at": now, "created_at": now, "planned_from": now, "due_at": due, "original_due_at": due}
        people = {"owner_id": owners[name].id, "unit_id": owners[name].unit_id, "assigner_id": None, "leader_id": None}
        work = {"difficulty": "normal", "state": "in_progress", "percent": 10}
        key = tasks.add(connection, **values, **dates, **people, **work)
        replan(connection, office, loaded(connection, key), now)


def build(
    folder: Path,
    url: str,
    clock: VirtualTime,
    store: Callable[[Engine], Store] = Store,
    small: int = SMALL,
    draw: Drawer | None = None,
    **changes: Any,
) -> App:
    """A bot on virtual time that waits for nobody; `draw` draws pictures instead of a process of its own."""
    times = {"monotonic": clock.monotonic, "pulse": clock.monotonic, "sleep": clock.sleep}
    wires = Wires(clock=clock, store=store, small=small, timeouts=IMPATIENT, end=lambda _status: None, **times)
    if draw is not None:
        wires = replace(wires, draw=draw)
    return App(settings(folder, url, **changes), TOKEN, wires)


@asynccontextmanager
async def rigged(folder: Path, now: datetime = MONDAY, *, second: int = 0, **changes: Any) -> AsyncIterator[Rig]:
    """A running bot on the rig, with these changes of its settings; the accounts are closed at the end of the block.

    `second`: how many second copies the scenario may lead to (those that break connections name it).
    """
    clock = VirtualTime(now)
    server = LocalTelegram(TOKEN, clock.right)
    url = await server.start()
    rig = Rig(server, build(folder, url, clock, **changes), clock, folder, second)
    try:
        await rig.app.start()
        await rig.listening()
        yield rig
        await rig.finish()
        await assert_accounts(rig)
    finally:
        await rig.app.stop()
        await server.stop()


async def assert_accounts(world: World, pending: Callable[[Any], bool] = lambda letter: False) -> None:
    """The closing checks. `pending` names letters that may still wait at the end of a scenario."""
    known = {"tracks": world.tracks, "second": world.second} if isinstance(world, Rig) else {}
    moved = {number: chat.migrated_to for number, chat in world.server.chats.items() if chat.migrated_to is not None}
    ledger = world.server.ledger
    await world.app.store.read(lambda c: check_books(c, ledger, pending, moved=moved, **known))

"""Killed at a commit: just before it, and just after it, at every commit of a whole story.

In this process: the writer of the database never answers again, everything in hand is cut off, and another bot
starts on the same file. The end of the story must be the same as without any crash. A short run tries every
seventeenth commit; DONDOC_LONG=1 tries all of them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from bot.sandbox.server import LocalTelegram
from storage import outbox, tables
from storage.database import Store, _attempt, transaction
from tests.support.rig import Rig, VirtualTime, assert_accounts, build, rigged
from tests.support.world import MONDAY, TOKEN

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
LONG = os.environ.get("DONDOC_LONG") == "1"
NAMES = ("Mai Member", "Binh Member")
STORY = (
    ("Mai Member", "/progress UA-001 40 first note"),
    ("Mai Member", "/progress UA-001 60 second note"),
    ("Binh Member", "/blocked UA-002 no budget; ask the council"),
    ("Mai Member", "/done UA-001 ready"),
    ("Hoa Head", "/return UA-001 the annex is missing"),
    ("Mai Member", "/done UA-001 with the annex"),
    ("Hoa Head", "/accept UA-001"),
    ("Hoa Head", "/urge UA-002"),
)


class Fragile(Store):
    """A database whose power fails at one commit; commits are counted from 1."""

    def __init__(self, engine: Engine) -> None:
        self.at, self.after, self.commits = 0, False, 0
        self.dead, self.buried = threading.Event(), threading.Event()
        super().__init__(engine)

    def arm(self, at: int, *, after: bool) -> None:
        """Fail at that commit: before it, or after it and before anybody hears of it."""
        self.at, self.after = at, after

    def _write_group(self, group: list[Any]) -> None:
        if not group or self.dead.is_set():
            return
        self.commits += 1
        if self.commits != self.at:
            super()._write_group(group)
            return
        if self.after:
            with transaction(self.engine) as connection:
                for order in group:
                    _attempt(connection, order.work)
        self.dead.set()
        self.buried.wait()


class Story:
    """The story on a bot that may die once."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.died = False

    async def tell(self) -> None:
        for name, text in STORY:
            self.rig.server.say(self.rig.people[name].account, text)
            await self.survive(self.rig.settle)
        await self.survive(lambda: self.rig.go(TUESDAY.replace(hour=9)))
        await self.survive(self.rig.finish)

    async def survive(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step; if the power fails in it, start again and take it once more."""
        store = self.rig.app.store
        going = asyncio.ensure_future(step())
        while isinstance(store, Fragile) and not going.done() and not store.dead.is_set():
            await asyncio.sleep(0.002)
        if isinstance(store, Fragile) and store.dead.is_set():
            await cut(going)
            await self.bury(store)
            await step()
        else:
            await going

    async def bury(self, store: Fragile) -> None:
        """Nothing of the old bot goes on; a new one takes its place."""
        self.died = True
        app = self.rig.app
        await cut(app._polling, *app.dispatcher._workers.values())
        store.buried.set()
        await app.application.shutdown()
        await asyncio.to_thread(store.close)
        await self.rig.restart_only()
        await self.rig.app.start()


async def cut(*tasks: asyncio.Future[Any]) -> None:
    """End tasks as a power cut does: what they still want to put in order waits for a database that is dead."""
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=0.01)


def end_of(connection: Connection) -> tuple[Any, ...]:
    """What a story has led to, without the moments at which it did."""
    t, h = tables.tasks, tables.history
    work = connection.execute(select(t.c.code, t.c.state, t.c.percent).order_by(t.c.id)).all()
    lines: dict[int | None, list[tuple[Any, ...]]] = {}
    for row in connection.execute(select(h.c.action, h.c.task_id, h.c.actor_id, h.c.details).order_by(h.c.id)):
        said = {key: row.details.get(key) for key in ("note", "step", "percent", "to")}
        lines.setdefault(row.task_id, []).append((row.action, row.actor_id, str(said)))
    letters = outbox.every(connection)
    told = Counter((letter.kind, letter.member_id, letter.state, about(letter)) for letter in letters)
    return work, lines, told


def about(letter: Any) -> str:
    """What a letter speaks of."""
    content = letter.content
    steps = [(step["task_id"], step["name"]) for step in content.get("steps", ())]
    return str((content.get("event"), content.get("task_id"), content.get("note"), steps))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database at the beginning of the story."""
    folder = tmp_path_factory.mktemp("template")

    async def make() -> None:
        async with rigged(folder, TUESDAY) as rig:
            await rig.seed(*NAMES, due=DUE)

    asyncio.run(make())
    return folder / "test.db"


async def play(folder: Path, template: Path, at: int, *, after: bool) -> tuple[Any, bool, int]:
    """The story with a power failure at that commit (0: none): its end, whether it died, how many commits."""
    folder.mkdir()
    shutil.copy(template, folder / "test.db")  # nobody has it open: the log of SQLite is empty
    clock = VirtualTime(TUESDAY)
    server = LocalTelegram(TOKEN, clock)
    url = await server.start()
    stores: list[Fragile] = []

    def make(engine: Engine) -> Store:
        stores.append(Fragile(engine))
        return stores[-1]

    # One commit is lost: of the head and two members each may get the letter on the wire once more.
    rig = Rig(server, build(folder, url, clock, make), clock, folder, second=3)
    for name in ("Hoa Head", *NAMES):
        server.person(rig.stranger(name).account).wrote = True
    story = Story(rig)
    try:
        await rig.app.start()
        before = stores[0].commits
        stores[0].arm(before + at if at else 0, after=after)
        await story.tell()
        stores[0].arm(0, after=False)
        await assert_accounts(rig)
        return await rig.app.store.read(end_of), story.died, stores[0].commits - before
    finally:
        await rig.app.stop()
        await server.stop()


async def test_a_crash_at_any_commit_changes_nothing_in_the_end(tmp_path: Path, template: Path) -> None:
    expected, _, commits = await play(tmp_path / "whole", template, 0, after=False)
    again, _, _ = await play(tmp_path / "again", template, 0, after=False)
    assert again == expected, "the story itself must always end in the same way"
    assert commits > 50
    deaths = 0
    for number in range(1, commits + 1, 1 if LONG else 17):
        for after in (False, True) if LONG else (number % 2 == 0,):
            found, died, _ = await play(tmp_path / f"{number}-{after}", template, number, after=after)
            assert found == expected, f"commit {number}, {'after' if after else 'before'} it"
            deaths += died
    assert deaths > 3

"""An update that kills the program every time it is handled: given up in the end, and its chat goes on.

No processes: a life is a dispatcher that is left as it is in the middle of the handling, its claim still standing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, select
from telegram import Bot, Update

from bot.mailbox import LEASE, Inbox
from handlers.dispatcher import TRIES, Dispatcher
from storage import tables
from storage.database import Store
from tests.support.world import MONDAY, TOKEN, Clock

DEADLY, HARMLESS, ELSEWHERE = 1, 2, 3  # ids of updates: two of one chat, one of another
LINES = {DEADLY: 7, HARMLESS: 7, ELSEWHERE: 8}


class Program:
    """What handles updates, over all lives: one of them stops it for ever."""

    def __init__(self) -> None:
        self.bot = Bot(TOKEN)
        self.bot_data: dict[Any, Any] = {}
        self.begun: list[int] = []
        self.dying = asyncio.Event()

    async def process_update(self, update: Update) -> None:
        self.begun.append(update.update_id)
        if update.update_id == DEADLY:
            self.dying.set()
            await asyncio.Event().wait()


class Lives:
    """One life of the program after the other on the same database."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock(MONDAY)
        self.program = Program()

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Dispatcher]:
        """Begins after the claims of the last one have run out; ends without a word to the database."""
        self.clock.now += LEASE * 2
        dispatcher = Dispatcher(self.program, Inbox(self.store, self.clock))  # type: ignore[arg-type]
        dispatcher.start()
        try:
            yield dispatcher
        finally:
            going = [*dispatcher._loops, *dispatcher._workers.values()]
            for task in going:
                task.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    async def die(self) -> None:
        """Live until the deadly update is in hand."""
        self.program.dying.clear()
        async with self.life():
            await asyncio.wait_for(self.program.dying.wait(), 10)

    async def outcomes(self) -> dict[int, str | None]:
        """What became of each update."""
        query = select(tables.inbox.c.id, tables.inbox.c.outcome)
        return {row.id: row.outcome for row in await self.store.read(lambda c: c.execute(query).all())}


@pytest.fixture
async def lives(engine: Engine) -> AsyncIterator[Lives]:
    store = Store(engine)
    made = Lives(store)
    updates = {number: {"update_id": number} for number in LINES}
    await Inbox(store, made.clock).accept(updates, LINES)
    yield made
    await asyncio.to_thread(store.close)


async def test_an_update_that_kills_the_program_every_time_is_given_up_and_its_chat_goes_on(
    lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(TRIES):
        await lives.die()
    assert lives.program.begun.count(DEADLY) == TRIES, "an innocent one must not be given up sooner"
    assert HARMLESS not in lives.program.begun, "the order of a chat is kept until then"
    async with lives.life() as dispatcher:
        await asyncio.wait_for(dispatcher.idle(), 10)
    assert lives.program.begun.count(DEADLY) == TRIES
    assert (lives.program.begun.count(HARMLESS), lives.program.begun.count(ELSEWHERE)) == (1, 1)
    assert await lives.outcomes() == {DEADLY: "given up", HARMLESS: "answered", ELSEWHERE: "answered"}
    assert f"update {DEADLY} was given up after {TRIES} starts" in caplog.text

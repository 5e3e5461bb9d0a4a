"""Telegram posts to three processes on one PostgreSQL: what one of them took is done once, whoever dies.

The test posts as Telegram does: again, to another one, until somebody has answered 200.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.mailbox import LEASE
from bot.sandbox.calls import Fault
from bot.sandbox.server import LocalTelegram
from handlers.webhook import HEADER
from storage import audit, inbox
from storage.database import Store
from tests.faults.test_kill import ACCOUNTS, reports
from tests.faults.test_replicas import staged
from tests.stories.test_webhook import SECRET, free_port
from tests.support.databases import databases
from tests.support.lives import LONG, Process, bot, kill, until
from tests.support.replica import SharedClock, claims

pytestmark = pytest.mark.only("postgres", "SQLite is for one process")

THREE = 3
UPDATES = 300 if LONG else 30  # of one round
PATH = "/hook"
TAKEN, NOT_TAKEN, SILENCE = HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE, None
AGAIN = 0.2  # seconds before what was not taken is posted again
SLOW = 1.0  # seconds for an answer, so that the updates behind it are claimed and not done
PATIENCE = 10.0  # seconds for one answer


class Replica:
    """A process and where it is posted to."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}{PATH}"


class Posting:
    """Telegram with updates for three processes, and what they answered."""

    def __init__(
        self,
        clock: SharedClock,
        server: LocalTelegram,
        store: Store,
        replicas: list[Replica],
        client: aiohttp.ClientSession,
    ) -> None:
        self.store = store
        self.replicas = replicas
        self.expected: Counter[tuple[int, str]] = Counter()
        self.answers: Counter[int | None] = Counter()
        self._clock = clock
        self._client = client
        self._ids = itertools.count(900_000_001)
        self._turns = itertools.count()
        self.answer_time = 0.0
        server.before = self._slow

    def _slow(self, method: str, values: dict[str, Any]) -> Fault | None:
        return Fault("delay", seconds=self.answer_time) if self.answer_time and method == "sendMessage" else None

    def update(self) -> dict[str, Any]:
        """Somebody reports; each report is one that must be done once."""
        key = next(self._ids)
        number = key % len(ACCOUNTS)
        note, account = f"note {key}", ACCOUNTS[number]
        text = f"/progress UA-{number + 1:03d} {key % 90} {note}"
        self.expected[number + 1, note] += 1
        marks = [{"type": "bot_command", "offset": 0, "length": len("/progress")}]
        person = {"id": account, "is_bot": False, "first_name": "Person"}
        chat = {"id": account, "type": "private", "first_name": "Person"}
        message = {"message_id": key, "date": 1, "chat": chat, "from": person, "text": text, "entities": marks}
        return {"update_id": key, "message": message}

    async def post(self, replica: Replica, update: dict[str, Any]) -> bool:
        """One try; whether it was taken."""
        sent = {"data": io.BytesIO(json.dumps(update).encode()), "headers": {HEADER: SECRET}}
        try:
            async with self._client.post(replica.url, **sent) as answer:  # type: ignore[arg-type]
                status: int | None = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = SILENCE
        self.answers[status] += 1
        return status == TAKEN

    async def post_until_taken(self, update: dict[str, Any]) -> None:
        """To one after the other, as a load balancer does, until one has taken it."""
        while not await self.post(self.replicas[next(self._turns) % len(self.replicas)], update):
            await asyncio.sleep(AGAIN)

    async def post_to_two(self, update: dict[str, Any]) -> None:
        """The same update to two of them at the same moment; both take it."""
        one = next(self._turns)
        both = [self.replicas[turn % len(self.replicas)] for turn in (one, one + 1)]
        assert all(await asyncio.gather(*(self.post(replica, update) for replica in both)))

    async def post_and_kill(self, replica: Replica, updates: list[dict[str, Any]]) -> None:
        """All at once; it dies at its first 200. What it did not take is posted to others."""
        posts = [asyncio.create_task(self.post(replica, update)) for update in updates]
        done, _ = await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
        kill(replica.process)
        assert any([await post for post in done])
        taken = await asyncio.gather(*posts)
        lost = [update for update, took in zip(updates, taken, strict=True) if not took]
        await asyncio.gather(*(self.post_until_taken(update) for update in lost))

    async def claimed(self) -> None:
        """Whatever was taken is in somebody's hands."""
        while await self.store.read(lambda c: inbox.unclaimed(c, self._clock())):
            await asyncio.sleep(0.01)

    def claims_run_out(self) -> None:
        """More time passes than a claim lasts."""
        self._clock.ahead(LEASE.total_seconds() + 1)

    async def done(self) -> None:
        """Everything that was taken is done once, and the history is whole."""
        assert await until(lambda: not self._waiting())
        assert await self.store.read(reports) == self.expected
        assert (await self.store.read(audit.verify)).problem is None

    def _waiting(self) -> bool:
        with self.store.engine.connect() as c:
            return inbox.oldest_waiting(c) is not None


@pytest.fixture
async def posting(tmp_path: Path) -> AsyncIterator[Posting]:
    client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
    hook = {"DONDOC_WEBHOOK_URL": f"http://127.0.0.1:9{PATH}", "DONDOC_WEBHOOK_SECRET": SECRET}
    async with staged(tmp_path) as stage, AsyncExitStack() as stack:
        await stack.enter_async_context(client)
        replicas = []
        for _ in range(THREE):
            port = free_port()
            listen = {"DONDOC_LISTEN": f"127.0.0.1:{port}"}
            replicas.append(
                Replica(
                    await stack.enter_async_context(bot(tmp_path, stage.url, stage.program, **hook, **listen)), port
                )
            )
        assert await until(lambda: sum(call.method == "setWebhook" for call in stage.server.ledger) == THREE)
        yield Posting(stage.clock, stage.server, stage.store, replicas, client)


async def test_what_one_of_three_took_is_done_once_also_when_it_or_the_database_falls(posting: Posting) -> None:
    await asyncio.gather(*(posting.post_to_two(posting.update()) for _ in range(UPDATES)))
    await posting.done()

    # The database falls and comes back while posts come in.
    crash = asyncio.create_task(asyncio.to_thread(databases.server.crash))
    while not crash.done():
        await asyncio.gather(*(posting.post_until_taken(posting.update()) for _ in range(THREE)))
    await crash
    assert posting.answers.keys() <= {TAKEN, NOT_TAKEN, SILENCE}
    assert posting.answers.keys() - {TAKEN}, "the database was never seen to be away"
    await posting.done()

    # One is killed when it has just said 200 once more; of what it took before it holds most.
    posting.answer_time = SLOW
    posts = [posting.post(posting.replicas[-1], posting.update()) for _ in range(UPDATES)]
    assert all(await asyncio.gather(*posts))
    await posting.claimed()
    await posting.post_and_kill(posting.replicas.pop(), [posting.update() for _ in range(UPDATES)])
    assert await posting.store.read(claims), "it had done everything before it was killed"
    posting.answer_time = 0.0
    posting.claims_run_out()
    await posting.done()

"""Handling: updates of one chat in their order, of different chats side by side; each marked as done afterwards.

Several processes may share one inbox: what this one handles it has claimed before, and it holds it by renewing the
claim. A process that was stopped for longer than that handles nothing it no longer holds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from telegram.ext import Application

from handlers.context import INTERRUPTED
from handlers.poller import parse
from handlers.ports import Mailbox
from storage.records import Claimed

log = logging.getLogger(__name__)

T = TypeVar("T")

# An update that stops the program each time is given up after so many starts. Not sooner: a program that is
# killed again and again by somebody else counts as well, and its updates are innocent.
TRIES = 50
LOOK_EVERY = 1.0  # seconds between looks for what others have stored or left behind
RENEW_EVERY = 5.0
SURE_FOR = 12.0  # seconds after a renewal in which what is held is held; well under the lease
PAUSE = 1.0  # seconds before something is tried again that the database refused
LONGEST = 120.0  # seconds for one update; what takes longer hangs, and must not keep its chat waiting for ever


class Dispatcher:
    """Gives stored updates to the handlers. `handled` is told the outcome of each. `monotonic` is in seconds."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        mailbox: Mailbox,
        handled: Callable[[str], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        self._interrupted: set[int] = application.bot_data.setdefault(INTERRUPTED, set())
        self._mailbox = mailbox
        self._handled = handled
        self._monotonic = monotonic
        self._lines: dict[int, deque[Claimed]] = defaultdict(deque)
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._known: set[int] = set()  # claimed and not dealt with
        self._sure_until = 0.0
        self._claiming = asyncio.Lock()
        self._news = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Look for updates from now on, also for those that an earlier process left behind."""
        self._loops = [asyncio.create_task(loop()) for loop in (self._look, self._keep)]
        self._news.set()

    def wake(self) -> None:
        """Something was stored."""
        self._news.set()

    async def idle(self) -> None:
        """Return when nothing is being handled or waiting."""
        while await self._claim() or self._workers:
            await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Let what is being handled finish for a moment; the rest is in the inbox, for whoever is there."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops = []
        self._lines.clear()
        running = list(self._workers.values())
        if running:
            await asyncio.wait(running, timeout=5)
        for worker in running:
            worker.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with suppress(Exception):  # if this fails, the leases run out
            await self._mailbox.release()

    async def _look(self) -> None:
        """Claim whenever something was stored, here or elsewhere."""
        while True:
            told = self._news.is_set()
            self._news.clear()
            try:
                if told or await self._mailbox.anything():
                    await self._claim()
            except Exception as error:
                log.warning("the inbox cannot be read (%s); trying again", type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY)

    async def _keep(self) -> None:
        """Renew what is held; forget what is not held any more."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            if self._known:
                with suppress(Exception):  # without a renewal nothing new is begun
                    await self._renew()

    async def _claim(self) -> int:
        """Claim what is free; how many there were."""
        async with self._claiming:
            begun = self._monotonic()
            claimed = [one for one in await self._mailbox.claim() if one.id not in self._known]
            if not self._known:
                self._sure_until = begun + SURE_FOR
            for one in claimed:
                self._enqueue(one)
            return len(claimed)

    async def _renew(self) -> None:
        begun = self._monotonic()
        held = await self._mailbox.renew()
        self._sure_until = begun + SURE_FOR
        for line in self._lines.values():
            for lost in [one for one in line if one.id not in held]:
                line.remove(lost)
                self._known.discard(lost.id)

    def _enqueue(self, one: Claimed) -> None:
        self._known.add(one.id)
        self._lines[one.line].append(one)
        if one.line not in self._workers:
            self._workers[one.line] = asyncio.create_task(self._work(one.line))

    async def _work(self, line: int) -> None:
        try:
            while self._lines.get(line):
                if self._monotonic() > self._sure_until:
                    await self._insist(self._renew)
                    continue
                one = self._lines[line].popleft()
                try:
                    await self._handle(one)
                finally:
                    self._known.discard(one.id)
        finally:
            self._lines.pop(line, None)
            self._workers.pop(line, None)

    async def _handle(self, one: Claimed) -> None:
        outcome = "answered"
        try:
            if one.again and await self._insist(lambda: self._mailbox.attempt(one.id)) >= TRIES:
                outcome = "given up"
                log.error("update %d was given up after %d starts", one.id, TRIES)
            else:
                await self._process(one)
        except Exception:
            outcome = "failed"
            log.exception("update %d could not be handled", one.id)
        await self._insist(lambda: self._mailbox.done(one.id, outcome))
        self._handled(outcome)

    async def _process(self, one: Claimed) -> None:
        """Hand it to the handlers, again while the database goes away under them: its effect is had once."""
        while True:
            async with asyncio.timeout(LONGEST):
                await self._application.process_update(parse(one.payload, self._application.bot))
            if one.id not in self._interrupted:
                return
            self._interrupted.discard(one.id)
            log.warning("update %d was interrupted: the database is away; trying again", one.id)
            await asyncio.sleep(PAUSE)
            if one.id not in await self._insist(self._mailbox.renew):
                return  # another process has taken it over, or its effect was committed after all

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Repeat what does nothing the second time until the database takes it."""
        while True:
            try:
                return await work()
            except Exception as error:
                log.warning("the inbox cannot be written (%s); trying again", type(error).__name__)
                await asyncio.sleep(PAUSE)

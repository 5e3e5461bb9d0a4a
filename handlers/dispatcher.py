"""Handling: updates of one chat in their order, of different chats side by side; each marked as done afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from typing import Any

from telegram.ext import Application

from handlers.poller import parse
from handlers.ports import Mailbox

log = logging.getLogger(__name__)

# An update that stops the program each time is given up after so many starts. Not sooner: a program that is
# killed again and again by somebody else counts as well, and its updates are innocent.
TRIES = 50


class Dispatcher:
    """Gives stored updates to the handlers."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any], mailbox: Mailbox) -> None:
        self._application = application
        self._mailbox = mailbox
        self._lines: dict[int, deque[tuple[int, Any, bool]]] = defaultdict(deque)
        self._workers: dict[int, asyncio.Task[None]] = {}

    async def recover(self) -> int:
        """Take up what was received but not dealt with before the last stop; how many."""
        left = await self._mailbox.waiting()
        for update_id, payload in left:
            self._enqueue(update_id, payload, again=True)
        return len(left)

    def take(self, update_id: int, payload: Any) -> None:
        """Handle a stored update soon."""
        self._enqueue(update_id, payload, again=False)

    async def idle(self) -> None:
        """Return when nothing is being handled or waiting."""
        while self._workers:
            await asyncio.wait(list(self._workers.values()))

    async def stop(self) -> None:
        """Let what is being handled finish for a moment; the rest is in the inbox."""
        self._lines.clear()
        running = list(self._workers.values())
        if running:
            await asyncio.wait(running, timeout=5)
        for worker in running:
            worker.cancel()

    def _enqueue(self, update_id: int, payload: Any, *, again: bool) -> None:
        line = _line_of(payload)
        self._lines[line].append((update_id, payload, again))
        if line not in self._workers:
            self._workers[line] = asyncio.create_task(self._work(line))

    async def _work(self, line: int) -> None:
        try:
            while self._lines.get(line):
                await self._handle(*self._lines[line].popleft())
        finally:
            self._lines.pop(line, None)
            self._workers.pop(line, None)

    async def _handle(self, update_id: int, payload: Any, again: bool) -> None:
        outcome = "answered"
        try:
            if again and await self._mailbox.attempt(update_id) > TRIES:
                outcome = "given up"
                log.error("update %d was given up after %d starts", update_id, TRIES)
            else:
                await self._application.process_update(parse(payload, self._application.bot))
        except Exception:
            outcome = "failed"
            log.exception("update %d could not be handled", update_id)
        await self._mailbox.done(update_id, outcome)


def _line_of(payload: Any) -> int:
    """The chat an update belongs to; 0 for one without."""
    for name in ("message", "channel_post", "my_chat_member"):
        if name in payload:
            return int(payload[name]["chat"]["id"])
    message = payload.get("callback_query", {}).get("message")
    return int(message["chat"]["id"]) if message else 0

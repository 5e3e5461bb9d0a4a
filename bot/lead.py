"""One process of several listens: the one that holds the lock. The others stand by and take over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

log = logging.getLogger(__name__)

TRY_EVERY = 1.0  # seconds
ASK_EVERY = 2.0
ANSWER_WITHIN = 3.0  # a lock that does not answer by then is lost


class Lock(Protocol):
    """See `storage.locks`. Called in threads, one call at a time."""

    def take(self) -> bool: ...
    def holds(self) -> bool: ...
    def release(self) -> None: ...


class Lead:
    """Runs `work` while the lock is held, and stops it at once when it is lost."""

    def __init__(self, lock: Lock, work: Callable[[], Awaitable[None]]) -> None:
        self._lock = lock
        self._work = work
        self._quiet = False
        self.leads = False

    async def run(self) -> None:
        """Take turns for as long as this lives. Ends only when `work` ends by itself, with what it raised."""
        while True:
            if await self._try(self._lock.take):
                await self._lead()
                self._quiet = False
            elif not self._quiet:
                self._quiet = True
                log.info("another process listens; standing by")
            await asyncio.sleep(TRY_EVERY)

    async def _lead(self) -> None:
        working = asyncio.ensure_future(self._work())
        self.leads = True
        log.info("this process listens now")
        try:
            while not working.done() and await self._try(self._lock.holds):
                await asyncio.wait({working}, timeout=ASK_EVERY)
            if working.done():
                working.result()
                raise RuntimeError("listening has ended")
            log.warning("the lock is lost: this process does not listen any more")
        finally:
            self.leads = False
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await asyncio.shield(asyncio.to_thread(self._lock.release))

    async def _try(self, step: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):  # not wait_for: before Python 3.12 it may swallow a cancellation
                return await asyncio.to_thread(step)
        except Exception as error:
            log.warning("the lock cannot be asked for (%s)", type(error).__name__)
            return False

"""Am I alive? The last answer to a poll and the oldest waiting letter; served under /healthz."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from storage import outbox
from storage.database import Store

DEAF_AFTER = 90.0  # seconds without an answer to a poll


class Watch:
    """Knows when the bot last heard from the messenger. `monotonic` is in seconds."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._heard = monotonic()
        self._runner: web.AppRunner | None = None

    def beat(self) -> None:
        """The messenger answered."""
        self._heard = self._monotonic()

    @property
    def deaf_for(self) -> float:
        """Seconds since the messenger last answered."""
        return self._monotonic() - self._heard

    async def health(self, _: web.Request) -> web.Response:
        """200 while updates come in, 503 when the bot is deaf. No personal data."""
        now = self._clock()
        waiting, due = await self._store.read(lambda c: (outbox.waiting(c), outbox.next_due(c)))
        well = self.deaf_for < DEAF_AFTER
        late = max(0.0, (now - due).total_seconds()) if due else 0.0
        body = {
            "ok": well,
            "seconds_since_poll": round(self.deaf_for, 1),
            "letters_waiting": waiting,
            "oldest_due_letter_seconds": round(late, 1),
        }
        return web.json_response(body, status=200 if well else 503)

    async def serve(self, listen: str) -> None:
        """Answer /healthz at "host:port"."""
        host, _, port = listen.rpartition(":")
        application = web.Application()
        application.router.add_get("/healthz", self.health)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host.strip("[]") or "127.0.0.1", int(port)).start()

    async def close(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

"""Am I alive? The last answer to a poll and the oldest waiting letter; served under /healthz and /metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from bot import burden
from bot.metrics import Metrics
from bot.office import Office
from storage import inbox, outbox
from storage.database import Store, Unavailable

DEAF_AFTER = 90.0  # seconds without an answer to a poll
COUNT_EVERY = 60.0  # seconds: the letters of a day are not counted for every look at the health
ANSWER_WITHIN = 5.0  # seconds for the database
LARGEST_BODY = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Stock:
    """What waits: how many letters, and for how many seconds the oldest due letter and received update."""

    letters: int
    letter_late: float
    update_late: float


class Watch:
    """Knows when the bot last heard from the messenger. `monotonic` is in seconds."""

    def __init__(
        self,
        store: Store,
        office: Office,
        clock: Callable[[], datetime],
        metrics: Metrics,
        listens: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._office = office
        self._counted: tuple[float, dict[str, Any]] | None = None
        self._metrics = metrics
        self._listens = listens
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
        """200 while all is well; 503 when the database is away, or when this process polls and is deaf."""
        stock = await self._take_stock()
        well = stock is not None and not (self._listens() and self.deaf_for >= DEAF_AFTER)
        body: dict[str, object] = {
            "ok": well,
            "seconds_since_poll": round(self.deaf_for, 1),
            "leader": self._listens(),
            "database": stock is not None,
            "letters_waiting": stock.letters if stock else None,
            "oldest_due_letter_seconds": round(stock.letter_late, 1) if stock else None,
            "letters_per_person": await self._letters() if stock else None,
        }
        return web.json_response(body, status=200 if well else 503)

    async def _letters(self) -> dict[str, Any]:
        """How many letters people got on the last full working day of the organisation and today so far."""
        moment, now = self._monotonic(), self._clock()
        if self._counted is None or moment - self._counted[0] >= COUNT_EVERY:
            self._counted = (moment, await self._store.read(lambda c: burden.count(c, self._office, now)))
        return self._counted[1]

    async def metrics(self, _: web.Request) -> web.Response:
        """Numbers for Prometheus. No personal data."""
        stock, metrics = await self._take_stock(), self._metrics
        metrics.since_poll.set(self.deaf_for)
        metrics.leader.set(self._listens())
        metrics.database_up.set(stock is not None)
        if stock is not None:
            metrics.letters_waiting.set(stock.letters)
            metrics.oldest_letter.set(stock.letter_late)
            metrics.oldest_update.set(stock.update_late)
        return web.Response(body=metrics.text(), headers={"Content-Type": metrics.media_type})

    async def _take_stock(self) -> Stock | None:
        """What waits; None when the database does not answer in time."""
        try:
            asked = self._store.read(lambda c: (outbox.waiting(c), outbox.next_due(c), inbox.oldest_waiting(c)))
            waiting, due, received = await asyncio.wait_for(asked, ANSWER_WITHIN)
        except (Unavailable, TimeoutError):
            return None
        now = self._clock()
        letter, update = ((now - at).total_seconds() if at else 0.0 for at in (due, received))
        return Stock(waiting, max(0.0, letter), max(0.0, update))

    async def serve(self, listen: str, *more: web.RouteDef) -> None:
        """Answer /healthz, /metrics and `more` at "host:port"."""
        host, _, port = listen.rpartition(":")
        application = web.Application(client_max_size=LARGEST_BODY)
        application.add_routes([web.get("/healthz", self.health), web.get("/metrics", self.metrics), *more])
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host.strip("[]") or "127.0.0.1", int(port)).start()

    async def close(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

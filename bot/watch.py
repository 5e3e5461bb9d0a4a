"""Am I alive? When the messenger last answered and when each part of the bot last finished a round.

Served under /healthz and /metrics. A part that is silent for `QUIET` seconds is noticed; one that does not come back by
itself within `STUCK` seconds ends the program, so that a supervisor starts it anew.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from bot import burden
from bot.metrics import Metrics
from bot.office import Office
from storage import inbox, outbox
from storage.database import Store, Unavailable

log = logging.getLogger(__name__)

QUIET: Final = 80.0  # seconds; a look every 5 to 10 s notices it within 90
STUCK: Final = 180.0
HEAR = "hear"  # the messenger answered a poll; its silence alone ends nothing, for asking again is all that helps
POLL = "poll"  # a try to poll came to an end, well or badly
PLAN, DELIVER = "plan", "deliver"  # a round came to a good end
WRITE = "write"  # the writer of the database came to the end of an order, well or badly
EARS: Final = frozenset({HEAR, POLL})  # of the process that polls only
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
    """Knows when what last happened. `monotonic` is in seconds.

    `listens`: whether this process polls; `holds`: whether its letters wait because the messenger does not answer.
    """

    def __init__(
        self,
        store: Store,
        office: Office,
        clock: Callable[[], datetime],
        metrics: Metrics,
        listens: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
        holds: Callable[[], bool] = lambda: False,
    ) -> None:
        self._holds = holds
        self._store = store
        self._office = office
        self._counted: tuple[float, dict[str, Any]] | None = None
        self._metrics = metrics
        self._listens = listens
        self._clock = clock
        self._monotonic = monotonic
        self._last = {HEAR: monotonic()}
        self._noticed: frozenset[str] = frozenset()
        self._silence: tuple[datetime, datetime] | None = None
        self._runner: web.AppRunner | None = None
        self._writing: asyncio.Task[None] | None = None
        self.heard_at: datetime | None = None

    def begin(self) -> None:
        """From now on every part has to show that it lives."""
        self._last |= dict.fromkeys((HEAR, POLL, PLAN, DELIVER, WRITE), self._monotonic())

    def listen(self) -> None:
        """This process polls from now on; what it heard before is no measure of what was missed."""
        self.heard_at = None
        self._last |= dict.fromkeys(EARS, self._monotonic())

    def beat(self) -> None:
        """The messenger answered."""
        now = self._clock()
        if self.heard_at is not None and self.deaf_for >= QUIET:
            self.silent_since(self.heard_at, now)
        self.heard_at = now
        self.done(HEAR)

    def silent_since(self, since: datetime, now: datetime) -> None:
        """Nothing was heard between these moments: now, or before the program was started."""
        self._silence = (self._silence or (since, now))[0], now

    def silence(self) -> tuple[datetime, datetime] | None:
        """The first and last moment of a silence that is over, each told once."""
        over, self._silence = self._silence, None
        return over

    def done(self, part: str) -> None:
        """A part has finished a round."""
        self._last[part] = self._monotonic()

    def lost(self, part: str) -> None:
        """A part has ended and will never show itself again."""
        self._last[part] = -math.inf

    def feel_the_writer(self) -> None:
        """Let the writer of the database show that it lives, by an order that does nothing."""
        if not self._store.writes:
            self.lost(WRITE)
        elif self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_nothing())

    async def _write_nothing(self) -> None:
        with suppress(Unavailable):  # an answer all the same
            await self._store.write(lambda _connection: None)
        self.done(WRITE)

    @property
    def listens(self) -> bool:
        """Whether this process polls."""
        return self._listens()

    @property
    def deaf_since(self) -> datetime | None:
        """When the messenger was last heard, if this process polls and has been deaf for long."""
        return self.heard_at if self.listens and self.deaf_for >= QUIET else None

    @property
    def deaf_for(self) -> float:
        """Seconds since the messenger last answered."""
        return self._monotonic() - self._last[HEAR]

    def quiet(self, seconds: float = QUIET) -> frozenset[str]:
        """The parts that have been silent for so long."""
        now, excused = self._monotonic(), frozenset() if self.listens else EARS
        return frozenset(part for part, last in self._last.items() if now - last >= seconds) - excused

    def look(self) -> frozenset[str]:
        """Log what has fallen silent and what is back; the parts that will not come back by themselves."""
        quiet = self.quiet()
        for part in sorted(quiet - self._noticed):
            log.critical("deaf: no sign of %r for %.0f seconds", part, QUIET)
        for part in sorted(self._noticed - quiet):
            log.warning("%r is back", part)
        self._noticed = quiet
        return self.quiet(STUCK) - {HEAR}

    async def health(self, _: web.Request) -> web.Response:
        """200 while all is well; 503 when the database is away, or a part of this process is silent.

        No personal data.
        """
        stock, quiet = await self._take_stock(), self.quiet()
        well = stock is not None and not quiet
        body: dict[str, object] = {
            "ok": well,
            "silent": sorted(quiet),
            "seconds_since_poll": round(self.deaf_for, 1),
            "leader": self.listens,
            "sending": not self._holds(),
            "database": stock is not None,
            "letters_waiting": stock.letters if stock else None,
            "oldest_due_letter_seconds": round(stock.letter_late, 1) if stock else None,
            "oldest_update_seconds": round(stock.update_late, 1) if stock else None,
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
        metrics.leader.set(self.listens)
        metrics.sending_held.set(self._holds())
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

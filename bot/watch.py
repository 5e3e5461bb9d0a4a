"""Am I alive, and do I write too much? The last poll, the oldest waiting letter, letters a day; under /healthz."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.office import Office
from bot.policy.calendar import WorkCalendar
from storage import outbox, units
from storage.database import Store

DEAF_AFTER = 90.0  # seconds without an answer to a poll
COUNT_EVERY = 60.0  # seconds: the letters of a day are not counted for every look at the health


class Watch:
    """Knows when the bot last heard from the messenger. `monotonic` is in seconds."""

    def __init__(
        self,
        store: Store,
        office: Office,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._office = office
        self._counted: tuple[float, dict[str, Any]] | None = None
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
            "letters_per_person": await self._letters(now),
        }
        return web.json_response(body, status=200 if well else 503)

    async def _letters(self, now: datetime) -> dict[str, Any]:
        """How many letters people got on the last full working day of the organisation and today so far."""
        moment = self._monotonic()
        if self._counted is None or moment - self._counted[0] >= COUNT_EVERY:
            self._counted = (moment, await self._store.read(lambda c: count(c, self._office, now)))
        return self._counted[1]

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


def count(connection: Connection, office: Office, now: datetime) -> dict[str, Any]:
    """Letters per person: for the last full working day and today, how many people, the mean and the most."""
    calendar = office.calendar(units.every(connection), None)
    today = calendar.local(now).date()
    days = {"last_working_day": calendar.shift(today, -1), "today": today}
    return {name: _of_day(connection, calendar, day) for name, day in days.items()}


def _of_day(connection: Connection, calendar: WorkCalendar, day: date) -> dict[str, Any]:
    begin, end = (calendar.at(day + timedelta(days=n), time(0)) for n in (0, 1))
    letters, people, most = outbox.per_member(connection, begin, end)
    return {"people": people, "mean": round(letters / people, 2) if people else 0.0, "most": most}

"""What happens by itself: plan, deliver, tidy. APScheduler is only the bell; what is due is in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection

from bot import clocks, planning
from bot.actions import agendas
from bot.actions.sparing import Heard
from bot.delivery import Courier
from bot.metrics import Metrics
from bot.office import Office
from bot.watch import DELIVER, PLAN
from storage import marks, outbox
from storage.database import Store, Unavailable, raise_failure

log = logging.getLogger(__name__)

PLAN_EVERY = 3  # seconds: with a round of delivery, what is due leaves within 5
DELIVER_EVERY = 1
TIDY_EVERY = 3600


class Portion(Protocol):
    """One portion of one kind of planning; how much was looked at."""

    def __call__(self, connection: Connection, office: Office, now: datetime, *, heard: Heard) -> int | None: ...


class Ticks:
    """The things that are done again and again. Every one of them may be run at any time, and twice."""

    def __init__(
        self,
        store: Store,
        office: Office,
        courier: Courier,
        clock: Callable[[], datetime],
        metrics: Metrics,
        done: Callable[[str], None] = lambda _part: None,
    ) -> None:
        """`done` hears of every round that ended well."""
        self._done = done
        self._store = store
        self._office = office
        self._courier = courier
        self._clock = clock
        self._metrics = metrics
        self._bell: Any = None
        self._seen: datetime | None = None  # what the clock showed at the last planning
        self._planned = asyncio.Event()  # nothing leaves before: what a pause left behind is to be one message

    async def plan(self) -> None:
        """Queue everything that has become due. What fails keeps nothing else from being queued, and is raised then."""
        await self._mind_the_clock()
        wrong = await self._each(planning.remind, agendas.plan)  # these gather what the reminders left for them
        self._planned.set()
        wrong += await self._each(planning.summarise, planning.recur)
        if wrong:
            raise wrong[0] if len(wrong) == 1 else ExceptionGroup("several kinds of work failed", wrong)
        self._done(PLAN)

    async def _each(self, *portions: Portion) -> list[Exception]:
        """Do all of these; what went wrong. Raises at once when the database failed: then nothing else can be done."""
        wrong: list[Exception] = []
        for portion in portions:
            try:
                await self._portions(portion)
            except Exception as error:
                raise_failure(error)
                wrong.append(error)
        return wrong

    async def _portions(self, portion: Portion) -> None:
        """One transaction for each portion, until nothing of it is left; with nothing due there is one."""
        now = self._clock()

        def work(connection: Connection) -> bool:
            return not _held(connection) and bool(portion(connection, self._office, now, heard=self._metrics.spared))

        while await self._store.write(work):
            self._done(PLAN)

    async def _mind_the_clock(self) -> None:
        """When the clock was put back, begin with what it has left behind."""
        now = self._clock()
        if clocks.is_back(self._seen, now):
            await self._store.write(lambda c: clocks.put_back(c, self._office, now))
        self._seen = now

    async def held(self) -> bool:
        """Whether nothing is said until an administrator decides, because the database is an older copy."""
        return await self._store.read(_held)

    async def deliver(self) -> None:
        """Send until nothing that is due is left, and what is under way has arrived."""
        now, busy = self._clock(), self._courier.busy
        if await self._store.read(lambda c: not _held(c) and (busy or outbox.anything_due(c, now))):
            await self._courier.deliver(moved=lambda: self._done(DELIVER))
        self._done(DELIVER)

    async def _ring(self) -> None:
        """Deliver, after the first planning: the bot does not know before what it has missed."""
        if not self._planned.is_set():
            try:
                await self.plan()
            finally:
                self._planned.set()  # what can be sent is not to wait for what cannot be planned
        await self.deliver()

    async def tidy(self) -> None:
        """Remove what is no longer needed."""
        await self._store.write(lambda connection: planning.tidy(connection, self._clock()))

    async def settle(self) -> None:
        """Do now whatever is due: after a jump of the clock, and in tests."""
        await self.plan()
        await self.deliver()

    def start(self) -> None:
        """Ring from now on. A ring that comes late is rung once; a round that takes long is not doubled."""
        self._bell = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        rounds = (
            ("plan", self.plan, PLAN_EVERY),
            ("deliver", self._ring, DELIVER_EVERY),
            ("tidy", self.tidy, TIDY_EVERY),
        )
        for name, work, seconds in rounds:
            self._bell.add_job(_guarded(name, work, self._metrics), "interval", seconds=seconds)
            if work != self.plan:  # and at once: what a crash left has waited enough; the first delivery plans
                self._bell.add_job(_guarded(name, work, self._metrics))
        self._bell.start()

    def stop(self) -> None:
        """Stop ringing."""
        if self._bell is not None:
            self._bell.shutdown(wait=False)
            self._bell = None


def _held(connection: Connection) -> bool:
    return marks.get(connection, marks.HELD) is not None


def _guarded(name: str, work: Callable[[], Awaitable[None]], metrics: Metrics) -> Callable[[], Awaitable[None]]:
    async def ring() -> None:
        try:
            await metrics.timed(name, work)
        except asyncio.CancelledError:
            log.info("%s was interrupted by the stop", name)
        except Unavailable as error:
            log.warning("%s failed and will be tried again: %s", name, error)
        except Exception:
            # The next ring tries again: what was due is still due, it is in the database.
            log.exception("%s failed and will be tried again", name)

    return ring

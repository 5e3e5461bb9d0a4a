"""What must outlive a restart: pauses, the last sign of life, and how far the history had come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot import clocks, seen
from bot.actions import silences
from bot.office import Office
from bot.watch import Watch
from handlers.limits import Gate
from storage import chats, marks
from storage.database import Store, Unavailable

log = logging.getLogger(__name__)

ALL_CHATS = 0  # the address under which a pause of all chats is stored
EVERY = timedelta(seconds=30)  # how often the last sign of life is stored
PATIENCE = 5.0  # seconds: whoever looks whether all is well must not wait here; what was begun ends all the same


class Remembering:
    """Stores in time what the next start needs, and takes it up then."""

    def __init__(self, store: Store, office: Office, clock: Callable[[], datetime], gate: Gate, watch: Watch) -> None:
        self._store = store
        self._office = office
        self._clock = clock
        self._gate = gate
        self._watch = watch
        self._stored_at = datetime.min.replace(tzinfo=UTC)
        self._deaf_since: datetime | None = None  # noted already

    async def take_up(self) -> None:
        """At a start: keep quiet where we were told to, and altogether when the database is an older copy."""
        kept, shown = await self._store.read(lambda c: (chats.load_pauses(c), marks.get(c, marks.CLOCK)))
        now = self._clock()
        noted = shown if shown is not None and clocks.is_back(shown, now) else now
        self._gate.resume({to or None: (until - noted).total_seconds() for to, until in kept.items() if until > noted})
        if noted is not now:
            await self._store.write(lambda c: clocks.put_back(c, self._office, now))
        await self._store.write(self._hold_an_older_copy)

    def _hold_an_older_copy(self, connection: Connection) -> None:
        note = seen.note_of(self._store.engine)
        if note is not None and seen.is_older_copy(connection, note):
            marks.put(connection, marks.HELD, self._clock())
        if marks.get(connection, marks.HELD) is not None:
            log.critical("the database is an older copy: nothing is said until `dondoc resume` decides")

    async def count_silence(self) -> None:
        """How long nobody listened before this process does: presses of that time may be lost as well."""
        with suppress(Unavailable):
            before = await self._store.read(lambda c: marks.get(c, marks.HEARD))
            if before is not None:
                self._watch.silent_since(before, self._clock())
                await self._store.write(lambda c: silences.last(c, before))

    async def forget_silence(self) -> None:
        """What nobody heard before this start was not lost."""
        await self._store.write(silences.forget)

    async def pauses(self) -> None:
        """Note how long we were told to keep quiet; while the database is away, at the next round."""
        now = self._clock()
        until = {address or ALL_CHATS: now + timedelta(seconds=left) for address, left in self._gate.pauses().items()}
        if until:
            with suppress(Unavailable):
                await self._store.write(lambda connection: _keep(connection, until, now))

    async def store(self) -> None:
        """Store what must outlive a restart; tell people of a silence that is over."""
        await self.pauses()
        now, silence = self._clock(), self._watch.silence()
        if silence is not None:
            await self._tell(silence, now)
        elif (since := self._watch.deaf_since) is not None and since != self._deaf_since:
            await self._store.write(lambda c: silences.last(c, since))
            self._deaf_since = since
        if silence is not None or not self._stored_at <= now < self._stored_at + EVERY:
            await self._note_signs(self._watch.heard_at, now)
            self._stored_at = now

    async def _tell(self, silence: tuple[datetime, datetime], now: datetime) -> None:
        try:
            await self._store.write(lambda c: silences.end(c, self._office, *silence, now))
        except BaseException:
            self._watch.silent_since(*silence)  # still owed: told at a later round
            raise

    async def store_in_time(self) -> None:
        """The same; a database that is full, locked or hangs is noticed by the rounds that need it, not here."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.store()
        except Exception:
            log.exception("pauses and the last sign of life could not be stored")

    async def _note_signs(self, heard_at: datetime | None, now: datetime) -> None:
        def put(connection: Connection) -> None:
            marks.put(connection, marks.CLOCK, now)
            if heard_at is not None and self._watch.listens:  # of several processes the one that polls knows
                marks.put(connection, marks.HEARD, heard_at)

        await self._store.write(put)
        if (note := seen.note_of(self._store.engine)) is not None:
            await self._store.read(lambda c: seen.write(c, note))


def _keep(connection: Connection, until: Mapping[int, datetime], now: datetime) -> None:
    """Pauses, and by which clock they end."""
    chats.save_pauses(connection, until)
    marks.put(connection, marks.CLOCK, now)

"""Letters on their way: leased, asked again at the door, recorded before and after the attempt.

A pipeline: while some letters are on the wire the next ones are leased and looked at, and what several letters
want to record at the same moment is one transaction. The attempt is committed before the socket is touched: after
a crash the letter may be repeated once, marked as a repetition, and never a third time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import doorstep
from bot.actions import gathering, holding
from bot.breaker import Breaker
from bot.checking import Inspector
from bot.doorstep import Found, NotNow, Ready
from bot.office import Office
from bot.policy import retry
from bot.postbook import Made, PostBook
from handlers.ports import Delivery, Post, TooLate
from storage import outbox
from storage.database import Store, raise_failure
from storage.records import Letter

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
SPARE = timedelta(seconds=30)  # so much of a lease is left when it is renewed
ANSWER_TIME = 0.1  # seconds that Telegram takes: so much of the rate is on the wire
BUSY = 100  # messages a second: above, a letter also waits for its page of the book, which many share
PAGE_TIME = 0.1  # seconds of that wait, for the pages before and after the attempt
FEW, MANY = 3, 200  # places on the wire, at least and at most
AHEAD = 0.5  # seconds: for so long, about, a letter that was looked at waits for its turn
LINE = 16, 400  # letters that wait for their turn, at least and at most
LOOK_AGAIN = 0.2  # seconds between two looks for letters while the last ones are under way
LOOK_UP = 10.0  # seconds after which a round that waits for room shows that it goes on
MOST_ERRORS = 10  # attempts to prepare a letter that breaks the program


def places(rate: float) -> int:
    """How many letters may be on the wire at `rate` messages a second: also the most that a crash can repeat."""
    return min(MANY, max(FEW, round(rate * ANSWER_TIME + max(0, rate - BUSY) * PAGE_TIME)))


@dataclass(eq=False, slots=True)
class _Trip:
    """One letter under way, and until when it is ours; `begun` when its attempt is recorded."""

    letter: Letter
    ready: Ready
    held_until: datetime
    begun: bool = False


class Courier:
    """Delivers what waits in the outbox."""

    def __init__(
        self, store: Store, office: Office, post: Post, clock: Callable[[], datetime], rate: float = 30.0
    ) -> None:
        """`rate`: messages a second that may be sent at the most."""
        self._store = store
        self._office = office
        self._post = post
        self._clock = clock
        self._room = places(rate) + min(LINE[1], max(LINE[0], round(rate * AHEAD)))
        self._wire = asyncio.Semaphore(places(rate))
        self._inspector = Inspector(store, post, clock)
        self._book = PostBook(store, office, clock)
        self._breaker = Breaker(post.reachable, clock)
        self._round = asyncio.Lock()
        self._trips: dict[asyncio.Task[None], _Trip] = {}
        self._ashore: dict[int, Letter] = {}  # leased, and neither under way nor put aside
        self._moved = asyncio.Event()  # a letter has arrived or failed: there may be room for the next
        self._broken: BaseException | None = None
        self._resting = False
        self._served = 0  # the unit whose turn it was last

    async def deliver(self, most: int | None = None, moved: Callable[[], None] = lambda: None) -> int:
        """Carry everything that is due, `most` letters at the most; how many were looked at.

        `moved` is called again and again while this goes on: a long round is no silence.

        Ends when nothing that is due is left, or soon after it is cancelled: what is on the wire is recorded first.
        """
        async with self._round:
            looked = 0
            try:
                while not self._resting and self._broken is None and await self._may_leave():
                    room = self._breaker.room(self._room) - len(self._trips)
                    letters = await self._lease(room if most is None else min(room, most - looked))
                    looked += len(letters)
                    await self._set_out(letters, moved)
                    if not letters and not self._trips:
                        break
                    await self._wait(idle=not letters)
                    moved()
            finally:
                await self._come_home()
            if self._broken is not None:
                broken, self._broken = self._broken, None
                raise broken
            return looked

    @property
    def holds(self) -> bool:
        """Whether letters wait because the messenger does not say what becomes of them."""
        return self._breaker.closed

    @property
    def busy(self) -> bool:
        """Whether a round is under way."""
        return self._round.locked()

    async def rest(self) -> None:
        """Let nothing more leave; returns when what was on the wire is recorded."""
        self._resting = True
        self._moved.set()
        async with self._round:
            return

    async def _may_leave(self) -> bool:
        """Whether anything may leave; in doubt what has not begun is called back, and the messenger is asked."""
        if not self._breaker.closed:
            return True
        await self._come_home()
        return await self._breaker.ask()

    async def _lease(self, room: int) -> tuple[Letter, ...]:
        if room <= 0:
            return ()
        now, after = self._clock(), self._served
        astray = [trip for trip in self._trips.values() if not now + SPARE < trip.held_until <= now + LEASE]

        def work(connection: Connection) -> tuple[Letter, ...]:
            # The clock has jumped, or we have stood still: what is under way here must not look left behind.
            outbox.renew(connection, [trip.letter for trip in astray], now + LEASE)
            leased = outbox.lease(connection, now, now + LEASE, room, after)
            return self._gather(connection, leased, now)

        leasing = asyncio.ensure_future(self._store.write(work))
        try:
            letters = await asyncio.shield(leasing)
        finally:  # who is cancelled meanwhile has leased them all the same
            self._ashore |= {letter.id: letter for letter in await leasing}
        for trip in astray:
            trip.held_until = now + LEASE
        self._served = letters[-1].queue if letters else after
        return letters

    def _gather(self, connection: Connection, letters: tuple[Letter, ...], now: datetime) -> tuple[Letter, ...]:
        """What is late as one message a reader; a reader with whom that breaks the program gets letter by letter."""
        if not letters:
            return letters
        try:
            with connection.begin_nested():
                return gathering.gather(connection, self._office, letters, now, now + LEASE)
        except Exception as error:
            raise_failure(error)
            if len(letters) > 1:
                return tuple(one for letter in letters for one in self._gather(connection, (letter,), now))
            log.exception("letter %d could not be gathered with others", letters[0].id)
            return letters

    async def _wait(self, *, idle: bool) -> None:
        """Until there is room for a few, but not for ever; when nothing was due, until it is worth looking again."""
        enough = self._room // 2
        deadline = asyncio.get_running_loop().time() + (LOOK_AGAIN if idle else LOOK_UP)
        while self._trips and not self._resting and not self._breaker.closed and (idle or len(self._trips) > enough):
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._moved.wait()
            self._moved.clear()
            if asyncio.get_running_loop().time() >= deadline:
                return

    async def _set_out(self, letters: Sequence[Letter], moved: Callable[[], None]) -> None:
        """Look at these letters and start those that may leave; the others first, then posts whose chat is unknown."""
        if not letters:
            return
        found = list(zip(letters, await self._look(letters), strict=True))
        await self._start([(letter, one) for letter, one in found if not _is_unchecked(one)])
        unchecked = [letter for letter, one in found if _is_unchecked(one)]
        if unchecked:
            await self._inspector.look(moved)
            await self._start(list(zip(unchecked, await self._look(unchecked), strict=True)))

    async def _start(self, looked_at: Sequence[tuple[Letter, Found]]) -> None:
        for letter, one in looked_at:
            if isinstance(one, Ready):
                trip = _Trip(letter, one, self._clock() + LEASE)
                task = asyncio.create_task(self._carry(trip))
                del self._ashore[letter.id]
                self._trips[task] = trip
                task.add_done_callback(self._arrived)
        kept = [(letter, one) for letter, one in looked_at if isinstance(one, NotNow)]
        await asyncio.gather(*(self._put_aside(letter, one) for letter, one in kept))

    async def _look(self, letters: Sequence[Letter]) -> list[Found]:
        """All at once; when that fails, one by one: a letter that breaks the program must not stop the others."""
        now = self._clock()
        try:
            return await self._store.read(lambda c: doorstep.look(c, self._office, letters, now))
        except Exception as error:
            if len(letters) > 1:
                return [(await self._look([letter]))[0] for letter in letters]
            return [self._broken_letter(letters[0], error)]

    def _broken_letter(self, letter: Letter, error: Exception) -> NotNow:
        log.error("letter %d (%s) could not be prepared", letter.id, letter.kind, exc_info=error)
        if letter.attempts >= MOST_ERRORS:
            return NotNow("failed", "error", tried=True)
        return NotNow("waiting", "error", self._clock() + retry.backoff(letter.attempts + 1), tried=True)

    async def _put_aside(self, letter: Letter, found: NotNow) -> None:
        try:
            await self._book.set_aside(letter, found)
        except Exception:
            # Its lease runs out, then it is looked at again.
            log.exception("letter %d (%s) could not be put aside", letter.id, letter.kind)
        self._ashore.pop(letter.id, None)

    async def _carry(self, trip: _Trip) -> None:
        """One letter: from here to Telegram and into the records."""
        try:
            delivery = await self._send(trip)
            if delivery is not None:
                self._breaker.learn(delivery.kind)
                await self._book.record(Made(trip.letter, trip.ready, delivery))
        except Exception:
            # Its lease runs out; it counts as a copy that may have arrived.
            log.exception("what became of letter %d (%s) could not be recorded", trip.letter.id, trip.letter.kind)
        finally:
            if trip.begun:
                self._wire.release()

    async def _send(self, trip: _Trip) -> Delivery | None:
        """What became of the attempt; None when none was made."""
        letter, ready = trip.letter, trip.ready

        async def begin() -> None:
            await self._take_place()
            trip.begun = True
            if not await self._book.attempt(letter):
                raise TooLate

        repeated = letter.copies > 0
        try:
            return await self._post.send(ready.address, ready.notice, ready.facts, repeated=repeated, begin=begin)
        except TooLate:
            return None  # the lease was lost: somebody else carries it now
        except Exception as error:
            if trip.begun:
                log.exception("letter %d (%s) broke off", letter.id, letter.kind)
                return Delivery("unknown", reason="error")
            await self._put_aside(letter, self._broken_letter(letter, error))
            return None

    async def _take_place(self) -> None:
        """A place on the wire; in doubt there is none, and the letter waits until it is called back."""
        await self._wire.acquire()
        if self._breaker.closed:
            self._wire.release()
            await asyncio.Event().wait()

    def _arrived(self, task: asyncio.Task[None]) -> None:
        del self._trips[task]
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()
        self._moved.set()

    async def _come_home(self) -> None:
        """Call back what has not begun and wait for the rest; nothing stays leased."""
        back = {task: trip for task, trip in self._trips.items() if not trip.begun}
        for task in back:
            task.cancel()
        await asyncio.gather(*self._trips, return_exceptions=True)
        letters = [*self._ashore.values(), *(trip.letter for task, trip in back.items() if task.cancelled())]
        self._ashore = {}
        if letters:
            await self._store.write(lambda c: outbox.release(c, letters))


def _is_unchecked(found: Found) -> bool:
    return isinstance(found, NotNow) and found.reason == holding.UNCHECKED

"""Deaf for one of many causes: noticed within 90 seconds, and healed, or ended for the supervisor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter

from bot import lead, remembering
from bot.metrics import Metrics
from bot.ticks import _guarded
from bot.watch import DELIVER, HEAR, PLAN, POLL, QUIET, STUCK, WRITE, Watch
from bot.watchdog import EVERY, PATIENCE, STATUS, Watchdog
from handlers import dispatcher, poller
from handlers.outcomes import NotDelivered, Uncertain
from handlers.poller import TIMEOUT, Poller
from storage import locks, outbox
from storage.database import Store, Unavailable, open_engine
from storage.notices import TaskNews
from tests.support.rig import Rig, VirtualTime, build, rigged
from tests.support.world import MONDAY

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)


class Enough(Exception):
    """The virtual time of a test is over."""


class Ears:
    """A poller on virtual time; `answer` is what every call for updates meets."""

    def __init__(self, answer: Callable[[], Any], stored: bool = True) -> None:
        self.now, self.end, self.answer, self.stored = 0.0, QUIET + 5, answer, stored
        self.watch = Watch(None, None, lambda: MONDAY, None, lambda: True, lambda: self.now)  # type: ignore[arg-type]
        self.watch.begin()
        self.poller = Poller(self, self, lambda *_: None, self.watch.beat, self.sleep, self.tried)  # type: ignore[arg-type]

    async def _post(self, *_: Any, **__: Any) -> Any:
        self.now += 1
        if self.now >= self.end:
            raise Enough
        return self.answer()

    async def accept(self, updates: Any, lines: Any) -> None:
        if not self.stored:
            raise OSError("disk full")

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self.end:
            raise Enough

    def tried(self) -> None:
        self.watch.done(POLL)

    async def listen(self, until: float) -> None:
        self.end = until
        for part in (PLAN, DELIVER, WRITE):
            self.watch.done(part)
        with pytest.raises(Enough):
            await self.poller.run()


def failing(error: Exception) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer


DEAF_EARS = {
    "401": failing(InvalidToken()),
    "404": failing(EndPointNotFound("Not Found")),
    "409": failing(Conflict("terminated by other getUpdates request")),
    "429": failing(RetryAfter(timedelta(seconds=20))),
    "no name (DNS)": failing(NotDelivered("dns")),
    "refused": failing(NotDelivered("connect")),
    "a half-open connection": failing(Uncertain("timeout")),
    "502 or half an answer": failing(Uncertain("bad_answer")),
    "a bug in the library": failing(RuntimeError("bug")),
}


@pytest.mark.parametrize("cause", DEAF_EARS)
async def test_silence_of_the_messenger_is_noticed_and_healed_by_asking_on(
    cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    ears = Ears(DEAF_EARS[cause])
    await ears.listen(until=QUIET + 5)
    assert HEAR in ears.watch.quiet()
    ears.watch.look()
    assert "deaf: no sign of 'hear'" in caplog.text
    await ears.listen(until=STUCK + 60)
    assert ears.watch.look() == frozenset(), "nothing is gained by a new start: asking goes on"
    ears.answer = list
    await ears.listen(until=STUCK + 110)
    assert HEAR not in ears.watch.quiet()


async def test_updates_that_cannot_be_stored_count_as_not_heard() -> None:
    ears = Ears(lambda: [{"update_id": 7}], stored=False)
    await ears.listen(until=QUIET + 5)
    assert HEAR in ears.watch.quiet()
    ears.stored = True
    await ears.listen(until=QUIET + 40)
    assert HEAR not in ears.watch.quiet()


async def stop_polling(rig: Rig) -> None:
    rig.app._polling.cancel()
    await asyncio.gather(rig.app._polling, return_exceptions=True)


async def hang_polling(rig: Rig) -> None:
    """The call for updates is on its way and never returns; nothing but its silence tells."""
    assert await rig.server.until(lambda: rig.server._poll > 0, 10)


async def break_planning(rig: Rig) -> None:
    await rig.app.store.write(lambda c: c.exec_driver_sql("alter table members rename to gone"))


async def kill_the_writer(rig: Rig) -> None:
    """An error where none was expected: outside the transaction."""

    def fail(_group: Any) -> None:
        raise MemoryError

    rig.app.store._write_group = fail
    with pytest.raises(Unavailable):
        await rig.app.store.write(lambda _: None)


async def hang_a_transaction(rig: Rig) -> None:
    """With a letter that waits: delivery has something to do."""
    await rig.seed("Mai Member", due=DUE)
    notice, now = TaskNews(1, "explained"), rig.clock()
    await rig.app.store.write(lambda c: outbox.post(c, "waits", notice, now, now, member_id=1))
    begun, freed = threading.Event(), threading.Event()
    rig.freed = freed

    def hang(_: Any) -> None:
        begun.set()
        freed.wait(60)

    rig.hanging = asyncio.create_task(rig.app.store.write(hang))
    await asyncio.to_thread(begun.wait, 10)


async def stop_the_bell(rig: Rig) -> None:
    """It has rung, and then it does not any more."""
    rig.app.ticks.start()
    rig.app.ticks._bell.shutdown(wait=False)


# How it breaks, which parts fall silent, and whether the bell still rings.
BROKEN = {
    "the polling task has ended": (stop_polling, {POLL}, True),
    "the call for updates hangs": (hang_polling, {POLL}, True),
    "planning fails every time": (break_planning, {PLAN}, True),
    "the writer of the database is dead": (kill_the_writer, {WRITE}, True),
    "a transaction hangs": (hang_a_transaction, {WRITE, PLAN, DELIVER}, True),
    "the bell of the ticks has stopped": (stop_the_bell, {PLAN, DELIVER}, False),
}


@pytest.mark.parametrize("cause", BROKEN)
async def test_what_does_not_come_back_ends_the_program_for_the_supervisor(tmp_path: Path, cause: str) -> None:
    break_it, expected, rings = BROKEN[cause]
    manager = rigged(tmp_path, TUESDAY)
    rig = await manager.__aenter__()
    rig.freed = threading.Event()
    try:
        rig.app.watch.begin()
        await break_it(rig)
        for seconds in (QUIET + 5, STUCK - QUIET):
            rig.clock.now += timedelta(seconds=seconds)
            for part in {POLL, PLAN, DELIVER} - expected:
                rig.app.watch.done(part)
            rig.app.watch.feel_the_writer()
            for work in (rig.app.ticks.plan, rig.app.ticks.deliver) if rings else ():
                await _ring(work)
            assert expected & (rig.app.watch.quiet() | rig.app.broken())
        assert rig.app.broken() & expected == expected
    finally:
        rig.freed.set()
        rig.app.store._closed = True
        await rig.app.stop()
        await rig.server.stop()


async def _ring(work: Callable[[], Any]) -> None:
    """One ring of the bell; what hangs is left alone."""
    ringing = asyncio.create_task(_guarded("plan", work, Metrics())())
    await asyncio.wait([ringing], timeout=0.2)
    ringing.cancel()


async def test_a_broken_part_makes_the_program_return_false(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        await rig.app.stop()
        await rig.restart_only()
        rig.app.look_every = 0.01
        running = asyncio.create_task(rig.app.run(asyncio.Event()))
        while rig.app._polling is None:
            await asyncio.sleep(0)
        await stop_polling(rig)
        assert await running is False
        await rig.restart_only()
        await rig.app.start()


async def test_a_dead_writer_makes_the_program_return_false_at_once(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        await rig.app.stop()
        await rig.restart_only()
        rig.app.look_every = 0.01
        running = asyncio.create_task(rig.app.run(asyncio.Event()))
        while rig.app._polling is None:
            await asyncio.sleep(0)
        await kill_the_writer(rig)
        assert await asyncio.wait_for(running, 30) is False
        await rig.restart_only()
        await rig.app.start()


@pytest.mark.only("sqlite", "a store without a bot")
async def test_whoever_waits_for_a_writer_that_dies_is_told(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    store = Store(engine)
    begun, freed = threading.Event(), threading.Event()

    def hang(_: Any) -> None:
        begun.set()
        freed.wait(10)

    first = asyncio.create_task(store.write(hang))
    await asyncio.to_thread(begun.wait, 10)
    others = [asyncio.create_task(store.write(lambda _: None)) for _ in range(40)]
    await asyncio.sleep(0)

    def fail(_group: Any) -> None:
        raise MemoryError

    store._write_group = fail
    freed.set()
    assert await first is None
    for other in (*others, asyncio.create_task(store.write(lambda _: None))):
        with pytest.raises(Unavailable):
            await other
    assert not store.writes
    store.close()


async def test_a_handler_that_hangs_is_given_up_and_its_chat_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "LONGEST", 1.0)
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        whole = rig.app.application.process_update

        async def hang_once(update: Any) -> None:
            rig.app.application.process_update = whole
            await asyncio.Event().wait()

        rig.app.application.process_update = hang_once
        await mai.say("/tasks")
        assert "UA-001" in await mai.say("/tasks")


def test_an_event_loop_that_hangs_ends_the_program() -> None:
    ended: list[int] = []
    freed = threading.Event()

    def end(status: int) -> None:
        ended.append(status)
        freed.set()

    async def hang() -> None:
        Watchdog(asyncio.get_running_loop(), end, every=0.01, patience=3).start()
        assert freed.wait(30)  # the loop does not turn

    asyncio.run(hang())
    assert ended == [STATUS]


def test_an_event_loop_that_turns_is_left_alone() -> None:
    ended: list[int] = []
    asked = threading.Semaphore(0)

    class Loop:
        """Answers every question at once."""

        def call_soon_threadsafe(self, answer: Callable[[], None]) -> None:
            answer()
            asked.release()

    watchdog = Watchdog(Loop(), ended.append, every=0.001, patience=1)  # type: ignore[arg-type]
    watchdog.start()
    assert all(asked.acquire(timeout=30) for _ in range(20))
    watchdog.stop()
    assert ended == []


def test_whoever_listens_and_falls_silent_is_replaced_within_ten_seconds_and_never_before_it_has_noticed() -> None:
    silence = float(locks.SILENCE.removesuffix("s"))
    assert silence + lead.TRY_EVERY <= 10
    assert silence > lead.ASK_EVERY + lead.ANSWER_WITHIN


# ----- the 90 seconds


def test_whatever_falls_silent_is_noticed_within_ninety_seconds(tmp_path: Path) -> None:
    """After so long a silence, at the next look; a look waits for what is stored before it."""
    app = build(tmp_path, "http://127.0.0.1:9", VirtualTime(TUESDAY))
    assert QUIET + app.look_every + remembering.PATIENCE <= 90
    assert STUCK + app.look_every + remembering.PATIENCE <= 190
    assert EVERY * PATIENCE <= 60, "and of a loop that hangs, within a minute"
    app.store.close()


def test_the_longest_poll_is_no_silence() -> None:
    assert TIMEOUT + poller.LONGEST_PAUSE < QUIET

"""The clock of the machine is wrong for hours, ahead or behind, until its operator puts it right.

Only the time of day is wrong: waiting goes by another clock, and the world by its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.delivery import LEASE
from bot.mailbox import LEASE as CLAIM
from bot.sandbox.calls import Fault, too_many
from storage import agenda, chats, history, inbox, members, outbox
from storage.notices import TaskNews
from tests.support import rig as support
from tests.support.rig import MARKS, Rig, rigged
from tests.support.world import MONDAY, Person

TUESDAY = MONDAY.replace(day=8, hour=8, minute=15)
DUE = TUESDAY.replace(hour=17, minute=0)
HOUR = timedelta(hours=1)
ON_A_FILE = pytest.mark.only("sqlite", "one kind shows it")
AHEAD, BEHIND = 5 * HOUR, -5 * HOUR


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path, TUESDAY) as made:
        yield made


async def until(rig: Rig, right: datetime) -> None:
    """Let time pass until the world has this hour."""
    await rig.go(right + rig.clock.wrong_by)


async def mend(rig: Rig) -> None:
    """The operator puts the clock right."""
    rig.clock.jump(-rig.clock.wrong_by)


async def write_letter(rig: Rig, at: datetime | None = None) -> None:
    now, notice = rig.clock(), TaskNews(1, "explained", note="what she said")
    member = (await rig.member("Mai Member")).id
    await rig.app.store.write(lambda c: outbox.post(c, "waits", notice, now, at or now, member_id=member))


def told(rig: Rig, person: Person, words: str = "what she said") -> list[datetime]:
    """When the world saw these words leave for somebody."""
    said = [call for call in rig.server.ledger if call.chat_id == person.account and words in (call.text or "")]
    assert not [call for call in said if (call.text or "").startswith(MARKS)], "nothing may have arrived twice"
    return [call.at for call in said]


@ON_A_FILE
@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize(("wrong_by", "wrong_from"), [(AHEAD, 8), (BEHIND, 14)], ids=["ahead", "behind"])
async def test_reminders_come_once_and_never_later_than_their_hour_and_the_mending(
    rig: Rig, wrong_by: timedelta, wrong_from: int, restarted: bool
) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    await rig.settle()
    await until(rig, TUESDAY.replace(hour=wrong_from, minute=30))
    rig.clock.jump(wrong_by)
    await rig.settle()
    if restarted:
        await rig.app.remember()
        await rig.restart()
    mended = TUESDAY.replace(hour=wrong_from, minute=30) + 90 * timedelta(minutes=1)
    await until(rig, mended)
    await mend(rig)
    if restarted:
        await rig.restart()
    await rig.settle()
    await until(rig, DUE - timedelta(minutes=15))
    hours = told(rig, mai, "🔔")
    assert len(hours) == 2, "the morning, and two hours before"
    assert hours[-1] <= max(DUE - 2 * HOUR, mended) + LEASE


@ON_A_FILE
@pytest.mark.parametrize("wrong_by", [2 * HOUR, -2 * HOUR], ids=["ahead", "behind"])
@pytest.mark.parametrize("mended", [False, True], ids=["stays", "mended"])
async def test_a_letter_on_the_wire_is_not_repeated_because_the_clock_jumps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong_by: timedelta, mended: bool
) -> None:
    monkeypatch.setitem(support.IMPATIENT, "read_timeout", 5.0)
    async with rigged(tmp_path, TUESDAY.replace(hour=13)) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE + timedelta(days=9))
        if mended:
            rig.clock.jump(wrong_by)
        await write_letter(rig)
        rig.plan.next(Fault("delay", seconds=0.5), chat=mai.account)
        carrying = asyncio.create_task(rig.app.ticks.deliver())
        while not rig.plan.used:
            await asyncio.sleep(0.01)
        rig.clock.jump(-wrong_by if mended else wrong_by)
        await rig.app.ticks.plan()
        await carrying
        await rig.settle()
        assert len(told(rig, mai)) == 1


@ON_A_FILE
async def test_a_letter_that_a_wrong_hour_put_off_until_morning_leaves_when_the_clock_is_right(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    rig.clock.jump(14 * HOUR)
    await write_letter(rig)
    await rig.settle()
    assert told(rig, mai) == [], "by that clock people sleep"
    await until(rig, TUESDAY + HOUR)
    await mend(rig)
    await rig.settle()
    assert len(told(rig, mai)) == 1


async def paused_under_a_wrong_clock(rig: Rig) -> Person:
    """Somebody to whom Telegram lets nothing through for a minute, by a clock that runs ahead."""
    _, mai = await rig.seed("Mai Member", due=DUE)
    rig.clock.jump(AHEAD)
    await write_letter(rig)
    rig.plan.next(too_many(60), chat=mai.account)
    await rig.app.ticks.deliver()
    return mai


async def test_a_pause_that_was_stored_under_a_wrong_clock_lasts_no_longer_than_telegram_said(rig: Rig) -> None:
    mai = await paused_under_a_wrong_clock(rig)
    assert rig.app.gate.held(mai.account) > 50
    await rig.app.stop()
    await mend(rig)
    await rig.restart_only()
    await rig.app.start()
    assert 50 < rig.app.gate.held(mai.account) <= 60
    rig.clock.now += timedelta(seconds=61)
    await rig.settle()
    assert len(told(rig, mai)) == 1


async def test_a_pause_ends_in_time_when_the_clock_is_put_back_while_the_bot_runs(rig: Rig) -> None:
    mai = await paused_under_a_wrong_clock(rig)
    await rig.app.remember()
    await rig.app.ticks.plan()
    await mend(rig)
    await rig.app.ticks.plan()
    await rig.app.remember()
    kept = await rig.app.store.read(chats.load_pauses)
    assert max(kept.values()) <= rig.clock() + timedelta(seconds=60)
    rig.clock.now += timedelta(seconds=61)
    await rig.settle()
    assert len(told(rig, mai)) == 1


@pytest.mark.parametrize("wrong_by", [AHEAD, BEHIND], ids=["ahead", "behind"])
async def test_a_command_in_hand_is_done_once_whatever_the_clock_does(rig: Rig, wrong_by: timedelta) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    whole, begun, freed = rig.app.application.process_update, asyncio.Event(), asyncio.Event()

    async def slowly(update: object) -> None:
        begun.set()
        await freed.wait()
        await whole(update)

    rig.app.application.process_update = slowly  # type: ignore[method-assign]
    await mai.say("/progress UA-001 40 in hand", settle=False)
    await begun.wait()
    rig.clock.jump(wrong_by)
    assert await rig.app.dispatcher._claim() in (0, 1)
    rig.clock.jump(-wrong_by)
    assert await rig.app.dispatcher._claim() == 0
    freed.set()
    await rig.settle()
    found = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 9))
    assert [entry.details["note"] for entry in found] == ["in hand"]


async def test_what_a_dead_process_held_by_a_wrong_clock_is_free_one_lease_after_the_start(rig: Rig) -> None:
    """On PostgreSQL nobody may end the leases of others at a start."""
    _, mai = await rig.seed("Mai Member", due=DUE)
    rig.clock.jump(AHEAD)
    await rig.app.remember()
    await write_letter(rig)
    wrong, claimed = rig.clock(), rig.server.updates.next_id
    await rig.app.stop()
    await rig.restart_only()
    store = rig.app.store
    (letter,) = await store.write(lambda c: outbox.lease(c, wrong, wrong + LEASE, 1))
    await store.write(lambda c: inbox.accept(c, {claimed: {"update_id": claimed}}, wrong, {claimed: 0}))
    assert await store.write(lambda c: inbox.claim(c, "the dead", wrong, wrong + CLAIM, 9))
    await mend(rig)
    await rig.app.memory.take_up()
    now = rig.clock()
    assert await store.read(lambda c: outbox.anything_due(c, now + LEASE)), f"letter {letter.id} is free"
    assert await store.read(lambda c: inbox.unclaimed(c, now + CLAIM))
    await rig.app.start()
    rig.clock.now += LEASE
    await rig.settle()
    assert len(told(rig, mai)) == 1


@ON_A_FILE
async def test_a_day_that_has_not_come_had_no_agenda(rig: Rig) -> None:
    _, mai = await rig.seed("Mai Member", due=DUE)
    await until(rig, TUESDAY + HOUR)
    rig.clock.jump(timedelta(days=1))
    await rig.settle()
    await mend(rig)
    await rig.settle()
    everybody = await rig.app.store.read(members.every)
    today = TUESDAY.date()
    assert [one.agenda_on for one in everybody if one.account == mai.account and one.agenda_on] <= [today]
    first = await rig.app.store.read(agenda.next_due)
    assert first is not None
    assert first.astimezone(TUESDAY.tzinfo).date() == today + timedelta(days=1), "tomorrow has its agenda"


@ON_A_FILE
async def test_a_clock_that_is_set_right_by_seconds_moves_nothing(rig: Rig) -> None:
    await rig.seed("Mai Member", due=DUE)
    later = TUESDAY + timedelta(days=1)
    await rig.app.ticks.plan()
    await write_letter(rig, later)
    rig.clock.jump(timedelta(seconds=-30))
    await rig.app.ticks.plan()
    assert await rig.app.store.read(outbox.next_due) == later

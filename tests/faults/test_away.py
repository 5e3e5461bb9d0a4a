"""Telegram, or the bot, was away for hours: one message a person afterwards, which also says what may be lost."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.actions import silences
from bot.delivery import places
from bot.sandbox import updates
from bot.sandbox.calls import Fault, refusal
from tests.support.rig import SENDS, Rig, rigged
from tests.support.world import MONDAY

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=15)  # before the reminders of the due day, 8:30
DUE = TUESDAY.replace(hour=17, minute=0)
LOST = "did not hear Telegram"


AWAY = {  # what every call that sends, or every call at all, meets for six hours, and what works again first
    "502 as a page": (Fault("page", 502), None, "letters"),
    "500": (refusal(500, "Internal Server Error"), None, "polling"),
    "hangs": (Fault("hang"), None, "letters"),
    "dropped": (Fault("drop"), None, "polling"),
    "502 on texts only": (Fault("page", 502), "sendMessage", "polling"),
}
PRESSES = ("answerCallbackQuery", "editMessageText")


async def deafen(rig: Rig, fault: Fault) -> None:
    """Polling meets this fault, beginning with the call that is on its way; it asks again at once, in real time."""
    rig.ask_again_at_once()
    rig.plan.always(fault, method="getUpdates")
    rig.server._poll += 1
    rig.server.touch()


async def hear_again(rig: Rig, since: datetime) -> None:
    """Polling works again, and people are told of the silence."""
    rig.plan.clear()
    rig.server.say(rig.stranger("Nobody").account, "/start")  # an answer at once; somebody unknown has no news
    async with asyncio.timeout(20):
        while rig.app.watch.heard_at == since:
            await asyncio.sleep(0.01)
    await rig.app.remember()


@pytest.mark.parametrize("name", AWAY)
async def test_telegram_says_nothing_for_six_hours_and_each_person_gets_one_message_afterwards(
    tmp_path: Path, name: str
) -> None:
    fault, method, first = AWAY[name]
    deaf = method is None
    async with rigged(tmp_path, TUESDAY, rate=30) as rig:
        head, *staff = people = await rig.seed(*(f"Person {number}" for number in range(1, 13)), due=DUE)
        for number, person in enumerate(people):
            await person.say(f"/task UA-{max(number, 1):03d}")  # a card with buttons that live while Telegram is away
            person.news()
        for one in (method,) if method else (*SENDS, *PRESSES, "getMe", "getChat"):
            rig.plan.always(fault, method=one)
        heard = rig.app.watch.heard_at
        if deaf:
            # A poll that hangs does so in real time.
            await deafen(rig, Fault("drop") if fault.kind == "hang" else fault)
            await rig.go(TUESDAY.replace(minute=45))
            await rig.app.remember()
        await rig.go(TUESDAY.replace(hour=15, minute=15))  # two reminders for everybody
        assert rig.app.courier.holds
        assert sum(letter.copies for letter in await rig.letters()) <= places(30), "what was on the wire, no more"
        if deaf and first == "polling":
            await hear_again(rig, heard)
        rig.plan.planned = [one for one in rig.plan.planned if one.method == "getUpdates"]
        await rig.go(TUESDAY.replace(hour=15, minute=45))
        if deaf and first == "letters":
            await hear_again(rig, heard)
        await rig.finish()
        news = {person.name: person.news() for person in people}
        assert {len(news[person.name]) for person in staff} == {1}
        assert len(news[head.name]) == deaf, "nothing but lost presses"
        assert {LOST in text for some in news.values() for text in some} == {deaf}
        assert not [letter for letter in await rig.letters() if letter.state == "failed"]


async def away(rig: Rig, seconds: float) -> None:
    """Telegram does not answer for so long, and then it does."""
    await rig.app.remember()
    rig.clock.now += timedelta(seconds=seconds)
    rig.app.watch.beat()
    await rig.app.remember()
    await rig.app.ticks.settle()


@pytest.mark.parametrize(("seconds", "told"), [(149, 0), (160, 1), (6 * 3600, 1)])
async def test_after_more_than_150_seconds_people_with_buttons_hear_that_presses_may_be_lost(
    tmp_path: Path, seconds: float, told: int
) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai, binh = await rig.seed("Mai Member", "Binh Member", due=DUE)
        await mai.say("/task UA-001")
        for person in (mai, binh):
            person.news()
        rig.app.watch.beat()
        await away(rig, seconds)
        lost = [text for text in mai.news() if LOST in text]
        assert len(lost) == told
        assert all("/done" in text for text in lost)
        assert not [text for text in binh.news() if LOST in text], "no buttons, no letter"
        await away(rig, seconds)
        assert not [text for text in mai.news() if LOST in text], "once a day"


async def test_a_night_away_is_told_in_the_morning_and_also_when_the_bot_itself_was_down(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY.replace(hour=17, minute=20)) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE + timedelta(days=9))
        await mai.say("/task UA-001")
        mai.news()
        rig.app.watch.beat()
        await rig.app.remember()
        rig.clock.now += timedelta(hours=3)
        await rig.restart()
        await rig.app.remember()
        await rig.app.ticks.settle()
        assert mai.news() == []
        await rig.finish()
        assert [(LOST in text) for text in mai.news()] == [True]


async def test_whoever_gets_something_late_after_the_bot_was_down_hears_of_lost_presses_in_it(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        await mai.say("/task UA-001")
        mai.news()
        await rig.app.remember()
        rig.clock.now += timedelta(minutes=20)
        await rig.app.ticks.plan()  # the bot dies before the reminder leaves
        rig.clock.now += timedelta(hours=6)
        await rig.restart()
        await rig.app.ticks.settle()
        await rig.app.remember()
        await rig.finish()
        (text,) = mai.news()
        assert LOST in text
        assert "UA-001" in text


async def test_lost_presses_are_told_later_when_the_database_is_away_at_that_moment(tmp_path: Path) -> None:
    async with rigged(tmp_path, TUESDAY.replace(hour=10)) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE + timedelta(days=9))
        await mai.say("/task UA-001")
        mai.news()
        await rig.app.remember()
        rig.clock.now += timedelta(minutes=10)
        rig.app.watch.beat()
        await rig.app.store.write(lambda c: c.exec_driver_sql("alter table outbox rename to gone"))
        with pytest.raises(Exception, match="no such table"):
            await rig.app.remember()
        await rig.app.store.write(lambda c: c.exec_driver_sql("alter table gone rename to outbox"))
        await rig.app.remember()
        await rig.app.ticks.settle()
        assert [LOST in text for text in mai.news()] == [True]


def test_a_press_lives_as_long_as_the_local_telegram_keeps_it() -> None:
    assert updates.PRESS_LIFE == silences.PRESS_LIFE

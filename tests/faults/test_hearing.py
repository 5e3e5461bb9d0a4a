"""Polling over real HTTP while Telegram fails in one of many ways: /healthz says so, and then all is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.calls import Fault, refusal, too_many
from bot.sandbox.server import CONFLICT
from bot.watch import WRITE
from handlers import poller
from storage import history
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
SILENCE = timedelta(seconds=90)  # after which /healthz has to say so
OFTEN = 2  # calls at the least in this time

DEAF_EARS = {
    "a page with 502": Fault("page", 502),
    "a page with 200": Fault("page", 200),
    "half an answer": Fault("cut"),
    "a broken connection": Fault("drop"),
    "a call that hangs": Fault("hang"),
    "401": refusal(401, "Unauthorized"),
    "404": refusal(404, "Not Found"),
    "409": refusal(409, CONFLICT),
    "429": too_many(10),
}


async def healthz(rig: Rig) -> tuple[int, list[str]]:
    """What the bot answers to whoever watches it: the status, and the parts that are silent."""
    watch = rig.app.watch
    if watch._runner is None:
        await watch.serve("127.0.0.1:0")
    assert watch._runner is not None
    port = watch._runner.addresses[0][1]
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
        return answer.status, (await answer.json())["silent"]


async def reports(rig: Rig) -> list[int]:
    """The percentages that were reported, as often as they were."""
    entries = await rig.app.store.read(lambda c: history.of_task(c, 1, ("report",), 99))
    return sorted(entry.details["percent"] for entry in entries)


async def live_on(rig: Rig, until: Callable[[], bool]) -> None:
    """Let time pass, two seconds in each breath, until this is so; all parts but the poller do their work."""
    async with asyncio.timeout(30):  # what never comes is not waited for without end
        while not until():
            rig.clock.now += timedelta(seconds=2)
            await asyncio.sleep(0.01)
    await rig.app.ticks.settle()
    rig.app.watch.done(WRITE)


@pytest.mark.parametrize("cause", DEAF_EARS)
async def test_healthz_says_that_the_bot_hears_nothing_and_afterwards_each_command_is_done_once(
    tmp_path: Path, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rigged(tmp_path, TUESDAY) as rig:
        _, mai = await rig.seed("Mai Member", due=DUE)
        rig.app.watch.begin()
        assert await healthz(rig) == (HTTPStatus.OK, [])
        monkeypatch.setattr(poller, "GRACE", 0.1 - poller.TIMEOUT)  # who hangs is not waited for
        rig.plan.always(DEAF_EARS[cause], method="getUpdates")
        rig.server.say(mai.account, "/progress UA-001 20 the last that is heard, and cannot be confirmed")
        await live_on(rig, lambda: rig.plan.used.total() > 0)
        rig.server.say(mai.account, "/progress UA-001 40 said to nobody")
        over = rig.clock.now + SILENCE
        await live_on(rig, lambda: rig.clock.now >= over)
        assert rig.plan.used.total() >= OFTEN
        assert await healthz(rig) == (HTTPStatus.SERVICE_UNAVAILABLE, ["hear"])
        assert await reports(rig) == [20]
        rig.plan.clear()
        await live_on(rig, lambda: not rig.server.updates.waiting)
        await rig.settle()
        assert await healthz(rig) == (HTTPStatus.OK, [])
        assert await reports(rig) == [20, 40]

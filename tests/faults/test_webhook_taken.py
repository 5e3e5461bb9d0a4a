"""Somebody else changes how Telegram speaks to the bot: it notices, takes it back, and says so in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.calls import Fault, refusal
from handlers.poller import TAKE_BACK_EVERY
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY, Person

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
ELSEWHERE = ("http://127.0.0.1:9/secret-path", "")
NOWHERE = ("", "")
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@pytest.fixture
async def polling(tmp_path: Path) -> AsyncIterator[Rig]:
    """A bot that polls and asks again at once, in real time."""
    async with rigged(tmp_path, TUESDAY) as rig:

        async def briefly(_: float) -> None:
            await asyncio.sleep(0.01)

        rig.app.poller._sleep = briefly
        yield rig


def hook(rig: Rig, place: tuple[str, str]) -> None:
    """Somebody with our token says where Telegram shall post."""
    rig.server.updates.hook = place
    rig.server.touch()


def calls(rig: Rig, method: str) -> int:
    return sum(call.method == method for call in rig.server.ledger)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def works(rig: Rig, person: Person, percent: int) -> None:
    async with asyncio.timeout(20):
        await person.say(f"/progress UA-001 {percent} on the way")
    assert f"{percent} %" in person.said


async def test_a_webhook_that_somebody_sets_while_the_bot_polls_is_removed_and_nothing_is_lost(
    polling: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await polling.seed("Mai Member", due=DUE)
    before = calls(polling, "deleteWebhook")
    hook(polling, ELSEWHERE)
    await works(polling, mai, 40)
    assert polling.server.updates.hook == NOWHERE
    assert calls(polling, "deleteWebhook") == before + 1
    assert not any(call.parameters.get("drop_pending_updates") for call in polling.server.ledger)
    assert caplog.text.count("somebody has set a webhook") == 1
    assert "secret-path" not in caplog.text


async def test_it_is_removed_once_a_minute_at_most_and_again_when_that_failed(polling: Rig) -> None:
    _, mai = await polling.seed("Mai Member", due=DUE)
    polling.plan.always(Fault("page", 502), method="deleteWebhook")
    before = polling.app.watch.heard_at
    for minute in (1, 2):
        hook(polling, ELSEWHERE)
        await until(lambda minute=minute: polling.plan.used["page"] == minute)  # type: ignore[misc]
        await asyncio.sleep(0.1)  # some more refused polls
        assert polling.plan.used["page"] == minute
        polling.clock.now += timedelta(seconds=TAKE_BACK_EVERY)
    assert polling.app.watch.heard_at == before
    polling.plan.clear()
    polling.clock.now += timedelta(seconds=TAKE_BACK_EVERY)
    await works(polling, mai, 50)


async def test_another_process_that_polls_is_no_webhook(polling: Rig) -> None:
    _, mai = await polling.seed("Mai Member", due=DUE)
    before = calls(polling, "deleteWebhook")
    polling.plan.next(refusal(409, OTHER_POLLER), method="getUpdates", times=3)
    await works(polling, mai, 40)
    polling.server.say(mai.account, "/tasks")
    await until(lambda: polling.plan.used["answer"] == 3)
    await polling.settle()
    assert calls(polling, "deleteWebhook") == before
    polling.plan.next(refusal(409, HOOKED), method="getUpdates")
    await works(polling, mai, 60)
    polling.server.say(mai.account, "/tasks")
    await until(lambda: calls(polling, "deleteWebhook") == before + 1)

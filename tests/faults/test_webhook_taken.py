"""Somebody else changes how Telegram speaks to the bot: it notices, takes it back, and says so in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.calls import Fault, refusal
from handlers.poller import TAKE_BACK_EVERY
from handlers.webhook import LOOK_EVERY, same
from tests.support.program import free_port
from tests.support.rig import Rig, rigged
from tests.support.world import MONDAY, Person

pytestmark = pytest.mark.only("sqlite", "the rig works on a file and on virtual time")

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
ELSEWHERE = ("http://127.0.0.1:9/secret-path", "")
NOWHERE = ("", "")
SECRET = "a-secret_of_tests-0123456789-0123456789"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@pytest.fixture
async def polling(tmp_path: Path) -> AsyncIterator[Rig]:
    """A bot that polls and asks again at once, in real time."""
    async with rigged(tmp_path, TUESDAY) as rig:
        rig.ask_again_at_once()
        yield rig


@pytest.fixture
async def posted(tmp_path: Path) -> AsyncIterator[Rig]:
    """A bot that is posted to."""
    listen = f"127.0.0.1:{free_port()}"
    settings = {"webhook_url": f"http://{listen}/hook", "webhook_secret": SECRET, "listen": listen}
    async with rigged(tmp_path, TUESDAY, **settings) as rig:
        await rig.app.watch.serve(listen, *rig.app.doors)
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


@pytest.mark.parametrize("place", [NOWHERE, ELSEWHERE])
async def test_a_webhook_that_was_taken_away_or_pointed_elsewhere_is_announced_again(
    posted: Rig, place: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    _, mai = await posted.seed("Mai Member", due=DUE)
    ours = posted.server.updates.hook
    await works(posted, mai, 40)
    hook(posted, place)
    posted.server.say(mai.account, "/progress UA-001 60 unheard")
    posted.clock.now += timedelta(seconds=LOOK_EVERY)
    async with asyncio.timeout(20):
        await posted.settle()
    assert "60 %" in mai.said
    assert posted.server.updates.hook == ours
    assert "does not post to us any more" in caplog.text
    assert "secret-path" not in caplog.text


async def test_a_webhook_that_stands_is_left_alone_and_a_question_without_an_answer_changes_nothing(
    posted: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await posted.seed("Mai Member", due=DUE)
    caplog.set_level("INFO")
    announced = calls(posted, "setWebhook")
    for number in (1, 2):
        posted.clock.now += timedelta(seconds=LOOK_EVERY)
        await until(lambda number=number: calls(posted, "getWebhookInfo") == number)  # type: ignore[misc]
    for fault in (Fault("drop"), Fault("hang"), Fault("page", 502), refusal(401, "Unauthorized")):
        posted.plan.next(fault, method="getWebhookInfo")
        used = posted.plan.used.total()
        posted.clock.now += timedelta(seconds=LOOK_EVERY)
        await until(lambda used=used: posted.plan.used.total() > used)  # type: ignore[misc]
        await until(lambda: "unknown whether Telegram still posts" in caplog.text)
        caplog.clear()
    assert calls(posted, "setWebhook") == announced
    hook(posted, NOWHERE)
    posted.clock.now += timedelta(seconds=LOOK_EVERY)
    await until(lambda: calls(posted, "setWebhook") == announced + 1)


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("https://Bot.example/hook", "https://bot.example:443/hook", True),
        ("https://bot.example", "https://bot.example/", True),
        ("https://bot.example/hook", "https://bot.example/Hook", False),
        ("https://bot.example/hook", "https://bot.example:8443/hook", False),
        ("https://bot.example/hook", "", False),
    ],
)
def test_an_address_is_the_same_however_it_is_written(one: str, other: str, are: bool) -> None:
    assert same(one, other) is are

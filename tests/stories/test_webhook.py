"""Telegram posts instead of being polled: the same work, each update once, and no post that is not Telegram's."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.settings import BadSettings, load
from handlers.webhook import HEADER, LARGEST
from storage import history
from storage.tables import inbox
from tests.support.program import free_port
from tests.support.world import World, running

SECRET = "a-secret_of_tests-0123456789-0123456789"


@pytest.fixture
async def posted(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose bot is posted to."""
    listen = f"127.0.0.1:{free_port()}"
    settings = {"webhook_url": f"http://{listen}/hook", "webhook_secret": SECRET, "listen": listen}
    async with running(tmp_path, **settings) as world:
        await world.app.watch.serve(listen, *world.app.doors)
        await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
        yield world


async def post(world: World, body: object, secret: str = SECRET) -> int:
    url = world.app.settings.webhook_url
    assert url is not None
    sent = {"data": io.BytesIO(json.dumps(body).encode()), "headers": {HEADER: secret}}
    async with aiohttp.ClientSession() as session, session.post(url, **sent) as answer:  # type: ignore[arg-type]
        return answer.status


async def reports(world: World) -> int:
    return len(await world.app.store.read(lambda c: history.of_task(c, 1, ("report",), 99)))


async def given(world: World) -> dict[str, object]:
    """A task of Mai's, and an update in which she reports."""
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    person = {"id": mai.account, "is_bot": False, "first_name": "Mai"}
    chat = {"id": mai.account, "type": "private", "first_name": "Mai"}
    text = "/progress UA-001 40 half"
    marks = [{"type": "bot_command", "offset": 0, "length": 9}]
    message = {"message_id": 900, "date": 1, "chat": chat, "from": person, "text": text, "entities": marks}
    return {"update_id": 987_654_321, "message": message}


async def test_the_same_commands_work_by_webhook_and_a_repeated_post_is_done_once(posted: World) -> None:
    update = await given(posted)
    assert [await post(posted, update) for _ in range(3)] == [200, 200, 200]
    await posted.settle()
    assert await reports(posted) == 1
    mai = posted.people["Mai Member"]
    assert "40 %" in mai.said
    assert not posted.app.lead.leads


@pytest.mark.parametrize("secret", ["", "x", SECRET[:-1], SECRET + "x", "ä" * 40])
async def test_a_post_with_another_secret_is_refused_and_does_nothing(posted: World, secret: str) -> None:
    update = await given(posted)
    assert await post(posted, update, secret) == 403
    await posted.settle()
    assert await reports(posted) == 0


async def test_the_secret_is_compared_in_constant_time(posted: World) -> None:
    """`==` stops at the first letter that differs, and so tells by its time how much of a guess is right."""

    class Watched(bytes):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Watched.compared += 1
            return super().__eq__(other)

        def __ne__(self, other: object) -> bool:
            Watched.compared += 1
            return super().__ne__(other)

        __hash__ = bytes.__hash__

        def startswith(self, *_: object) -> bool:
            raise AssertionError("not in constant time")

    assert posted.app.webhook is not None
    posted.app.webhook._secret = Watched(SECRET.encode())
    assert await post(posted, {"update_id": "x"}, SECRET[:-1]) == 403
    assert await post(posted, {"update_id": "x"}) == 400
    assert Watched.compared == 0


async def test_what_is_no_update_or_too_large_is_refused(posted: World) -> None:
    assert await post(posted, ["no", "update"]) == 400
    for number in ("x", "7", None, True, 0, -1, 2**63, 7.0):
        assert await post(posted, {"update_id": number}) == 400
    assert await post(posted, {"update_id": 1, "text": "x" * (LARGEST + 1)}) == 413


async def test_an_update_that_cannot_be_parsed_is_taken_so_that_telegram_goes_on_to_the_next(
    posted: World, caplog: pytest.LogCaptureFixture
) -> None:
    update = await given(posted)
    message = {"message_id": 899, "chat": {"id": 7, "first_name": "Secretly"}, "text": "said in confidence"}
    for number, bad in enumerate((message, {}, "said in confidence", [], {"chat": {"id": 10**30}}), 1):
        assert await post(posted, {"update_id": number, "message": bad}) == 200
    assert await post(posted, update) == 200
    await posted.settle()
    assert await reports(posted) == 1
    ended = await posted.app.store.read(
        lambda c: c.execute(select(inbox.c.outcome).where(inbox.c.id < 9)).scalars().all()
    )
    assert ended == ["failed"] * 5
    assert "Secretly" not in caplog.text
    assert "in confidence" not in caplog.text


async def test_a_post_that_does_not_say_how_long_it_is_is_read_up_to_the_same_bound(posted: World) -> None:
    update = await given(posted)
    for padding, status in ((10, 200), (LARGEST + 1, 413)):
        body = json.dumps(update | {"update_id": padding, "more": "x" * padding}).encode()

        async def pieces(whole: bytes = body) -> AsyncIterator[bytes]:
            for start in range(0, len(whole), 65_536):
                yield whole[start : start + 65_536]

        headers = {HEADER: SECRET}
        url = str(posted.app.settings.webhook_url)
        async with aiohttp.ClientSession() as session, session.post(url, data=pieces(), headers=headers) as answer:
            assert answer.status == status
    await posted.settle()
    assert await reports(posted) == 1


async def test_a_post_that_cannot_be_stored_is_not_taken(posted: World) -> None:
    update = await given(posted)
    await posted.app.store.write(lambda c: c.exec_driver_sql("alter table inbox rename to gone"))
    assert await post(posted, update) == 503
    await posted.app.store.write(lambda c: c.exec_driver_sql("alter table gone rename to inbox"))
    assert await post(posted, update) == 200
    await posted.settle()
    assert await reports(posted) == 1


@pytest.mark.parametrize("secret", [None, "short", "x" * 31, "not all right " * 4])
def test_webhook_mode_needs_a_secret_that_cannot_be_guessed(
    secret: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_WEBHOOK_URL", "https://bot.example.org/hook")
    if secret is not None:
        monkeypatch.setenv("DONDOC_WEBHOOK_SECRET", secret)
    with pytest.raises(BadSettings, match=r"DONDOC_WEBHOOK_SECRET.*32"):
        load()


async def test_the_metrics_count_and_name_nobody(posted: World) -> None:
    update = await given(posted)
    await post(posted, update)
    await posted.settle()
    address = f"http://{posted.app.settings.listen}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        told = await answer.text()
    assert answer.status == 200
    for name in (
        "dondoc_seconds_since_poll", "dondoc_letters_waiting", "dondoc_oldest_due_letter_seconds",
        "dondoc_oldest_waiting_update_seconds", "dondoc_letters_total", "dondoc_updates_handled_total",
        "dondoc_database_up 1.0", "dondoc_leader 0.0", "dondoc_build_info",
    ):  # fmt: skip
        assert name in told
    for private in ("Mai", "Hoa", "Unit", "UA-", "Work", "half", SECRET, str(posted.people["Mai Member"].account)):
        assert private not in told

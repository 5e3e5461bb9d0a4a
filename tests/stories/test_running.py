"""Starting and stopping the program itself."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.calls import Fault, refusal
from bot.sandbox.server import LocalTelegram
from bot.ticks import DELIVER_EVERY, PLAN_EVERY
from handlers.commands import FOR_STRANGERS, local_name
from handlers.views.texts import LANGUAGES
from tests.support.databases import databases
from tests.support.program import free_port
from tests.support.rig import rigged
from tests.support.world import TOKEN

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    server = LocalTelegram(TOKEN, lambda: datetime.now(UTC))
    server.root = await server.start()  # type: ignore[attr-defined]
    yield server
    await server.stop()


async def start(folder: Path, telegram: LocalTelegram, **changes: str) -> asyncio.subprocess.Process:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
    environment |= {
        "DONDOC_TOKEN": TOKEN,
        "DONDOC_API_URL": telegram.root,  # type: ignore[attr-defined]
        "DONDOC_DATABASE_URL": databases.url(folder, "run"),
        "DONDOC_LISTEN": f"127.0.0.1:{free_port()}",
        "LANG": "en_US.UTF-8",
        "LC_ALL": "",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment | changes, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )


async def test_a_running_bot_is_healthy_and_stops_cleanly_on_a_signal(tmp_path: Path, telegram: LocalTelegram) -> None:
    listen = f"127.0.0.1:{free_port()}"
    process = await start(tmp_path, telegram, DONDOC_LISTEN=listen)
    assert process.stderr is not None
    while b"listening" not in (line := await asyncio.wait_for(process.stderr.readline(), 30)):
        assert line, "the bot has ended"
    async with aiohttp.ClientSession() as session, session.get(f"http://{listen}/healthz") as answer:
        assert answer.status == 200
        assert set(await answer.json()) == {
            "ok", "silent", "seconds_since_poll", "leader", "sending", "database", "letters_waiting",
            "oldest_due_letter_seconds", "oldest_update_seconds", "letters_per_person",
        }  # fmt: skip
    process.send_signal(signal.SIGTERM)
    rest = await asyncio.wait_for(process.stderr.read(), 30)
    assert await process.wait() == 0
    assert b"Traceback" not in rest


@pytest.mark.only("sqlite", "PostgreSQL is for several")
async def test_a_second_process_on_one_sqlite_file_refuses_in_one_line(tmp_path: Path, telegram: LocalTelegram) -> None:
    first = await start(tmp_path, telegram)
    assert first.stderr is not None
    while b"listening" not in (line := await asyncio.wait_for(first.stderr.readline(), 30)):
        assert line, "the bot has ended"
    second = await start(tmp_path, telegram)
    assert second.stderr is not None
    told = (await asyncio.wait_for(second.stderr.read(), 30)).decode()
    assert await second.wait() == 1
    assert [line for line in told.splitlines() if line.startswith("dondoc:") and "another Dondoc" in line], told
    assert "Traceback" not in told
    first.send_signal(signal.SIGTERM)
    assert await first.wait() == 0
    third = await start(tmp_path, telegram)
    assert third.stderr is not None
    while b"listening" not in (line := await asyncio.wait_for(third.stderr.readline(), 30)):
        assert line, "the lock outlived its process"
    third.send_signal(signal.SIGKILL)
    await third.wait()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DONDOC_TOKEN": "1000000001:wrong-wrong-wrong-wrong-wrong"}, "Telegram does not know this token"),
        ({"DONDOC_LISTEN": "TAKEN"}, "Choose another with DONDOC_LISTEN"),
        ({"DONDOC_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "the database cannot be used"),
        ({"DONDOC_TOKEN": "", "DONDOC_TOKEN_FILE": "/nowhere/token"}, "DONDOC_TOKEN_FILE"),
        ({"DONDOC_TIMEZONE": "Mars/Base"}, "DONDOC_TIMEZONE"),
        ({"DONDOC_LISTEN": "here"}, "DONDOC_LISTEN"),
    ],
)
async def test_a_wrong_setting_is_one_line_that_says_what_to_do(
    tmp_path: Path, telegram: LocalTelegram, changes: dict[str, str], said: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        if changes.get("DONDOC_LISTEN") == "TAKEN":
            changes = {"DONDOC_LISTEN": f"127.0.0.1:{taken.getsockname()[1]}"}
        process = await start(tmp_path, telegram, **changes)
        assert process.stderr is not None
        told = (await asyncio.wait_for(process.stderr.read(), 30)).decode()
        assert await process.wait() in (1, 2)
    mine = [line for line in told.splitlines() if line.startswith("dondoc:")]
    assert len(mine) == 1, told
    assert said in mine[0]
    assert "Traceback" not in told
    assert "wrong-wrong" not in told


async def test_people_are_heard_while_the_command_menus_cannot_be_set_and_get_them_afterwards(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        rig.plan.always(Fault("page", 502), method="setMyCommands")
        rig.clock.now += timedelta(minutes=1)
        while not rig.plan.used["page"]:
            await asyncio.sleep(0.01)
        stranger = rig.stranger("Stranger", "vi")
        assert await stranger.say("/start")
        assert rig.server.commands(stranger.account, "vi") == []
        rig.plan.clear()
        rig.clock.now += timedelta(minutes=1)
        await rig.app._menus
        names = {code: [one["command"] for one in rig.server.commands(stranger.account, code)] for code in LANGUAGES}
        assert names == {code: [local_name(name, code) for name in FOR_STRANGERS] for code in LANGUAGES}, (
            "in the reader's language"
        )


async def test_menus_that_telegram_refuses_are_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with rigged(tmp_path) as rig:
        rig.plan.always(refusal(400, "Bad Request: BOT_COMMAND_INVALID"), method="setMyCommands")
        rig.clock.now += timedelta(minutes=1)
        await rig.app._menus
        assert "the command menu was not set" in caplog.text
        assert await rig.stranger().say("/start")


def test_what_falls_due_is_planned_and_leaves_within_five_seconds() -> None:
    """The longest way of a reminder that nothing is before; `python -m tests.bench.people` measures it."""
    assert PLAN_EVERY + DELIVER_EVERY <= 5

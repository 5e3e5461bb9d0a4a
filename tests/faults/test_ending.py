"""The program itself ends with the promised status when something in it breaks for good, and the next start goes on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.app import wall_clock
from bot.sandbox.server import LocalTelegram
from tests.faults.test_kill import ACCOUNTS, prepare
from tests.support.lives import LONG, bot, until
from tests.support.world import TOKEN

# What breaks: the exit status, within how many seconds it is promised, and a word of the log.
ENDS = {
    "the_writer_dies": (1, 10, "so that a supervisor starts the bot anew"),
    "the_loop_hangs": (70, 70, "the event loop hangs"),
    "a_call_in_c_keeps_the_loop": (70, 70, "in a_call_in_c_keeps_the_loop"),
}
SLOWNESS = 30  # seconds more that a busy machine may need; only the long run holds the program to its promise


@pytest.mark.few
@pytest.mark.parametrize("ailment", ENDS if LONG else ["the_writer_dies"])
async def test_what_breaks_for_good_ends_the_program_and_the_next_one_does_the_work(
    tmp_path: Path, ailment: str
) -> None:
    status, promised, said = ENDS[ailment]
    server = LocalTelegram(TOKEN, wall_clock)
    url = await server.start()
    prepare(tmp_path, url)
    server.add_person(ACCOUNTS[0], "Person 0", language_code="en").wrote = True
    begun: list[float] = []

    def note(method: str, _values: object) -> None:
        if method == "getUpdates" and not begun:
            begun.append(time.monotonic())

    server.before = note
    async with bot(tmp_path, url, ("tests.support.sick", ailment)) as process:
        assert await server.until(lambda: bool(begun), SLOWNESS)
        ended = await asyncio.wait_for(process.wait(), promised + SLOWNESS)
        lasted = time.monotonic() - begun[0]
    assert ended == status
    assert not LONG or lasted < promised + 1
    assert said in (tmp_path / "bot.log").read_text()
    server.say(ACCOUNTS[0], "/tasks")
    async with bot(tmp_path, url):
        assert await until(lambda: any("UA-001" in message["text"] for message in server.messages(ACCOUNTS[0])))
    await server.stop()

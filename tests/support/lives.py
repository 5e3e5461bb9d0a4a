"""Bots in processes of their own that are killed, not stopped, and who kills them at which moment."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.sandbox.calls import Fault
from bot.sandbox.server import LocalTelegram
from tests.support.databases import databases
from tests.support.nursery import Forked, nursery
from tests.support.rig import SENDS
from tests.support.world import TOKEN

LONG = bool(os.environ.get("DONDOC_LONG"))
ROOT = Path(__file__).parents[2]
FAST = {"DONDOC_RATE": "1000", "DONDOC_CHAT_RATE": "1000"}
TELEGRAMS = {"DONDOC_RATE": "30", "DONDOC_CHAT_RATE": "1"}
SHORTLY = 0.05  # seconds: a kill after a message may come that much later
STARTING = (0.2, 2.4)  # seconds after the start: nothing was sent yet, or something just now

PATIENCE = 120.0  # seconds; a very slow machine may need so long, what is lost never comes

Process = asyncio.subprocess.Process
Life = Process | Forked


def own(folder: Path, url: str) -> dict[str, str]:
    """The settings of a bot of the test."""
    return FAST | {
        "DONDOC_TOKEN": TOKEN,
        "DONDOC_API_URL": url,
        "DONDOC_DATABASE_URL": databases.url(folder, "test"),
        "DONDOC_LISTEN": "127.0.0.1:0",
    }


@asynccontextmanager
async def lives(
    folder: Path, url: str, **environment: str
) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Life]]]:
    """What begins one life after the other: whole starts, but of a long run only every tenth, which takes the time."""
    begun = itertools.count()
    if not LONG:
        yield lambda: bot(folder, url, **environment)
        return
    async with nursery() as mother:
        settings = own(folder, url) | environment
        yield lambda: mother.bear(settings, folder / "bot.log") if next(begun) % 10 else bot(folder, url, **environment)


@asynccontextmanager
async def bot(
    folder: Path, url: str, program: Sequence[str] = ("bot", "run"), **environment: str
) -> AsyncIterator[Process]:
    """A bot in a process of its own; killed at the end, not stopped."""
    # DONDOC_LONG and its like are ours: a bot refuses to start with a setting that it does not know.
    around = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
    with (folder / "bot.log").open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *program, env={**around, **own(folder, url), **environment}, cwd=ROOT, stderr=said
        )
    try:
        yield process
    finally:
        kill(process)
        await process.wait()


def kill(process: Life) -> None:
    """As the power does it; a process that is dead already stays dead."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)


class Reaper:
    """Kills a bot at a moment drawn by chance, and takes the time of the first message of every life."""

    def __init__(
        self, server: LocalTelegram, dice: random.Random, answer_time: float = 0.0, early: float = 0.1
    ) -> None:
        """`answer_time`: seconds for which Telegram keeps its answers back after it has delivered.

        `early`: the share of lives that end some time after their start instead of after some message.
        """
        self._dice = dice
        self._early = early
        self._answer_time = answer_time
        self._process: Life | None = None
        self._victim = 0
        self._begun = 0.0
        self._seen = 0
        self.kills = 0
        self.firsts: list[float] = []  # seconds from the start of a process to its first message
        server.before = self

    def begin(self, process: Life) -> None:
        """A life begins."""
        self._process, self._victim, self._seen, self._begun = process, 0, 0, time.monotonic()

    async def live(self, process: Life, most: int) -> None:
        """Let it live until it has sent 1 to `most` messages, or for a short time; returns when it is dead."""
        self.begin(process)
        if self._dice.random() < self._early:
            self._later(self._dice.uniform(*STARTING))
        else:
            self._victim = self._dice.randint(1, most)
        await asyncio.wait_for(process.wait(), PATIENCE)
        self.kills += 1
        assert process.returncode == -signal.SIGKILL, "it ended by itself"
        if self.kills % 100 == 0:
            print(f"{self.kills} kills")

    def _later(self, seconds: float) -> None:
        assert self._process is not None
        asyncio.get_running_loop().call_later(seconds, kill, self._process)

    def __call__(self, method: str, values: dict[str, Any]) -> Fault | None:
        if method not in SENDS or self._process is None:
            return None
        self._seen += 1
        if self._seen == 1 and not isinstance(self._process, Forked):
            self.firsts.append(time.monotonic() - self._begun)
        if self._seen == self._victim:
            self._strike()
        return Fault("delay", seconds=self._answer_time) if self._answer_time else None

    def _strike(self) -> None:
        """Before the message counts as accepted, or up to a few messages later."""
        assert self._process is not None
        if self._dice.random() < 0.5:
            kill(self._process)
        else:
            self._later(self._dice.uniform(0.0, SHORTLY))


async def until(ready: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Ask again and again; whether it has come true."""
    end = time.monotonic() + seconds
    while not (found := ready()) and time.monotonic() < end:
        await asyncio.sleep(0.05)  # another process works: nothing here can be waited for but its effects
    return found

"""Many lives for little: a process that has imported the bot once and forks a new one for each of them.

A start costs a second of reading the program and a fraction of that for everything else; a thousand kills need not
pay the first a thousand times. What is forked is a whole process of its own and is killed like any other.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.command_line import main


class Forked:
    """A process that somebody else's child is; what asyncio's process offers of it."""

    def __init__(self, pid: int, mother: asyncio.subprocess.Process) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._mother = mother

    def send_signal(self, number: int) -> None:
        """To the living only: the mother has not reaped it yet."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    async def wait(self) -> int:
        """Until it is dead; its status, negative for the signal that ended it."""
        if self.returncode is None:
            assert self._mother.stdout is not None
            self.returncode = int(await self._mother.stdout.readline())
        return self.returncode


class Nursery:
    """The mother of bots: one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @asynccontextmanager
    async def bear(self, environment: Mapping[str, str], said: Path) -> AsyncIterator[Forked]:
        """A bot with these settings, which writes its log there; killed at the end, not stopped."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([dict(environment), str(said)]).encode() + b"\n")
        child = Forked(int(await self._process.stdout.readline()), self._process)
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGKILL)
            await child.wait()


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """The mother, and her end."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, cwd=Path(__file__).parents[2], env=around, **pipes
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def bear_all() -> None:
    """Fork a bot for each line of orders and say its number, then how it ended."""
    for line in sys.stdin:
        environment, said = json.loads(line)
        child = os.fork()
        if not child:
            _live(environment, said)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _live(environment: Mapping[str, str], said: str) -> None:
    """In the child: become a bot. Never returns."""
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    status = 1
    try:
        status = main(["run"])
    finally:
        os._exit(status)


if __name__ == "__main__":
    bear_all()

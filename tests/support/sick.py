"""`dondoc run` with something that breaks a second after it has begun to listen.

`python -m tests.support.sick AILMENT`, which is one of `AILMENTS`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from bot import command_line
from bot.app import App

SOON = 1.0  # seconds
FOR_EVER = 1e6


def the_loop_hangs(_: App) -> None:
    """Never returns."""
    time.sleep(FOR_EVER)


def a_call_in_c_keeps_the_loop(_: App) -> None:
    """Never returns, and waits for a lock instead of a moment."""
    held = threading.Lock()
    held.acquire()
    held.acquire()


def the_writer_dies(app: App) -> None:
    """By an error where none is expected: outside the transaction."""

    def fail(_group: Any) -> None:
        raise MemoryError

    app.store._write_group = fail  # type: ignore[method-assign]


AILMENTS: dict[str, Callable[[App], None]] = {
    one.__name__: one for one in (the_loop_hangs, a_call_in_c_keeps_the_loop, the_writer_dies)
}


class Sick(App):
    """A bot that falls ill."""

    async def begin(self) -> None:
        await super().begin()
        asyncio.get_running_loop().call_later(SOON, AILMENTS[sys.argv[1]], self)


if __name__ == "__main__":
    command_line.App = Sick  # type: ignore[misc]
    sys.exit(command_line.main(["run"]))

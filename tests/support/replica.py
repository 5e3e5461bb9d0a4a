"""One of several bots on one database, by a clock that a test moves for all of them.

`python -m tests.support.replica FILE`: the file holds by how many seconds the clock is ahead of the real one.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from bot import logs
from bot.app import App, Wires, wall_clock
from bot.settings import load
from storage.tables import inbox


class SharedClock:
    """The time of all processes that read the same file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        return wall_clock() + timedelta(seconds=float(self._file.read_text()))

    def ahead(self, seconds: float) -> None:
        """From now on it is so many seconds ahead: at once, for all."""
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self._file)


def claims(connection: Connection) -> dict[int, str]:
    """The updates that are not done and that a process deals with, each with a name of that process."""
    query = select(inbox.c.id, inbox.c.holder).where(inbox.c.done_at.is_(None), inbox.c.holder.is_not(None))
    return {row.id: row.holder for row in connection.execute(query)}


async def main() -> None:
    """Serve until killed."""
    settings = load()
    logs.configure(settings.log_format, settings.log_level)
    token = settings.bot_token
    assert token is not None
    await App(settings, token, Wires(clock=SharedClock(Path(sys.argv[1])))).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main())

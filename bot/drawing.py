"""Draws a picture in a child process: one that crashes or hangs costs the picture, never the bot."""

from __future__ import annotations

import asyncio
import logging
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from handlers.views.lettering import FONTS

log = logging.getLogger(__name__)

DEADLINE = 20.0  # seconds, the wait for an earlier picture included
WIDEST, TALLEST = 1080, 1600
# Isolated (-I): the child sees the installed packages and nothing of the place where the bot was started.
COMMAND = (sys.executable, "-I", str(Path(__file__).with_name("brush.py")), *map(str, sorted(FONTS.glob("*.ttf"))))


class Drawing:
    """Draws one picture at a time (see `handlers.ports.Drawer`)."""

    def __init__(self, command: Sequence[str] = COMMAND, deadline: float = DEADLINE) -> None:
        self._command = command
        self._deadline = deadline
        self._one = asyncio.Lock()

    async def draw(self, svg: str) -> bytes | None:
        """The PNG, or None when it could not be drawn in time; never raises for that."""
        try:
            async with asyncio.timeout(self._deadline), self._one:
                png = await self._run(svg)
        except (TimeoutError, OSError):
            log.exception("a picture was not drawn")
            return None
        if png is None or not _sound(png):
            log.error("a picture was not drawn, or is not of the right size")
            return None
        return png

    async def _run(self, svg: str) -> bytes | None:
        child = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        try:
            png, _ = await child.communicate(svg.encode())
        finally:
            if child.returncode is None:  # the deadline, or the bot is stopping
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode:
            log.error("a picture was not drawn: the child ended with %d", child.returncode)
            return None
        return png


def _sound(png: bytes) -> bool:
    """Whether this is a PNG that a chat takes."""
    if len(png) < 24 or not png.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    width, height = struct.unpack(">II", png[16:24])
    return bool(0 < width <= WIDEST and 0 < height <= TALLEST)

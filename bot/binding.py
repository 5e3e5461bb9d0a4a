"""Writes a workbook in a thread: the bot goes on answering, and a file that cannot be made costs only the file."""

from __future__ import annotations

import asyncio
import logging

from bot.spreadsheets.writing import make_workbook
from handlers.views.book import Book

log = logging.getLogger(__name__)

DEADLINE = 60.0  # seconds, the wait for an earlier workbook included


class Binding:
    """Writes one workbook at a time (see `handlers.ports.Binder`)."""

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._one = asyncio.Lock()

    async def bind(self, book: Book) -> bytes | None:
        """The file, or None when it could not be made in time; never raises for that."""
        try:
            async with asyncio.timeout(self._deadline), self._one:
                return await asyncio.to_thread(make_workbook, book.sheets, book.language)
        except Exception:
            log.exception("the workbook %s was not made", book.file)
            return None

"""What happened to a task."""

from __future__ import annotations

from bot.actions import histories
from bot.desks.base import BaseDesk
from handlers.ports import StoryPage


class HistoryDesk(BaseDesk):
    """What happened to a task."""

    async def history(self, task_id: int, start: int = 0) -> StoryPage:
        return await self._look(lambda connection: histories.page(connection, self._actor(connection), task_id, start))

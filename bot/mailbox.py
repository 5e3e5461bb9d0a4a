"""The durable inbox as the poller and the dispatcher use it (see `handlers.ports.Mailbox`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from storage import inbox
from storage.database import Store


class Inbox:
    """Stores updates before they are confirmed, and remembers which were dealt with."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def accept(self, updates: Mapping[int, Any]) -> tuple[int, ...]:
        """Commit updates; the ids of those that were new."""
        return await self._store.write(lambda connection: inbox.accept(connection, updates, self._clock()))

    async def waiting(self) -> tuple[tuple[int, Any], ...]:
        """What was received and not dealt with."""
        return await self._store.read(inbox.waiting)

    async def attempt(self, update_id: int) -> int:
        """Count another try; how many there were."""
        return await self._store.write(lambda connection: inbox.attempt(connection, update_id))

    async def done(self, update_id: int, outcome: str) -> None:
        """Mark an update as dealt with; nothing when its effect marked it."""
        await self._store.write(lambda connection: inbox.settle(connection, update_id, self._clock(), outcome))

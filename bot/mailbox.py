"""The durable inbox as whoever receives and the dispatcher use it (see `handlers.ports.Mailbox`)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from storage import inbox
from storage.database import Store
from storage.records import Claimed

LEASE = timedelta(seconds=20)  # after the last renewal another process takes over what this one holds
AT_ONCE = 200


class Inbox:
    """Stores updates before they are confirmed, and remembers who deals with them and which were dealt with."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._holder = secrets.token_hex(16)  # this process, for its life

    async def accept(self, updates: Mapping[int, Any], lines: Mapping[int, int]) -> None:
        """Commit updates. Doing it twice stores them once."""
        await self._store.write(lambda connection: inbox.accept(connection, updates, self._clock(), lines))

    async def anything(self) -> bool:
        """Whether something waits that nobody deals with."""
        return await self._store.read(lambda connection: inbox.unclaimed(connection, self._clock()))

    async def claim(self) -> tuple[Claimed, ...]:
        """Take what nobody deals with."""
        now = self._clock()
        return await self._store.write(lambda c: inbox.claim(c, self._holder, now, now + LEASE, AT_ONCE))

    async def renew(self) -> frozenset[int]:
        """Hold everything longer; the ids that are still ours."""
        until = self._clock() + LEASE
        return await self._store.write(lambda connection: inbox.renew(connection, self._holder, until))

    async def release(self) -> None:
        """Leave what is not done to others."""
        await self._store.write(lambda connection: inbox.release(connection, self._holder))

    async def expire(self) -> None:
        """End the leases of earlier processes: where there can be only this one."""
        await self._store.write(inbox.expire)

    async def attempt(self, update_id: int) -> int:
        """Count another try; how many there were."""
        return await self._store.write(lambda connection: inbox.attempt(connection, update_id))

    async def done(self, update_id: int, outcome: str) -> None:
        """Mark an update as dealt with; nothing when its effect marked it."""
        await self._store.write(lambda connection: inbox.settle(connection, update_id, self._clock(), outcome))

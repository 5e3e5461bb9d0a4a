"""Before a post leaves: is the chat still the one that was bound? Asked of the messenger, remembered by `holding`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.actions import holding
from handlers.ports import Post, Standing
from storage.database import Store
from storage.records import Chat


class Inspector:
    """Looks at the chats for which a post waits."""

    def __init__(self, store: Store, post: Post, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._post = post
        self._clock = clock

    async def look(self, moved: Callable[[], None] = lambda: None) -> None:
        """One round. A chat that cannot be looked at now stays as it is: its post waits and is tried again.

        `moved` is called after each chat: a round with a messenger that does not answer takes long, and goes on.
        """
        now = self._clock()
        for chat in await self._store.read(lambda connection: holding.unchecked(connection, now)):
            found = await self._post.check(chat.address)
            moved()
            if found is not None:
                await self._note(chat, found, now)

    async def _note(self, chat: Chat, found: Standing, now: datetime) -> None:
        await self._store.write(lambda connection: holding.note(connection, chat, found, now))

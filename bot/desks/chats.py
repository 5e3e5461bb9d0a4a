"""Groups and channels, and whether people can be reached."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions import chats as chat_actions
from bot.desks.base import BaseDesk
from handlers.ports import (
    ChatClaim,
)
from storage import chats, history, members
from storage.records import Unit


class ChatDesk(BaseDesk):
    """Groups and channels, and whether people can be reached."""

    async def link_code(self, unit_id: int | None = None) -> tuple[str, Unit, tuple[Unit, ...]]:
        return await self._effect(
            lambda connection: chat_actions.link_code(
                connection, self._parts.office, self._actor(connection), unit_id, self.now, self._parts.secret
            )
        )

    async def claim_chat(self, code: str, title: str) -> ChatClaim:
        return await self._look(
            lambda connection: chat_actions.claim(connection, self._parts.office, code, title, self.now)
        )

    async def ask_binding(self, claim: ChatClaim, address: int, kind: str) -> None:
        await self._effect(lambda connection: chat_actions.ask(connection, claim, address, kind, self.now))

    async def bind_chat(self, invite_id: int) -> str:
        return await self._effect(
            lambda connection: chat_actions.bind(
                connection, self._parts.office, self._actor(connection), invite_id, self.now
            )
        )

    async def chat_closed(self, address: int) -> None:
        await self._effect(lambda connection: chat_actions.close(connection, address, self.now))

    async def chat_moved(self, old: int, new: int) -> None:
        await self._effect(lambda connection: chats.move(connection, old, new))

    async def reach(self, *, possible: bool, reason: str = "") -> None:
        def work(connection: Connection) -> None:
            if possible:
                return  # noted for every effect
            member = members.set_reach(connection, self._caller.account, self.now, reason)
            if member is not None:
                details = {"possible": False, "reason": reason}
                history.append(connection, self.now, "reach", member_id=member.id, details=details)

        await self._effect(work)

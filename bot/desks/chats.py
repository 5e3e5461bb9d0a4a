"""Groups and channels, and whether people can be reached."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions import chat_settings, corrections, holding, resending
from bot.actions import chats as chat_actions
from bot.desks.base import BaseDesk
from handlers.ports import (
    ChatClaim,
    ChatPlan,
    Correcting,
)
from storage import drafts, history, members, units
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

    async def bind_chat(self, invite_id: int, purpose: str = "") -> ChatPlan:
        def work(connection: Connection) -> ChatPlan:
            chat = chat_actions.bind(
                connection, self._parts.office, self._actor(connection), invite_id, self.now, purpose
            )
            return chat_settings.plan_of(chat, units.every(connection))

        return await self._effect(work)

    async def my_posts(self) -> tuple[ChatPlan, ...]:
        return await self._look(lambda connection: corrections.posted(connection, self._actor(connection)))

    async def correcting(self, chat_id: int) -> Correcting:
        return await self._look(
            lambda connection: corrections.look(
                connection, self._parts.office, self._actor(connection), chat_id, self.now
            )
        )

    async def correct(self, chat_id: int, digest_id: int, reason: str) -> Correcting:
        def work(connection: Connection) -> Correcting:
            actor = self._actor(connection)
            done = corrections.correct(connection, self._parts.office, actor, chat_id, digest_id, reason, self.now)
            drafts.drop(connection, self._caller.account)
            return done

        return await self._effect(work)

    async def my_standing_posts(self) -> tuple[ChatPlan, ...]:
        return await self._look(lambda connection: resending.choices(connection, self._actor(connection)))

    async def send_again(self, chat_id: int) -> ChatPlan:
        return await self._effect(
            lambda connection: resending.again(connection, self._actor(connection), chat_id, self.now)
        )

    async def my_chats(self) -> tuple[ChatPlan, ...]:
        return await self._look(lambda connection: chat_settings.manageable(connection, self._actor(connection)))

    async def chat_plan(self, chat_id: int) -> ChatPlan:
        def work(connection: Connection) -> ChatPlan:
            chat = chat_settings.look(connection, self._actor(connection), chat_id)
            return chat_settings.plan_of(chat, units.every(connection))

        return await self._look(work)

    async def set_chat(self, chat_id: int, field: str, value: str) -> ChatPlan:
        def work(connection: Connection) -> ChatPlan:
            actor = self._actor(connection)
            chat = chat_settings.look(connection, actor, chat_id)
            return chat_settings.change(connection, chat, {field: value}, self.now, actor.member.id)

        return await self._effect(work)

    async def decide_hold(self, hold_id: int, *, post: bool) -> str:
        return await self._effect(
            lambda connection: holding.decide(connection, self._actor(connection), hold_id, self.now, post=post)
        )

    async def chat_closed(self, address: int) -> None:
        await self._effect(lambda connection: chat_actions.close(connection, address, self.now))

    async def chat_moved(self, old: int, new: int) -> None:
        await self._effect(lambda connection: chat_actions.move(connection, old, new, self.now))

    async def reach(self, *, possible: bool, reason: str = "") -> None:
        def work(connection: Connection) -> None:
            if possible:
                return  # noted for every effect
            member = members.set_reach(connection, self._caller.account, self.now, reason)
            if member is not None:
                details = {"possible": False, "reason": reason}
                history.append(connection, self.now, "reach", member_id=member.id, details=details)

        await self._effect(work)

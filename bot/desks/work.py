"""The own work, and dialogues that are not finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.actions import acknowledging, cards, contributions, explaining, ladders, people, snoozing, teams, urging
from bot.actions import tasks as task_actions
from bot.desks.base import BaseDesk
from bot.office import Office
from bot.policy.access import Actor
from handlers.ports import (
    HELD,
    Page,
    Refused,
)
from storage import drafts, tasks
from storage.records import Action, Card, Draft, LadderCard

# What is done to a task without moving it to another state.
DEEDS: Mapping[Action, Callable[[Connection, Office, Actor, int, datetime, str], Card]] = {
    Action.URGE: urging.urge,
    Action.ACKNOWLEDGE: acknowledging.acknowledge,
    Action.CONTRIBUTE: contributions.contribute,
    Action.EXPLAIN: explaining.explain,
    Action.SNOOZE: snoozing.snooze,
}


class WorkDesk(BaseDesk):
    """The own work, and dialogues that are not finished."""

    async def my_tasks(self, start: int = 0) -> Page:
        def work(connection: Connection) -> Page:
            actor = self._actor(connection)
            owners = [actor.member.id, *sorted(actor.stands_for)]
            found = [task for owner_id in owners for task in tasks.open_of(connection, owner_id)]
            return teams.page(connection, self._parts.office, actor, found, start, self.now)

        return await self._look(work)

    async def card(self, task_id: int) -> Card:
        return await self._look(lambda connection: self._card(connection, tasks.get(connection, task_id)))

    async def card_by_code(self, code: str) -> Card:
        return await self._look(lambda connection: self._card(connection, tasks.by_code(connection, code)))

    def _card(self, connection: Connection, task: Any) -> Card:
        actor = self._actor(connection)
        found = task_actions.visible(actor, task)
        return cards.make(connection, self._parts.office, actor, [found], self.now, notes=True)[0]

    async def may_act(self, action: Action, task_id: int) -> Card:
        """The task, if this can be done to it now: asked before a dialogue begins."""

        def work(connection: Connection) -> Card:
            actor = self._actor(connection)
            task = task_actions.allowed(connection, actor, action, task_id, self.now)
            return cards.make(connection, self._parts.office, actor, [task], self.now)[0]

        return await self._look(work)

    async def act(self, action: Action, task_id: int, *, percent: int | None = None, note: str = "") -> Card:
        def work(connection: Connection) -> Card:
            office, actor = self._parts.office, self._actor(connection)
            if action in DEEDS:
                return DEEDS[action](connection, office, actor, task_id, self.now, note)
            return task_actions.act(connection, office, actor, action, task_id, self.now, percent, note)

        return await self._effect(work)

    async def ladder(self, task_id: int) -> LadderCard:
        return await self._look(
            lambda connection: ladders.look(connection, self._parts.office, self._actor(connection), task_id, self.now)
        )

    async def set_ladder(self, task_id: int, text: str | None) -> LadderCard:
        return await self._effect(
            lambda connection: ladders.change(
                connection, self._parts.office, self._actor(connection), task_id, text, self.now
            )
        )

    async def set_urgent(self, task_id: int, *, urgent: bool | None = None) -> Card:
        return await self._effect(
            lambda connection: ladders.set_urgent(
                connection, self._parts.office, self._actor(connection), task_id, self.now, urgent=urgent
            )
        )

    async def mentioned(self, address: int, message_id: int) -> tuple[Card, ...]:
        def work(connection: Connection) -> tuple[Card, ...]:
            actor = self._actor(connection)
            found = tasks.some(connection, tasks.mentioned(connection, address, message_id)).values()
            seen = [task for task in found if people.may_view(actor, task)]
            return cards.make(connection, self._parts.office, actor, seen, self.now)

        return await self._look(work)

    async def mention(self, address: int, message_id: int, task_ids: Sequence[int]) -> None:
        # Not an effect of the update: only a help to understand a later reply.
        await self._parts.store.write(
            lambda connection: tasks.mention(connection, address, message_id, task_ids, self.now)
        )

    async def draft(self) -> Draft | None:
        return await self._look(lambda connection: drafts.get(connection, self._caller.account))

    async def keep_draft(self, kind: str, data: Mapping[str, Any]) -> Draft:
        token = self._parts.secret()[:8]
        fresh = Draft(self._caller.account, kind, token, dict(data), self.now)

        def work(connection: Connection) -> Draft:
            self._member(connection)
            before = drafts.get(connection, fresh.account)
            if before is not None and before.kind == HELD != kind:
                raise Refused("evidence.first", n=len(before.data["files"]))
            drafts.save(connection, fresh.account, kind, token, fresh.data, self.now)
            return fresh

        return await self._effect(work)

    async def drop_draft(self) -> bool:
        return await self._effect(lambda connection: drafts.drop(connection, self._caller.account))

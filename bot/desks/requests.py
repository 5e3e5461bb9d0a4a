"""Asking for more time, for help, for somebody else; and answering."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import batches, cards, cases, owners, teams
from bot.actions import requests as actions
from bot.actions import tasks as task_actions
from bot.desks.base import BaseDesk
from bot.desks.unit import MATCHES, deadline_of, read_deadlines
from bot.policy import deadlines
from bot.policy import requests as policy
from bot.policy.calendar import WorkCalendar
from handlers.ports import Deadline, Refused
from storage import members, tasks, units
from storage.records import Card, Person, RequestCard, RequestKind


class RequestDesk(BaseDesk):
    """Asking for more time, for help, for somebody else; and answering."""

    async def ask(
        self,
        kind: RequestKind,
        task_id: int,
        reason: str,
        *,
        proposal: str = "",
        new_due: datetime | None = None,
        new_owner_id: int | None = None,
    ) -> RequestCard:
        def work(connection: Connection) -> RequestCard:
            actor, office = self._actor(connection), self._parts.office
            return actions.ask(
                connection, office, actor, kind, task_id, self.now, reason, proposal, new_due, new_owner_id
            )

        return await self._effect(work)

    async def may_ask(self, kind: RequestKind, task_id: int) -> Card:
        """The task, if such a request can be made about it now: asked before a dialogue begins."""

        def work(connection: Connection) -> Card:
            actor = self._actor(connection)
            task, before = actions.asked_about(connection, actor, kind, task_id)
            if (found := policy.obstacle(task, kind, before, self.now)) is not None:
                raise Refused(found, code=task.code)
            return cards.make(connection, self._parts.office, actor, [task], self.now)[0]

        return await self._look(work)

    async def reassign(self, task_id: int, new_owner_id: int, reason: str) -> Card:
        return await self._effect(
            lambda c: owners.reassign(c, self._parts.office, self._actor(c), task_id, new_owner_id, self.now, reason)
        )

    async def consent(self, request_id: int) -> RequestCard:
        return await self._effect(
            lambda c: actions.consent(c, self._parts.office, self._actor(c), request_id, self.now)
        )

    async def decide(self, request_id: int, *, yes: bool, answer: str = "") -> RequestCard:
        def work(connection: Connection) -> RequestCard:
            actor, office = self._actor(connection), self._parts.office
            answered = batches.decide if batches.is_batch(connection, request_id) else actions.decide
            return answered(connection, office, actor, request_id, self.now, yes=yes, answer=answer)

        return await self._effect(work)

    async def request(self, request_id: int) -> RequestCard:
        return await self._look(lambda c: cases.look(c, self._parts.office, self._actor(c), request_id, self.now))

    async def requests(self) -> tuple[RequestCard, ...]:
        return await self._look(lambda c: cases.waiting_for(c, self._parts.office, self._actor(c), self.now))

    async def find_anybody(self, text: str) -> tuple[Person, ...]:
        """Anybody of the organisation: work may be handed over to another unit."""

        def work(connection: Connection) -> tuple[Person, ...]:
            actor, tree = self._actor(connection), units.every(connection)
            found = members.find(connection, text, tree, MATCHES)
            return tuple(Person(m, tree[m.unit_id].name) for m in found if m.id != actor.member.id)

        return await self._look(work)

    async def colleagues_of_task(self, task_id: int) -> tuple[Person, ...]:
        """The other people of the unit that leads the task."""

        def work(connection: Connection) -> tuple[Person, ...]:
            actor = self._actor(connection)
            task = task_actions.visible(actor, tasks.get(connection, task_id))
            people = teams.roster(connection, [task.unit_id], self.now)
            return tuple(person for person in people if person.member.id != actor.member.id)

        return await self._look(work)

    def _own_calendar(self, connection: Connection) -> WorkCalendar:
        return self._parts.office.calendar_for(self._member(connection), units.every(connection))

    async def own_deadline(self, text: str) -> tuple[Deadline, ...]:
        return await self._look(lambda c: read_deadlines(text, self.now, self._own_calendar(c)))

    async def own_deadline_at(self, at: datetime) -> Deadline:
        return await self._look(lambda c: deadline_of(at, self._own_calendar(c)))

    async def own_choices(self, task_id: int) -> tuple[datetime, ...]:
        """Ends of working days after the present deadline."""

        def work(connection: Connection) -> tuple[datetime, ...]:
            task = task_actions.visible(self._actor(connection), tasks.get(connection, task_id))
            since = max(self.now, task.due_at or self.now)
            return deadlines.choices(since, self._own_calendar(connection))

        return await self._look(work)

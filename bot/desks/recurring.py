"""Work that comes back."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions import recurring as actions
from bot.actions import tasks as task_actions
from bot.desks.base import BaseDesk
from bot.desks.unit import deadline_of
from bot.policy import recurrence as policy
from bot.policy.phrases import recurring as phrases
from bot.policy.phrases.unclear import Unclear
from handlers.ports import Deadline, Refused, Routine
from storage import units
from storage.records import RecurrenceCard


class RecurringDesk(BaseDesk):
    """Work that comes back."""

    async def recurring(self) -> tuple[RecurrenceCard, ...]:
        return await self._look(lambda c: actions.listing(c, self._parts.office, self._actor(c), self.now))

    async def understand_rule(self, text: str) -> tuple[str, str]:
        try:
            rule, clock = phrases.parse(text)
        except Unclear:
            raise Refused("recurring.rule", text=text) from None
        return str(rule), clock

    async def coming(self, rule: str, clock: str, member_id: int) -> tuple[Deadline, ...]:
        def work(connection: Connection) -> tuple[Deadline, ...]:
            owner = task_actions.may_assign(connection, self._actor(connection), member_id)
            calendar = self._parts.office.calendar_for(owner, units.every(connection))
            lead_days = policy.LEAD_DAYS[policy.parse_rule(rule).period]
            found = actions.deadlines(rule, clock, lead_days, self.now, calendar)
            return tuple(deadline_of(at, calendar) for at in found)

        return await self._look(work)

    async def repeat(self, wanted: Routine) -> RecurrenceCard:
        return await self._effect(lambda c: actions.begin(c, self._parts.office, self._actor(c), wanted, self.now))

    async def end_recurring(self, number: int) -> tuple[RecurrenceCard, ...]:
        """What is left after one of them has ended."""

        def work(connection: Connection) -> tuple[RecurrenceCard, ...]:
            actor = self._actor(connection)
            actions.end(connection, actor, number, self.now)
            return actions.listing(connection, self._parts.office, actor, self.now)

        return await self._effect(work)

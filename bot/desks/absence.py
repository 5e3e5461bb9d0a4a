"""Being away, and coming back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import absences as actions
from bot.actions import teams
from bot.desks.base import BaseDesk
from bot.policy import absence as policy
from bot.policy import deadlines
from bot.policy.calendar import WorkCalendar
from handlers.ports import Refused
from storage import absences, units
from storage.records import Away, Person


class AbsenceDesk(BaseDesk):
    """Being away, and coming back."""

    async def absence(self) -> Away | None:
        """The own absence that lasts now."""

        def work(connection: Connection) -> Away | None:
            found = absences.present_of(connection, [self._member(connection).id], self.now)
            return actions.shown(connection, self._parts.office, found[-1], units.every(connection)) if found else None

        return await self._look(work)

    async def read_away(self, text: str) -> tuple[tuple[datetime, ...], str]:
        """The ends of the days that were meant as the last one away, one or two, and the name typed after it."""

        def work(connection: Connection) -> tuple[tuple[datetime, ...], str]:
            try:
                return policy.read(text, self.now, self._calendar_of_me(connection))
            except deadlines.Unclear:
                raise Refused("away.date", text=text) from None

        return await self._look(work)

    async def last_days(self) -> tuple[datetime, ...]:
        """The ends of the next working days, to choose the last one away from."""

        def work(connection: Connection) -> tuple[datetime, ...]:
            calendar = self._calendar_of_me(connection)
            found = deadlines.choices(self.now, calendar)
            return tuple(policy.end_of_day(calendar.local(at).date(), calendar) for at in found)

        return await self._look(work)

    def _calendar_of_me(self, connection: Connection) -> WorkCalendar:
        return self._parts.office.calendar_for(self._member(connection), units.every(connection))

    async def substitutes(self) -> tuple[Person, ...]:
        """The colleagues who could stand in."""

        def work(connection: Connection) -> tuple[Person, ...]:
            me = self._member(connection)
            people = teams.roster(connection, [me.unit_id], self.now)
            return tuple(one for one in people if one.member.id != me.id and one.member.reachable and not one.away)

        return await self._look(work)

    async def go_away(self, until: datetime, substitute_id: int) -> Away:
        return await self._effect(
            lambda c: actions.go(c, self._parts.office, self._member(c), until, substitute_id, self.now)
        )

    async def come_back(self) -> Away:
        return await self._effect(lambda c: actions.come_back(c, self._parts.office, self._member(c), self.now))

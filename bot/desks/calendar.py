"""The working calendar: everybody may look, administrators decide."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions import calendars
from bot.desks.base import BaseDesk
from storage.records import Days, Touched


class CalendarDesk(BaseDesk):
    """The working calendar: everybody may look, administrators decide."""

    async def calendar(self, country: str | None = None) -> Days:
        def work(connection: Connection) -> Days:
            actor = self._actor(connection)
            language = actor.member.language
            return calendars.look(connection, self._parts.office, actor, self.now, language, country)

        return await self._look(work)

    async def decide_day(
        self, country: str | None, day: str, *, working: bool | None, note: str = "", source: str = ""
    ) -> Touched:
        def work(connection: Connection) -> Touched:
            actor, office = self._actor(connection), self._parts.office
            return calendars.decide(
                connection, office, actor, country, day, self.now, working=working, note=note, source=source
            )

        return await self._effect(work)

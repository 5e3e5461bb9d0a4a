"""Who is talking, joining, and what people set for themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.actions import agendas, joining, people
from bot.actions import tasks as task_actions
from bot.desks.base import BaseDesk
from bot.office import LANGUAGES
from bot.policy import agenda
from bot.policy.access import Deed, reach_of
from bot.policy.calendar import WorkCalendar, hours_text
from handlers.ports import (
    Invitation,
    Me,
    Refused,
)
from storage import history, members, outbox, tasks, units
from storage.records import Member


class PeopleDesk(BaseDesk):
    """Who is talking, joining, and what people set for themselves."""

    async def me(self) -> Me:
        return await self._look(lambda connection: self._me(connection, self._member(connection)))

    def _me(self, connection: Connection, member: Member) -> Me:
        tree = units.every(connection)
        actor = people.actor_of(connection, member, self.now, tree)
        last = outbox.last_of(connection, member.id)
        calendar = self._parts.office.calendar_for(member, tree)
        return Me(
            member=member,
            unit=tree[member.unit_id].name,
            roles=frozenset({"member"} | {role.value for role, reach in actor.reach.items() if reach}),
            deeds=frozenset(deed.value for deed in Deed if reach_of(actor, deed)),
            language=member.language,
            zone=calendar.zone,
            agenda=f"{calendar.clock if calendar.works_at(calendar.clock) else calendar.opens:%H:%M}",
            hours=tuple(f"{clock:%H:%M}" for clock in agenda.CHOICES if calendar.works_at(clock)),
            last_letter=last.done_at if last and last.state == "sent" else None,
        )

    async def greet_stranger(self) -> bool:
        since = self.now - joining.STRANGER_PAUSE
        return await self._effect(
            lambda connection: members.answer_stranger(connection, self._caller.account, self.now, since)
        )

    async def invitation(self, code: str) -> Invitation:
        def work(connection: Connection) -> Invitation:
            if members.by_account(connection, self._caller.account) is not None:
                raise Refused("join.linked")
            return joining.look(connection, self._parts.office, code, self.now)

        return await self._look(work)

    async def join(self, code: str, language: str) -> Me:
        if language not in LANGUAGES:
            raise Refused("settings.language")

        office = self._parts.office

        def work(connection: Connection) -> Me:
            return self._me(
                connection, joining.join(connection, office, self._caller.account, code, language, self.now)
            )

        return await self._effect(work)

    async def set_language(self, language: str) -> Me:
        return await self._set("language", language)

    async def set_zone(self, zone: str) -> Me:
        return await self._set("zone", zone)

    async def set_agenda(self, text: str) -> Me:
        clock = agenda.parse_clock(text)
        if clock is None:
            raise Refused("settings.clock", text=text)
        return await self._set("agenda_clock", f"{clock:%H:%M}")

    async def _set(self, column: str, value: str) -> Me:
        def work(connection: Connection) -> Me:
            member, office = self._member(connection), self._parts.office
            tree = units.every(connection)
            _check_setting(column, value, office.calendar_for(member, tree))
            before = getattr(member, column)
            if before != value:
                members.change(connection, member.id, **{column: value})
                details = {"field": column, "old": before, "new": value}
                history.append(
                    connection, self.now, "settings", actor_id=member.id, member_id=member.id, details=details
                )
            after = replace(member, **{column: value})  # type: ignore[arg-type]
            if column != "language":  # the hour and the zone of everything that comes in the morning
                for task in tasks.open_of(connection, member.id):
                    task_actions.replan(connection, office, task, self.now)
                agendas.replan(connection, office, [after], tree, self.now)
            return self._me(connection, after)

        return await self._effect(work)


def _check_setting(column: str, value: str, calendar: WorkCalendar) -> None:
    if column == "language" and value not in LANGUAGES:
        raise Refused("settings.language")
    if column == "zone":
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise Refused("settings.zone", zone=value) from None
    if column == "agenda_clock" and not calendar.works_at(time.fromisoformat(value)):
        raise Refused("settings.clock_outside", clock=value, hours=hours_text(calendar.hours))

"""A unit: its people, its figures, and assigning work in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import behind, outlooks, summaries, teams
from bot.actions import tasks as task_actions
from bot.desks.base import BaseDesk
from bot.policy import deadlines
from bot.policy.access import Actor, Deed, reach_of
from bot.policy.calendar import WorkCalendar
from handlers.ports import (
    Assignment,
    Deadline,
    Opened,
    Page,
    Refused,
    Team,
)
from storage import members, tasks, units
from storage.figures import Figures, Outlook
from storage.records import (
    Card,
    Person,
)

PRODUCTS = 4  # usual products offered as buttons
MATCHES = 8  # people offered when a name fits several


class UnitDesk(BaseDesk):
    """A unit: its people, its figures, and assigning work in it."""

    async def team(self, unit_id: int | None = None) -> Team:
        return await self._look(lambda connection: teams.team(connection, self._actor(connection), unit_id, self.now))

    async def late(self, start: int = 0) -> Page:
        return await self._look(
            lambda connection: teams.late(connection, self._parts.office, self._actor(connection), start, self.now)
        )

    async def waiting(self, start: int = 0) -> Page:
        return await self._look(
            lambda connection: teams.waiting(connection, self._parts.office, self._actor(connection), start, self.now)
        )

    async def figures(self, unit_id: int | None = None) -> Figures:
        return await self._look(
            lambda connection: summaries.figures_now(
                connection, self._parts.office, self._actor(connection), unit_id, self.now
            )
        )

    async def behind(self, digest_id: int, unit_id: int, figure: str, start: int = 0) -> Opened:
        return await self._look(
            lambda connection: behind.open_list(
                connection, self._parts.office, self._actor(connection), digest_id, unit_id, figure, start, self.now
            )
        )

    async def outlook(self, unit_id: int | None = None) -> Outlook:
        return await self._look(
            lambda connection: outlooks.outlook(
                connection, self._parts.office, self._actor(connection), unit_id, self.now
            )
        )

    async def find_people(self, text: str) -> tuple[Person, ...]:
        def work(connection: Connection) -> tuple[Person, ...]:
            reach = self._assignable_units(self._actor(connection))
            tree = units.every(connection)
            found = members.find(connection, text, reach, MATCHES)
            return tuple(Person(member, tree[member.unit_id].name) for member in found)

        return await self._look(work)

    async def colleagues(self) -> tuple[Person, ...]:
        def work(connection: Connection) -> tuple[Person, ...]:
            actor = self._actor(connection)
            reach = self._assignable_units(actor)
            return teams.roster(connection, [teams.default_unit(actor, reach)], self.now)

        return await self._look(work)

    @staticmethod
    def _assignable_units(actor: Actor) -> frozenset[int]:
        reach = reach_of(actor, Deed.ASSIGN)
        if not reach:
            raise Refused("forbidden.assign")
        return reach

    async def assignable(self, member_id: int) -> Person:
        def work(connection: Connection) -> Person:
            member = task_actions.may_assign(connection, self._actor(connection), member_id)
            return Person(member, units.every(connection)[member.unit_id].name)

        return await self._look(work)

    async def understand(self, text: str, member_id: int) -> tuple[Deadline, ...]:
        def work(connection: Connection) -> tuple[Deadline, ...]:
            return read_deadlines(text, self.now, self._calendar(connection, member_id))

        return await self._look(work)

    async def deadline_at(self, at: datetime, member_id: int) -> Deadline:
        return await self._look(lambda connection: deadline_of(at, self._calendar(connection, member_id)))

    async def choices(self, member_id: int) -> tuple[datetime, ...]:
        return await self._look(lambda connection: deadlines.choices(self.now, self._calendar(connection, member_id)))

    def _calendar(self, connection: Connection, member_id: int) -> WorkCalendar:
        owner = task_actions.may_assign(connection, self._actor(connection), member_id)
        return self._parts.office.calendar_for(owner, units.every(connection))

    async def usual_products(self, member_id: int) -> tuple[str, ...]:
        """What the unit of this person delivers most often."""

        def work(connection: Connection) -> tuple[str, ...]:
            owner = task_actions.may_assign(connection, self._actor(connection), member_id)
            return tasks.usual_products(connection, owner.unit_id, PRODUCTS)

        return await self._look(work)

    async def assign(self, assignment: Assignment) -> Card:
        return await self._effect(
            lambda connection: task_actions.assign(
                connection, self._parts.office, self._actor(connection), assignment, self.now
            )
        )


def read_deadlines(text: str, now: datetime, calendar: WorkCalendar) -> tuple[Deadline, ...]:
    """What was typed, as it was understood by that calendar: one deadline, or the two it can mean. Raises Refused."""
    try:
        return (deadline_of(deadlines.parse(text, now, calendar), calendar),)
    except deadlines.Unclear as unclear:
        if unclear.choices:
            return tuple(deadline_of(at, calendar) for at in unclear.choices)
        raise Refused(f"deadline.{unclear.reason}", text=text) from None


def deadline_of(at: datetime, calendar: WorkCalendar) -> Deadline:
    day = calendar.local(at).date()
    if calendar.is_working(day):
        return Deadline(at, calendar.zone, day_off=False)
    around = calendar.shift(day, -1), calendar.shift(day, 1)
    return Deadline(at, calendar.zone, True, *around, provisional=calendar.is_provisional(day))

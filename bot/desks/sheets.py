"""Files to carry elsewhere: the summary's spreadsheet, own sheets, and results in yearly indices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection

from bot.actions import sheets, summaries
from bot.actions.teams import reach_for
from bot.desks.base import BaseDesk, T
from bot.desks.unit import MATCHES
from bot.policy import span
from bot.policy.access import Deed
from handlers.ports import Refused
from storage import indices, members, units
from storage.figures import Figures
from storage.listing import IndexEntry, Listing
from storage.records import Person
from storage.sheets import OwnSheet, Span, UnitSheet


class SheetDesk(BaseDesk):
    """Files to carry elsewhere."""

    async def listing(self, unit: str = "") -> tuple[Figures, Listing]:
        """The summary so far of the unit of that name (default: the usual one) with the tasks it counts."""

        def work(connection: Connection) -> tuple[Figures, Listing]:
            actor = self._actor(connection)
            chosen = _unit(connection, unit, reach_for(actor, Deed.SUMMARY)) if unit else None
            return summaries.listed_now(connection, self._parts.office, actor, chosen, self.now)

        return await self._look(work)

    async def read_span(self, text: str) -> tuple[Span, str]:
        """The month or quarter that the words mean (default: the present month), and the other words."""

        def work(connection: Connection) -> tuple[Span, str]:
            return _understood(lambda: span.read(text, self._today(connection)))

        return await self._look(work)

    async def own_sheet(self, wanted: Span, member_id: int | None = None) -> OwnSheet:
        """The caller's sheet, or that of somebody the caller is head or leader of."""

        def work(connection: Connection) -> OwnSheet:
            actor = self._actor(connection)
            chosen = _understood(lambda: span.checked(wanted, self._today(connection)))
            whom = actor.member.id if member_id is None else member_id
            return sheets.own(connection, self._parts.office, actor, whom, chosen, self.now)

        return await self._look(work)

    async def unit_sheet(self, wanted: Span, unit_id: int | None = None, unit: str = "") -> UnitSheet:
        """The people of a unit (default: the own one), one row for each."""

        def work(connection: Connection) -> UnitSheet:
            actor = self._actor(connection)
            chosen = _understood(lambda: span.checked(wanted, self._today(connection)))
            place = _unit(connection, unit, reach_for(actor, Deed.SHEET)) if unit else unit_id
            return sheets.of_unit(connection, self._parts.office, actor, place, chosen, self.now)

        return await self._look(work)

    async def find_subjects(self, text: str) -> tuple[Person, ...]:
        """The people of that name whose sheet the caller may see."""

        def work(connection: Connection) -> tuple[Person, ...]:
            reach, tree = reach_for(self._actor(connection), Deed.SHEET), units.every(connection)
            return tuple(Person(m, tree[m.unit_id].name) for m in members.find(connection, text, reach, MATCHES))

        return await self._look(work)

    def _today(self, connection: Connection) -> date:
        calendar = self._parts.office.calendar_for(self._member(connection), units.every(connection))
        return calendar.local(self.now).date()

    async def indices(self) -> tuple[IndexEntry, ...]:
        """Every result; the people of the organisation may all see it."""
        return await self._look(indices.every)


def _understood(work: Callable[[], T]) -> T:
    """What was understood. Raises Refused with what to write instead."""
    try:
        return work()
    except span.BadSpan as bad:
        raise Refused(f"sheet.period.{bad.reason}") from None


def _unit(connection: Connection, name: str, reach: frozenset[int]) -> int:
    """The unit of that name among these. Raises Refused with the names there are."""
    found = units.named(connection, name)
    if found is None or found.id not in reach:
        tree = units.every(connection)
        known = ", ".join(tree[key].name for key in sorted(reach) if tree[key].closed_at is None)
        raise Refused("sheet.which_unit", text=name, units=known)
    return found.id

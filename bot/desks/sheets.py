"""Files to carry elsewhere: the summary's spreadsheet, and results in yearly indices."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions import summaries
from bot.actions.teams import reach_for
from bot.desks.base import BaseDesk
from bot.policy.access import Deed
from handlers.ports import Refused
from storage import indices, units
from storage.figures import Figures
from storage.listing import IndexEntry, Listing


class SheetDesk(BaseDesk):
    """Files to carry elsewhere."""

    async def listing(self, unit: str = "") -> tuple[Figures, Listing]:
        """The summary so far of the unit of that name (default: the usual one) with the tasks it counts."""

        def work(connection: Connection) -> tuple[Figures, Listing]:
            actor = self._actor(connection)
            chosen = _unit(connection, unit, reach_for(actor, Deed.SUMMARY)) if unit else None
            return summaries.listed_now(connection, self._parts.office, actor, chosen, self.now)

        return await self._look(work)

    async def indices(self) -> tuple[IndexEntry, ...]:
        """Every result; the people of the organisation may all see it."""
        return await self._look(indices.every)


def _unit(connection: Connection, name: str, reach: frozenset[int]) -> int:
    """The unit of that name among these. Raises Refused with the names there are."""
    found = units.named(connection, name)
    if found is None or found.id not in reach:
        tree = units.every(connection)
        known = ", ".join(tree[key].name for key in sorted(reach) if tree[key].closed_at is None)
        raise Refused("sheet.which_unit", text=name, units=known)
    return found.id

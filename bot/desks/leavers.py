"""Letting somebody go, and giving their tasks to somebody else first."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions import leavers as actions
from bot.desks.base import BaseDesk
from bot.desks.unit import MATCHES
from bot.policy.access import Deed, reach_of
from handlers.ports import Leaver, Refused
from storage import members, units
from storage.records import Person, RequestCard


class LeaverDesk(BaseDesk):
    """Letting somebody go, and giving their tasks to somebody else first."""

    async def find_leavers(self, text: str) -> tuple[Person, ...]:
        """The people of that name whom the caller may let go."""

        def work(connection: Connection) -> tuple[Person, ...]:
            reach = reach_of(self._actor(connection), Deed.LEAVER)
            if not reach:
                raise Refused("forbidden.leaver")
            tree = units.every(connection)
            return tuple(Person(m, tree[m.unit_id].name) for m in members.find(connection, text, reach, MATCHES))

        return await self._look(work)

    async def leaver(self, member_id: int) -> Leaver:
        return await self._look(lambda c: actions.look(c, self._actor(c), member_id, self.now))

    async def find_heirs(self, text: str, leaver_id: int) -> tuple[Person, ...]:
        """Anybody of the organisation but the one who leaves."""

        def work(connection: Connection) -> tuple[Person, ...]:
            actions.subject(connection, self._actor(connection), leaver_id)
            tree = units.every(connection)
            found = members.find(connection, text, tree, MATCHES)
            return tuple(Person(m, tree[m.unit_id].name) for m in found if m.id != leaver_id)

        return await self._look(work)

    async def rehome(self, leaver_id: int, heir_id: int, reason: str) -> RequestCard:
        return await self._effect(
            lambda c: actions.rehome(c, self._parts.office, self._actor(c), leaver_id, heir_id, reason, self.now)
        )

    async def close_leaver(self, member_id: int) -> Person:
        return await self._effect(lambda c: actions.close(c, self._actor(c), member_id, self.now))

"""What every desk can do: look, have an effect once, know who is talking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from bot.actions import people
from bot.office import Office
from bot.policy.access import Actor
from handlers.ports import (
    AlreadyDone,
    Caller,
    Interrupted,
    Refused,
)
from storage import history, inbox, members
from storage.database import Store, Unavailable
from storage.records import Member

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """What every desk shares. `secret` gives 128 random bits as URL-safe text."""

    store: Store
    office: Office
    clock: Callable[[], datetime]
    secret: Callable[[], str]


class BaseDesk:
    """One person at the desk, for one incoming update."""

    def __init__(self, parts: Parts, caller: Caller, update_id: int | None) -> None:
        self._parts = parts
        self._caller = caller
        self._update_id = update_id
        self._settled = update_id is None
        self.now = parts.clock()

    # how work is run

    async def _look(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._parts.store.read(work)
        except Unavailable as error:
            raise Interrupted from error

    async def _effect(self, work: Callable[[Connection], T]) -> T:
        """Run the effect of this update: it and the mark "done" are committed together, or neither is."""

        def once(connection: Connection) -> T:
            if not self._settled and not inbox.settle(connection, self._update_id or 0, self.now, "effect"):
                raise AlreadyDone
            self._note_reachable(connection)
            return work(connection)

        try:
            result = await self._parts.store.write(once)
        except Unavailable as error:
            raise Interrupted from error  # if it was committed all the same, `settle` says so the next time
        self._settled = True
        return result

    def _note_reachable(self, connection: Connection) -> None:
        """Whoever writes to us can be written to."""
        member = members.set_reach(connection, self._caller.account, None) if self._caller.account else None
        if member is not None:
            history.append(connection, self.now, "reach", member_id=member.id, details={"possible": True})

    def _member(self, connection: Connection) -> Member:
        member = members.by_account(connection, self._caller.account)
        if member is None:
            raise Refused("stranger")
        return member

    def _actor(self, connection: Connection) -> Actor:
        return people.actor_of(connection, self._member(connection), self.now)

"""What shows that work was done."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.actions import cards
from bot.actions import evidence as actions
from bot.actions import tasks as task_actions
from bot.desks.base import BaseDesk
from handlers.ports import Piece
from storage import drafts, evidence, tasks
from storage.records import Action, Card


class EvidenceDesk(BaseDesk):
    """What shows that work was done."""

    async def attach(
        self,
        task_id: int,
        pieces: Sequence[Piece],
        *,
        action: Action | None = None,
        percent: int | None = None,
        note: str = "",
        ends: str = "",
    ) -> Card:
        """Keep evidence and carry out what came with it, both or neither; `ends`: the dialogue that this answers."""

        def work(connection: Connection) -> Card:
            actor, office = self._actor(connection), self._parts.office
            task = task_actions.visible(actor, tasks.get(connection, task_id))
            # First the evidence: the card and the judge's letter about a submission already count it.
            actions.add(connection, actor, task, pieces, note, self.now)
            if ends:
                drafts.drop(connection, self._caller.account, ends)
            if action is not None:
                return task_actions.act(connection, office, actor, action, task_id, self.now, percent, note)
            after = list(tasks.some(connection, [task_id]).values())
            return cards.make(connection, office, actor, after, self.now, notes=True)[0]

        return await self._effect(work)

    async def task_of_album(self, album: str) -> int | None:
        """The task to which the caller gave the first files of this album, if that was so."""
        return await self._look(lambda c: evidence.task_of_album(c, self._member(c).id, album))

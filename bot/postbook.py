"""The book of letters: what is about to be tried, what became of it, and what has to wait; many in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import absences as absence_actions
from bot.actions import agenda_door, holding, posts, undelivered
from bot.actions import chats as chat_actions
from bot.doorstep import NotNow, Ready, task_ids
from bot.office import Office
from bot.policy import retry
from bot.together import Together
from handlers.ports import Delivery
from storage import history, members, outbox, tasks
from storage.database import Store
from storage.notices import Agenda, Correction, Picture, Summary
from storage.records import Letter

# Why a letter failed, as its head is told; whatever was only tried in vain for too long has expired.
WHY = {
    retry.Outcome.UNREACHABLE: "unreachable",
    retry.Outcome.UNKNOWN: "uncertain",
    retry.Outcome.REFUSED: "refused",
}

Made = tuple[Letter, Ready, Delivery]


class PostBook:
    """Its entries return after the commit.

    `attempt`: the socket is about to be touched; False when the lease was lost. `record`: what is known after it.
    `set_aside`: a letter that must not leave.
    """

    def __init__(self, store: Store, office: Office, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._office = office
        self._clock = clock
        self.attempt = Together(self._write_attempts)
        self.record = Together(self._write_records)
        self.set_aside = Together(self._write_asides)

    async def _write_attempts(self, letters: list[Letter]) -> list[bool]:
        now = self._clock()
        ours = await self._store.write(lambda c: outbox.attempt_all(c, letters, now))
        return [letter.id in ours for letter in letters]

    async def _write_records(self, made: list[Made]) -> list[None]:
        await self._store.write(lambda c: self._record_all(c, made))
        return [None] * len(made)

    async def _write_asides(self, found: list[tuple[Letter, NotNow]]) -> list[None]:
        def work(connection: Connection) -> None:
            for letter, one in found:
                self._put_back(connection, letter, one)

        await self._store.write(work)
        return [None] * len(found)

    def _put_back(self, connection: Connection, letter: Letter, found: NotNow) -> None:
        now = self._clock()
        if isinstance(found.moved, Agenda):
            agenda_door.forward(connection, self._office, letter, found.moved, now)
            return
        if found.moved is not None:
            absence_actions.forward(connection, self._office, letter, found.moved, now)
            return
        if found.tried:
            outbox.attempt(connection, letter, now)
        if found.reason == "too_late" and letter.chat_id is not None:
            holding.expire(connection, letter.chat_id, letter.content["digest_id"], now)
        if found.at is not None:
            outbox.postpone(connection, letter, found.at, found.reason, letter.copies)
        elif found.state == "failed":
            undelivered.close(connection, self._office, letter, found.reason, found.reason, now)
        else:
            outbox.end(connection, letter, now, found.state, found.reason)

    def _record_all(self, connection: Connection, made: Sequence[Made]) -> None:
        now = self._clock()
        sent = [one for one in made if one[2].kind == "sent"]
        outbox.sent_all(connection, [(letter, delivery.message_id) for letter, _, delivery in sent], now)
        said = [(ready.address, delivery.message_id, task_ids(ready.notice)) for _, ready, delivery in sent]
        tasks.mention_all(connection, said, now)
        mornings = {
            letter.member_id
            for letter, ready, _ in sent
            if isinstance(ready.notice, Agenda) and ready.notice.day and letter.member_id is not None
        }
        agenda_door.sent(connection, self._office, mornings, now)
        for letter, ready, delivery in sent:
            if letter.chat_id is not None and isinstance(ready.notice, Summary | Picture | Correction):
                posts.delivered(connection, letter.chat_id, ready.notice, delivery.message_id)
        for letter, ready, delivery in made:
            if delivery.kind != "sent":
                self._record_failure(connection, letter, ready, delivery)

    def _record_failure(self, connection: Connection, letter: Letter, ready: Ready, delivery: Delivery) -> None:
        now = self._clock()
        outcome = retry.Outcome(delivery.kind)
        copies = letter.copies + (outcome is retry.Outcome.UNKNOWN)
        if delivery.moved_to is not None:
            chat_actions.move(connection, ready.address, delivery.moved_to, now)
        verdict = retry.after(outcome, letter.attempts + 1, copies, letter.created_at, now, delivery.wait)
        if verdict.again_at is not None:
            outbox.postpone(connection, letter, verdict.again_at, delivery.reason or delivery.kind, copies)
        if outcome is retry.Outcome.UNREACHABLE:
            self._mark_unreachable(connection, letter, ready.address, delivery.reason, now)
        if verdict.again_at is None:
            why = WHY.get(outcome, "expired")
            undelivered.close(connection, self._office, letter, delivery.reason or delivery.kind, why, now)

    def _mark_unreachable(
        self, connection: Connection, letter: Letter, address: int, reason: str, now: datetime
    ) -> None:
        if letter.chat_id is not None:
            chat_actions.close(connection, address, now)
            return
        member = members.set_reach(connection, address, now, reason)
        if member is not None:
            details = {"possible": False, "reason": reason}
            history.append(connection, now, "reach", member_id=member.id, details=details)

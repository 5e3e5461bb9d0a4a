"""The book of letters: what is about to be tried, what became of it, and what has to wait; many in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

# The same for a post, as its keepers are told; of a chat that cannot be reached they hear as soon as that is known.
POSTS = {"uncertain": "uncertain", "refused": "refused", "expired": "late"}


@dataclass(frozen=True, slots=True)
class Made:
    """An attempt that was made, and what is known after it."""

    letter: Letter
    ready: Ready
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Aside:
    """A letter that must not leave."""

    letter: Letter
    found: NotNow


Line = Letter | Made | Aside  # a bare letter: its attempt is about to be made


class PostBook:
    """What is written down about letters; returns after the commit."""

    def __init__(self, store: Store, office: Office, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._office = office
        self._clock = clock
        self._page: Together[Line, bool] = Together(self._write)

    async def attempt(self, letter: Letter) -> bool:
        """The socket is about to be touched; False when the lease was lost."""
        return await self._page(letter)

    async def record(self, made: Made) -> None:
        """What became of an attempt."""
        await self._page(made)

    async def set_aside(self, letter: Letter, found: NotNow) -> None:
        """What becomes of a letter that must not leave."""
        await self._page(Aside(letter, found))

    async def _write(self, lines: list[Line]) -> list[bool]:
        """Whatever was to be written at the same moment is one transaction."""
        tried = [line for line in lines if isinstance(line, Letter)]
        made = [line for line in lines if isinstance(line, Made)]

        def work(connection: Connection) -> set[int]:
            ours = outbox.attempt_all(connection, tried, self._clock()) if tried else set()
            self._record_all(connection, made)
            for line in lines:
                if isinstance(line, Aside):
                    self._put_back(connection, line.letter, line.found)
            return ours

        ours = await self._store.write(work)
        return [not isinstance(line, Letter) or line.id in ours for line in lines]

    def _put_back(self, connection: Connection, letter: Letter, found: NotNow) -> None:
        now = self._clock()
        if isinstance(found.moved, Agenda):
            agenda_door.forward(connection, self._office, letter, found.moved, now)
            return
        if found.moved is not None:
            absence_actions.forward(connection, self._office, letter, found.moved, now)
            return
        if found.tried:
            outbox.attempt_all(connection, [letter], now)
        if found.reason == "too_late" and letter.chat_id is not None:
            post = letter.content
            holding.expire(connection, letter.chat_id, post["digest_id"], now, post.get("again", ""))
        if found.at is not None:
            outbox.postpone(connection, letter, found.at, found.reason, letter.copies)
        elif found.state == "failed":
            undelivered.close(connection, self._office, letter, found.reason, found.reason, now)
        else:
            outbox.end(connection, letter, now, found.state, found.reason)

    def _record_all(self, connection: Connection, made: Sequence[Made]) -> None:
        now = self._clock()
        sent = [one for one in made if one.delivery.kind == "sent"]
        outbox.sent_all(connection, [(one.letter, one.delivery.message_id) for one in sent], now)
        said = [(one.ready.address, one.delivery.message_id, task_ids(one.ready.notice)) for one in sent]
        tasks.mention_all(connection, said, now)
        mornings = {
            one.letter.member_id
            for one in sent
            if isinstance(one.ready.notice, Agenda) and one.ready.notice.day and one.letter.member_id is not None
        }
        agenda_door.sent(connection, self._office, mornings, now)
        for one in sent:
            if one.letter.chat_id is not None and isinstance(one.ready.notice, Summary | Picture | Correction):
                posts.delivered(connection, one.letter.chat_id, one.ready.notice, one.delivery.message_id)
        for one in made:
            if one.delivery.kind != "sent":
                self._record_failure(connection, one.letter, one.ready, one.delivery)

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
            if isinstance(ready.notice, Summary) and letter.chat_id is not None and why in POSTS:
                holding.expire(connection, letter.chat_id, ready.notice.digest_id, now, ready.notice.again, POSTS[why])
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

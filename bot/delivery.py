"""Letters on their way: leased, asked again at the door, recorded before and after the attempt.

The attempt is committed before the socket is touched: after a crash the letter may be repeated once, marked
as a repetition, and never a third time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import absences as absence_actions
from bot.actions import cards, cases, people, recurring, teams
from bot.actions import chats as chat_actions
from bot.actions.letters import urgency
from bot.office import Office
from bot.policy import absence as absence_policy
from bot.policy import quiet, retry, trend
from bot.policy.access import Actor
from bot.policy.stale import still_true
from handlers.ports import Delivery, Post, Refused
from storage import absences, chats, digests, history, members, outbox, tasks, units
from storage.database import Store
from storage.notices import (
    AbsenceNews,
    ChatBinding,
    Facts,
    Notice,
    Picture,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Spreadsheet,
    Summary,
    TaskNews,
    Unreachables,
    from_json,
)
from storage.records import Absence, Letter, Member, Person, RecurrenceCard, RequestCard, Unit

log = logging.getLogger(__name__)

IN_FLIGHT = 3  # letters on the wire at once: also the most that a crash can repeat
LEASE = timedelta(minutes=2)
FIGURES = Summary | Picture | Spreadsheet  # letters that are made of frozen figures
BREATH = timedelta(seconds=1)  # the shortest wait of a letter that has to wait for another one


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter that may leave now."""

    address: int
    notice: Notice
    facts: Facts


@dataclass(frozen=True, slots=True)
class NotNow:
    """A letter that must not leave: `state` dropped or failed for good, or waiting until `at`.

    `moved`: part of it is for somebody else now.
    """

    state: str
    reason: str
    at: datetime | None = None
    moved: Reminders | None = None


class Courier:
    """Delivers what waits in the outbox."""

    def __init__(self, store: Store, office: Office, post: Post, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._office = office
        self._post = post
        self._clock = clock
        self._round = asyncio.Lock()

    async def deliver(self) -> int:
        """One round: every addressee with something due gets at most one letter; how many were looked at."""
        async with self._round:
            now = self._clock()
            letters = await self._store.write(lambda c: outbox.lease(c, now, now + LEASE, IN_FLIGHT * 8))
            gate = asyncio.Semaphore(IN_FLIGHT)

            async def one(letter: Letter) -> None:
                async with gate:
                    await self._handle(letter)

            await asyncio.gather(*(one(letter) for letter in letters))
            return len(letters)

    async def _handle(self, letter: Letter) -> None:
        """One letter. A letter that breaks the program must not stop the others."""
        try:
            await self._carry(letter)
        except Exception:
            log.exception("letter %d (%s) could not be prepared", letter.id, letter.kind)
            later = self._clock() + retry.backoff(letter.attempts + 1)
            state = NotNow("waiting", "error", later) if letter.attempts < 10 else NotNow("failed", "error")
            await self._store.write(lambda c: self._set_aside(c, letter, state, count=True))

    async def _carry(self, letter: Letter) -> None:
        now = self._clock()
        found = await self._store.read(lambda c: self._at_the_door(c, letter, now))
        if isinstance(found, NotNow):
            await self._store.write(lambda c: self._set_aside(c, letter, found))
            return
        if not await self._store.write(lambda c: outbox.attempt(c, letter, now)):
            return  # the lease was lost: somebody else carries it now
        delivery = await self._post.send(found.address, found.notice, found.facts, repeated=letter.copies > 0)
        await self._store.write(lambda c: self._record(c, letter, found, delivery))

    def _at_the_door(self, connection: Connection, letter: Letter, now: datetime) -> Ready | NotNow:
        """Ask again: still true, still reachable, still the right hour, not too often?"""
        if letter.copies >= retry.MOST_COPIES:
            return NotNow("failed", "uncertain")
        notice = from_json(letter.kind, letter.content)
        if letter.chat_id is not None:
            return self._for_chat(connection, letter.chat_id, notice, now)
        member = members.get(connection, letter.member_id or 0)
        if member is None or member.account is None or not member.reachable:
            return NotNow("failed", "unreachable")
        if isinstance(notice, Reminders) and absence_actions.misdirected(connection, letter, member, notice, now):
            return NotNow("waiting", "moved", moved=notice)
        return self._for_member(connection, member, member.account, notice, now)

    def _for_chat(self, connection: Connection, chat_id: int, notice: Notice, now: datetime) -> Ready | NotNow:
        chat = chats.get(connection, chat_id)
        if chat is None or chat.closed_at is not None:
            return NotNow("failed", "chat_closed")
        tree = units.every(connection)
        zone = self._office.calendar(tree, tree.get(chat.unit_id or 0)).zone
        found = digests.get(connection, notice.digest_id) if isinstance(notice, FIGURES) else None
        if found is None:
            return NotNow("failed", "nothing_to_say")
        unit_id, figures = found
        facts = Facts(now, zone, chat.language, figures=figures, names=chat.purpose == "leadership")
        if isinstance(notice, Spreadsheet):
            facts = replace(facts, listing=digests.listing(connection, notice.digest_id))
            if facts.listing is None:
                return NotNow("failed", "nothing_to_say")
        if isinstance(notice, Picture | Spreadsheet):
            text_at = outbox.waits_until(connection, notice.after)
            if text_at is not None:  # picture and file belong to their text and never come before it
                return NotNow("waiting", "after_text", max(text_at, now + BREATH))
        if isinstance(notice, Picture):
            earlier = digests.before(connection, unit_id, figures.until, trend.WEEKS)
            facts = replace(facts, weeks=trend.weeks(figures, earlier))
        return Ready(chat.address, notice, facts)

    def _for_member(
        self, connection: Connection, member: Member, account: int, notice: Notice, now: datetime
    ) -> Ready | NotNow:
        tree = units.every(connection)
        calendar = self._office.calendar_for(member, tree)
        at = quiet.next_allowed(urgency(connection, notice), calendar, now)
        if at > now and not isinstance(notice, ChatBinding):
            return NotNow("waiting", "quiet_hours", at)
        actor = people.actor_of(connection, member, now, tree)
        found = tasks.some(connection, _task_ids(notice))
        asked = self._request(connection, actor, notice, now)
        repeated = self._recurrence(connection, actor, notice, now)
        gone = self._absence(connection, notice)
        left = still_true(
            notice,
            found,
            member,
            lambda task: people.may_view(actor, task),
            asked,
            actor.stands_for,
            absence_actions.away_now(connection, now),
            absence_policy.lasts(gone, now) if gone else None,
            repeated,
        )
        if left is None:
            return NotNow("dropped", "no_longer_true")
        shown = [found[key] for key in dict.fromkeys(_task_ids(left))]
        made = cards.make(connection, self._office, actor, shown, now, notes=len(shown) == 1)
        facts = Facts(
            now=now,
            zone=calendar.zone,
            language=member.language,
            cards={card.task.id: card for card in made},
            people={person.member.id: person for person in _people(connection, left, tree, now)},
            units=tree,
            requests={asked.request.id: asked} if asked else {},
            recurrence=repeated,
            absences={gone.id: absence_actions.shown(connection, self._office, gone, tree)} if gone else {},
        )
        return Ready(account, left, facts)

    def _absence(self, connection: Connection, notice: Notice) -> Absence | None:
        """The absence a notice speaks about."""
        return absences.get(connection, notice.absence_id) if isinstance(notice, AbsenceNews) else None

    def _request(self, connection: Connection, actor: Actor, notice: Notice, now: datetime) -> RequestCard | None:
        """The request a notice speaks about, if its reader may still see it."""
        if not isinstance(notice, RequestNews):
            return None
        try:
            return cases.look(connection, self._office, actor, notice.request_id, now)
        except Refused:
            return None

    def _recurrence(self, connection: Connection, actor: Actor, notice: Notice, now: datetime) -> RecurrenceCard | None:
        """The recurrence a notice speaks about, if its reader may still see it."""
        if not isinstance(notice, RecurrenceNews):
            return None
        try:
            return recurring.look(connection, self._office, actor, notice.recurrence_id, now)
        except Refused:
            return None

    def _set_aside(self, connection: Connection, letter: Letter, found: NotNow, *, count: bool = False) -> None:
        now = self._clock()
        if found.moved is not None:
            absence_actions.forward(connection, self._office, letter, found.moved, now)
            return
        if count:
            outbox.attempt(connection, letter, now)
        if found.at is not None:
            outbox.postpone(connection, letter, found.at, found.reason, letter.copies)
        else:
            outbox.end(connection, letter, now, found.state, found.reason)

    def _record(self, connection: Connection, letter: Letter, ready: Ready, delivery: Delivery) -> None:
        now = self._clock()
        outcome = retry.Outcome(delivery.kind)
        copies = letter.copies + (outcome is retry.Outcome.UNKNOWN)
        if delivery.moved_to is not None:
            chats.move(connection, ready.address, delivery.moved_to)
        verdict = retry.after(outcome, letter.attempts + 1, copies, letter.created_at, now, delivery.wait)
        if verdict.state == "sent":
            outbox.sent(connection, letter, now, delivery.message_id)
            tasks.mention(connection, ready.address, delivery.message_id, _task_ids(ready.notice), now)
        elif verdict.again_at is not None:
            outbox.postpone(connection, letter, verdict.again_at, delivery.reason or delivery.kind, copies)
        else:
            outbox.end(connection, letter, now, "failed", delivery.reason or delivery.kind)
        if outcome is retry.Outcome.UNREACHABLE:
            self._mark_unreachable(connection, letter, ready.address, delivery.reason, now)

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


def _task_ids(notice: Notice) -> tuple[int, ...]:
    if isinstance(notice, Reminders):
        return tuple(step.task_id for step in notice.steps)
    return (notice.task_id,) if isinstance(notice, TaskNews) else ()  # an answer to a request is no report


def _people(connection: Connection, notice: Notice, tree: dict[int, Unit], now: datetime) -> tuple[Person, ...]:
    """The people a notice names besides the owners of its tasks; with their work only where it is said."""
    if isinstance(notice, Unreachables):
        lost = members.some(connection, notice.member_ids).values()
        return teams.roster(connection, {member.unit_id for member in lost}, now)
    if isinstance(notice, TaskNews) and notice.actor_id is not None:
        actors = members.some(connection, [notice.actor_id]).values()
        return tuple(Person(member, tree[member.unit_id].name) for member in actors)
    return ()

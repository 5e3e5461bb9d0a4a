"""At the door: a queued letter is a plan, so everything is asked again before it leaves, for many letters at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.actions import absences as absence_actions
from bot.actions import agenda_door, cards, cases, gathering, holding, people, posts, recurring, resending, teams
from bot.office import Calendars, Office
from bot.policy import absence as absence_policy
from bot.policy import gathering as gathering_policy
from bot.policy import quiet, retry
from bot.policy.access import Actor
from bot.policy.quiet import Urgency
from bot.policy.stale import still_true
from handlers.ports import Refused
from storage import absences, chats, digests, members, outbox, tasks, units
from storage.notices import (
    AbsenceNews,
    Agenda,
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
    Undelivered,
    Unreachables,
    from_json,
)
from storage.records import Absence, Letter, Member, Person, RecurrenceCard, RequestCard

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

    `moved`: part of it is for somebody else now. `tried`: it counts as an attempt.
    """

    state: str
    reason: str
    at: datetime | None = None
    moved: Reminders | Agenda | None = None
    tried: bool = False


Found = Ready | NotNow


def look(connection: Connection, office: Office, letters: Sequence[Letter], now: datetime) -> list[Found]:
    """For each of these letters: still true, still reachable, still the right hour, not too often?

    What all of them need is loaded in a handful of queries. Raises whatever one of them causes.
    """
    door = _Door(connection, office, now, [(letter, from_json(letter.kind, letter.content)) for letter in letters])
    return [door.look(letter, notice) for letter, notice in door.letters]


class _Door:
    """What is known at one moment about the readers of some letters and about the tasks they speak of."""

    def __init__(
        self, connection: Connection, office: Office, now: datetime, letters: Sequence[tuple[Letter, Notice]]
    ) -> None:
        self._connection = connection
        self._office = office
        self._now = now
        self.letters = letters
        self._tree = units.every(connection)
        self._away = absence_actions.away_now(connection, now)
        self._tasks = tasks.some(connection, {key for _, notice in letters for key in _spoken_of(notice)})
        self._members = members.some(connection, set(_member_ids(letters)))
        readers = [self._members[letter.member_id] for letter, _ in letters if letter.member_id in self._members]
        self._actors = people.actors_of(connection, readers, self._away, self._tree)
        self._calendars = Calendars(office, self._tree)
        self._cards = cards.load(
            connection,
            office,
            self._tasks.values(),
            now,
            notes=True,
            tree=self._tree,
            people=self._members,
            calendars=self._calendars,
        )

    def look(self, letter: Letter, notice: Notice) -> Found:
        """Whether this letter may leave."""
        if letter.copies >= retry.MOST_COPIES:
            return NotNow("failed", "uncertain")
        if letter.chat_id is not None:
            return self._for_chat(letter.chat_id, notice)
        member = self._members.get(letter.member_id or 0)
        if member is None or member.account is None or not member.reachable:
            return NotNow("failed", "unreachable")
        if isinstance(notice, Reminders) and self._misdirected(letter, member, notice):
            return NotNow("waiting", "moved", moved=notice)
        if isinstance(notice, Agenda):
            return self._agenda(letter, member, member.account, notice)
        return self._marked(letter, member, self._for_member(member, member.account, notice))

    def _marked(self, letter: Letter, member: Member, found: Found) -> Found:
        """The letter with whether it is late: not by the hours of its reader, but by ours or the messenger's."""
        old = self._now - letter.created_at > gathering_policy.LATE_AFTER
        if not (old and isinstance(found, Ready) and gathering_policy.can_be_told_together(found.notice)):
            return found
        how = gathering.urgency(self._connection, found.notice)
        meant = gathering.planned_for(letter, how, self._calendars.of(member))
        late = gathering_policy.is_late(meant, self._now, found.notice)
        return replace(found, facts=replace(found.facts, late=late))

    def _misdirected(self, letter: Letter, member: Member, notice: Reminders) -> bool:
        if member.id not in self._away and all(step.owner_id is None for step in notice.steps):
            return False
        return bool(absence_actions.misdirected(self._connection, letter, member, notice, self._now))

    def _for_chat(self, chat_id: int, notice: Notice) -> Found:
        connection, now = self._connection, self._now
        chat = chats.get(connection, chat_id)
        if chat is None or chat.closed_at is not None:
            return NotNow("failed", "chat_closed")
        if isinstance(notice, Summary | Picture | Spreadsheet) and notice.again:
            notice = resending.as_it_stands(connection, notice)
        if not isinstance(notice, posts.Post) or (found := digests.get(connection, notice.digest_id)) is None:
            return NotNow("failed", "nothing_to_say")
        obstacle = holding.obstacle(connection, chat, notice, now)
        if obstacle is not None:
            return NotNow(*obstacle)
        if isinstance(notice, Picture | Spreadsheet):
            text_at = outbox.waits_until(connection, notice.after)
            if text_at is not None:  # picture and file belong to their text and never come before it
                return NotNow("waiting", "after_text", max(text_at, now + BREATH))
        zone = self._office.calendar(self._tree, self._tree.get(chat.unit_id or 0)).zone
        facts = posts.facts(connection, chat, notice, found, zone, now)
        if isinstance(notice, Spreadsheet) and facts.listing is None:
            return NotNow("failed", "nothing_to_say")
        return Ready(chat.address, notice, facts)

    def _for_member(self, member: Member, account: int, notice: Notice) -> Found:
        now, tree = self._now, self._tree
        calendar = self._calendars.of(member)
        actor = self._actors[member.id]
        asked = self._request(actor, notice)
        at = quiet.next_allowed(self._urgency(notice, asked), calendar, now)
        if at > now and not isinstance(notice, ChatBinding):
            return NotNow("waiting", "quiet_hours", at)
        repeated = self._recurrence(actor, notice)
        gone = self._absence(notice)
        left = still_true(
            notice,
            self._tasks,
            member,
            lambda task: people.may_view(actor, task),
            asked,
            actor.stands_for,
            self._away,
            absence_policy.lasts(gone, now) if gone else None,
            repeated,
        )
        if left is None:
            return NotNow("dropped", "no_longer_true")
        shown = [self._tasks[key] for key in dict.fromkeys(task_ids(left))]
        made = [self._cards.card(actor, task, notes=len(shown) == 1) for task in shown]
        facts = Facts(
            now=now,
            zone=calendar.zone,
            language=member.language,
            cards={card.task.id: card for card in made},
            people={person.member.id: person for person in self._people(left)},
            units=tree,
            requests={asked.request.id: asked} if asked else {},
            recurrence=repeated,
            absences={gone.id: absence_actions.shown(self._connection, self._office, gone, tree)} if gone else {},
        )
        return Ready(account, left, facts)

    def _agenda(self, letter: Letter, member: Member, account: int, notice: Agenda) -> Found:
        connection, now = self._connection, self._now
        calendar = self._calendars.of(member)
        at = gathering.next_allowed(connection, notice, calendar, now, whole=letter.copies > 0)
        if at > now:
            return NotNow("waiting", "quiet_hours", at)
        apart = gathering.hurried(connection, letter, notice, calendar, now)
        if apart or agenda_door.moved(connection, letter, member, notice, self._tree, self._away, now):
            return NotNow("waiting", "moved", moved=notice)
        actor = self._actors[member.id]
        found = agenda_door.look(
            connection, self._office, letter, actor, notice, self._tasks, self._cards, self._away, now
        )
        return NotNow("dropped", "no_longer_true") if found is None else Ready(account, *found)

    def _urgency(self, notice: Notice, asked: RequestCard | None) -> Urgency:
        """How much the letter may disturb its reader."""
        spoken = [self._tasks[key] for key in task_ids(notice) if key in self._tasks]
        spoken += [asked.card.task] if asked else []
        return quiet.of_notice(notice, {task.id for task in spoken if task.urgent})

    def _absence(self, notice: Notice) -> Absence | None:
        """The absence a notice speaks about."""
        return absences.get(self._connection, notice.absence_id) if isinstance(notice, AbsenceNews) else None

    def _request(self, actor: Actor, notice: Notice) -> RequestCard | None:
        """The request a notice speaks about, if its reader may still see it."""
        if not isinstance(notice, RequestNews):
            return None
        try:
            return cases.look(self._connection, self._office, actor, notice.request_id, self._now)
        except Refused:
            return None

    def _recurrence(self, actor: Actor, notice: Notice) -> RecurrenceCard | None:
        """The recurrence a notice speaks about, if its reader may still see it."""
        if not isinstance(notice, RecurrenceNews):
            return None
        try:
            return recurring.look(self._connection, self._office, actor, notice.recurrence_id, self._now)
        except Refused:
            return None

    def _people(self, notice: Notice) -> tuple[Person, ...]:
        """The people a notice names besides the owners of its tasks; with their work only where it is said."""
        if isinstance(notice, Unreachables):
            lost = [self._members[key] for key in notice.member_ids if key in self._members]
            return teams.roster(self._connection, {member.unit_id for member in lost}, self._now)
        if isinstance(notice, Undelivered):
            missed = (self._members.get(key) for key in dict.fromkeys(entry.member_id for entry in notice.missed))
            return tuple(Person(one, self._tree[one.unit_id].name) for one in missed if one is not None)
        actor = self._members.get(notice.actor_id or 0) if isinstance(notice, TaskNews) else None
        return (Person(actor, self._tree[actor.unit_id].name),) if actor else ()


def task_ids(notice: Notice) -> tuple[int, ...]:
    """The tasks that a notice reports on; an answer to a request is no report."""
    if isinstance(notice, Agenda):
        return agenda_door.mentioned(notice)
    if isinstance(notice, Reminders):
        return tuple(step.task_id for step in notice.steps)
    if isinstance(notice, Undelivered):
        return tuple(entry.task_id for entry in notice.missed if entry.task_id)
    return (notice.task_id,) if isinstance(notice, TaskNews) else ()


def _spoken_of(notice: Notice) -> tuple[int, ...]:
    """The tasks that a notice says something about."""
    return agenda_door.task_ids(notice) if isinstance(notice, Agenda) else task_ids(notice)


def _member_ids(letters: Iterable[tuple[Letter, Notice]]) -> Iterable[int]:
    """Readers, and those whom a notice names."""
    for letter, notice in letters:
        if letter.member_id is not None:
            yield letter.member_id
        if isinstance(notice, Unreachables):
            yield from notice.member_ids
        elif isinstance(notice, Undelivered):
            yield from (entry.member_id for entry in notice.missed)
        elif isinstance(notice, TaskNews) and notice.actor_id is not None:
            yield notice.actor_id

"""After a long delay: everything that is due for one person leaves as one letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import letters as news
from bot.actions import silences
from bot.office import Office
from bot.policy import gathering as policy
from bot.policy import quiet, retry
from bot.policy.calendar import WorkCalendar
from bot.policy.quiet import Urgency
from storage import members, outbox, units
from storage.notices import Agenda, Notice, Reminders, Step, from_json
from storage.records import Letter


def gather(
    connection: Connection, office: Office, leased: Sequence[Letter], now: datetime, until: datetime
) -> tuple[Letter, ...]:
    """These letters; where a reader has more than one and the oldest is late, the one that takes the place of all.

    A notice of lost presses that is owed to a reader of something late is one of them, also before the silence ends.
    What may have arrived is gathered too, and the whole is marked: a second message would not make it clearer.
    All or nothing: what is gathered is closed in the same transaction, and only what nobody else has taken.
    """
    ours = {one.member_id: one for one in leased if one.member_id is not None and one.copies < retry.MOST_COPIES}
    silences.tell_with_what_is_late(connection, office, [key for key in ours if _may_be_late([ours[key]], now)], now)
    beside = outbox.beside(connection, ours.values(), retry.MOST_COPIES) if ours else {}
    crowded = {key: [ours[key], *some] for key, some in beside.items() if _may_be_late([ours[key], *some], now)}
    if not crowded:
        return tuple(leased)
    tree, readers = units.every(connection), members.some(connection, crowded)
    made: dict[int, Letter] = {}
    for key, some in crowded.items():
        if readers[key].reachable:
            due = _due(connection, some, office.calendar_for(readers[key], tree), now)
            made[some[0].id] = _merge(connection, some[0], due, now, until)
    return tuple(made.get(letter.id, letter) for letter in leased)


def _may_be_late(some: Sequence[Letter], now: datetime) -> bool:
    """Whether it is worth asking more closely."""
    created = min(letter.created_at for letter in some)
    return now - created > policy.LATE_AFTER or any(letter.content.get("late") for letter in some)


Due = list[tuple[Letter, Notice, bool]]


def _due(connection: Connection, some: Sequence[Letter], calendar: WorkCalendar, now: datetime) -> Due:
    """Those that may leave now, also when they were put off after a failure, with whether they are late."""
    found: Due = []
    for letter in some:
        notice = _read(letter)
        if notice is None:
            continue
        how = urgency(connection, notice)
        meant = planned_for(letter, how, calendar)
        if meant <= now and quiet.next_allowed(how, calendar, now) <= now:
            found.append((letter, notice, policy.is_late(meant, now, notice)))
    return found


def _merge(connection: Connection, first: Letter, due: Due, now: datetime, until: datetime) -> Letter:
    """The letter in place of all that are due; `first` itself when there is nothing to gather."""
    known = {letter.id: (letter, notice) for letter, notice, _ in due}
    if first.id not in known or len(known) < 2 or not any(late for _, _, late in due):
        return first
    key = f"late:{first.member_id}:{max(known)}"
    others = [letter for letter, _, _ in due if letter.id != first.id]
    closed = outbox.close_gathered(connection, first, others, key, now, retry.MOST_COPIES)
    some = [known[key] for key in sorted(closed)]
    if not some:
        return first
    notice = policy.gather([notice for _, notice in some])
    return outbox.post_leased(connection, key, notice, now, until, [letter for letter, _ in some])


def _read(letter: Letter) -> Notice | None:
    """What a letter says if it can be told with others; what cannot be read stays alone, where it fails alone."""
    try:
        notice = from_json(letter.kind, letter.content)
    except (KeyError, TypeError, ValueError):
        return None
    return notice if policy.can_be_told_together(notice) else None


def planned_for(letter: Letter, how: Urgency, calendar: WorkCalendar) -> datetime:
    """When a letter was meant to leave: at the first allowed moment, or at the end of a pause of that one chat.

    Computed, because `not_before` has moved when an attempt failed.
    """
    meant = quiet.next_allowed(how, calendar, letter.created_at)
    return max(meant, letter.not_before) if letter.reason in policy.PAUSES else meant


def urgency(connection: Connection, notice: Notice) -> Urgency:
    """How much a letter may disturb; of many things in one the calmest decides. An agenda is for working hours."""
    if not isinstance(notice, Agenda):
        return news.urgency(connection, notice)
    if notice.day:
        return Urgency.WORKING
    return min((_of_part(connection, one) for one in policy.parts(notice)), default=Urgency.WORKING)


def _of_part(connection: Connection, part: Step | Notice) -> Urgency:
    return news.urgency(connection, Reminders((part,)) if isinstance(part, Step) else part)


def next_allowed(
    connection: Connection, notice: Agenda, calendar: WorkCalendar, now: datetime, *, whole: bool
) -> datetime:
    """When a message about many things may leave: what is urgent in a late one need not wait for the rest.

    `whole`: it cannot be taken apart, because it may have arrived.
    """
    if not notice.late or calendar.allowed(now):
        return calendar.next_allowed(now)
    if whole:
        return quiet.next_allowed(urgency(connection, notice), calendar, now)
    levels = {_of_part(connection, one) for one in policy.parts(notice)} | {urgency(connection, notice)}
    return quiet.next_allowed(max(levels), calendar, now)


def hurried(
    connection: Connection, letter: Letter, notice: Agenda, calendar: WorkCalendar, now: datetime
) -> Agenda | None:
    """What of a late message may leave at this hour although the rest must wait; None when it need not be parted."""
    whole = quiet.next_allowed(urgency(connection, notice), calendar, now) <= now if notice.late else True
    if whole or letter.copies:
        return None
    may = {one for one in policy.parts(notice) if quiet.next_allowed(_of_part(connection, one), calendar, now) <= now}
    return policy.only(notice, may) if may else None


def part(connection: Connection, letter: Letter, notice: Agenda, urgent: Agenda, now: datetime) -> None:
    """Let the urgent part of a late message leave on its own, and the rest of it wait."""
    if outbox.rewrite(connection, letter, policy.without(notice, urgent)):
        key = f"{letter.key}:{int(now.timestamp())}"
        outbox.post(connection, key, urgent, now, now, member_id=letter.member_id)

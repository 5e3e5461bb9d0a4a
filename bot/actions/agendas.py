"""The morning agendas: what waits for them, when they are looked at, and the round in which they are queued."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.actions import deciders
from bot.actions.deciders import Decisions, Positioned
from bot.actions.sparing import Heard, spare, unheard
from bot.office import Office
from bot.policy import absence as absence_policy
from bot.policy import agenda as policy
from bot.policy import quiet
from bot.policy.calendar import WorkCalendar
from storage import absences, agenda, members, outbox, tasks, units
from storage.legible import ILLEGIBLE
from storage.notices import Agenda, Notice, Reminders, Step, from_json
from storage.records import Absence, AgendaItem, Member, Task, Tree

log = logging.getLogger(__name__)

AT_ONCE = 200  # agendas of one transaction
LOOK_AGAIN = timedelta(minutes=5)  # while an older agenda of the same person may be on the wire


def keep(connection: Connection, key: str, notice: Notice, reader: Member, now: datetime) -> None:
    """Let a notice wait for the next agenda of `reader`; one with the same key waits only once, ever."""
    agenda.put(connection, key, notice, reader.id, now)


def tell_steps(
    connection: Connection,
    office: Office,
    reader: Member,
    steps: Mapping[Step, Task],
    tree: Tree,
    now: datetime,
    *,
    moved: bool = False,
) -> None:
    """Give earned steps to their reader: into the next agenda, and at once in one letter what cannot wait for it.

    `moved`: somebody else was to hear them; they may come back to somebody who had them before.
    """
    if not reader.reachable:
        return
    at_once = [step for step, task in steps.items() if not policy.step_waits(step, task, reader, now)]
    for step, task in steps.items():
        if step not in at_once:
            key = f"step:{reader.id}:{task.id}:{task.owner_id}:{step.name}:{step.due}"
            key += f":{int(now.timestamp())}" if moved else ""
            keep(connection, key, Reminders((step,)), reader, now)
    urgent = {task.id for task in steps.values() if task.urgent}
    calendar = office.calendar_for(reader, tree)
    for some in quiet.apart(at_once, urgent):
        first, notice = some[0], Reminders(some)
        # The steps are unique by themselves; the moment keeps a later owner's step from looking like a repeat.
        key = f"remind:{reader.id}:{first.task_id}:{first.name}:{now.isoformat()}"
        when = quiet.next_allowed(quiet.of_notice(notice, urgent), calendar, now)
        outbox.post(connection, key, notice, now, when, member_id=reader.id)


def replan(connection: Connection, office: Office, people: Iterable[Member], tree: Tree, now: datetime) -> None:
    """Say anew when to look at the agendas of these people: their hour, zone, calendar or presence has changed."""
    looks: list[tuple[int, datetime | None, date | None]] = []
    for member in people:
        if member.account is not None and member.left_at is None:
            at = policy.next_look(office.calendar_for(member, tree), now, member.agenda_on)
            looks.append((member.id, at, member.agenda_on))
    agenda.plan(connection, looks)


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at many agendas knows, loaded in a fixed number of queries."""

    tree: Tree
    now: datetime
    readers: Mapping[int, Member]
    calendars: Mapping[int, WorkCalendar]
    place: Positioned
    decisions: Decisions
    own: Mapping[int, tuple[Task, ...]]
    items: Mapping[int, list[AgendaItem]]
    lost: Mapping[int, list[int]]
    older: Mapping[int, tuple[int, bool, Agenda]]


def plan(connection: Connection, office: Office, now: datetime, heard: Heard = unheard) -> int:
    """Queue the agendas that are due; how many were looked at (0: nothing is due).

    Whose agenda cannot be made is looked at again later; what waits for it goes on waiting.
    """
    ids = agenda.due(connection, now, AT_ONCE)
    if ids:
        spare(connection, "agenda of member", ids, partial(_plan, connection, office, now), agenda.put_off, now, heard)
    return len(ids)


def _plan(connection: Connection, office: Office, now: datetime, ids: Sequence[int]) -> None:
    tree = units.every(connection)
    people = members.some(connection, ids)
    calendars = {key: office.calendar_for(one, tree) for key, one in people.items()}
    ready = {key: one for key, one in people.items() if _is_ready(one, calendars[key], now)}
    older = agenda.unfinished(connection, ready)
    # An agenda that may be on the wire is waited for: two of them must not meet on one day.
    free = {key: one for key, one in ready.items() if key not in older or older[key][1]}
    had = _queue(connection, _load(connection, office, tree, free, calendars, older, now)) if free else set()
    looks: list[tuple[int, datetime | None, date | None]] = []
    for key, one in people.items():
        if key in ready and key not in free:
            looks.append((key, now + LOOK_AGAIN, one.agenda_on))
        else:
            looks.append((key, *_next(one, calendars[key], now, sent=key in had)))
    agenda.plan(connection, looks)


def pass_over(connection: Connection, office: Office, now: datetime) -> None:
    """Drop what waits for agendas and the agendas that are due, without saying them."""
    agenda.drop_waiting(connection, now)
    tree = units.every(connection)

    def work(ids: Sequence[int]) -> None:
        people = members.some(connection, ids).values()
        agenda.plan(
            connection, [(one.id, *_next(one, office.calendar_for(one, tree), now, sent=True)) for one in people]
        )

    while ids := agenda.due(connection, now, AT_ONCE):
        spare(connection, "agenda of member", ids, work, agenda.put_off, now)


def _is_ready(member: Member, calendar: WorkCalendar, now: datetime) -> bool:
    if not (member.reachable and policy.is_open(calendar, now, member.agenda_on) and calendar.allowed(now)):
        return False
    return policy.next_look(calendar, now, member.agenda_on) <= now


def _next(member: Member, calendar: WorkCalendar, now: datetime, *, sent: bool) -> tuple[datetime | None, date | None]:
    """When to look next, and the day of the last agenda. A look that found nothing to say is the only one that day."""
    if member.account is None or member.left_at is not None:
        return None, member.agenda_on
    today = calendar.local(now).date()
    looked = policy.next_look(calendar, now, member.agenda_on)
    at = policy.next_look(calendar, now, today) if looked <= now else looked
    return at, today if sent else member.agenda_on


def _load(
    connection: Connection,
    office: Office,
    tree: Tree,
    readers: Mapping[int, Member],
    calendars: Mapping[int, WorkCalendar],
    older: Mapping[int, tuple[int, bool, Agenda]],
    now: datetime,
) -> Round:
    away = absence_policy.away_now(absences.present(connection, now), now)
    place, decisions = deciders.waiting(connection, tree, away, now)
    redirect(connection, office, place, readers, now)
    items: dict[int, list[AgendaItem]] = {}
    for item in agenda.waiting(connection, readers):
        if notices_of(item):
            items.setdefault(item.member_id, []).append(item)
        else:
            log.error("item %d of an agenda cannot be read and goes on waiting", item.id)
    own = tasks.open_of_all(connection, readers)
    return Round(tree, now, readers, calendars, place, decisions, own, items, _lost(connection, place), older)


def _lost(connection: Connection, place: Positioned) -> dict[int, list[int]]:
    """By reader: who of their people with open tasks cannot be reached (R26)."""
    gone = [one for one in members.unreachable(connection) if one.id not in place.away]
    busy = tasks.owners_with_open(connection, [one.id for one in gone]) if gone else set()
    found: dict[int, list[int]] = {}
    for one in gone:
        if one.id in busy:
            for reader in place.superiors(one.unit_id, {one.id}):
                found.setdefault(reader.id, []).append(one.id)
    return found


def _queue(connection: Connection, known: Round) -> set[int]:
    """Queue the agendas that say something; whose they are."""
    made = {key: _compose(one, known) for key, one in known.readers.items()}
    work = {task.id: task for some in known.own.values() for task in some}
    speaking = {key: one for key, one in made.items() if policy.speaks(one, work, known.calendars[key], known.now)}
    if not speaking:
        return set()
    letters = [(f"agenda:{key}:{one.day}", key, one) for key, one in speaking.items()]
    queued = agenda.post(connection, letters, known.now)
    agenda.supersede(connection, [known.older[key][0] for key in queued if key in known.older], known.now)
    agenda.take(connection, [item.id for key in queued for item in known.items.get(key, [])], known.now)
    return queued


def _compose(reader: Member, known: Round) -> Agenda:
    calendar, key = known.calendars[reader.id], reader.id
    waited = [one for item in known.items.get(key, []) for one in notices_of(item)]
    before = policy.merge(known.older[key][2]) if key in known.older else ()
    # Whoever is away hears only what happened: their own work and old decisions wait until they are back.
    present = key not in known.place.away
    return policy.compose(
        calendar,
        known.now,
        own=policy.own(known.own.get(key, ()), calendar, known.now) if present else (),
        submitted=known.decisions.submitted.get(key, ()) if present else (),
        requests=known.decisions.requests.get(key, ()) if present else (),
        lost=known.lost.get(key, ()) if present else (),
        items=(*before, *waited),
        late=policy.is_late(reader.agenda_at or known.now, calendar, known.now) or key in known.older,
        overtaken=known.older[key][2].overtaken if key in known.older else 0,
    )


def notices_of(item: AgendaItem) -> tuple[Notice | Step, ...]:
    """What waits in one row: a notice, or the steps of a reminder; nothing if it cannot be read (any more)."""
    try:
        notice = from_json(item.kind, item.content)
    except ILLEGIBLE:
        return ()
    return notice.steps if isinstance(notice, Reminders) else (notice,)


def redirect(
    connection: Connection, office: Office, place: Positioned, readers: Mapping[int, Member], now: datetime
) -> None:
    """Give waiting steps to those who hear them now: an owner went away or came back since they were earned."""
    found = [
        (item, one)
        for item in agenda.waiting(connection, {*readers, *_involved(place.away)})
        for one in notices_of(item)
        if isinstance(one, Step) and (item.member_id in place.away or one.owner_id is not None)
    ]
    if not found:
        return
    steps = {item.id: step for item, step in found}
    moved = misdirected(connection, place, [(item.member_id, step) for item, step in found])
    hand_on(connection, office, moved, place.tree, now)
    gone = {(reader_id, step) for reader_id, step, _, _ in moved}
    agenda.take(connection, [item.id for item, _ in found if (item.member_id, steps[item.id]) in gone], now)


def _involved(away: Mapping[int, Absence]) -> set[int]:
    """Everybody who is away, and whoever stands in."""
    return {one.substitute_id for one in away.values()} | set(away)


Moved = list[tuple[int, Step, Task, tuple[Member, ...]]]  # the wrong reader, the step, its task, who hears it now


def misdirected(connection: Connection, place: Positioned, steps: list[tuple[int, Step]]) -> Moved:
    """Which of these steps, each with its reader, somebody else must hear now."""
    work = tasks.some(connection, {step.task_id for _, step in steps})
    ids = {task.owner_id for task in work.values()}
    people = members.some(connection, ids | _involved(place.away))
    moved: Moved = []
    for reader_id, step in steps:
        task = work.get(step.task_id)
        if task is None or not absence_policy.is_for(step, task, reader_id):
            continue
        owner = people[task.owner_id]
        found = absence_policy.hearer(owner, place.away, people)
        hearers = (found,) if found else place.superiors(task.unit_id, place.concerned(owner.id))
        if hearers and reader_id not in {one.id for one in hearers}:
            moved.append((reader_id, step, task, hearers))
    return moved


def hand_on(connection: Connection, office: Office, moved: Moved, tree: Tree, now: datetime) -> None:
    """Give steps to those who hear them now."""
    for _, step, task, hearers in moved:
        for hearer in hearers:
            mine = replace(step, owner_id=None if hearer.id == task.owner_id else task.owner_id)
            tell_steps(connection, office, hearer, {mine: task}, tree, now, moved=True)

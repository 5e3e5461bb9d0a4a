"""What becomes due by itself: reminders, recurring work, the weekly summaries; the agendas are in `actions.agendas`.

Each function is the work of one transaction. Run twice, or by two planners, it plans nothing twice: steps
and letters have unique keys. The cost follows what is due, never what is pending.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.actions import absences, agendas, explaining, occurring, people, posts, situations, summaries
from bot.actions.sparing import Heard, spare, unheard
from bot.office import Office
from bot.policy import gathering, plan
from bot.policy.steps import Decision, Hears
from storage import agenda, chats, digests, drafts, history, inbox, members, outbox, recurrences, tasks, units
from storage.database import raise_failure
from storage.notices import EXPLAIN, Step
from storage.records import Absence, Member, Task, Tree

log = logging.getLogger(__name__)

OWNERS_AT_ONCE = 200  # people whose tasks are looked at in one transaction
RECURRENCES_AT_ONCE = 100
KEEP_DONE = timedelta(days=90)  # delivery log
KEEP_ITEMS = timedelta(days=90)  # of agendas, also of people who never read one
KEEP_INBOX = timedelta(days=14)  # far longer than the day for which the messenger repeats updates
KEEP_DRAFTS = timedelta(days=2)
KEEP_MENTIONS = timedelta(days=120)

Decisions = tuple[tuple[datetime, Decision], ...]


def remind(connection: Connection, office: Office, now: datetime, heard: Heard = unheard) -> int:
    """Plan the reminders that are due; how many tasks were looked at (0: nothing is due).

    A task with which that fails is looked at again later: its steps are still to be earned then.
    """
    ids = tasks.to_check(connection, now, OWNERS_AT_ONCE)
    if ids:
        spare(connection, "task", ids, partial(_remind, connection, office, now), tasks.plan, now, heard)
    return len(ids)


def _remind(connection: Connection, office: Office, now: datetime, ids: Sequence[int]) -> None:
    due = tasks.listed(connection, ids)
    tree = units.every(connection)
    owners = members.some(connection, {task.owner_id for task in due})
    taken = tasks.steps_taken(connection, [task.id for task in due])
    known = situations.known(connection, due, tree)
    away = absences.away_now(connection, now)
    earned: dict[int, dict[Step, Task]] = {}
    for task in due:
        calendar = office.calendar_for(owners[task.owner_id], tree)
        decisions = plan.look(task, tasks.steps_of(taken, task), calendar, now, known[task.id])
        if any(rung.name == EXPLAIN for _, decision in decisions for rung in decision.earned):
            explaining.ask(connection, task, task.due_at or now, calendar, known[task.id].rules, now)
        for reader, step in _look(connection, task, owners[task.owner_id], decisions, away, tree, now):
            earned.setdefault(reader.id, {})[step] = task
            owners[reader.id] = reader
    for reader_id, steps in earned.items():
        agendas.tell_steps(connection, office, owners[reader_id], steps, tree, now)


def pass_over(connection: Connection, office: Office, now: datetime) -> int:
    """Use up the reminders that are due without saying them; how many tasks were looked at (0: nothing is due)."""
    ids = tasks.to_check(connection, now, OWNERS_AT_ONCE)
    if ids:
        spare(connection, "task", ids, partial(_pass_over, connection, office, now), tasks.plan, now)
    return len(ids)


def _pass_over(connection: Connection, office: Office, now: datetime, ids: Sequence[int]) -> None:
    due = tasks.listed(connection, ids)
    tree = units.every(connection)
    owners = members.some(connection, {task.owner_id for task in due})
    taken = tasks.steps_taken(connection, [task.id for task in due])
    known = situations.known(connection, due, tree)
    for task in due:
        calendar = office.calendar_for(owners[task.owner_id], tree)
        decisions = plan.look(task, tasks.steps_of(taken, task), calendar, now, known[task.id])
        for counted_from, decision in decisions:
            for rung in decision.earned:
                tasks.take_step(connection, task.id, task.owner_id, rung.name, counted_from, now, sent=False)
        later = [decision.next_at for _, decision in decisions if decision.next_at is not None]
        tasks.plan(connection, task.id, min(later, default=None))


def recur(connection: Connection, office: Office, now: datetime, heard: Heard = unheard) -> int:
    """Give out the recurring tasks that are due; how many recurrences were looked at (0: nothing is due).

    One with which that fails is looked at again later, and then gives out what is still ahead.
    """
    ids = recurrences.to_check(connection, now, RECURRENCES_AT_ONCE)
    if ids:
        work = partial(_recur, connection, office, now)
        spare(connection, "recurring task", ids, work, recurrences.put_off, now, heard)
    return len(ids)


def _recur(connection: Connection, office: Office, now: datetime, ids: Sequence[int]) -> None:
    tree = units.every(connection)
    for recurrence in recurrences.some(connection, ids):
        occurring.plan(connection, office, recurrence, tree, now)


def _look(
    connection: Connection,
    task: Task,
    owner: Member,
    decisions: Decisions,
    away: Mapping[int, Absence],
    tree: Tree,
    now: datetime,
) -> list[tuple[Member, Step]]:
    """Use up what one task has earned and say who is to hear of it."""
    found: list[tuple[Member, Step]] = []
    for counted_from, decision in decisions:
        heard = _heard(connection, task, owner, counted_from, decision, away, tree, now)
        spoken = {step.name for reader, step in heard if reader.reachable}
        for rung in decision.earned:
            sent = rung.name in spoken
            tasks.take_step(connection, task.id, owner.id, rung.name, counted_from, now, sent)
        for name in sorted(spoken):
            details = {"step": name, "from": counted_from.isoformat()}
            history.append(connection, now, "remind", task_id=task.id, member_id=owner.id, details=details)
        found += heard
    later = [decision.next_at for _, decision in decisions if decision.next_at is not None]
    tasks.plan(connection, task.id, min(later, default=None))
    return found


def _heard(
    connection: Connection,
    task: Task,
    owner: Member,
    counted_from: datetime,
    decision: Decision,
    away: Mapping[int, Absence],
    tree: Tree,
    now: datetime,
) -> list[tuple[Member, Step]]:
    found: list[tuple[Member, Step]] = []
    for rung in decision.spoken:
        stands_in = owner.id if owner.id in away and rung.hears is Hears.OWNER else None
        missed = gathering.overtaken(task, decision, now) if rung.hears is Hears.OWNER else 0
        step = Step(task.id, rung.name, counted_from.isoformat(), stands_in, missed)
        found += [(reader, step) for reader in _hearers(connection, task, owner, rung.hears, away, tree)]
    return found


def _hearers(
    connection: Connection, task: Task, owner: Member, hears: Hears, away: Mapping[int, Absence], tree: Tree
) -> tuple[Member, ...]:
    """Who hears a step. A head or leader who stands in for the owner has been reminded: somebody else hears it."""
    if hears is Hears.OWNER:
        return absences.hearers(connection, owner, task.unit_id, away, tree)
    barred = absences.concerned(owner, away)
    if hears is Hears.LEADERS:
        return people.leaders(connection, task, barred, tree)
    return people.superiors(connection, task.unit_id, barred, tree)


def summarise(
    connection: Connection,
    office: Office,
    now: datetime,
    count: posts.Counting = summaries.counted,
    heard: Heard = unheard,
) -> None:
    """Freeze and queue the weekly summary of every chat whose hour has come. One that fails stops no other."""
    asked = chats.legible_ones(connection)
    tree = units.every(connection) if asked else Tree({}, {})
    for chat in asked:
        try:
            with connection.begin_nested():
                posts.plan(connection, office, chat, tree, now, count)
        except Exception as error:
            raise_failure(error)
            log.exception("the summary of chat %d could not be made and will be tried again", chat.id)
            heard("summary")


def tidy(connection: Connection, now: datetime) -> int:
    """Remove what is no longer needed; how many rows."""
    return (
        outbox.forget(connection, now - KEEP_DONE)
        + inbox.forget(connection, now - KEEP_INBOX)
        + drafts.forget(connection, now - KEEP_DRAFTS)
        + agenda.forget(connection, now - KEEP_ITEMS)
        + tasks.forget_mentions(connection, now - KEEP_MENTIONS)
        + digests.forget_listings(connection, now - KEEP_DONE)
        + members.forget_strangers(connection, now - timedelta(days=1))
        + chats.forget_pauses(connection, now)
    )

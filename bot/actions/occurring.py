"""Work that comes back, as the planner gives it out: each occurrence a task of its own, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import letters, people
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import recurrence as policy
from bot.policy.access import Deed, may_in
from bot.policy.recurrence import Occurrence
from handlers.ports import Assignment
from storage import history, members, recurrences, tasks
from storage.notices import RecurrenceNews, TaskNews
from storage.records import Member, Recurrence, Tree


def plan(connection: Connection, office: Office, recurrence: Recurrence, tree: Tree, now: datetime) -> None:
    """Give out what has become due, say what was skipped, and move on; or stop when nobody is left to do it."""
    owner = members.some(connection, [recurrence.owner_id])[recurrence.owner_id]
    reason = _obstacle(recurrence, owner, tree)
    if reason:
        _stop(connection, office, recurrence, reason, tree, now)
        return
    found = policy.look(recurrence, office.calendar_for(owner, tree), now)
    if not recurrences.advance(connection, recurrence, found.coming.day, found.coming.assign_at):
        return  # another planner was faster
    for one in found.due:
        _give(connection, office, recurrence, owner, one, tree, now)
    if found.skipped:
        _tell_skipped(connection, office, recurrence, found.skipped, tree, now)


def _obstacle(recurrence: Recurrence, owner: Member, tree: Tree) -> str:
    """Why it cannot go on: the owner left or moved to another unit, or the unit is closed; empty if it can."""
    if owner.left_at is not None:
        return "left"
    if tree[recurrence.unit_id].closed_at is not None:
        return "closed"
    return "moved" if owner.unit_id != recurrence.unit_id else ""


def _give(
    connection: Connection,
    office: Office,
    recurrence: Recurrence,
    owner: Member,
    occurrence: Occurrence,
    tree: Tree,
    now: datetime,
) -> None:
    """One occurrence becomes a task of its owner."""
    if recurrences.has_occurred(connection, recurrence.id, occurrence.day):
        return
    code = policy.code_of(recurrence.series, occurrence.day)
    if tasks.by_code(connection, code) is not None:  # somebody has brought a task of that code along
        code = task_actions.new_code(connection, tree[owner.unit_id])
    words = (recurrence.title, occurrence.due_at, recurrence.product, recurrence.difficulty)
    assigner = _assigner(connection, recurrence, tree, now)
    task = task_actions.add(connection, code, owner, assigner, Assignment(owner.id, *words), now)
    recurrences.occur(connection, recurrence.id, occurrence.day, task.id)
    details = task_actions.facts_of(task) | {"recurrence": recurrence.id, "day": occurrence.day.isoformat()}
    history.append(connection, now, "recur", task_id=task.id, details=details)
    task_actions.replan(connection, office, task, now)
    notice = TaskNews(task.id, "assigned", assigner.id if assigner and assigner.id != owner.id else None)
    letters.tell_owner(connection, office, f"assigned:{task.id}:{owner.id}", notice, owner, tree, now)


def _assigner(connection: Connection, recurrence: Recurrence, tree: Tree, now: datetime) -> Member | None:
    """Who arranged it, as long as they may still assign there: whoever may not, judges no new work either."""
    found = members.some(connection, [recurrence.assigner_id])[recurrence.assigner_id]
    actor = people.actor_of(connection, found, now, tree)
    return found if may_in(actor, Deed.ASSIGN, recurrence.unit_id) else None


def _stop(
    connection: Connection, office: Office, recurrence: Recurrence, reason: str, tree: Tree, now: datetime
) -> None:
    if not recurrences.end(connection, recurrence.id, now):
        return
    details = {"recurrence": recurrence.id, "series": recurrence.series, "why": reason, "title": recurrence.title}
    history.append(connection, now, "recur_end", member_id=recurrence.owner_id, details=details)
    notice = RecurrenceNews(recurrence.id, reason)
    for reader in _readers(connection, recurrence, tree, now):
        letters.tell(connection, office, f"recur-end:{recurrence.id}:{reader.id}", notice, reader, tree, now)


def _tell_skipped(
    connection: Connection,
    office: Office,
    recurrence: Recurrence,
    skipped: Sequence[Occurrence],
    tree: Tree,
    now: datetime,
) -> None:
    """What nobody was told in time is told to whoever arranged it: no task is overdue from the start."""
    first, last = skipped[0].day.isoformat(), skipped[-1].day.isoformat()
    details = {"recurrence": recurrence.id, "number": len(skipped), "first": first, "last": last}
    history.append(connection, now, "recur_skipped", member_id=recurrence.owner_id, details=details)
    notice = RecurrenceNews(recurrence.id, "skipped", len(skipped), first, last)
    for reader in _readers(connection, recurrence, tree, now):
        key = f"recur-skipped:{recurrence.id}:{first}:{reader.id}"
        letters.tell(connection, office, key, notice, reader, tree, now)


def _readers(connection: Connection, recurrence: Recurrence, tree: Tree, now: datetime) -> tuple[Member, ...]:
    """Who hears of it: whoever arranged it, else the nearest people above the owner."""
    assigner = _assigner(connection, recurrence, tree, now)
    if assigner is not None:
        return (assigner,)
    return people.superiors(connection, recurrence.unit_id, recurrence.owner_id, tree)

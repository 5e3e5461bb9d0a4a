"""What the planner finds when it looks at one task: the steps of its deadline and of its receipt."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.policy import ladder, receipt
from bot.policy.calendar import WorkCalendar
from bot.policy.ladder import Decision
from bot.policy.workflow import waits_for_owner
from storage.records import State, Task

Taken = Collection[tuple[str, datetime]]


def look(task: Task, taken: Taken, calendar: WorkCalendar, now: datetime) -> tuple[tuple[datetime, Decision], ...]:
    """The decisions about a task, each with the instant its steps are counted from: the deadline, or the assignment.

    `taken`: the steps that were used up, with the same instants.
    """
    if not waits_for_owner(task):
        return ()
    since = task.planned_from or task.assigned_at
    found = []
    if task.due_at is not None:
        used = {name for name, at in taken if at == task.due_at}
        found.append((task.due_at, ladder.decide(task.due_at, since, used, calendar, now)))
    if task.state is State.ASSIGNED:
        used = {name for name, at in taken if at == since}
        found.append((since, receipt.decide(since, used, calendar, now)))
    return tuple(found)


def next_look(task: Task, taken: Taken, calendar: WorkCalendar, now: datetime) -> datetime | None:
    """When the planner must look at the task again; `now` when something is earned already."""
    decisions = [decision for _, decision in look(task, taken, calendar, now)]
    if any(decision.earned for decision in decisions):
        return now
    return min((decision.next_at for decision in decisions if decision.next_at is not None), default=None)

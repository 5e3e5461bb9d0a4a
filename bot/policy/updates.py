"""News of a task: after 5 working days without any the owner is asked once, and the summary counts it."""

from __future__ import annotations

from datetime import datetime

from bot.policy.calendar import WorkCalendar
from bot.policy.rules import Rules
from bot.policy.steps import Rung, morning
from storage.notices import ASK_UPDATE
from storage.records import State, Task

GOING_ON = (State.RECEIVED, State.IN_PROGRESS, State.RETURNED)


def last_news(task: Task) -> datetime:
    """When the task last changed, or was given to its owner."""
    since = task.planned_from or task.assigned_at
    return max(task.updated_at or since, since)


def rungs(task: Task, since: datetime, calendar: WorkCalendar, rules: Rules) -> tuple[Rung, ...]:
    """The one question; none for a task that nobody works on (one not received has questions of its own).

    `since`: the last news, or the end of an absence of the owner after them.
    """
    if task.state not in GOING_ON:
        return ()
    return (Rung(ASK_UPDATE, _asked_at(since, calendar, rules)),)


def missing(task: Task, now: datetime, calendar: WorkCalendar, rules: Rules, back: datetime | None = None) -> bool:
    """Whether the task counts as not updated; the days before its owner was `back` from being away do not count."""
    since = max(last_news(task), back or last_news(task))
    return task.state in GOING_ON and _asked_at(since, calendar, rules) <= now


def _asked_at(since: datetime, calendar: WorkCalendar, rules: Rules) -> datetime:
    return morning(calendar.shift(calendar.local(since).date(), rules.update_after), calendar)

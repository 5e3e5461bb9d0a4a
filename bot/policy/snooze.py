"""Putting off the reminders of one task until the next working morning: a few times, seen by the head, never muted.

The deadline stays, and so does every step from the due day on.
"""

from __future__ import annotations

from datetime import datetime

from bot.policy.calendar import WorkCalendar
from bot.policy.ladder import is_optional
from bot.policy.rules import Rules
from bot.policy.steps import Rung, morning
from bot.policy.workflow import waits_for_owner
from storage.notices import ASK_UPDATE, SNOOZED
from storage.records import Tally, Task


def until(at: datetime, calendar: WorkCalendar) -> datetime:
    """When reminders that were put off at `at` come again."""
    return morning(calendar.shift(calendar.local(at).date(), 1), calendar)


def problem(task: Task, before: Tally | None, now: datetime, calendar: WorkCalendar, rules: Rules) -> str | None:
    """Why the reminders cannot be put off now, as a reason of the catalogues; None when they can."""
    if not waits_for_owner(task):
        return f"not_now.{task.state}"
    if task.due_at is not None and calendar.local(task.due_at).date() <= calendar.local(until(now, calendar)).date():
        return "snooze.near"
    if before is not None and calendar.local(before.at).date() == calendar.local(now).date():
        return "snooze.today"
    if (before.number if before else 0) >= rules.snoozes:
        return "snooze.often"
    return None


def rungs(snoozed: Tally | None, calendar: WorkCalendar) -> tuple[Rung, ...]:
    """The reminder that comes instead of those that were put off."""
    return () if snoozed is None else (Rung(f"{SNOOZED}-{snoozed.number}", until(snoozed.at, calendar)),)


def silenced(rungs: tuple[Rung, ...], snoozed: Tally | None, calendar: WorkCalendar) -> frozenset[str]:
    """Which of these steps say nothing because they were put off."""
    if snoozed is None:
        return frozenset()
    end = until(snoozed.at, calendar)
    return frozenset(
        rung.name
        for rung in rungs
        if (is_optional(rung.name) or rung.name == ASK_UPDATE) and snoozed.at < rung.at <= end
    )

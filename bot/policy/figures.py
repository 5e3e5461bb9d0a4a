"""What each figure of the summary counts: one line of the table for one figure (R33, R42)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import compress, islice

from bot.policy import receipt, updates
from bot.policy.calendar import WorkCalendar
from bot.policy.plan import NOTHING, Known, since_of
from bot.policy.workflow import time_class
from storage.figures import OPENABLE
from storage.records import Counts, Difficulty, Explanation, Request, RequestKind, RequestState, State, Task, TimeClass

MOST_BEHIND = 200  # tasks kept for one number of one unit


@dataclass(frozen=True, slots=True)
class Week:
    """A reporting period, from `since` (exclusive) to `until` (inclusive), and what is known beside the tasks.

    `ever`: what was done to a task up to the end of the period, by the names of history, and how often; `done`: of that
    within the period. `away`: people whose silence is no failing, because somebody stands in for them.
    """

    since: datetime
    until: datetime
    calendar: WorkCalendar
    known: Mapping[int, Known] = field(default_factory=dict)
    ever: Counts = field(default_factory=dict)
    done: Counts = field(default_factory=dict)
    requests: Mapping[int, tuple[Request, ...]] = field(default_factory=dict)
    explanations: Mapping[int, tuple[Explanation, ...]] = field(default_factory=dict)
    away: frozenset[int] = frozenset()

    def has(self, at: datetime | None) -> bool:
        """Whether that instant lies in the period."""
        return at is not None and self.since < at <= self.until

    def of(self, task: Task) -> Known:
        """What is known of that task."""
        return self.known.get(task.id, NOTHING)

    def times(self, task: Task, action: str) -> int:
        """How often that was done to the task in the period."""
        return self.done.get(task.id, {}).get(action, 0)

    def altogether(self, task: Task, action: str) -> int:
        """How often that was done to the task up to the end of the period."""
        return self.ever.get(task.id, {}).get(action, 0)

    def asked(self, task: Task, *kinds: RequestKind) -> tuple[Request, ...]:
        """What was asked about the task up to the end of the period."""
        return tuple(one for one in self.requests.get(task.id, ()) if one.kind in kinds and one.at <= self.until)

    def granted(self, task: Task, kind: RequestKind) -> int:
        """How many requests of that kind were granted in the period."""
        return sum(one.state is RequestState.APPROVED and self.has(one.decided_at) for one in self.asked(task, kind))


def next_week(until: datetime, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """The Monday-based week after the one in which `until` lies, as [start, end)."""
    return _next_week(until, calendar.zone)


@lru_cache(maxsize=64)  # asked anew for every task of a summary
def _next_week(until: datetime, zone: str) -> tuple[datetime, datetime]:
    calendar = WorkCalendar(zone)
    day = calendar.local(until).date()
    monday = day + timedelta(days=7 - day.weekday())
    return calendar.at(monday, time()), calendar.at(monday + timedelta(days=7), time())


def is_class(wanted: TimeClass) -> Callable[[Task, Week], bool]:
    """Whether the task stands in that class at the end of the period."""
    return lambda task, week: time_class(task, week.until) is wanted


def due_next(task: Task, week: Week) -> bool:
    """Whether an open task is due in the coming week."""
    if task.due_at is None or not task.state.open:
        return False
    start, end = next_week(week.until, week.calendar)
    return start <= task.due_at < end


def carried(task: Task, week: Week) -> bool:
    """Whether the task is overdue now and was so at the end of the period before: old debt does not disappear."""
    overdue = time_class(task, week.until) is TimeClass.OVERDUE
    return overdue and task.due_at is not None and task.due_at <= week.since


def not_received(task: Task, week: Week) -> bool:
    """Whether the owner should have confirmed receipt by now."""
    if task.state is not State.ASSIGNED or task.owner_id in week.away:
        return False
    known = week.of(task)
    return receipt.asked_at(known.at_work(since_of(task)), week.calendar, known.rules) <= week.until


def not_updated(task: Task, week: Week) -> bool:
    """Whether there was no news of the task for too long."""
    known = week.of(task)
    return task.owner_id not in week.away and updates.missing(task, week.until, week.calendar, known.rules, known.back)


def open_obstacle(task: Task, week: Week) -> Request | None:
    """The obstacle that waits for a decision, if there is one."""
    return next((one for one in week.asked(task, RequestKind.BLOCKED) if one.state.waits), None)


def to_explain(task: Task, week: Week) -> bool:
    """Whether a written explanation was asked for and is not there."""
    asked = (one for one in week.explanations.get(task.id, ()) if one.answer_by is not None)
    return any(not one.text for one in asked)


COUNTS: Mapping[str, Callable[[Task, Week], int]] = {
    "on_time": is_class(TimeClass.ON_TIME),
    "late": is_class(TimeClass.LATE),
    "within": is_class(TimeClass.WITHIN),
    "overdue": is_class(TimeClass.OVERDUE),
    "no_deadline": is_class(TimeClass.NO_DEADLINE),
    "due_next": due_next,
    "waiting": lambda task, _: task.state is State.SUBMITTED,
    "carried": carried,
    "open": lambda task, _: task.state.open,
    "updated": lambda task, week: task.state.open and week.has(task.updated_at),
    "not_received": not_received,
    "not_updated": not_updated,
    "blocked": lambda task, week: open_obstacle(task, week) is not None,
    "to_explain": to_explain,
    "hard": lambda task, _: task.difficulty is Difficulty.HARD,
    "new_work": lambda task, _: task.difficulty is Difficulty.NEW,
    "new": lambda task, week: week.has(task.assigned_at),
    "done": lambda task, week: task.state is State.COMPLETED and week.has(task.completed_at),
    "extensions": lambda task, week: week.granted(task, RequestKind.EXTENSION),
    "hands": lambda task, week: week.granted(task, RequestKind.HANDOVER),
    "declined": lambda task, week: sum(week.has(one.at) for one in week.asked(task, RequestKind.DECLINE)),
    "returned": lambda task, week: week.times(task, "return"),
    "urged": lambda task, week: week.times(task, "urge"),
    "snoozed": lambda task, week: week.times(task, "snooze"),
    "causes": lambda task, week: week.granted(task, RequestKind.CAUSE),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of some tasks, and the ids of the tasks behind each number that can be opened."""

    figures: Mapping[str, int]
    behind: Mapping[str, tuple[int, ...]]


def count(tasks: Sequence[Task], week: Week) -> Counted:
    """All figures of these tasks, each task asked once. Behind a number stand as many as there is room for."""
    found = {name: [counts(task, week) for task in tasks] for name, counts in COUNTS.items()}
    ids = [task.id for task in tasks]
    behind = {name: tuple(islice(compress(ids, found.get(name, ids)), MOST_BEHIND)) for name in OPENABLE}
    return Counted(
        {"total": len(tasks)} | {name: sum(numbers) for name, numbers in found.items()},
        {name: some for name, some in behind.items() if some},
    )

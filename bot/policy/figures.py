"""What each figure of the summary counts: one line of the table for one figure (R33, R42)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
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

    `ever`: what was done to an unfinished task up to the end of the period, by the names of history, and how often;
    `done`: what was done to any task within it. `away`: people whose silence is no failing, because somebody stands in
    for them.
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
        """How often that was done to an unfinished task up to the end of the period."""
        return self.ever.get(task.id, {}).get(action, 0)

    def asked(self, task: Task, *kinds: RequestKind) -> tuple[Request, ...]:
        """What was asked about the task up to the end of the period."""
        return tuple([one for one in self.requests.get(task.id, ()) if one.kind in kinds and one.at <= self.until])

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


def due_next(task: Task, week: Week) -> bool:
    """Whether an open task is due in the coming week."""
    start, end = next_week(week.until, week.calendar)
    return task.due_at is not None and start <= task.due_at < end


def carried(task: Task, week: Week) -> bool:
    """Whether an overdue task was overdue at the end of the period before: old debt does not disappear."""
    return task.due_at is not None and task.due_at <= week.since


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
    asked = week.requests.get(task.id, ())
    blocked = (one for one in asked if one.kind is RequestKind.BLOCKED and one.at <= week.until and one.state.waits)
    return next(blocked, None)


def declined(task: Task, week: Week) -> int:
    """How often the task was declined in the period."""
    return sum(week.has(one.at) for one in week.asked(task, RequestKind.DECLINE))


def to_explain(task: Task, week: Week) -> bool:
    """Whether a written explanation was asked for and is not there."""
    asked = (one for one in week.explanations.get(task.id, ()) if one.answer_by is not None)
    return any(not one.text for one in asked)


class Part(StrEnum):
    """Some of the tasks of a period, told apart once, so that a figure need not ask all of them."""

    ALL = "all"
    OPEN = "open"
    COMPLETED = "completed"
    EXPLAINED = "explained"  # it has explanations, asked for or written
    DONE = "done"  # something that is counted was done to it in the period


Among = TimeClass | RequestKind | Part

# For each figure the tasks that it can apply to (of a class, with a request of a kind …), and how often it counts
# such a task; None: each of them once.
COUNTS: Mapping[str, tuple[Among, Callable[[Task, Week], int] | None]] = {
    "on_time": (TimeClass.ON_TIME, None),
    "late": (TimeClass.LATE, None),
    "within": (TimeClass.WITHIN, None),
    "overdue": (TimeClass.OVERDUE, None),
    "no_deadline": (TimeClass.NO_DEADLINE, None),
    "due_next": (Part.OPEN, due_next),
    "waiting": (Part.OPEN, lambda task, _: task.state is State.SUBMITTED),
    "carried": (TimeClass.OVERDUE, carried),
    "open": (Part.OPEN, None),
    "updated": (Part.OPEN, lambda task, week: week.has(task.updated_at)),
    "not_received": (Part.OPEN, not_received),
    "not_updated": (Part.OPEN, not_updated),
    "blocked": (RequestKind.BLOCKED, lambda task, week: open_obstacle(task, week) is not None),
    "to_explain": (Part.EXPLAINED, to_explain),
    "hard": (Part.ALL, lambda task, _: task.difficulty is Difficulty.HARD),
    "new_work": (Part.ALL, lambda task, _: task.difficulty is Difficulty.NEW),
    "new": (Part.ALL, lambda task, week: week.has(task.assigned_at)),
    "done": (Part.COMPLETED, lambda task, week: week.has(task.completed_at)),
    "extensions": (RequestKind.EXTENSION, lambda task, week: week.granted(task, RequestKind.EXTENSION)),
    "hands": (RequestKind.HANDOVER, lambda task, week: week.granted(task, RequestKind.HANDOVER)),
    "declined": (RequestKind.DECLINE, declined),
    "returned": (Part.DONE, lambda task, week: week.times(task, "return")),
    "urged": (Part.DONE, lambda task, week: week.times(task, "urge")),
    "snoozed": (Part.DONE, lambda task, week: week.times(task, "snooze")),
    "causes": (RequestKind.CAUSE, lambda task, week: week.granted(task, RequestKind.CAUSE)),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of some tasks, and the ids of the tasks behind each number that can be opened."""

    figures: Mapping[str, int]
    behind: Mapping[str, tuple[int, ...]]


def count(tasks: Sequence[Task], week: Week) -> Counted:
    """All figures of these tasks. Behind a number stand as many as there is room for."""
    parts = _parts(tasks, week)
    figures, behind = {"total": len(tasks)}, {"total": _ids(tasks)}
    for name, (among, times) in COUNTS.items():
        some = parts[among]
        numbers = [times(task, week) for task in some] if times else [1] * len(some)
        figures[name] = sum(numbers)
        behind[name] = _ids(compress(some, numbers))
    return Counted(figures, {name: behind[name] for name in OPENABLE if behind[name]})


def _ids(tasks: Iterable[Task]) -> tuple[int, ...]:
    return tuple(task.id for task in islice(tasks, MOST_BEHIND))


def _parts(tasks: Sequence[Task], week: Week) -> Mapping[Among, Sequence[Task]]:
    """The tasks by their class at the end of the period and by what is known of them, each in the same order."""
    parts: dict[Among, list[Task]] = {one: [] for one in (*TimeClass, *RequestKind)}
    for task in tasks:
        parts[time_class(task, week.until)].append(task)
        for kind in {one.kind for one in week.requests.get(task.id, ())}:
            parts[kind].append(task)
    return {
        **parts,
        Part.ALL: tasks,
        Part.OPEN: [task for task in tasks if task.state.open],
        Part.COMPLETED: [task for task in tasks if task.state is State.COMPLETED],
        Part.EXPLAINED: [task for task in tasks if task.id in week.explanations],
        Part.DONE: [task for task in tasks if task.id in week.done],
    }

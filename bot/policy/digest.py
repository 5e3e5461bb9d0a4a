"""The weekly summary as figures without words: exclusive classes that are proved to add up (R33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from types import MappingProxyType

from bot.policy.calendar import WorkCalendar
from bot.policy.urging import OFTEN
from bot.policy.workflow import days_late, time_class, waits_for_owner
from storage.records import Figures, LateTask, State, Task, TimeClass, UnitFigures, UrgedTask

FRIDAY = 4
POSTING = time(16, 0)
LATE_POST = timedelta(hours=48)  # a summary missed while the bot was down is still posted that long afterwards


class DoesNotAddUp(ValueError):
    """The classes of a unit do not add up to its total: such a summary must not be sent."""


def last_slot(now: datetime, calendar: WorkCalendar, weekday: int = FRIDAY, clock: time = POSTING) -> datetime:
    """The latest posting time that is not after `now`."""
    day = calendar.local(now).date()
    day -= timedelta(days=(day.weekday() - weekday) % 7)
    slot = calendar.at(day, clock)
    return slot if slot <= now else calendar.at(day - timedelta(days=7), clock)


def slot_before(slot: datetime, calendar: WorkCalendar, clock: time = POSTING) -> datetime:
    """The posting time one week earlier, by the wall clock."""
    return calendar.at(calendar.local(slot).date() - timedelta(days=7), clock)


def next_week(until: datetime, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """The Monday-based week after the one in which `until` lies, as [start, end)."""
    day = calendar.local(until).date()
    monday = day + timedelta(days=7 - day.weekday())
    return calendar.at(monday, time()), calendar.at(monday + timedelta(days=7), time())


def count(unit_id: int, name: str, tasks: Sequence[Task], until: datetime, calendar: WorkCalendar) -> UnitFigures:
    """The figures of one unit. Raises DoesNotAddUp rather than return figures that cannot be trusted."""
    start, end = next_week(until, calendar)
    classes = [time_class(task, until) for task in tasks]
    figures = UnitFigures(
        unit_id=unit_id,
        unit=name,
        total=len(tasks),
        on_time=classes.count(TimeClass.ON_TIME),
        late=classes.count(TimeClass.LATE),
        within=classes.count(TimeClass.WITHIN),
        overdue=classes.count(TimeClass.OVERDUE),
        no_deadline=classes.count(TimeClass.NO_DEADLINE),
        due_next=sum(_is_due(task, start, end) for task in tasks),
        waiting=sum(task.state is State.SUBMITTED for task in tasks),
    )
    return check(figures)


def _is_due(task: Task, start: datetime, end: datetime) -> bool:
    return task.state.open and task.due_at is not None and start <= task.due_at < end


def check(figures: UnitFigures) -> UnitFigures:
    """The same figures, proved: the five classes add up to the total."""
    classes = (figures.on_time, figures.late, figures.within, figures.overdue, figures.no_deadline)
    if sum(classes) != figures.total:
        raise DoesNotAddUp(f"unit {figures.unit_id}: {classes} is not {figures.total}")
    return figures


def add_up(lines: Sequence[UnitFigures], name: str) -> UnitFigures:
    """The line below the others, proved as well."""
    fields = ("total", "on_time", "late", "within", "overdue", "no_deadline", "due_next", "waiting")
    sums = {field: sum(getattr(line, field) for line in lines) for field in fields}
    return check(UnitFigures(unit_id=0, unit=name, **sums))


def compose(
    unit: str,
    units: Iterable[tuple[int, str]],
    tasks: Sequence[Task],
    owners: Mapping[int, str],
    since: datetime,
    until: datetime,
    calendar: WorkCalendar,
    unreachable: int,
    urgings: Mapping[int, int] = MappingProxyType({}),
) -> Figures:
    """The summary of a unit and the units below it for (since, until]. `tasks`: open, or completed in the period."""
    names = dict(units)
    groups: dict[int, list[Task]] = {unit_id: [] for unit_id in names}
    for task in tasks:
        groups[task.unit_id].append(task)
    lines = tuple(count(key, names[key], group, until, calendar) for key, group in groups.items() if group)
    overdue = [task for task in tasks if time_class(task, until) is TimeClass.OVERDUE]
    late = [
        LateTask(
            task.id,
            task.code,
            task.title,
            task.titles,
            owners.get(task.owner_id, ""),
            names[task.unit_id],
            days_late(task, until, calendar),
        )
        for task in sorted(overdue, key=lambda task: (task.due_at, task.id))
    ]
    often = [task for task in tasks if waits_for_owner(task) and urgings.get(task.id, 0) >= OFTEN]
    briefing = [
        UrgedTask(task.code, task.title, task.titles, owners.get(task.owner_id, ""), urgings[task.id])
        for task in sorted(often, key=lambda task: (-urgings[task.id], task.id))
    ]
    return Figures(
        unit, since, until, calendar.zone, lines, add_up(lines, unit), tuple(late), unreachable, tuple(briefing)
    )

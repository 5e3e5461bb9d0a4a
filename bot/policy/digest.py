"""The weekly summary as figures without words: exclusive classes that are proved to add up (R33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta

from bot.policy import figures as policy
from bot.policy.calendar import WorkCalendar
from bot.policy.figures import Counted, Week
from bot.policy.ranking import rank
from bot.policy.requests import approved
from bot.policy.urging import OFTEN
from bot.policy.workflow import days_late, time_class, waits_for_owner
from storage.figures import Delivered, Figures, LateTask, Obstacle, UnitFigures, UrgedTask
from storage.records import (
    RequestKind,
    Task,
    TimeClass,
)

FRIDAY = 4
POSTING = time(16, 0)
LATE_POST = timedelta(hours=48)  # a summary missed while the bot was down is still posted that long afterwards


class DoesNotAddUp(ValueError):
    """The classes of a unit do not add up to its total: such a summary must not be sent."""

    def __init__(self, unit: str, classes: tuple[int, ...], total: int) -> None:
        super().__init__(f"{unit or 'figures'}: {classes} is not {total}")
        self.unit = unit
        self.classes = classes
        self.total = total


def last_slot(now: datetime, calendar: WorkCalendar, weekday: int = FRIDAY, clock: time = POSTING) -> datetime:
    """The latest posting time that is not after `now`."""
    day = calendar.local(now).date()
    day -= timedelta(days=(day.weekday() - weekday) % 7)
    slot = calendar.at(day, clock)
    return slot if slot <= now else calendar.at(day - timedelta(days=7), clock)


def slot_before(slot: datetime, calendar: WorkCalendar, clock: time = POSTING) -> datetime:
    """The posting time one week earlier, by the wall clock."""
    return calendar.at(calendar.local(slot).date() - timedelta(days=7), clock)


@dataclass(frozen=True, slots=True)
class Around:
    """The names around the tasks of a summary.

    `answers`: who decides on a waiting obstacle, by the number of the request. `lost`: who cannot be reached.
    """

    owners: Mapping[int, str]
    answers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    before: Figures | None = None
    delivered: Delivered | None = None


def of_unit(unit_id: int, name: str, counted: Counted) -> UnitFigures:
    """The figures of one unit. Raises DoesNotAddUp rather than return figures that cannot be trusted."""
    return check(UnitFigures(unit_id=unit_id, unit=name, **counted.figures))


def check(figures: UnitFigures) -> UnitFigures:
    """The same figures, proved: the five classes add up to the total."""
    classes = (figures.on_time, figures.late, figures.within, figures.overdue, figures.no_deadline)
    if sum(classes) != figures.total:
        raise DoesNotAddUp(figures.unit, classes, figures.total)
    return figures


def add_up(lines: Sequence[UnitFigures], name: str) -> UnitFigures:
    """The line below the others, proved as well."""
    counted = [one.name for one in fields(UnitFigures) if one.name not in ("unit_id", "unit")]
    sums = {name: sum(getattr(line, name) for line in lines) for name in counted}
    return check(UnitFigures(unit_id=0, unit=name, **sums))


def compose(unit: str, units: Iterable[tuple[int, str]], tasks: Sequence[Task], around: Around, week: Week) -> Figures:
    """The summary of a unit and the units below it. `tasks`: open, or completed in the period."""
    names = dict(units)
    groups: dict[int, list[Task]] = {unit_id: [] for unit_id in names}
    for task in tasks:
        groups[task.unit_id].append(task)
    counted = {key: policy.count(group, week) for key, group in groups.items() if group}
    lines = tuple(of_unit(key, names[key], one) for key, one in counted.items())
    overdue = [task for task in tasks if time_class(task, week.until) is TimeClass.OVERDUE]
    overdue.sort(key=lambda task: (task.due_at, task.id))
    late = [late_task(task, around.owners.get(task.owner_id, ""), names[task.unit_id], week) for task in overdue]
    late.sort(key=lambda one: -one.days_late)  # as it is said: the clock of what was submitted has stopped
    return Figures(
        unit=unit,
        since=week.since,
        until=week.until,
        zone=week.calendar.zone,
        units=lines,
        total=add_up(lines, unit),
        late_tasks=tuple(late),
        unreachable=len(around.lost),
        briefing=_briefing(tasks, around, week),
        before=around.before.total if around.before else None,
        obstacles=_obstacles(tasks, around, week),
        ranks=rank(lines, around.before.ranks if around.before else ()) if len(lines) > 1 else (),
        silent=tuple(one.unit for one in lines if one.open and not one.updated),
        lost=around.lost,
        units_before=around.before.units if around.before else (),
        delivered=around.delivered,
        behind={key: one.behind for key, one in counted.items()},
    )


def late_task(task: Task, owner: str, unit: str, week: Week) -> LateTask:
    """An overdue task with everything that belongs beside its delay."""
    asked = week.requests.get(task.id, ())
    told = [one for one in week.explanations.get(task.id, ()) if one.member_id == task.owner_id]
    return LateTask(
        task.id,
        task.code,
        task.title,
        task.titles,
        owner,
        unit,
        days_late(task, week.until, week.calendar),
        extensions=len(approved(asked, RequestKind.EXTENSION)),
        hands=len(approved(asked, RequestKind.HANDOVER)),
        snoozes=week.altogether(task, "snooze"),
        urgings=week.altogether(task, "urge"),
        cause=bool(approved(asked, RequestKind.CAUSE)),
        explanation=next((one.text for one in reversed(told) if one.text), ""),
        to_explain=policy.to_explain(task, week),
    )


def _briefing(tasks: Sequence[Task], around: Around, week: Week) -> tuple[UrgedTask, ...]:
    """What was urged again and again, the most urged first (R25)."""
    often = [task for task in tasks if waits_for_owner(task) and week.altogether(task, "urge") >= OFTEN]
    often.sort(key=lambda task: (-week.altogether(task, "urge"), task.id))
    return tuple(
        UrgedTask(
            task.code,
            task.title,
            task.titles,
            around.owners.get(task.owner_id, ""),
            week.altogether(task, "urge"),
        )
        for task in often
    )


def _obstacles(tasks: Sequence[Task], around: Around, week: Week) -> tuple[Obstacle, ...]:
    """Obstacles that wait for a decision, the oldest first, with who has to decide."""
    waiting = [(one, task) for task in tasks if (one := policy.open_obstacle(task, week)) is not None]
    waiting.sort(key=lambda pair: (pair[0].at, pair[0].id))
    local = week.calendar.local
    return tuple(
        Obstacle(
            number=one.id,
            code=task.code,
            owner=around.owners.get(task.owner_id, ""),
            days=week.calendar.working_days_after(local(one.at).date(), local(week.until).date()),
            reason=one.reason,
            answers=around.answers.get(one.id, ()),
        )
        for one, task in waiting
    )

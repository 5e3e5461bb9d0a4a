"""When a letter may disturb its reader: most wait for working hours, urgent work does not.

One answer for everybody who plans a letter and for the door through which it leaves, so that the two agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from enum import IntEnum

from bot.policy import ladder
from bot.policy.calendar import WorkCalendar
from storage.notices import Notice, Reminders, RequestNews, Step, TaskNews

WAKING: tuple[tuple[time, time], ...] = ((time(6), time(22)),)  # local hours of the reader, on any day
AT_ANY_HOUR = ("assigned", "urged")  # news of an urgent task that wait for nobody's morning


class Urgency(IntEnum):
    """How much a letter may disturb: in working hours, in waking hours of any day, or at any moment."""

    WORKING = 0
    WAKING = 1
    NOW = 2


class _EveryDay(Mapping[date, bool]):
    """Decisions of a calendar in which every day is a working day."""

    def __getitem__(self, _: date) -> bool:
        return True

    def __iter__(self) -> Iterator[date]:
        return iter(())

    def __len__(self) -> int:
        return 0


_EVERY_DAY = _EveryDay()


def waking(calendar: WorkCalendar) -> WorkCalendar:
    """The calendar of an urgent task: every day, while people are awake."""
    return replace(calendar, days=_EVERY_DAY, hours=WAKING)


def next_allowed(urgency: Urgency, calendar: WorkCalendar, now: datetime) -> datetime:
    """When a letter of that urgency may leave for somebody who lives by that calendar: now, or later."""
    if urgency is Urgency.NOW:
        return now
    return (waking(calendar) if urgency is Urgency.WAKING else calendar).next_allowed(now)


def of_step(step: Step, urgent: Collection[int]) -> Urgency:
    """How urgent a reminder is. `urgent`: the ids of the tasks that are."""
    if step.task_id not in urgent:
        return Urgency.WORKING
    return Urgency.NOW if ladder.is_last(step.name) else Urgency.WAKING


def apart(steps: Iterable[Step], urgent: Collection[int]) -> tuple[tuple[Step, ...], ...]:
    """The steps of one reader as the letters they become: urgent ones take nothing along that can wait."""
    found: dict[Urgency, list[Step]] = {}
    for step in steps:
        found.setdefault(of_step(step, urgent), []).append(step)
    return tuple(map(tuple, found.values()))


def of_notice(notice: Notice, urgent: Collection[int]) -> Urgency:
    """How urgent a letter is. `urgent`: the ids of those of its tasks that are urgent now.

    Steps are told apart when they are planned; when one of a letter has become urgent since, the calmest decides.
    """
    if isinstance(notice, Reminders):
        return min((of_step(step, urgent) for step in notice.steps), default=Urgency.WORKING)
    if not urgent or not isinstance(notice, TaskNews | RequestNews):
        return Urgency.WORKING
    at_any_hour = isinstance(notice, TaskNews) and notice.event in AT_ANY_HOUR
    return Urgency.NOW if at_any_hour else Urgency.WAKING

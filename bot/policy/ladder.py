"""The reminder ladder: which steps a deadline has for its owner, and when each falls.

A ladder is typed and stored as "5,3,1 2h 2x3": 5, 3 and 1 working days before at the morning hour, 2 hours before,
and overdue every 2 working days, at most 3 times. The due morning is always a step. Whom else it concerns is the
question of `escalation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count

from bot.policy.calendar import WorkCalendar
from bot.policy.steps import Rung, morning
from storage.notices import LAST_STEP

MOST_STEPS = 6  # before the due day
MOST_DAYS = 60
MOST_HOURS = 8
MOST_EVERY = 20
MOST_TIMES = 10
APART = timedelta(hours=1)  # two steps of one day that are nearer to each other are one letter
SHORT_NOTICE = timedelta(minutes=30)  # a task with less time than that is its own reminder
DUE_DAY = "due-day"

_DAYS = re.compile(r"\d{1,3}(,\d{1,3})*", re.ASCII)
_HOURS = re.compile(r"(\d{1,3})h", re.ASCII)
_OVERDUE = re.compile(r"(\d{1,3})x(\d{1,3})", re.ASCII)
_OPTIONAL = re.compile(r"before-\d+", re.ASCII)


class BadLadder(ValueError):
    """Text that is no ladder. `fault` says why: shape, days, hours or overdue."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Ladder:
    """When an owner is reminded.

    `days`: working days before the deadline, the earliest first. `hours` before it comes the last step, None: there
    is none. `every`: working days between the reminders of an overdue task, `most`: how many of them at most.
    """

    days: tuple[int, ...] = (3, 1)
    hours: int | None = 2
    every: int = 2
    most: int = 3

    @property
    def last(self) -> str:
        """The name of the step that nobody is to miss before the deadline."""
        return DUE_DAY if self.hours is None else f"before-{self.hours}h"


DEFAULT = Ladder()


def text_of(ladder: Ladder) -> str:
    """As it is typed and stored: `parse(text_of(ladder)) == ladder`."""
    days = ",".join(map(str, ladder.days)) or "0"
    return f"{days} {ladder.hours or 0}h {ladder.every}x{ladder.most}"


@lru_cache(maxsize=256)
def parse(text: str) -> Ladder:
    """The ladder that was typed; a part that is left out is as usual, 0 stands for none. Raises BadLadder."""
    parts = re.sub(r"\s*([,;])\s*", ",", text.casefold().replace("×", "x")).split()
    days, hours, overdue = (_only(pattern, parts) for pattern in (_DAYS, _HOURS, _OVERDUE))
    if not parts or sum(found is not None for found in (days, hours, overdue)) != len(parts):
        raise BadLadder("shape")
    return Ladder(
        DEFAULT.days if days is None else _days(days[0]),
        DEFAULT.hours if hours is None else _hours(int(hours[1])),
        *((DEFAULT.every, DEFAULT.most) if overdue is None else _overdue(int(overdue[1]), int(overdue[2]))),
    )


def _only(pattern: re.Pattern[str], parts: list[str]) -> re.Match[str] | None:
    found = [match for part in parts if (match := pattern.fullmatch(part))]
    if len(found) > 1:
        raise BadLadder("shape")
    return found[0] if found else None


def _days(text: str) -> tuple[int, ...]:
    days = [int(day) for day in text.split(",")]
    if days == [0]:
        return ()
    if len(days) > MOST_STEPS or len(set(days)) < len(days) or not all(1 <= day <= MOST_DAYS for day in days):
        raise BadLadder("days")
    return tuple(sorted(days, reverse=True))


def _hours(hours: int) -> int | None:
    if hours > MOST_HOURS:
        raise BadLadder("hours")
    return hours or None


def _overdue(every: int, most: int) -> tuple[int, int]:
    if not 1 <= every <= MOST_EVERY or most > MOST_TIMES:
        raise BadLadder("overdue")
    return every, most


def is_last(name: str) -> bool:
    """Whether a step is the last one before a deadline, some hours ahead."""
    return LAST_STEP.fullmatch(name) is not None


def is_optional(name: str) -> bool:
    """Whether a step can be put off; whatever comes on the due day or later is mandatory."""
    return _OPTIONAL.fullmatch(name) is not None


def is_before(name: str) -> bool:
    """Whether a step comes before the deadline."""
    return name == DUE_DAY or is_optional(name) or is_last(name)


def rungs(
    due: datetime, since: datetime, calendar: WorkCalendar, ladder: Ladder = DEFAULT, wide: WorkCalendar | None = None
) -> tuple[Rung, ...]:
    """The steps of a deadline that lie after `since` (when the owner came to know of it), in time order.

    `wide`: the hours in which an urgent task may disturb; the last step of such a task keeps its hour whatever it is.
    """
    before = sorted(_before(due, calendar, ladder, wide), key=lambda rung: rung.at)
    left = tuple(rung for rung in before if rung.at > since) or _short_notice(due, since, calendar, ladder, wide)
    return left + _after(due, since, calendar, ladder)


def _before(due: datetime, calendar: WorkCalendar, ladder: Ladder, wide: WorkCalendar | None) -> Iterator[Rung]:
    day = calendar.local(due).date()
    for days in ladder.days:
        yield Rung(f"before-{days}", morning(calendar.shift(day, -days), calendar))
    due_day = _fit(morning(day, calendar), due, wide or calendar)
    if ladder.hours is not None:
        wanted = due - timedelta(hours=ladder.hours)
        last = wanted if wide else _fit(wanted, due, calendar)
        due_day = last if last - due_day < APART else due_day
        yield Rung(DUE_DAY, due_day)
        yield Rung(ladder.last, last)
    else:
        yield Rung(DUE_DAY, due_day)


def _fit(wanted: datetime, due: datetime, calendar: WorkCalendar) -> datetime:
    """Into allowed hours: the next opening, or the last allowed moment if that would come too late."""
    allowed = calendar.next_allowed(wanted)
    return allowed if allowed < due else calendar.last_allowed_before(due)


def _short_notice(
    due: datetime, since: datetime, calendar: WorkCalendar, ladder: Ladder, wide: WorkCalendar | None
) -> tuple[Rung, ...]:
    """One step for a task that came when all others had passed: halfway through the time that is left."""
    begin, end = since, due
    if not (wide and ladder.hours is not None):
        hours = wide or calendar
        begin = hours.next_allowed(since)
        end = min(due, hours.at(hours.local(begin).date(), hours.closes))
    return (Rung(ladder.last, begin + (end - begin) / 2),) if end - begin >= SHORT_NOTICE else ()


def _after(due: datetime, since: datetime, calendar: WorkCalendar, ladder: Ladder) -> tuple[Rung, ...]:
    """The overdue steps. A task that was overdue when it came in starts its own from there."""
    found: list[datetime] = []
    day = calendar.local(due).date()
    late_already = calendar.working_days_after(day, calendar.local(since).date()) if since > due else 0
    for number in count(max(1, late_already // ladder.every)):
        if len(found) == ladder.most:
            break
        at = morning(calendar.shift(day, number * ladder.every), calendar)
        if at > max(since, due):
            found.append(at)
    return tuple(Rung(f"overdue-{number}", at) for number, at in enumerate(found, 1))

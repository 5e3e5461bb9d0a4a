"""Work that comes back: on which days, until when, and when it is given to its owner.

An occurrence belongs to a day that the rule names; that day stands in its code and never changes. It is due on that
day or, when nobody works then, on the working day before: a report for a day off is ready before it. Days whose
deadlines would meet are one occurrence, so a week without a working day has none.
"""

from __future__ import annotations

import calendar as months
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from bot.policy.calendar import WorkCalendar
from storage.records import Recurrence

LAST = 0  # the day of a rule that means: the last working day
SHOWN = 3  # coming dates that are shown before anything is stored
DAY = timedelta(days=1)


class Period(StrEnum):
    """How often."""

    WORKDAY = "workday"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


# How many working days before its deadline an occurrence is given to its owner; 0: in the morning of that day.
LEAD_DAYS = {Period.WORKDAY: 0, Period.WEEK: 3, Period.MONTH: 5, Period.QUARTER: 10}
_DAYS = {Period.WORKDAY: range(1), Period.WEEK: range(1, 8), Period.MONTH: range(32), Period.QUARTER: range(32)}
_RULE = re.compile(r"(?P<period>[a-z]+)(?::(?P<day>last|[0-9]{1,2}))?")


class BadRule(ValueError):
    """Text that is no rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `day` is the weekday (Monday is 1), the day of the month, or of the last month of a quarter.

    LAST (0) is the last working day of the month or quarter; every working day has no day.
    """

    period: Period
    day: int = LAST

    def __str__(self) -> str:
        """As it is stored: "workday", "week:5", "month:15", "month:last", "quarter:last"."""
        return self.period.value if self.period is Period.WORKDAY else f"{self.period}:{self.day or 'last'}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time: the day it belongs to, when it is given to its owner, when it is due."""

    day: date
    assign_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be done about a recurrence now, and which occurrence comes after that."""

    due: tuple[Occurrence, ...]
    skipped: tuple[Occurrence, ...]
    coming: Occurrence


def parse_rule(text: str) -> Rule:
    """The rule behind its stored form. Raises BadRule."""
    match = _RULE.fullmatch(text)
    period = next((one for one in Period if match and one == match["period"]), None)
    if match is None or period is None or (period is Period.WORKDAY) is not (match["day"] is None):
        raise BadRule(text)
    day = LAST if match["day"] in (None, "last") else int(match["day"])
    if day not in _DAYS[period] or (day == LAST and match["day"] not in (None, "last")):
        raise BadRule(text)
    return Rule(period, day)


def parse_clock(text: str) -> time | None:
    """The hour of a deadline as it is stored; empty: the end of the working day."""
    return time.fromisoformat(text) if text else None


def occurrences(rule: Rule, after: date, calendar: WorkCalendar) -> Iterator[tuple[date, date]]:
    """The days after `after` that the rule names, each with the working day on which it is due, without end."""
    last = _working(next(_named(rule, after, -DAY)), calendar)
    for day in _named(rule, after + DAY, DAY):
        due = _working(day, calendar)
        if due > last:
            yield day, due
            last = due


def _named(rule: Rule, start: date, step: timedelta) -> Iterator[date]:
    """The days that the rule names, from `start` on or (a negative step) back."""
    day = start
    while True:
        if _names(rule, day):
            yield day
        day += step


def _names(rule: Rule, day: date) -> bool:
    """Whether the rule names that day; the 31st is the last day of a shorter month."""
    if rule.period is Period.WORKDAY:
        return True  # each that is a day off falls together with the working day before it
    if rule.period is Period.WEEK:
        return day.isoweekday() == rule.day
    if rule.period is Period.QUARTER and day.month % 3:
        return False
    length = months.monthrange(day.year, day.month)[1]
    return day.day == min(rule.day or length, length)


def _working(day: date, calendar: WorkCalendar) -> date:
    return day if calendar.is_working(day) else calendar.shift(day, -1)


def upcoming(rule: Rule, clock: str, lead_days: int, after: date, calendar: WorkCalendar) -> Iterator[Occurrence]:
    """The occurrences of the days after `after`, without end."""
    hour = parse_clock(clock) or calendar.end_of_day
    for day, due in occurrences(rule, after, calendar):
        early = hour <= calendar.opens and not lead_days  # it must be known before it is due
        begin = calendar.shift(due, -1 if early else -lead_days)
        yield Occurrence(day, calendar.at(begin, calendar.opens), calendar.at(due, hour))


def first(
    rule: Rule, clock: str, lead_days: int, now: datetime, calendar: WorkCalendar, number: int
) -> tuple[Occurrence, ...]:
    """The first occurrences whose deadline is ahead."""
    yesterday = calendar.local(now).date() - DAY
    found = upcoming(rule, clock, lead_days, yesterday, calendar)
    return tuple(islice((one for one in found if one.due_at > now), number))


def look(recurrence: Recurrence, calendar: WorkCalendar, now: datetime) -> Outlook:
    """What has become due since the last look.

    An occurrence whose deadline has passed meanwhile is skipped: nobody gets a task that is overdue from the start.
    """
    rule = parse_rule(recurrence.rule)
    found = upcoming(rule, recurrence.clock, recurrence.lead_days, recurrence.next_on - DAY, calendar)
    due: list[Occurrence] = []
    skipped: list[Occurrence] = []
    one = next(found)
    while one.due_at <= now or one.assign_at <= now:
        (skipped if one.due_at <= now else due).append(one)
        one = next(found)
    return Outlook(tuple(due), tuple(skipped), one)


def code_of(series: str, day: date) -> str:
    """The code of the occurrence of that day: "VPR3-261231"."""
    return f"{series}-{day:%y%m%d}"


def series_of(prefix: str, number: int) -> str:
    """The series of the codes of one recurrence: the unit's, R, and the number of the recurrence."""
    return f"{prefix}R{number}"

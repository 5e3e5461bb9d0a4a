"""Which days a phrase can mean, and how much later they come again when their hour has passed.

The week begins on Monday and ends on Friday; a day and a month that passed roll to the next year.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.phrases.atoms import (
    Ahead,
    Clock,
    Dated,
    Day,
    DayOf,
    End,
    Offset,
    Said,
    Span,
    Unit,
    Weekday,
    Which,
)
from bot.policy.phrases.unclear import Unclear

DAY, WEEK, NEVER = timedelta(days=1), timedelta(days=7), timedelta()
FRIDAY = 4

Coming = tuple[date, timedelta]


def days(said: Said, today: date, calendar: WorkCalendar) -> list[Coming]:
    """The days that can be meant. Raises Unclear when what was said does not go together."""
    if said.day is not None:
        return [(day, NEVER) for day in _checked(said, said.day, today, calendar)]
    if said.weekday is not None:
        return [*_weekdays(said.weekday, said.week, today)]
    if said.week is not None:
        return [(_friday(today, said.week.ahead), NEVER)]
    if said.clock is None:
        raise Unclear("not_understood")
    closing = isinstance(said.clock, Clock) and said.clock.closing
    return [(today, NEVER if closing else DAY)]


def _checked(said: Said, day: Day, today: date, calendar: WorkCalendar) -> list[date]:
    """The day, which has to be the day of the week that was said beside it."""
    found, weekday = list(_day(day, today, calendar)), said.weekday
    if said.week is not None or (weekday is not None and isinstance(day, Ahead | End | Span)):
        raise Unclear("not_understood")
    if weekday is not None and getattr(day, "alone", False):
        raise Unclear("not_understood")
    if weekday is not None and (weekday.which is not Which.COMING or {one.weekday() for one in found} != {weekday.day}):
        raise Unclear("no_such_date")
    return found


def _monday(today: date, ahead: int) -> date:
    return today - today.weekday() * DAY + ahead * WEEK


def _friday(today: date, ahead: int) -> date:
    return _monday(today, ahead) + FRIDAY * DAY


def _weekdays(weekday: Weekday, week: Span | None, today: date) -> Iterator[Coming]:
    which = weekday.which
    coming = today + (weekday.day - today.weekday()) % 7 * DAY
    later = coming if coming > today else coming + WEEK
    if week is not None and which is not Which.COMING:
        raise Unclear("not_understood")
    if week is not None or which in (Which.THIS, Which.NEXT):
        ahead = week.ahead if week is not None else int(which is Which.NEXT)
        yield _monday(today, ahead) + weekday.day * DAY, NEVER
    elif which is Which.COMING:
        yield coming, WEEK
    elif which is Which.NEAREST:
        yield from ((day, NEVER) for day in {coming, later})
    else:
        yield from ((day, NEVER) for day in {later, _monday(today, 1) + weekday.day * DAY})


def _day(day: Day, today: date, calendar: WorkCalendar) -> Iterator[date]:
    match day:
        case Offset():
            yield today + day.days * DAY
        case Dated():
            yield date(day.year, day.month, day.day) if day.year is not None else to_come(day.day, day.month, today)
        case DayOf():
            yield _day_of(day, today)
        case Ahead():
            yield _ahead(day, today, calendar)
        case Span():
            yield _end(End(Unit.MONTH, day.ahead), today)
            if day.ahead:  # "next month" is its end to some, and a month from today to others
                yield _later(today, day.ahead)
        case End():
            yield _end(day, today)


def to_come(day: int, month: int, today: date) -> date:
    """A day and a month of this year, of the next one when they have passed. Raises ValueError: no such date."""
    this = date(today.year, month, day)
    return this if this >= today else date(today.year + 1, month, day)


def _day_of(day: DayOf, today: date) -> date:
    months = day.ahead if day.ahead is not None else int(day.day < today.day)
    return _later(today.replace(day=1), months).replace(day=day.day)


def _ahead(day: Ahead, today: date, calendar: WorkCalendar) -> date:
    if day.unit is Unit.WORKING_DAY:
        return calendar.shift(today, day.number)
    if day.unit in (Unit.DAY, Unit.WEEK):
        return today + day.number * (DAY if day.unit is Unit.DAY else WEEK)
    return _later(today, day.number * (12 if day.unit is Unit.YEAR else 1))


def _later(day: date, months: int) -> date:
    """The same day so many months later; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end(end: End, today: date) -> date:
    if end.unit is Unit.WEEK:
        return _friday(today, end.ahead)
    months = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}[end.unit]
    if end.number is None:
        start = date(end.year or today.year, 1 if end.year else (today.month - 1) // months * months + 1, 1)
        return _later(start, (end.ahead + 1) * months) - DAY
    first = date(end.year or today.year, end.number * months, 1)
    last = _later(first, 1) - DAY
    return last if end.year or last >= today else _later(first, 13) - DAY

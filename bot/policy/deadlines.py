"""Deadlines as people type them: dates and hours only. The day comes before the month, always.

What is not understood as a whole is refused: a wrong deadline is worse than a question.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from bot.policy.calendar import END_OF_DAY, WorkCalendar

LONGEST = 64  # characters
FARTHEST = timedelta(days=3660)

_TIME = r"(?P<hour>\d{1,2})(?:[:hg.](?P<minute>\d{2})|h)"
_DAYS = (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})",
    r"(?P<day>\d{1,2})/(?P<month>\d{1,2})",
)
_PHRASES = tuple(
    re.compile(pattern) for day in _DAYS for pattern in (rf"{day}(?:(?:\s+|t){_TIME})?", rf"{_TIME}\s+{day}")
)


class Unclear(ValueError):
    """A deadline that cannot be used; `reason` is not_understood, no_such_date, past or too_far."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(text: str, now: datetime, calendar: WorkCalendar) -> datetime:
    """The UTC instant that was typed; a date without an hour means the end of the working day there.

    Raises Unclear when nothing, or nothing usable, was understood.
    """
    phrase = text.strip().casefold()
    if len(phrase) > LONGEST:
        raise Unclear("not_understood")
    zoned = _zoned(phrase)
    instant = zoned if zoned is not None else _local(phrase, now, calendar)
    if instant <= now:
        raise Unclear("past")
    if instant - now > FARTHEST:
        raise Unclear("too_far")
    return instant


def _zoned(phrase: str) -> datetime | None:
    """An ISO instant that names its own offset."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dt\d\d:\d\d(:\d\d)?(z|[+-]\d\d:?\d\d)", phrase):
        return None
    try:
        return datetime.fromisoformat(phrase.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unclear("no_such_date") from None


def _local(phrase: str, now: datetime, calendar: WorkCalendar) -> datetime:
    match = next(filter(None, (pattern.fullmatch(phrase) for pattern in _PHRASES)), None)
    if match is None:
        raise Unclear("not_understood")
    parts = {name: int(value) for name, value in match.groupdict().items() if value is not None}
    try:
        clock = time(parts["hour"], parts.get("minute", 0)) if "hour" in parts else END_OF_DAY
        year = parts.get("year", calendar.local(now).year)
        instant = calendar.at(date(year, parts["month"], parts["day"]), clock)
        if "year" not in parts and instant <= now:  # a day and month that passed roll to the next year
            instant = calendar.at(date(year + 1, parts["month"], parts["day"]), clock)
    except (ValueError, OverflowError):
        raise Unclear("no_such_date") from None
    return instant


def choices(now: datetime, calendar: WorkCalendar, number: int = 6) -> tuple[datetime, ...]:
    """The ends of the next working days, to choose from with a button."""
    day = calendar.local(now).date()
    found = [calendar.at(day, END_OF_DAY)] if calendar.is_working(day) else []
    while len(found) <= number:
        day = calendar.shift(day, 1)
        found.append(calendar.at(day, END_OF_DAY))
    return tuple(instant for instant in found if instant > now + timedelta(hours=1))[:number]

"""Working days and allowed hours of one place. Instants are UTC; local time lives only in here.

Steps are computed in local dates and converted once: adding days to an aware datetime keeps the wall clock
but not the length of a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.policy import country as country_of

Hours = tuple[tuple[time, time], ...]
MORNING = time(8, 30)  # when people get their agenda, unless they chose another hour
OFFICE_HOURS: Hours = ((time(8, 0), time(12, 0)), (time(13, 30), time(17, 30)))  # unless a unit has others
END_OF_DAY = time(17, 0)  # the hour of a deadline that was given as a date only, where people still work then
LAST_CALL = timedelta(minutes=15)  # a letter moved before closing must still find the reader at the desk
YEARS = range(2000, 2100)  # whose days can be decided on
SHORTEST_DAY = timedelta(hours=1)  # from opening to closing

_DAY = re.compile(
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>\d{4})", re.ASCII
)


class BadDay(ValueError):
    """Text that is no date of a calendar."""


class BadHours(ValueError):
    """Working hours that cannot be used."""


@lru_cache(maxsize=64)
def parse_hours(text: str) -> Hours:
    """Working hours as they are stored: "08:00-12:00,13:30-17:30", in order, within one day. Raises BadHours."""
    try:
        ends = [[time.fromisoformat(clock.strip()) for clock in part.split("-")] for part in text.split(",")]
        hours = tuple((opens, closes) for opens, closes in ends)
    except ValueError:
        raise BadHours(text) from None
    clocks = [clock for shift in hours for clock in shift]
    if any(clock.tzinfo or clock.second or clock.microsecond for clock in clocks):
        raise BadHours(text)
    if clocks != sorted(set(clocks)) or _length(clocks[0], clocks[-1]) < SHORTEST_DAY:
        raise BadHours(text)
    return hours


def _length(opens: time, closes: time) -> timedelta:
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)


def hours_text(hours: Hours) -> str:
    """The same as text, as it is stored."""
    return ",".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in hours)


def parse_day(text: str) -> date:
    """A date as people type it: 24/12/2026, 24.12.2026 or 2026-12-24. Raises BadDay."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        raise BadDay(text)
    year, month, day = match.group("y1", "m1", "d1") if match["y1"] else match.group("y2", "m2", "d2")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise BadDay(text) from None
    if found.year not in YEARS:
        raise BadDay(text)
    return found


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When people of one zone and country work. `days` overrides single dates (True: a working day).

    `clock`: the hour of the morning agenda, and so of everything that comes "in the morning".
    """

    zone: str
    country: str = ""
    days: Mapping[date, bool] = field(default_factory=dict)
    hours: Hours = OFFICE_HOURS
    clock: time = MORNING
    _works: dict[date, bool] = field(default_factory=dict, init=False, compare=False, repr=False)  # asked before

    @property
    def opens(self) -> time:
        """When the working day begins."""
        return self.hours[0][0]

    @property
    def closes(self) -> time:
        """When the working day ends."""
        return self.hours[-1][1]

    @property
    def end_of_day(self) -> time:
        """The hour of a deadline that was given as a date only."""
        return END_OF_DAY if self.opens < END_OF_DAY < self.closes else self.closes

    def works_at(self, clock: time) -> bool:
        """Whether people work at that hour of a working day; not in the lunch break."""
        return any(opens <= clock < closes for opens, closes in self.hours)

    def is_working(self, day: date) -> bool:
        """Whether people work on that day. (A zone that crosses the date line leaves a day out.)"""
        found = self._works.get(day)
        if found is None:
            decided = self.days.get(day)
            works = country_of.works(self.country, day) if decided is None else decided
            found = self._works[day] = works and _exists(self.zone, day)
        return found

    def is_provisional(self, day: date) -> bool:
        """Whether that day off is a guess: nobody has announced or entered it yet."""
        return day not in self.days and country_of.is_provisional(self.country, day)

    def local(self, instant: datetime) -> datetime:
        """The wall clock of this place at that instant."""
        return instant.astimezone(ZoneInfo(self.zone))

    def at(self, day: date, clock: time) -> datetime:
        """The UTC instant when the wall clock shows that time on that day.

        The first of two where the clock is set back; where it is set forward over that time, the first moment after.
        """
        return _instant(self.zone, day, clock)

    def shown(self, day: date, clock: time) -> set[datetime]:
        """When the wall clock shows that time: once; twice or never on a night when the clocks are changed."""
        wall, zone = datetime.combine(day, clock), ZoneInfo(self.zone)
        tried = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        return {at for at in tried if self.local(at).replace(tzinfo=None) == wall}

    def shift(self, day: date, working_days: int) -> date:
        """The day that lies so many working days later (or earlier); the start day is not counted."""
        one = timedelta(days=1 if working_days > 0 else -1)
        for _ in range(abs(working_days)):
            day += one
            while not self.is_working(day):
                day += one
        return day

    def working_days_after(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`."""
        return sum(self.is_working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def shifts(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working time of a day in instants: one in which the clocks are changed is shorter or longer."""
        if not self.is_working(day):
            return ()
        found = ((self.at(day, opens), self.at(day, closes)) for opens, closes in self.hours)
        return tuple((begin, end) for begin, end in found if begin < end)

    def after_working_hours(self, start: datetime, hours: timedelta) -> datetime:
        """The instant at which so many working hours have passed: nights, lunch and days off do not count."""
        left, day = hours, self.local(start).date()
        while True:
            for opens, end in self.shifts(day):
                begin = max(start, opens)
                if begin < end and left <= end - begin:
                    return begin + left
                left -= max(timedelta(), end - begin)
            day += timedelta(days=1)

    def before_working_hours(self, end: datetime, hours: timedelta) -> datetime:
        """The instant from which so many working hours lead to `end`."""
        left, day = hours, self.local(end).date()
        while True:
            for begin, closes in reversed(self.shifts(day)):
                last = min(end, closes)
                if begin < last and left <= last - begin:
                    return last - left
                left -= max(timedelta(), last - begin)
            day -= timedelta(days=1)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two instants; none when they are the other way round."""
        day, last, found = self.local(start).date(), self.local(end).date(), timedelta()
        while day <= last:
            for opens, closes in self.shifts(day):
                found += max(timedelta(), min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return found

    def allowed(self, instant: datetime) -> bool:
        """Whether the bot may write to a person at that instant."""
        day = self.local(instant).date()
        return self.is_working(day) and self.at(day, self.opens) <= instant < self.at(day, self.closes)

    def next_allowed(self, instant: datetime) -> datetime:
        """The instant itself if allowed, otherwise the next opening."""
        if self.allowed(instant):
            return instant
        day = self.local(instant).date()
        before_opening = self.is_working(day) and instant < self.at(day, self.opens)
        return self.at(day if before_opening else self.shift(day, 1), self.opens)

    def last_allowed_before(self, instant: datetime) -> datetime:
        """The last allowed moment before an instant: a little before closing, or just before the instant."""
        day = self.local(instant).date()
        opening = self.at(day, self.opens)
        if self.is_working(day) and instant > opening:
            return max(opening, min(self.at(day, self.closes) - LAST_CALL, instant - LAST_CALL))
        return self.at(self.shift(day, -1), self.closes) - LAST_CALL


@lru_cache(maxsize=8192)  # planning asks for the same mornings of thousands of tasks
def _instant(zone: str, day: date, clock: time) -> datetime:
    place = ZoneInfo(zone)
    wall = datetime.combine(day, clock).replace(fold=0)
    instant = wall.replace(tzinfo=place).astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == wall:
        return instant
    # In a gap the two folds lie on the two sides of the switch: the second before it, the first after it.
    before, after = wall.replace(tzinfo=place, fold=1).astimezone(UTC), instant
    old = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(place).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=8192)
def _exists(zone: str, day: date) -> bool:
    """Whether a day comes in that zone at all."""
    noon = datetime.combine(day, time(12), ZoneInfo(zone))
    return noon.astimezone(UTC).astimezone(noon.tzinfo).date() == day


@lru_cache(maxsize=256)
def calendar_of(zone: str, country: str) -> WorkCalendar:
    """The shared calendar of a zone and a country (ISO code; empty: Monday to Friday without holidays)."""
    return WorkCalendar(zone, country)

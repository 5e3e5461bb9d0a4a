"""Working days and allowed hours of one place. Instants are UTC; local time lives only in here.

Steps are computed in local dates and converted once: adding days to an aware datetime keeps the wall clock
but not the length of a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

OPENS = time(8, 0)
CLOSES = time(17, 30)
END_OF_DAY = time(17, 0)  # the hour of a deadline that was given as a date only
SHIFTS = ((time(8, 0), time(12, 0)), (time(13, 30), time(17, 30)))  # the eight working hours of a day
LAST_CALL = timedelta(minutes=15)  # a letter moved before closing must still find the reader at the desk

SATURDAY = 5

# Swaps announced by decision, which the calendar library does not know (True: a working day).
# Viet Nam 2026: 12729/VPCP-KGVX of 25 December 2025.
ANNOUNCED: Mapping[str, Mapping[date, bool]] = {
    "VN": {
        date(2026, 1, 2): False,
        date(2026, 1, 10): True,
        date(2026, 8, 31): False,
        date(2026, 8, 22): True,
    }
}


@lru_cache(maxsize=64)
def _holidays(country: str) -> Any:
    # Loading the library costs 0.7 s the first time: not at import, only when a date is really asked about.
    import holidays  # noqa: PLC0415

    return holidays.country_holidays(country)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When people of one zone and country work. `days` overrides single dates (True: a working day)."""

    zone: str
    country: str = ""
    days: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether people work on that day."""
        decided = self.days.get(day, ANNOUNCED.get(self.country, {}).get(day))
        if decided is not None:
            return decided
        if not self.country:
            return day.weekday() < SATURDAY
        return bool(_holidays(self.country).is_working_day(day))

    def local(self, instant: datetime) -> datetime:
        """The wall clock of this place at that instant."""
        return instant.astimezone(ZoneInfo(self.zone))

    def at(self, day: date, clock: time) -> datetime:
        """The UTC instant when the wall clock shows that time on that day."""
        return datetime.combine(day, clock, ZoneInfo(self.zone)).astimezone(UTC)

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

    def after_working_hours(self, start: datetime, hours: timedelta) -> datetime:
        """The instant at which so many working hours have passed: nights, lunch and days off do not count."""
        left, day = hours, self.local(start).date()
        while True:
            for opens, closes in SHIFTS if self.is_working(day) else ():
                begin, end = max(start, self.at(day, opens)), self.at(day, closes)
                if begin < end and left <= end - begin:
                    return begin + left
                left -= max(timedelta(), end - begin)
            day += timedelta(days=1)

    def allowed(self, instant: datetime) -> bool:
        """Whether the bot may write to a person at that instant."""
        local = self.local(instant)
        return self.is_working(local.date()) and OPENS <= local.time() < CLOSES

    def next_allowed(self, instant: datetime) -> datetime:
        """The instant itself if allowed, otherwise the next opening."""
        if self.allowed(instant):
            return instant
        local = self.local(instant)
        before_opening = self.is_working(local.date()) and local.time() < OPENS
        return self.at(local.date() if before_opening else self.shift(local.date(), 1), OPENS)

    def last_allowed_before(self, instant: datetime) -> datetime:
        """The last allowed moment before an instant: a little before closing, or just before the instant."""
        local = self.local(instant)
        if self.is_working(local.date()) and local.time() > OPENS:
            last_call = self.at(local.date(), CLOSES) - LAST_CALL
            opening = self.at(local.date(), OPENS)
            return max(opening, min(last_call, instant - LAST_CALL))
        return self.at(self.shift(local.date(), -1), CLOSES) - LAST_CALL


@lru_cache(maxsize=256)
def calendar_of(zone: str, country: str) -> WorkCalendar:
    """The shared calendar of a zone and a country (ISO code; empty: Monday to Friday without holidays)."""
    return WorkCalendar(zone, country)

"""Working days and hours as the README tells them, written anew for the expectation.

Shared with the product is one thing: which days are days off in a country (the library `holidays` and the announced
swaps), asked through `bot.policy.country.works`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.policy.country import works

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
SHIFTS = ((time(8), time(12)), (time(13, 30), time(17, 30)))


@dataclass(frozen=True, slots=True)
class Life:
    """By which zone, country and morning hour somebody lives. `waking`: the hours of urgent work, on any day."""

    zone: str
    country: str
    clock: time
    waking: bool = False

    def day_of(self, at: datetime) -> date:
        """The local day of an instant."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def at(self, day: date, clock: time) -> datetime:
        """The instant of a local hour; no working hour falls into a change of the clocks."""
        return datetime.combine(day, clock, ZoneInfo(self.zone)).astimezone(UTC)

    def works(self, day: date) -> bool:
        """Whether messages may come on that day."""
        return self.waking or works(self.country, day)

    def opening(self, day: date) -> datetime:
        """When messages may begin to come on that day."""
        return self.at(day, time(6) if self.waking else time(8))

    def closing(self, day: date) -> datetime:
        """From when on no message may come on that day."""
        return self.at(day, time(22) if self.waking else time(17, 30))

    def morning(self, day: date) -> datetime:
        """The hour of the agenda."""
        return self.at(day, self.clock)

    def moved(self, day: date, number: int) -> date:
        """So many working days later or earlier, the day itself not counted."""
        one = DAY if number > 0 else -DAY
        while number:
            day += one
            number -= (1 if number > 0 else -1) if self.works(day) else 0
        return day

    def allowed(self, at: datetime) -> bool:
        """Whether a message may come at that instant."""
        day = self.day_of(at)
        return self.works(day) and self.opening(day) <= at < self.closing(day)

    def next_allowed(self, at: datetime) -> datetime:
        """That instant, or the next opening."""
        if self.allowed(at):
            return at
        day = self.day_of(at)
        while not (self.works(day) and self.opening(day) >= at):
            day += DAY
        return self.opening(day)

    def before(self, at: datetime) -> datetime:
        """The last moment before a deadline at which people can be told: a quarter of an hour before it or closing."""
        day = self.day_of(at)
        if self.works(day) and at > self.opening(day):
            return max(self.opening(day), min(self.closing(day), at) - QUARTER)
        return self.closing(self.moved(day, -1)) - QUARTER

    def fit(self, wanted: datetime, due: datetime) -> datetime:
        """Into allowed hours: later if that is before the deadline, else earlier."""
        found = self.next_allowed(wanted)
        return found if found < due else self.before(due)

    def after_hours(self, since: datetime, hours: int) -> datetime:
        """When so many working hours have passed; lunch, nights and days off do not count."""
        left = timedelta(hours=hours)
        for opens, end in self._shifts(self.day_of(since)):
            begin = max(opens, since)
            if begin < end:
                if left <= end - begin:
                    return begin + left
                left -= end - begin
        raise AssertionError("working days never end")

    def _shifts(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            if self.works(day):
                yield from ((self.at(day, opens), self.at(day, closes)) for opens, closes in SHIFTS)
            day += DAY

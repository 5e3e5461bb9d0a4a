"""The right hour in every zone of the world, 2024 to 2035: what a switch of the clocks must not do to a reminder.

Days around each switch are looked at closely, the others on a coarse walk with the ends of months and years.
About 2400 cases; 21 s of one core (`pytest tests/policy/test_zones.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.policy import ladder, quiet
from bot.policy.calendar import MORNING, WorkCalendar
from bot.policy.ladder import Ladder
from bot.policy.steps import morning

ZONES = sorted(zone for zone in available_timezones() if not zone.startswith(("posix", "right")) and zone != "Factory")
FIRST, LAST = date(2024, 1, 1), date(2035, 12, 31)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EDGES = (date(2024, 2, 29), date(2028, 2, 29), date(2032, 2, 29), date(2027, 1, 1), date(2033, 1, 2))  # and week 53
SMALL_HOURS = ((time(2, 15), time(8)),)  # people who begin when clocks are switched
MIDNIGHT = ((time(0), time(7)),)
CLOSE = Ladder((5, 3, 2, 1), 4, 1, 5)


def days(first: date, last: date, step: int = 1) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(0, (last - first).days + 1, step))


@lru_cache(maxsize=1)
def month_ends() -> tuple[date, ...]:
    firsts = (date(year, month, 1) for year in range(2024, 2036) for month in range(1, 13))
    return tuple(day for first in firsts for day in (first - DAY, first) if day >= FIRST)


def switches(zone: str, first: date = FIRST, last: date = LAST) -> list[date]:
    """The days (UTC) before whose noon the offset is another one than a day earlier."""
    place = ZoneInfo(zone)
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    found, before = [], noon.astimezone(place).utcoffset()
    for day in days(first, last):
        offset = (noon + (day - first)).astimezone(place).utcoffset()
        if offset != before:
            found.append(day)
        before = offset
    return found


def calendar(zone: str, hours=None) -> WorkCalendar:
    return WorkCalendar(zone, "") if hours is None else WorkCalendar(zone, "", {}, hours)


def wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_the_first_moment(instant: datetime, wanted: datetime, zone: str) -> bool:
    """The clock shows `wanted` or, in a gap, jumps over it, at that instant and at none before it on that day."""
    if not wall(instant, zone) >= wanted > wall(instant - SECOND, zone):
        return False
    offsets = {(instant + away).astimezone(ZoneInfo(zone)).utcoffset() for away in (-DAY, timedelta(0), DAY)}
    others = [(wanted - offset).replace(tzinfo=UTC) for offset in offsets]
    same = [other for other in others if wall(other, zone) == wanted]
    return instant <= min(same, default=instant) and (instant in same or not same)


@pytest.mark.parametrize("zone", ZONES)
def test_around_every_switch_each_day_has_one_morning_at_its_hour(zone: str) -> None:
    for hours in (None, SMALL_HOURS, MIDNIGHT):
        place = calendar(zone, hours)
        clock = MORNING if hours is None else hours[0][0]
        for switch in switches(zone):
            near = [morning(day, place) for day in days(switch - 2 * DAY, switch + 2 * DAY)]
            assert near == sorted(set(near)), switch
            for day, at in zip(days(switch - 2 * DAY, switch + 2 * DAY), near, strict=True):
                assert wall(at, zone).date() == day
                assert is_the_first_moment(at, datetime.combine(day, clock), zone), (day, at)


@pytest.mark.parametrize("zone", ZONES)
def test_all_year_round_the_morning_stays_at_half_past_eight(zone: str) -> None:
    place, before = calendar(zone), datetime(2023, 1, 1, tzinfo=UTC)
    for day in sorted({*days(FIRST, LAST, 13), *month_ends(), *EDGES}):
        at = morning(day, place)
        assert wall(at, zone) == datetime.combine(day, MORNING)
        assert at > before
        before = at


def deadlines(zone: str) -> Iterator[datetime]:
    """Some around the switches of two years, and at the ends of months; in and out of working hours."""
    near = [*switches(zone, date(2026, 1, 1), date(2027, 12, 31)), date(2028, 2, 29), date(2026, 12, 31)]
    for number, switch in enumerate(near[:8]):
        for away in (0, 1):
            clock = (time(17), time(9), time(3), time(22))[(number + away) % 4]
            yield calendar(zone).at(switch + away * DAY, clock)


@pytest.mark.parametrize("zone", ZONES)
def test_no_step_is_late_or_at_a_forbidden_hour_and_overdue_ones_come_once_a_day(zone: str) -> None:
    place = calendar(zone)
    for due in deadlines(zone):
        for wanted in (ladder.DEFAULT, CLOSE):
            rungs = ladder.rungs(due, due - timedelta(days=30), place, wanted)
            assert all(place.allowed(rung.at) for rung in rungs), due
            assert all((rung.at < due) is ladder.is_before(rung.name) for rung in rungs), due
            late = [place.local(rung.at).date() for rung in rungs if rung.name.startswith("overdue")]
            apart = [place.working_days_after(a, b) for a, b in pairwise(late)]
            assert apart == [wanted.every] * (wanted.most - 1)


@pytest.mark.parametrize("zone", ZONES)
def test_steps_of_urgent_work_are_not_late_and_disturb_no_sleep_but_for_the_last(zone: str) -> None:
    place = calendar(zone)
    wide = quiet.waking(place)
    for due in deadlines(zone):
        for rung in ladder.rungs(due, due - timedelta(days=30), place, ladder.DEFAULT, wide):
            assert ladder.is_before(rung.name) is (rung.at < due)
            assert rung.at == due - timedelta(hours=2) if ladder.is_last(rung.name) else wide.allowed(rung.at)


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("America/Sao_Paulo", date(2019, 2, 15), "10:30"),  # the last summer time
        ("America/Sao_Paulo", date(2019, 11, 5), "11:30"),  # there was none any more
        ("Asia/Amman", date(2022, 2, 1), "06:30"),
        ("Asia/Amman", date(2023, 2, 1), "05:30"),  # summer time for good
        ("Europe/Kyiv", date(2026, 3, 27), "06:30"),
        ("Europe/Kyiv", date(2026, 3, 30), "05:30"),
        ("Africa/Casablanca", date(2026, 2, 13), "07:30"),
        ("Africa/Casablanca", date(2026, 2, 27), "08:30"),  # Ramadan
        ("Africa/Casablanca", date(2026, 3, 27), "07:30"),
        ("Australia/Lord_Howe", date(2026, 4, 3), "21:30"),  # half an hour of summer time
        ("Australia/Lord_Howe", date(2026, 4, 6), "22:00"),
        ("Asia/Almaty", date(2024, 2, 29), "02:30"),  # a leap day at whose end the clock was set back for good
        ("Asia/Almaty", date(2024, 3, 1), "03:30"),
        ("Asia/Ho_Chi_Minh", date(2026, 12, 31), "01:30"),
    ],
)
def test_mornings_that_an_almanac_knows(zone: str, day: date, utc: str) -> None:
    assert f"{morning(day, calendar(zone)):%H:%M}" == utc


def test_a_country_that_crosses_the_date_line_has_no_work_on_the_day_it_leaves_out() -> None:
    samoa, gone = calendar("Pacific/Apia"), date(2011, 12, 30)  # a Friday
    assert not samoa.is_working(gone)
    assert samoa.shift(date(2011, 12, 29), 1) == date(2012, 1, 2)
    due = samoa.at(date(2012, 1, 2), time(17))
    steps = {rung.name: rung.at for rung in ladder.rungs(due, due - timedelta(9), samoa)}
    assert steps["before-1"] == morning(date(2011, 12, 29), samoa)


def test_an_hour_that_is_jumped_over_is_the_first_moment_after_it() -> None:
    warsaw = calendar("Europe/Warsaw")
    assert warsaw.at(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 03:00 there
    twice = warsaw.at(date(2026, 10, 25), time(2, 30))
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # summer time still

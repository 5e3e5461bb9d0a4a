"""Working days and allowed hours, against the vectors of the domain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.policy.calendar import calendar_of

HANOI = calendar_of("Asia/Ho_Chi_Minh", "VN")
WARSAW = calendar_of("Europe/Warsaw", "PL")


def local(text: str, zone: str = "Asia/Ho_Chi_Minh") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "due"),
    [
        (HANOI, "2025-12-31", 3, "2026-01-07"),
        (HANOI, "2026-02-13", 3, "2026-02-25"),
        (HANOI, "2026-04-24", 3, "2026-05-04"),
        (HANOI, "2026-08-21", 1, "2026-08-22"),
        (HANOI, "2026-08-28", 2, "2026-09-04"),
        (HANOI, "2026-11-23", 1, "2026-11-25"),
        (WARSAW, "2026-04-03", 1, "2026-04-07"),
        (WARSAW, "2026-12-23", 1, "2026-12-28"),
    ],
)
def test_working_days_are_counted_as_the_law_counts_them(calendar, start, days, due) -> None:
    assert calendar.shift(date.fromisoformat(start), days) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-01-02", False), ("2026-01-10", True), ("2026-08-31", False), ("2026-08-22", True), ("2026-12-07", True)],
)
def test_the_swaps_of_2026_are_in_the_shipped_calendar(day, works) -> None:
    assert HANOI.is_working(date.fromisoformat(day)) is works


def test_a_year_has_as_many_working_days_as_the_domain_counted() -> None:
    assert HANOI.working_days_after(date(2025, 12, 31), date(2026, 12, 31)) == 249
    assert WARSAW.working_days_after(date(2025, 12, 31), date(2026, 12, 31)) == 253


@pytest.mark.parametrize(
    ("at", "allowed_at"),
    [
        ("2026-12-07T07:59", "2026-12-07T08:00"),
        ("2026-12-07T08:00", "2026-12-07T08:00"),
        ("2026-12-07T17:29", "2026-12-07T17:29"),
        ("2026-12-07T17:30", "2026-12-08T08:00"),
        ("2026-12-07T23:00", "2026-12-08T08:00"),
        ("2026-12-11T18:00", "2026-12-14T08:00"),  # Friday evening waits for Monday
        ("2026-12-12T10:00", "2026-12-14T08:00"),
        ("2026-11-23T18:00", "2026-11-25T08:00"),  # the 24th is Culture Day
    ],
)
def test_nothing_is_allowed_outside_working_hours(at, allowed_at) -> None:
    assert HANOI.next_allowed(local(at)) == local(allowed_at)


@pytest.mark.parametrize(
    ("deadline", "last"),
    [
        ("2026-12-13T12:00", "2026-12-11T17:15"),  # Sunday noon: Friday before closing
        ("2026-12-07T17:00", "2026-12-07T16:45"),
        ("2026-12-07T20:00", "2026-12-07T17:15"),
        ("2026-12-07T07:00", "2026-12-04T17:15"),
        ("2026-12-07T08:05", "2026-12-07T08:00"),
    ],
)
def test_the_last_allowed_moment_lies_before_the_deadline_and_in_working_hours(deadline, last) -> None:
    found = HANOI.last_allowed_before(local(deadline))
    assert found == local(last)
    assert HANOI.allowed(found)
    assert found < local(deadline)


def test_warsaw_keeps_its_clock_hour_when_summer_time_begins() -> None:
    before, after = (
        WARSAW.next_allowed(local("2026-03-27T19:00", "Europe/Warsaw")),
        local("2026-03-30T08:00", "Europe/Warsaw"),
    )
    assert before == after
    assert before.astimezone(ZoneInfo("Europe/Warsaw")).hour == 8


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-12-07T08:00", 4, "2026-12-07T12:00"),
        ("2026-12-07T08:00", 8, "2026-12-07T17:30"),  # lunch does not count
        ("2026-12-07T10:00", 8, "2026-12-08T10:00"),
        ("2026-12-07T12:30", 4, "2026-12-07T17:30"),
        ("2026-12-07T20:00", 4, "2026-12-08T12:00"),
        ("2026-12-11T16:30", 4, "2026-12-14T11:00"),  # over the weekend
        ("2026-11-23T17:00", 8, "2026-11-25T17:00"),  # over Culture Day
        ("2026-12-12T10:00", 16, "2026-12-15T17:30"),
    ],
)
def test_working_hours_skip_nights_lunch_weekends_and_days_off(start, hours, end) -> None:
    assert HANOI.after_working_hours(local(start), timedelta(hours=hours)) == local(end)

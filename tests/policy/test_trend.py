"""Which rate belongs to which week of the trend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.policy import trend
from storage.figures import Figures, UnitFigures, WeekRate

WEEK = timedelta(days=7)
FRIDAY = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)


def figures(until: datetime, since: datetime | None = None, on_time: int = 1, late: int = 0) -> Figures:
    total = UnitFigures(0, "Unit", on_time + late + 5, on_time, late, 2, 2, 1, due_next=0, waiting=0)
    return Figures("Unit", since or until - WEEK, until, "Asia/Ho_Chi_Minh", (), total, (), 0)


def back(*weeks: float) -> list[Figures]:
    """The figures of so many weeks before, oldest first; each with its age as what was on time."""
    return [figures(FRIDAY - week * WEEK, on_time=round(week)) for week in sorted(weeks, reverse=True)]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([], [9]),
        ([1], [1, 9]),
        ([1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 9]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], [7, 6, 5, 4, 3, 2, 1, 9]),
        ([1, 4], [4, 0, 0, 1, 9]),  # no summary was posted for two weeks: a gap
        ([8], [9]),
        ([0.994, 2.006], [2, 1, 9]),  # summer time began or ended, or the hour of posting was changed
    ],
)
def test_each_summary_stands_in_its_week(earlier: list[float], expected: list[int]) -> None:
    found = trend.weeks(figures(FRIDAY, on_time=9), back(*earlier))
    assert [week.on_time for week in found] == expected
    assert [week.ended == 0 for week in found] == [number == 0 for number in expected]
    assert [round((FRIDAY - week.until) / WEEK) for week in found] == list(range(len(expected)))[::-1]


@pytest.mark.parametrize("days", [0, 1, 3, 6])
def test_a_preview_follows_the_last_summary_whatever_day_it_is(days: int) -> None:
    now = FRIDAY + timedelta(days=days, minutes=1)
    found = trend.weeks(figures(now, since=FRIDAY, on_time=9), [*back(1), figures(FRIDAY, on_time=4)])
    assert [week.on_time for week in found] == [1, 4, 9]


def test_only_what_was_completed_with_a_deadline_counts() -> None:
    assert trend.weeks(figures(FRIDAY, on_time=3, late=2), []) == (WeekRate(FRIDAY, 3, 5),)

"""Working-hour arithmetic holds for every calendar, hour and moment; hours and countries are read strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import country
from bot.policy.calendar import BadHours, WorkCalendar, hours_text, parse_hours
from bot.policy.ladder import rungs
from tests.policy.test_calendar import HANOI, WARSAW, local

EARLY = parse_hours("07:30-11:30,12:30-16:30")
NIGHT_TOO = parse_hours("00:00-08:00,20:00-23:59")  # crosses every change of the clocks at night
LATE = parse_hours("10:00-14:00,15:00-19:00")
SWAPPED = {date(2026, 12, 24): False, date(2026, 12, 26): True, date(2027, 2, 3): False}
CALENDARS = (
    HANOI,
    WARSAW,
    WorkCalendar("Europe/Warsaw", "PL", SWAPPED, NIGHT_TOO),
    WorkCalendar("Asia/Ho_Chi_Minh", "VN", SWAPPED, EARLY),
    WorkCalendar("America/New_York", "US", {}, LATE),
    WorkCalendar("Asia/Jerusalem", "IL", {}, EARLY),  # Friday and Saturday are the weekend
    WorkCalendar("Australia/Lord_Howe", "AU", {}, NIGHT_TOO),  # its clocks change by half an hour
    WorkCalendar("UTC"),
)
calendars = st.sampled_from(CALENDARS)
FIRST = datetime(2025, 12, 20, tzinfo=UTC)
moments = st.integers(0, 475 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
spans = st.timedeltas(timedelta(minutes=1), timedelta(hours=60))


def at_work(calendar: WorkCalendar, at: datetime, *, closing: bool) -> bool:
    """Whether the instant lies in working time; `closing`: the end of a shift counts instead of its beginning."""
    found = calendar.shifts(calendar.local(at).date())
    return any(begin < at <= end if closing else begin <= at < end for begin, end in found)


@settings(max_examples=200, deadline=None)
@given(calendars, moments, spans)
def test_adding_never_ends_outside_working_time_and_passes_exactly_so_much(calendar, start, span) -> None:
    end = calendar.after_working_hours(start, span)
    assert end > start
    assert at_work(calendar, end, closing=True)
    assert calendar.working_time_between(start, end) == span


@settings(max_examples=200, deadline=None)
@given(calendars, moments, spans)
def test_taking_away_never_ends_outside_working_time_and_passes_exactly_so_much(calendar, end, span) -> None:
    start = calendar.before_working_hours(end, span)
    assert start < end
    assert at_work(calendar, start, closing=False)
    assert calendar.working_time_between(start, end) == span


@settings(max_examples=200, deadline=None)
@given(calendars, moments, spans)
def test_adding_and_taking_away_agree(calendar, moment, span) -> None:
    start = calendar.before_working_hours(moment, timedelta(minutes=1))  # some moment of working time
    assert calendar.before_working_hours(calendar.after_working_hours(start, span), span) == start


@settings(max_examples=200, deadline=None)
@given(calendars, moments, moments, spans, spans)
def test_order_is_kept(calendar, one, other, short, long) -> None:
    first, second = sorted((one, other))
    less, more = sorted((short, long))
    assert calendar.after_working_hours(first, less) <= calendar.after_working_hours(second, less)
    assert calendar.after_working_hours(first, less) <= calendar.after_working_hours(first, more)
    assert calendar.before_working_hours(first, less) <= calendar.before_working_hours(second, less)


@settings(max_examples=100, deadline=None)
@given(calendars, moments, moments, moments)
def test_working_time_adds_up(calendar, one, two, three) -> None:
    first, middle, last = sorted((one, two, three))
    parts = calendar.working_time_between(first, middle) + calendar.working_time_between(middle, last)
    assert calendar.working_time_between(first, last) == parts
    assert calendar.working_time_between(last, first) == timedelta()


@settings(max_examples=100, deadline=None)
@given(calendars, moments)
def test_no_moment_outside_the_hours_is_allowed_and_the_next_one_is(calendar, moment) -> None:
    following = calendar.next_allowed(moment)
    assert following >= moment
    assert calendar.allowed(following)
    last = calendar.last_allowed_before(moment)
    assert last < moment
    assert calendar.allowed(last)


@settings(max_examples=100, deadline=None)
@given(calendars, moments)
def test_every_reminder_falls_into_the_hours_of_its_calendar(calendar, due) -> None:
    for rung in rungs(due, due - timedelta(days=90), calendar):
        assert calendar.allowed(rung.at), rung


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 7), ("2026-10-25", 9), ("2026-10-26", 8)])
def test_a_shift_over_a_change_of_the_clocks_has_its_real_length(day, hours) -> None:
    sunday = date.fromisoformat(day)
    calendar = WorkCalendar("Europe/Warsaw", "PL", {sunday: True}, parse_hours("00:00-08:00"))
    (begin, end), *_ = calendar.shifts(sunday)
    assert end - begin == timedelta(hours=hours)
    assert calendar.after_working_hours(begin, timedelta(hours=hours)) == local(f"{day}T08:00", "Europe/Warsaw")


@pytest.mark.parametrize("text", ["08:00-12:00,13:30-17:30", "07:00-15:00", "06:15-10:00,10:15-14:00,14:30-16:00"])
def test_hours_are_read_and_written_the_same_way(text) -> None:
    assert hours_text(parse_hours(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "8-12", "08:00", "08:00-12:00-13:00", "12:00-08:00", "08:00-12:00,11:00-17:00", "22:00-06:00",
        "08:00-12:00,12:00-17:00", "08:00-24:00", "08:00-08:30", "08:00:30-17:00", "08:00Z-17:00Z", "08:00-17:00,",
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused(text) -> None:
    with pytest.raises(BadHours):
        parse_hours(text)


@pytest.mark.parametrize(
    ("hours", "end"),
    [("08:00-12:00,13:30-17:30", 17), ("07:00-15:00", 15), ("08:00-17:00", 17), ("18:00-22:00", 22)],
)
def test_a_date_alone_means_five_o_clock_unless_the_day_closes_earlier(hours, end) -> None:
    assert WorkCalendar("UTC", "", {}, parse_hours(hours)).end_of_day == time(end)


def test_a_day_that_was_decided_on_counts_above_law_and_announcement() -> None:
    calendar = WorkCalendar("Asia/Ho_Chi_Minh", "VN", {date(2026, 1, 10): False, date(2026, 12, 26): True})
    assert not calendar.is_working(date(2026, 1, 10))  # announced as a working Saturday
    assert calendar.shift(date(2026, 12, 25), 1) == date(2026, 12, 26)
    assert HANOI.shift(date(2026, 12, 25), 1) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("calendar", "day", "provisional"),
    [
        (HANOI, "2026-11-24", False),  # the arrangement of 2026 is announced
        (HANOI, "2027-02-05", True),  # Tet of 2027 is not
        (HANOI, "2027-02-06", False),  # a Saturday is off anyhow
        (HANOI, "2027-02-11", False),
        (WARSAW, "2027-03-29", False),  # Polish holidays stand in the law
        (WorkCalendar("UTC", "VN", {date(2027, 2, 5): False}), "2027-02-05", False),  # entered with its decision
    ],
)
def test_days_off_that_nobody_announced_yet_are_provisional(calendar, day, provisional) -> None:
    assert calendar.is_provisional(date.fromisoformat(day)) is provisional


@pytest.mark.parametrize(("meant", "code"), [("vietnam", "VN"), ("Poland", "PL"), ("POL", "PL"), ("VM", "VN")])
def test_a_country_that_does_not_exist_is_noticed_and_near_ones_are_named(meant, code) -> None:
    assert not country.is_known(meant)
    assert code in country.near(meant)
    assert country.is_known(code)


@pytest.mark.parametrize(
    ("code", "day", "language", "name"),
    [
        ("VN", "2026-11-24", "vi", "Ngày Văn hóa Việt Nam"),
        ("VN", "2026-11-24", "pl", "Vietnam Cultural Day"),  # the library knows no Polish name
        ("PL", "2026-11-11", "en", "National Independence Day"),
        ("PL", "2026-11-11", "pl", "Narodowe Święto Niepodległości"),
        ("PL", "2026-11-12", "pl", ""),
        ("", "2026-01-01", "en", ""),
    ],
)
def test_a_holiday_is_called_by_its_name_in_the_language_of_the_reader(code, day, language, name) -> None:
    assert country.name(code, date.fromisoformat(day), language) == name


def test_a_country_that_is_not_known_any_more_never_stops_the_planner() -> None:
    calendar = WorkCalendar("UTC", "XX")
    assert calendar.is_working(date(2026, 12, 25))
    assert not calendar.is_working(date(2026, 12, 26))

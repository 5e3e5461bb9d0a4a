"""On which days work comes back, until when it is due, and what is left of it after the bot was down."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from bot.policy.calendar import WorkCalendar
from bot.policy.recurrence import BadRule, Period, Rule, code_of, first, look, occurrences, parse_rule, series_of
from handlers.progress import CODE
from storage.records import Recurrence
from tests.policy.test_calendar import HANOI, WARSAW, local


def days(text: str) -> list[date]:
    return [date.fromisoformat(one) for one in text.split()]


@pytest.mark.parametrize(
    ("rule", "calendar", "after", "named", "due"),
    [
        # every working day skips days off
        ("workday", HANOI, "2026-12-10", "2026-12-11 2026-12-14 2026-12-15", "2026-12-11 2026-12-14 2026-12-15"),
        ("workday", WARSAW, "2026-12-23", "2026-12-28 2026-12-29", "2026-12-28 2026-12-29"),  # Christmas
        ("workday", HANOI, "2026-02-13", "2026-02-23 2026-02-24", "2026-02-23 2026-02-24"),  # Tet
        # … and has the make-up Saturday, not the Monday that was swapped for it
        ("workday", HANOI, "2026-08-21", "2026-08-22 2026-08-24", "2026-08-22 2026-08-24"),
        ("workday", HANOI, "2026-08-28", "2026-09-03", "2026-09-03"),
        # a day off moves it to the working day before
        ("week:5", HANOI, "2026-12-07", "2026-12-11 2026-12-18", "2026-12-11 2026-12-18"),
        ("week:5", WARSAW, "2026-12-19", "2026-12-25 2027-01-01 2027-01-08", "2026-12-23 2026-12-31 2027-01-08"),
        ("week:1", WARSAW, "2026-04-01", "2026-04-06 2026-04-13", "2026-04-03 2026-04-13"),  # Easter Monday
        ("week:6", HANOI, "2026-08-17", "2026-08-22 2026-08-29", "2026-08-22 2026-08-28"),  # one Saturday is worked
        # the week of Tet has no working day, hence no occurrence
        ("week:5", HANOI, "2026-02-09", "2026-02-13 2026-02-27", "2026-02-13 2026-02-27"),
        ("week:5", HANOI, "2026-02-13", "2026-02-27", "2026-02-27"),
        ("month:15", HANOI, "2026-10-15", "2026-11-15 2026-12-15", "2026-11-13 2026-12-15"),
        ("month:1", WARSAW, "2026-12-02", "2027-01-01 2027-02-01", "2026-12-31 2027-02-01"),
        # the 31st is the last day of shorter months, in leap years too
        ("month:31", HANOI, "2027-12-31", "2028-01-31 2028-02-29 2028-03-31", "2028-01-31 2028-02-29 2028-03-31"),
        ("month:30", WARSAW, "2027-01-30", "2027-02-28 2027-03-30", "2027-02-26 2027-03-30"),
        ("month:last", WARSAW, "2026-12-31", "2027-01-31 2027-02-28", "2027-01-29 2027-02-26"),
        ("quarter:last", HANOI, "2026-10-01", "2026-12-31 2027-03-31", "2026-12-31 2027-03-31"),
        ("quarter:last", WARSAW, "2027-07-01", "2027-09-30 2027-12-31", "2027-09-30 2027-12-31"),
        ("quarter:15", WARSAW, "2026-10-01", "2026-12-15 2027-03-15", "2026-12-15 2027-03-15"),
    ],
)
def test_the_days_of_a_rule_and_the_working_days_on_which_they_are_due(rule, calendar, after, named, due) -> None:
    found = list(islice(occurrences(parse_rule(rule), date.fromisoformat(after), calendar), len(named.split())))
    assert [day for day, _ in found] == days(named)
    assert [at for _, at in found] == days(due)


def test_a_year_of_working_days_has_as_many_occurrences_as_working_days_and_none_twice() -> None:
    for calendar in (HANOI, WARSAW):
        found = occurrences(Rule(Period.WORKDAY), date(2025, 12, 31), calendar)
        year = [due for _, due in islice(found, 300) if due.year == 2026]
        assert len(set(year)) == len(year) == calendar.working_days_after(date(2025, 12, 31), date(2026, 12, 31))


@pytest.mark.parametrize("text", ["workday", "week:1", "week:7", "month:1", "month:31", "month:last", "quarter:last"])
def test_a_rule_is_stored_as_it_is_read(text) -> None:
    assert str(parse_rule(text)) == text


@pytest.mark.parametrize(
    "text", ["", "day", "workday:1", "week", "week:0", "week:8", "week:last", "month:0", "month:32", "month:", "month"]
)
def test_what_is_no_rule_is_refused(text) -> None:
    with pytest.raises(BadRule):
        parse_rule(text)


def recurrence(rule: str, next_on: str, lead: int, clock: str = "") -> Recurrence:
    created = local("2026-12-01T09:00")
    return Recurrence(1, rule, 10, 3, 11, "x", "y", created, date.fromisoformat(next_on), lead, clock)


@pytest.mark.parametrize(
    ("rule", "next_on", "lead", "now", "due", "skipped", "coming"),
    [
        ("week:5", "2026-12-11", 3, "2026-12-08T07:59", "", 0, "2026-12-11"),
        ("week:5", "2026-12-11", 3, "2026-12-08T08:00", "2026-12-11", 0, "2026-12-18"),  # three working days before
        ("workday", "2026-12-08", 0, "2026-12-08T08:00", "2026-12-08", 0, "2026-12-09"),
        ("workday", "2026-12-08", 0, "2026-12-08T17:00", "", 1, "2026-12-09"),  # down all day: too late for that one
        ("workday", "2026-12-08", 0, "2026-12-22T10:00", "2026-12-22", 10, "2026-12-23"),  # down for two weeks
        ("workday", "2026-12-08", 0, "2026-12-20T10:00", "", 9, "2026-12-21"),  # back on a Sunday
        ("month:last", "2026-12-31", 5, "2027-03-01T10:00", "", 3, "2027-03-31"),
        ("month:last", "2026-12-31", 5, "2027-03-24T10:00", "2027-03-31", 3, "2027-04-30"),
    ],
)
def test_what_has_become_due_and_what_is_too_late(rule, next_on, lead, now, due, skipped, coming) -> None:
    found = look(recurrence(rule, next_on, lead), HANOI, local(now))
    assert len(found.skipped) == skipped
    assert [one.day for one in found.due] == days(due)
    assert found.coming.day == date.fromisoformat(coming)


def test_a_day_that_became_a_day_off_is_due_before_it_and_keeps_its_name() -> None:
    closed = WorkCalendar("Asia/Ho_Chi_Minh", "VN", {date(2026, 12, 11): False})
    found = look(recurrence("week:5", "2026-12-11", 3), closed, local("2026-12-07T08:00"))
    assert [(one.day, one.due_at) for one in found.due] == [(date(2026, 12, 11), local("2026-12-10T17:00"))]
    assert found.coming.day == date(2026, 12, 18)


def test_an_hour_of_its_own_holds_in_the_zone_of_the_owner() -> None:
    found = first(parse_rule("week:5"), "15:00", 3, local("2026-12-11T15:00"), HANOI, 2)
    assert [one.due_at for one in found] == [local("2026-12-18T15:00"), local("2026-12-25T15:00")]
    summer = first(parse_rule("month:last"), "", 5, local("2027-03-01T09:00", "Europe/Warsaw"), WARSAW, 2)
    assert [one.due_at for one in summer] == [
        local("2027-03-31T17:00", "Europe/Warsaw"),
        local("2027-04-30T17:00", "Europe/Warsaw"),
    ]


def test_a_task_for_the_hour_at_which_the_office_opens_is_given_the_working_day_before() -> None:
    found = first(Rule(Period.WORKDAY), "08:00", 0, local("2026-12-07T09:00"), HANOI, 1)[0]
    assert (found.assign_at, found.due_at) == (local("2026-12-07T08:00"), local("2026-12-08T08:00"))


def test_a_code_says_which_day_it_belongs_to_and_can_be_typed() -> None:
    code = code_of(series_of("VP", 3), date(2026, 12, 31))
    assert code == "VPR3-261231"
    assert CODE.fullmatch(code)

"""The agenda as policy: when it comes, what speaks, and what does not wait for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.policy import agenda
from bot.policy.agenda import Door
from bot.policy.calendar import WorkCalendar
from storage.notices import (
    AbsenceNews,
    Agenda,
    Notice,
    RecurrenceNews,
    RequestNews,
    Step,
    TaskNews,
    from_json,
    kind_of,
    to_json,
)
from storage.records import Member, State, Task

HANOI = WorkCalendar("Asia/Ho_Chi_Minh")
WARSAW = WorkCalendar("Europe/Warsaw")
NEW_YORK = WorkCalendar("America/New_York")
TUESDAY = date(2026, 12, 8)
AT = HANOI.at(TUESDAY, time(8, 30))


def hanoi(day: int, hour: int, minute: int = 0) -> datetime:
    return HANOI.at(date(2026, 12, day), time(hour, minute))


@pytest.mark.parametrize(
    ("calendar", "now", "had_on", "then"),
    [
        (HANOI, hanoi(8, 6), None, hanoi(8, 8, 30)),  # before its hour
        (HANOI, hanoi(8, 10), None, hanoi(8, 10)),  # it has just passed: at once
        (HANOI, hanoi(8, 10), TUESDAY, hanoi(9, 8, 30)),  # had it
        (HANOI, hanoi(8, 17, 30), None, hanoi(9, 8, 30)),  # the day is over
        (HANOI, hanoi(12, 9), None, hanoi(14, 8, 30)),  # a Saturday
        (HANOI, hanoi(11, 10), date(2026, 12, 11), hanoi(14, 8, 30)),  # a Friday
        (WARSAW, hanoi(8, 9), TUESDAY, WARSAW.at(date(2026, 12, 9), time(8, 30))),  # west, still that day
        (NEW_YORK, hanoi(8, 9), TUESDAY, NEW_YORK.at(date(2026, 12, 9), time(8, 30))),  # that day has not begun there
        (HANOI, NEW_YORK.at(date(2026, 12, 7), time(20)), date(2026, 12, 7), hanoi(8, 8, 30)),  # east: the next day
        (replace(HANOI, clock=time(14, 15)), hanoi(8, 10), None, hanoi(8, 14, 15)),  # the chosen hour
        (replace(HANOI, clock=time(6)), hanoi(8, 6, 30), None, hanoi(8, 8)),  # outside the hours: the opening
    ],
)
def test_the_next_look_is_today_or_the_next_working_day(
    calendar: WorkCalendar, now: datetime, had_on: date | None, then: datetime
) -> None:
    assert agenda.next_look(calendar, now, had_on) == then


@pytest.mark.parametrize(
    ("look_at", "now", "late"),
    [
        (hanoi(8, 8, 30), hanoi(8, 8, 45), False),
        (hanoi(8, 8, 30), hanoi(8, 9, 1), True),
        (hanoi(7, 8, 30), hanoi(8, 8, 45), False),  # down since yesterday, back in time for today
        (hanoi(8, 11), hanoi(8, 11, 15), False),  # moved there by the person, not by the bot
    ],
)
def test_only_the_bot_makes_an_agenda_late(look_at: datetime, now: datetime, late: bool) -> None:
    assert agenda.is_late(look_at, HANOI, now) is late


READER = Member(1, "Hoa", 1, agenda_at=hanoi(9, 8, 30))


@pytest.mark.parametrize(
    ("notice", "due", "waits"),
    [
        (TaskNews(1, "submitted"), None, True),
        (TaskNews(1, "submitted"), hanoi(9, 17), True),
        (TaskNews(1, "submitted"), hanoi(8, 17), False),  # due before the next agenda
        (TaskNews(1, "submitted"), hanoi(7, 17), True),  # late already
        (RequestNews(1, "asked"), hanoi(18, 17), True),
        (RequestNews(1, "asked"), hanoi(8, 17), False),
        *((TaskNews(1, event), hanoi(8, 17), True) for event in ("completed", "contributed", "explained")),
        *((TaskNews(1, event), hanoi(8, 17), True) for event in ("many_hands", "urged_often")),
        *((TaskNews(1, event), hanoi(18, 17), False) for event in ("assigned", "returned", "urged")),
        *((TaskNews(1, event), hanoi(18, 17), False) for event in ("suspended", "resumed", "cancelled")),
        *((RequestNews(1, event), None, False) for event in ("consent", "approved", "refused", "moved", "given")),
        (AbsenceNews(1, "head"), None, True),
        (AbsenceNews(1, "substitute"), None, False),
        (AbsenceNews(1, "over"), None, False),
        (RecurrenceNews(1, "skipped"), None, False),
    ],
)
def test_what_waits_for_the_agenda(notice: Notice, due: datetime | None, waits: bool) -> None:
    assert agenda.waits(notice, READER, hanoi(8, 10), due) is waits


@pytest.mark.parametrize(
    ("name", "due", "waits"),
    [
        ("before-3", hanoi(11, 17), True),
        ("before-2h", hanoi(18, 17), False),
        ("due-day", hanoi(8, 17), False),  # the agenda of today is over
        ("overdue-1", hanoi(4, 17), True),
        ("tell-head", hanoi(4, 17), True),
    ],
)
def test_the_last_step_and_a_deadline_before_the_next_agenda_come_at_once(
    name: str, due: datetime, waits: bool
) -> None:
    assert agenda.step_waits(Step(1, name, ""), task(1, due), READER, hanoi(8, 10)) is waits


def test_a_step_of_the_hour_of_the_agenda_goes_into_it() -> None:
    reader = replace(READER, agenda_at=AT)
    assert agenda.step_waits(Step(1, "due-day", ""), task(1, hanoi(8, 17)), reader, AT)


def task(key: int, due: datetime | None, **changed: object) -> Task:
    values = {"id": key, "code": f"UA-{key}", "title": "x", "unit_id": 1, "owner_id": 1, "due_at": due}
    values |= {"assigned_at": AT, "created_at": AT, "state": State.IN_PROGRESS}
    return Task(**(values | changed))  # type: ignore[arg-type]


def test_own_work_is_what_is_overdue_or_due_within_three_working_days_oldest_first() -> None:
    found = [task(1, hanoi(11, 17)), task(2, hanoi(14, 8)), task(3, hanoi(8, 17)), task(4, hanoi(1, 17)), task(5, None)]
    found.append(task(6, hanoi(8, 12), state=State.SUBMITTED))
    assert agenda.own(found, HANOI, AT) == (4, 3, 1)


WORK = {1: task(1, hanoi(8, 17)), 2: task(2, hanoi(1, 17)), 3: task(3, hanoi(10, 17))}
STEP = Step(2, "overdue-1", hanoi(1, 17).isoformat())


@pytest.mark.parametrize(
    ("made", "speaks"),
    [
        (Agenda("2026-12-08"), False),
        (Agenda("2026-12-08", own=(2,)), False),  # an old delay alone
        (Agenda("2026-12-08", own=(3,)), False),  # coming work alone
        (Agenda("2026-12-08", own=(1,)), True),
        (Agenda("2026-12-08", own=(2,), steps=(STEP,)), True),
        (Agenda("2026-12-08", requests=(1,)), True),
        (Agenda("2026-12-08", submitted=(3,)), True),
        (Agenda("2026-12-08", lost=(3,)), True),
        (Agenda("2026-12-08", news=(TaskNews(1, "completed"),)), True),
    ],
)
def test_what_speaks(made: Agenda, speaks: bool) -> None:
    assert agenda.speaks(made, WORK, HANOI, AT) is speaks


def door(**changed: object) -> Door:
    known = {
        "reader": READER,
        "calendar": HANOI,
        "now": AT,
        "tasks": WORK,
        "may_view": lambda _: True,
        "may_accept": lambda _: True,
    }
    return Door(**(known | changed))  # type: ignore[arg-type]


def test_at_the_door_only_what_still_holds_is_left() -> None:
    made = Agenda("2026-12-08", own=(1, 2, 9), submitted=(3,), requests=(4, 5), lost=(6, 7), steps=(STEP,))
    left = agenda.still_true(made, door(answerable={5}, lost={7}))
    assert left == Agenda("2026-12-08", own=(1, 2), requests=(5,), lost=(7,), steps=(STEP,))
    other = {key: replace(one, owner_id=8) for key, one in WORK.items()}
    assert agenda.still_true(Agenda("2026-12-08", own=(1,)), door(tasks=other)) is None
    assert agenda.still_true(Agenda("2026-12-08", own=(1,)), door(away={1})) is None
    assert agenda.still_true(made, door(may_view=lambda _: False, tasks={})) is None


def test_what_is_in_it_twice_is_said_once() -> None:
    items = [STEP, STEP, RequestNews(4, "asked"), TaskNews(3, "submitted", 1, "x")]
    made = agenda.compose(HANOI, AT, submitted=[3], requests=[4], items=items)
    assert made == Agenda(
        "2026-12-08", submitted=(3,), requests=(4,), steps=(STEP,), news=(TaskNews(3, "submitted", 1, "x"),)
    )


def test_an_agenda_is_stored_and_read_again_as_it_was() -> None:
    news = (TaskNews(3, "submitted", 1, "x"), AbsenceNews(4, "head"))
    made = Agenda("2026-12-08", (1,), (2,), (3,), (4,), (STEP,), news, late=True)
    assert from_json(kind_of(made), to_json(made)) == made


@pytest.mark.parametrize(
    ("text", "clock"),
    [("8:15", time(8, 15)), ("08h30", time(8, 30)), ("13.30", time(13, 30)), ("24:00", None), ("8", None), ("", None)],
)
def test_an_hour_as_people_type_it(text: str, clock: time | None) -> None:
    assert agenda.parse_clock(text) == clock


def test_a_decision_due_at_the_very_hour_of_the_agenda_waits_for_nothing() -> None:
    assert not agenda.waits(TaskNews(1, "submitted"), READER, AT, hanoi(9, 8, 30) - timedelta(seconds=1))
    assert AT.tzinfo is UTC


def test_a_step_of_urgent_work_waits_only_for_an_agenda_that_comes_now() -> None:
    urgent, step = task(1, hanoi(11, 17), urgent=True), Step(1, "before-3", "")
    assert agenda.step_waits(step, urgent, replace(READER, agenda_at=AT), AT)
    assert not agenda.step_waits(step, urgent, READER, hanoi(8, 10))

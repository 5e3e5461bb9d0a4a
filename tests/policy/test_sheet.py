"""Own sheets: which period is meant, what counts for whom, and that every task is in exactly one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.policy import inspection, sheet, span
from bot.policy.calendar import calendar_of
from bot.policy.digest import DoesNotAddUp
from bot.policy.sheet import File
from storage.inspection import Trace
from storage.records import Explanation, Request, RequestKind, RequestState, State, Task, TimeClass
from storage.sheets import MONTH, QUARTER, Facts, Held, Span

CALENDAR = calendar_of("Asia/Ho_Chi_Minh", "VN")
MAI, AN = 10, 11
NOW = datetime(2026, 12, 7, 3, 0, tzinfo=UTC)
OCTOBER = Span(MONTH, 2026, 10)
DURING = inspection.period(OCTOBER.first, OCTOBER.last, NOW, CALENDAR)
TODAY = date(2026, 12, 7)


def at(day: int, month: int = 10) -> datetime:
    return datetime(2026, month, day, 3, 0, tzinfo=UTC)


def task(**changed: Any) -> Task:
    values: dict[str, Any] = {
        "id": 1,
        "code": "VP-001",
        "title": "Work",
        "unit_id": 3,
        "owner_id": MAI,
        "assigned_at": at(5),
        "created_at": at(5),
        "original_due_at": at(15),
        "due_at": at(15),
        "state": State.IN_PROGRESS,
    }
    return Task(**(values | changed))


def trace(action: str, when: datetime, **values: Any) -> Trace:
    return Trace(1, when, action, **values)


def submitted_and_accepted(submitted: datetime, accepted: datetime) -> tuple[Trace, ...]:
    return (
        trace("submit", submitted, state=State.IN_PROGRESS),
        trace("accept", accepted, state=State.SUBMITTED),
    )


def done(submitted: datetime, accepted: datetime, **changed: Any) -> File:
    values = {"state": State.COMPLETED, "submitted_at": submitted, "completed_at": accepted, "updated_at": accepted}
    return File(task(**(values | changed)), submitted_and_accepted(submitted, accepted))


def given_to_an(when: datetime, **changed: Any) -> File:
    moved = trace("hand_over", when, state=State.IN_PROGRESS, unit_id=3, owner_id=MAI)
    return File(task(owner_id=AN, **changed), (moved,))


def held(file: File, member: int = MAI) -> Held | None:
    return sheet.held(file, member, DURING, CALENDAR)


def facts(*files: File, member: int = MAI) -> dict[str, int]:
    """What is not zero."""
    lines = [line for file in files if (line := sheet.held(file, member, DURING, CALENDAR)) is not None]
    counted = sheet.count(lines, DURING)
    return {name: number for name in Facts.__dataclass_fields__ if (number := getattr(counted, name))}


@pytest.mark.parametrize(
    ("file", "counted"),
    [
        (done(at(14), at(16)), {"done": 1, "on_time": 1}),  # judged at the submission, not at the confirmation
        (done(at(16), at(17)), {"done": 1, "late": 1}),
        (done(at(16), at(17), due_at=None), {"done": 1, "done_undated": 1}),
        (done(at(14), at(2, 11)), {"open": 1, "within": 1}),  # confirmed after the period: open in it
        (done(at(3, 11), at(4, 11)), {"open": 1, "overdue": 1}),
        (File(task()), {"open": 1, "overdue": 1}),
        (File(task(due_at=at(20, 11))), {"open": 1, "within": 1}),
        (File(task(due_at=None)), {"open": 1, "open_undated": 1}),
        (given_to_an(at(10)), {"moved": 1}),
        (given_to_an(at(20)), {"moved": 1, "moved_overdue": 1}),  # the delay stays with whoever had it
        (given_to_an(at(3, 11)), {"open": 1, "overdue": 1}),  # given away only after the period
        (File(task(state=State.CANCELLED, updated_at=at(12))), {"cancelled": 1}),
    ],
)
def test_a_task_counts_once_as_it_stood_at_the_end_of_the_period(file: File, counted: dict[str, int]) -> None:
    assert facts(file) == {"held": 1, "assigned": 1, **counted}


@pytest.mark.parametrize(
    "file",
    [
        File(task(assigned_at=at(1, 11))),  # after the period
        done(at(20, 9), at(25, 9), assigned_at=at(1, 9)),  # over before it
        given_to_an(at(25, 9), assigned_at=at(1, 9)),  # given away before it
        File(task(owner_id=AN)),
    ],
)
def test_what_was_not_hers_in_the_period_does_not_count(file: File) -> None:
    assert held(file) is None


def test_a_task_given_away_counts_for_the_new_owner_from_then_on() -> None:
    file = given_to_an(at(20))
    assert facts(file, member=AN) == {"held": 1, "assigned": 1, "open": 1, "overdue": 1}
    line = held(file)
    assert line is not None
    assert (line.moved_at, line.time_class) == (at(20), TimeClass.OVERDUE)


def test_what_comes_back_was_not_given_away() -> None:
    there = trace("hand_over", at(8), state=State.IN_PROGRESS, unit_id=3, owner_id=MAI)
    back = trace("hand_over", at(9), state=State.ASSIGNED, unit_id=3, owner_id=AN)
    file = File(task(due_at=at(20, 11)), (there, back))
    assert facts(file) == {"held": 1, "assigned": 1, "open": 1, "within": 1}
    assert facts(file, member=AN) == {"held": 1, "assigned": 1, "moved": 1}


def test_an_older_task_is_held_but_not_assigned_in_the_period() -> None:
    assert facts(File(task(assigned_at=at(1, 9), due_at=None))) == {"held": 1, "open": 1, "open_undated": 1}


def test_a_return_counts_for_whoever_had_the_task() -> None:
    returns = [trace("return", at(day), state=State.SUBMITTED) for day in (8, 22)]
    moved = trace("hand_over", at(12), state=State.RETURNED, unit_id=3, owner_id=MAI)
    file = File(task(owner_id=AN), (returns[0], moved, returns[1], trace("return", at(5, 11), state=State.SUBMITTED)))
    assert facts(file)["returned"] == 1
    assert facts(file, member=AN)["returned"] == 1


def request(kind: RequestKind, asked: datetime, decided: datetime | None, **values: Any) -> Request:
    state = RequestState.OPEN if decided is None else RequestState.APPROVED
    return Request(1, 1, kind, MAI, asked, "why", state, decided_at=decided, **values)


def test_causes_and_extensions_count_when_they_were_decided() -> None:
    cause = RequestKind.CAUSE
    for decided, found in (
        (at(20), {"claimed": 1, "confirmed": 1}),
        (at(2, 11), {"claimed": 1}),
        (None, {"claimed": 1}),
    ):
        counted = facts(File(task(), (), (request(cause, at(18), decided),)))
        assert {name: counted[name] for name in ("claimed", "confirmed") if name in counted} == found
    longer = request(RequestKind.EXTENSION, at(14), at(15), old_due_at=at(15), new_due_at=at(20, 11))
    assert facts(File(task(due_at=at(20, 11)), (), (longer,))) == {
        **{"held": 1, "assigned": 1, "open": 1, "within": 1},
        "extensions": 1,
    }
    late = replace(longer, decided_at=at(2, 11))  # granted only after the period: overdue in it
    assert facts(File(task(due_at=at(20, 11)), (), (late,)))["overdue"] == 1


def test_the_own_words_stand_beside_the_delay_once_they_were_given() -> None:
    words = Explanation(1, MAI, at(15), None, "The scanner broke", at(20))
    line = held(File(task(), (), (), (words, replace(words, member_id=AN))))
    assert line is not None
    assert line.explanations == ("The scanner broke",)
    assert line.days_late > 5
    later = held(File(task(), (), (), (replace(words, at=at(3, 11)),)))
    assert later is not None
    assert later.explanations == ()


def test_facts_that_do_not_add_up_are_never_told() -> None:
    good = Facts(held=2, done=1, on_time=1, open=1, within=1)
    assert sheet.check(good) == good
    for wrong in (replace(good, held=3), replace(good, late=1), replace(good, overdue=1)):
        with pytest.raises(DoesNotAddUp):
            sheet.check(wrong)


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("", Span(MONTH, 2026, 12), ""),
        ("10/2026", OCTOBER, ""),
        ("2026-10", OCTOBER, ""),
        ("10.2026", OCTOBER, ""),
        ("tháng 10/2026", OCTOBER, ""),
        ("tháng 10 năm 2026", OCTOBER, ""),
        ("miesiąc 10/2026", OCTOBER, ""),
        ("Q3/2026", Span(QUARTER, 2026, 3), ""),
        ("q3 2026", Span(QUARTER, 2026, 3), ""),
        ("2026-Q3", Span(QUARTER, 2026, 3), ""),
        ("quý 3/2026", Span(QUARTER, 2026, 3), ""),
        ("quý III năm 2026", Span(QUARTER, 2026, 3), ""),
        ("III kwartał 2026", Span(QUARTER, 2026, 3), ""),
        ("kw. 3/2026", Span(QUARTER, 2026, 3), ""),
        ("quarter 3, 2026", Span(QUARTER, 2026, 3), ""),
        ("Đặng Thị Mai 10/2026", OCTOBER, "dang thi mai"),
        ("unit Q4/2026", Span(QUARTER, 2026, 4), "unit"),
        ("Lý Quý Mai", Span(MONTH, 2026, 12), "ly quy mai"),
    ],
)
def test_the_period_is_understood_in_three_languages(text: str, found: Span, rest: str) -> None:
    assert span.read(text, TODAY) == (found, rest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13/2026", "unclear"),
        ("0/2026", "unclear"),
        ("Q5/2026", "unclear"),
        ("10/26", "unclear"),
        ("2026", "unclear"),
        ("10/1999", "unclear"),
        ("1/2027", "future"),
        ("Q1/2027", "future"),
    ],
)
def test_what_is_no_period_is_not_guessed(text: str, reason: str) -> None:
    with pytest.raises(span.BadSpan) as bad:
        span.read(text, TODAY)
    assert bad.value.reason == reason


def test_spans_follow_each_other_without_gaps() -> None:
    for kind in (MONTH, QUARTER):
        one = Span(kind, 2025, 1)
        for _ in range(15):
            assert one.moved(1).first == one.last + timedelta(days=1)
            assert one.moved(1).moved(-1) == one
            one = one.moved(1)
    assert OCTOBER.other() == Span(QUARTER, 2026, 4)
    assert Span(QUARTER, 2026, 4).other() == Span(MONTH, 2026, 12)

"""Which reminder steps exist, when they are earned, and which of them speak."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.policy import quiet
from bot.policy.ladder import BadLadder, Ladder, is_last, is_optional, parse, rungs, text_of
from bot.policy.steps import Decision
from bot.policy.steps import decide as decide_steps
from tests.policy.test_calendar import HANOI, local

LONG_AGO = local("2026-10-01T09:00")
DUE = local("2026-12-16T17:00")  # a Wednesday


def decide(due, since, taken, calendar, now) -> Decision:
    return decide_steps(rungs(due, since, calendar), taken, now)


def earned_at(due, since=LONG_AGO):
    return {rung.name: rung.at for rung in rungs(due, since, HANOI)}


def test_the_default_ladder_of_a_plain_deadline() -> None:
    assert earned_at(DUE) == {
        "before-3": local("2026-12-11T08:30"),
        "before-1": local("2026-12-15T08:30"),
        "due-day": local("2026-12-16T08:30"),
        "before-2h": local("2026-12-16T15:00"),
        "overdue-1": local("2026-12-18T08:30"),
        "overdue-2": local("2026-12-22T08:30"),
        "overdue-3": local("2026-12-24T08:30"),
    }


@pytest.mark.parametrize(
    ("due", "step", "at"),
    [
        ("2026-12-13T12:00", "due-day", "2026-12-11T17:15"),  # Sunday: moved before, not after, the deadline
        ("2026-12-13T12:00", "before-2h", "2026-12-11T17:15"),
        ("2026-12-14T09:00", "before-2h", "2026-12-14T08:00"),  # 07:00 is too early, 08:00 still in time
        ("2026-12-14T08:00", "due-day", "2026-12-11T17:15"),
        ("2026-11-25T17:00", "before-1", "2026-11-23T08:30"),  # a day off never uses up a step
        ("2026-12-16T22:00", "before-2h", "2026-12-16T17:15"),
    ],
)
def test_a_step_outside_working_hours_moves_to_where_it_still_helps(due, step, at) -> None:
    assert earned_at(local(due))[step] == local(at)


ANY_HOUR = [f"2026-12-{day:02d}T{hour:02d}:30" for day in range(1, 29) for hour in range(0, 24, 5)]


@pytest.mark.parametrize("due", ANY_HOUR)
def test_every_step_falls_into_working_hours_and_the_early_ones_before_the_deadline(due) -> None:
    deadline = local(due)
    for rung in rungs(deadline, LONG_AGO, HANOI):
        assert HANOI.allowed(rung.at), rung
        assert (rung.at > deadline) is rung.name.startswith("overdue"), rung


def test_a_task_given_shortly_before_its_deadline_skips_the_steps_that_have_passed() -> None:
    assert set(earned_at(DUE, since=local("2026-12-16T14:00"))) == {
        "before-2h", "overdue-1", "overdue-2", "overdue-3",
    }  # fmt: skip


def test_a_task_that_comes_in_overdue_starts_its_own_three_reminders() -> None:
    steps = earned_at(local("2026-09-25T17:00"), since=local("2026-12-07T09:00"))
    assert list(steps) == ["overdue-1", "overdue-2", "overdue-3"]
    assert local("2026-12-07T09:00") < steps["overdue-1"] <= local("2026-12-09T08:30")
    assert steps["overdue-2"] - steps["overdue-1"] >= timedelta(days=2)


def test_a_look_says_nothing_before_the_first_step_and_when_to_look_again() -> None:
    decision = decide(DUE, LONG_AGO, (), HANOI, local("2026-12-10T12:00"))
    assert decision == Decision((), (), local("2026-12-11T08:30"))


def test_after_a_pause_only_the_latest_step_speaks_and_the_others_are_used_up() -> None:
    decision = decide(DUE, LONG_AGO, (), HANOI, local("2026-12-16T15:10"))
    assert [rung.name for rung in decision.earned] == ["before-3", "before-1", "due-day", "before-2h"]
    assert [rung.name for rung in decision.spoken] == ["before-2h"]


def test_a_step_that_was_taken_is_never_earned_again() -> None:
    taken = {"before-3", "before-1", "due-day", "before-2h"}
    decision = decide(DUE, LONG_AGO, taken, HANOI, local("2026-12-16T15:10"))
    assert decision.earned == ()
    assert decision.spoken == ()


def test_after_three_overdue_reminders_the_owner_hears_no_more() -> None:
    decision = decide(DUE, LONG_AGO, set(earned_at(DUE)), HANOI, local("2026-12-28T08:30"))
    assert decision == Decision((), (), None)


@pytest.mark.parametrize(
    ("typed", "ladder", "printed"),
    [
        ("5,3,1 2h 2x3", Ladder((5, 3, 1), 2, 2, 3), "5,3,1 2h 2x3"),
        ("1, 3 ,5  4H  1×5", Ladder((5, 3, 1), 4, 1, 5), "5,3,1 4h 1x5"),
        ("2x0", Ladder((3, 1), 2, 2, 0), "3,1 2h 2x0"),  # what is left out is as usual
        ("0 0h 2x3", Ladder((), None, 2, 3), "0 0h 2x3"),  # 0 is none
        ("8h", Ladder((3, 1), 8, 2, 3), "3,1 8h 2x3"),
        ("60", Ladder((60,), 2, 2, 3), "60 2h 2x3"),
    ],
)
def test_a_ladder_is_typed_and_printed_in_one_short_line(typed: str, ladder: Ladder, printed: str) -> None:
    assert parse(typed) == ladder
    assert text_of(ladder) == printed
    assert parse(printed) == ladder


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "shape"), ("soon", "shape"), ("3,1 2h 2x3 4", "shape"), ("3,,1", "shape"), ("2h 3h", "shape"),
        ("3;1 2x", "shape"), ("٣", "shape"), ("-3", "shape"), ("1.5h", "shape"), ("9999", "shape"),
        ("7,6,5,4,3,2,1", "days"), ("61", "days"), ("3,3", "days"), ("3,0", "days"), ("9h", "hours"),
        ("0x3", "overdue"), ("21x3", "overdue"), ("2x11", "overdue"),
    ],
)  # fmt: skip
def test_what_is_no_ladder_is_refused_with_the_part_that_is_wrong(typed: str, fault: str) -> None:
    with pytest.raises(BadLadder) as refused:
        parse(typed)
    assert refused.value.fault == fault


def test_a_ladder_of_its_own_has_its_own_steps_under_names_that_stay() -> None:
    steps = {rung.name: rung.at for rung in rungs(DUE, LONG_AGO, HANOI, parse("5,1 4h 1x2"))}
    assert steps == {
        "before-5": local("2026-12-09T08:30"),
        "before-1": local("2026-12-15T08:30"),
        "due-day": local("2026-12-16T08:30"),
        "before-4h": local("2026-12-16T13:00"),
        "overdue-1": local("2026-12-17T08:30"),
        "overdue-2": local("2026-12-18T08:30"),
    }
    assert {name for name in steps if is_last(name)} == {"before-4h"}
    assert {name for name in steps if is_optional(name)} == {"before-5", "before-1"}


# A task given at `since`: which steps come before the deadline, and when. Two at one moment are one letter.
@pytest.mark.parametrize(
    ("since", "due", "steps"),
    [
        ("2026-12-16T16:00", "2026-12-16T17:00", {"before-2h": "16T16:30"}),  # an hour before: halfway
        ("2026-12-16T16:40", "2026-12-16T17:00", {}),  # its own reminder
        ("2026-12-16T14:00", "2026-12-16T17:00", {"before-2h": "16T15:00"}),  # three hours before
        ("2026-12-15T17:00", "2026-12-16T17:00", {"due-day": "16T08:30", "before-2h": "16T15:00"}),  # a day before
        (
            "2026-12-14T17:00", "2026-12-16T17:00",
            {"before-1": "15T08:30", "due-day": "16T08:30", "before-2h": "16T15:00"},
        ),
        ("2026-12-13T10:00", "2026-12-14T09:00", {"due-day": "14T08:00", "before-2h": "14T08:00"}),  # given on a Sunday
        ("2026-12-13T10:00", "2026-12-13T12:00", {}),  # all of it on a Sunday: nothing may be said in time
        ("2026-12-11T09:00", "2026-12-13T12:00", {"due-day": "11T17:15", "before-2h": "11T17:15"}),  # due on a Sunday
        ("2026-12-15T10:00", "2026-12-16T07:00", {"due-day": "15T17:15", "before-2h": "15T17:15"}),  # before opening
        ("2026-12-15T17:20", "2026-12-16T07:00", {}),  # ten minutes before closing
        ("2026-12-15T10:00", "2026-12-16T10:15", {"due-day": "16T08:15", "before-2h": "16T08:15"}),
    ],
)  # fmt: skip
def test_a_task_that_comes_late_gets_what_still_makes_sense(since, due, steps) -> None:
    found = rungs(local(due), local(since), HANOI)
    early = {rung.name: rung.at for rung in found if not rung.name.startswith("overdue")}
    assert early == {name: local(f"2026-12-{at}") for name, at in steps.items()}


def test_without_a_last_step_the_due_day_stands_for_it() -> None:
    found = rungs(DUE, local("2026-12-16T09:00"), HANOI, parse("1 0h 2x0"))
    assert [(rung.name, rung.at) for rung in found] == [("due-day", local("2026-12-16T13:00"))]


@pytest.mark.parametrize(
    ("since", "due", "steps"),
    [
        ("2026-12-01T09:00", "2026-12-13T12:00", {"due-day": "13T08:30", "before-2h": "13T10:00"}),  # on the Sunday
        ("2026-12-13T11:00", "2026-12-13T12:00", {"before-2h": "13T11:30"}),
        ("2026-12-01T09:00", "2026-12-14T03:00", {"due-day": "13T21:45", "before-2h": "14T01:00"}),  # at night
        ("2026-12-01T09:00", "2026-12-14T09:00", {"due-day": "14T07:00", "before-2h": "14T07:00"}),
    ],
)
def test_urgent_work_is_reminded_of_on_days_off_and_its_last_step_keeps_its_hour(since, due, steps) -> None:
    found = rungs(local(due), local(since), HANOI, wide=quiet.waking(HANOI))
    late = {rung.name: rung.at for rung in found if rung.name == "due-day" or is_last(rung.name)}
    assert late == {name: local(f"2026-12-{at}") for name, at in steps.items()}

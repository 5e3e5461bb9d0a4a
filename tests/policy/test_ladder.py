"""Which reminder steps exist, when they are earned, and which of them speak."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.policy.ladder import rungs
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

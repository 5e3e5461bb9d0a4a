"""What a new ladder does to steps that are past: nothing is told twice, nothing is made up for, nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.policy import ladder, plan
from bot.policy.plan import Known
from bot.policy.rules import Rules
from storage.records import State, Task
from tests.policy.test_calendar import HANOI, local

DUE = local("2026-12-16T17:00")  # a Wednesday
GIVEN = local("2026-12-01T09:00")
TASK = Task(1, "A-001", "x", 1, 1, GIVEN, GIVEN, due_at=DUE, state=State.RECEIVED, planned_from=GIVEN, updated_at=GIVEN)


def overtaken(old: str, new: str, taken: set[str], now: str) -> set[str]:
    before, after = (plan.reminders(replace(TASK, ladder=text), HANOI, Rules()) for text in (old, new))
    return {rung.name for rung in plan.overtaken(TASK, before, after, taken, local(now))}


@pytest.mark.parametrize(
    ("old", "new", "taken", "now", "silent"),
    [
        ("3,1", "5,4,3,1", {"before-3"}, "2026-12-11T12:00", {"before-5", "before-4"}),
        ("3,1", "3,1", set(), "2026-12-11T12:00", set()),  # earned, not told yet: it still is
        ("3,1 2h", "3,1 4h", {"before-3", "before-1", "due-day"}, "2026-12-16T14:00", set()),  # stands for the last
        ("3,1 2h", "3,1 4h", {"before-3", "before-1", "due-day", "before-2h"}, "2026-12-16T15:30", {"before-4h"}),
        ("3,1 2h", "3,1 4h", {"before-3", "before-1", "due-day"}, "2026-12-16T12:00", set()),  # comes at 13:00
        ("0 0h 2x3", "0 0h 1x5", {"due-day"}, "2026-12-17T12:00", {"overdue-1"}),
        ("0 0h 1x5", "0 0h 2x3", {"due-day", "overdue-1"}, "2026-12-17T12:00", set()),
    ],
)
def test_which_steps_of_a_new_ladder_stay_silent(old, new, taken, now, silent) -> None:
    assert overtaken(old, new, taken, now) == silent


def test_the_ladder_of_a_task_is_its_own_else_that_of_its_unit() -> None:
    rules = Rules(ladder=ladder.parse("7"))
    assert plan.ladder_of(replace(TASK, ladder="5 0h 1x1"), rules) == ladder.parse("5 0h 1x1")
    assert plan.ladder_of(TASK, rules) == ladder.parse("7")
    assert plan.ladder_of(replace(TASK, ladder="broken by hand"), rules) == ladder.parse("7")


def spoken(now: str, **changed) -> list[str]:
    task = replace(TASK, **changed)
    taken = {(name, DUE) for name in ("before-3", "before-1", "due-day")}
    return [rung.name for _, decision in plan.look(task, taken, HANOI, local(now), Known()) for rung in decision.spoken]


def test_after_a_night_without_the_bot_the_last_reminder_is_still_told() -> None:
    assert "before-2h" in spoken("2026-12-16T17:30")


def test_a_day_after_the_deadline_nothing_is_told_that_belonged_before_it() -> None:
    assert "before-2h" not in spoken("2026-12-18T08:00")

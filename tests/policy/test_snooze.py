"""Putting reminders off, and asking for news."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.policy import snooze, updates
from bot.policy.plan import Known, look
from bot.policy.rules import DEFAULT
from storage.records import Action, State, Tally
from tests.policy.test_access_and_workflow import make_task
from tests.policy.test_calendar import HANOI, local

DUE = local("2026-12-16T17:00")  # a Wednesday
GIVEN = local("2026-12-01T09:00")


def task(**changed):
    values = {"due_at": DUE, "state": State.IN_PROGRESS, "planned_from": GIVEN, "updated_at": local("2026-12-10T09:00")}
    return make_task(**(values | changed))


@pytest.mark.parametrize(
    ("now", "before", "reason"),
    [
        ("2026-12-11T09:00", None, None),
        ("2026-12-14T17:00", None, None),  # until Tuesday; the due day is Wednesday
        ("2026-12-15T09:00", None, "snooze.near"),
        ("2026-12-16T09:00", None, "snooze.near"),
        ("2026-12-11T09:00", Tally(1, local("2026-12-11T08:40")), "snooze.today"),
        ("2026-12-11T09:00", Tally(2, local("2026-12-10T09:00")), None),
        ("2026-12-11T09:00", Tally(3, local("2026-12-10T09:00")), "snooze.often"),
    ],
)
def test_reminders_are_put_off_three_times_at_most_and_never_into_the_due_day(now, before, reason) -> None:
    assert snooze.problem(task(), before, local(now), HANOI, DEFAULT) == reason


def test_where_the_rule_allows_none_not_even_the_first_reminder_is_put_off() -> None:
    none = replace(DEFAULT, snoozes=0)
    assert snooze.problem(task(), None, local("2026-12-11T09:00"), HANOI, none) == "snooze.often"


def test_what_does_not_wait_for_its_owner_is_not_put_off() -> None:
    submitted = task(state=State.SUBMITTED)
    assert snooze.problem(submitted, None, local("2026-12-11T09:00"), HANOI, DEFAULT) == "not_now.submitted"


def spoken(now: str, snoozed: Tally | None, taken=(), **changed) -> list[str]:
    known = Known(DEFAULT, {Action.SNOOZE.value: snoozed} if snoozed else {})
    decisions = look(task(**changed), taken, HANOI, local(now), known)
    return [rung.name for _, decision in decisions for rung in decision.spoken]


def test_a_step_that_was_put_off_is_silent_and_comes_the_next_working_morning() -> None:
    friday = Tally(1, local("2026-12-11T08:00"))
    assert spoken("2026-12-11T08:35", None) == ["before-3"]
    assert spoken("2026-12-11T08:35", friday) == []
    assert spoken("2026-12-14T08:30", friday) == ["snooze-1"]


def test_what_comes_on_the_due_day_or_later_cannot_be_put_off() -> None:
    tuesday = Tally(1, local("2026-12-15T17:00"))
    assert spoken("2026-12-16T08:30", tuesday) == ["snooze-1", "due-day"]


def test_what_an_earlier_owner_put_off_is_not_brought_up_again() -> None:
    assert spoken("2026-12-14T08:30", Tally(1, local("2026-12-10T10:00")), planned_from=local("2026-12-11T10:00")) == []


@pytest.mark.parametrize(
    ("now", "changed", "missing"),
    [
        ("2026-12-17T08:29", {}, False),
        ("2026-12-17T08:30", {}, True),  # five working days after Thursday the 10th
        ("2026-12-17T08:30", {"state": State.ASSIGNED}, False),  # receipt has questions of its own
        ("2026-12-17T08:30", {"state": State.SUBMITTED}, False),
        ("2026-12-17T08:30", {"planned_from": local("2026-12-11T09:00")}, False),  # a new owner begins anew
    ],
)
def test_after_five_working_days_without_news_a_task_counts_as_not_updated(now, changed, missing) -> None:
    found = task(due_at=None, **changed)
    assert updates.missing(found, local(now), HANOI, DEFAULT) is missing


def test_the_owner_is_asked_for_news_once_and_again_only_after_new_silence() -> None:
    late = local("2026-12-17T08:30")
    assert spoken("2026-12-17T08:30", None, due_at=None) == ["update"]
    used = {("update", local("2026-12-10T09:00"))}
    assert spoken("2026-12-24T08:30", None, used, due_at=None) == []
    assert spoken("2026-12-24T08:30", None, used, due_at=None, updated_at=late) == ["update"]

"""What happens to a letter: asked again at the door, retried, closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.policy import codes, retry
from bot.policy.stale import still_true
from storage.notices import Reminders, Step, TaskNews
from storage.records import Member, State
from tests.policy.test_access_and_workflow import NOW, OWNER, make_task

TASK = make_task()
DUE = TASK.due_at.isoformat()
READER = Member(OWNER, "n", 3)


def yes(_) -> bool:
    return True


def test_a_reminder_keeps_only_the_steps_that_still_hold() -> None:
    closed, moved = replace(TASK, id=2, state=State.COMPLETED), replace(TASK, id=3, due_at=NOW + timedelta(days=9))
    submitted = replace(TASK, id=4, state=State.SUBMITTED)
    tasks = {1: TASK, 2: closed, 3: moved, 4: submitted}
    notice = Reminders(tuple(Step(number, "before-1", DUE) for number in (1, 2, 3, 4, 5)))
    left = still_true(notice, tasks, READER, yes)
    assert left == Reminders((Step(1, "before-1", DUE),))


def test_a_reminder_of_which_nothing_holds_is_not_sent() -> None:
    notice = Reminders((Step(1, "before-1", DUE),))
    assert still_true(notice, {1: replace(TASK, state=State.CANCELLED)}, READER, yes) is None


def test_nobody_is_told_about_a_task_they_may_no_longer_see() -> None:
    notice = Reminders((Step(1, "before-1", DUE),))
    assert still_true(notice, {1: TASK}, READER, lambda _: False) is None
    assert still_true(TaskNews(1, "assigned"), {1: TASK}, READER, lambda _: False) is None


@pytest.mark.parametrize(
    ("event", "state", "owner", "told"),
    [
        ("assigned", State.ASSIGNED, OWNER, True),
        ("assigned", State.ASSIGNED, 99, False),  # handed to somebody else meanwhile
        ("submitted", State.SUBMITTED, 99, True),
        ("submitted", State.IN_PROGRESS, 99, False),  # taken back before the head was told
        ("completed", State.COMPLETED, OWNER, True),
        ("returned", State.RETURNED, OWNER, True),
        ("returned", State.SUBMITTED, OWNER, False),
    ],
)
def test_news_is_told_only_while_it_is_true(event, state, owner, told) -> None:
    task = replace(TASK, state=state, owner_id=owner)
    assert (still_true(TaskNews(1, event), {1: task}, READER, yes) is not None) is told


@pytest.mark.parametrize(
    ("outcome", "copies", "state"),
    [
        (retry.Outcome.SENT, 0, "sent"),
        (retry.Outcome.NOT_SENT, 0, "waiting"),
        (retry.Outcome.WAIT, 0, "waiting"),
        (retry.Outcome.UNKNOWN, 1, "waiting"),  # may have arrived: once more, marked as a repetition
        (retry.Outcome.UNKNOWN, 2, "failed"),  # never a third
        (retry.Outcome.UNREACHABLE, 0, "failed"),
        (retry.Outcome.REFUSED, 0, "failed"),
    ],
)
def test_the_verdict_after_an_attempt(outcome, copies, state) -> None:
    verdict = retry.after(outcome, 1, copies, NOW, NOW, 30.0)
    assert verdict.state == state
    assert (verdict.again_at is not None) is (state == "waiting")


def test_a_pause_that_was_asked_for_is_kept_to_the_second() -> None:
    assert retry.after(retry.Outcome.WAIT, 1, 0, NOW, NOW, 3.5).again_at == NOW + timedelta(seconds=3.5)


def test_waiting_doubles_and_has_an_end() -> None:
    waits = [retry.backoff(attempts).total_seconds() for attempts in range(1, 30)]
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 900


def test_a_letter_that_never_leaves_is_given_up_after_two_days() -> None:
    late = NOW + timedelta(hours=49)
    assert retry.after(retry.Outcome.NOT_SENT, 50, 0, NOW, late, 0).state == "failed"


def test_a_letter_that_was_not_tried_for_two_days_gets_its_tries() -> None:
    late = NOW + timedelta(hours=72)  # the bot was down over a weekend, and the first attempt fails
    assert retry.after(retry.Outcome.NOT_SENT, 1, 0, NOW, late, 0).state == "waiting"


@pytest.mark.parametrize(
    ("unit", "used", "prefix"),
    [
        ("Phòng Chuyển đổi số", [], "PCDS"),
        ("Phòng Chuyển đổi số", ["CDS-001", "CDS-002", "X-1"], "CDS"),
        ("123", [], "T1"),
        ("…", [], "T"),
    ],
)
def test_codes_go_on_in_the_series_of_the_unit(unit, used, prefix) -> None:
    assert codes.prefix_of(unit, used) == prefix


def test_the_next_code_follows_the_highest_number() -> None:
    assert codes.next_code("CDS", ["CDS-009", "CDS-014", "CDSX-99", "junk"]) == "CDS-015"
    assert codes.next_code("NEW", []) == "NEW-001"


def test_a_messenger_that_is_away_is_asked_at_once_and_then_after_doubling_pauses_of_at_most_a_minute() -> None:
    assert retry.may_ask(None, 0, NOW)
    pauses = []
    for failures in range(1, 12):
        moments = (NOW + timedelta(seconds=seconds) for seconds in range(1, 99))
        pauses.append(next(int((at - NOW).total_seconds()) for at in moments if retry.may_ask(NOW, failures, at)))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert retry.may_ask(NOW, 99, NOW - timedelta(days=1)), "a clock that was put back makes nobody wait"

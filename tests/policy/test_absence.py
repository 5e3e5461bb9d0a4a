"""Who is away, who hears, from when receipt counts, who can stand in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.policy import absence as policy
from bot.policy import plan, updates
from bot.policy.phrases.unclear import Unclear
from bot.policy.plan import Known
from bot.policy.rules import DEFAULT
from bot.policy.stale import still_true
from storage.notices import (
    ASK_RECEIPT,
    ASK_UPDATE,
    EXPLAIN,
    TELL_HEAD,
    TELL_LEADERS,
    UNRECEIVED,
    AbsenceNews,
    Reminders,
    Step,
    TaskNews,
)
from storage.records import Absence, Member, State
from tests.policy.test_access_and_workflow import NOW, OTHER, OWNER, make_task
from tests.policy.test_calendar import HANOI, local

DAY = timedelta(days=1)
AWAY = Absence(1, OWNER, OTHER, NOW, NOW + 7 * DAY, OWNER, NOW)
JOINED = Member(OWNER, "Owner", 3, account=1)
SUBSTITUTE = Member(OTHER, "Substitute", 3, account=2)


@pytest.mark.parametrize(
    ("changed", "now", "lasts"),
    [
        ({}, NOW - DAY, False),
        ({}, NOW, True),
        ({}, NOW + 7 * DAY - timedelta(seconds=1), True),
        ({}, NOW + 7 * DAY, False),
        ({"ended_at": NOW + DAY}, NOW + DAY, False),
        ({"ended_at": NOW + DAY}, NOW + DAY - timedelta(seconds=1), True),
        ({"since": NOW + DAY}, NOW, False),
    ],
)
def test_an_absence_lasts_from_its_beginning_until_just_before_its_end(changed, now, lasts) -> None:
    one = replace(AWAY, **changed)
    assert policy.lasts(one, now) is lasts
    assert (OWNER in policy.away_now([one], now)) is lasts
    assert policy.stands_for(OTHER, [one], now) == (frozenset({OWNER}) if lasts else frozenset())
    assert policy.stands_for(OWNER, [one], now) == frozenset()


BOTH = {OWNER: AWAY, OTHER: replace(AWAY, id=2, member_id=OTHER, substitute_id=12)}


@pytest.mark.parametrize(
    ("owner", "substitute", "away", "hears"),
    [
        (JOINED, SUBSTITUTE, {}, OWNER),
        (JOINED, SUBSTITUTE, {OWNER: AWAY}, OTHER),
        (replace(JOINED, account=None), SUBSTITUTE, {OWNER: AWAY}, OTHER),  # reach does not matter while away
        (replace(JOINED, account=None), SUBSTITUTE, {}, None),
        (JOINED, SUBSTITUTE, BOTH, None),  # not followed any further: the superiors hear it
        (JOINED, replace(SUBSTITUTE, account=None), {OWNER: AWAY}, None),
        (JOINED, replace(SUBSTITUTE, left_at=NOW), {OWNER: AWAY}, None),
        (JOINED, SUBSTITUTE, {99: AWAY}, OWNER),
    ],
)
def test_exactly_one_person_hears_a_reminder_or_the_superiors_do(owner, substitute, away, hears) -> None:
    found = policy.hearer(owner, away, {OTHER: substitute})
    assert (found.id if found else None) == hears


def test_the_last_coming_back_counts() -> None:
    early = replace(AWAY, ended_at=NOW + DAY)
    assert policy.back_at([early]) == {OWNER: NOW + DAY}
    assert policy.back_at([early, replace(AWAY, id=2, until=NOW + 2 * DAY)]) == {OWNER: NOW + 2 * DAY}
    assert policy.back_at([replace(AWAY, until=NOW + 2 * DAY), replace(early, id=2)]) == {OWNER: NOW + 2 * DAY}
    assert policy.back_at([]) == {}


def test_the_last_day_is_the_one_before_the_end_in_the_zone_of_whoever_is_away() -> None:
    until = policy.end_of_day(date(2026, 12, 14), HANOI)
    assert until == local("2026-12-15T00:00")
    assert policy.last_day(replace(AWAY, until=until), HANOI) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("substitute", "away", "reason"),
    [
        (SUBSTITUTE, {}, None),
        (None, {}, "away.nobody"),
        (JOINED, {}, "away.nobody"),
        (replace(SUBSTITUTE, left_at=NOW), {}, "away.nobody"),
        (replace(SUBSTITUTE, account=None), {}, "away.unreachable"),
        (replace(SUBSTITUTE, unreachable_since=NOW), {}, "away.unreachable"),
        (SUBSTITUTE, {OTHER: replace(AWAY, member_id=OTHER)}, "away.both"),
        (SUBSTITUTE, {OTHER: replace(AWAY, member_id=OTHER, until=NOW + 6 * DAY)}, None),  # back before the end
    ],
)
def test_who_can_stand_in(substitute, away, reason) -> None:
    assert policy.substitute_problem(JOINED, substitute, NOW + 7 * DAY, away) == reason


GIVEN = local("2026-12-07T10:00")  # Monday; asked on Tuesday at 10:00, the head told on Wednesday at 10:00


@pytest.mark.parametrize(
    ("back", "now", "earned"),
    [
        (None, "2026-12-09T10:00", {ASK_RECEIPT, UNRECEIVED}),
        ("2026-12-10T00:00", "2026-12-09T10:00", set()),  # away: nobody is asked, nobody is told
        ("2026-12-10T00:00", "2026-12-10T17:29", set()),
        ("2026-12-10T00:00", "2026-12-10T17:30", {ASK_RECEIPT}),
        ("2026-12-10T00:00", "2026-12-11T17:30", {ASK_RECEIPT, UNRECEIVED}),
        ("2026-12-01T00:00", "2026-12-08T10:00", {ASK_RECEIPT}),  # an absence before the assignment changes nothing
    ],
)
def test_receipt_is_counted_anew_from_the_end_of_an_absence(back, now, earned) -> None:
    task = make_task(due_at=None, assigned_at=GIVEN)
    decisions = plan.look(task, set(), HANOI, local(now), Known(back=local(back) if back else None))
    assert {rung.name for _, decision in decisions for rung in decision.earned} == earned


def test_the_steps_of_the_deadline_do_not_move_while_somebody_is_away() -> None:
    task = make_task(due_at=local("2026-12-16T17:00"), assigned_at=GIVEN, state=State.RECEIVED)
    for now in ("2026-12-11T09:00", "2026-12-16T09:00", "2026-12-28T09:00"):
        here, away = (
            [
                rung
                for _, decision in plan.look(task, set(), HANOI, local(now), Known(back=back))
                for rung in decision.earned
                if rung.name not in (ASK_UPDATE, EXPLAIN)
            ]
            for back in (None, local("2026-12-31T00:00"))
        )
        assert here == away
        assert here


TASK = make_task(state=State.ASSIGNED)
ASKED = Reminders((Step(1, ASK_RECEIPT, NOW.isoformat()),))


@pytest.mark.parametrize(("away", "true"), [((), True), ((OWNER,), False), ((OTHER,), True)])
def test_at_the_door_a_question_for_receipt_is_dropped_while_the_owner_is_away(away, true) -> None:
    assert (still_true(ASKED, {1: TASK}, JOINED, lambda _: True, away=away) is not None) is true


@pytest.mark.parametrize("event", ["assigned", "urged"])
@pytest.mark.parametrize(("stands_for", "told"), [((), False), ((OWNER,), True), ((99,), False)])
def test_at_the_door_news_for_a_substitute_holds_as_long_as_the_absence(event, stands_for, told) -> None:
    left = still_true(TaskNews(1, event), {1: TASK}, SUBSTITUTE, lambda _: True, stands_for=stands_for)
    assert (left is not None) is told


@pytest.mark.parametrize(
    ("event", "lasts", "told"),
    [
        ("substitute", True, True),
        ("substitute", False, False),
        ("head", True, True),
        ("head", False, False),
        ("over", True, False),
        ("over", False, True),
        ("substitute", None, False),
    ],
)
def test_at_the_door_an_absence_is_told_while_it_lasts_and_its_end_afterwards(event, lasts, told) -> None:
    assert (still_true(AbsenceNews(1, event), {}, SUBSTITUTE, lambda _: True, lasts=lasts) is not None) is told


def rungs(now: str, back: str | None) -> set[str]:
    """What is earned by then about an overdue task that was received and never reported on."""
    task = make_task(due_at=local("2026-12-08T17:00"), assigned_at=GIVEN, updated_at=GIVEN, state=State.RECEIVED)
    decisions = plan.look(task, set(), HANOI, local(now), Known(back=local(back) if back else None))
    return {rung.name for _, decision in decisions for rung in decision.earned}


@pytest.mark.parametrize(
    ("name", "back", "before", "on"),
    [
        (EXPLAIN, None, "2026-12-09T08:29", "2026-12-09T08:30"),
        (EXPLAIN, "2026-12-12T00:00", "2026-12-14T08:29", "2026-12-14T08:30"),  # the reason is the owner's own
        (EXPLAIN, "2026-12-05T00:00", "2026-12-09T08:29", "2026-12-09T08:30"),
        (ASK_UPDATE, None, "2026-12-14T08:29", "2026-12-14T08:30"),
        (ASK_UPDATE, "2026-12-12T00:00", "2026-12-18T08:29", "2026-12-18T08:30"),
        (TELL_HEAD, "2026-12-31T00:00", "2026-12-09T08:29", "2026-12-09T08:30"),  # goes on as it is
        (TELL_LEADERS, "2026-12-31T00:00", "2026-12-11T08:29", "2026-12-11T08:30"),
    ],
)
def test_what_is_asked_of_the_owner_waits_for_the_end_of_an_absence_and_the_escalation_does_not(
    name, back, before, on
) -> None:
    assert name not in rungs(before, back)
    assert name in rungs(on, back)


def test_an_owner_who_was_away_is_not_counted_as_silent_for_those_days() -> None:
    task = make_task(assigned_at=GIVEN, updated_at=GIVEN, state=State.IN_PROGRESS)
    now, back = local("2026-12-14T10:00"), local("2026-12-12T00:00")
    assert updates.missing(task, now, HANOI, DEFAULT)
    assert not updates.missing(task, now, HANOI, DEFAULT, back)
    assert updates.missing(task, local("2026-12-18T10:00"), HANOI, DEFAULT, back)


@pytest.mark.parametrize(
    ("away", "news_at", "true"),
    [((), GIVEN, True), ((OWNER,), GIVEN, False), ((), GIVEN + DAY, False)],
)
def test_at_the_door_a_question_for_news_holds_without_news_and_while_the_owner_is_there(away, news_at, true) -> None:
    task = make_task(assigned_at=GIVEN, updated_at=news_at, state=State.RECEIVED)
    asked = Reminders((Step(1, ASK_UPDATE, (GIVEN + timedelta(hours=3)).isoformat()),))
    assert (still_true(asked, {1: task}, JOINED, lambda _: True, away=away) is not None) is true


@pytest.mark.parametrize(
    ("text", "days", "name"),
    [
        ("14/12/2026", [14], ""),
        ("14/12/2026 nam", [14], "nam"),
        ("until 14/12/2026; Nam Neighbour", [14], "Nam Neighbour"),
        ("today nam", [7], "nam"),
        ("7/12/2026", [7], ""),
        ("thứ sáu tuần sau Nam", [18], "Nam"),
        ("thu sau tuan sau; nam", [18], "nam"),
        ("next friday Nam Neighbour", [18], "Nam Neighbour"),
        ("do 15 grudnia Nam", [15], "Nam"),
        ("3 ngày làm việc; nam", [10], "nam"),
        ("17h thứ sáu nam", [11], "nam"),
    ],
)
def test_the_last_day_is_understood_as_people_say_it_and_the_rest_is_a_name(text, days, name) -> None:
    ends, rest = policy.read(text, local("2026-12-07T15:00"), HANOI)
    assert (list(ends), rest) == ([policy.end_of_day(date(2026, 12, day), HANOI) for day in days], name)


def test_a_day_that_can_be_meant_in_two_ways_is_asked_back() -> None:
    ends, name = policy.read("2 tháng sau; nam", local("2026-12-07T15:00"), HANOI)
    assert (len(ends), name) == (2, "nam")


@pytest.mark.parametrize("text", ["nam", "1/12/2026 nam", "; nam", "", "some day; nam", "31/2/2026 nam"])
def test_what_is_no_day_is_refused(text) -> None:
    with pytest.raises(Unclear):
        policy.read(text, local("2026-12-07T15:00"), HANOI)

"""Who may do what, and which moves a task knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.policy.absence import SUBSTITUTE_ACTIONS
from bot.policy.access import JUDGE_ACTIONS, OWNER_ACTIONS, Deed, make_actor, may, may_in, subtree
from bot.policy.workflow import MOVES, changes, days_late, fits, misfit, offered, time_class
from storage.records import Action, Grant, Member, Role, State, Task, TimeClass, Unit
from tests.policy.test_calendar import HANOI, local

NOW = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
UNITS = {
    1: Unit(1, "Department"),
    2: Unit(2, "Office", parent_id=1),
    3: Unit(3, "Desk", parent_id=2),
    4: Unit(4, "Elsewhere", parent_id=1),
}
OWNER, OTHER = 10, 11
OWN = {Action.VIEW, *OWNER_ACTIONS}


def make_task(**changed) -> Task:
    values = {
        "id": 1, "code": "A-001", "title": "x", "unit_id": 3, "owner_id": OWNER, "assigned_at": NOW, "created_at": NOW,
        "due_at": NOW + timedelta(days=1), "assigner_id": None,
    }  # fmt: skip
    return Task(**(values | changed))


def actor(member_id: int, *grants: tuple[Role, int | None], unit_id: int = 3, stands_for: int = 0):
    member = Member(member_id, "n", unit_id)
    given = [Grant(member_id, role, unit) for role, unit in grants]
    return make_actor(member, given, UNITS, frozenset({stands_for} - {0}))


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (actor(OWNER), OWN),
        (actor(OTHER), set()),  # a colleague of the same unit
        (actor(OTHER, (Role.HEAD, 3)), {Action.VIEW, *JUDGE_ACTIONS, Action.URGE}),
        (actor(OTHER, (Role.HEAD, 2)), {Action.VIEW, *JUDGE_ACTIONS, Action.URGE}),  # the unit above
        (actor(OTHER, (Role.HEAD, 4)), set()),  # the head of another unit
        (actor(OTHER, (Role.LEADER, None)), {Action.VIEW, *JUDGE_ACTIONS, Action.URGE}),
        (actor(OTHER, (Role.TRACKER, 1)), {Action.VIEW, Action.URGE}),
        (actor(OTHER, (Role.AUDITOR, None)), {Action.VIEW}),
        (actor(OTHER, (Role.ADMINISTRATOR, None)), set()),  # runs the system, reads no tasks
        (actor(OWNER, (Role.HEAD, 3)), OWN),
        (actor(OTHER, stands_for=OWNER), SUBSTITUTE_ACTIONS),
        (actor(OTHER, (Role.HEAD, 3), stands_for=OWNER), SUBSTITUTE_ACTIONS),  # stands in, so judges nothing of it
        (actor(OTHER, (Role.LEADER, None), stands_for=OWNER), SUBSTITUTE_ACTIONS),
        (actor(OTHER, (Role.HEAD, 3), stands_for=99), {Action.VIEW, *JUDGE_ACTIONS, Action.URGE}),  # for somebody else
    ],
)
def test_each_role_may_do_exactly_this_to_a_task(who, allowed) -> None:
    assert {action for action in Action if may(who, action, make_task())} == allowed


def test_the_assigner_may_judge_but_nobody_judges_their_own_work() -> None:
    assert may(actor(OTHER), Action.ACCEPT, make_task(assigner_id=OTHER))
    assert not may(actor(OWNER, (Role.LEADER, None)), Action.ACCEPT, make_task(assigner_id=OWNER))


def test_nobody_judges_what_they_submitted_for_somebody_else_even_after_the_absence() -> None:
    task = make_task(state=State.SUBMITTED, submitted_by=OTHER, assigner_id=OTHER)
    for who in (actor(OTHER), actor(OTHER, (Role.HEAD, 3)), actor(OTHER, (Role.LEADER, None))):
        assert not any(may(who, action, task) for action in JUDGE_ACTIONS)
    assert may(actor(12, (Role.HEAD, 3)), Action.ACCEPT, task)


@pytest.mark.parametrize(
    "action", [Action.HAND_OVER, Action.DECLINE, Action.CLAIM, Action.EXPLAIN, Action.SNOOZE, Action.ACKNOWLEDGE]
)
def test_what_is_the_owners_own_word_is_not_said_by_a_substitute(action) -> None:
    assert not may(actor(OTHER, stands_for=OWNER), action, make_task())


def test_whoever_submitted_is_noted_until_the_submission_is_taken_or_sent_back() -> None:
    submitted = changes(make_task(), Action.SUBMIT, NOW, by=OTHER)
    assert submitted is not None
    assert submitted["submitted_by"] == OTHER
    for action in (Action.WITHDRAW, Action.RETURN):
        undone = changes(make_task(state=State.SUBMITTED, submitted_by=OTHER), action, NOW, by=OTHER)
        assert undone is not None
        assert undone["submitted_by"] is None


def test_the_head_of_a_coordinating_unit_sees_the_task_and_adds_a_part_but_closes_nothing() -> None:
    task = make_task(coordinators=(4,))
    head = actor(OTHER, (Role.HEAD, 4), unit_id=4)
    assert {action for action in Action if may(head, action, task)} == {Action.VIEW, Action.CONTRIBUTE}


@pytest.mark.parametrize(
    ("action", "state", "fitting"),
    [
        (Action.DECLINE, State.ASSIGNED, True),
        (Action.DECLINE, State.RECEIVED, True),
        (Action.DECLINE, State.IN_PROGRESS, False),  # work that has begun is not declined any more
        (Action.REASSIGN, State.IN_PROGRESS, True),
        (Action.REASSIGN, State.SUBMITTED, False),
        (Action.CONTRIBUTE, State.SUBMITTED, True),
        (Action.CONTRIBUTE, State.COMPLETED, False),
        (Action.CONTRIBUTE, State.SUSPENDED, False),
    ],
)
def test_what_is_no_move_fits_some_states_only(action, state, fitting) -> None:
    assert fits(make_task(state=state), action, NOW) is fitting


@pytest.mark.parametrize(
    ("changed", "late"),
    [
        ({}, False),
        ({"due_at": None}, False),
        ({"due_at": NOW - timedelta(hours=1)}, True),
        ({"due_at": NOW - timedelta(days=9), "state": State.COMPLETED, "submitted_at": NOW - timedelta(days=1)}, True),
        ({"due_at": NOW - timedelta(days=9), "state": State.CANCELLED}, False),
    ],
)
def test_a_cause_is_claimed_for_a_delay_only(changed, late) -> None:
    assert fits(make_task(**changed), Action.CLAIM, NOW) is late


def test_whoever_left_may_do_nothing() -> None:
    gone = make_actor(Member(OWNER, "n", 3, left_at=NOW), [Grant(OWNER, Role.LEADER, None)], UNITS)
    assert not any(may(gone, action, make_task()) for action in Action)
    assert not any(may_in(gone, deed, 3) for deed in Deed)


@pytest.mark.parametrize(
    ("role", "deeds"),
    [
        (Role.MEMBER, set()),
        (Role.HEAD, {Deed.ASSIGN, Deed.TEAM, Deed.SUMMARY, Deed.LINK, Deed.LEAVER, Deed.SHEET}),
        (Role.LEADER, {Deed.ASSIGN, Deed.TEAM, Deed.SUMMARY, Deed.LINK, Deed.LEAVER, Deed.SHEET}),
        (Role.TRACKER, {Deed.TEAM, Deed.SUMMARY}),
        (Role.AUDITOR, {Deed.TEAM, Deed.SUMMARY}),
        (Role.ADMINISTRATOR, {Deed.CALENDAR}),
    ],
)
def test_each_role_may_do_exactly_this_to_its_unit_and_nothing_elsewhere(role, deeds) -> None:
    who = actor(OTHER, (role, 2))
    assert {deed for deed in Deed if may_in(who, deed, 3)} == deeds
    assert not any(may_in(who, deed, 4) for deed in Deed)


def test_a_circle_of_units_does_not_hang() -> None:
    circle = {1: Unit(1, "a", parent_id=2), 2: Unit(2, "b", parent_id=1)}
    assert subtree(circle, 1) == {1, 2}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", [action for action in Action if action is not Action.VIEW])
def test_every_move_that_is_not_in_the_table_is_refused(state, action) -> None:
    found = changes(make_task(state=state), action, NOW, 50)
    assert (found is None) is ((state, action) not in MOVES)


@pytest.mark.parametrize(
    ("state", "action", "reason"),
    [
        (State.RECEIVED, Action.ACCEPT, "not_submitted"),
        (State.IN_PROGRESS, Action.RETURN, "not_submitted"),
        (State.RETURNED, Action.WITHDRAW, "not_submitted"),
        (State.SUSPENDED, Action.ACCEPT, "not_now.suspended"),
        (State.COMPLETED, Action.ACCEPT, "not_now.completed"),
        (State.IN_PROGRESS, Action.RESUME, "not_suspended"),
        (State.CANCELLED, Action.RESUME, "not_now.cancelled"),
        (State.SUBMITTED, Action.SUBMIT, "not_now.submitted"),
        (State.SUBMITTED, Action.ACCEPT, None),
    ],
)
def test_a_move_that_does_not_fit_is_refused_for_what_is_missing(state, action, reason) -> None:
    assert misfit(make_task(state=state), action, NOW) == reason


def test_a_return_forgets_the_submission_so_that_only_the_accepted_one_counts() -> None:
    returned = changes(make_task(state=State.SUBMITTED, submitted_at=NOW), Action.RETURN, NOW)
    assert returned is not None
    assert returned["submitted_at"] is None


def test_a_submitted_task_offers_its_owner_only_to_take_it_back_and_to_add_evidence() -> None:
    assert offered(actor(OWNER), make_task(state=State.SUBMITTED), NOW) == {
        Action.VIEW,
        Action.WITHDRAW,
        Action.ATTACH,
    }


@pytest.mark.parametrize("state", list(State))
def test_evidence_can_be_added_until_a_task_is_judged(state) -> None:
    judged = state in (State.COMPLETED, State.CANCELLED)
    assert (Action.ATTACH in offered(actor(OWNER), make_task(state=state), NOW)) is not judged
    assert Action.ATTACH not in offered(actor(OTHER, (Role.LEADER, None)), make_task(state=state), NOW)


DUE = local("2026-12-07T17:00")


def accepted(submitted: str) -> dict:
    """A task that was submitted then, and accepted the day after the deadline."""
    values = {"submitted_at": local(submitted), "completed_at": local("2026-12-09T09:00")}
    return {"state": State.COMPLETED, **values}


@pytest.mark.parametrize(
    ("changed", "now", "expected"),
    [
        ({"due_at": None}, "2026-12-08T09:00", TimeClass.NO_DEADLINE),
        ({}, "2026-12-07T16:59", TimeClass.WITHIN),
        ({}, "2026-12-07T17:01", TimeClass.OVERDUE),
        # Submitted in time, still waiting for the head: not the owner's delay.
        ({"state": State.SUBMITTED, "submitted_at": local("2026-12-07T16:00")}, "2026-12-09T09:00", TimeClass.WITHIN),
        ({"state": State.SUBMITTED, "submitted_at": local("2026-12-08T16:00")}, "2026-12-09T09:00", TimeClass.OVERDUE),
        # Accepted late but submitted in time: on time.
        (
            {
                "state": State.COMPLETED,
                "submitted_at": local("2026-12-07T16:00"),
                "completed_at": local("2026-12-09T09:00"),
            },
            "2026-12-10T09:00",
            TimeClass.ON_TIME,
        ),
        (
            {
                "state": State.COMPLETED,
                "submitted_at": local("2026-12-08T08:00"),
                "completed_at": local("2026-12-08T09:00"),
            },
            "2026-12-10T09:00",
            TimeClass.LATE,
        ),
    ],
)
def test_lateness_is_judged_at_the_submission(changed, now, expected) -> None:
    assert time_class(make_task(**({"due_at": DUE} | changed)), local(now)) is expected


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-12-07T16:00", 0),
        ("2026-12-07T18:00", 1),  # the same evening is late already
        ("2026-12-08T09:00", 1),
        ("2026-12-14T09:00", 5),
    ],
)
def test_days_late_are_working_days(now, days) -> None:
    assert days_late(make_task(due_at=DUE), local(now), HANOI) == days

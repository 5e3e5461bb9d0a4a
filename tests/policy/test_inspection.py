"""What belongs into an inspection pack, how things stood at its cut-off, and what is counted."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import inspection as policy
from bot.policy.digest import DoesNotAddUp
from storage.inspection import Explained, Tallies, Trace
from storage.records import (
    Evidence,
    EvidenceKind,
    Explanation,
    Request,
    RequestKind,
    RequestState,
    State,
    TimeClass,
)
from tests.policy.test_access_and_workflow import make_task
from tests.policy.test_calendar import HANOI, local

NOW = local("2027-01-15T10:00")
DECEMBER = policy.period(date(2026, 12, 1), date(2026, 12, 31), NOW, HANOI)
OURS, THEIRS = 3, 9
NOVEMBER, EARLY, MIDDLE, LATE, JANUARY = map(
    local, ("2026-11-10T09:00", "2026-12-03T09:00", "2026-12-10T09:00", "2026-12-20T09:00", "2027-01-05T09:00")
)


def trace(action: str, at, state: State | None = None, **values) -> Trace:
    return Trace(1, at, action, state, **values)


def request(kind: RequestKind, at=MIDDLE, state=RequestState.OPEN, **values) -> Request:
    decided = {"decided_at": LATE, "decided_by": 5, "answer": "so be it"} if not state.waits else {}
    return Request(1, 1, kind, 2, at, "because", state, **{**decided, **values})


def work(**changed):
    return make_task(**{"unit_id": OURS, "assigned_at": EARLY, "due_at": LATE, **changed})


# the period


def test_the_period_is_local_days_both_inclusive() -> None:
    assert DECEMBER.since == local("2026-12-01T00:00")
    assert local("2026-12-31T23:59:59") < DECEMBER.until < local("2027-01-01T00:00")


def test_a_period_that_is_not_over_ends_now() -> None:
    found = policy.period(date(2027, 1, 1), date(2027, 12, 31), NOW, HANOI)
    assert (found.until, found.last) == (NOW, date(2027, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [("2026-12-02", "2026-12-01", "order"), ("2027-01-16", "2027-01-31", "future")],
)
def test_a_period_that_makes_no_sense_is_refused(first: str, last: str, reason: str) -> None:
    with pytest.raises(policy.BadPeriod) as refused:
        policy.period(date.fromisoformat(first), date.fromisoformat(last), NOW, HANOI)
    assert refused.value.reason == reason


# which tasks


@pytest.mark.parametrize(
    ("changed", "inside"),
    [
        ({}, True),
        ({"assigned_at": NOVEMBER}, True),  # open at its beginning
        ({"assigned_at": DECEMBER.since}, True),
        ({"assigned_at": DECEMBER.until}, True),
        ({"assigned_at": JANUARY}, False),
        ({"unit_id": THEIRS}, False),
        ({"assigned_at": NOVEMBER, "state": State.COMPLETED, "completed_at": DECEMBER.since}, True),
        ({"assigned_at": NOVEMBER, "state": State.COMPLETED, "completed_at": local("2026-11-30T23:59")}, False),
        ({"assigned_at": NOVEMBER, "state": State.COMPLETED, "completed_at": JANUARY}, True),
        ({"assigned_at": NOVEMBER, "state": State.CANCELLED, "updated_at": MIDDLE}, True),
        ({"assigned_at": NOVEMBER, "state": State.CANCELLED, "updated_at": local("2026-11-30T23:59")}, False),
        ({"assigned_at": NOVEMBER, "updated_at": local("2026-11-30T23:59")}, True),  # quiet, but open
    ],
)
def test_a_task_belongs_when_it_was_open_or_ended_in_the_period(changed, inside: bool) -> None:
    assert policy.belongs(work(**changed), (), {OURS}, DECEMBER) is inside


@pytest.mark.parametrize(
    ("handed_at", "giver", "taker"),
    [
        (MIDDLE, True, True),
        (local("2026-11-20T09:00"), False, True),
        (JANUARY, True, False),
    ],
)
def test_a_task_that_was_given_away_belongs_to_whoever_had_it_in_the_period(handed_at, giver, taker) -> None:
    task = work(unit_id=THEIRS, assigned_at=NOVEMBER)
    traces = [trace("hand_over", handed_at, State.RECEIVED, unit_id=OURS, owner_id=2)]
    assert policy.belongs(task, traces, {OURS}, DECEMBER) is giver
    assert policy.belongs(task, traces, {THEIRS}, DECEMBER) is taker


# as it stood

WORKED = (
    trace("receive", EARLY, State.ASSIGNED),
    trace("submit", MIDDLE, State.RECEIVED),
    trace("return", MIDDLE, State.SUBMITTED),
    trace("submit", LATE, State.RETURNED),
    trace("accept", JANUARY, State.SUBMITTED),
)


@pytest.mark.parametrize(
    ("until", "state", "received", "submitted", "completed", "time_class"),
    [
        (local("2026-12-02T09:00"), State.ASSIGNED, None, None, None, TimeClass.WITHIN),
        (EARLY, State.RECEIVED, EARLY, None, None, TimeClass.WITHIN),
        (MIDDLE, State.RETURNED, EARLY, None, None, TimeClass.WITHIN),
        (local("2026-12-19T09:00"), State.RETURNED, EARLY, None, None, TimeClass.OVERDUE),
        (LATE, State.SUBMITTED, EARLY, LATE, None, TimeClass.OVERDUE),
        (JANUARY, State.COMPLETED, EARLY, LATE, JANUARY, TimeClass.LATE),
    ],
)
def test_a_task_is_taken_back_to_what_it_was(until, state, received, submitted, completed, time_class) -> None:
    done = {"received_at": EARLY, "submitted_at": LATE, "completed_at": JANUARY, "updated_at": JANUARY}
    task = work(state=State.COMPLETED, due_at=local("2026-12-18T17:00"), **done)
    found = policy.as_it_stood(task, WORKED, (), until)
    assert (found.state, found.received_at, found.submitted_at, found.completed_at) == (
        state,
        received,
        submitted,
        completed,
    )
    assert policy.time_class(found, until) is time_class


def test_nothing_is_changed_when_nothing_came_later() -> None:
    task = work(state=State.COMPLETED, completed_at=LATE)
    assert policy.as_it_stood(task, WORKED, (), JANUARY) is task


def test_a_suspended_task_stops_when_it_was_suspended() -> None:
    traces = [
        trace("suspend", MIDDLE, State.RECEIVED),
        trace("urge", LATE),
        trace("resume", JANUARY, State.SUSPENDED),
    ]
    task = work(state=State.IN_PROGRESS, updated_at=JANUARY, due_at=local("2026-12-15T09:00"))
    found = policy.as_it_stood(task, traces, (), DECEMBER.until)
    assert (found.state, found.updated_at) == (State.SUSPENDED, MIDDLE)
    assert policy.time_class(found, DECEMBER.until) is TimeClass.WITHIN


def test_a_later_hand_over_gives_owner_unit_and_state_back() -> None:
    traces = [
        trace("receive", EARLY, State.ASSIGNED),
        trace("hand_over", JANUARY, State.RECEIVED, unit_id=OURS, owner_id=2),
        trace("hand_over", NOW, State.ASSIGNED, unit_id=THEIRS, owner_id=7),
    ]
    found = policy.as_it_stood(work(unit_id=5, owner_id=8), traces, (), DECEMBER.until)
    assert (found.unit_id, found.owner_id, found.state, found.received_at) == (OURS, 2, State.RECEIVED, EARLY)


def test_an_earlier_hand_over_made_the_new_owner_receive_anew() -> None:
    traces = [
        trace("receive", EARLY, State.ASSIGNED),
        trace("hand_over", MIDDLE, State.RECEIVED, unit_id=OURS, owner_id=2),
        trace("receive", JANUARY, State.ASSIGNED),
    ]
    found = policy.as_it_stood(work(state=State.RECEIVED, received_at=JANUARY), traces, (), DECEMBER.until)
    assert (found.state, found.received_at) == (State.ASSIGNED, None)


@pytest.mark.parametrize(
    ("state", "due"), [(RequestState.APPROVED, MIDDLE), (RequestState.REFUSED, NOW), (RequestState.OPEN, NOW)]
)
def test_a_deadline_that_was_moved_later_is_the_one_that_was_in_force(state: RequestState, due) -> None:
    decided = {"decided_at": JANUARY} if not state.waits else {}
    first = request(RequestKind.EXTENSION, LATE, state, old_due_at=MIDDLE, new_due_at=JANUARY, **decided)
    found = policy.as_it_stood(work(due_at=NOW), (), [first], DECEMBER.until)
    assert found.due_at == due


def test_a_request_that_was_decided_later_was_waiting() -> None:
    asked = request(RequestKind.BLOCKED, MIDDLE, RequestState.APPROVED)
    assert policy.request_as_it_stood(asked, LATE) is asked
    before = policy.request_as_it_stood(asked, MIDDLE)
    assert before is not None
    assert (before.state, before.decided_by, before.decided_at, before.answer) == (RequestState.OPEN, None, None, "")
    assert policy.request_as_it_stood(asked, EARLY) is None


@pytest.mark.parametrize(
    ("until", "asked", "text", "late"),
    [
        (EARLY, None, None, None),
        (MIDDLE, True, "", False),
        (local("2026-12-12T17:00"), True, "", False),  # the last moment
        (local("2026-12-15T00:00"), True, "", True),  # its time is over
        (LATE, True, "The server was down", True),  # given, but too late
    ],
)
def test_an_explanation_is_what_had_been_asked_and_given(until, asked, text, late) -> None:
    stored = Explanation(1, 2, EARLY, local("2026-12-12T17:00"), "The server was down", LATE)
    traces = [trace("ask_reason", MIDDLE, member_id=2, due_at=EARLY)]
    found = policy.explanation_as_it_stood(stored, traces, until)
    if asked is None:
        assert found is None
        return
    assert found is not None
    assert (found.asked_at, found.explanation.text, found.late) == (MIDDLE, text, late)


def test_an_explanation_of_another_deadline_says_nothing_about_when_this_one_was_asked_for() -> None:
    stored = Explanation(1, 2, EARLY, None, "Unasked", MIDDLE)
    traces = [trace("ask_reason", MIDDLE, member_id=2, due_at=LATE)]
    assert policy.explanation_as_it_stood(stored, traces, LATE) == Explained(stored, None, late=False)


# figures

ENDED = {"submitted_at": MIDDLE, "completed_at": LATE, "state": State.COMPLETED}
CASES = {
    "on_time": work(**ENDED),
    "late": work(**ENDED, due_at=EARLY),
    "within": work(due_at=JANUARY),
    "overdue": work(due_at=MIDDLE),
    "no_deadline": work(due_at=None),
    "cancelled": work(due_at=MIDDLE, state=State.CANCELLED),
}


@pytest.mark.parametrize("name", CASES)
def test_each_class_counts_its_tasks_and_no_others(name: str) -> None:
    found = asdict(policy.classify([CASES[name]] * 2, DECEMBER.until))
    assert found == {**dict.fromkeys(found, 0), "total": 2, name: 2}


@pytest.mark.parametrize(("state", "name"), [(State.SUSPENDED, "suspended"), (State.RETURNED, "returned")])
def test_what_is_contained_in_the_classes_is_counted_beside_them(state: State, name: str) -> None:
    waiting = work(state=state, due_at=JANUARY, updated_at=MIDDLE)
    found = asdict(policy.classify([waiting, CASES["within"]], DECEMBER.until))
    assert found == {**dict.fromkeys(found, 0), "total": 2, "within": 2, name: 1}


@given(st.lists(st.sampled_from(sorted(CASES))))
def test_the_classes_always_add_up(names: list[str]) -> None:
    found = policy.classify([CASES[name] for name in names], DECEMBER.until)
    for name in CASES:
        assert getattr(found, name) == names.count(name)


def test_classes_that_do_not_add_up_are_never_shown() -> None:
    found = policy.classify(list(CASES.values()), DECEMBER.until)
    for name in CASES:
        with pytest.raises(DoesNotAddUp):
            policy.check(replace(found, **{name: 2}))


GIVEN = Explained(Explanation(1, 2, EARLY, LATE, "x", MIDDLE), EARLY, late=False)
PIECE = Evidence(1, 1, 2, MIDDLE, EvidenceKind.LINK)
APPROVED, REFUSED = RequestState.APPROVED, RequestState.REFUSED


@pytest.mark.parametrize(
    ("facts", "counted"),
    [
        ({"asked": [request(RequestKind.EXTENSION)]}, {"extensions": 1}),
        ({"asked": [request(RequestKind.EXTENSION, state=REFUSED)]}, {"extensions": 1}),
        ({"asked": [request(RequestKind.EXTENSION, state=APPROVED)]}, {"extensions": 1, "extensions_granted": 1}),
        ({"asked": [request(RequestKind.HANDOVER)]}, {}),
        ({"asked": [request(RequestKind.HANDOVER, state=REFUSED)]}, {}),
        ({"asked": [request(RequestKind.HANDOVER, state=APPROVED)]}, {"hands": 1}),
        ({"asked": [request(RequestKind.DECLINE)]}, {"declined": 1}),
        ({"asked": [request(RequestKind.BLOCKED)]}, {"obstacles": 1, "obstacles_open": 1}),
        ({"asked": [request(RequestKind.BLOCKED, state=APPROVED)]}, {"obstacles": 1, "obstacles_decided": 1}),
        ({"asked": [request(RequestKind.BLOCKED, state=REFUSED)]}, {"obstacles": 1, "obstacles_decided": 1}),
        ({"asked": [request(RequestKind.BLOCKED, state=RequestState.WITHDRAWN)]}, {"obstacles": 1}),
        ({"asked": [request(RequestKind.CAUSE)]}, {"causes": 1}),
        ({"asked": [request(RequestKind.CAUSE, state=APPROVED)]}, {"causes": 1, "causes_confirmed": 1}),
        ({"traces": [trace("urge", MIDDLE), trace("urge", LATE)]}, {"urgings": 2}),
        ({"traces": [trace("return", MIDDLE), trace("submit", LATE)]}, {"sent_back": 1}),
        ({"explained": [GIVEN]}, {"explanations_due": 1, "explanations_given": 1}),
        ({"explained": [replace(GIVEN, late=True)]}, dict.fromkeys(
            ("explanations_due", "explanations_given", "explanations_late"), 1)),
        ({"explained": [Explained(Explanation(1, 2, EARLY, LATE), EARLY, late=False)]}, {"explanations_due": 1}),
        ({"explained": [Explained(Explanation(1, 2, EARLY, None, "x", MIDDLE), None, late=False)]},
         {"explanations_given": 1}),
        ({"evidence": [PIECE, PIECE, PIECE]}, {"evidence": 3}),
    ],
)  # fmt: skip
def test_each_thing_that_happened_is_counted_under_its_name(facts, counted) -> None:
    everything = {"asked": [], "traces": [], "explained": [], "evidence": [], **facts}
    nothing = dict.fromkeys(asdict(policy.tally([], [], [], [])), 0)
    assert asdict(policy.tally(**everything)) == {**nothing, **counted}
    assert asdict(policy.tally(**everything, since=EARLY)) == {**nothing, **counted}
    assert policy.tally(**everything, since=JANUARY) == Tallies(**nothing)


def test_what_was_asked_before_the_period_and_decided_in_it_counts_as_decided_in_it() -> None:
    asked = [request(kind, EARLY, APPROVED) for kind in (RequestKind.EXTENSION, RequestKind.BLOCKED, RequestKind.CAUSE)]
    found = policy.tally(asked, [], [], [], since=MIDDLE)
    assert (found.extensions, found.extensions_granted) == (0, 1)
    assert (found.obstacles, found.obstacles_decided) == (0, 1)
    assert (found.causes, found.causes_confirmed) == (0, 1)

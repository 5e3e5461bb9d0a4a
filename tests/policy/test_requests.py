"""What may be asked, when it is late, and who decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.policy import requests as policy
from storage.records import Request, RequestKind, RequestState, Role, State
from tests.policy.test_access_and_workflow import NOW, OTHER, OWNER, actor, make_task
from tests.policy.test_calendar import HANOI, local

DUE = NOW + timedelta(days=5)
TASK = make_task(due_at=DUE)
HEIR = 77


def asked(kind: RequestKind = RequestKind.EXTENSION, state: RequestState = RequestState.OPEN, **changed) -> Request:
    return replace(Request(1, 1, kind, OWNER, NOW, "why", state), **changed)


OVERDUE = replace(TASK, due_at=NOW - timedelta(days=9))
PENDING = asked(RequestKind.HANDOVER, RequestState.CONSENT)


@pytest.mark.parametrize(
    ("task", "kind", "before", "given", "reason"),
    [
        (TASK, RequestKind.EXTENSION, [], {"new_due": DUE + timedelta(days=1)}, None),
        (TASK, RequestKind.EXTENSION, [], {"new_due": DUE}, "request.not_later"),
        (TASK, RequestKind.EXTENSION, [], {}, "request.not_later"),
        (replace(TASK, due_at=None), RequestKind.EXTENSION, [], {"new_due": DUE}, "request.no_deadline"),
        (OVERDUE, RequestKind.EXTENSION, [], {"new_due": NOW}, "request.not_later"),
        (replace(TASK, state=State.SUBMITTED), RequestKind.EXTENSION, [], {"new_due": DUE}, "not_now.submitted"),
        (replace(TASK, state=State.COMPLETED), RequestKind.BLOCKED, [], {}, "not_now.completed"),
        (TASK, RequestKind.BLOCKED, [], {}, None),
        (TASK, RequestKind.BLOCKED, [asked(RequestKind.BLOCKED)], {}, "request.waits"),
        (TASK, RequestKind.BLOCKED, [asked(RequestKind.BLOCKED, RequestState.REFUSED)], {}, None),
        (TASK, RequestKind.BLOCKED, [asked(RequestKind.EXTENSION)], {}, None),
        (TASK, RequestKind.HANDOVER, [], {"new_owner_id": HEIR}, None),
        (TASK, RequestKind.HANDOVER, [], {"new_owner_id": OWNER}, "request.same_owner"),
        (TASK, RequestKind.HANDOVER, [PENDING], {"new_owner_id": HEIR}, "request.waits"),
        (TASK, RequestKind.DECLINE, [], {}, None),
        (TASK, RequestKind.DECLINE, [asked(RequestKind.DECLINE)], {}, "request.waits"),
        (replace(TASK, state=State.IN_PROGRESS), RequestKind.DECLINE, [], {}, "request.begun"),
        (replace(TASK, state=State.SUBMITTED), RequestKind.DECLINE, [], {}, "not_now.submitted"),
        (TASK, RequestKind.CAUSE, [], {}, "request.not_late"),
        (OVERDUE, RequestKind.CAUSE, [], {}, None),
        (replace(OVERDUE, state=State.COMPLETED, submitted_at=NOW), RequestKind.CAUSE, [], {}, None),
        (replace(OVERDUE, state=State.CANCELLED), RequestKind.CAUSE, [], {}, "request.not_late"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_its_reason(task, kind, before, given, reason) -> None:
    assert policy.problem(task, kind, before, NOW, given.get("new_due"), given.get("new_owner_id")) == reason


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2026-12-15T17:00", False),  # the deadline is Wednesday the 16th
        ("2026-12-16T00:01", True),
        ("2026-12-18T09:00", True),
    ],
)
def test_an_extension_is_late_when_less_than_a_working_day_is_left(now, late) -> None:
    assert policy.asked_late(local(now), local("2026-12-16T17:00"), HANOI) is late


def test_the_notice_is_a_rule_of_the_unit() -> None:
    wednesday = local("2026-12-16T17:00")
    assert policy.asked_late(local("2026-12-14T10:00"), wednesday, HANOI, 3)
    assert not policy.asked_late(local("2026-12-11T10:00"), wednesday, HANOI, 3)
    assert not policy.asked_late(local("2026-12-16T10:00"), wednesday, HANOI, 0)


def test_a_request_on_friday_for_monday_is_in_time_and_on_sunday_is_late() -> None:
    monday = local("2026-12-14T17:00")
    assert not policy.asked_late(local("2026-12-11T16:00"), monday, HANOI)
    assert policy.asked_late(local("2026-12-13T12:00"), monday, HANOI)


def test_every_extension_after_the_first_granted_one_goes_a_level_up() -> None:
    granted, refused = asked(state=RequestState.APPROVED), asked(state=RequestState.REFUSED)
    assert policy.level(RequestKind.EXTENSION, []) == 1
    assert policy.level(RequestKind.EXTENSION, [refused]) == 1
    assert policy.level(RequestKind.EXTENSION, [granted]) == 2
    assert policy.level(RequestKind.BLOCKED, [granted]) == 1


def test_a_cause_is_confirmed_one_level_up_because_it_excuses_the_unit_too() -> None:
    assert policy.level(RequestKind.CAUSE, []) == 2


def test_only_the_assigner_releases_whoever_declines_and_without_one_the_head() -> None:
    declined = asked(RequestKind.DECLINE)
    head, assigner = actor(OTHER, (Role.HEAD, 3)), actor(78)
    assert policy.may_decide(assigner, declined, TASK, ABOVE, releaser=78)
    assert not policy.may_decide(head, declined, TASK, ABOVE, releaser=78)
    assert policy.may_decide(head, declined, TASK, ABOVE)
    assert not policy.may_decide(actor(OWNER, (Role.HEAD, 3)), declined, TASK, ABOVE)


ABOVE = (2, 1)  # the units over unit 3


@pytest.mark.parametrize(
    ("who", "request_", "may"),
    [
        (actor(OTHER, (Role.HEAD, 3)), asked(), True),
        (actor(OTHER, (Role.LEADER, None)), asked(), True),
        (actor(OTHER, (Role.HEAD, 4)), asked(), False),
        (actor(OTHER), asked(), False),
        (actor(OTHER, (Role.AUDITOR, None)), asked(), False),
        (actor(OTHER, (Role.ADMINISTRATOR, None)), asked(), False),
        (actor(OTHER, (Role.TRACKER, None)), asked(), False),
        (actor(OWNER, (Role.HEAD, 3)), asked(), False),  # nobody decides on their own request
        (actor(OWNER, (Role.LEADER, None)), asked(), False),
        (actor(HEIR, (Role.HEAD, 3)), asked(RequestKind.HANDOVER, new_owner_id=HEIR), False),
        (actor(OTHER, (Role.HEAD, 3), stands_for=OWNER), asked(), False),  # a substitute no more than the owner
        (actor(OTHER, (Role.LEADER, None), stands_for=OWNER), asked(level=2), False),
        (actor(OTHER, (Role.HEAD, 3)), asked(level=2), False),
        (actor(OTHER, (Role.HEAD, 2)), asked(level=2), True),
        (actor(OTHER, (Role.LEADER, 3)), asked(level=2), True),
        (actor(OTHER, (Role.HEAD, 3)), asked(RequestKind.HANDOVER, RequestState.CONSENT), False),
        (actor(OTHER, (Role.HEAD, 3)), asked(state=RequestState.APPROVED), False),
    ],
)
def test_who_decides(who, request_, may) -> None:
    assert policy.may_decide(who, request_, TASK, ABOVE) is may


def test_the_assigner_decides_at_the_first_level_only() -> None:
    task = replace(TASK, assigner_id=OTHER)
    assert policy.may_decide(actor(OTHER), asked(), task, ABOVE)
    assert not policy.may_decide(actor(OTHER), asked(level=2), task, ABOVE)


def test_only_the_new_owner_consents() -> None:
    waiting = asked(RequestKind.HANDOVER, RequestState.CONSENT, new_owner_id=HEIR)
    assert policy.may_consent(actor(HEIR), waiting)
    assert not policy.may_consent(actor(OTHER, (Role.LEADER, None)), waiting)
    assert not policy.may_consent(actor(HEIR), replace(waiting, state=RequestState.OPEN))


def test_a_task_that_would_return_to_an_earlier_owner_is_noticed() -> None:
    first = asked(RequestKind.HANDOVER, RequestState.APPROVED, old_owner_id=1, new_owner_id=2)
    assert policy.comes_back([first], 1)
    assert not policy.comes_back([first], 3)
    assert not policy.comes_back([replace(first, state=RequestState.REFUSED)], 1)

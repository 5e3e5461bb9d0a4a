"""What belongs into an inspection pack and what is counted in it, as things stood at the cut-off.

A pack about a period that is over must not depend on what happened later: states, owners, units and deadlines are
taken back to what they were, by the lines of history that changed them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.digest import DoesNotAddUp
from bot.policy.requests import approved
from bot.policy.workflow import time_class
from storage.inspection import Classes, Explained, Period, Tallies, Trace
from storage.records import (
    Action,
    Evidence,
    Explanation,
    Request,
    RequestKind,
    RequestState,
    State,
    Task,
    TimeClass,
)

ASK_REASON, HAND_OVER = "ask_reason", "hand_over"
BEGINNING = (Action.RECEIVE, Action.REPORT, Action.SUBMIT)  # any of them says that the owner has the task
# The lines of history that figures are made from.
TRACED = (
    *(action.value for action in BEGINNING),
    Action.WITHDRAW.value,
    Action.ACCEPT.value,
    Action.RETURN.value,
    Action.SUSPEND.value,
    Action.RESUME.value,
    Action.DROP.value,
    Action.URGE.value,
    Action.SNOOZE.value,
    HAND_OVER,
    ASK_REASON,
)
UNMOVING = (Action.URGE, Action.SNOOZE, ASK_REASON)  # of these, what leaves the state as it is
LAST_MOMENT = timedelta(microseconds=1)  # before the next day begins


class BadPeriod(ValueError):
    """No pack can be made of such a period; `reason` is "order" or "future"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def period(first: date, last: date, now: datetime, calendar: WorkCalendar) -> Period:
    """The period of these local days, as far as it has passed. Raises BadPeriod."""
    if first > last:
        raise BadPeriod("order")
    since, end = calendar.at(first, time()), calendar.at(last + timedelta(days=1), time())
    if since > now:
        raise BadPeriod("future")
    return Period(first, last, since, min(now, end - LAST_MOMENT))


def ended_at(task: Task) -> datetime | None:
    """When the task was completed or cancelled; None while it is open."""
    if task.state.open:
        return None
    return task.completed_at if task.state is State.COMPLETED else task.updated_at


def belongs(task: Task, traces: Iterable[Trace], unit_ids: Collection[int], during: Period) -> bool:
    """Whether the task was open, or was assigned or ended, in the period while it was a task of one of the units.

    A task that one of these units gave to another unit in the period belongs to the pack of both.
    """
    ended = ended_at(task)
    if ended is not None and ended < during.since:
        return False
    start = task.assigned_at
    for handed in (one for one in traces if one.action == HAND_OVER):
        whose_it_was = handed.unit_id is None or handed.unit_id in unit_ids  # erased: better in than out of sight
        if whose_it_was and start <= during.until and handed.at >= during.since:
            return True
        start = handed.at
    return task.unit_id in unit_ids and start <= during.until


def as_it_stood(task: Task, traces: Sequence[Trace], asked: Iterable[Request], until: datetime) -> Task:
    """The task as it stood at the cut-off. `traces`: the lines about it, oldest first."""
    later = [one for one in traces if one.at > until]
    moved = next((one.state for one in later if one.state is not None), None)
    handed = next((one for one in later if one.action == HAND_OVER), None)
    granted = [one for one in approved(asked, RequestKind.EXTENSION) if one.decided_at and one.decided_at > until]
    if handed is not None:
        task = replace(task, owner_id=handed.owner_id or task.owner_id, unit_id=handed.unit_id or task.unit_id)
    if granted:
        task = replace(task, due_at=min(granted, key=lambda one: one.decided_at or until).old_due_at)
    return task if moved is None else _replayed(task, moved, [one for one in traces if one.at <= until])


def _replayed(task: Task, state: State, earlier: Iterable[Trace]) -> Task:
    """The task with the instants that its earlier lines gave it: those of the record were written later."""
    received = submitted = moved = None
    for one in earlier:
        if one.action == HAND_OVER:
            received = None
        elif one.action in BEGINNING:
            received = received or one.at
        if one.action == Action.SUBMIT:
            submitted = one.at
        elif one.action in (Action.WITHDRAW, Action.RETURN):
            submitted = None
        if one.action not in UNMOVING:
            moved = one.at
    completed = moved if state is State.COMPLETED else None
    return replace(
        task, state=state, received_at=received, submitted_at=submitted, completed_at=completed, updated_at=moved
    )


def request_as_it_stood(request: Request, until: datetime) -> Request | None:
    """The request as it stood at the cut-off; None when nobody had asked yet."""
    if request.at > until:
        return None
    if request.decided_at is None or request.decided_at <= until:
        return request
    return replace(request, state=RequestState.OPEN, decided_by=None, decided_at=None, answer="", delay_days=0)


def explanation_as_it_stood(found: Explanation, traces: Iterable[Trace], until: datetime) -> Explained | None:
    """The explanation as it stood at the cut-off; None when it was neither asked for nor given."""
    key = (found.task_id, found.member_id, found.due_at)
    asked = next(
        (one.at for one in traces if one.action == ASK_REASON and (one.task_id, one.member_id, one.due_at) == key), None
    )
    given = found if found.at is not None and found.at <= until else replace(found, text="", at=None)
    if given.at is None and (asked is None or asked > until):
        return None
    late = given.answer_by is not None and (given.at or until) > given.answer_by
    return Explained(given, asked, late)


def classify(tasks: Collection[Task], until: datetime) -> Classes:
    """The classes of tasks as they stood at the cut-off. Raises DoesNotAddUp rather than return wrong figures."""
    found = [time_class(task, until) for task in tasks if task.state is not State.CANCELLED]
    classes = Classes(
        total=len(tasks),
        on_time=found.count(TimeClass.ON_TIME),
        late=found.count(TimeClass.LATE),
        within=found.count(TimeClass.WITHIN),
        overdue=found.count(TimeClass.OVERDUE),
        no_deadline=found.count(TimeClass.NO_DEADLINE),
        cancelled=sum(task.state is State.CANCELLED for task in tasks),
        suspended=sum(task.state is State.SUSPENDED for task in tasks),
        returned=sum(task.state is State.RETURNED for task in tasks),
    )
    return check(classes)


def check(found: Classes) -> Classes:
    """The same classes, proved: the six exclusive ones add up to the total."""
    parts = (found.on_time, found.late, found.within, found.overdue, found.no_deadline, found.cancelled)
    if sum(parts) != found.total:
        raise DoesNotAddUp("", parts, found.total)
    return found


def tally(
    asked: Collection[Request],
    traces: Iterable[Trace],
    explained: Collection[Explained],
    evidence: Iterable[Evidence],
    since: datetime | None = None,
) -> Tallies:
    """How often what happened, from an instant on. Everything is as it stood at the cut-off."""

    def new(at: datetime | None) -> bool:
        return at is not None and (since is None or at >= since)

    def of(kind: RequestKind) -> list[Request]:
        return [one for one in asked if one.kind is kind and new(one.at)]

    def granted(kind: RequestKind) -> int:
        return sum(new(one.decided_at) for one in approved(asked, kind))

    done = [one.action for one in traces if new(one.at)]
    settled = (RequestState.APPROVED, RequestState.REFUSED)
    blocked = [one for one in asked if one.kind is RequestKind.BLOCKED]
    return Tallies(
        extensions=len(of(RequestKind.EXTENSION)),
        extensions_granted=granted(RequestKind.EXTENSION),
        hands=granted(RequestKind.HANDOVER),
        declined=len(of(RequestKind.DECLINE)),
        obstacles=len(of(RequestKind.BLOCKED)),
        obstacles_open=sum(one.state.waits for one in of(RequestKind.BLOCKED)),
        obstacles_decided=sum(one.state in settled and new(one.decided_at) for one in blocked),
        urgings=done.count(Action.URGE),
        sent_back=done.count(Action.RETURN),
        explanations_due=sum(one.explanation.answer_by is not None and new(one.asked_at) for one in explained),
        explanations_given=sum(new(one.explanation.at) for one in explained),
        explanations_late=sum(one.late and new(one.explanation.answer_by) for one in explained),
        evidence=sum(new(one.at) for one in evidence),
        causes=len(of(RequestKind.CAUSE)),
        causes_confirmed=granted(RequestKind.CAUSE),
    )

"""The workflow of a task: which moves exist, what they change, where a task stands against its deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from bot.policy.access import Actor, may
from bot.policy.calendar import WorkCalendar
from storage.records import Action, State, Task, TimeClass

NOT_BEGUN = (State.ASSIGNED, State.RECEIVED)
WORKED_ON = (State.ASSIGNED, State.RECEIVED, State.IN_PROGRESS, State.RETURNED)
MOVES: dict[tuple[State, Action], State] = {
    (State.ASSIGNED, Action.RECEIVE): State.RECEIVED,
    (State.ASSIGNED, Action.REPORT): State.IN_PROGRESS,
    (State.ASSIGNED, Action.SUBMIT): State.SUBMITTED,
    (State.RECEIVED, Action.REPORT): State.IN_PROGRESS,
    (State.RECEIVED, Action.SUBMIT): State.SUBMITTED,
    (State.IN_PROGRESS, Action.REPORT): State.IN_PROGRESS,
    (State.IN_PROGRESS, Action.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Action.RECEIVE): State.IN_PROGRESS,
    (State.RETURNED, Action.REPORT): State.IN_PROGRESS,
    (State.RETURNED, Action.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Action.WITHDRAW): State.IN_PROGRESS,
    (State.SUBMITTED, Action.ACCEPT): State.COMPLETED,
    (State.SUBMITTED, Action.RETURN): State.RETURNED,
    (State.SUSPENDED, Action.RESUME): State.IN_PROGRESS,
    **{(state, Action.SUSPEND): State.SUSPENDED for state in WORKED_ON},
    **{(state, Action.DROP): State.CANCELLED for state in (*WORKED_ON, State.SUBMITTED, State.SUSPENDED)},
}


def misfit(task: Task, action: Action, now: datetime) -> str | None:
    """Why the action makes no sense now, as a reason of the catalogues; None when it fits."""
    if fits(task, action, now):
        return None
    if action in (Action.CLAIM, Action.EXPLAIN, Action.ACKNOWLEDGE) and not is_late(task, now):
        return "request.not_late"
    if waits_for_owner(task):
        special = {
            Action.EXTEND: "request.no_deadline",
            Action.DECLINE: "request.begun",
            Action.SNOOZE: "snooze.late",
        }
        if action in special:
            return special[action]
        if action in (Action.ACCEPT, Action.RETURN, Action.WITHDRAW):
            return "not_submitted"
    if action is Action.RESUME and task.state.open:
        return "not_suspended"
    return f"not_now.{task.state}"


def move(state: State, action: Action) -> State | None:
    """The state after the action; None when the action does not fit the state."""
    return MOVES.get((state, action))


def changes(
    task: Task, action: Action, now: datetime, percent: int | None = None, by: int | None = None
) -> dict[str, Any] | None:
    """The columns that an action of the member `by` changes; None when it does not fit the state of the task.

    The submission that counts is the one that is finally accepted (R9): a return forgets it.
    """
    state = move(task.state, action)
    if state is None:
        return None
    values: dict[str, Any] = {"state": state.value, "updated_at": now}
    if task.received_at is None and action in (Action.RECEIVE, Action.REPORT, Action.SUBMIT):
        values["received_at"] = now
    if action is Action.REPORT and percent is not None:
        values["percent"] = percent
    if action is Action.SUBMIT:
        values |= {"submitted_at": now, "submitted_by": by, "percent": 100}
    if action in (Action.WITHDRAW, Action.RETURN):
        values |= {"submitted_at": None, "submitted_by": None}
    if action in (Action.WITHDRAW, Action.RETURN, Action.RESUME):
        values["planned_from"] = now  # the steps that passed meanwhile are past: the news itself reminds
    if action is Action.ACCEPT:
        values["completed_at"] = now
    return values


def offered(actor: Actor, task: Task, now: datetime) -> frozenset[Action]:
    """What the actor can do to the task now: allowed, and fitting its state."""
    return frozenset(action for action in _fitting(_stand(task, now)) if may(actor, action, task))


def fits(task: Task, action: Action, now: datetime) -> bool:
    """Whether the action makes sense in the state in which the task is."""
    return action in _fitting(_stand(task, now))


def waits_for_owner(task: Task) -> bool:
    """Whether the owner still has to act: only then reminders go out."""
    return task.state in WORKED_ON


def time_class(task: Task, now: datetime) -> TimeClass:
    """Where the task stands.

    A submitted task is judged at its submission, a suspended one at its suspension: waiting for the head is no delay.
    """
    if task.due_at is None:
        return TimeClass.NO_DEADLINE
    delivered = stopped_at(task)
    if task.state is State.COMPLETED:
        return TimeClass.ON_TIME if (delivered or task.completed_at or now) <= task.due_at else TimeClass.LATE
    return TimeClass.WITHIN if (delivered or now) <= task.due_at else TimeClass.OVERDUE


def is_late(task: Task, now: datetime) -> bool:
    """Whether the task has missed its deadline, finished or not."""
    return task.state is not State.CANCELLED and time_class(task, now) in (TimeClass.OVERDUE, TimeClass.LATE)


def stopped_at(task: Task) -> datetime | None:
    """When the clock of the owner stopped: at the submission, or while the task is suspended."""
    return task.updated_at if task.state is State.SUSPENDED else task.submitted_at


def days_late(task: Task, now: datetime, calendar: WorkCalendar) -> int:
    """Working days from the deadline to the submission, suspension, or now; 0 when the task is not late."""
    if task.due_at is None:
        return 0
    end = stopped_at(task) or task.completed_at or now
    if end <= task.due_at:
        return 0
    first, last = calendar.local(task.due_at).date(), calendar.local(end).date()
    return max(1, calendar.working_days_after(first, last))


class Stand(NamedTuple):
    """All that decides which actions fit a task: its state, whether it has a deadline, whether it missed it."""

    state: State
    dated: bool
    late: bool

    @property
    def waits(self) -> bool:
        """Whether the owner still has to act."""
        return self.state in WORKED_ON


# What is done to a task without moving it to another state.
_FITS: dict[Action, Callable[[Stand], bool]] = {
    Action.VIEW: lambda _: True,
    Action.EXTEND: lambda at: at.waits and at.dated,
    Action.BLOCK: lambda at: at.waits,
    Action.HAND_OVER: lambda at: at.waits,
    Action.REASSIGN: lambda at: at.waits,
    Action.URGE: lambda at: at.waits,
    # Before the work has begun; later there are obstacles and hand-overs.
    Action.DECLINE: lambda at: at.state in NOT_BEGUN,
    Action.CLAIM: lambda at: at.late,
    Action.EXPLAIN: lambda at: at.late,
    Action.ACKNOWLEDGE: lambda at: at.waits and at.late,
    Action.SNOOZE: lambda at: at.waits and not at.late,
    # Also while it waits for the judge; what was judged stays as it was judged.
    Action.ATTACH: lambda at: at.state.open,
    Action.LADDER: lambda at: at.waits,
    Action.URGENT: lambda at: at.waits,
    Action.CONTRIBUTE: lambda at: at.waits or at.state is State.SUBMITTED,
}


def _stand(task: Task, now: datetime) -> Stand:
    return Stand(task.state, task.due_at is not None, is_late(task, now))


@cache
def _fitting(at: Stand) -> tuple[Action, ...]:
    """All that fits, worked out once for each stand: every card asks for it."""
    return tuple(
        action for action in Action if (_FITS[action](at) if action in _FITS else move(at.state, action) is not None)
    )

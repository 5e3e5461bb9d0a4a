"""Ask again at the door: a queued letter is a plan, not a promise."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.policy.updates import last_news
from bot.policy.workflow import waits_for_owner
from storage.notices import (
    ASK_RECEIPT,
    ASK_UPDATE,
    SNOOZED,
    UNRECEIVED,
    AbsenceNews,
    ChatBinding,
    ChatLost,
    Notice,
    PostExpired,
    PostHeld,
    PressesLost,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Step,
    Summary,
    SumsWrong,
    TaskNews,
    Undelivered,
    Unreachables,
)
from storage.records import Member, RecurrenceCard, RequestCard, RequestState, State, Task

ASKED = {
    "consent": RequestState.CONSENT,
    "asked": RequestState.OPEN,
    "approved": RequestState.APPROVED,
    "refused": RequestState.REFUSED,
    "moved": RequestState.APPROVED,
    "given": RequestState.APPROVED,
}
EXPECTED = {
    "submitted": (State.SUBMITTED,),
    "completed": (State.COMPLETED,),
    "returned": (State.RETURNED,),
    "suspended": (State.SUSPENDED,),
    "resumed": (State.IN_PROGRESS,),
    "cancelled": (State.CANCELLED,),
}


def still_true(
    notice: Notice,
    tasks: dict[int, Task],
    reader: Member | None,
    may_view: Callable[[Task], bool],
    request: RequestCard | None = None,
    stands_for: Collection[int] = (),
    away: Collection[int] = (),
    lasts: bool | None = None,
    recurrence: RecurrenceCard | None = None,
) -> Notice | None:
    """The part of a notice that still holds and that the reader may still see; None when nothing is left.

    `request` is the one a RequestNews speaks about and `recurrence` that of a RecurrenceNews, if the reader may see
    them; `lasts` whether the absence of an AbsenceNews goes on. `stands_for`: whose substitute the reader is now;
    `away`: who is away now.
    """
    if isinstance(notice, RecurrenceNews):
        return notice if recurrence is not None else None
    if isinstance(notice, AbsenceNews):
        return notice if lasts is not None and lasts is not (notice.event == "over") else None
    if isinstance(notice, RequestNews):
        return notice if request is not None and request.request.state is ASKED[notice.event] else None
    if isinstance(notice, Reminders):
        steps = tuple(step for step in notice.steps if reminds(step, tasks.get(step.task_id), may_view, away))
        return replace(notice, steps=steps) if steps else None
    if isinstance(notice, TaskNews):
        return notice if is_news(notice, tasks.get(notice.task_id), reader, may_view, stands_for) else None
    if isinstance(notice, Undelivered):
        missed = tuple(entry for entry in notice.missed if _concerns(tasks.get(entry.task_id), entry.task_id, may_view))
        return replace(notice, missed=missed) if missed else None
    if isinstance(notice, Unreachables):
        return notice if notice.member_ids else None
    if isinstance(notice, Summary | ChatBinding | ChatLost | SumsWrong | PostHeld | PostExpired | PressesLost):
        return notice
    return None


def _concerns(task: Task | None, task_id: int, may_view: Callable[[Task], bool]) -> bool:
    """Whether somebody should still hear that word of a task did not arrive; 0: which one could not be read."""
    return not task_id or (task is not None and task.state.open and may_view(task))


def reminds(step: Step, task: Task | None, may_view: Callable[[Task], bool], away: Collection[int]) -> bool:
    """Whether a reminder step still has something to say to somebody who may see its task."""
    if task is None or not waits_for_owner(task):
        return False
    if not may_view(task):
        return False
    counted_from = datetime.fromisoformat(step.due)
    if step.name in (ASK_RECEIPT, UNRECEIVED):
        return task.state is State.ASSIGNED and task.owner_id not in away
    if step.name == ASK_UPDATE:  # counted from the last news, or from the end of an absence after them
        return last_news(task) <= counted_from and task.owner_id not in away
    if step.name.startswith(SNOOZED):
        return True
    return task.due_at == counted_from


def is_news(
    notice: TaskNews,
    task: Task | None,
    reader: Member | None,
    may_view: Callable[[Task], bool],
    stands_for: Collection[int],
) -> bool:
    """Whether news of a task still hold for their reader."""
    if task is None or reader is None or not may_view(task):
        return False
    concerns = task.owner_id == reader.id or task.owner_id in stands_for
    if notice.event == "assigned":
        return concerns and task.state.open
    if notice.event == "explained":
        return True
    if notice.event == "urgent":
        return concerns and task.urgent and waits_for_owner(task)
    if notice.event in ("many_hands", "urged_often", "contributed"):
        return task.state.open
    if notice.event == "urged":
        return concerns and waits_for_owner(task)
    return task.state in EXPECTED.get(notice.event, ())

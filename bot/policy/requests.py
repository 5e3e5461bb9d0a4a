"""Asking for more time, for help, or for somebody else: what may be asked, who decides, when it is late.

Nobody decides on their own request, and a second extension goes one level up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.policy.access import Actor
from bot.policy.calendar import WorkCalendar
from bot.policy.rules import DEFAULT
from bot.policy.workflow import misfit
from storage.records import Action, Request, RequestKind, RequestState, Role, Task

ASKED_BY = {
    RequestKind.EXTENSION: Action.EXTEND,
    RequestKind.BLOCKED: Action.BLOCK,
    RequestKind.HANDOVER: Action.HAND_OVER,
    RequestKind.DECLINE: Action.DECLINE,
    RequestKind.CAUSE: Action.CLAIM,
}
# What an owner who hands a task over, or finishes it, has nothing left to ask for. The cause of a delay stays open.
ABOUT_THE_WORK = (RequestKind.EXTENSION, RequestKind.BLOCKED, RequestKind.HANDOVER, RequestKind.DECLINE)
MANY_HANDS = 2  # from this hand-over on the unit head is told (R11)


def obstacle(task: Task, kind: RequestKind, before: Iterable[Request], now: datetime) -> str | None:
    """Why nothing of this kind can be asked now, as a reason of the catalogues; None when it can."""
    if (found := misfit(task, ASKED_BY[kind], now)) is not None:
        return found
    return "request.waits" if any(old.kind is kind and old.state.waits for old in before) else None


def problem(
    task: Task,
    kind: RequestKind,
    before: Iterable[Request],
    now: datetime,
    new_due: datetime | None = None,
    new_owner_id: int | None = None,
) -> str | None:
    """Why exactly this cannot be asked, as a reason of the catalogues; None when it can."""
    if (found := obstacle(task, kind, before, now)) is not None:
        return found
    if kind is RequestKind.EXTENSION and (new_due is None or new_due <= now or new_due <= (task.due_at or now)):
        return "request.not_later"
    if kind is RequestKind.HANDOVER and new_owner_id in (None, task.owner_id):
        return "request.same_owner"
    return None


def asked_late(now: datetime, due: datetime, calendar: WorkCalendar, notice: int = DEFAULT.extension_notice) -> bool:
    """Whether an extension is asked for later than the notice that is expected."""
    last_day = calendar.shift(calendar.local(due).date(), -notice)
    return calendar.local(now).date() > last_day


def level(kind: RequestKind, before: Iterable[Request]) -> int:
    """Who decides: 1 the assigner or unit head; 2 the level above.

    Every extension after the first goes up, and every cause: it excuses the unit as well as the owner.
    """
    granted = approved(before, RequestKind.EXTENSION)
    return 2 if kind is RequestKind.CAUSE or (kind is RequestKind.EXTENSION and granted) else 1


def approved(requests: Iterable[Request], kind: RequestKind) -> tuple[Request, ...]:
    """The requests of a kind that were granted."""
    return tuple(one for one in requests if one.kind is kind and one.state is RequestState.APPROVED)


def comes_back(requests: Sequence[Request], new_owner_id: int | None) -> bool:
    """Whether a hand-over would give the task back to somebody who had it before (A to B to A)."""
    return any(one.old_owner_id == new_owner_id for one in approved(requests, RequestKind.HANDOVER))


def may_consent(actor: Actor, request: Request) -> bool:
    """Only the person who is to take the task over."""
    return request.state is RequestState.CONSENT and request.new_owner_id == actor.member.id


def may_decide(actor: Actor, request: Request, task: Task, above: Collection[int], releaser: int | None = None) -> bool:
    """Whether the actor decides.

    `above`: the units over the task's unit; empty when nobody is there to decide. `releaser`: the assigner, who
    alone can release an owner that declines; None when there is none any more.
    """
    me = actor.member.id
    if task.owner_id in actor.stands_for:  # a substitute decides as little as the owner would
        return False
    if request.state is not RequestState.OPEN or me in (request.member_id, request.new_owner_id, task.owner_id):
        return False
    if actor.member.left_at is not None:
        return False
    if request.kind is RequestKind.DECLINE and releaser is not None:
        return me == releaser
    if request.level > 1:
        heads_above = any(actor.over(unit_id, Role.HEAD) for unit_id in above)
        return heads_above or actor.over(task.unit_id, Role.LEADER)
    return task.assigner_id == me or actor.over(task.unit_id, Role.HEAD, Role.LEADER)

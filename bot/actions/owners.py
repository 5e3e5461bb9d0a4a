"""A task gets another owner: by an approved hand-over, or because somebody who manages it says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, cases, letters, people
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import requests as policy
from bot.policy.access import Actor
from handlers.ports import Refused
from storage import drafts, history, members, requests, tasks, units
from storage.notices import TaskNews
from storage.records import Action, Card, Json, Member, Request, RequestKind, RequestState, State, Task, Tree

LONGEST_REASON = 1000  # characters
KEEPS_STATE = (State.SUBMITTED, State.SUSPENDED)  # it waits for somebody else: only the owner changes


def move(
    connection: Connection,
    office: Office,
    actor: Actor,
    task: Task,
    heir: Member,
    before: Sequence[Request],
    now: datetime,
    reason: str = "",
    *,
    told: bool = False,
) -> Task:
    """Give the task to `heir`, who has to receive it anew; what was asked by the old owner is closed.

    `told`: the caller tells the new owner, in one letter of several tasks.
    """
    values = {} if task.state in KEEPS_STATE else {"state": State.ASSIGNED.value, "received_at": None}
    if not tasks.change(connection, task, owner_id=heir.id, unit_id=heir.unit_id, planned_from=now, **values):
        raise Refused("task.changed", code=task.code)
    after = task_actions.loaded(connection, task.id)
    task_actions.replan(connection, office, after, now)
    closed = requests.withdraw_of(connection, task.id, now, policy.ABOUT_THE_WORK)
    details: Json = {"from": task.owner_id, "to": heir.id, "requests_withdrawn": closed, "reason": reason}
    details |= {
        "old": {"unit_id": task.unit_id, "state": task.state.value},
        "new": {"unit_id": after.unit_id, "state": after.state.value},
    }
    history.append(connection, now, "hand_over", actor_id=actor.member.id, task_id=task.id, details=details)
    if not told:
        _tell(connection, office, actor, after, heir, before, units.every(connection), now)
    return after


def _tell(
    connection: Connection,
    office: Office,
    actor: Actor,
    after: Task,
    heir: Member,
    before: Sequence[Request],
    tree: Tree,
    now: datetime,
) -> None:
    """The new owner gets the task as a new one; from the second change of hands on the unit heads hear of it."""
    news = TaskNews(after.id, "assigned", actor.member.id)
    key = f"assigned:{after.id}:{after.version}:{heir.id}"
    letters.tell_owner(connection, office, key, news, heir, tree, now, besides=actor.member.id)
    hands = len(policy.approved(before, RequestKind.HANDOVER)) + 1
    if hands < policy.MANY_HANDS:
        return
    for head in people.superiors(connection, after.unit_id, after.owner_id, tree):
        if head.id != actor.member.id:
            news = TaskNews(after.id, "many_hands", actor.member.id)
            letters.tell(connection, office, f"many-hands:{after.id}:{hands}:{head.id}", news, head, tree, now)


def reassign(
    connection: Connection, office: Office, actor: Actor, task_id: int, new_owner_id: int, now: datetime, reason: str
) -> Card:
    """Give a task to somebody else. An owner who has declined it is released by this, and only by this."""
    task = task_actions.allowed(connection, actor, Action.REASSIGN, task_id, now)
    heir = task_actions.may_assign(connection, actor, new_owner_id)
    if heir.id == task.owner_id:
        raise Refused("request.same_owner")
    if not reason.strip():
        raise Refused("request.incomplete.reassign")
    if len(reason) > LONGEST_REASON:
        raise Refused("note.too_long", limit=LONGEST_REASON)
    before = requests.of_tasks(connection, [task.id]).get(task.id, ())
    released = _release(connection, office, actor, before, now, reason.strip())
    request_id = requests.add(
        connection,
        task_id=task.id,
        kind=RequestKind.HANDOVER.value,
        member_id=actor.member.id,
        at=now,
        reason=reason.strip(),
        state=RequestState.APPROVED.value,
        level=1,
        late=0,
        old_owner_id=task.owner_id,
        new_owner_id=heir.id,
        decided_by=actor.member.id,
        decided_at=now,
    )
    after = move(connection, office, actor, task, heir, before, now, reason.strip())
    drafts.drop(connection, actor.member.account or 0, "form")
    if not released:  # otherwise the answer to the request says it
        old = members.some(connection, [task.owner_id]).values()
        cases.tell(connection, office, cases.load(connection, request_id, now), "moved", old, now)
    return cards.make(connection, office, actor, [after], now, notes=True)[0]


def _release(
    connection: Connection, office: Office, actor: Actor, before: Sequence[Request], now: datetime, answer: str
) -> bool:
    """Grant what a declining owner asked for; while that waits, only who may grant it gives the task away."""
    waiting = next((one for one in before if one.kind is RequestKind.DECLINE and one.state.waits), None)
    if waiting is None:
        return False
    case = cases.load(connection, waiting.id, now)
    if not cases.may_decide(actor, case):
        raise Refused("request.not_yours")
    decided = {"decided_by": actor.member.id, "decided_at": now, "answer": answer}
    cases.settle(connection, case, RequestState.APPROVED, **decided)
    details = {"request": waiting.id, "kind": waiting.kind.value, "state": "approved", "answer": answer}
    history.append(connection, now, "decide", actor_id=actor.member.id, task_id=case.task.id, details=details)
    asker = members.some(connection, [waiting.member_id]).values()
    cases.tell(connection, office, case, "approved", asker, now)
    return True

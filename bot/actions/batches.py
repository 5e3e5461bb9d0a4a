"""Hand-overs that are decided together: all open tasks of somebody who leaves go to a new owner, or none does (R52)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cases, owners
from bot.actions import requests as single
from bot.actions.cases import Case
from bot.office import Office
from bot.policy.access import Actor
from handlers.ports import Refused
from storage import drafts, history, members, requests
from storage.records import Json, Member, RequestCard, RequestKind, RequestState, Task


def is_batch(connection: Connection, request_id: int) -> bool:
    """Whether the request is decided together with others."""
    request = requests.get(connection, request_id)
    return request is not None and request.batch_id is not None


def propose(
    connection: Connection,
    office: Office,
    actor: Actor,
    work: Sequence[Task],
    heir: Member,
    reason: str,
    now: datetime,
) -> RequestCard:
    """Ask the level above to give all these tasks to a new owner. It is an order: no consent is asked for."""
    ids = [_ask(connection, actor, task, heir, reason, now) for task in work]
    requests.start_batch(connection, ids)
    asked = cases.load(connection, ids[0], now)
    readers = cases.answerers_of_all(connection, cases.together(connection, asked, now), now)
    if not readers:
        raise Refused("leaver.nobody_decides")
    cases.tell(connection, office, asked, "asked", readers, now)
    return cases.card_of(connection, office, actor, asked, now)


def _ask(connection: Connection, actor: Actor, task: Task, heir: Member, reason: str, now: datetime) -> int:
    request_id = requests.add(
        connection,
        task_id=task.id,
        kind=RequestKind.HANDOVER.value,
        member_id=actor.member.id,
        at=now,
        reason=reason,
        state=RequestState.OPEN.value,
        level=2,
        late=0,
        old_owner_id=task.owner_id,
        new_owner_id=heir.id,
    )
    details: Json = {"request": request_id, "kind": RequestKind.HANDOVER.value, "reason": reason}
    details |= {"old": {"owner_id": task.owner_id}, "new": {"owner_id": heir.id}}
    history.append(connection, now, "ask", actor_id=actor.member.id, task_id=task.id, details=details)
    return request_id


def decide(
    connection: Connection, office: Office, actor: Actor, request_id: int, now: datetime, *, yes: bool, answer: str = ""
) -> RequestCard:
    """Approve or refuse all that still waits of a batch, in one transaction."""
    asked = cases.load(connection, request_id, now)
    waiting = _waiting(connection, asked.request.batch_id or 0, now)
    if not waiting:
        raise Refused("request.settled", number=request_id)
    if not cases.may_decide_all(actor, waiting):
        raise Refused("request.not_yours")
    single.check_answer(answer, yes=yes)
    for case in waiting:
        single.record(connection, office, actor, case, now, yes=yes, answer=answer.strip())
        if yes:
            _move(connection, office, actor, case, now)
    drafts.drop(connection, actor.member.account or 0, "answer")
    decided = cases.load(connection, waiting[0].request.id, now)
    _tell_decided(connection, office, actor, decided, now)
    return cases.card_of(connection, office, actor, decided, now)


def _waiting(connection: Connection, batch_id: int, now: datetime) -> list[Case]:
    """What is still to be decided: a task that was closed or handed over meanwhile has dropped out."""
    found = requests.of_batch(connection, batch_id)
    return [cases.load(connection, one.id, now) for one in found if one.state.waits]


def _move(connection: Connection, office: Office, actor: Actor, case: Case, now: datetime) -> None:
    """Give one task to its new owner, who reads of all of them in one letter."""
    heir_id = case.request.new_owner_id or 0
    heir = members.some(connection, [heir_id])[heir_id]
    owners.move(connection, office, actor, case.task, heir, case.before, now, case.request.reason, told=True)


def _tell_decided(connection: Connection, office: Office, actor: Actor, case: Case, now: datetime) -> None:
    """The proposer hears the decision, the new owner of what is theirs now: one letter each, however many tasks."""
    request = case.request
    known = members.some(connection, {request.member_id, request.new_owner_id or 0} - {actor.member.id})
    for member in known.values():
        if member.id == request.member_id:
            cases.tell(connection, office, case, request.state.value, [member], now)
        if member.id == request.new_owner_id and request.state is RequestState.APPROVED:
            cases.tell(connection, office, case, "given", [member], now)

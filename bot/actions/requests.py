"""Asking and deciding: one function is one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cases, owners, people, situations
from bot.actions import tasks as task_actions
from bot.actions.cases import Case
from bot.office import Office
from bot.policy import requests as policy
from bot.policy.access import Actor, may
from bot.policy.workflow import days_late
from handlers.ports import Refused
from storage import drafts, history, members, requests, tasks, units
from storage.records import Json, Member, Request, RequestCard, RequestKind, RequestState, Task

LONGEST = 1000  # characters of a reason, a proposal or an answer


def ask(
    connection: Connection,
    office: Office,
    actor: Actor,
    kind: RequestKind,
    task_id: int,
    now: datetime,
    reason: str,
    proposal: str = "",
    new_due: datetime | None = None,
    new_owner_id: int | None = None,
) -> RequestCard:
    """Store a request of the owner and tell whoever has to answer."""
    task, before = asked_about(connection, actor, kind, task_id)
    _check_words(kind, reason, proposal)
    if (found := policy.problem(task, kind, before, now, new_due, new_owner_id)) is not None:
        raise Refused(found, code=task.code)
    if new_owner_id is not None:
        _check_new_owner(connection, new_owner_id)
    tree = units.every(connection)
    calendar, notice = office.calendar_for(actor.member, tree), situations.notice(connection, task, tree)
    late = new_due is not None and task.due_at is not None and policy.asked_late(now, task.due_at, calendar, notice)
    request_id = requests.add(
        connection,
        task_id=task.id,
        kind=kind.value,
        member_id=actor.member.id,
        at=now,
        reason=reason.strip(),
        proposal=proposal.strip(),
        state=(RequestState.CONSENT if kind is RequestKind.HANDOVER else RequestState.OPEN).value,
        level=policy.level(kind, before),
        late=int(late),
        old_due_at=task.due_at if kind is RequestKind.EXTENSION else None,
        new_due_at=new_due,
        old_owner_id=task.owner_id if new_owner_id is not None else None,
        new_owner_id=new_owner_id,
    )
    details: Json = {"request": request_id, "kind": kind.value, "reason": reason.strip(), "proposal": proposal.strip()}
    details |= _wanted(task, new_due, new_owner_id) | people.in_whose_name(actor, policy.ASKED_BY[kind], task)
    history.append(connection, now, "ask", actor_id=actor.member.id, task_id=task.id, details=details)
    tasks.touch(connection, task, now)
    drafts.drop(connection, actor.member.account or 0, "form")
    case = cases.load(connection, request_id, now)
    cases.tell_next(connection, office, case, now)
    return cases.card_of(connection, office, actor, case, now)


def _wanted(task: Task, new_due: datetime | None, new_owner_id: int | None) -> Json:
    """What would change, old and new, for the history."""
    if new_due is not None:
        return {"old": {"due_at": task.due_at and task.due_at.isoformat()}, "new": {"due_at": new_due.isoformat()}}
    return {"old": {"owner_id": task.owner_id}, "new": {"owner_id": new_owner_id}} if new_owner_id is not None else {}


def asked_about(
    connection: Connection, actor: Actor, kind: RequestKind, task_id: int
) -> tuple[Task, tuple[Request, ...]]:
    """The task with all its requests, if the actor has the right to ask such a thing about it."""
    task = task_actions.visible(actor, tasks.get(connection, task_id))
    action = policy.ASKED_BY[kind]
    if not may(actor, action, task):
        raise Refused(f"forbidden.{action}", code=task.code)
    return task, requests.of_tasks(connection, [task.id]).get(task.id, ())


def _check_words(kind: RequestKind, reason: str, proposal: str) -> None:
    if not reason.strip() or (kind is RequestKind.BLOCKED and not proposal.strip()):
        raise Refused(f"request.incomplete.{kind}")
    if max(len(reason), len(proposal)) > LONGEST:
        raise Refused("note.too_long", limit=LONGEST)


def _check_new_owner(connection: Connection, member_id: int) -> None:
    member = members.get(connection, member_id)
    if member is None or member.left_at is not None:
        raise Refused("request.same_owner")
    if not member.reachable:
        raise Refused("request.unreachable", name=member.name)


def consent(connection: Connection, office: Office, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """The new owner agrees to take the task over; now it can be decided."""
    case = cases.load_waiting(connection, request_id, now)
    if not policy.may_consent(actor, case.request):
        raise Refused("request.not_yours")
    cases.settle(connection, case, RequestState.OPEN)
    details = {"request": request_id, "kind": case.request.kind.value}
    history.append(connection, now, "consent", actor_id=actor.member.id, task_id=case.task.id, details=details)
    case = cases.load(connection, request_id, now)
    cases.tell_next(connection, office, case, now)
    return cases.card_of(connection, office, actor, case, now)


def decide(
    connection: Connection, office: Office, actor: Actor, request_id: int, now: datetime, *, yes: bool, answer: str = ""
) -> RequestCard:
    """Approve or refuse; a refusal needs a reason. The new owner of a hand-over may refuse too."""
    case = cases.load_waiting(connection, request_id, now)
    _check_decision(actor, case, yes=yes)
    check_answer(answer, yes=yes)
    state = record(connection, office, actor, case, now, yes=yes, answer=answer.strip())
    drafts.drop(connection, actor.member.account or 0, "answer")
    if yes:
        _carry_out(connection, office, actor, case, now)
    case = cases.load(connection, request_id, now)
    cases.tell(connection, office, case, state.value, _asker_and_new_owner(connection, case, actor), now)
    return cases.card_of(connection, office, actor, case, now)


def record(
    connection: Connection, office: Office, actor: Actor, case: Case, now: datetime, *, yes: bool, answer: str
) -> RequestState:
    """Store the decision on one request; of two people who decide at once exactly one gets through."""
    owner = members.some(connection, [case.task.owner_id])[case.task.owner_id]
    delay = days_late(case.task, now, office.calendar_for(owner, case.tree))
    state = RequestState.APPROVED if yes else RequestState.REFUSED
    values = {"decided_by": actor.member.id, "decided_at": now, "answer": answer, "delay_days": delay}
    cases.settle(connection, case, state, **values)
    details: Json = {"request": case.request.id, "kind": case.request.kind.value}
    details |= {"state": state.value, "answer": answer}
    if yes and case.request.kind is RequestKind.EXTENSION:
        details |= _wanted(case.task, case.request.new_due_at, None)
    history.append(connection, now, "decide", actor_id=actor.member.id, task_id=case.task.id, details=details)
    return state


def _check_decision(actor: Actor, case: Case, *, yes: bool) -> None:
    declines = not yes and policy.may_consent(actor, case.request)
    if not declines and not cases.may_decide(actor, case):
        raise Refused("request.not_yours")
    if yes and case.request.kind is RequestKind.DECLINE:
        raise Refused("request.release", code=case.task.code)  # a task is never without an owner


def check_answer(answer: str, *, yes: bool) -> None:
    """A refusal needs words, and no answer may be longer than what is stored."""
    if not yes and not answer.strip():
        raise Refused("request.answer")
    if len(answer) > LONGEST:
        raise Refused("note.too_long", limit=LONGEST)


def _carry_out(connection: Connection, office: Office, actor: Actor, case: Case, now: datetime) -> None:
    """What an approval changes. The reminders are planned anew; what was late stays recorded."""
    request, task = case.request, case.task
    if request.kind is RequestKind.EXTENSION:
        if not tasks.change(connection, task, due_at=request.new_due_at, planned_from=now):
            raise Refused("task.changed", code=task.code)
        task_actions.replan(connection, office, task_actions.loaded(connection, task.id), now)
    elif request.kind is RequestKind.HANDOVER and request.new_owner_id is not None:
        heir = members.some(connection, [request.new_owner_id])[request.new_owner_id]
        owners.move(connection, office, actor, task, heir, case.before, now, request.reason)


def _asker_and_new_owner(connection: Connection, case: Case, actor: Actor) -> tuple[Member, ...]:
    ids = {case.request.member_id, case.request.new_owner_id or case.request.member_id} - {actor.member.id}
    return tuple(members.some(connection, ids).values())

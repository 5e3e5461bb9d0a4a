"""Asking and deciding: one function is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, letters, people
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import requests as policy
from bot.policy.access import Actor, may
from bot.policy.workflow import days_late
from handlers.ports import Refused
from storage import drafts, history, members, requests, tasks, units
from storage.notices import RequestNews, TaskNews
from storage.records import Member, Request, RequestCard, RequestKind, RequestState, Role, Task, Unit

LONGEST = 1000  # characters of a reason, a proposal or an answer


@dataclass(frozen=True, slots=True)
class Case:
    """A request with everything around it."""

    request: Request
    task: Task
    before: tuple[Request, ...]
    tree: dict[int, Unit]


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
    calendar = office.calendar_for(actor.member, units.every(connection))
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
        late=int(new_due is not None and task.due_at is not None and policy.is_late(now, task.due_at, calendar)),
        old_due_at=task.due_at if kind is RequestKind.EXTENSION else None,
        new_due_at=new_due,
        new_owner_id=new_owner_id,
    )
    details = {"request": request_id, "kind": kind.value, "reason": reason.strip()}
    history.append(connection, now, "ask", actor_id=actor.member.id, task_id=task.id, details=details)
    drafts.drop(connection, actor.member.account or 0, "form")
    case = _case(connection, request_id)
    _tell_next(connection, office, case, now)
    return card_of(connection, office, actor, case, now)


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
    case = _open_case(connection, request_id)
    if not policy.may_consent(actor, case.request):
        raise Refused("request.not_yours")
    _settle(connection, case, RequestState.OPEN)
    details = {"request": request_id}
    history.append(connection, now, "consent", actor_id=actor.member.id, task_id=case.task.id, details=details)
    case = _case(connection, request_id)
    _tell_next(connection, office, case, now)
    return card_of(connection, office, actor, case, now)


def decide(
    connection: Connection, office: Office, actor: Actor, request_id: int, now: datetime, *, yes: bool, answer: str = ""
) -> RequestCard:
    """Approve or refuse; a refusal needs a reason. The new owner of a hand-over may refuse too."""
    case = _open_case(connection, request_id)
    declines = not yes and policy.may_consent(actor, case.request)
    if not declines and not policy.may_decide(actor, case.request, case.task, _above(case)):
        raise Refused("request.not_yours")
    if not yes and not answer.strip():
        raise Refused("request.answer")
    if len(answer) > LONGEST:
        raise Refused("note.too_long", limit=LONGEST)
    owner = members.some(connection, [case.task.owner_id])[case.task.owner_id]
    delay = days_late(case.task, now, office.calendar_for(owner, case.tree))
    state = RequestState.APPROVED if yes else RequestState.REFUSED
    values = {"decided_by": actor.member.id, "decided_at": now, "answer": answer.strip(), "delay_days": delay}
    _settle(connection, case, state, **values)
    details = {"request": request_id, "kind": case.request.kind.value, "state": state.value, "answer": answer.strip()}
    history.append(connection, now, "decide", actor_id=actor.member.id, task_id=case.task.id, details=details)
    drafts.drop(connection, actor.member.account or 0, "answer")
    if yes:
        _carry_out(connection, office, actor, case, now)
    case = _case(connection, request_id)
    _tell(connection, office, case, state.value, _asker_and_new_owner(connection, case, actor), now)
    return card_of(connection, office, actor, case, now)


def _carry_out(connection: Connection, office: Office, actor: Actor, case: Case, now: datetime) -> None:
    """What an approval changes. The reminders are planned anew; what was late stays recorded."""
    request, task = case.request, case.task
    if request.kind is RequestKind.EXTENSION:
        changed = tasks.change(connection, task, due_at=request.new_due_at, planned_from=now)
    elif request.kind is RequestKind.HANDOVER and request.new_owner_id is not None:
        heir = members.some(connection, [request.new_owner_id])[request.new_owner_id]
        changed = tasks.change(
            connection,
            task,
            owner_id=heir.id,
            unit_id=heir.unit_id,
            state="assigned",
            received_at=None,
            planned_from=now,
        )
    else:
        return
    if not changed:
        raise Refused("task.changed", code=task.code)
    after = tasks.get(connection, task.id)
    if after is None:
        return
    task_actions.replan(connection, office, after, now)
    if request.kind is RequestKind.HANDOVER:
        requests_left = requests.withdraw_of(connection, task.id, now)
        details = {"from": task.owner_id, "to": after.owner_id, "requests_withdrawn": requests_left}
        history.append(connection, now, "hand_over", actor_id=actor.member.id, task_id=task.id, details=details)
        _after_handover(connection, office, actor, case, after, now)


def _after_handover(
    connection: Connection, office: Office, actor: Actor, case: Case, after: Task, now: datetime
) -> None:
    """The new owner gets the task as a new one; from the second hand-over on the unit heads hear of it."""
    heir = members.some(connection, [after.owner_id])[after.owner_id]
    news = TaskNews(after.id, "assigned", actor.member.id)
    letters.tell(connection, office, f"assigned:{after.id}:{after.version}:{heir.id}", news, heir, case.tree, now)
    hands = len(policy.approved(case.before, RequestKind.HANDOVER)) + 1
    if hands < policy.MANY_HANDS:
        return
    for head in people.superiors(connection, after.unit_id, after.owner_id, case.tree):
        if head.id != actor.member.id:
            news = TaskNews(after.id, "many_hands", actor.member.id)
            letters.tell(connection, office, f"many-hands:{after.id}:{hands}:{head.id}", news, head, case.tree, now)


def _settle(connection: Connection, case: Case, state: RequestState, **values: object) -> None:
    if not requests.settle(connection, case.request, state, **values):
        raise Refused("request.settled", number=case.request.id)


def _case(connection: Connection, request_id: int) -> Case:
    request = requests.get(connection, request_id)
    task = tasks.get(connection, request.task_id) if request else None
    if request is None or task is None:
        raise Refused("request.unknown")
    before = requests.of_tasks(connection, [task.id])[task.id]
    return Case(request, task, before, units.every(connection))


def _open_case(connection: Connection, request_id: int) -> Case:
    case = _case(connection, request_id)
    if not case.request.state.waits:
        raise Refused("request.settled", number=request_id)
    return case


def _above(case: Case) -> tuple[int, ...]:
    return tuple(people.chain(case.tree, case.task.unit_id))[1:]


def deciders(connection: Connection, case: Case) -> tuple[Member, ...]:
    """Who is told that a request waits for a decision."""
    barred = {case.request.member_id, case.request.new_owner_id, case.task.owner_id}
    if case.request.level > 1:
        found = people.above(connection, case.task.unit_id, case.tree)
    else:
        found = people.judges(connection, case.task, case.tree)
    left = tuple(member for member in found if member.id not in barred)
    return left or tuple(m for m in members.holders(connection, Role.LEADER, None) if m.id not in barred)


def _tell_next(connection: Connection, office: Office, case: Case, now: datetime) -> None:
    if case.request.state is RequestState.CONSENT and case.request.new_owner_id is not None:
        heir = members.some(connection, [case.request.new_owner_id])
        _tell(connection, office, case, "consent", tuple(heir.values()), now)
    else:
        _tell(connection, office, case, "asked", deciders(connection, case), now)


def _asker_and_new_owner(connection: Connection, case: Case, actor: Actor) -> tuple[Member, ...]:
    ids = {case.request.member_id, case.request.new_owner_id or case.request.member_id} - {actor.member.id}
    return tuple(members.some(connection, ids).values())


def _tell(
    connection: Connection, office: Office, case: Case, event: str, readers: tuple[Member, ...], now: datetime
) -> None:
    for reader in readers:
        news = RequestNews(case.request.id, event)
        letters.tell(connection, office, f"request:{case.request.id}:{event}:{reader.id}", news, reader, case.tree, now)


def may_see(actor: Actor, case: Case) -> bool:
    """Whether the actor may read the request: who may see the task, who asked, and who was asked to take it over."""
    mine = actor.member.id in (case.request.member_id, case.request.new_owner_id)
    return mine or people.may_view(actor, case.task)


def look(connection: Connection, office: Office, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """One request. A hidden one and one that does not exist get the same answer."""
    case = _case(connection, request_id)
    if not may_see(actor, case):
        raise Refused("request.unknown")
    return card_of(connection, office, actor, case, now)


def card_of(connection: Connection, office: Office, actor: Actor, case: Case, now: datetime) -> RequestCard:
    """The request as the actor sees it."""
    request = case.request
    ids = {request.member_id, request.new_owner_id or request.member_id, request.decided_by or request.member_id}
    names = members.some(connection, ids)
    calendar = office.calendar_for(actor.member, case.tree)
    since, until = calendar.local(request.at).date(), calendar.local(request.decided_at or now).date()
    return RequestCard(
        request=request,
        card=cards.make(connection, office, actor, [case.task], now)[0],
        asker=names[request.member_id].name,
        new_owner=names[request.new_owner_id].name if request.new_owner_id else "",
        decider=names[request.decided_by].name if request.decided_by else "",
        may_consent=policy.may_consent(actor, request),
        may_decide=policy.may_decide(actor, request, case.task, _above(case)),
        hands=len(policy.approved(case.before, RequestKind.HANDOVER)),
        returns=policy.comes_back(case.before, request.new_owner_id),
        days_waiting=calendar.working_days_after(since, until),
    )


def waiting_for(connection: Connection, office: Office, actor: Actor, now: datetime) -> tuple[RequestCard, ...]:
    """Everything that waits for this person's answer, the longest waiting first."""
    found = []
    for request in requests.waiting(connection):
        case = _case(connection, request.id)
        if policy.may_consent(actor, request) or policy.may_decide(actor, request, case.task, _above(case)):
            found.append(card_of(connection, office, actor, case, now))
    return tuple(found)

"""Requests with everything around them: loaded, shown to whoever may read them, and told to whoever answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, deciders, letters, people, situations
from bot.office import Office
from bot.policy import requests as policy
from bot.policy.access import Actor, chain
from handlers.ports import Refused
from storage import members, requests, tasks, units
from storage.notices import RequestNews
from storage.records import Member, Request, RequestCard, RequestKind, RequestState, Task, Tree


@dataclass(frozen=True, slots=True)
class Case:
    """A request, its task, all requests about that task, and who alone can release a declining owner."""

    request: Request
    task: Task
    before: tuple[Request, ...]
    tree: Tree
    releaser: int | None

    @property
    def above(self) -> tuple[int, ...]:
        """The units over the task's unit."""
        return tuple(chain(self.tree, self.task.unit_id))[1:]


def load(connection: Connection, request_id: int, now: datetime) -> Case:
    """The case with that number. Raises Refused."""
    request = requests.get(connection, request_id)
    task = tasks.get(connection, request.task_id) if request else None
    if request is None or task is None:
        raise Refused("request.unknown")
    before = requests.of_tasks(connection, [task.id])[task.id]
    tree = units.every(connection)
    releaser = people.releaser(connection, task, tree, now) if request.kind is RequestKind.DECLINE else None
    return Case(request, task, before, tree, releaser.id if releaser else None)


def load_waiting(connection: Connection, request_id: int, now: datetime) -> Case:
    """The same, if it still waits for an answer."""
    case = load(connection, request_id, now)
    if not case.request.state.waits:
        raise Refused("request.settled", number=request_id)
    return case


def settle(connection: Connection, case: Case, state: RequestState, **values: object) -> None:
    """Move the request on; of two people who answer at once exactly one gets through."""
    if not requests.settle(connection, case.request, state, **values):
        raise Refused("request.settled", number=case.request.id)


def together(connection: Connection, case: Case, now: datetime) -> tuple[Case, ...]:
    """Everything that is decided with one answer to this request; most often the request alone."""
    if case.request.batch_id is None:
        return (case,)
    found = requests.of_batch(connection, case.request.batch_id)
    return tuple(load(connection, one.id, now) for one in found if one.state is case.request.state)


def may_decide(actor: Actor, case: Case) -> bool:
    """Whether the actor says yes or no."""
    return policy.may_decide(actor, case.request, case.task, case.above, case.releaser)


def may_decide_all(actor: Actor, found: Iterable[Case]) -> bool:
    """Whether the actor says yes or no to every one of these."""
    return all(may_decide(actor, case) for case in found)


def answerers_of_all(connection: Connection, found: Sequence[Case], now: datetime) -> tuple[Member, ...]:
    """Those who decide about all of these: the tasks of one person can lie in several units."""
    asked = [(case.request, case.task) for case in found]
    return deciders.about(connection, asked, found[0].tree, now).answerers_of_all(asked)


def answerers(connection: Connection, case: Case, now: datetime) -> tuple[Member, ...]:
    """Who is told that the request waits: the new owner for consent, otherwise those who decide."""
    return answerers_of_all(connection, [case], now)


def tell(
    connection: Connection, office: Office, case: Case, event: str, readers: Iterable[Member], now: datetime
) -> None:
    """News of the request."""
    for reader in readers:
        key = f"request:{case.request.id}:{event}:{reader.id}"
        news = RequestNews(case.request.id, event)
        letters.tell(connection, office, key, news, reader, case.tree, now, case.task.due_at)


def tell_next(connection: Connection, office: Office, case: Case, now: datetime) -> None:
    """Ask whoever has to answer next."""
    event = "consent" if case.request.state is RequestState.CONSENT else "asked"
    tell(connection, office, case, event, answerers(connection, case, now), now)


def look(connection: Connection, office: Office, actor: Actor, request_id: int, now: datetime) -> RequestCard:
    """One request. A hidden one and one that does not exist get the same answer.

    It is read by those who may see the task, by whoever asked, and by whoever had or was to get the task.
    """
    case = load(connection, request_id, now)
    request = case.request
    concerned = actor.member.id in (request.member_id, request.old_owner_id, request.new_owner_id)
    if not concerned and not people.may_view(actor, case.task):
        raise Refused("request.unknown")
    return card_of(connection, office, actor, case, now)


def card_of(connection: Connection, office: Office, actor: Actor, case: Case, now: datetime) -> RequestCard:
    """The request as the actor sees it."""
    request = case.request
    ids = {request.member_id, request.new_owner_id or request.member_id, request.decided_by or request.member_id}
    names = members.some(connection, ids)
    calendar = office.calendar_for(actor.member, case.tree)
    since, until = calendar.local(request.at).date(), calendar.local(request.decided_at or now).date()
    found = together(connection, case, now)
    waited_for = answerers_of_all(connection, found, now) if request.state.waits else ()
    return RequestCard(
        request=request,
        card=cards.make(connection, office, actor, [case.task], now)[0],
        asker=names[request.member_id].name,
        new_owner=names[request.new_owner_id].name if request.new_owner_id else "",
        decider=names[request.decided_by].name if request.decided_by else "",
        may_consent=policy.may_consent(actor, request),
        may_decide=may_decide_all(actor, found),
        hands=len(policy.approved(case.before, RequestKind.HANDOVER)),
        returns=policy.comes_back(case.before, request.new_owner_id),
        days_waiting=calendar.working_days_after(since, until),
        answers=tuple(member.name for member in waited_for),
        notice=situations.notice(connection, case.task, case.tree),
        codes=tuple(one.task.code for one in found) if request.batch_id else (),
    )


def waiting_for(connection: Connection, office: Office, actor: Actor, now: datetime) -> tuple[RequestCard, ...]:
    """Everything that waits for this person's answer, the longest waiting first."""
    found = []
    batches: set[int] = set()
    for request in requests.waiting(connection):
        if request.batch_id in batches:
            continue  # its first request stands for all
        if request.batch_id is not None:
            batches.add(request.batch_id)
        case = load(connection, request.id, now)
        if policy.may_consent(actor, request) or may_decide_all(actor, together(connection, case, now)):
            found.append(card_of(connection, office, actor, case, now))
    return tuple(found)

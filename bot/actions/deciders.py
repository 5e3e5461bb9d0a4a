"""What waits for whose decision, for everybody at once: a handful of queries however much waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.policy import absence, superiors
from bot.policy import requests as policy
from bot.policy.access import Actor, Deed, chain, make_actor, may_in
from storage import absences, members, requests, tasks
from storage.records import Absence, Grant, Member, Request, RequestKind, Role, Task, Tree

Positions = Mapping[tuple[Role, int | None], tuple[Member, ...]]


@dataclass(frozen=True, slots=True)
class Positioned:
    """Who holds which role, who is away now, and the people whom the tasks and requests in question name."""

    tree: Tree
    positions: Positions
    away: Mapping[int, Absence]
    people: Mapping[int, Member]
    now: datetime

    def holders(self, role: Role, unit_id: int | None) -> tuple[Member, ...]:
        """The present members who hold a role for exactly this unit (None: for the whole organisation)."""
        return self.positions.get((role, unit_id), ())

    def superiors(self, unit_id: int, barred: Iterable[int]) -> tuple[Member, ...]:
        """The nearest people above."""
        return superiors.superiors(self.holders, unit_id, set(barred), self.tree)

    def concerned(self, owner_id: int) -> set[int]:
        """The owner of a task, with whoever stands in now."""
        one = self.away.get(owner_id)
        return {owner_id} | ({one.substitute_id} if one else set())

    def actor(self, member: Member) -> Actor:
        """The member with the reach of each role."""
        held = [
            Grant(member.id, role, unit)
            for (role, unit), people in self.positions.items()
            if any(one.id == member.id for one in people)
        ]
        return make_actor(member, held, self.tree, absence.stands_for(member.id, self.away.values(), self.now))

    def judges(self, task: Task) -> tuple[Member, ...]:
        """Who confirms a task."""
        assigner = self.people.get(task.assigner_id or 0)
        return superiors.judges(self.holders, task, assigner, self.concerned(task.owner_id), self.tree)

    def answerers(self, request: Request, task: Task) -> tuple[Member, ...]:
        """Who answers a request alone."""
        assigner = self.people.get(task.assigner_id or 0)
        concerned = self.concerned(task.owner_id)
        releaser = self._releaser(request, task)
        return superiors.answerers(self.holders, request, task, assigner, concerned, self.tree, self.people, releaser)

    def answerers_of_all(self, found: Sequence[tuple[Request, Task]]) -> tuple[Member, ...]:
        """Who answers requests that are decided together."""
        if len(found) == 1:
            return self.answerers(*found[0])
        near = {member.id: member for one in found for member in self.answerers(*one)}
        leaders = {member.id: member for member in self.holders(Role.LEADER, None)}
        for candidates in (near, leaders):
            able = tuple(member for member in candidates.values() if self._decides_all(self.actor(member), found))
            if able:
                return able
        return ()

    def _decides_all(self, actor: Actor, found: Sequence[tuple[Request, Task]]) -> bool:
        return all(self._decides(actor, request, task) for request, task in found)

    def _decides(self, actor: Actor, request: Request, task: Task) -> bool:
        over = tuple(chain(self.tree, task.unit_id))[1:]
        releaser = self._releaser(request, task)
        return policy.may_decide(actor, request, task, over, releaser.id if releaser else None)

    def _releaser(self, request: Request, task: Task) -> Member | None:
        if request.kind is not RequestKind.DECLINE:
            return None
        found = superiors.usable(self.people.get(task.assigner_id or 0), self.concerned(task.owner_id))
        gives = found is not None and may_in(self.actor(found), Deed.ASSIGN, task.unit_id)
        return found if gives else None


@dataclass(frozen=True, slots=True)
class Decisions:
    """By reader: the tasks that wait for a confirmation, and the requests that wait for an answer."""

    submitted: Mapping[int, list[int]]
    requests: Mapping[int, list[int]]


def place(
    connection: Connection,
    tree: Tree,
    away: Mapping[int, Absence],
    now: datetime,
    people: Mapping[int, Member] | None = None,
) -> Positioned:
    """Who holds which role now."""
    return Positioned(tree, members.positions(connection), away, people or {}, now)


def about(connection: Connection, asked: Sequence[tuple[Request, Task]], tree: Tree, now: datetime) -> Positioned:
    """Who holds which role now, to ask who answers these requests."""
    away = absence.away_now(absences.present(connection, now), now)
    people = _named(connection, [task for _, task in asked], [request for request, _ in asked])
    return place(connection, tree, away, now, people)


def waiting(
    connection: Connection, tree: Tree, away: Mapping[int, Absence], now: datetime
) -> tuple[Positioned, Decisions]:
    """Everything in the organisation that waits for somebody's decision and can be read, by who decides."""
    handed_in = tasks.submitted_in(connection, tree)
    waiting = requests.legible_waiting(connection)
    concerned = tasks.legible_of(connection, {one.task_id for one in waiting})
    asked = [one for one in waiting if one.task_id in concerned]
    people = _named(connection, (*handed_in, *concerned.values()), asked)
    known = place(connection, tree, away, now, people)
    submitted: dict[int, list[int]] = {}
    for task in handed_in:
        for reader in known.judges(task):
            submitted.setdefault(reader.id, []).append(task.id)
    answers: dict[int, list[int]] = {}
    for group in _together(asked):
        for reader in known.answerers_of_all([(one, concerned[one.task_id]) for one in group]):
            answers.setdefault(reader.id, []).append(group[0].id)
    return known, Decisions(submitted, answers)


def _named(connection: Connection, found: Iterable[Task], asked: Iterable[Request]) -> dict[int, Member]:
    """The people whom tasks and requests name: who gave a task, who is to get it."""
    ids = {task.assigner_id for task in found} | {request.new_owner_id for request in asked}
    return members.some(connection, {key for key in ids if key})


def _together(asked: Iterable[Request]) -> list[list[Request]]:
    """Requests that are decided together, the first of them first."""
    groups: dict[tuple[str, int], list[Request]] = {}
    for one in sorted(asked, key=lambda one: one.id):
        groups.setdefault(("batch", one.batch_id) if one.batch_id else ("one", one.id), []).append(one)
    return list(groups.values())

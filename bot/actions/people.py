"""Who is who: actors with their rights, and who stands above a task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.policy import absence
from bot.policy import superiors as policy
from bot.policy.access import OWNER_ACTIONS, Actor, Deed, chain, make_actor, may, may_in
from storage import absences, members, units
from storage.records import Absence, Action, Json, Member, Role, Task, Unit


def actor_of(connection: Connection, member: Member, now: datetime, tree: Mapping[int, Unit] | None = None) -> Actor:
    """The member with the reach of each role, and the people for whom the member stands in now."""
    known = tree if tree is not None else units.every(connection)
    stands_for = absence.stands_for(member.id, absences.stood_in_by(connection, member.id, now), now)
    return make_actor(member, members.grants_of(connection, member.id), known, stands_for)


def actors_of(
    connection: Connection, some: Iterable[Member], away: Mapping[int, Absence], tree: Mapping[int, Unit]
) -> dict[int, Actor]:
    """The same for many, by id; `away` is everybody who is away now."""
    people = list(some)
    granted = members.grants_of_some(connection, [person.id for person in people])
    stands_for: dict[int, set[int]] = {}
    for one in away.values():
        stands_for.setdefault(one.substitute_id, set()).add(one.member_id)
    return {
        person.id: make_actor(person, granted.get(person.id, ()), tree, frozenset(stands_for.get(person.id, ())))
        for person in people
    }


def in_whose_name(actor: Actor, action: Action, task: Task) -> Json:
    """For the history: whose act it is when a substitute carries it out."""
    stands_in = action in OWNER_ACTIONS and actor.member.id != task.owner_id
    return {"for": task.owner_id} if stands_in else {}


def may_view(actor: Actor, task: Task) -> bool:
    """Whether the actor may read the task."""
    return may(actor, Action.VIEW, task)


def superiors(
    connection: Connection, unit_id: int, besides: int | Collection[int], tree: Mapping[int, Unit]
) -> tuple[Member, ...]:
    """The nearest people above: heads of the unit or of a unit above it, else leaders; never `besides`."""
    barred = {besides} if isinstance(besides, int) else besides
    return policy.superiors(holders(connection), unit_id, barred, tree)


def above(connection: Connection, unit_id: int, tree: Mapping[int, Unit]) -> tuple[Member, ...]:
    """The next level over a unit: heads of a unit above it, else leaders."""
    return policy.above(holders(connection), unit_id, tree)


def holders(connection: Connection) -> policy.Holders:
    """Who holds a role for a unit, one query each: for a single task."""
    return lambda role, place: members.holders(connection, role, place)


def administrators(connection: Connection, unit_id: int | None, tree: Mapping[int, Unit]) -> tuple[Member, ...]:
    """Who looks after the data of a unit: the administrators over it who can be reached, else such leaders."""
    places = (*(chain(tree, unit_id) if unit_id is not None else ()), None)
    for role in (Role.ADMINISTRATOR, Role.LEADER):
        found = {one.id: one for place in places for one in members.holders(connection, role, place) if one.reachable}
        if found:
            return tuple(found.values())
    return ()


def leaders(
    connection: Connection, task: Task, besides: Collection[int], tree: Mapping[int, Unit]
) -> tuple[Member, ...]:
    """Leadership for a task: the leader in charge, else the nearest leaders over its unit; never `besides`."""
    if task.leader_id is not None and task.leader_id not in besides:
        charged = members.get(connection, task.leader_id)
        if charged is not None and charged.left_at is None:
            return (charged,)
    for place in (*chain(tree, task.unit_id), None):
        found = [person for person in members.holders(connection, Role.LEADER, place) if person.id not in besides]
        if found:
            return tuple(found)
    return ()


def judges(connection: Connection, task: Task, tree: Mapping[int, Unit], now: datetime) -> tuple[Member, ...]:
    """Who hears of a submission and accepts it: the assigner, else the nearest superiors of the owner (R8).

    Never whoever submitted it, nor the substitute of the owner.
    """
    concerned = owner_and_substitute(connection, task.owner_id, now)
    return policy.judges(holders(connection), task, assigner_of(connection, task), concerned, tree)


def releaser(connection: Connection, task: Task, tree: Mapping[int, Unit], now: datetime) -> Member | None:
    """Who alone can release an owner that declines: the assigner, as long as they still give work in that unit.

    An assigner who stands in for the owner releases nobody.
    """
    barred = owner_and_substitute(connection, task.owner_id, now)
    assigner = policy.usable(assigner_of(connection, task), barred)
    if assigner is None or not may_in(actor_of(connection, assigner, now, tree), Deed.ASSIGN, task.unit_id):
        return None
    return assigner


def assigner_of(connection: Connection, task: Task) -> Member | None:
    """Who gave the task, also when that person has left."""
    return None if task.assigner_id is None else members.get(connection, task.assigner_id)


def owner_and_substitute(connection: Connection, owner_id: int, now: datetime) -> set[int]:
    """The owner of a task, with whoever stands in now: those who must not judge its work."""
    away = absence.away_now(absences.present_of(connection, [owner_id], now), now)
    return {owner_id} | {one.substitute_id for one in away.values()}

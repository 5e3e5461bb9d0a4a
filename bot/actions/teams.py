"""A unit as its head sees it: the people, their open work, who cannot be reached, the figures so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import absences, cards
from bot.office import Office
from bot.policy.access import Actor, Deed, reach_of
from bot.policy.workflow import time_class
from handlers.ports import PAGE, Page, Refused, Team
from storage import members, tasks, units
from storage.records import Member, Person, Role, State, Task, TimeClass, Unit


def team(connection: Connection, actor: Actor, unit_id: int | None, now: datetime) -> Team:
    """One unit that the actor may look at (default: the own one) with its people."""
    tree = units.every(connection)
    reach = reach_for(actor, Deed.TEAM)
    chosen = unit_id if unit_id is not None else default_unit(actor, reach)
    if chosen not in reach:
        raise Refused("forbidden.team")
    work = tasks.open_in(connection, reach)
    late = Counter(task.unit_id for task in work if time_class(task, now) is TimeClass.OVERDUE)
    return Team(
        unit=tree[chosen],
        units=tuple((unit, late[unit.id]) for unit in open_units(tree, reach)),
        people=roster(connection, [chosen], now),
        overdue=late.total(),
        waiting=sum(task.state is State.SUBMITTED for task in work),
    )


def open_units(tree: dict[int, Unit], reach: Iterable[int]) -> tuple[Unit, ...]:
    """The open units among these, in the order of the tree."""
    allowed = set(reach)
    return tuple(unit for unit in tree.values() if unit.id in allowed and unit.closed_at is None)


def default_unit(actor: Actor, reach: frozenset[int]) -> int:
    """The unit to begin with: where the actor is head, else where the actor sits, else the first."""
    headed = actor.reach.get(Role.HEAD, frozenset()) & reach
    for choice in (frozenset({actor.member.unit_id}) & headed, headed, {actor.member.unit_id} & reach, reach):
        if choice:
            return min(choice)
    raise Refused("forbidden.team")


def reach_for(actor: Actor, deed: Deed) -> frozenset[int]:
    """The units to which the actor may do this. Raises Refused when there are none."""
    reach = reach_of(actor, deed)
    if not reach:
        raise Refused(f"forbidden.{deed}")
    return reach


def roster(connection: Connection, unit_ids: Iterable[int], now: datetime) -> tuple[Person, ...]:
    """The people of these units with what they have on their desks."""
    ids = list(unit_ids)
    tree = units.every(connection)
    away = absences.away_now(connection, now)
    work: dict[int, list[Task]] = {}
    for task in tasks.open_in(connection, ids):
        work.setdefault(task.owner_id, []).append(task)
    return tuple(
        _person(member, tree, work.get(member.id, []), now, away=member.id in away)
        for member in members.of_units(connection, ids)
    )


def _person(member: Member, tree: dict[int, Unit], work: list[Task], now: datetime, *, away: bool) -> Person:
    return Person(
        member=member,
        unit=tree[member.unit_id].name,
        open=len(work),
        overdue=sum(time_class(task, now) is TimeClass.OVERDUE for task in work),
        waiting=sum(task.state is State.SUBMITTED for task in work),
        away=away,
    )


def late(connection: Connection, office: Office, actor: Actor, start: int, now: datetime) -> Page:
    """The overdue tasks in all units the actor looks after, the oldest deadline first."""
    found = [
        task
        for task in tasks.open_in(connection, reach_for(actor, Deed.TEAM))
        if time_class(task, now) is TimeClass.OVERDUE
    ]
    return page(connection, office, actor, found, start, now)


def waiting(connection: Connection, office: Office, actor: Actor, start: int, now: datetime) -> Page:
    """The submitted tasks in the actor's units: what waits for a decision."""
    found = [task for task in tasks.open_in(connection, reach_for(actor, Deed.TEAM)) if task.state is State.SUBMITTED]
    return page(connection, office, actor, found, start, now)


def page(connection: Connection, office: Office, actor: Actor, found: list[Task], start: int, now: datetime) -> Page:
    """Some cards of a list; a start beyond the end shows the last page."""
    first = min(max(0, start), max(0, (len(found) - 1) // PAGE * PAGE))
    return Page(cards.make(connection, office, actor, found[first : first + PAGE], now), first, len(found))

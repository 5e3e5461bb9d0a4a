"""The figures of a unit for a period, with everything they are counted from, in a handful of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import absences, deciders, inspections, situations
from bot.actions.teams import default_unit, reach_for
from bot.office import Office
from bot.policy import digest, inspection, listing
from bot.policy.access import Actor, Deed, subtree
from bot.policy.digest import Around
from bot.policy.figures import Week, open_obstacle
from handlers.ports import Refused
from storage import deliveries, digests, explanations, history, indices, members, requests, tasks, units
from storage.figures import Figures
from storage.listing import Listing
from storage.records import State, Task, Tree

COUNTED = ("return", "urge", "snooze")  # what is counted by how often it was done in the period
SHOWN = ("urge", "snooze")  # and what stands beside an unfinished task, however long ago it was done


def figures_now(connection: Connection, office: Office, actor: Actor, unit_id: int | None, now: datetime) -> Figures:
    """The summary as it would be if it were posted now."""
    chosen = unit_for(connection, actor, unit_id)
    since = digest.last_slot(now, office.calendar(units.every(connection), None))
    reach = reach_for(actor, Deed.SUMMARY) if chosen is None else None
    return figures(connection, office, chosen, reach, since, now)


def listed_now(
    connection: Connection, office: Office, actor: Actor, unit_id: int | None, now: datetime
) -> tuple[Figures, Listing]:
    """The summary as it would be now, with the tasks it counts."""
    chosen = unit_for(connection, actor, unit_id)
    since = digest.last_slot(now, office.calendar(units.every(connection), None))
    reach = reach_for(actor, Deed.SUMMARY) if chosen is None else None
    return counted(connection, office, chosen, reach, since, now, now)


def unit_for(connection: Connection, actor: Actor, unit_id: int | None) -> int | None:
    """The unit whose figures the actor may see: the one asked for, else all of them, else the own one.

    Raises Refused.
    """
    reach = reach_for(actor, Deed.SUMMARY)
    if unit_id is None:
        return None if reach == frozenset(units.every(connection)) else default_unit(actor, reach)
    if unit_id not in reach:
        raise Refused("forbidden.summary")
    return unit_id


def figures(
    connection: Connection,
    office: Office,
    unit_id: int | None,
    reach: frozenset[int] | None,
    since: datetime,
    until: datetime,
    before: Figures | None = None,
) -> Figures:
    """The figures of a unit and everything below it (`unit_id` None: of all units in `reach`).

    `before`: what they are compared with, if that is not the last summary of the unit. Raises DoesNotAddUp.
    """
    return _figures(_load(connection, office, unit_id, reach, since, until, before))


def counted(
    connection: Connection,
    office: Office,
    unit_id: int | None,
    reach: frozenset[int] | None,
    since: datetime,
    until: datetime,
    now: datetime,
    before: Figures | None = None,
) -> tuple[Figures, Listing]:
    """The same figures, with the tasks they were counted from: both out of one look."""
    found = _load(connection, office, unit_id, reach, since, until, before)
    names = {key: unit.name for key, unit in found.tree.items()}
    lines = listing.lines(found.tasks, names, members.known(connection), found.week)
    every = [one for one in indices.every(connection) if not one.unit or one.unit in found.names]
    return _figures(found), Listing(office.name, now, lines, tuple(every))


@dataclass(frozen=True, slots=True)
class _Found:
    """Everything that one summary is made from."""

    name: str
    tree: Tree
    ids: frozenset[int]
    tasks: Sequence[Task]
    around: Around
    week: Week

    @property
    def units(self) -> list[tuple[int, str]]:
        return [(unit.id, unit.name) for unit in self.tree.values() if unit.id in self.ids]

    @property
    def names(self) -> set[str]:
        return {name for _, name in self.units}


def _figures(found: _Found) -> Figures:
    return digest.compose(found.name, found.units, found.tasks, found.around, found.week)


def _load(
    connection: Connection,
    office: Office,
    unit_id: int | None,
    reach: frozenset[int] | None,
    since: datetime,
    until: datetime,
    before: Figures | None = None,
) -> _Found:
    tree = units.every(connection)
    ids = reach if reach is not None else subtree(tree, unit_id)
    counted = _as_it_stood(connection, tasks.counted_in(connection, ids, since), ids, until)
    week = _week(connection, office, tree, unit_id, counted, since, until)
    around = Around(
        owners=members.names(connection, {task.owner_id for task in counted}),
        answers=_answers(connection, counted, week, tree),
        lost=tuple(one.name for one in members.unreachable(connection, ids) if one.id not in week.away),
        before=before or next(iter(digests.before(connection, unit_id, until, 1)), None),
        delivered=deliveries.count(connection, ids, since, until),
    )
    name = tree[unit_id].name if unit_id is not None else office.name
    return _Found(name, tree, frozenset(ids), counted, around, week)


def _as_it_stood(
    connection: Connection, counted: Sequence[Task], ids: frozenset[int], until: datetime
) -> tuple[Task, ...]:
    """The tasks as they stood at the end of the period: what was done later belongs to the next one."""
    present = [task for task in counted if task.assigned_at <= until]
    later = history.touched_after(connection, until) & {task.id for task in present}
    traces = inspections.traces_of(connection, later) if later else {}
    asked = requests.of_tasks(connection, later) if later else {}
    stood = (
        inspection.as_it_stood(task, traces.get(task.id, ()), asked.get(task.id, ()), until)
        if task.id in later
        else task
        for task in present
    )
    return tuple(task for task in stood if task.unit_id in ids)


def _week(
    connection: Connection,
    office: Office,
    tree: Tree,
    unit_id: int | None,
    counted: Sequence[Task],
    since: datetime,
    until: datetime,
) -> Week:
    ids = [task.id for task in counted]
    unfinished = [task.id for task in counted if task.state is not State.COMPLETED]
    return Week(
        since=since,
        until=until,
        calendar=office.calendar(tree, tree[unit_id] if unit_id is not None else None),
        known=situations.valid(connection, counted, tree),
        ever=history.counts(connection, unfinished, SHOWN, until),
        done=history.counts(connection, ids, COUNTED, until, since),
        requests=requests.of_tasks(connection, ids),
        explanations=explanations.of_tasks(connection, ids),
        away=frozenset(absences.away_now(connection, until)),
    )


def _answers(connection: Connection, counted: Sequence[Task], week: Week, tree: Tree) -> dict[int, tuple[str, ...]]:
    """Who decides on each obstacle that waits."""
    waiting = [(one, task) for task in counted if (one := open_obstacle(task, week)) is not None]
    known = deciders.about(connection, waiting, tree, week.until)
    return {one.id: tuple(member.name for member in known.answerers(one, task)) for one, task in waiting}

"""Everything that belongs to a unit goes over to another one; what is finished stays where it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Table, delete, select, update

from storage.records import State
from storage.tables import chats, coordinators, grants, members, recurrences, tasks, units

OPEN = tuple(state.value for state in State if state.open)


def move(connection: Connection, source: int, target: int) -> tuple[int, ...]:
    """Move people, open tasks, rights, chats, routines and the units below; the ids of the tasks that were moved."""
    _over(connection, members, members.c.unit_id, source, target)
    _over(connection, chats, chats.c.unit_id, source, target, chats.c.closed_at.is_(None))
    _over(connection, recurrences, recurrences.c.unit_id, source, target, recurrences.c.ended_at.is_(None))
    _over(connection, units, units.c.parent_id, source, target)
    _move_grants(connection, source, target)
    _move_help(connection, source, target)
    is_open = tasks.c.state.in_(OPEN)
    query = select(tasks.c.id).where(tasks.c.unit_id == source, is_open).order_by(tasks.c.id)
    found = tuple(connection.execute(query).scalars())
    bump = update(tasks).where(tasks.c.unit_id == source, is_open)
    connection.execute(bump.values(unit_id=target, version=tasks.c.version + 1))
    return found


def _over(
    connection: Connection, table: Table, column: Column[Any], source: int, target: int, *conditions: Any
) -> None:
    connection.execute(update(table).where(column == source, *conditions).values({column.name: target}))


def _move_grants(connection: Connection, source: int, target: int) -> None:
    """A right that somebody has over both units is one right."""
    rows = connection.execute(select(grants).where(grants.c.unit_id.in_((source, target)))).all()
    there = {(row.member_id, row.role) for row in rows if row.unit_id == target}
    for row in (row for row in rows if row.unit_id == source):
        here = grants.c.id == row.id
        if (row.member_id, row.role) in there:
            connection.execute(delete(grants).where(here))
        else:
            connection.execute(update(grants).where(here).values(unit_id=target))


def _move_help(connection: Connection, source: int, target: int) -> None:
    """Coordinating units: those of open tasks."""
    query = select(coordinators.c.task_id, coordinators.c.unit_id).join(tasks, tasks.c.id == coordinators.c.task_id)
    rows = connection.execute(query.where(coordinators.c.unit_id.in_((source, target)), tasks.c.state.in_(OPEN))).all()
    there = {row.task_id for row in rows if row.unit_id == target}
    for row in (row for row in rows if row.unit_id == source):
        here = (coordinators.c.task_id == row.task_id, coordinators.c.unit_id == source)
        if row.task_id in there:
            connection.execute(delete(coordinators).where(*here))
        else:
            connection.execute(update(coordinators).where(*here).values(unit_id=target))


def holds_anything(connection: Connection, unit_id: int) -> bool:
    """Whether a unit has people, open tasks, routines, chats, or open units below it."""
    queries = (
        select(members.c.id).where(members.c.unit_id == unit_id, members.c.left_at.is_(None)),
        select(tasks.c.id).where(tasks.c.unit_id == unit_id, tasks.c.state.in_(OPEN)),
        select(recurrences.c.id).where(recurrences.c.unit_id == unit_id, recurrences.c.ended_at.is_(None)),
        select(chats.c.id).where(chats.c.unit_id == unit_id, chats.c.closed_at.is_(None)),
        select(units.c.id).where(units.c.parent_id == unit_id, units.c.closed_at.is_(None)),
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in queries)

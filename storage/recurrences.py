"""Work that comes back, and which task belongs to which of its days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, insert, select, update

from storage.among import among
from storage.records import Difficulty, Recurrence
from storage.tables import occurrences, recurrences

_TO_CHECK = select(recurrences.c.id).where(recurrences.c.check_at <= bindparam("now"))
_TO_CHECK = _TO_CHECK.order_by(recurrences.c.check_at, recurrences.c.id).limit(bindparam("limit", type_=Integer))


def add(connection: Connection, **values: Any) -> int:
    """A new recurrence; its id, which people type."""
    query = insert(recurrences).values(**values).returning(recurrences.c.id)
    return int(connection.execute(query).scalar_one())


def name_series(connection: Connection, recurrence_id: int, series: str) -> None:
    """Give a new recurrence the series of its codes; it never changes afterwards."""
    query = update(recurrences).where(recurrences.c.id == recurrence_id, recurrences.c.series == "")
    connection.execute(query.values(series=series))


def get(connection: Connection, recurrence_id: int) -> Recurrence | None:
    """The recurrence with that id, an ended one too."""
    return next(iter(_load(connection, select(recurrences).where(recurrences.c.id == recurrence_id))), None)


def some(connection: Connection, ids: Iterable[int]) -> tuple[Recurrence, ...]:
    """Those with these ids, the longest waiting first."""
    query = select(recurrences).where(among(recurrences.c.id, ids))
    return _load(connection, query.order_by(recurrences.c.check_at, recurrences.c.id))


def going_on(connection: Connection, unit_ids: Iterable[int]) -> tuple[Recurrence, ...]:
    """Those of these units that have not ended, oldest first."""
    query = select(recurrences).where(among(recurrences.c.unit_id, unit_ids), recurrences.c.ended_at.is_(None))
    return _load(connection, query.order_by(recurrences.c.id))


def to_check(connection: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """The ids of those that the planner must look at now, the longest waiting first."""
    return tuple(connection.execute(_TO_CHECK, {"now": now, "limit": limit}).scalars())


def put_off(connection: Connection, recurrence_id: int, at: datetime) -> None:
    """Let the planner look at one of them later."""
    connection.execute(update(recurrences).where(recurrences.c.id == recurrence_id).values(check_at=at))


def advance(connection: Connection, recurrence: Recurrence, next_on: date, check_at: datetime) -> bool:
    """Move on to the next occurrence; False when another planner did it or somebody has ended it."""
    query = update(recurrences).where(
        recurrences.c.id == recurrence.id,
        recurrences.c.next_on == recurrence.next_on,
        recurrences.c.check_at == recurrence.check_at,
        recurrences.c.ended_at.is_(None),
    )
    return connection.execute(query.values(next_on=next_on, check_at=check_at)).rowcount == 1


def end(connection: Connection, recurrence_id: int, at: datetime) -> bool:
    """Let nothing come of it any more; False when it has ended already."""
    query = update(recurrences).where(recurrences.c.id == recurrence_id, recurrences.c.ended_at.is_(None))
    return connection.execute(query.values(ended_at=at, check_at=None)).rowcount == 1


def wake(connection: Connection, now: datetime) -> None:
    """Let the planner look at all of them: the working days have changed."""
    connection.execute(update(recurrences).where(recurrences.c.ended_at.is_(None)).values(check_at=now))


def occur(connection: Connection, recurrence_id: int, day: date, task_id: int) -> None:
    """Note which task is that day's. Raises IntegrityError when that day has one: it comes once, whoever plans."""
    connection.execute(insert(occurrences).values(recurrence_id=recurrence_id, day=day, task_id=task_id))


def has_occurred(connection: Connection, recurrence_id: int, day: date) -> bool:
    """Whether that day has its task."""
    query = select(occurrences.c.task_id)
    query = query.where(occurrences.c.recurrence_id == recurrence_id, occurrences.c.day == day)
    return connection.execute(query).first() is not None


def of_tasks(connection: Connection, task_ids: Iterable[int]) -> dict[int, Recurrence]:
    """The recurrences from which these tasks came, ended ones too."""
    query = select(recurrences, occurrences.c.task_id).join(
        occurrences, occurrences.c.recurrence_id == recurrences.c.id
    )
    rows = connection.execute(query.where(among(occurrences.c.task_id, task_ids)))
    return {row.task_id: _recurrence(row) for row in rows}


def _load(connection: Connection, query: Any) -> tuple[Recurrence, ...]:
    return tuple(_recurrence(row) for row in connection.execute(query))


def _recurrence(row: Row[Any]) -> Recurrence:
    values = {key: value for key, value in row._mapping.items() if key != "task_id"}
    return Recurrence(**{**values, "difficulty": Difficulty(row.difficulty)})

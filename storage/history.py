"""The append-only history: who changed what, when and why, chained by hashes in the same transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage import chain
from storage.among import among
from storage.records import ChainHead, Counts, Entry, Json, Tally
from storage.tables import history, history_head

SALT = 16  # bytes


def append(
    connection: Connection,
    at: datetime,
    action: str,
    *,
    actor_id: int | None = None,
    task_id: int | None = None,
    member_id: int | None = None,
    details: Json | None = None,
) -> None:
    """Add one line and move the head of the chain; the head row is locked so that the chain cannot fork.

    Convention for `details`: what a change replaced stands under "old" and "new", each by the name of the column,
    the words of the person under "note", "reason" or "answer".
    """
    before = connection.execute(select(history_head).with_for_update()).one()
    position, told = before.length + 1, details or {}
    salt = secrets.token_hex(SALT)
    sealed = chain.commitment(salt, told)
    made = chain.link(before.hash, position, at, actor_id, action, task_id, member_id, sealed)
    line = {"at": at, "actor_id": actor_id, "action": action, "task_id": task_id, "member_id": member_id}
    seal = {"salt": salt, "commitment": sealed, "previous": before.hash, "hash": made}
    connection.execute(insert(history).values(**line, position=position, details=told, **seal))
    connection.execute(update(history_head).values(hash=made, length=position))


def head(connection: Connection) -> ChainHead:
    """The end of the chain as it is now."""
    row = connection.execute(select(history_head)).one_or_none()
    return ChainHead(row.length, row.hash) if row else ChainHead(0, "")


def holds(connection: Connection, known: ChainHead) -> bool:
    """Whether the history still has the line that was its end when that head was noted."""
    found = connection.execute(select(history.c.hash).where(history.c.position == known.length)).scalar()
    return not known.length or (found is not None and ChainHead(known.length, found).printed == known.printed)


def erase(connection: Connection, ids: Iterable[int]) -> int:
    """Take the details out of these lines for good; how many had any left. The chain still holds.

    That something was done, when and by whom stays. Whoever erases writes a line of their own about it.
    """
    query = update(history).where(among(history.c.id, ids), history.c.salt.is_not(None))
    return connection.execute(query.values(details={}, salt=None)).rowcount


def of_task(connection: Connection, task_id: int, actions: tuple[str, ...], limit: int) -> tuple[Entry, ...]:
    """The newest lines about one task, newest first."""
    query = (
        select(history)
        .where(history.c.task_id == task_id, history.c.action.in_(actions))
        .order_by(history.c.position.desc())
        .limit(limit)
    )
    return tuple(_entry(row) for row in connection.execute(query))


def newest_of_tasks(
    connection: Connection, task_ids: Iterable[int], actions: Iterable[str], limit: int
) -> dict[int, tuple[Entry, ...]]:
    """The newest lines about each of these tasks, newest first."""
    place = func.row_number().over(partition_by=history.c.task_id, order_by=history.c.position.desc())
    ranked = select(history.c.id, place.label("place"))
    ranked = ranked.where(among(history.c.task_id, task_ids), history.c.action.in_(tuple(actions)))
    chosen = ranked.subquery()
    query = select(history).join(chosen, chosen.c.id == history.c.id).where(chosen.c.place <= limit)
    found: dict[int, list[Entry]] = {}
    for row in connection.execute(query.order_by(history.c.position.desc())):
        found.setdefault(row.task_id, []).append(_entry(row))
    return {key: tuple(entries) for key, entries in found.items()}


def story(connection: Connection, task_id: int, start: int, limit: int) -> tuple[Entry, ...]:
    """Everything that happened to one task, oldest first, from the line with that index on."""
    query = select(history).where(history.c.task_id == task_id).order_by(history.c.position)
    return tuple(_entry(row) for row in connection.execute(query.offset(start).limit(limit)))


def story_length(connection: Connection, task_id: int) -> int:
    """How many lines there are about one task."""
    return connection.execute(select(func.count()).where(history.c.task_id == task_id)).scalar_one()


def of_tasks(
    connection: Connection, task_ids: Iterable[int], actions: Iterable[str] | None = None
) -> tuple[Entry, ...]:
    """The lines (of these actions only) about all these tasks, oldest first."""
    query = select(history).where(among(history.c.task_id, task_ids)).order_by(history.c.position)
    if actions is not None:
        query = query.where(history.c.action.in_(tuple(actions)))
    return tuple(_entry(row) for row in connection.execute(query))


def tallies(connection: Connection, task_ids: Iterable[int], actions: Iterable[str]) -> dict[int, dict[str, Tally]]:
    """How often these things were done to these tasks, when and by whom last."""
    counted = (
        select(func.count().label("number"), func.max(history.c.position).label("last"))
        .where(among(history.c.task_id, task_ids), history.c.action.in_(tuple(actions)))
        .group_by(history.c.task_id, history.c.action)
        .subquery()
    )
    query = select(history.c.task_id, history.c.action, counted.c.number, history.c.at, history.c.actor_id)
    found: dict[int, dict[str, Tally]] = {}
    for row in connection.execute(query.join(counted, counted.c.last == history.c.position)):
        found.setdefault(row.task_id, {})[row.action] = Tally(row.number, row.at, row.actor_id)
    return found


def counts(
    connection: Connection,
    task_ids: Iterable[int],
    actions: Iterable[str],
    until: datetime,
    since: datetime | None = None,
) -> Counts:
    """How often these things were done to these tasks up to `until`, or of that after `since`."""
    query = select(history.c.task_id, history.c.action, func.count())
    query = query.where(among(history.c.task_id, task_ids), history.c.action.in_(tuple(actions)))
    query = query.where(history.c.at <= until, *([history.c.at > since] if since is not None else []))
    found: dict[int, dict[str, int]] = {}
    for task_id, action, number in connection.execute(query.group_by(history.c.task_id, history.c.action)).all():
        found.setdefault(task_id, {})[action] = number
    return found


def touched_after(connection: Connection, after: datetime) -> frozenset[int]:
    """The tasks to which something was done after that instant.

    The sum keeps SQLite from walking all history in the order of the tasks, only to find them distinct that way.
    """
    task_id = history.c.task_id + 0
    query = select(task_id).where(history.c.at > after, task_id.is_not(None))
    return frozenset(connection.execute(query.distinct()).scalars())


def _entry(row: Row[Any]) -> Entry:
    line = (row.id, row.at, row.actor_id, row.action, row.task_id, row.member_id, row.details, row.hash)
    return Entry(*line, erased=row.salt is None, position=row.position)

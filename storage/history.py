"""The append-only history: who changed what, when and why, chained by hashes in the same transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.records import Entry, Json, Tally
from storage.tables import history, history_head


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
    """Add one line and move the head of the chain; the head row is locked so that the chain cannot fork."""
    head = connection.execute(select(history_head.c.hash).with_for_update()).scalar_one()
    values = {
        "at": at,
        "actor_id": actor_id,
        "action": action,
        "task_id": task_id,
        "member_id": member_id,
        "details": details or {},
    }
    link = _link(head, values)
    connection.execute(insert(history).values(**values, previous=head, hash=link))
    connection.execute(update(history_head).values(hash=link, length=history_head.c.length + 1))


def _link(previous: str, values: Json) -> str:
    canonical = {**values, "at": values["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    text = previous + json.dumps(canonical, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken(connection: Connection) -> int | None:
    """The id of the first line whose hash does not fit (0: lines are missing at the end); None when all is well."""
    previous, length = "", 0
    for row in connection.execute(select(history).order_by(history.c.id)):
        values = {name: getattr(row, name) for name in ("at", "actor_id", "action", "task_id", "member_id", "details")}
        if row.previous != previous or row.hash != _link(previous, values):
            return int(row.id)
        previous, length = row.hash, length + 1
    head = connection.execute(select(history_head)).one()
    return None if (head.hash, head.length) == (previous, length) else 0


def of_task(connection: Connection, task_id: int, actions: tuple[str, ...], limit: int) -> tuple[Entry, ...]:
    """The newest lines about one task, newest first."""
    query = (
        select(history)
        .where(history.c.task_id == task_id, history.c.action.in_(actions))
        .order_by(history.c.id.desc())
        .limit(limit)
    )
    return tuple(_entry(row) for row in connection.execute(query))


def tallies(connection: Connection, task_ids: Iterable[int], actions: Iterable[str]) -> dict[int, dict[str, Tally]]:
    """How often these things were done to these tasks, when and by whom last."""
    counted = (
        select(func.count().label("number"), func.max(history.c.id).label("last"))
        .where(history.c.task_id.in_(set(task_ids)), history.c.action.in_(tuple(actions)))
        .group_by(history.c.task_id, history.c.action)
        .subquery()
    )
    query = select(history.c.task_id, history.c.action, counted.c.number, history.c.at, history.c.actor_id)
    found: dict[int, dict[str, Tally]] = {}
    for row in connection.execute(query.join(counted, counted.c.last == history.c.id)):
        found.setdefault(row.task_id, {})[row.action] = Tally(row.number, row.at, row.actor_id)
    return found


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.id, row.at, row.actor_id, row.action, row.task_id, row.member_id, row.details, row.hash)

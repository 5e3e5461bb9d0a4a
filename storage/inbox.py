"""What was received: committed before the messenger is told so, marked done with the effect it had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.tables import inbox


def accept(connection: Connection, updates: Mapping[int, Any], now: datetime) -> tuple[int, ...]:
    """Store updates by id; the ids that were new. Dedupes by set: ids may jump backwards after a quiet week."""
    known = set(connection.execute(select(inbox.c.id).where(inbox.c.id.in_(updates))).scalars())
    fresh = [key for key in updates if key not in known]
    if fresh:
        connection.execute(insert(inbox), [{"id": key, "payload": updates[key], "received_at": now} for key in fresh])
    return tuple(fresh)


def waiting(connection: Connection, limit: int = 1000) -> tuple[tuple[int, Any], ...]:
    """What was received and not dealt with, in the order it came: for the start after a crash."""
    query = select(inbox.c.id, inbox.c.payload).where(inbox.c.done_at.is_(None))
    rows = connection.execute(query.order_by(inbox.c.received_at, inbox.c.id).limit(limit))
    return tuple((row.id, row.payload) for row in rows)


def settle(connection: Connection, update_id: int, now: datetime, outcome: str) -> bool:
    """Mark one as done and forget what it said; False when it was done.

    Called in the transaction of the effect, so the effect happens once.
    """
    query = update(inbox).where(inbox.c.id == update_id, inbox.c.done_at.is_(None))
    return connection.execute(query.values(done_at=now, outcome=outcome, payload={})).rowcount == 1


def attempt(connection: Connection, update_id: int) -> int:
    """Count a try and say how many there were: what crashes the program each time must not do so for ever."""
    query = update(inbox).where(inbox.c.id == update_id).values(attempts=inbox.c.attempts + 1)
    return int(connection.execute(query.returning(inbox.c.attempts)).scalar_one_or_none() or 0)


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the longest waiting one was received."""
    return connection.execute(select(func.min(inbox.c.received_at)).where(inbox.c.done_at.is_(None))).scalar()


def forget(connection: Connection, before: datetime) -> int:
    """Remove what was dealt with before that; how many. Ids are kept longer than the server keeps updates."""
    return connection.execute(delete(inbox).where(inbox.c.done_at < before)).rowcount


def ids(connection: Connection, some: Iterable[int]) -> set[int]:
    """Which of these ids were received."""
    return set(connection.execute(select(inbox.c.id).where(inbox.c.id.in_(set(some)))).scalars())

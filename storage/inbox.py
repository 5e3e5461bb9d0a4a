"""What was received: committed before the messenger is told so, marked done with the effect it had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from storage.records import Claimed
from storage.tables import inbox


def accept(
    connection: Connection, updates: Mapping[int, Any], now: datetime, lines: Mapping[int, int] | None = None
) -> tuple[int, ...]:
    """Store updates by id; the ids that were new. Dedupes by set: ids may jump backwards after a quiet week.

    `lines` says which updates must be dealt with one after the other; what is not named belongs to line 0.
    """
    known = set(connection.execute(select(inbox.c.id).where(inbox.c.id.in_(updates))).scalars())
    fresh = [key for key in updates if key not in known]
    if fresh:
        rows = [{"id": key, "payload": updates[key], "line": (lines or {}).get(key, 0)} for key in fresh]
        connection.execute(insert(inbox).values(received_at=now), rows)
    return tuple(fresh)


def waiting(connection: Connection, limit: int = 1000) -> tuple[tuple[int, Any], ...]:
    """What was received and not dealt with, in the order it came: for the start after a crash."""
    query = select(inbox.c.id, inbox.c.payload).where(inbox.c.done_at.is_(None))
    rows = connection.execute(query.order_by(inbox.c.received_at, inbox.c.id).limit(limit))
    return tuple((row.id, row.payload) for row in rows)


def claim(connection: Connection, holder: str, now: datetime, until: datetime, limit: int) -> tuple[Claimed, ...]:
    """Take what nobody deals with, in the order it came, and hold it until then.

    A line of which another process holds something is left to that process until its lease has run out.
    """
    line, alive = func.coalesce(inbox.c.line, 0), inbox.c.leased_until > now
    elsewhere = select(line).where(inbox.c.done_at.is_(None), alive, inbox.c.holder != holder)
    query = (
        select(inbox.c.id, inbox.c.payload, line.label("line"), inbox.c.holder)
        .where(inbox.c.done_at.is_(None), or_(inbox.c.leased_until.is_(None), inbox.c.leased_until <= now))
        .where(line.not_in(elsewhere))
        .order_by(inbox.c.received_at, inbox.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    taken = update(inbox).where(inbox.c.id.in_([row.id for row in rows]))
    if rows:
        connection.execute(taken.values(holder=holder, leased_until=until))
    return tuple(Claimed(row.id, row.payload, row.line, again=row.holder is not None) for row in rows)


def renew(connection: Connection, holder: str, until: datetime) -> frozenset[int]:
    """Hold everything longer that is still held; the ids of it."""
    query = update(inbox).where(inbox.c.holder == holder, inbox.c.done_at.is_(None)).values(leased_until=until)
    return frozenset(connection.execute(query.returning(inbox.c.id)).scalars())


def release(connection: Connection, holder: str) -> int:
    """Leave to others what is held and not done; how many."""
    query = update(inbox).where(inbox.c.holder == holder, inbox.c.done_at.is_(None))
    return connection.execute(query.values(leased_until=None, holder=None)).rowcount


def expire(connection: Connection) -> int:
    """End every lease: for a database that only this process works on; how many."""
    query = update(inbox).where(inbox.c.leased_until.is_not(None), inbox.c.done_at.is_(None))
    return connection.execute(query.values(leased_until=None)).rowcount


def shorten(connection: Connection, until: datetime) -> None:
    """End every lease then at the latest: a wrong clock said when."""
    query = update(inbox).where(inbox.c.leased_until > until, inbox.c.done_at.is_(None))
    connection.execute(query.values(leased_until=until))


def unclaimed(connection: Connection, now: datetime) -> bool:
    """Whether something waits that nobody deals with."""
    free = or_(inbox.c.leased_until.is_(None), inbox.c.leased_until <= now)
    return connection.execute(select(inbox.c.id).where(inbox.c.done_at.is_(None), free).limit(1)).first() is not None


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

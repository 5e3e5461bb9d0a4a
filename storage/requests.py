"""What owners asked for: extensions, obstacles, hand-overs; with every date, decider and answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from storage.among import among
from storage.legible import legible
from storage.records import Request, RequestKind, RequestState
from storage.tables import requests

FIELDS = tuple(Request.__dataclass_fields__)
_TASK, _KIND, _STATE, _LATE = map(FIELDS.index, ("task_id", "kind", "state", "late"))
_KINDS, _STATES = {one.value: one for one in RequestKind}, {one.value: one for one in RequestState}
_ROWS = select(*(requests.c[name] for name in FIELDS))
WAITING = tuple(state.value for state in RequestState if state.waits)
_WAITING = _ROWS.where(requests.c.state.in_(WAITING)).order_by(requests.c.at, requests.c.id)


def add(connection: Connection, **values: Any) -> int:
    """A new request; its id, which people type."""
    return int(connection.execute(insert(requests).values(**values).returning(requests.c.id)).scalar_one())


def get(connection: Connection, request_id: int) -> Request | None:
    """The request with that id."""
    row = connection.execute(_ROWS.where(requests.c.id == request_id)).one_or_none()
    return _request(row) if row else None


def of_tasks(connection: Connection, task_ids: Iterable[int]) -> dict[int, tuple[Request, ...]]:
    """All requests of these tasks, oldest first."""
    found: dict[int, list[Request]] = {}
    query = _ROWS.where(among(requests.c.task_id, task_ids)).order_by(requests.c.id)
    for row in connection.execute(query).all():
        found.setdefault(row[_TASK], []).append(_request(row))
    return {task_id: tuple(some) for task_id, some in found.items()}


def waiting(connection: Connection) -> tuple[Request, ...]:
    """Every request that waits for somebody, the longest waiting first."""
    return _load(connection, _WAITING)


def legible_waiting(connection: Connection) -> tuple[Request, ...]:
    """The same, without those that cannot be read."""
    return legible(connection, _WAITING, _load)


def settle(connection: Connection, request: Request, state: RequestState, **values: Any) -> bool:
    """Move a request on from the state it was read in; False when somebody was faster."""
    query = update(requests).where(requests.c.id == request.id, requests.c.state == request.state.value)
    return connection.execute(query.values(state=state.value, **values)).rowcount == 1


def of_batch(connection: Connection, batch_id: int) -> tuple[Request, ...]:
    """The requests that are decided together, oldest first."""
    query = _ROWS.where(requests.c.batch_id == batch_id).order_by(requests.c.id)
    return tuple(_request(row) for row in connection.execute(query))


def start_batch(connection: Connection, ids: Iterable[int]) -> None:
    """Let these requests be decided together."""
    together = sorted(ids)
    connection.execute(update(requests).where(requests.c.id.in_(together)).values(batch_id=together[0]))


def withdraw_of(
    connection: Connection, task_id: int, now: datetime, kinds: Iterable[RequestKind], *, batches: bool = True
) -> int:
    """Close what still waits of these kinds about a task that needs it no longer; how many.

    Without `batches` only what was asked for this task alone.
    """
    chosen = [requests.c.task_id == task_id, requests.c.kind.in_([kind.value for kind in kinds])]
    if not batches:
        chosen.append(requests.c.batch_id.is_(None))
    return _withdraw(connection, now, *chosen)


def withdraw_with(connection: Connection, member_id: int, now: datetime) -> int:
    """Close what still waits and was asked by this person or would give this person a task; how many."""
    return _withdraw(connection, now, or_(requests.c.member_id == member_id, requests.c.new_owner_id == member_id))


def _withdraw(connection: Connection, now: datetime, *conditions: Any) -> int:
    query = update(requests).where(requests.c.state.in_(WAITING), *conditions)
    return connection.execute(query.values(state=RequestState.WITHDRAWN.value, decided_at=now)).rowcount


def _load(connection: Connection, query: Select[Any]) -> tuple[Request, ...]:
    return tuple(_request(row) for row in connection.execute(query))


def _request(row: Row[Any]) -> Request:
    values = list(row)
    values[_KIND], values[_STATE] = _KINDS[values[_KIND]], _STATES[values[_STATE]]
    values[_LATE] = bool(values[_LATE])
    return Request(*values)

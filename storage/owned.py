"""Which tasks people had in a period, those they have given away since too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from storage.records import RequestKind, RequestState, State
from storage.tables import requests, tasks
from storage.tasks import OPEN


def between(connection: Connection, member_ids: Iterable[int], since: datetime, until: datetime) -> tuple[int, ...]:
    """The ids of tasks, by code, that were open at some time from `since` to `until` and are or were theirs.

    When they were theirs is told by the history.
    """
    people = set(member_ids)
    given = select(requests.c.task_id).where(
        requests.c.old_owner_id.in_(people),
        requests.c.kind == RequestKind.HANDOVER.value,
        requests.c.state == RequestState.APPROVED.value,
    )
    query = select(tasks.c.id).where(
        or_(tasks.c.owner_id.in_(people), tasks.c.id.in_(given)),
        tasks.c.assigned_at <= until,
        or_(
            tasks.c.state.in_(OPEN),
            and_(tasks.c.state == State.COMPLETED.value, tasks.c.completed_at >= since),
            and_(tasks.c.state == State.CANCELLED.value, tasks.c.updated_at >= since),
        ),
    )
    return tuple(connection.execute(query.order_by(tasks.c.code)).scalars())

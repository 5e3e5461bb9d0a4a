"""What shows that work was done: photos, documents, videos by the messenger's name for them, and links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.among import among
from storage.records import Evidence, EvidenceKind
from storage.tables import evidence, members


def add(connection: Connection, **values: Any) -> int:
    """One more piece; its id."""
    return int(connection.execute(insert(evidence).values(**values).returning(evidence.c.id)).scalar_one())


def of_tasks(connection: Connection, task_ids: Iterable[int]) -> dict[int, tuple[Evidence, ...]]:
    """All pieces of these tasks with the names of those who gave them, oldest first."""
    found: dict[int, list[Evidence]] = {}
    query = (
        select(evidence, members.c.name.label("author"))
        .join(members, members.c.id == evidence.c.member_id)
        .where(among(evidence.c.task_id, task_ids))
        .order_by(evidence.c.id)
    )
    for row in connection.execute(query):
        piece = Evidence(**{**row._mapping, "kind": EvidenceKind(row.kind)})
        found.setdefault(piece.task_id, []).append(piece)
    return {task_id: tuple(some) for task_id, some in found.items()}


def task_of_album(connection: Connection, member_id: int, album: str) -> int | None:
    """The task to which this member gave the first files of an album."""
    query = select(evidence.c.task_id).where(evidence.c.album == album, evidence.c.member_id == member_id)
    return connection.execute(query.order_by(evidence.c.id).limit(1)).scalar() if album else None

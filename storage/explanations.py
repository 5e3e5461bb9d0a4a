"""What owners wrote about missed deadlines: one explanation for each task, owner and deadline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.among import among
from storage.records import Explanation
from storage.tables import explanations


def get(connection: Connection, task_id: int, member_id: int, due_at: datetime) -> Explanation | None:
    """The explanation of that owner for that deadline, asked for or given."""
    row = connection.execute(select(explanations).where(*_key(task_id, member_id, due_at))).one_or_none()
    return Explanation(**row._mapping) if row else None


def ask(connection: Connection, task_id: int, member_id: int, due_at: datetime, answer_by: datetime) -> bool:
    """Note that an explanation is wanted until then; False when it was asked for or given before."""
    if get(connection, task_id, member_id, due_at) is not None:
        return False
    values = {"task_id": task_id, "member_id": member_id, "due_at": due_at, "answer_by": answer_by, "text": ""}
    connection.execute(insert(explanations).values(**values))
    return True


def answer(connection: Connection, task_id: int, member_id: int, due_at: datetime, text: str, at: datetime) -> None:
    """Store the words; given again, they take the place of the earlier ones (the history keeps both)."""
    query = update(explanations).where(*_key(task_id, member_id, due_at)).values(text=text, at=at)
    if not connection.execute(query).rowcount:
        values = {"task_id": task_id, "member_id": member_id, "due_at": due_at, "text": text, "at": at}
        connection.execute(insert(explanations).values(**values))


def of_tasks(connection: Connection, task_ids: Iterable[int]) -> dict[int, tuple[Explanation, ...]]:
    """All explanations of these tasks, the oldest deadline first."""
    query = select(explanations).where(among(explanations.c.task_id, task_ids)).order_by(explanations.c.due_at)
    found: dict[int, tuple[Explanation, ...]] = {}
    for row in connection.execute(query):
        found[row.task_id] = (*found.get(row.task_id, ()), Explanation(**row._mapping))
    return found


def _key(task_id: int, member_id: int, due_at: datetime) -> tuple[Any, ...]:
    columns = explanations.c
    return (columns.task_id == task_id, columns.member_id == member_id, columns.due_at == due_at)

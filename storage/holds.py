"""Why nothing is posted in a chat, and what was decided about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.records import Hold, Json
from storage.tables import holds


def add(connection: Connection, chat_id: int, reason: str, subject: str, details: Json, at: datetime) -> int:
    """Hold the posts of a chat; the id of the hold."""
    values = {"chat_id": chat_id, "reason": reason, "subject": subject, "details": details, "at": at, "answer": ""}
    return int(connection.execute(insert(holds).values(**values).returning(holds.c.id)).scalar_one())


def get(connection: Connection, hold_id: int) -> Hold | None:
    """The hold under that id, as long as it lasts."""
    row = connection.execute(select(holds).where(holds.c.id == hold_id, holds.c.ended_at.is_(None))).one_or_none()
    return _hold(row) if row else None


def lasting(connection: Connection, chat_id: int | None = None) -> tuple[Hold, ...]:
    """The holds that have not ended, of one chat or of all, oldest first."""
    query = select(holds).where(holds.c.ended_at.is_(None)).order_by(holds.c.id)
    chosen = query.where(holds.c.chat_id == chat_id) if chat_id is not None else query
    return tuple(_hold(row) for row in connection.execute(chosen))


def answer(connection: Connection, hold_id: int, said: str, by: int, at: datetime) -> bool:
    """Note what was decided; False when that was done before."""
    query = update(holds).where(holds.c.id == hold_id, holds.c.ended_at.is_(None), holds.c.answer == "")
    return connection.execute(query.values(answer=said, answered_by=by, answered_at=at)).rowcount == 1


def end(connection: Connection, chat_id: int, at: datetime, *reasons: str) -> None:
    """What held the posts of a chat is over."""
    query = update(holds).where(holds.c.chat_id == chat_id, holds.c.ended_at.is_(None), holds.c.reason.in_(reasons))
    connection.execute(query.values(ended_at=at))


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        id=row.id,
        chat_id=row.chat_id,
        reason=row.reason,
        subject=row.subject,
        details=row.details,
        at=row.at,
        answer=row.answer,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
    )

"""Moments that must outlive a restart, by name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.tables import marks

HEARD = "heard"  # when the messenger last answered a poll
SILENT = "silent"  # since when the messenger has not been heard, until people are told of it
CLOCK = "clock"  # what the clock of the machine showed last
HELD = "held"  # since when the bot says nothing by itself, because its database is an old copy

_AT = select(marks.c.at).where(marks.c.name == bindparam("name"))


def get(connection: Connection, name: str) -> datetime | None:
    """The moment of that name."""
    return connection.execute(_AT, {"name": name}).scalar()


def put(connection: Connection, name: str, at: datetime) -> None:
    """Set the moment of that name."""
    if not connection.execute(update(marks).where(marks.c.name == name).values(at=at)).rowcount:
        connection.execute(insert(marks).values(name=name, at=at))


def drop(connection: Connection, name: str) -> bool:
    """Forget the moment of that name; False when there was none."""
    return connection.execute(delete(marks).where(marks.c.name == name)).rowcount == 1

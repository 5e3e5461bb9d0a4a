"""Units: a tree that can be renamed and closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage import calendar_days
from storage.records import Tree, Unit, fold
from storage.tables import units


def add(connection: Connection, name: str, parent_id: int | None = None, country: str | None = None) -> int:
    """A new open unit; its id."""
    values = {"name": name, "folded": fold(name), "parent_id": parent_id, "country": country}
    return int(connection.execute(insert(units).values(**values).returning(units.c.id)).scalar_one())


def every(connection: Connection) -> Tree:
    """All units by id, closed ones too, oldest first, with the days that were decided on."""
    found = {row.id: _unit(row) for row in connection.execute(select(units).order_by(units.c.id))}
    return Tree(found, calendar_days.decided(connection))


def named(connection: Connection, name: str) -> Unit | None:
    """The open unit of that name, accents and case aside."""
    query = select(units).where(units.c.folded == fold(name), units.c.closed_at.is_(None))
    row = connection.execute(query).one_or_none()
    return _unit(row) if row else None


def change(connection: Connection, unit_id: int, **values: object) -> None:
    """Set columns of a unit; a new name is folded too."""
    if isinstance(values.get("name"), str):
        values["folded"] = fold(str(values["name"]))
    connection.execute(update(units).where(units.c.id == unit_id).values(**values))


def close(connection: Connection, unit_id: int, at: datetime) -> None:
    """Close a unit; its tasks and history stay."""
    connection.execute(update(units).where(units.c.id == unit_id).values(closed_at=at))


def _unit(row: Row[Any]) -> Unit:
    return Unit(row.id, row.name, row.parent_id, row.zone, row.country, row.closed_at, row.hours)

"""What an organisation, or one of its units, sets differently from the defaults."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.tables import preferences


def every(connection: Connection) -> dict[tuple[int | None, str], str]:
    """All values by unit (None: the whole organisation) and name."""
    return {(row.unit_id, row.name): row.value for row in connection.execute(select(preferences))}


def put(connection: Connection, unit_id: int | None, name: str, value: str) -> None:
    """Set a value, in place of an older one."""
    changed = connection.execute(update(preferences).where(_place(unit_id, name)).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(preferences).values(unit_id=unit_id, name=name, value=value))


def remove(connection: Connection, unit_id: int | None, name: str) -> bool:
    """Go back to the default; False when nothing was set."""
    return bool(connection.execute(delete(preferences).where(_place(unit_id, name))).rowcount)


def _place(unit_id: int | None, name: str):  # type: ignore[no-untyped-def]
    return (func.coalesce(preferences.c.unit_id, 0) == (unit_id or 0)) & (preferences.c.name == name)

"""Yearly results in indices that others publish (R37): one for each index, year and unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from storage.listing import IndexEntry
from storage.records import fold
from storage.tables import index_entries, units


def put(connection: Connection, name: str, year: int, unit_id: int | None, **values: Any) -> None:
    """Store the entry in place of an earlier one of the same index, year and unit (None: the organisation)."""
    connection.execute(delete(index_entries).where(*_key(name, year, unit_id)))
    value = values.pop("value", None)
    stored = {**values, "value": None if value is None else str(value)}
    row = {"name": " ".join(name.split()), "folded": fold(name), "year": year, "unit_id": unit_id}
    connection.execute(insert(index_entries).values(**row, **stored))


def remove(connection: Connection, name: str, year: int, unit_id: int | None) -> bool:
    """Take an entry away; False when there was none."""
    return bool(connection.execute(delete(index_entries).where(*_key(name, year, unit_id))).rowcount)


def every(connection: Connection) -> tuple[IndexEntry, ...]:
    """All entries, the organisation's first, each index by year with the newest first, with the year before each."""
    query = select(index_entries, units.c.name.label("unit")).outerjoin(units, units.c.id == index_entries.c.unit_id)
    order = (index_entries.c.folded, func.coalesce(index_entries.c.unit_id, 0), index_entries.c.year)
    found: list[IndexEntry] = []
    known: dict[tuple[str, int, int], IndexEntry] = {}
    for row in connection.execute(query.order_by(*order)):
        place = row.unit_id or 0
        entry = IndexEntry(
            name=row.name,
            unit=row.unit or "",
            year=row.year,
            value=None if row.value is None else Decimal(row.value),
            rank=row.rank,
            ranked=row.ranked,
            source=row.source,
            before=known.get((row.folded, place, row.year - 1)),
        )
        known[row.folded, place, row.year] = entry if entry.before is None else _without_before(entry)
        found.append(entry)
    return tuple(sorted(found, key=lambda one: (bool(one.unit), fold(one.name), fold(one.unit), -one.year)))


def _without_before(entry: IndexEntry) -> IndexEntry:
    values = {name: getattr(entry, name) for name in ("name", "unit", "year", "value", "rank", "ranked", "source")}
    return IndexEntry(**values)


def _key(name: str, year: int, unit_id: int | None) -> tuple[Any, ...]:
    columns = index_entries.c
    return (columns.folded == fold(name), columns.year == year, func.coalesce(columns.unit_id, 0) == (unit_id or 0))

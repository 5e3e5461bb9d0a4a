"""Days off and working days that administrators decided, by calendar. What was removed stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.records import CalendarDay
from storage.tables import calendar_days

_PRESENT = calendar_days.c.removed_at.is_(None)


def decided(connection: Connection) -> dict[str, Mapping[date, bool]]:
    """What holds now, by country: True for a working day."""
    found: dict[str, dict[date, bool]] = {}
    columns = calendar_days.c.country, calendar_days.c.day, calendar_days.c.working
    for country, day, working in connection.execute(select(*columns).where(_PRESENT)):
        found.setdefault(country, {})[day] = bool(working)
    return dict(found)


def of_country(connection: Connection, country: str) -> dict[date, CalendarDay]:
    """What holds now in one calendar, with everything that is known of it."""
    query = select(calendar_days).where(_PRESENT, calendar_days.c.country == country).order_by(calendar_days.c.day)
    return {row.day: _day(row) for row in connection.execute(query)}


def add(connection: Connection, country: str, day: date, **values: Any) -> None:
    """Decide on a day. The database refuses a second decision beside one that still holds."""
    connection.execute(insert(calendar_days).values(country=country, day=day, **values))


def remove(connection: Connection, country: str, day: date, at: datetime) -> bool:
    """Take a decision back; False when there is none."""
    query = update(calendar_days).where(_PRESENT, calendar_days.c.country == country, calendar_days.c.day == day)
    return connection.execute(query.values(removed_at=at)).rowcount == 1


def _day(row: Row[Any]) -> CalendarDay:
    return CalendarDay(**{**row._mapping, "working": bool(row.working)})

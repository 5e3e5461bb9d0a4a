"""How much the bot writes: letters per person and working day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.office import Office
from bot.policy.calendar import WorkCalendar
from storage import outbox, units


def count(connection: Connection, office: Office, now: datetime) -> dict[str, Any]:
    """Letters per person: for the last full working day and today, how many people, the mean and the most."""
    calendar = office.calendar(units.every(connection), None)
    today = calendar.local(now).date()
    days = {"last_working_day": calendar.shift(today, -1), "today": today}
    return {name: _of_day(connection, calendar, day) for name, day in days.items()}


def _of_day(connection: Connection, calendar: WorkCalendar, day: date) -> dict[str, Any]:
    begin, end = (calendar.at(day + timedelta(days=n), time(0)) for n in (0, 1))
    letters, people, most = outbox.per_member(connection, begin, end)
    return {"people": people, "mean": round(letters / people, 2) if people else 0.0, "most": most}

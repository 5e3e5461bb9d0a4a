"""Urging: one tap, counted, at most one a working day; after the third the next level hears (R25)."""

from __future__ import annotations

from datetime import datetime

from bot.policy.calendar import WorkCalendar

OFTEN = 3  # from this urging on the task is on the leadership's briefing list


def too_soon(last: datetime | None, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether the owner was urged today already, or since the last working day began (a weekend is one day)."""
    if last is None:
        return False
    before, today = calendar.local(last).date(), calendar.local(now).date()
    return calendar.working_days_after(before, today) == 0

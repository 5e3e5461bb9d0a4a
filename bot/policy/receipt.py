"""Receipt: an owner who has not confirmed within 8 working hours is asked, and 8 later the unit head is told (R12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.rules import Rules
from bot.policy.steps import Hears, Rung
from storage.notices import ASK_RECEIPT, UNRECEIVED


def rungs(since: datetime, calendar: WorkCalendar, rules: Rules) -> tuple[Rung, ...]:
    """The steps of a task that was given at `since` and is still not received."""
    ask, tell = (calendar.after_working_hours(since, timedelta(hours=rules.receive_within * n)) for n in (1, 2))
    return (Rung(ASK_RECEIPT, ask), Rung(UNRECEIVED, tell, Hears.HEAD))

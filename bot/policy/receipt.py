"""Receipt: an owner who has not confirmed within 8 working hours is asked, and 8 later the unit head is told (R12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.rules import Rules
from bot.policy.steps import Hears, Rung
from storage.notices import ASK_RECEIPT, UNRECEIVED


def asked_at(since: datetime, calendar: WorkCalendar, rules: Rules, times: int = 1) -> datetime:
    """When the working hours for the receipt of a task given at `since` have passed, once or several times."""
    return calendar.after_working_hours(since, timedelta(hours=rules.receive_within * times))


def rungs(since: datetime, calendar: WorkCalendar, rules: Rules) -> tuple[Rung, ...]:
    """The steps of a task that was given at `since` and is still not received."""
    ask, tell = (asked_at(since, calendar, rules, times) for times in (1, 2))
    return (Rung(ASK_RECEIPT, ask), Rung(UNRECEIVED, tell, Hears.HEAD))

"""Receipt: an owner who has not confirmed within 8 working hours is asked, and 8 later the unit head is told (R12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.ladder import Decision, Rung
from storage.notices import ASK_RECEIPT, UNRECEIVED

ASK_AFTER = timedelta(hours=8)  # working hours
TELL_AFTER = timedelta(hours=16)


def decide(since: datetime, taken: Collection[str], calendar: WorkCalendar, now: datetime) -> Decision:
    """Which steps are earned at `now` for a task that was given at `since` and is still not received."""
    rungs = (
        Rung(ASK_RECEIPT, calendar.after_working_hours(since, ASK_AFTER)),
        Rung(UNRECEIVED, calendar.after_working_hours(since, TELL_AFTER)),
    )
    earned = tuple(rung for rung in rungs if rung.at <= now and rung.name not in taken)
    owner = next((rung for rung in earned if rung.name == ASK_RECEIPT), None)
    head = next((rung for rung in earned if rung.name == UNRECEIVED), None)
    return Decision(earned, owner, head, min((rung.at for rung in rungs if rung.at > now), default=None))

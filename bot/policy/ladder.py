"""The reminder ladder: which steps a deadline has for its owner, and when each falls.

Default: 3 and 1 working days before at 08:30, the due morning at 08:30, 2 hours before, then overdue every
2 working days at 08:30, at most 3 times. Whom else it concerns is the question of `escalation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from bot.policy.calendar import WorkCalendar
from bot.policy.steps import Rung, morning

DAYS_BEFORE = (3, 1)
SHORTLY_BEFORE = timedelta(hours=2)
OVERDUE_EVERY = 2  # working days
OVERDUE_STEPS = 3
# Only these can be put off; whatever comes on the due day or later is mandatory.
OPTIONAL = tuple(f"before-{days}" for days in DAYS_BEFORE)


def rungs(due: datetime, since: datetime, calendar: WorkCalendar) -> tuple[Rung, ...]:
    """The steps of a deadline that lie after `since` (when the owner came to know of it), in time order."""
    before = sorted(_before(due, calendar), key=lambda rung: rung.at)
    return tuple(rung for rung in before if rung.at > since) + _after(due, since, calendar)


def _before(due: datetime, calendar: WorkCalendar) -> Iterator[Rung]:
    day = calendar.local(due).date()
    for days, name in zip(DAYS_BEFORE, OPTIONAL, strict=True):
        yield Rung(name, morning(calendar.shift(day, -days), calendar))
    yield Rung("due-day", _fit(morning(day, calendar), due, calendar))
    yield Rung("before-2h", _fit(due - SHORTLY_BEFORE, due, calendar))


def _fit(wanted: datetime, due: datetime, calendar: WorkCalendar) -> datetime:
    """Into allowed hours: the next opening, or the last allowed moment if that would come too late."""
    allowed = calendar.next_allowed(wanted)
    return allowed if allowed < due else calendar.last_allowed_before(due)


def _after(due: datetime, since: datetime, calendar: WorkCalendar) -> tuple[Rung, ...]:
    """The overdue steps. A task that was overdue when it came in starts its own three from there."""
    found: list[datetime] = []
    day = calendar.local(due).date()
    late_already = calendar.working_days_after(day, calendar.local(since).date()) if since > due else 0
    for number in count(max(1, late_already // OVERDUE_EVERY)):
        at = morning(calendar.shift(day, number * OVERDUE_EVERY), calendar)
        if at > max(since, due):
            found.append(at)
        if len(found) == OVERDUE_STEPS:
            break
    return tuple(Rung(f"overdue-{number}", at) for number, at in enumerate(found, 1))

"""The reminder ladder: which steps a task has, when each falls, and what is to be said now.

Default: 3 and 1 working days before at 08:30, the due morning at 08:30, 2 hours before, then overdue every
2 working days at 08:30, at most 3 times; after that the unit head is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count

from bot.policy.calendar import WorkCalendar
from storage.notices import TELL_HEAD

MORNING = time(8, 30)
DAYS_BEFORE = (3, 1)
SHORTLY_BEFORE = timedelta(hours=2)
OVERDUE_EVERY = 2  # working days
OVERDUE_STEPS = 3


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder and the instant at which it is earned."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a look at one task found.

    `earned`: every step that is used up now; `owner`: the one to tell the owner (the latest; older ones are
    swallowed, so that nobody gets three letters after a pause); `head`: whether the head is told; `next_at`:
    when to look again.
    """

    earned: tuple[Rung, ...]
    owner: Rung | None
    head: Rung | None
    next_at: datetime | None


def rungs(due: datetime, since: datetime, calendar: WorkCalendar) -> tuple[Rung, ...]:
    """The steps of a deadline that lie after `since` (when the owner came to know of it), in time order."""
    before = sorted(_before(due, calendar), key=lambda rung: rung.at)
    return tuple(rung for rung in before if rung.at > since) + _after(due, since, calendar)


def _before(due: datetime, calendar: WorkCalendar) -> Iterator[Rung]:
    day = calendar.local(due).date()
    for days in DAYS_BEFORE:
        yield Rung(f"before-{days}", calendar.at(calendar.shift(day, -days), MORNING))
    yield Rung("due-day", _fit(calendar.at(day, MORNING), due, calendar))
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
        at = calendar.at(calendar.shift(day, number * OVERDUE_EVERY), MORNING)
        if at > max(since, due):
            found.append(at)
        if len(found) > OVERDUE_STEPS:
            break
    names = [f"overdue-{number + 1}" for number in range(OVERDUE_STEPS)] + [TELL_HEAD]
    return tuple(Rung(name, at) for name, at in zip(names, found, strict=True))


def decide(due: datetime, since: datetime, taken: Collection[str], calendar: WorkCalendar, now: datetime) -> Decision:
    """Which steps are earned at `now` and not yet taken, which of them speak, and when to look again."""
    steps = rungs(due, since, calendar)
    earned = tuple(rung for rung in steps if rung.at <= now and rung.name not in taken)
    owner = next((rung for rung in reversed(earned) if rung.name != TELL_HEAD), None)
    head = next((rung for rung in earned if rung.name == TELL_HEAD), None)
    later = [rung.at for rung in steps if rung.at > now]
    return Decision(earned, owner, head, min(later, default=None))

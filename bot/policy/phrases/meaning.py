"""From what a phrase says to instants: the same in every language.

A day without an hour is the end of the working day; hours from now are elapsed time, days from now are calendar days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.phrases.atoms import Ahead, Clock, Edge, Elapsed, End, Part, Reading, Said, Span, Weekday, sorted_out
from bot.policy.phrases.days import DAY, NEVER, days
from bot.policy.phrases.hours import clocks
from bot.policy.phrases.unclear import Unclear


def instants(reading: Reading, now: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    """Every instant a reading can mean, those that have passed too. Raises Unclear when it means none."""
    said = sorted_out(reading, before=_is_before(reading))
    if isinstance(said.elapsed, Elapsed):
        yield _elapsed(said, said.elapsed, now)
        return
    try:
        yield from _on_days(said, now, calendar)
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, Unclear) else Unclear("no_such_date") from None


def _elapsed(said: Said, elapsed: Elapsed, now: datetime) -> datetime:
    if said.before or any((said.day, said.weekday, said.week, said.clock, said.part)):
        raise Unclear("not_understood")
    return now.replace(second=0, microsecond=0) + timedelta(minutes=elapsed.minutes)


def _on_days(said: Said, now: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    local = calendar.local(now).replace(second=0, microsecond=0, tzinfo=None)
    hours = clocks(said, local.time(), local.date(), calendar)
    excluded = said.before and said.clock is None and not isinstance(said.day, End)
    for day, again in days(said, local.date(), calendar):
        for clock in hours:
            if excluded:
                yield from _at(day - DAY, clock, calendar)
            else:
                yield from _coming(day, clock, NEVER if said.before else again, now, calendar)


def _is_before(reading: Reading) -> bool:
    """Whether the day is not included. Raises Unclear where an edge stands that limits nothing."""
    found = False
    weekday = any(isinstance(atom, Weekday) for atom in reading)
    for place, edge in enumerate(reading):
        if not isinstance(edge, Edge):
            continue
        following = reading[place + 1] if place + 1 < len(reading) else None
        if edge.last != (following is None):
            raise Unclear("not_understood")
        if isinstance(following, Span) and following.ahead and not weekday:
            raise Unclear("not_understood")  # "by next week": its first day, or its last?
        if edge.before and not isinstance(following, Clock):
            found = True
            opening = all(isinstance(atom, Edge) for atom in reading[:place])
            if not opening or isinstance(following, Edge | Ahead | Span | Part | Elapsed):
                raise Unclear("not_understood")
    return found


def _coming(day: date, clock: time, again: timedelta, now: datetime, calendar: WorkCalendar) -> set[datetime]:
    found = _at(day, clock, calendar)
    if again and all(instant <= now for instant in found):
        return _at(day + again, clock, calendar)
    return found


def _at(day: date, clock: time, calendar: WorkCalendar) -> set[datetime]:
    found = calendar.shown(day, clock)
    if not found:
        raise Unclear("no_such_date")
    return found

"""Which hours a phrase can mean."""

from __future__ import annotations

from datetime import date, time

from bot.policy.calendar import WorkCalendar
from bot.policy.phrases.atoms import Clock, Dated, DayOf, Part, Said, SameTime, Span
from bot.policy.phrases.days import to_come
from bot.policy.phrases.unclear import Unclear

_LATER = {hour: hour + 12 for hour in range(1, 12)}
# The hour that is meant when it is said with a part of the day; an hour that is not here does not go with it.
_HOURS = {
    Part.MORNING: {hour: hour for hour in range(1, 12)},
    Part.NOON: {11: 11, 12: 12, 13: 13, 1: 13},
    Part.AFTERNOON: {12: 12, **{h: _LATER[h] for h in range(1, 7)}, **{h: h for h in range(13, 19)}},
    Part.EVENING: {**{h: _LATER[h] for h in range(5, 12)}, **{h: h for h in range(17, 24)}},
    Part.NIGHT: {**{h: _LATER[h] for h in range(8, 12)}, **{h: h for h in range(20, 24)}},
}


def _alone(part: Part, calendar: WorkCalendar) -> tuple[time, ...]:
    """A part of the day alone: its beginning or its end can be meant, so that the person has to choose."""
    found: dict[Part, tuple[time, ...]] = {
        Part.MORNING: calendar.hours[0],
        Part.NOON: (time(12),),
        Part.AFTERNOON: (calendar.hours[-1][0], calendar.end_of_day),
    }
    return found.get(part, ())


def clocks(said: Said, present: time, today: date, calendar: WorkCalendar) -> tuple[time, ...]:
    """The hours that can be meant. Raises Unclear when what was said does not go together."""
    clock, part = said.clock, said.part
    _check(said, today)
    if clock is None:
        return _without_hour(said, calendar)
    if isinstance(clock, SameTime):
        if part is not None:
            raise Unclear("not_understood")
        return (present,)
    if part is not None:
        hour = _HOURS[part].get(clock.hour)
        if hour is None or clock.closing or (clock.exact and hour != clock.hour):
            raise Unclear("not_understood")
        return (time(hour, clock.minute),)
    if clock.loose and not (clock.figures and isinstance(said.day, Dated) and said.day.figures):
        return time(clock.hour, clock.minute), time(clock.hour + 12, clock.minute)
    return (time(clock.hour, clock.minute),)


def _check(said: Said, today: date) -> None:
    hour = said.clock is not None or said.part is not None
    whole = isinstance(said.day, Span) or (said.week is not None and said.weekday is None)  # no day is named in it
    if hour and (whole or getattr(said.day, "alone", False)):
        raise Unclear("not_understood")
    if isinstance(said.clock, Clock) and said.clock.dotted and not _is_hour(said.clock, said, today):
        raise Unclear("not_understood")


def _is_hour(clock: Clock, said: Said, today: date) -> bool:
    """9.30 is an hour beside a day; 9.10 is one only where it might just as well be the 9th of October."""
    if not 1 <= clock.minute <= 12 or clock.hour == 0:
        return said.day is not None or said.weekday is not None or said.part is not None
    if said.day is not None:
        return False
    on = to_come(clock.hour, clock.minute, today)
    return said.part is not None or (said.weekday is not None and on.weekday() == said.weekday.day)


def _without_hour(said: Said, calendar: WorkCalendar) -> tuple[time, ...]:
    if said.part is None:
        return (calendar.end_of_day,)
    alone = _alone(said.part, calendar)
    named = said.day is not None or said.weekday is not None
    if said.before or not alone or not named or isinstance(said.day, DayOf):
        raise Unclear("not_understood")
    return alone

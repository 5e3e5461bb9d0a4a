"""What the languages share: dates in figures, and the small constructors their tables use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.policy.phrases.atoms import Ahead, Clock, Dated, DayOf, Elapsed, End, Unit, Weekday, Which
from bot.policy.phrases.grammar import Slot
from bot.policy.phrases.tokens import DASHED, DATE, DOTTED, MONTH, TIME, YEAR, Token

FIGURES: Mapping[str, Slot] = {
    "date": Slot(DATE),
    "dashed": Slot(DASHED),
    "dotted": Slot(DOTTED),
    "time": Slot(TIME),
    "monthyear": Slot(MONTH),
    "year": Slot(YEAR, 1000, 9999),
}
MOST_WORKING_DAYS = 99  # counted one by one, holidays looked up: no number may stall the bot


def dated(token: Token) -> Dated:
    """25/12/2026, 25/12"""
    day, month, *year = token.numbers
    return Dated(day, month, year[0] if year else None, figures=True)


def named(day: int, month: int, year: int | None = None) -> Dated:
    """25 December 2026"""
    return Dated(day, month, year)


def named_us(month: int, day: int, year: int | None = None) -> Dated:
    """December 25, 2026"""
    return Dated(day, month, year)


def month_year(day: int, month: Token) -> Dated:
    """the 25th of 12/2026"""
    return Dated(day, month.numbers[0], month.numbers[1])


def dotted_date(token: Token) -> Dated | None:
    """25.12: a date unless it can only be an hour"""
    return dated(token) if 1 <= token.numbers[1] <= 31 else None


def dotted_hour(token: Token) -> Clock | None:
    """9.30 where an hour is expected"""
    return time_of_day(token) if len(token.text.split(".")[1]) == 2 else None


def dotted_beside_day(token: Token) -> Clock | None:
    """9.30, which is an hour only beside a day"""
    said = dotted_hour(token)
    return replace(said, dotted=True) if said else None


def time_of_day(token: Token) -> Clock:
    """17:00"""
    hour, minute = token.numbers
    return Clock(hour, minute, figures=True)


def hour_said(loose_until: int) -> Callable[..., Clock]:
    """An hour without the half of the day; up to that number people say it of the afternoon too."""
    return lambda hour, minute=0: Clock(hour, minute, loose=1 <= hour <= loose_until)


def hour_less(loose_until: int) -> Callable[[int, int], Clock | None]:
    """So many minutes before an hour."""
    said = hour_said(loose_until)
    return lambda hour, minute: said(hour - 1 or 12, 60 - minute) if hour and 1 <= minute <= 59 else None


def weekday(which: Which) -> Callable[[int], Weekday]:
    """A day of the week, this or next or to come."""
    return lambda day: Weekday(day, which)


def day_of(ahead: int | None = None, *, alone: bool = False) -> Callable[[int], DayOf]:
    """A day of a month."""
    return lambda day: DayOf(day, ahead, alone)


def minutes(each: int, more: int = 0) -> Callable[..., Elapsed]:
    """A number of minutes or hours from now, `more` minutes beyond."""
    return lambda number=1, rest=0: Elapsed(number * each + rest + more)


def ahead(unit: Unit, *, alone: bool = False) -> Callable[..., Ahead | None]:
    """A number of days, weeks, months from today."""
    most = MOST_WORKING_DAYS if unit is Unit.WORKING_DAY else 999
    return lambda number=1: Ahead(number, unit, alone) if number <= most else None


def end_of(unit: Unit) -> Callable[..., End]:
    """The end of a month or quarter that is named, of a year or the one to come."""
    return lambda number, year=None: End(unit, number=number, year=year)


def end_of_year(year: int) -> End:
    """The end of that year."""
    return End(Unit.YEAR, year=year)


def end_of_month_in_figures(month: Token) -> End:
    """The end of 12/2026."""
    return End(Unit.MONTH, number=month.numbers[0], year=month.numbers[1])


def compound(tens: Mapping[int, str], units: Mapping[int, str], glue: str) -> dict[int, str]:
    """The words from twenty-one to ninety-nine: every choice of the tens with every choice of the units."""
    return {
        ten + unit: "|".join(
            f"{left}{joint}{right}"
            for left in left_words.split("|")
            for right in words.split("|")
            for joint in glue.split("|")
        )
        for ten, left_words in tens.items()
        for unit, words in units.items()
    }

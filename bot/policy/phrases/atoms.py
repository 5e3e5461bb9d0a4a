"""What a phrase is made of once the words are understood: small facts without language, zone or present moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bot.policy.recurrence import Rule


class Unit(Enum):
    """What is counted."""

    DAY = auto()
    WORKING_DAY = auto()
    WEEK = auto()
    MONTH = auto()
    QUARTER = auto()
    YEAR = auto()


class Part(Enum):
    """A part of the day."""

    MORNING = auto()
    NOON = auto()
    AFTERNOON = auto()
    EVENING = auto()
    NIGHT = auto()


class Which(Enum):
    """Which of the days of that name is meant."""

    COMING = auto()  # the name alone: the next one to come
    THIS = auto()  # of this week
    NEXT = auto()  # of the next week
    NEAREST = auto()  # the next one to come, in so many words: today or a week later when it is today
    TOWARDS = auto()  # people disagree: the one to come, or the one of the next week


@dataclass(frozen=True, slots=True)
class Edge:
    """A word that turns a moment into a limit. `before`: a day is not included; `last`: it stands at the end."""

    before: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour.

    `loose`: people say it of the morning and of the afternoon; `figures`: written as on a clock with 24 hours;
    `dotted`: 9.30, an hour only beside a day; `exact`: the half of the day was named; `closing`: the end of the
    working day, today if no day is named.
    """

    hour: int
    minute: int = 0
    loose: bool = False
    figures: bool = False
    dotted: bool = False
    exact: bool = False
    closing: bool = False


@dataclass(frozen=True, slots=True)
class SameTime:
    """The hour it is now."""


@dataclass(frozen=True, slots=True)
class Offset:
    """So many days from today."""

    days: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, Monday is 0."""

    day: int
    which: Which = Which.COMING


@dataclass(frozen=True, slots=True)
class Span:
    """This week or month (0), the next one (1)."""

    unit: Unit
    ahead: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A day and a month; `figures`: written in figures only."""

    day: int
    month: int
    year: int | None = None
    figures: bool = False


@dataclass(frozen=True, slots=True)
class DayOf:
    """A day of the month to come, or (`ahead`) of this month (0) or the next one (1).

    `alone`: a mere number, which is a day only when nothing else is said.
    """

    day: int
    ahead: int | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Elapsed:
    """So many minutes from now."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """So many days, weeks, months from today; `alone`: "3 days", which no hour goes with."""

    number: int
    unit: Unit
    alone: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The last day of a week, month, quarter or year.

    `ahead` counts from the present one; `number` names a month or quarter instead, of `year` or the one to come.
    """

    unit: Unit
    ahead: int = 0
    number: int | None = None
    year: int | None = None


Day = Offset | Dated | DayOf | Ahead | Span | End
Atom = Edge | Part | Clock | SameTime | Weekday | Elapsed | Day | Rule
Reading = tuple[Atom, ...]

CLOSING = Clock(17, closing=True)
NOON = Clock(12, exact=True)


@dataclass(frozen=True, slots=True)
class Said:
    """A reading by what its parts are for; each comes at most once. `before`: the day is not included."""

    before: bool = False
    elapsed: Elapsed | None = None
    day: Day | None = None
    weekday: Weekday | None = None
    week: Span | None = None
    clock: Clock | SameTime | None = None
    part: Part | None = None


_ROLES: dict[type, str] = {
    Edge: "edge",
    Part: "part",
    Clock: "clock",
    SameTime: "clock",
    Weekday: "weekday",
    Elapsed: "elapsed",
}


def role(atom: Atom) -> str:
    """What an atom is for: edge, or the name of its place in Said."""
    if isinstance(atom, Span) and atom.unit is Unit.WEEK:
        return "week"
    return _ROLES.get(type(atom), "day")


def sorted_out(reading: Reading, *, before: bool) -> Said:
    """The reading by the roles of its atoms."""
    parts: dict[str, Any] = {role(atom): atom for atom in reading if not isinstance(atom, Edge)}
    return Said(before, **parts)

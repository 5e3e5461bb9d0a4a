"""What happens in a simulation: the people, where they live, and what they do when; nothing of it reacts to the bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LEADERS = None  # the unit of a role that holds for the whole organisation


@dataclass(frozen=True, slots=True)
class Place:
    """A unit: its name, the unit above, and where its people live unless they say otherwise."""

    name: str
    parent: int | None
    zone: str
    country: str


@dataclass(frozen=True, slots=True)
class Human:
    """A member. `head_of`: the index of the unit; `leader`: of the whole organisation."""

    name: str
    unit: int
    clock: str
    head_of: int | None = None
    leader: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody does.

    `kind`: assign, receive, report, submit, accept, return, ask, approve, reassign, zone, clock, away or back. `who`
    acts; `task` and `other` are indices of a task and of another member; `until` a deadline or the end of an absence.
    """

    at: datetime
    kind: str
    who: int
    task: int = -1
    other: int = -1
    until: datetime | None = None
    text: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Units, people and events by index; events in time order, no two at one moment."""

    start: datetime
    end: datetime
    places: tuple[Place, ...]
    people: tuple[Human, ...]
    events: tuple[Event, ...] = ()

    def above(self, unit: int) -> tuple[int, ...]:
        """The unit and the units above it."""
        found: list[int] = []
        here: int | None = unit
        while here is not None:
            found.append(here)
            here = self.places[here].parent
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it arrived, or as it should have: what it names is in `says`, as tuples of plain values."""

    who: int
    kind: str
    at: datetime
    says: frozenset[tuple[object, ...]] = field(default_factory=frozenset)

"""Who stands where at a moment of the expectation: presence, superiors, what people may read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from tests.simulation.hours import Life
from tests.simulation.script import Script
from tests.simulation.steps import Stand


@dataclass(slots=True)
class Leave:
    """An absence: until when, as far as is known now, and who stands in."""

    number: int
    who: int
    since: datetime
    until: datetime
    other: int

    def lasts(self, now: datetime) -> bool:
        """Whether they are away at that moment."""
        return self.since <= now < self.until


@dataclass(slots=True)
class Job:
    """A task as it stands now; `asked`: who waits for more time, until `wanted`; `plan`: which plan of steps is valid.

    `used`: the steps that were told, by owner, name and the instant they are counted from.
    """

    boss: int
    stand: Stand
    asked: int | None = None
    wanted: datetime | None = None
    plan: int = 0
    used: set[tuple[int, str, datetime]] = field(default_factory=set)


class Organisation:
    """The people of a script, with what changes about them."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.lives = [self._life(number) for number in range(len(script.people))]
        self.leaves: list[Leave] = []
        self.last_leave: dict[int, Leave] = {}
        self.jobs: list[Job] = []
        self.mine: dict[int, set[int]] = {}  # what each person owns and is not completed
        self.given: dict[int, set[int]] = {}  # what each person gave and has not accepted
        self.had: dict[int, date] = {}
        self.look: dict[int, datetime] = {}

    def _life(self, who: int) -> Life:
        human = self.script.people[who]
        place = self.script.places[human.unit]
        return Life(place.zone, place.country, time.fromisoformat(human.clock))

    def resettle(self, who: int, *, zone: str = "", clock: str = "") -> None:
        """Somebody lives by another zone or has the agenda at another hour."""
        life = self.lives[who]
        self.lives[who] = replace(life, zone=zone) if zone else replace(life, clock=time.fromisoformat(clock))

    def substitute(self, who: int, now: datetime) -> int | None:
        """Who stands in now; None when they are here."""
        leave = self.last_leave.get(who)
        return leave.other if leave is not None and leave.lasts(now) else None

    def away(self, who: int, now: datetime) -> bool:
        """Whether somebody is away now."""
        return self.substitute(who, now) is not None

    def involved(self, now: datetime) -> set[int]:
        """Everybody who is away now, and whoever stands in."""
        lasting = [one for one in self.last_leave.values() if one.lasts(now)]
        return {one.who for one in lasting} | {one.other for one in lasting}

    def back(self, who: int) -> datetime | None:
        """When the last absence was, or will be, over."""
        leave = self.last_leave.get(who)
        return leave.until if leave else None

    def concerned(self, owner: int, now: datetime) -> set[int]:
        """The owner with whoever stands in."""
        other = self.substitute(owner, now)
        return {owner} if other is None else {owner, other}

    def superiors(self, unit: int, barred: Collection[int]) -> list[int]:
        """The heads of the nearest unit above that has some, else the leaders."""
        people = list(enumerate(self.script.people))
        for place in self.script.above(unit):
            if found := [key for key, one in people if one.head_of == place and key not in barred]:
                return found
        return self.leaders(barred)

    def leaders(self, barred: Collection[int]) -> list[int]:
        """Leadership."""
        return [key for key, one in enumerate(self.script.people) if one.leader and key not in barred]

    def hearer(self, owner: int, now: datetime) -> int:
        """Who hears the reminders of an owner."""
        other = self.substitute(owner, now)
        return owner if other is None else other

    def reads(self, who: int, job: Job, now: datetime) -> bool:
        """Whether somebody may read a task: owner, substitute, assigner, heads above and leaders."""
        owner, human = job.stand.owner, self.script.people[who]
        if who in (owner, job.boss) or human.leader or self.substitute(owner, now) == who:
            return True
        return human.head_of is not None and human.head_of in self.script.above(self.script.people[owner].unit)

    def next_look(self, who: int, now: datetime) -> datetime:
        """When somebody's agenda is due: today's if it can still come, else that of the next working day."""
        life, had = self.lives[who], self.had.get(who, date.min)
        day = life.day_of(now)
        if life.works(day) and day > had and now < life.closing(day):
            return max(life.morning(day), now)
        day = life.moved(day, 1)
        while day <= had:
            day = life.moved(day, 1)
        return life.morning(day)

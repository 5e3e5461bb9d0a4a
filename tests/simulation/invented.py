"""An invented organisation in five zones and what its people do in 400 days, from a seed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from tests.simulation.hours import Life
from tests.simulation.script import Event, Human, Place, Script

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
ZONES = (
    ("Asia/Ho_Chi_Minh", "VN"),
    ("Europe/Warsaw", "PL"),
    ("America/New_York", "US"),
    ("Australia/Lord_Howe", "AU"),
    ("Africa/Casablanca", "MA"),
)
CLOCKS = ("08:00", *6 * ("08:30",), "09:00", "13:30")
LADDERS = ("5,3,1 2h 2x3", "2 0h 1x2", "10,1 4h 3x2", "0 1h 1x5")
UNIT_LADDER = (3, "4,1 3h 1x2")  # the department of one zone has its own
SECTIONS = 3  # units below the department of a zone, at most; the last of several has no head of its own
PEOPLE_A_SECTION = 100  # in all zones together, before there is one more


def invent(seed: int, people: int, days: int, tasks_each: float) -> Script:
    """The script of that seed: `people` members, about `tasks_each` tasks for each of them."""
    chance = random.Random(seed)
    end = START + timedelta(days=days)
    places = [Place("Board", None, *ZONES[0])]
    parts = 1 + min(SECTIONS, people // PEOPLE_A_SECTION)
    for number, (zone, country) in enumerate(ZONES):
        first = len(places)
        places.append(Place(f"Department {number}", 0, zone, country))
        places += [Place(f"Section {number}.{part}", first, zone, country) for part in range(1, parts)]
    made = [_human(chance, number, len(places), parts) for number in range(people)]
    script = Script(START, end, tuple(places), tuple(made))
    return replace(script, events=tuple(_Year(script, chance).events(tasks_each)))


def _human(chance: random.Random, number: int, places: int, parts: int) -> Human:
    if number < 2:
        return Human(f"Leader {number}", 0, "08:30", leader=True)
    unit = 1 + (number - 2) % (places - 1)
    leads = number - 2 < places - 1 or (number - 2 < 2 * (places - 1) and unit % 5 == 1)
    headless = parts > 2 and unit % parts == 0
    return Human(f"Member {number}", unit, chance.choice(CLOCKS), unit if leads and not headless else None)


class _Year:
    def __init__(self, script: Script, chance: random.Random) -> None:
        self.script = script
        self.chance = chance
        self.found: list[Event] = []
        self.tasks = 0
        self.taken: list[list[tuple[datetime, datetime]]] = [[] for _ in script.people]

    def events(self, tasks_each: float) -> list[Event]:
        for who in range(len(self.script.people)):
            self._moves(who)
        for who in range(len(self.script.people)):
            self._absences(who)
        for _ in range(round(tasks_each * len(self.script.people))):
            self._task(self.chance.randrange(len(self.script.people)))
        return self._in_order()

    def _in_order(self) -> list[Event]:
        """In time order, never two at one moment; tasks are numbered as they are given."""
        found: list[Event] = []
        names: dict[int, int] = {}
        for event in sorted(self.found, key=lambda one: one.at):
            at = max(event.at, found[-1].at + timedelta(seconds=1)) if found else event.at
            if event.kind == "assign":
                names[event.task] = len(names)
            found.append(replace(event, at=at, task=names.get(event.task, -1)))
        return [one for one in found if one.at < self.script.end - timedelta(days=1)]

    def _life(self, who: int) -> Life:
        place = self.script.places[self.script.people[who].unit]
        return Life(place.zone, place.country, time(8, 30))

    def _moment(self, who: int, after: datetime, hours: float) -> datetime:
        """About so many hours later, mostly while people work."""
        at = after + timedelta(hours=self.chance.uniform(0.1, 2 * hours), seconds=self.chance.randrange(1, 59))
        if self.chance.random() < 0.9:
            at = self._life(who).next_allowed(at) + timedelta(minutes=self.chance.randrange(240))
        return at.replace(second=self.chance.randrange(1, 59), microsecond=0)

    def _any_time(self, who: int) -> datetime:
        span = self.script.end - self.script.start - timedelta(days=3)
        return self._moment(who, self.script.start + span * self.chance.random(), 1)

    def _moves(self, who: int) -> None:
        for _ in range(self.chance.choice((0, 0, 0, 0, 1, 2))):
            zone = self.chance.choice([*(zone for zone, _ in ZONES), "Pacific/Auckland", "Pacific/Honolulu"])
            self.found.append(Event(self._any_time(who), "zone", who, text=zone))
        for _ in range(self.chance.choice((0, 0, 0, 1))):
            self.found.append(Event(self._any_time(who), "clock", who, text=self.chance.choice(CLOCKS)))

    def _absences(self, who: int) -> None:
        colleagues = [
            key
            for key, one in enumerate(self.script.people)
            if one.unit == self.script.people[who].unit and key != who and one.head_of is None and not one.leader
        ]
        for _ in range(self.chance.choice((0, 1, 1, 2))):
            at = self._any_time(who)
            life = self._life(who)
            until = life.at(life.day_of(at) + timedelta(days=self.chance.randrange(2, 14)), time(0))
            other = self.chance.choice(colleagues) if colleagues else -1
            if other < 0 or not (self._free(who, at, until) and self._free(other, at, until)):
                continue
            self.taken[who].append((at, until))
            self.taken[other].append((at, until))
            self.found.append(Event(at, "away", who, other=other, until=until))
            back = at + (until - at) * self.chance.uniform(0.2, 2)
            if back < until - timedelta(hours=1):
                self.found.append(Event(back.replace(second=self.chance.randrange(1, 59), microsecond=0), "back", who))

    def _free(self, who: int, since: datetime, until: datetime) -> bool:
        apart = timedelta(days=4)  # nobody stands in and is away within days
        return all(until + apart < begin or end + apart < since for begin, end in self.taken[who])

    def _superior(self, who: int) -> int:
        """Somebody who may give them work: a head above who is somebody else, or a leader."""
        for unit in self.script.above(self.script.people[who].unit):
            heads = [key for key, one in enumerate(self.script.people) if one.head_of == unit and key != who]
            if heads and self.chance.random() < 0.8:
                return self.chance.choice(heads)
        return self.chance.choice([key for key in (0, 1) if key != who])

    def _due(self, who: int, at: datetime) -> datetime:
        chance, life = self.chance, self._life(who)
        if chance.random() < 0.1:
            return at + timedelta(hours=chance.randrange(1, 9), minutes=chance.randrange(60))
        day = life.moved(life.day_of(at), chance.randrange(1, 26))
        if chance.random() < 0.1:
            return life.at(day, time(0)) + timedelta(minutes=chance.randrange(4 * 1440))
        return life.at(day, chance.choice((time(17), time(17), time(9), time(11, 30), time(16, 45))))

    def _task(self, who: int) -> None:
        chance = self.chance
        at, boss, task, self.tasks = self._any_time(who), self._superior(who), self.tasks, self.tasks + 1
        due = None if chance.random() < 0.08 else self._due(who, at)
        ladder = chance.choice(LADDERS) if due and chance.random() < 0.12 else ""
        urgent = chance.random() < 0.08
        self.found.append(Event(at, "assign", boss, task, who, due, ladder, urgent))
        habit = chance.random()
        if habit < 0.06:  # nobody ever looks at it
            return
        if habit < 0.14 and (heir := self._colleague(who)) != who:
            at, who = self._moment(boss, at, 60), heir
            self.found.append(Event(at, "reassign", boss, task, who))
        if habit > 0.2 or chance.random() < 0.5:
            at = self._moment(who, at, 4 if habit > 0.4 else 30)
            self.found.append(Event(at, "receive", who, task))
        left = (due - at) / timedelta(hours=1) if due and due > at else 60.0
        for _ in range(chance.choice((0, 1, 1, 2))):
            at = self._moment(who, at, max(1, left / 3))
            self.found.append(Event(at, "report", who, task))
        if due and chance.random() < 0.12:
            at, due = self._extended(who, boss, task, at, due)
        self._finish(who, boss, task, at, due, late=habit < 0.45)

    def _colleague(self, who: int) -> int:
        boss = self.script.people
        found = [
            key for key, one in enumerate(boss) if one.unit == boss[who].unit and one.head_of is None and key != who
        ]
        return self.chance.choice(found) if found and boss[who].head_of is None and not boss[who].leader else who

    def _extended(self, who: int, boss: int, task: int, at: datetime, due: datetime) -> tuple[datetime, datetime]:
        at = self._moment(who, at, 5)
        new = max(due, at) + timedelta(days=self.chance.randrange(3, 15), minutes=self.chance.choice((0, 0, 95)))
        self.found.append(Event(at, "ask", who, task, until=new))
        at = min(self._moment(boss, at, 12), new - timedelta(hours=1))
        self.found.append(Event(at, "approve", boss, task))
        return at, new

    def _finish(self, who: int, boss: int, task: int, at: datetime, due: datetime | None, *, late: bool) -> None:
        chance = self.chance
        if chance.random() < 0.05:
            return
        rest = max(1.0, ((due or at + timedelta(days=5)) - at) / timedelta(hours=1))
        at = (
            self._moment(who, at + timedelta(hours=rest), chance.choice((3, 30, 120)))
            if late
            else self._moment(who, at, rest / 2.2)
        )
        self.found.append(Event(at, "submit", who, task))
        while chance.random() < 0.2:
            at = self._moment(boss, at, 12)
            self.found.append(Event(at, "return", boss, task))
            at = self._moment(who, at, chance.choice((5, 40)))
            self.found.append(Event(at, "submit", who, task))
        if chance.random() < 0.95:
            self.found.append(Event(self._moment(boss, at, 16), "accept", boss, task))

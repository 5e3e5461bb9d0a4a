"""The figures of a simulation, that several can be added up, and the table of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from tests.simulation.compare import FAULTS, Difference, Lives, compare, simulate
from tests.simulation.organisation import Organisation
from tests.simulation.script import Message, Script

COLUMNS = ("expected", "sent", *FAULTS)


@dataclass(slots=True)
class Figures:
    """`cells` by zone and column, `days`: how many days of somebody had so many messages, `working`: working days."""

    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)
    working: int = 0
    people: int = 0
    deeds: int = 0
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.cells + other.cells,
            self.days + other.days,
            self.working + other.working,
            self.people + other.people,
            self.deeds + other.deeds,
            self.faults + other.faults,
        )

    @property
    def zones(self) -> list[str]:
        """Where somebody read something."""
        return sorted({zone for zone, _ in self.cells})

    def table(self) -> str:
        """By zone (that of the reader at the moment), and per person and working day."""
        lines = ["| Zone | " + " | ".join(COLUMNS) + " |", "| --- " + "| ---: " * len(COLUMNS) + "|"]
        rows = {zone: [self.cells[zone, one] for one in COLUMNS] for zone in self.zones}
        rows["all"] = [sum(cells) for cells in zip(*rows.values(), strict=True)] or [0] * len(COLUMNS)
        lines += [f"| {zone} | " + " | ".join(f"{one:,}" for one in cells) + " |" for zone, cells in rows.items()]
        sent = sum(number * days for number, days in self.days.items())
        lines += [
            "",
            f"{self.people} people, {self.deeds:,} deeds, {self.working:,} working days of people: "
            f"{sent / self.working:.2f} messages a person and working day, "
            f"{sent / max(1, self.days.total()):.2f} on a day with any, {max(self.days, default=0)} at most.",
        ]
        return "\n".join(lines)


def run(script: Script) -> Figures:
    """Simulate, compare and count."""
    expected, sent = simulate(script)
    return count(script, expected, sent, compare(script, expected, sent))


def count(script: Script, expected: Iterable[Message], sent: Sequence[Message], found: list[Difference]) -> Figures:
    """The figures of one simulation."""
    lives = Lives(script)
    cells = Counter((lives.at(one).zone, "expected") for one in expected)
    cells.update((lives.at(one).zone, "sent") for one in sent)
    cells.update((lives.at(one.message).zone, one.fault) for one in found)
    of_day = Counter((one.who, lives.at(one).day_of(one.at)) for one in sent)
    span = range(script.start.toordinal(), script.end.toordinal())
    off = Counter(life for life in Organisation(script).lives)
    working = sum(number * sum(life.works(date.fromordinal(day)) for day in span) for life, number in off.items())
    days = Counter(of_day.values())
    return Figures(cells, days, working, len(script.people), len(script.events), [str(one) for one in found])

"""Two lists of messages side by side: what is missing, too much, at a wrong hour, at a wrong person, or there twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path

from tests.simulation.expected import Expectation
from tests.simulation.hours import Life
from tests.simulation.organisation import Organisation
from tests.simulation.product import Product
from tests.simulation.script import Message, Script

FAULTS = ("missing", "extra", "wrong hour", "wrong person", "twice")


@dataclass(frozen=True, slots=True)
class Difference:
    """One fault; `instead`: what came in its place."""

    fault: str
    message: Message
    instead: Message | None = None

    def __str__(self) -> str:
        one, other = self.message, self.instead
        line = f"{self.fault}: member {one.who} {one.at:%Y-%m-%d %H:%M:%S} {one.kind} {sorted(map(str, one.says))}"
        return line if other is None else f"{line}; there was member {other.who} {other.at:%Y-%m-%d %H:%M:%S}"


def simulate(script: Script) -> tuple[list[Message], list[Message]]:
    """What should have arrived, and what did."""
    with tempfile.TemporaryDirectory() as folder:
        return Expectation(script).walk(), asyncio.run(Product(script, Path(folder)).run())


def compare(script: Script, expected: Iterable[Message], sent: Sequence[Message]) -> list[Difference]:
    """All differences of the two as multisets, and what no expectation is needed for, in time order."""
    wanted, came = Counter(expected), Counter(sent)
    missing, extra = list((wanted - came).elements()), list((came - wanted).elements())
    found = [Difference("twice", one) for one in extra if came[one] > 1 and wanted[one]]
    extra = [one for one in extra if not (came[one] > 1 and wanted[one])]
    for fault, same in (("wrong hour", _but_hour), ("wrong person", _but_person)):
        found += _pair(fault, same, missing, extra)
    found += [Difference("missing", one) for one in missing] + [Difference("extra", one) for one in extra]
    return sorted([*found, *_breaches(script, sent)], key=lambda one: one.message.at)


def _but_hour(one: Message) -> object:
    return one.who, one.kind, one.says


def _but_person(one: Message) -> object:
    return one.at, one.kind, one.says


def _pair(fault: str, same: object, missing: list[Message], extra: list[Message]) -> list[Difference]:
    assert callable(same)
    found = []
    for one in list(missing):
        other = next((other for other in extra if same(other) == same(one)), None)
        if other is not None:
            missing.remove(one)
            extra.remove(other)
            found.append(Difference(fault, one, other))
    return found


def _breaches(script: Script, sent: Iterable[Message]) -> list[Difference]:
    """By the bare promise: nothing outside working hours but urgent work, and one agenda a local day."""
    urgent = {one.task for one in script.events if one.kind == "assign" and one.urgent}
    lives, agendas = Lives(script), Counter[tuple[int, date]]()
    found = []
    for one in sent:
        life = lives.at(one)
        calm = any(part[0] == "absence" or part[1] not in urgent for part in one.says)
        if calm and not life.allowed(one.at):
            found.append(Difference("wrong hour", one))
        if one.kind == "agenda":
            agendas[one.who, life.day_of(one.at)] += 1
            if agendas[one.who, life.day_of(one.at)] > 1:
                found.append(Difference("twice", one))
    return found


class Lives:
    """By which zone and hour somebody lives at an instant."""

    def __init__(self, script: Script) -> None:
        self._found = [[(script.start, life)] for life in Organisation(script).lives]
        for event in script.events:
            found = self._found[event.who]
            if event.kind == "zone":
                found.append((event.at, replace(found[-1][1], zone=event.text)))
            if event.kind == "clock":
                found.append((event.at, replace(found[-1][1], clock=time.fromisoformat(event.text))))

    def at(self, one: Message) -> Life:
        """How the reader of a message lives when it comes."""
        return next(life for since, life in reversed(self._found[one.who]) if since <= one.at)

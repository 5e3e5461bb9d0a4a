"""The thresholds of an organisation and of its units. What is not set has a default that suits an administration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bot.policy import ladder
from bot.policy.ladder import Ladder

MOST = 60  # days or hours; more than that is a mistake, not a rule


@dataclass(frozen=True, slots=True)
class Rules:
    """Working days, unless said otherwise.

    `receive_within`: working hours in which an owner confirms receipt; as many later the head is told.
    `head_after`, `leaders_after`: days overdue after which the unit head and leadership hear of it.
    `acknowledged_for`: how long an escalation rests after somebody said that they take care of it.
    `explain_within`: days for the written reason of a delay. `update_after`: days without news before the owner is
    asked. `snoozes`: how often the reminders of one task can be put off. `extension_notice`: days before the
    deadline at which an extension must be asked for so as not to be marked late. `ladder`: when owners are reminded.
    """

    receive_within: int = 8
    head_after: int = 1
    leaders_after: int = 3
    acknowledged_for: int = 2
    explain_within: int = 2
    update_after: int = 5
    snoozes: int = 3
    extension_notice: int = 1
    ladder: Ladder = field(default_factory=Ladder)


DEFAULT = Rules()
LADDER = "ladder"
NAMES = tuple(one.name for one in fields(Rules))
NUMBERS = tuple(name for name in NAMES if name != LADDER)
LEAST = {"snoozes": 0, "extension_notice": 0}  # everything else is at least 1

Values = Mapping[tuple[int | None, str], int | Ladder]


def fault(name: str, value: int) -> tuple[int, int] | None:
    """The allowed range if the value lies outside it."""
    least = LEAST.get(name, 1)
    return None if least <= value <= MOST else (least, MOST)


def read(name: str, text: str) -> int | Ladder:
    """The value of a rule as it is stored. A ladder that cannot be read (any more) is the usual one."""
    if name != LADDER:
        return int(text)
    try:
        return ladder.parse(text)
    except ladder.BadLadder:
        return ladder.DEFAULT


def resolve(values: Values, chain: Iterable[int]) -> Rules:
    """The rules of a unit. `chain`: the unit and the units above it; the nearest that says something wins."""
    places = (*chain, None)
    found: dict[str, Any] = {
        name: next(values[place, name] for place in places if (place, name) in values)
        for name in NAMES
        if any((place, name) in values for place in places)
    }
    return replace(DEFAULT, **found)

"""What reminders are made of: steps that are earned at an instant, and what a look at a task finds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.policy.calendar import WorkCalendar


def morning(day: date, calendar: WorkCalendar) -> datetime:
    """The hour of the agenda on that day, or the opening where people do not work at that hour."""
    works = calendar.opens <= calendar.clock < calendar.closes
    return calendar.at(day, calendar.clock if works else calendar.opens)


class Hears(StrEnum):
    """Whom a step is meant for."""

    OWNER = "owner"
    HEAD = "head"
    LEADERS = "leaders"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder, the instant at which it is earned, and who hears it."""

    name: str
    at: datetime
    hears: Hears = Hears.OWNER


@dataclass(frozen=True, slots=True)
class Decision:
    """What a look at one task found.

    `earned`: every step that is used up now; `spoken`: those that are told: of the owner's only the latest, so that
    nobody gets three letters after a pause; `next_at`: when to look again.
    """

    earned: tuple[Rung, ...]
    spoken: tuple[Rung, ...]
    next_at: datetime | None


def decide(
    rungs: Iterable[Rung], taken: Collection[str], now: datetime, silent: Collection[str] = frozenset()
) -> Decision:
    """Which steps are earned at `now` and not yet taken, which of them speak, and when to look again.

    `silent`: steps that are used up without a word.
    """
    steps = sorted(rungs, key=lambda rung: rung.at)
    earned = tuple(rung for rung in steps if rung.at <= now and rung.name not in taken)
    heard = [rung for rung in earned if rung.name not in silent]
    owner = [rung for rung in heard if rung.hears is Hears.OWNER][-1:]
    others = [rung for rung in heard if rung.hears is not Hears.OWNER]
    later = min((rung.at for rung in steps if rung.at > now), default=None)
    return Decision(earned, (*owner, *others), later)

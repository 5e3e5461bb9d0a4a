"""Deadlines as people type them: dates in figures and phrases, in Vietnamese, English and Polish.

What is not understood as a whole is refused: a wrong deadline is worse than a question. Every language is tried on
every phrase; when they mean different instants, a person has to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.policy.calendar import WorkCalendar
from bot.policy.phrases.atoms import Reading
from bot.policy.phrases.english import ENGLISH
from bot.policy.phrases.meaning import instants
from bot.policy.phrases.polish import POLISH
from bot.policy.phrases.tokens import tokens_of
from bot.policy.phrases.unclear import Unclear
from bot.policy.phrases.vietnamese import VIETNAMESE

__all__ = ["FARTHEST", "GRAMMARS", "LONGEST", "Unclear", "choices", "parse"]

LONGEST = 64  # characters
FARTHEST = timedelta(days=3660)
GRAMMARS = (VIETNAMESE, ENGLISH, POLISH)


def parse(text: str, now: datetime, calendar: WorkCalendar) -> datetime:
    """The UTC instant that was typed; a date without an hour means the end of the working day there.

    Raises Unclear when nothing, or nothing usable, was understood; with both instants when it can mean two.
    """
    phrase = text.strip().casefold()
    if len(phrase) > LONGEST:
        raise Unclear("not_understood")
    zoned = _zoned(phrase)
    found, failed = ({zoned}, set()) if zoned is not None else _understood(phrase, now, calendar)
    usable = tuple(sorted(at for at in found if now < at <= now + FARTHEST))
    if len(usable) == 1:
        return usable[0]
    if len(usable) == 2:
        raise Unclear("ambiguous", usable)
    if usable:
        raise Unclear("not_understood")
    if any(at <= now for at in found):
        raise Unclear("past")
    if found:
        raise Unclear("too_far")
    raise Unclear("no_such_date" if "no_such_date" in failed else "not_understood")


def _zoned(phrase: str) -> datetime | None:
    """An ISO instant that names its own offset."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:[0-9]{2}(:[0-9]{2})?(z|[+-][0-9]{2}:?[0-9]{2})", phrase):
        return None
    try:
        return datetime.fromisoformat(phrase.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unclear("no_such_date") from None


def _understood(phrase: str, now: datetime, calendar: WorkCalendar) -> tuple[set[datetime], set[str]]:
    """All instants the phrase can mean in any language, and why readings of it mean none."""
    found: set[datetime] = set()
    failed: set[str] = set()
    for reading in _readings(phrase):
        try:
            found.update(instants(reading, now, calendar))
        except Unclear as unclear:
            failed.add(unclear.reason)
    return found, failed


def _readings(phrase: str) -> Iterator[Reading]:
    tokens = tokens_of(phrase)
    for grammar in GRAMMARS:
        yield from grammar.readings(tokens)


def choices(now: datetime, calendar: WorkCalendar, number: int = 6) -> tuple[datetime, ...]:
    """The ends of the next working days, to choose from with a button."""
    day = calendar.local(now).date()
    found = [calendar.at(day, calendar.end_of_day)] if calendar.is_working(day) else []
    while len(found) <= number:
        day = calendar.shift(day, 1)
        found.append(calendar.at(day, calendar.end_of_day))
    return tuple(instant for instant in found if instant > now + timedelta(hours=1))[:number]

"""Whether letters may leave at all: while nobody knows what becomes of them, none does.

A letter whose outcome is unknown may be repeated once only, so its copies must not be spent on a messenger that is
away for hours. After an unknown outcome nothing more leaves until the messenger has answered a harmless question, and
then one letter alone tries the way before the others follow. A letter that breaks every connection by itself stops
nobody: the question is answered, and the rule of two copies closes it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

from bot.policy import retry
from bot.policy.retry import Outcome

log = logging.getLogger(__name__)


class _Way(StrEnum):
    """What is known about the way to the messenger."""

    CLEAR = "clear"
    CLOSED = "closed"
    TRIED = "tried"  # the question was answered, one letter may try


class Breaker:
    """Of one process, and not kept: a new one begins with trust. `reachable` asks the messenger."""

    def __init__(self, reachable: Callable[[], Awaitable[bool]], clock: Callable[[], datetime]) -> None:
        self._reachable = reachable
        self._clock = clock
        self._way = _Way.CLEAR
        self._failures = 0
        self._failed_at: datetime | None = None

    @property
    def closed(self) -> bool:
        """Whether no letter may leave."""
        return self._way is _Way.CLOSED

    def room(self, most: int) -> int:
        """How many letters may be under way, `most` of them while nothing is wrong."""
        return {_Way.CLEAR: most, _Way.TRIED: min(most, 1), _Way.CLOSED: 0}[self._way]

    def learn(self, outcome: str) -> None:
        """What became of an attempt, as in `handlers.ports.Delivery`."""
        if outcome == Outcome.UNKNOWN:
            if self._way is _Way.TRIED:
                self._fail()
            self._way = _Way.CLOSED
        elif self._way is _Way.TRIED and outcome != Outcome.NOT_SENT:
            self._way = _Way.CLEAR
            if self._failures:
                log.warning("the messenger answers again: letters leave")
            self._failures, self._failed_at = 0, None

    async def ask(self) -> bool:
        """Whether a letter may try the way; asks the messenger, if it is time to ask again."""
        if not retry.may_ask(self._failed_at, self._failures, self._clock()):
            return False
        if await self._reachable():
            self._way = _Way.TRIED
            return True
        self._fail()
        return False

    def _fail(self) -> None:
        self._failures += 1
        self._failed_at = self._clock()
        if self._failures == 1:
            log.warning("what becomes of letters is unknown: none leaves until the messenger answers")

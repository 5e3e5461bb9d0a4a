"""The clock of the sandbox: real time, moved forward by jumps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class MovableClock:
    """Runs like the clock it was given, ahead of it by what was jumped."""

    def __init__(self, real: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._real = real
        self._monotonic = monotonic
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return self._real() + self._ahead

    def monotonic(self) -> float:
        """Seconds that run with this clock: a jump also gives the sending limits their rest."""
        return self._monotonic() + self._ahead.total_seconds()

    def move_to(self, instant: datetime) -> None:
        """Jump forward to an instant; never back."""
        self._ahead += max(timedelta(), instant - self())

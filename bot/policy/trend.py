"""The on-time rate of the last weeks, from the figures as they were frozen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from storage.figures import Figures, WeekRate

WEEKS = 8
_WEEK = timedelta(days=7)


def weeks(figures: Figures, earlier: Iterable[Figures]) -> tuple[WeekRate, ...]:
    """The rates up to these figures, oldest first; a period in between of which nothing is known is empty.

    `earlier`: oldest first. Counted from the beginning of the present period: a preview is in its middle.
    """
    known = {0: _rate(figures)}
    for one in earlier:
        back = 1 + round((figures.since - one.until) / _WEEK)
        if 0 < back < WEEKS:
            known[back] = _rate(one)
    return tuple(
        known.get(back) or WeekRate(figures.since - (back - 1) * _WEEK, 0, 0) for back in range(max(known), -1, -1)
    )


def _rate(figures: Figures) -> WeekRate:
    total = figures.total
    return WeekRate(figures.until, total.on_time, total.on_time + total.late)

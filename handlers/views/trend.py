"""The lower half of the picture: the on-time rate of the last weeks, each with its denominator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from handlers.views import dates
from handlers.views.lettering import cut, drawable, shrink
from handlers.views.reader import Reader
from handlers.views.summary import rate
from handlers.views.svg import COLOURS, INK, LEFT, PADDING, PANEL, RIGHT, SOFT, line, point, words
from storage.figures import WeekRate

HEIGHT = 350  # of the whole panel, at least
MORE = 110  # higher by at most this much, where there is room
AXIS = 84  # the room for "100 %" at the left
LINE = COLOURS["on_time"]
GRID = "#D5DBE3"
NONE = "—"  # nothing was completed: no rate, and certainly not 0 %


@dataclass(frozen=True, slots=True)
class Plot:
    """Where 100 % and 0 % are, and the middles of the weeks."""

    top: float
    bottom: float
    column: float

    def middle(self, index: int) -> float:
        return LEFT + AXIS + self.column * (index + 0.5)

    def height(self, week: WeekRate) -> float:
        return self.bottom - (self.bottom - self.top) * week.on_time / week.ended


def trend(weeks: Sequence[WeekRate], zone: str, reader: Reader, y: float, height: float) -> Markup:
    """Title, line and labels of the panel whose upper edge is at `y`."""
    t, room = reader.texts, RIGHT - LEFT
    plot = Plot(y + 160, y + height - 86, (room - AXIS) / max(1, len(weeks)))
    parts = [
        words(cut(t.plain("picture.trend"), 34, room, bold=True), LEFT, y + PADDING + 28, 34, bold=True),
        words(cut(t.plain("picture.denominator"), 28, room), LEFT, y + PADDING + 68, 28, fill=SOFT),
        *_grid(plot),
        *_lines(weeks, plot),
        *(_week(index, week, plot, zone, reader) for index, week in enumerate(weeks)),
    ]
    return Markup('<g class="weeks">{}</g>').format(Markup("").join(parts))


def _grid(plot: Plot) -> Iterator[Markup]:
    for label, height in (("100 %", plot.top), ("0 %", plot.bottom)):
        yield line([(LEFT + AXIS, height), (RIGHT, height)], GRID, 2)
        yield words(label, LEFT + AXIS - 10, height + 8, 24, anchor="end", fill=SOFT)


def _lines(weeks: Sequence[WeekRate], plot: Plot) -> Iterator[Markup]:
    """A line through neighbouring weeks that have a rate; a week without one is a gap."""
    for known, run in groupby(enumerate(weeks), key=lambda place: place[1].ended > 0):
        points = [(plot.middle(index), plot.height(week)) for index, week in run] if known else []
        if len(points) > 1:
            yield line(points, LINE, 6, "trend")


def _week(index: int, week: WeekRate, plot: Plot, zone: str, reader: Reader) -> Markup:
    """The point of a week with its rate above, its date and its denominator below."""
    x, room = plot.middle(index), plot.column - 12
    day = drawable(dates.short_day(week.until, zone, reader.language))
    below = words(day, x, plot.bottom + 36, shrink(day, 26, room), anchor="middle", fill=SOFT)
    if not week.ended:
        return below + words(NONE, x, (plot.top + plot.bottom) / 2 + 10, 32, bold=True, anchor="middle", fill=SOFT)
    share, parts = rate(week.on_time, week.ended), f"{week.on_time}/{week.ended}"
    size = shrink(share, 30, room, bold=True)
    return Markup("").join(
        [
            below,
            point(x, plot.height(week), 10, LINE),
            words(share, x, plot.height(week) - 22, size, bold=True, anchor="middle", fill=INK, halo=PANEL),
            words(parts, x, plot.bottom + 67, shrink(parts, 26, room), anchor="middle", fill=SOFT),
        ]
    )

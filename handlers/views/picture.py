"""The picture of the weekly summary: each unit's tasks by class as one bar, and the on-time rate week by week.

An SVG without anything in it that a reader could break: it is drawn to a PNG outside (see `handlers.ports.Drawer`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from handlers.buttons import button, keyboard
from handlers.views import dates, trend
from handlers.views.lettering import cut, drawable, shrink, width
from handlers.views.message import Message, lines
from handlers.views.reader import Reader
from handlers.views.summary import CLASSES
from handlers.views.svg import (
    COLOURS,
    INK,
    LEFT,
    MARGIN,
    PADDING,
    PANEL,
    RIGHT,
    SOFT,
    box,
    panel,
    segment,
    whole,
    words,
)
from handlers.views.texts import Texts
from storage.figures import Corrected, Figures, UnitFigures, WeekRate

TALLEST = 1600
MOST_UNITS = 12  # more than these become one bar
HEAD = 152  # height of the title above the first panel
LEGEND_LINE = 46
STEP = 112  # from one unit to the next, where there is room
BESIDE = 200  # kept free behind the longest bar, for numbers that its segments are too short for
ROOM = RIGHT - LEFT


def picture(figures: Figures, weeks: Sequence[WeekRate], reader: Reader, *, preview: bool = False) -> str:
    """The SVG: 1080 wide, as high as its content, at most 1600. `weeks`: oldest first, at most eight."""
    t = reader.texts
    rows = _rows(figures.units, t)
    first = HEAD + PADDING + 3 * LEGEND_LINE
    room = TALLEST - first - PADDING - MARGIN - trend.HEIGHT - MARGIN
    step = min(STEP, room / max(1, len(rows)))
    end = first + step * max(1, len(rows)) + PADDING
    plot = trend.HEIGHT + min(trend.MORE, TALLEST - MARGIN - trend.HEIGHT - MARGIN - end)
    parts = [
        _head(figures, reader, preview=preview),
        panel(HEAD, end - HEAD),
        _legend(figures.total, t, HEAD + PADDING),
        _bars(rows, first, step) if rows else _empty(t, first, step),
        panel(end + MARGIN, plot),
        trend.trend(weeks, figures.zone, reader, end + MARGIN, plot),
    ]
    return str(whole(end + MARGIN + plot + MARGIN, parts))


def with_button(message: Message, reader: Reader, *, settings: bool = False) -> Message:
    """The same message with a button that asks for the picture, and those of whoever looks after the posts."""
    t = reader.texts
    rows = [[button(t.plain("button.picture"), "chart")]]
    if settings:
        rows += [[button(t.plain("button.chats"), "plans")], [button(t.plain("button.correct"), "fix")]]
    return replace(message, keyboard=keyboard(rows))


def picture_message(figures: Figures, weeks: Sequence[WeekRate], reader: Reader, *, preview: bool = False) -> Message:
    """The picture with a short caption."""
    until = dates.moment(figures.until, figures.zone, reader.language)
    caption = reader.texts("picture.caption", unit=figures.unit, until=until)
    return Message(caption, svg=picture(figures, weeks, reader, preview=preview))


def corrected_picture(
    figures: Figures, weeks: Sequence[WeekRate], corrected: Corrected | None, reader: Reader
) -> Message:
    """The picture of corrected figures. When it cannot be drawn, the caption says that the old one shows the old."""
    made = picture_message(figures, weeks, reader)
    if corrected is None:
        return made
    t = reader.texts
    at = dates.moment(corrected.at, figures.zone, reader.language)
    text = lines([t("picture.corrected", at=at), made.text])
    return replace(made, text=text, otherwise=lines([t("picture.outdated", at=at), made.text]))


def _head(figures: Figures, reader: Reader, *, preview: bool) -> Markup:
    t = reader.texts
    until = dates.moment(figures.until, figures.zone, reader.language)
    said = t.plain("picture.preview" if preview else "picture.title", until=until)
    size = max(36, shrink(drawable(figures.unit), 54, ROOM, bold=True))
    unit = words(cut(figures.unit, size, ROOM, bold=True), LEFT, 74, size, bold=True)
    return unit + words(cut(said, 33, ROOM), LEFT, 124, 33, fill=SOFT)


def _rows(units: Sequence[UnitFigures], t: Texts) -> list[UnitFigures]:
    """What gets a bar: the units in their order; of too many those with the most overdue, the rest as one."""
    if len(units) <= MOST_UNITS:
        return list(units)
    urgent = sorted(range(len(units)), key=lambda index: (-units[index].overdue, -units[index].total, index))
    shown = set(urgent[:MOST_UNITS])
    rest = [one for index, one in enumerate(units) if index not in shown]
    counts = {name: sum(getattr(one, name) for one in rest) for name in ("total", *CLASSES)}
    more = replace(rest[0], unit_id=0, unit=t.plain("picture.more", n=len(rest)), **counts)
    return [*(one for index, one in enumerate(units) if index in shown), more]


def _legend(total: UnitFigures, t: Texts, y: float) -> Markup:
    """The classes with the numbers of the whole: column by column, the total as the last."""
    half = (ROOM - 36) / 2
    made = []
    for index, name in enumerate((*CLASSES, "total")):
        x, base = LEFT + index // 3 * (half + 36), y + index % 3 * LEGEND_LINE + 25
        bold = name == "total"
        number, label = str(getattr(total, name)), drawable(t.plain(f"picture.{name}"))
        size = shrink(label, 30, half - 42 - width(number, 32, bold=True) - 14, bold=bold)
        made += [
            segment(name, x, base - 25, 28, 28, "key") if name in COLOURS else Markup(""),
            words(label, x + 42, base, size, bold=bold),
            words(number, x + half, base, 32, bold=True, anchor="end"),
        ]
    return Markup("").join(made)


def _empty(t: Texts, y: float, step: float) -> Markup:
    return words(cut(t.plain("summary.empty"), 34, ROOM), LEFT, y + step * 0.6, 34, fill=SOFT)


def _bars(rows: Sequence[UnitFigures], y: float, step: float) -> Markup:
    """One scale for all units; the rest of too many units is as long as the longest, which its name says."""
    longest = max(row.total for row in rows[:MOST_UNITS])
    totals = [max(1, row.total if index >= MOST_UNITS else longest) for index, row in enumerate(rows)]
    made = [
        _unit(row, y + index * step, step, (ROOM - BESIDE) / total)
        for index, (row, total) in enumerate(zip(rows, totals, strict=True))
    ]
    return Markup("").join(made)


def _unit(row: UnitFigures, y: float, step: float, scale: float) -> Markup:
    """One unit: its name and total, below them the bar."""
    size = min(36.0, step * 0.39)
    height = step * 0.42
    total = str(row.total)
    room = ROOM - width(total, size, bold=True) - 30
    small = max(size * 0.85, shrink(drawable(row.unit), size, room))
    return Markup('<g class="unit">{name}{total}{bar}</g>').format(
        name=words(cut(row.unit, small, room), LEFT, y + step * 0.42, small),
        total=words(total, RIGHT, y + step * 0.42, size, bold=True, anchor="end"),
        bar=_bar(row, y + step * 0.52, height, scale),
    )


def _bar(row: UnitFigures, y: float, height: float, scale: float) -> Markup:
    """The segments, each number in its own where it fits, the others behind the bar with a mark of their class."""
    size = min(34.0, height * 0.82)
    base = y + height / 2 + size * 0.36
    pieces, gaps, inside, behind = [], [], [], []
    x: float = LEFT
    for name in CLASSES:
        number = str(getattr(row, name))
        if number == "0":
            continue
        long = int(number) * scale
        pieces.append(segment(name, x, y, long, height, "bar"))
        if x > LEFT:
            gap = min(3.0, long / 3)
            gaps.append(box(x - gap / 2, y - 1, gap, height + 2, PANEL))
        if width(number, size, bold=True) + 16 <= long:
            made = words(number, x + long / 2, base, size, bold=True, anchor="middle", fill=PANEL, halo=COLOURS[name])
            inside.append(made)
        else:
            behind.append((name, number))
        x += long
    return Markup("").join([*pieces, *gaps, *inside, _behind(behind, x + 14, base, size)])


def _behind(numbers: Sequence[tuple[str, str]], x: float, base: float, size: float) -> Markup:
    """Numbers behind a bar, smaller when there are too many of them."""
    needed = sum(_chip(number, size) for _, number in numbers)
    size *= min(1.0, (RIGHT - x) / needed) if needed else 1.0
    made = []
    for name, number in numbers:
        mark = size * 0.6
        made += [
            segment(name, x, base - mark, mark, mark, "mark"),
            words(number, x + mark * 1.35, base, size, bold=True, fill=INK),
        ]
        x += _chip(number, size)
    return Markup("").join(made)


def _chip(number: str, size: float) -> float:
    """The room for a number with its mark."""
    return size * 1.3 + width(number, size, bold=True)

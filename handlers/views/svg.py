"""Pieces of a picture: its colours, and the few SVG elements it is made of, every value escaped."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from handlers.views.lettering import FAMILY

WIDTH = 1080
MARGIN, PADDING = 24, 28  # around a panel and inside it
LEFT, RIGHT = MARGIN + PADDING, WIDTH - MARGIN - PADDING

# A light card of its own: the same in dark and in light chats.
GROUND, PANEL, EDGE = "#E4E9F0", "#FFFFFF", "#B9C2CF"
INK, SOFT = "#16202E", "#4A5565"
# After Okabe and Ito, darkened where the original has less than 3:1 against the panel, or where the darkened
# orange and the vermillion could not be told apart by people who see little red or green.
COLOURS = {
    "on_time": "#009E73",
    "late": "#C17F00",
    "within": "#0072B2",
    "overdue": "#99280A",
    "no_deadline": "#6B7280",
}
# Two classes must be told apart even in grey: stripes and dots. Upright ones: slanted ones make the file much larger.
MARKS = {"late": (5, 14), "overdue": (5, 5)}


def whole(height: float, parts: Iterable[Markup]) -> Markup:
    """The picture."""
    marks = Markup("").join(_pattern(name, *size) for name, size in MARKS.items())
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="{family}"><defs>{marks}</defs>{ground}{parts}</svg>'
    ).format(
        width=WIDTH,
        height=_number(height),
        family=FAMILY,
        marks=marks,
        ground=box(0, 0, WIDTH, height, GROUND),
        parts=Markup("").join(parts),
    )


def _pattern(name: str, width: int, height: int) -> Markup:
    return Markup(
        '<pattern id="{name}" width="14" height="14" patternUnits="userSpaceOnUse">'
        '<rect width="{width}" height="{height}" fill="#FFFFFF" fill-opacity="0.3"/></pattern>'
    ).format(name=name, width=width, height=height)


def words(
    text: str,
    x: float,
    y: float,
    size: float,
    *,
    bold: bool = False,
    anchor: str = "start",
    fill: str = INK,
    halo: str = "",
) -> Markup:
    """A drawable text on the base line `y`; a halo keeps it readable on top of lines and stripes."""
    edge = Markup('stroke="{halo}" stroke-width="{width}" stroke-linejoin="round" paint-order="stroke" ')
    return Markup(
        '<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{fill}" {edge}>'
        "{text}</text>"
    ).format(
        x=_number(x),
        y=_number(y),
        size=_number(size),
        weight=700 if bold else 400,
        anchor=anchor,
        fill=fill,
        edge=edge.format(halo=halo, width=_number(size / 3)) if halo else Markup(""),
        text=text,
    )


def box(x: float, y: float, width: float, height: float, fill: str, *, name: str = "", round_: float = 0) -> Markup:
    """A filled rectangle; `name` is its class, for whoever looks for it."""
    return Markup(
        '<rect class="{name}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round}" fill="{fill}"/>'
    ).format(
        name=name,
        x=_number(x),
        y=_number(y),
        width=_number(width),
        height=_number(height),
        round=_number(round_),
        fill=fill,
    )


def panel(y: float, height: float) -> Markup:
    """The ground on which everything is read."""
    edge = box(MARGIN - 2, y - 2, WIDTH - 2 * MARGIN + 4, height + 4, EDGE, round_=22)
    return edge + box(MARGIN, y, WIDTH - 2 * MARGIN, height, PANEL, name="panel", round_=20)


def segment(kind: str, x: float, y: float, width: float, height: float, name: str) -> Markup:
    """A piece of a class in its colour with its marks."""
    plain = box(x, y, width, height, COLOURS[kind], name=f"{name} {kind}")
    return plain + box(x, y, width, height, f"url(#{kind})") if kind in MARKS else plain


def line(points: Iterable[tuple[float, float]], colour: str, thickness: float, name: str = "") -> Markup:
    """A line through these points."""
    joined = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return Markup(
        '<polyline class="{name}" points="{points}" fill="none" stroke="{colour}" stroke-width="{thickness}"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    ).format(name=name, points=joined, colour=colour, thickness=thickness)


def point(x: float, y: float, radius: float, colour: str) -> Markup:
    """A point on a line."""
    return Markup(
        '<circle class="point" cx="{x}" cy="{y}" r="{radius}" fill="{colour}" stroke="{panel}" stroke-width="4"/>'
    ).format(x=_number(x), y=_number(y), radius=radius, colour=colour, panel=PANEL)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

"""Reads the SVG of a picture: its texts with the room they take, its bars, its colours."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from handlers.views.lettering import width

NS = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Words:
    """One text and the box that holds its letters; descenders are left out of the height."""

    text: str
    left: float
    right: float
    top: float
    base: float
    size: float
    fill: str

    def overlaps(self, other: Words) -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.base and other.top < self.base


class Drawn:
    """A picture as it was composed. Raises ParseError for what is no XML."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)
        _, _, self.width, self.height = (float(word) for word in self.root.attrib["viewBox"].split())

    @property
    def words(self) -> list[Words]:
        return [_words(node) for node in self.root.iter(f"{NS}text")]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.words]

    def boxes(self, name: str, root: ElementTree.Element | None = None) -> list[dict[str, str]]:
        """The rectangles with that class (or both, of "bar late")."""
        wanted = set(name.split())
        found = (self.root if root is None else root).iter(f"{NS}rect")
        return [node.attrib for node in found if wanted <= set(node.attrib.get("class", "").split())]

    @property
    def units(self) -> list[ElementTree.Element]:
        return [node for node in self.root.iter(f"{NS}g") if node.attrib.get("class") == "unit"]

    @property
    def bars(self) -> list[dict[str, float]]:
        """For every unit the length of each class."""
        return [
            {box["class"].removeprefix("bar "): float(box["width"]) for box in self.boxes("bar", unit)}
            for unit in self.units
        ]

    @property
    def lines(self) -> list[int]:
        """How many points each line of the trend joins."""
        found = self.root.iter(f"{NS}polyline")
        return [len(node.attrib["points"].split()) for node in found if node.attrib["class"] == "trend"]

    @property
    def points(self) -> int:
        return sum(1 for _ in self.root.iter(f"{NS}circle"))

    def colours(self) -> set[str]:
        fills = {node.attrib.get("fill", "none") for node in self.root.iter()}
        return {fill for fill in fills if fill.startswith("#")}

    def structure(self) -> dict[str, Any]:
        """What a golden file keeps: what is said and how long the bars are, not a single place."""
        return {
            "width": self.width,
            "texts": self.texts,
            "bars": [{name: round(length) for name, length in bar.items()} for bar in self.bars],
            "lines": self.lines,
            "points": self.points,
        }


def _words(node: ElementTree.Element) -> Words:
    size, x, text = float(node.attrib["font-size"]), float(node.attrib["x"]), node.text or ""
    long = width(text, size, bold=node.attrib["font-weight"] == "700")
    left = x - {"start": 0.0, "middle": long / 2, "end": long}[node.attrib["text-anchor"]]
    base = float(node.attrib["y"])
    return Words(text, left, left + long, base - size * 0.73, base, size, node.attrib["fill"])


def linear(colour: str) -> list[float]:
    """A colour "#RRGGBB" as linear light."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG."""
    light, dark = sorted((_luminance(linear(one)), _luminance(linear(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(light: list[float]) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


# How people without one kind of cones see (Machado, Oliveira, Fernandes 2009, severity 1.0), on linear light.
EYES = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def difference(one: str, other: str, eyes: str) -> float:
    """How different two colours look to these eyes: CIE76, about 2 is just to be seen."""
    return math.dist(_lab(one, eyes), _lab(other, eyes))


def _lab(colour: str, eyes: str) -> tuple[float, float, float]:
    light = linear(colour)
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in EYES[eyes])
    x, y, z = (
        _lightness(value)
        for value in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _lightness(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116


def pairs(words: list[Words]) -> Iterator[tuple[Words, Words]]:
    """Every two texts."""
    for index, one in enumerate(words):
        for other in words[index + 1 :]:
            yield one, other

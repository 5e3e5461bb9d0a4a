"""Letters of a picture: what the bundled font can draw, and how wide it is there.

The widths are read from the font files that the picture is drawn with, so both always agree. The files have no
kerning (see docs/dependencies.md): a text is exactly as wide as its letters.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from handlers.views.texts import clean

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Inter"
MISSING = "□"  # stands for letters that the font does not have
_INVISIBLE = ("Cf", "Mn", "Me", "Cn", "Co")  # joiners and marks that no letter took in


def drawable(text: str) -> str:
    """The text in one line of letters that the font has; a run of others becomes one box."""
    line = " ".join(clean(text).split())
    known = _widths(False)
    kept = (c if ord(c) in known else MISSING for c in line if unicodedata.category(c) not in _INVISIBLE)
    return re.sub(f"{MISSING}+", MISSING, "".join(kept))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a drawable text is, in the unit of `size`."""
    known = _widths(bold)
    return size * sum(known[ord(c)] for c in text)


def cut(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, drawable, cut with an ellipsis to what fits into `room`."""
    line = drawable(text)
    if width(line, size, bold=bold) <= room:
        return line
    while line and width(line.rstrip() + "…", size, bold=bold) > room:
        line = line[:-1]
    return line.rstrip() + "…"


def shrink(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """The size, at most `size`, at which the whole of a drawable text fits: for numbers, which must not be cut."""
    needed = width(text, size, bold=bold)
    return size if needed <= room else size * room / needed


@lru_cache(maxsize=2)
def _widths(bold: bool) -> Mapping[int, float]:
    """For every character of the font: its advance width, as a share of the font size."""
    data = (FONTS / f"{FAMILY}-{'Bold' if bold else 'Regular'}.ttf").read_bytes()
    tables = _tables(data)
    (em,) = struct.unpack_from(">H", tables["head"], 18)
    (metrics,) = struct.unpack_from(">H", tables["hhea"], 34)
    advances = struct.unpack_from(">" + "Hh" * metrics, tables["hmtx"])[::2]
    glyphs = _glyphs(tables["cmap"])
    # Glyphs behind the last metric are as wide as it.
    return {code: advances[min(glyph, metrics - 1)] / em for code, glyph in glyphs.items()}


def _tables(data: bytes) -> Mapping[str, bytes]:
    """The tables of a TrueType file by name."""
    (number,) = struct.unpack_from(">H", data, 4)
    records = [struct.unpack_from(">4sIII", data, 12 + 16 * index) for index in range(number)]
    return {tag.decode(): data[offset : offset + length] for tag, _, offset, length in records}


def _glyphs(cmap: bytes) -> Mapping[int, int]:
    """Character -> glyph, from a subtable of format 4: the only format in which our files keep it."""
    (offset,) = struct.unpack_from(">I", cmap, 8)
    kind, length, _, double = struct.unpack_from(">HHHH", cmap, offset)
    if kind != 4:
        raise ValueError(f"the font keeps its characters in format {kind}")
    words = struct.unpack_from(f">{length // 2}H", cmap, offset)
    segments = double // 2
    ends, starts = words[7 : 7 + segments], words[8 + segments : 8 + 2 * segments]
    deltas, shifts = words[8 + 2 * segments : 8 + 3 * segments], 8 + 3 * segments
    found: dict[int, int] = {}
    for index, (start, end, delta) in enumerate(zip(starts, ends, deltas, strict=True)):
        shift = words[shifts + index]
        for code in range(start, end + 1):
            glyph = code if not shift else words[shifts + index + shift // 2 + code - start]
            if code != 0xFFFF and glyph:
                found[code] = (glyph + delta) & 0xFFFF
    return found

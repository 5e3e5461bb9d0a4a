"""The child that draws: an SVG from standard input becomes a PNG on standard output. The arguments are font files.

It is started by `bot.drawing` as a file of its own and imports nothing of ours: the drawing library holds the
interpreter while it works and can end the whole process, so it must never run inside the bot.
"""

from __future__ import annotations

import sys

import resvg_py

LARGEST = 200_000  # bytes of a picture that opens quickly on a phone
ZOOMS = (1.0, 0.8, 0.6)  # a picture with very much in it is drawn smaller rather than sent too large


def draw(svg: str, fonts: list[str]) -> bytes:
    """The PNG. Raises ValueError for what is no SVG and for one that is too large at every size."""
    for zoom in ZOOMS:
        png = bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=fonts))
        if len(png) < LARGEST:
            return png
    raise ValueError("the picture is too large")


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read().decode(), sys.argv[1:]))

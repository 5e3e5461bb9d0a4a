"""A workbook before it is written: sheets of typed cells, without the messenger and without a file format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

# A text, a number, a share (shown in per cent), a day, or a moment as the clock there shows it (without a zone).
Cell = str | int | Fraction | date
SHORT, MOMENT, NAME, WORDS, HASH = 12, 18, 28, 50, 66  # widths of columns in characters


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its headings with the widths of their columns in characters, its rows."""

    name: str
    columns: tuple[tuple[str, int], ...]
    rows: Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Book:
    """Sheets under the name of a file, in the language of their reader."""

    file: str
    language: str
    sheets: tuple[Sheet, ...]

"""The first row of a list: which of our columns stands where, and the text of a cell made tidy."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.spreadsheets.limits import MAX_CELL, MAX_COLUMNS, BadFile

Record = tuple[int, Sequence[str]]  # the number of a row, and its cells

_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# Control characters, and the invisible ones that turn the direction of text or hide in it.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Columns:
    """Names are matched without regard to case, accents, spaces and underscores."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d").replace("ł", "l"))
    return "".join(c for c in plain if not (c in "_\ufeff" or c.isspace() or unicodedata.combining(c)))


def names_of(columns: Columns) -> dict[str, str]:
    return {_fold(name): name for name in (*columns.required, *columns.optional)}


def known(cells: Sequence[str], columns: Columns) -> set[str]:
    return names_of(columns).keys() & {_fold(cell[:MAX_CELL]) for cell in cells[: MAX_COLUMNS * 2]}


class Tidy:
    """Remembers what it made: a thousand cells that share one text go on sharing it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._done: dict[str, str] = {}

    def __call__(self, raw: str, row: int, column: str | None) -> str:
        done = self._done.get(raw)
        if done is None:
            plain = _CONTROLS.sub("", _BREAKS.sub(" ", raw))
            done = unicodedata.normalize("NFC", plain).strip()
            done = self._done[raw] = raw if raw == done else done
        if len(done) > MAX_CELL:
            raise BadFile("too_long_cell", file=self.file, row=row, column=column, limit=str(MAX_CELL))
        return done


class Header:
    def __init__(self, record: Record, columns: Columns, tidy: Tidy) -> None:
        number, cells = record
        self._tidy = tidy
        self._columns: dict[int, str] = {}  # position -> our name of the column
        titles = {at: title for at, cell in enumerate(cells) if (title := tidy(cell, number, None))}
        if len(titles) > MAX_COLUMNS:
            raise BadFile("too_many_columns", file=tidy.file, row=number, limit=str(MAX_COLUMNS))
        self._match(titles, names_of(columns), number)
        missing = [name for name in columns.required if name not in self._columns.values()]
        if missing:
            raise BadFile("missing_column", file=tidy.file, row=number, column=missing[0], columns=", ".join(missing))

    def _match(self, titles: Mapping[int, str], names: Mapping[str, str], number: int) -> None:
        near = {at: difflib.get_close_matches(_fold(titles[at]), names, n=1) for at in titles}
        if not any(near.values()):
            raise BadFile("not_a_table", file=self._tidy.file)
        for at, title in titles.items():
            name = names.get(_fold(title))
            if name is None:
                nearest = names[near[at][0]] if near[at] else ""
                raise BadFile("unknown_column", file=self._tidy.file, row=number, column=title, nearest=nearest)
            if name in self._columns.values():
                raise BadFile("duplicate_column", file=self._tidy.file, row=number, column=title, name=name)
            self._columns[at] = name

    def title(self, position: int) -> str:
        return self._columns.get(position) or _letter(position + 1)

    def values(self, record: Record) -> dict[str, str]:
        """The filled cells by column; a filled cell under no column is an error, never lost."""
        row, cells = record
        values: dict[str, str] = {}
        for position, cell in enumerate(cells):
            if not cell:
                continue
            name = self._columns.get(position)
            text = self._tidy(cell, row, name)
            if text and name is None:
                column = _letter(position + 1)
                raise BadFile("cell_without_column", file=self._tidy.file, row=row, column=column)
            if text and name is not None:
                values[name] = text
        return values


def _letter(number: int) -> str:
    """The letters of a column, from 1. Imported late: openpyxl takes a seventh of the bot's start."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    return get_column_letter(number)

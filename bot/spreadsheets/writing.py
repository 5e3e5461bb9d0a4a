"""Workbooks that we hand out: cells of text, numbers and dates, and nothing in them that can run as a formula.

Texts have the number format "text" too: editing a cell that looks like a formula does not make it one. A workbook
is written row by row, in the same memory however long it is, beside its target and then moved there: half a file
never stands where a whole one is looked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

LONGEST_CELL = 32_767  # UTF-16 units, as Excel counts
LONGEST_NAME = 31  # the same, of the name of a sheet
A4 = 9  # as Excel numbers the kinds of paper
WIDEST_FROZEN = 28  # characters
WIDEST_ON_PAPER = 300  # characters of a row that can still be read on one page across
LAST_ROW = 1_048_576  # of any sheet; what is longer goes on in the next one
RESERVED = "history"  # a sheet of this name is Excel's own

_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Control characters, halves of surrogate pairs, and the invisible marks that turn the direction of text.
_UNFIT = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")

# The day comes before the month in every language, so that no date can be misread.
DAYS = {"vi": "dd/mm/yyyy", "en": "d mmm yyyy", "pl": "dd.mm.yyyy"}
Cell = str | int | Fraction | date

_TOP = {"valign": "top"}
_TEXT = {"num_format": "@", "text_wrap": True, "valign": "top"}
_OPTIONS = {"constant_memory": True, "use_zip64": True} | dict.fromkeys(
    ("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False
)


class Sheet(Protocol):
    """A sheet to be written: its name, its headings with the widths of their columns in characters, its rows."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> Sequence[tuple[str, int]]: ...

    @property
    def rows(self) -> Iterable[Sequence[Cell]]: ...


@dataclass(frozen=True, slots=True)
class _Formats:
    heading: Format
    text: Format
    number: Format
    share: Format
    day: Format
    moment: Format


class CannotWrite(Exception):
    """`code` says why, `reason` is what the system said."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


@contextmanager
def told() -> Iterator[None]:
    """What the system refuses, as CannotWrite; without paths, which the reader knows better."""
    try:
        yield
    except PermissionError as error:
        raise CannotWrite("forbidden", error.strerror or "") from None
    except OSError as error:
        raise CannotWrite("failed", error.strerror or type(error).__name__) from None
    except XlsxFileError as error:
        cause = error.args[0] if error.args else error
        raise CannotWrite("failed", getattr(cause, "strerror", None) or str(cause)) from None


def look_ahead(path: Path, *, force: bool = False) -> None:
    """Raise CannotWrite for what can be known before the work: a missing folder, a file that must not be lost."""
    with told():
        if not path.parent.is_dir():
            raise CannotWrite("no_folder")
        if path.is_dir():
            raise CannotWrite("is_folder")
        if path.exists() and not force:
            raise CannotWrite("exists")


def write_workbook(path: Path, sheets: Iterable[Sheet], *, force: bool = False, language: str = "en") -> None:
    """Write the sheets in their order; dates as that language writes them. Raises CannotWrite."""
    look_ahead(path, force=force)
    with told(), TemporaryDirectory(prefix=".dondoc-", dir=path.parent) as folder:
        made = Path(folder) / "workbook.xlsx"
        _write(made, sheets, folder, language)
        with made.open("rb") as stream:
            os.fsync(stream.fileno())
        made.chmod(0o600)  # for whoever made it; handing it on is a decision of its own
        look_ahead(path, force=force)
        made.replace(path)


def make_workbook(sheets: Iterable[Sheet], language: str) -> bytes:
    """The same workbook without a place of its own, to be sent. Raises CannotWrite."""
    with told(), TemporaryDirectory(prefix="dondoc-") as folder:
        made = Path(folder) / "workbook.xlsx"
        _write(made, sheets, folder, language)
        return made.read_bytes()


def _write(path: Path, sheets: Iterable[Sheet], folder: str, language: str) -> None:
    book = Workbook(str(path), {**_OPTIONS, "tmpdir": folder})
    day = DAYS.get(language, DAYS["en"])
    formats = _Formats(
        heading=book.add_format({**_TEXT, "bold": True, "bg_color": "#E7E6E6", "bottom": 1}),
        text=book.add_format(_TEXT),
        number=book.add_format({**_TOP, "num_format": "0"}),
        share=book.add_format({**_TOP, "num_format": "0.0%"}),
        day=book.add_format({**_TOP, "num_format": day}),
        moment=book.add_format({**_TOP, "num_format": f"{day} hh:mm"}),
    )
    taken = {RESERVED}
    try:
        for sheet in sheets:
            for name, rows in _pages(sheet, taken):
                _fill(book.add_worksheet(name), sheet.columns, rows, formats)
    finally:
        book.close()


def _pages(sheet: Sheet, taken: set[str]) -> Iterator[tuple[str, Iterable[Sequence[Cell]]]]:
    """The sheet, in as many parts as it needs."""
    rows = iter(sheet.rows)
    while True:
        yield sheet_name(sheet.name, taken), islice(rows, LAST_ROW - 1)
        following = next(rows, None)
        if following is None:
            return
        rows = chain([following], rows)


def _fill(
    page: Worksheet, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]], formats: _Formats
) -> None:
    # The headings stay in view, and what a line is about, unless that would fill the screen of a phone.
    page.freeze_panes(1, 1 if columns and columns[0][1] <= WIDEST_FROZEN else 0)
    page.set_landscape()
    page.set_paper(A4)
    page.repeat_rows(0)
    if sum(width for _, width in columns) <= WIDEST_ON_PAPER:
        page.fit_to_pages(1, 0)
    else:
        page.repeat_columns(0)
    for column, (title, width) in enumerate(columns):
        page.set_column(column, column, width, formats.text)
        page.write_string(0, column, cell(title), formats.heading)
    last = 0
    for last, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            _put(page, last, column, value, formats)
    page.autofilter(0, 0, last, len(columns) - 1)


def _put(page: Worksheet, row: int, column: int, value: Cell, formats: _Formats) -> None:
    """One cell, by the kind of its value: what is a text stays a text, whatever it looks like."""
    match value:
        case str():
            if fitting := cell(value):
                page.write_string(row, column, fitting, formats.text)
        case Fraction():
            page.write_number(row, column, float(value), formats.share)
        case datetime():
            page.write_datetime(row, column, value, formats.moment)
        case date():
            page.write_datetime(row, column, value, formats.day)
        case _:
            page.write_number(row, column, value, formats.number)


def cell(value: str) -> str:
    """The text as a cell can hold it: without control characters, cut with an ellipsis."""
    if value.isprintable() and 2 * len(value) <= LONGEST_CELL:
        return value  # nearly always: a character counts as two at the most
    return _cut(_UNFIT.sub("", _BREAK.sub("\n", value).replace("\t", " ")), LONGEST_CELL)


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel accepts, different from those in `taken` (in lower case), to which it is added."""
    plain = _cut(_NOT_IN_A_NAME.sub(" ", cell(wanted).replace("\n", " ")).strip(" '"), LONGEST_NAME) or "-"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        end = f" {number}"
        name = _cut(plain, LONGEST_NAME - len(end)) + end
    taken.add(name.casefold())
    return name


def _cut(text: str, limit: int) -> str:
    raw = text.encode("utf-16-le")
    if len(raw) <= 2 * limit:
        return text
    return raw[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"

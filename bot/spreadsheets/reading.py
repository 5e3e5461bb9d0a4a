"""Lists that people send us, CSV or XLSX, as rows of tidy text under known column names.

Pure reading: no words for people, no meaning. Every file that cannot be read is a BadFile with a stable code.
"""

import csv
import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bot.spreadsheets.header import Columns, Header, Record, Tidy, known
from bot.spreadsheets.limits import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS, BadFile, Deadline
from bot.spreadsheets.xlsx import OLE, Sheet, sheets

__all__ = ["BadFile", "Columns", "Row", "Table", "read_table"]

PROGRESS_EVERY = 500


@dataclass(frozen=True)
class Row:
    """`number` is what the person sees: the row in Excel, the line in a CSV file (the first one of a record
    whose quoted text goes over several lines). The header is row 1 unless blank lines stand before it.

    `values` has every known column; what the file does not have is an empty text.
    """

    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class Table:
    file: str
    rows: tuple[Row, ...]


def read_table(
    path: Path,
    columns: Columns,
    *,
    progress: Callable[[int], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Table:
    """Read a whole list or raise BadFile; `progress` hears the number of rows read, every 500 rows."""
    file = path.name
    deadline = Deadline(clock, file)
    tidy = Tidy(file)
    data = _load(path)
    formula = None
    if path.suffix.lower() == ".csv":
        records = _csv_records(data, file, columns)
    else:
        sheet, records = _choose_sheet(sheets(data, file, deadline), file, columns)
        formula = sheet.formula
        if sheet.too_wide is not None:
            raise BadFile("too_many_columns", file=file, row=sheet.too_wide, limit=str(MAX_COLUMNS))

    filled = _filled(records)
    first = next(filled, None)
    if first is None:
        raise BadFile("empty", file=file)
    header = Header(first, columns, tidy)
    if formula is not None:
        row, position = formula
        raise BadFile("formula", file=file, row=row, column=header.title(position - 1))

    blank = dict.fromkeys((*columns.required, *columns.optional), "")
    rows: list[Row] = []
    for record in filled:
        values = header.values(record)
        if not values:
            continue
        if len(rows) == MAX_ROWS:
            raise BadFile("too_many_rows", file=file, row=record[0], limit=str(MAX_ROWS))
        rows.append(Row(record[0], {**blank, **values}))
        if len(rows) % PROGRESS_EVERY == 0:
            deadline.check()
            if progress is not None:
                progress(len(rows))
    return Table(file, tuple(rows))


def _load(path: Path) -> bytes:
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadFile("unsupported_type", file=path.name, type=path.suffix.lower())
    if not path.is_file():
        raise BadFile("not_found", file=path.name)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadFile("unreadable", file=path.name, reason=type(error).__name__) from error
    if len(data) > MAX_BYTES:
        raise BadFile("too_big", file=path.name, limit=str(MAX_BYTES))
    return data


def _filled(records: Iterator[Record]) -> Iterator[Record]:
    return (record for record in records if any(cell and not cell.isspace() for cell in record[1]))


def _choose_sheet(found: Iterator[Sheet], file: str, columns: Columns) -> tuple[Sheet, Iterator[Record]]:
    """The first sheet whose first row names one of our columns: a page of instructions may stand before it.
    When none does, the first sheet with anything in it, so that its header can be complained about."""
    fallback: tuple[Sheet, Iterator[Record]] | None = None
    for sheet in found:
        rows: Iterator[Record] = _filled(sheet.rows)
        first = next(rows, None)
        if first is None:
            continue
        choice = sheet, chain([first], rows)
        if known(first[1], columns):
            return choice
        fallback = fallback or choice
    if fallback is None:
        raise BadFile("empty", file=file)
    return fallback


def _csv_records(data: bytes, file: str, columns: Columns) -> Iterator[Record]:
    if data.startswith((b"PK\x03\x04", OLE, b"%PDF")):
        raise BadFile("not_a_table", file=file)
    text = _decode(data, file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, columns), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # `strict`: a quote in the wrong place would swallow the rows behind it
            if "field limit" in str(error):
                raise BadFile("too_long_cell", file=file, row=number, limit=str(MAX_CELL)) from error
            raise BadFile("bad_quotes", file=file, row=number) from error


def _decode(data: bytes, file: str) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        row = None if utf16 else data.count(b"\n", 0, error.start) + 1
        raise BadFile("not_utf8", file=file, row=row) from error
    if "\0" in text:  # UTF-16 without its mark, or not text at all
        raise BadFile("not_utf8", file=file)
    return text


def _delimiter(text: str, columns: Columns) -> str:
    """The one that finds most of our columns in the header; when none finds any, the most frequent one."""
    header = re.sub(r'"[^"]*"', lambda quoted: re.sub(r"\s", " ", quoted[0]), text[: MAX_COLUMNS * MAX_CELL])
    line = next((line for line in header.splitlines() if line.strip(" ,;\t")), "")

    def merit(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip(' "') for cell in line.split(delimiter)[: MAX_COLUMNS * 2]]
        return len(known(cells, columns)), len(cells)

    return max(",;\t", key=merit)

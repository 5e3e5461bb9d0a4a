"""The visible sheets of an .xlsx as rows of text. What may be in them is decided elsewhere."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zipfile import ZipFile

from bot.spreadsheets.limits import LAST_ROW, MAX_COLUMNS, BadFile, Deadline

OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # old .xls, and the envelope of a workbook with a password


@dataclass(frozen=True)
class Sheet:
    rows: Iterator[tuple[int, list[str]]]  # rows that have cells with something in them, and their numbers
    formula: tuple[int, int] | None  # row and column of the first
    too_wide: int | None  # first row with something right of MAX_COLUMNS


def sheets(data: bytes, file: str, deadline: Deadline) -> Iterator[Sheet]:
    """The visible sheets in their order. Raises BadFile and nothing else, while the rows are read too."""
    # Imported late: openpyxl takes a seventh of the bot's start, and few starts read a workbook.
    from openpyxl import load_workbook  # noqa: PLC0415

    from bot.spreadsheets.guard import inspect  # noqa: PLC0415

    if data.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise BadFile("encrypted", file=file) if locked else BadFile("unsupported_type", file=file, type=".xls")
    if not data.startswith(b"PK"):
        raise BadFile("not_a_table", file=file)
    # openpyxl warns of every decoration it leaves out. This filter is added once however often it is asked
    # for; `catch_warnings` would exchange the filters of all threads.
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    with _all_else_is_damaged(file):
        with ZipFile(io.BytesIO(data)) as archive:
            found = inspect(archive, file, deadline)
        # Cached values instead of formulas: openpyxl would parse formulas, and a formula is refused anyway.
        book = load_workbook(_Watched(data, deadline.check), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                part: str = vars(sheet)["_worksheet_path"]  # the only name that two sheets cannot share
                yield Sheet(_rows(sheet, file, deadline), found.formulas.get(part), found.too_wide.get(part))


class _Watched(io.BytesIO):
    """Looks at the deadline whenever openpyxl reads: a workbook may name one sheet ten thousand times."""

    def __init__(self, data: bytes, check: Callable[[], None]) -> None:
        super().__init__(data)
        self._check = check

    def read(self, size: int | None = -1, /) -> bytes:
        self._check()
        return super().read(size)


@contextmanager
def _all_else_is_damaged(file: str) -> Iterator[None]:
    """openpyxl answers broken files with every kind of exception, KeyError and AttributeError among them."""
    try:
        yield
    except BadFile:
        raise
    except Exception as error:
        raise BadFile("damaged", file=file, reason=type(error).__name__) from error


def _rows(sheet: Any, file: str, deadline: Deadline) -> Iterator[tuple[int, list[str]]]:
    with _all_else_is_damaged(file):
        # Our own limits: the size that the file claims is not always the size it has.
        cells = sheet.iter_rows(min_row=1, max_row=LAST_ROW, max_col=MAX_COLUMNS, values_only=True)
        for number, values in enumerate(cells, start=1):
            if number % 500 == 1:
                deadline.check()
            if values.count(None) < len(values):
                yield number, [_text(value) for value in values]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case float():  # Excel shows 15 digits; 0.1 + 0.2 is 0.3 there
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
        case datetime():
            midnight = value.time() == time()
            return value.date().isoformat() if midnight else value.isoformat(timespec="minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="minutes")
        case timedelta():  # a length of time, as Excel shows [h]:mm
            minutes = int(value.total_seconds()) // 60
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        case _:
            return str(value)

"""What a spreadsheet from outside may cost us, and the one error for all that can be wrong with it."""

from collections.abc import Callable

MAX_BYTES = 2 * 1024 * 1024  # the file as it arrives; a list of 20,000 people is about 1.5 MB
MAX_UNPACKED = 30 * 1024 * 1024  # all parts of an .xlsx together, read from its directory before unpacking
MAX_PARTS = 200  # parts in an .xlsx; a workbook with one list has about ten
MAX_ROWS = 20_000  # rows with something in them, the header not counted
MAX_COLUMNS = 60  # our widest list has thirteen
LAST_ROW = 1_048_576  # of any Excel sheet
MAX_CELL = 2_000  # characters in a cell after tidying
MAX_SECONDS = 20.0  # for reading one file from beginning to end


class BadFile(Exception):
    """`code` chooses the sentence, `details` fill it in; the words live in the catalogues."""

    def __init__(
        self, code: str, *, file: str, row: int | None = None, column: str | None = None, **details: str
    ) -> None:
        super().__init__(code)
        self.code = code
        self.file = file
        self.row = row
        self.column = column
        self.details = details

    def __str__(self) -> str:
        row = "" if self.row is None else f" row={self.row}"
        column = "" if self.column is None else f" column={self.column!r}"
        return f"{self.code} file={self.file!r}{row}{column}"


class Deadline:
    def __init__(self, clock: Callable[[], float], file: str) -> None:
        self._clock = clock
        self._file = file
        self._ends = clock() + MAX_SECONDS

    def check(self) -> None:
        if self._clock() > self._ends:
            raise BadFile("too_slow", file=self._file, limit=f"{MAX_SECONDS:.0f}")

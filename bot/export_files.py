"""The files of an export: a workbook, and one of its tables as CSV beside it; an error names the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.shell import Failed
from bot.spreadsheets.flat import write_csv
from bot.spreadsheets.writing import CannotWrite, Sheet, look_ahead, write_workbook
from handlers.views.texts import Texts


@contextmanager
def named(path: Path, t: Texts) -> Iterator[None]:
    """Whatever cannot be written here, as Failed that names this file."""
    try:
        yield
    except CannotWrite as refused:
        raise Failed(t.plain(f"cli.export.{refused.code}", file=str(path), reason=refused.reason)) from None


def beside(path: Path, t: Texts, *, csv: bool) -> Path | None:
    """Where the CSV goes, if one is wanted. Raises Failed where it would take the place of the workbook."""
    flat = path.with_suffix(".csv")
    if csv and flat == path:
        raise Failed(t.plain("cli.export.same_file", file=str(path)))
    return flat if csv else None


def write(
    path: Path,
    sheets: Iterable[Sheet],
    flat: Path | None,
    table: Callable[[], Sheet],
    language: str,
    t: Texts,
    *,
    force: bool,
) -> None:
    """The workbook and, with a place for it, first the CSV: no workbook stands without. Raises Failed.

    `table` is asked for only then; its rows are read once, so they cannot be those of `sheets`.
    """
    with named(path, t):
        look_ahead(path, force=force)
    if flat is not None:
        with named(flat, t):
            write_csv(flat, table(), language, force=force)
    with named(path, t):
        write_workbook(path, sheets, force=force, language=language)

"""One sheet as CSV, so that Excel opens it by a double click: with a mark of UTF-8 and the separators of the language.

A CSV file cannot say that a cell is text: a text that would be read as a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import os
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.spreadsheets.writing import Cell, Sheet, cell, look_ahead, told

RUNS = ("=", "+", "-", "@")  # where Excel and LibreOffice begin to calculate


def write_csv(path: Path, sheet: Sheet, language: str, *, force: bool = False) -> None:
    """Write the sheet, whole or not at all. Raises CannotWrite."""
    look_ahead(path, force=force)
    delimiter = "," if language == "en" else ";"  # where the comma is the decimal mark it separates nothing
    with told(), TemporaryDirectory(prefix=".dondoc-", dir=path.parent) as folder:
        made = Path(folder) / "sheet.csv"
        with made.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=delimiter)
            writer.writerow([_flat(title, language) for title, _ in sheet.columns])
            writer.writerows([_flat(value, language) for value in row] for row in sheet.rows)
            stream.flush()
            os.fsync(stream.fileno())
        made.chmod(0o600)
        look_ahead(path, force=force)
        made.replace(path)


def _flat(value: Cell, language: str) -> str:
    match value:
        case str():
            text = cell(value)
            return f"'{text}" if text.lstrip().startswith(RUNS) else text
        case Fraction():
            share = f"{float(100 * value):.1f}%"
            return share if language == "en" else share.replace(".", ",")
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
    return str(value)

"""Reading back the workbooks that we write: every cell has to be text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

Lines = list[dict[str, str]]


def parts(path: Path) -> dict[str, str]:
    """The parts of the file as they are stored."""
    with ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def assert_text_only(path: Path) -> None:
    """Nothing in the file can be calculated, followed or run."""
    stored = parts(path)
    for name, text in stored.items():
        tags = " ".join(re.findall(r"<[^>]*>", text))
        assert not re.search(r"<f[ >/]", tags), name
        assert "TargetMode" not in tags, name  # a relation that leads out of the file
        assert not re.search(r"<(hyperlink|oleObject|externalReference|ddeLink|controls)", tags), name
        assert not re.search(r"vba|macro|externalLink|embedding|activeX|drawing|media", name), name
    for name, text in stored.items():
        if name.startswith("xl/worksheets/"):
            assert set(re.findall(r'<c [^>]*?t="(\w+)"', text)) <= {"inlineStr", "s"}, name
            assert text.count("<c ") == len(re.findall(r'<c [^>]*t="', text)), name  # no cell without a type: a number
    book = load_workbook(path)
    assert book.sheetnames
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.value is None or (cell.data_type == "s" and isinstance(cell.value, str)), cell
                assert cell.hyperlink is None, cell
                assert cell.number_format == "@" or cell.value is None, cell


def read(path: Path) -> dict[str, Lines]:
    """Each sheet by name, its rows by heading; sheets of text only."""
    assert_text_only(path)
    return {page.title: _lines(page) for page in load_workbook(path).worksheets}


def _lines(page: Worksheet) -> Lines:
    first, *rest = page.iter_rows(values_only=True)
    headings = [str(one) for one in first if one is not None]
    assert len(headings) == len(set(headings)), page.title
    return [{heading: str(value or "") for heading, value in zip(headings, row, strict=False)} for row in rest]


def assert_runs_nothing(path: Path) -> None:
    """No formula, link or program in the file; every text is stored as text, every date shows as one."""
    stored = parts(path)
    for name, text in stored.items():
        tags = " ".join(re.findall(r"<[^>]*>", text))
        assert not re.search(r"<f[ >/]", tags), name
        assert "TargetMode" not in tags, name
        assert not re.search(r"<(hyperlink|oleObject|externalReference|ddeLink|controls)", tags), name
    for page in load_workbook(path).worksheets:
        assert page.freeze_panes in ("A2", "B2"), page.title
        assert page.auto_filter.ref, page.title
        assert len(page.title) <= 31
        for row in page.iter_rows(min_row=2):
            for cell in row:
                assert cell.data_type in ("s", "n", "d"), cell
                if cell.data_type == "s":
                    assert cell.number_format == "@", cell
                elif cell.is_date:
                    assert "yyyy" in cell.number_format, cell
                elif cell.value is not None:
                    assert cell.number_format in ("0", "0.0%"), cell


def read_typed(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Each sheet by name, its rows by heading, with the values as they are stored; nothing in it may run."""
    assert_runs_nothing(path)
    found = {}
    for page in load_workbook(path).worksheets:
        first, *rest = page.iter_rows(values_only=True)
        assert len(first) == len(set(first)), page.title
        found[page.title] = [dict(zip(map(str, first), row, strict=True)) for row in rest]
    return found

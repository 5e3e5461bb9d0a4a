"""Workbooks that we hand out: text and nothing else, whole or not at all."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.spreadsheets import writing
from bot.spreadsheets.flat import write_csv
from bot.spreadsheets.writing import CannotWrite, cell, make_workbook, sheet_name, write_workbook
from handlers.views import dates
from handlers.views.book import Sheet
from tests.support import workbooks

HOSTILE = (
    '=HYPERLINK("https://evil.example","click")',
    "=cmd|' /C calc'!A0",
    "{=1+1}",
    "+1+1",
    "-2",
    "@SUM(1;2)",
    "\t=1+1",
    "\r\n=1+1",
    "https://example.org",
    "mailto:mai@example.org",
    "internal:Sheet1!A1",
    "1e9",
    "007",
    "TRUE",
    "#REF!",
    "2026-12-24",
    "<f>1+1</f>",
    "</t></is></c><c><f>1+1</f></c>",
    "&lt;f&gt; ]]> <!-- -->",
    "_x003D_1+1",
    "Nguyễn Thị Mẫu, Đặng Đình Ước",
    "Zażółć gęślą jaźń",
    "  two  spaces  ",
    "two\nlines",
    "👩‍👩‍👧 family",
)


def sheet(*rows: tuple[str, ...], name: str = "List", columns: Iterable[str] = ("Text",)) -> Sheet:
    return Sheet(name, tuple((column, 20) for column in columns), rows)


def stored(path: Path) -> list[str]:
    """The first column of the first sheet, without its heading."""
    workbooks.assert_text_only(path)
    page = load_workbook(path).worksheets[0]
    return [str(row[0]) for row in page.iter_rows(min_row=2, values_only=True)]


def test_whatever_a_cell_looks_like_it_is_text(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(*((text,) for text in HOSTILE), name="=1+1", columns=["=1+1"])])
    found = stored(path)
    unchanged = [text for text in HOSTILE if not re.search(r"[\t\r]|_x", text)]
    assert [text for text in unchanged if text not in found] == []
    assert found[HOSTILE.index("\t=1+1")] == " =1+1"
    assert found[HOSTILE.index("\r\n=1+1")] == "\n=1+1"
    assert len(found) == len(HOSTILE)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("\u202eevil\u2066 \u200fname\ufeff", "evil name"),
        ("\ud83d alone \udc00", " alone "),
        ("\ufffe\uffff", ""),
        ("a\tb\rc\x0bd\x0ce\u2028f", "a b\nc\nd\ne\nf"),
        ("x" * 32_767, "x" * 32_767),
        ("x" * 40_000, "x" * 32_766 + "…"),
        ("😀" * 20_000, "😀" * 16_383 + "…"),  # two units each: no half of one is left
    ],
)
def test_a_cell_holds_what_excel_can_hold(text: str, kept: str, tmp_path: Path) -> None:
    assert cell(text) == kept
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet((text,), ("last",))])
    assert stored(path) == [kept or "None", "last"]


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        ("Tasks", "Tasks"),
        ("a[b]:c*d?e/f\\g", "a b  c d e f g"),
        ("'quoted'", "quoted"),
        ("", "-"),
        ("???", "-"),
        ("History", "History 2"),
        ("x" * 40, "x" * 30 + "…"),
        ("Nhật ký thao tác của đơn vị chủ trì và các đơn vị", "Nhật ký thao tác của đơn vị ch…"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_sheet_gets_a_name_that_excel_accepts(wanted: str, made: str, tmp_path: Path) -> None:
    assert sheet_name(wanted, {"history"}) == made
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(("x",), name=wanted)])
    assert load_workbook(path).sheetnames == [made]


def test_sheets_of_one_name_are_told_apart_also_when_they_are_long(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(("x",), name=name) for name in ("Tasks", "tasks", "x" * 31, "X" * 40)])
    names = load_workbook(path).sheetnames
    assert names == ["Tasks", "tasks 2", "x" * 31, "X" * 30 + "…"]
    assert len({name.casefold() for name in names}) == 4


@pytest.mark.parametrize(
    ("columns", "frozen", "across"), [((12, 50), "B2", True), ((50, 12), "A2", True), ((12,) * 60, "B2", False)]
)
def test_a_sheet_can_be_read_on_a_phone_and_on_paper(columns, frozen: str, across: bool, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    made = Sheet("x", tuple((f"Column {n}", width) for n, width in enumerate(columns)), [("x",)])
    write_workbook(path, [made])
    page = load_workbook(path).worksheets[0]
    assert page.freeze_panes == frozen
    assert page.page_setup.orientation == "landscape"
    assert page.print_title_rows == "$1:$1"  # every page has the headings
    fitting = page.sheet_properties.pageSetUpPr
    assert bool(fitting and fitting.fitToPage) == across  # one page across, as many down as it needs
    assert (page.print_title_cols == "$A:$A") != across


def test_the_header_is_bold_and_stays_in_view_and_columns_can_be_filtered(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(("a", "b"), ("c", ""), columns=["One", "Two"])])
    page = load_workbook(path).worksheets[0]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == "A1:B3"
    assert page["A1"].font.bold
    assert page["A2"].alignment.wrap_text
    assert not page["A2"].font.bold
    assert page.column_dimensions["A"].width == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("language", "day"), [("vi", "dd/mm/yyyy"), ("en", "d mmm yyyy"), ("pl", "dd.mm.yyyy"), ("xx", "d mmm yyyy")]
)
def test_numbers_shares_and_dates_are_what_they_are_and_hostile_texts_stay_texts(
    language: str, day: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.xlsx"
    moment = dates.wall(datetime(2026, 12, 24, 10, 30, tzinfo=UTC), "Asia/Ho_Chi_Minh")
    values = (7, -3, Fraction(5, 6), date(2026, 12, 24), moment)
    rows = [*((value,) for value in values), *((text,) for text in HOSTILE)]
    write_workbook(path, [Sheet("List", (("Text", 20),), rows)], language=language)
    workbooks.assert_runs_nothing(path)
    found = [row[0] for row in load_workbook(path).worksheets[0].iter_rows(min_row=2)]
    assert [one.number_format for one in found[:5]] == ["0", "0", "0.0%", day, f"{day} hh:mm"]
    assert [str(one.value) for one in found[:5]] == [
        *("7", "-3", str(5 / 6), "2026-12-24 00:00:00", "2026-12-24 17:30:00")
    ]
    assert {one.data_type for one in found[5:]} == {"s"}


def test_a_workbook_to_be_sent_is_the_same_as_a_file() -> None:
    data = make_workbook([sheet(("a",))], "vi")
    assert load_workbook(io.BytesIO(data)).sheetnames == ["List"]


@pytest.mark.parametrize(("language", "said"), [("en", '"a,b",\'=1+1,83.3%,7,-3'), ("pl", "a,b;'=1+1;83,3%;7;-3")])
def test_a_flat_table_opens_in_excel_and_runs_nothing(language: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    columns = tuple((name, 10) for name in ("Đơn vị", "Zażółć", "+c", "d", "e"))
    write_csv(path, Sheet("List", columns, [("a,b", "=1+1", Fraction(5, 6), 7, -3)]), language)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    head, row = data.decode("utf-8-sig").splitlines()
    assert "'+c" in head
    assert "Đơn vị" in head
    assert row == said


def test_a_sheet_without_rows_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(columns=["One", "Two"])])
    page = load_workbook(path).worksheets[0]
    assert [[one.value for one in row] for row in page.iter_rows()] == [["One", "Two"]]


def test_what_is_longer_than_a_sheet_goes_on_in_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LAST_ROW", 3)  # a limit, not a decision of ours
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(*((str(n),) for n in range(5))), sheet(("a",), ("b",), name="Other")])
    book = {page.title: [row[0] for row in page.iter_rows(values_only=True)] for page in load_workbook(path)}
    assert book == {
        "List": ["Text", "0", "1"],
        "List 2": ["Text", "2", "3"],
        "List 3": ["Text", "4"],
        "Other": ["Text", "a", "b"],
    }


# whole or not at all


def broken() -> Iterator[tuple[str, ...]]:
    yield ("first",)
    raise LookupError("the database went away")


def test_half_a_file_never_stands_where_a_whole_one_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"the pack of last month")
    with pytest.raises(LookupError):
        write_workbook(path, [Sheet("List", (("Text", 20),), broken())], force=True)
    assert [one.name for one in tmp_path.iterdir()] == ["list.xlsx"]
    assert path.read_bytes() == b"the pack of last month"


def test_an_existing_file_is_replaced_only_when_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"the pack of last month")
    with pytest.raises(CannotWrite, match="exists"):
        write_workbook(path, [sheet(("x",))])
    assert path.read_bytes() == b"the pack of last month"
    write_workbook(path, [sheet(("x",))], force=True)
    assert stored(path) == ["x"]
    assert [one.name for one in tmp_path.iterdir()] == ["list.xlsx"]


def test_a_file_that_appeared_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"

    def rows() -> Iterator[tuple[str, ...]]:
        path.write_bytes(b"somebody else's")
        yield ("x",)

    with pytest.raises(CannotWrite, match="exists"):
        write_workbook(path, [Sheet("List", (("Text", 20),), rows())])
    assert path.read_bytes() == b"somebody else's"


def test_only_whoever_made_it_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    write_workbook(path, [sheet(("x",))])
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_place_where_nothing_can_be_written_is_named_before_the_work(tmp_path: Path) -> None:
    rows = broken()
    for path, code in ((tmp_path / "none" / "list.xlsx", "no_folder"), (tmp_path, "is_folder")):
        with pytest.raises(CannotWrite) as refused:
            write_workbook(path, [Sheet("List", (("Text", 20),), rows)], force=True)
        assert refused.value.code == code
    assert next(rows) == ("first",)  # nothing had been read


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (OSError(28, "No space left on device", "/somewhere/secret"), "failed", "No space left on device"),
        (PermissionError(13, "Permission denied", "/somewhere/secret"), "forbidden", "Permission denied"),
    ],
)
def test_what_the_system_refuses_is_one_reason(error: OSError, code: str, reason: str, tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[str, ...]]:
        yield ("first",)
        raise error

    with pytest.raises(CannotWrite) as refused:
        write_workbook(tmp_path / "list.xlsx", [Sheet("List", (("Text", 20),), rows())])
    assert (refused.value.code, refused.value.reason) == (code, reason)
    assert list(tmp_path.iterdir()) == []

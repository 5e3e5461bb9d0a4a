"""Lists that people send: what is read, which row is blamed, and what is refused before it can hurt."""

import csv
import io
import struct
import time
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.spreadsheets.reading import BadFile, Columns, Row, Table, read_table

SAMPLES = Path(__file__).parents[2] / "bot" / "sample"
STAFF = Columns(required=("full_name", "position", "unit"), optional=("unit_head", "language", "telegram_username"))
TASKS = Columns(
    required=("code", "title_vi", "owner", "due_on"),
    optional=(
        *("title_en", "title_pl", "source_document", "lead_unit", "coordinators"),
        *("assigned_on", "expected_product", "difficulty"),
    ),
)
NAMES = Columns(required=("full_name",), optional=("note",))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER_XML = '<row r="1"><c t="str"><v>full_name</v></c></row>'
MB = 1024 * 1024


def saved(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(folder: Path, rows: Iterable[Iterable[object]], name: str = "list.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(folder / name)
    return folder / name


def repacked(path: Path, changes: dict[str, bytes], **how: int) -> Path:
    """The same workbook with some parts exchanged or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", how.get("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in {**parts, **changes}.items():
            archive.writestr(name, content)
    return path


def sheet_xml(rows: str, before: str = "", after: str = "") -> bytes:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{HEADER_XML}{rows}</sheetData>{after}</worksheet>'.encode()


def with_sheet(folder: Path, rows: str, **around: str) -> Path:
    path = workbook(folder, [["full_name"]])
    return repacked(path, {"xl/worksheets/sheet1.xml": sheet_xml(rows, **around)})


def refused(path: Path, columns: Columns = NAMES, clock: Callable[[], float] = time.monotonic) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read_table(path, columns, clock=clock)
    assert caught.value.file == path.name
    return caught.value


def found(path: Path, columns: Columns = NAMES) -> list[tuple[int, str]]:
    return [(row.number, row.values[columns.required[0]]) for row in read_table(path, columns).rows]


def plain_rows(name: str) -> list[list[str]]:
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


# What is read


def test_the_sample_staff_are_42_people() -> None:
    table = read_table(SAMPLES / "staff.csv", STAFF)
    assert table.file == "staff.csv"
    assert len(table.rows) == 42
    assert table.rows[0] == Row(
        2,
        {
            "full_name": "Nguyễn Mẫu Đức An",
            "position": "Giám đốc Sở",
            "unit": "Ban Giám đốc",
            "unit_head": "yes",
            "language": "vi",
            "telegram_username": "demo_nguyen_duc_an",
        },
    )
    assert table.rows[-1].number == 43


def test_the_sample_tasks_are_80_tasks() -> None:
    rows = read_table(SAMPLES / "tasks.csv", TASKS).rows
    assert len(rows) == 80
    assert rows[1].values["title_vi"] == "Rà soát, sửa đổi Quy chế làm việc của Sở"
    assert rows[1].values["due_on"] == "2026-10-30"


@pytest.mark.parametrize(("name", "columns"), [("staff.csv", STAFF), ("tasks.csv", TASKS)])
def test_the_same_list_as_a_workbook_gives_equal_rows(tmp_path: Path, name: str, columns: Columns) -> None:
    path = workbook(tmp_path, plain_rows(name))
    assert read_table(path, columns).rows == read_table(SAMPLES / name, columns).rows


def test_dates_typed_into_excel_read_like_dates_typed_as_text(tmp_path: Path) -> None:
    typed = [[_as_date(cell) for cell in row] for row in plain_rows("tasks.csv")]
    assert any(isinstance(cell, date) for row in typed for cell in row)
    assert read_table(workbook(tmp_path, typed), TASKS).rows == read_table(SAMPLES / "tasks.csv", TASKS).rows


def _as_date(cell: str) -> date | str:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return cell


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_any_usual_csv_reads_the_same(tmp_path: Path, delimiter: str, encoding: str, ending: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(plain_rows("tasks.csv"))
    path = saved(tmp_path, text.getvalue().encode(encoding))
    assert read_table(path, TASKS).rows == read_table(SAMPLES / "tasks.csv", TASKS).rows


@pytest.mark.parametrize("mark", [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
def test_utf16_is_read_in_both_byte_orders(tmp_path: Path, mark: tuple[str, bytes]) -> None:
    path = saved(tmp_path, mark[1] + "full_name;note\r\nĐặng Thị Ạ;ừ\r\n".encode(mark[0]))
    assert read_table(path, NAMES).rows == (Row(2, {"full_name": "Đặng Thị Ạ", "note": "ừ"}),)


def test_the_delimiter_is_the_one_that_finds_our_columns(tmp_path: Path) -> None:
    path = saved(tmp_path, '"full_name";note\n"An, B, C, D";x,y,z\n')
    assert read_table(path, NAMES).rows[0].values == {"full_name": "An, B, C, D", "note": "x,y,z"}


def test_the_delimiter_is_not_just_the_most_frequent_mark(tmp_path: Path) -> None:
    path = saved(tmp_path, "full_name;note, if any, here\nAn;x\n")
    row = read_table(path, Columns(("full_name",), ("note, if any, here",))).rows[0]
    assert row.values == {"full_name": "An", "note, if any, here": "x"}


@pytest.mark.parametrize("title", ["full_name", "Full Name", "FULL_NAME", " fullname ", "fúll  nâme", "full\tname"])
def test_a_column_is_known_without_regard_to_case_accents_and_spaces(tmp_path: Path, title: str) -> None:
    assert found(saved(tmp_path, f'"{title}"\nAn\n')) == [(2, "An")]


def test_a_vietnamese_column_is_known_without_its_accents(tmp_path: Path) -> None:
    assert found(saved(tmp_path, "DON VI\nSở\n"), Columns(("Đơn vị",))) == [(2, "Sở")]


def test_a_column_that_the_file_does_not_have_is_an_empty_text(tmp_path: Path) -> None:
    assert read_table(saved(tmp_path, "full_name\nAn\n"), NAMES).rows[0].values == {"full_name": "An", "note": ""}


def test_columns_may_stand_in_any_order_and_end_in_empty_ones(tmp_path: Path) -> None:
    path = saved(tmp_path, "note,full_name,,\nx,An,,\n")
    assert read_table(path, NAMES).rows[0].values == {"full_name": "An", "note": "x"}


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert read_table(saved(tmp_path, "full_name\n"), NAMES) == Table("list.csv", ())


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        ("  An\u00a0 ", "An"),
        (unicodedata.normalize("NFD", "Nguyễn Ạ"), "Nguyễn Ạ"),
        ("A\x07n\x1b", "An"),
        ("An\u202e\u200b", "An"),
        ("An\r\nBình\tChi", "An Bình Chi"),
        ("e\u200b\u0301", "é"),
    ],
)
def test_text_is_composed_stripped_and_free_of_controls(tmp_path: Path, raw: str, tidy: str) -> None:
    assert found(saved(tmp_path, f'full_name,note\n"{raw}",x\n')) == [(2, tidy)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 9, 7), "2026-09-07"),
        (datetime(2026, 9, 7), "2026-09-07"),  # noqa: DTZ001 - a workbook knows no zones
        (datetime(2026, 9, 7, 16, 30), "2026-09-07T16:30"),  # noqa: DTZ001
        (clock_time(8, 5), "08:05"),
        (timedelta(hours=30, minutes=15), "30:15"),
        (60, "60"),
        (60.0, "60"),
        (0, "0"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (1e20, "1e+20"),
        (True, "yes"),
        (False, "no"),
        ("007", "007"),
    ],
)
def test_a_typed_cell_becomes_the_text_that_a_person_means(tmp_path: Path, value: object, text: str) -> None:
    assert found(workbook(tmp_path, [["full_name"], [value]])) == [(2, text)]


def test_text_that_starts_with_an_equals_sign_is_still_text(tmp_path: Path) -> None:
    path = with_sheet(tmp_path, '<row r="2"><c t="str"><v>=1+1</v></c></row>')
    assert found(path) == [(2, "=1+1")]


def test_hidden_sheets_and_sheets_of_instructions_are_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["Please fill in the next sheet"])
    hidden = book.create_sheet("old")
    hidden.append(["full_name"])
    hidden.append(["Hidden"])
    hidden.sheet_state = "hidden"
    shown = book.create_sheet("new")
    shown.append(["full_name"])
    shown.append(["Shown"])
    shown_too = book.create_sheet("newer")
    shown_too.append(["full_name"])
    shown_too.append(["Too late"])
    book.save(tmp_path / "list.xlsx")
    assert found(tmp_path / "list.xlsx") == [(2, "Shown")]


def test_a_decoration_that_openpyxl_warns_about_does_not_stop_the_reading(tmp_path: Path) -> None:
    decoration = '<extLst><ext uri="{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"/></extLst>'
    path = with_sheet(tmp_path, '<row r="2"><c t="str"><v>An</v></c></row>', after=decoration)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found(path) == [(2, "An")]


def test_progress_is_told_every_500_rows(tmp_path: Path) -> None:
    told: list[int] = []
    path = saved(tmp_path, "full_name\n" + "An\n" * 1_250)
    read_table(path, NAMES, progress=told.append)
    assert told == [500, 1_000]


def test_a_fault_of_the_listener_is_not_called_a_fault_of_the_file(tmp_path: Path) -> None:
    def listener(_rows: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_table(workbook(tmp_path, [["full_name"], *[["An"]] * 500]), NAMES, progress=listener)


# Which row is blamed


def test_rows_are_numbered_as_the_person_sees_them_past_blank_lines_and_quoted_ones(tmp_path: Path) -> None:
    lines = ["full_name,note", "An,x", "", "  ,", '"Bình', 'Chi","a', "", 'b"', "Dung,y"]
    for ending in ("\n", "\r\n"):
        path = saved(tmp_path, ending.join(lines))
        assert found(path) == [(2, "An"), (5, "Bình Chi"), (9, "Dung")]


def test_rows_of_a_workbook_keep_their_numbers_past_empty_and_missing_ones(tmp_path: Path) -> None:
    book = Workbook()
    for place, text in {"A1": "full_name", "A2": "An", "A3": "  ", "A7": "Bình", "A9": "Chi"}.items():
        book.worksheets[0][place] = text
    book.save(tmp_path / "list.xlsx")
    assert found(tmp_path / "list.xlsx") == [(2, "An"), (7, "Bình"), (9, "Chi")]


def test_a_header_under_blank_rows_is_found(tmp_path: Path) -> None:
    assert found(saved(tmp_path, "\n,\nfull_name\nAn\n")) == [(4, "An")]
    assert found(workbook(tmp_path, [[], [None], ["full_name"], ["An"]])) == [(4, "An")]


def test_the_last_row_that_excel_has_is_reached_within_the_time_of_a_file(tmp_path: Path) -> None:
    path = with_sheet(tmp_path, '<row r="1048576"><c t="str"><v>An</v></c></row>')
    assert found(path) == [(1_048_576, "An")]


def test_the_size_that_a_workbook_claims_is_not_believed(tmp_path: Path) -> None:
    rows = '<row r="2"><c t="str"><v>An</v></c></row><row r="3"><c t="str"><v>Chi</v></c></row>'
    assert found(with_sheet(tmp_path, rows, before='<dimension ref="A1:A2"/>')) == [(2, "An"), (3, "Chi")]


def test_the_width_that_a_workbook_claims_is_not_believed(tmp_path: Path) -> None:
    rows = '<row r="2"><c t="str"><v>An</v></c><c t="str"><v>x</v></c></row>'
    error = refused(with_sheet(tmp_path, rows, before='<dimension ref="A1:A2"/>'))
    assert (error.code, error.row, error.column) == ("cell_without_column", 2, "B")


def test_the_error_says_code_and_place_and_no_sentence(tmp_path: Path) -> None:
    error = refused(saved(tmp_path, "full_name,noted\nAn,x\n"))
    assert str(error) == "unknown_column file='list.csv' row=1 column='noted'"


# What is refused: the columns


def test_an_unknown_column_names_the_nearest_right_one(tmp_path: Path) -> None:
    error = refused(saved(tmp_path, "Full name,potision,unit\nAn,x,y\n"), STAFF)
    assert (error.code, error.row, error.column) == ("unknown_column", 1, "potision")
    assert error.details == {"nearest": "position"}


def test_a_column_like_nothing_we_know_has_no_nearest_one(tmp_path: Path) -> None:
    error = refused(saved(tmp_path, "full_name,zzzzzz\nAn,x\n"))
    assert (error.code, error.column, error.details) == ("unknown_column", "zzzzzz", {"nearest": ""})


def test_all_missing_columns_are_named(tmp_path: Path) -> None:
    error = refused(saved(tmp_path, "\nposition\nx\n"), STAFF)
    assert (error.code, error.row, error.column) == ("missing_column", 2, "full_name")
    assert error.details == {"columns": "full_name, unit"}


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    error = refused(workbook(tmp_path, [["full_name", "Full Name"], ["An", "Bình"]]))
    assert (error.code, error.row, error.column) == ("duplicate_column", 1, "Full Name")
    assert error.details == {"name": "full_name"}


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_text_under_no_column_is_refused_rather_than_lost(tmp_path: Path, make: str) -> None:
    rows = [["full_name", "note"], ["An", "x"], ["Bình", "x", "and more"]]
    text = "\n".join(",".join(row) for row in rows)
    error = refused(saved(tmp_path, text) if make == "csv" else workbook(tmp_path, rows))
    assert (error.code, error.row, error.column) == ("cell_without_column", 3, "C")


def test_sixty_columns_are_read_and_sixty_one_are_not(tmp_path: Path) -> None:
    wide = Columns(tuple(f"column_{n:02d}x" for n in range(61)))
    sixty = Columns(wide.required[:60])
    for path in (
        saved(tmp_path, ",".join(sixty.required) + "\n" + ",".join(["x"] * 60)),
        workbook(tmp_path, [sixty.required, ["x"] * 60]),
    ):
        assert len(read_table(path, sixty).rows) == 1
    for path in (
        saved(tmp_path, ",".join(wide.required) + "\n"),
        workbook(tmp_path, [wide.required]),
    ):
        error = refused(path, wide)
        assert (error.code, error.row, error.details) == ("too_many_columns", 1, {"limit": "60"})


def test_text_far_to_the_right_is_refused_rather_than_lost(tmp_path: Path) -> None:
    error = refused(with_sheet(tmp_path, '<row r="2"><c r="A2"/><c r="CZ2"><v>7</v></c></row>'))
    assert (error.code, error.row) == ("too_many_columns", 2)


def test_empty_cells_far_to_the_right_do_no_harm(tmp_path: Path) -> None:
    rows = '<row r="2"><c r="A2" t="str"><v>An</v></c><c r="XFD2" s="0"/></row>'
    assert found(with_sheet(tmp_path, rows)) == [(2, "An")]


# What is refused: the file


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert refused(tmp_path / "list.csv").code == "not_found"
    (tmp_path / "folder.csv").mkdir()
    assert refused(tmp_path / "folder.csv").code == "not_found"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that even root cannot read")
def test_a_file_that_cannot_be_read_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "list.csv").symlink_to("/proc/self/mem")
    error = refused(tmp_path / "list.csv")
    assert (error.code, error.details) == ("unreadable", {"reason": "OSError"})


def test_a_header_over_two_lines_is_one_row(tmp_path: Path) -> None:
    assert found(saved(tmp_path, '"full\r\nname";note\r\nAn;x\r\n')) == [(3, "An")]


@pytest.mark.parametrize("name", ["list.xls", "list.PDF", "list"])
def test_other_kinds_of_files_are_unsupported(tmp_path: Path, name: str) -> None:
    error = refused(saved(tmp_path, "full_name\nAn\n", name))
    assert (error.code, error.details) == ("unsupported_type", {"type": Path(name).suffix.lower()})


def test_an_old_workbook_under_a_new_name_is_unsupported(tmp_path: Path) -> None:
    old = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(2_000)
    error = refused(saved(tmp_path, old, "list.xlsx"))
    assert (error.code, error.details) == ("unsupported_type", {"type": ".xls"})


def test_an_ending_in_capitals_is_the_same_ending(tmp_path: Path) -> None:
    assert found(saved(tmp_path, "full_name\nAn\n", "LIST.CSV")) == [(2, "An")]


def test_a_workbook_with_a_password_is_encrypted(tmp_path: Path) -> None:
    envelope = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert refused(saved(tmp_path, envelope, "list.xlsx")).code == "encrypted"


def test_an_archive_with_a_password_is_encrypted(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["full_name"], ["An"]])
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        data[at + offset] |= 1
    assert refused(saved(tmp_path, bytes(data), "list.xlsx")).code == "encrypted"


def test_more_than_two_megabytes_are_too_big(tmp_path: Path) -> None:
    start = "full_name\nAn\n"
    assert found(saved(tmp_path, start + "\n" * (2 * MB - len(start)))) == [(2, "An")]
    error = refused(saved(tmp_path, start + "\n" * (2 * MB - len(start) + 1)))
    assert (error.code, error.details) == ("too_big", {"limit": str(2 * MB)})


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_twenty_thousand_rows_are_read_and_one_more_is_not(tmp_path: Path, make: str) -> None:
    def listed(count: int) -> Path:
        if make == "csv":
            return saved(tmp_path, "full_name\n" + "An\n" * count)
        return workbook(tmp_path, [["full_name"], *[["An"]] * count])

    assert len(read_table(listed(20_000), NAMES).rows) == 20_000
    error = refused(listed(20_001))
    assert (error.code, error.row, error.details) == ("too_many_rows", 20_002, {"limit": "20000"})


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_a_cell_of_2000_characters_is_read_and_one_more_is_not(tmp_path: Path, make: str) -> None:
    def listed(size: int) -> Path:
        rows = [["full_name", "note"], ["An", "ế" * size]]
        if make == "csv":
            return saved(tmp_path, "\n".join(",".join(row) for row in rows))
        return workbook(tmp_path, rows)

    assert len(read_table(listed(2_000), NAMES).rows[0].values["note"]) == 2_000
    error = refused(listed(2_001))
    assert (error.code, error.row, error.column) == ("too_long_cell", 2, "note")
    assert error.details == {"limit": "2000"}


def test_a_cell_longer_than_the_csv_module_reads_is_too_long_as_well(tmp_path: Path) -> None:
    error = refused(saved(tmp_path, "full_name\nAn\n" + "x" * 200_000))
    assert (error.code, error.row) == ("too_long_cell", 3)


@pytest.mark.parametrize("text", ['full_name\nAn\n"Bình\nChi\n', 'full_name\nAn\n"Bình" x\nChi\n'])
def test_a_quote_in_the_wrong_place_is_blamed_on_its_row(tmp_path: Path, text: str) -> None:
    error = refused(saved(tmp_path, text))
    assert (error.code, error.row) == ("bad_quotes", 3)


def test_text_in_an_old_encoding_is_not_utf8_and_its_line_is_named(tmp_path: Path) -> None:
    error = refused(saved(tmp_path, b"full_name\nAn\nZa\xbf\xf3\xb3\xe6\n"))
    assert (error.code, error.row) == ("not_utf8", 3)


def test_utf16_without_its_mark_or_cut_in_half_is_not_utf8(tmp_path: Path) -> None:
    assert refused(saved(tmp_path, "full_name\nAn\n".encode("utf-16-le"))).code == "not_utf8"
    assert refused(saved(tmp_path, "full_name\nAn\n".encode("utf-16")[:-1])).code == "not_utf8"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n  \n,,,\n"])
def test_a_csv_with_nothing_in_it_is_empty(tmp_path: Path, content: bytes) -> None:
    assert refused(saved(tmp_path, content)).code == "empty"


def test_a_workbook_with_nothing_in_it_is_empty(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path, [])).code == "empty"
    assert refused(workbook(tmp_path, [["  "], [None]])).code == "empty"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", b"<!DOCTYPE html>\n<p>Hello</p>\n"),
        ("list.csv", b"Dear colleagues\nplease find below\n"),
        ("list.csv", b"PK\x03\x04 a workbook with the wrong ending"),
        ("list.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("list.xlsx", b"full_name\nAn\n"),
        ("list.xlsx", b""),
    ],
)
def test_what_has_no_column_of_ours_is_not_a_table(tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(saved(tmp_path, content, name)).code == "not_a_table"


@pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("http://example.org","An")'])
def test_a_formula_is_refused_with_its_place(tmp_path: Path, formula: str) -> None:
    error = refused(workbook(tmp_path, [["note", "full_name"], ["x", "An"], ["y", formula]]))
    assert (error.code, error.row, error.column) == ("formula", 3, "full_name")


def test_a_formula_with_a_remembered_value_is_refused_too(tmp_path: Path) -> None:
    error = refused(with_sheet(tmp_path, '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'))
    assert (error.code, error.row, error.column) == ("formula", 2, "full_name")


def test_a_formula_in_a_cell_without_an_address_has_its_place_too(tmp_path: Path) -> None:
    rows = '<row r="2"><c/><c/></row><row r="3"><c><f>1+1</f></c></row>'
    error = refused(with_sheet(tmp_path, rows))
    assert (error.code, error.row, error.column) == ("formula", 3, "full_name")


def test_a_formula_in_a_sheet_that_is_not_read_does_no_harm(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["full_name"], ["An"]):
        book.worksheets[0].append(row)
    book.create_sheet("sums").append(["=1+1"])
    book.save(tmp_path / "list.xlsx")
    assert found(tmp_path / "list.xlsx") == [(2, "An")]


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_workbook_cut_off_on_its_way_is_damaged(tmp_path: Path, keep: float) -> None:
    path = workbook(tmp_path, plain_rows("staff.csv"))
    data = path.read_bytes()
    assert refused(saved(tmp_path, data[: int(len(data) * keep)], "list.xlsx")).code == "damaged"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c t="s"><v>999</v></c></row>',
        '<row r="2"><c><v>many</v></c></row>',
        '<row r="2"><c r="2A"><v>1</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row r="2"><c><v>1</v></row>',
    ],
)
def test_a_sheet_that_makes_no_sense_is_damaged(tmp_path: Path, rows: str) -> None:
    assert refused(with_sheet(tmp_path, rows)).code == "damaged"


@pytest.mark.parametrize("number", ["1", "0", "-3", "1048577", "99999999999"])
def test_a_row_that_openpyxl_would_leave_out_is_damaged_rather_than_lost(tmp_path: Path, number: str) -> None:
    error = refused(with_sheet(tmp_path, f'<row r="{number}"><c t="str"><v>An</v></c></row>'))
    assert (error.code, error.details) == ("damaged", {"reason": "row_order"})


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_compression_that_no_workbook_uses_is_damaged(tmp_path: Path, compression: int) -> None:
    path = repacked(workbook(tmp_path, [["full_name"]]), {}, compression=compression)
    error = refused(path)
    assert (error.code, error.details) == ("damaged", {"reason": "compression"})


# What is refused before it can hurt


def test_a_sheet_that_unpacks_to_more_than_30_megabytes_is_refused(tmp_path: Path) -> None:
    path = with_sheet(tmp_path, " " * (30 * MB))
    assert path.stat().st_size < MB
    error = refused(path)
    assert (error.code, error.details) == ("unpacks_too_big", {"limit": str(30 * MB), "what": "bytes"})


def test_the_unpacked_size_is_looked_at_before_anything_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["full_name"]])
    data = bytearray(path.read_bytes())
    entry = data.find(b"PK\x01\x02")
    struct.pack_into("<L", data, entry + 24, 31 * MB)
    first = data.find(b"PK\x03\x04")
    data[first + 60 : first + 120] = bytes(60)  # unpacking this would be `damaged`
    assert refused(saved(tmp_path, bytes(data), "list.xlsx")).details["what"] == "bytes"


def test_many_parts_of_moderate_size_count_together(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path, [["full_name"]]), {f"xl/media/{n}.bin": bytes(8 * MB) for n in range(4)})
    assert refused(path).details["what"] == "bytes"


def test_an_archive_of_more_than_200_parts_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["full_name"], ["An"]])
    with zipfile.ZipFile(path) as archive:
        already = len(archive.namelist())
    repacked(path, {f"xl/media/{n}.txt": b"" for n in range(200 - already)})
    assert found(path) == [(2, "An")]
    error = refused(repacked(path, {"xl/media/last.txt": b""}))
    assert (error.code, error.details) == ("unpacks_too_big", {"limit": "200", "what": "parts"})


LAUGHS = "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 10))
DTD = f'<!DOCTYPE worksheet [<!ENTITY a0 "ha">{LAUGHS}]>'


@pytest.mark.parametrize(
    "bomb",
    [
        f"<?xml version='1.0'?>{DTD}<worksheet>&a9;</worksheet>".encode(),
        f"<?xml version='1.0'?>{' ' * 9_000}{DTD}<worksheet>&a9;</worksheet>".encode(),
        f"<?xml version='1.0' encoding='utf-16'?>{DTD}<worksheet>&a9;</worksheet>".encode("utf-16"),
        b"<worksheet><!ENTITY a 'not even in its place'></worksheet>",
    ],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/core.xml"])
def test_entities_are_refused_wherever_they_hide(tmp_path: Path, bomb: bytes, part: str) -> None:
    error = refused(repacked(workbook(tmp_path, [["full_name"]]), {part: bomb}))
    assert (error.code, error.details) == ("unsafe_part", {"part": part, "reason": "dtd"})


def test_an_archive_within_the_archive_is_refused(tmp_path: Path) -> None:
    inner = workbook(tmp_path, [["full_name"]], "inner.xlsx").read_bytes()
    error = refused(repacked(workbook(tmp_path, [["full_name"]]), {"xl/media/picture.png": inner}))
    assert (error.code, error.details) == (
        "unsafe_part",
        {"part": "xl/media/picture.png", "reason": "archive"},
    )


@pytest.mark.parametrize(
    ("what", "rows", "after"),
    [
        ("row", "<row>" + "<c/>" * 1_000_000 + "</row>", ""),
        ("rows", "<row/>" * 200_000, ""),
        ("loose", "", "<x/>" * 200_000),
        ("nodes", ("<row>" + "<c/>" * 60_000 + "</row>") * 50, ""),
        ("depth", "<x>" * 5_000, ""),
        ("names", "<row>" + "".join(f"<c{n}/>" for n in range(3_000)) + "</row>", ""),
        ("tag", "<c " + " ".join(f'a{n}=""' for n in range(100_000)) + "/>", ""),
    ],
)
def test_a_small_file_that_would_fill_the_memory_is_refused_for_what_it_is(
    tmp_path: Path, what: str, rows: str, after: str
) -> None:
    path = with_sheet(tmp_path, rows, after=after)
    error = refused(path)
    assert (error.code, error.details["what"]) == ("unpacks_too_big", what)


def test_a_shared_formula_that_would_be_copied_for_hours_is_refused_for_what_it_is(tmp_path: Path) -> None:
    first = f'<c r="A2"><f t="shared" si="0" ref="A2:A9">{"A1+" * 300_000}1</f></c>'
    again = '<c><f t="shared" si="0"/></c>'
    rows = f'<row r="2">{first}{again * 20_000}</row>'
    assert refused(with_sheet(tmp_path, rows)).code == "formula"


class Watch:
    """A clock that goes on by so many seconds whenever it is looked at."""

    def __init__(self, step: float) -> None:
        self.now = 1_000.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_a_file_that_takes_longer_than_20_seconds_is_given_up(tmp_path: Path, make: str) -> None:
    rows = [["full_name"], *[["An"]] * 2_000]
    path = saved(tmp_path, "\n".join(row[0] for row in rows)) if make == "csv" else workbook(tmp_path, rows)
    error = refused(path, clock=Watch(step=6.0))
    assert (error.code, error.details) == ("too_slow", {"limit": "20"})
    assert len(read_table(path, NAMES, clock=Watch(step=0.0)).rows) == 2_000


def test_looking_at_parts_that_nobody_reads_meets_the_deadline(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path, [["full_name"]]), {"xl/big.xml": b"<x>" + b" " * (20 * MB) + b"</x>"})
    assert refused(path, clock=Watch(step=0.1)).code == "too_slow"


def test_a_workbook_that_names_one_sheet_many_times_meets_the_deadline(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["full_name"], *[["An"]] * 100])
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml").decode()
    start, end = book.index("<sheet "), book.index("</sheets>")
    repacked(path, {"xl/workbook.xml": (book[:start] + book[start:end] * 5_000 + book[end:]).encode()})
    assert refused(path, clock=Watch(step=0.01)).code == "too_slow"


# Whatever arrives


def answer(folder: Path, data: bytes, name: str) -> Table | BadFile:
    try:
        given_back: Table | BadFile = read_table(saved(folder, data, name), NAMES)
    except BadFile as error:
        given_back = error
    assert given_back.file == name
    return given_back


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whatever")


@pytest.fixture(scope="module")
def good(folder: Path) -> bytes:
    rows: list[list[object]] = [["full_name", "note"], ["An", 1], ["Bình", date(2026, 9, 7)]]
    return workbook(folder, rows, "good.xlsx").read_bytes()


@given(st.binary(max_size=400), st.sampled_from([b"", b"full_name,note\n", b"\xff\xfe", b"PK\x03\x04"]))
@example(b"\xff\xfe\x00", b"")
@example(b'"', b"full_name\n")
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_a_table_or_a_bad_file(folder: Path, data: bytes, start: bytes) -> None:
    for name in ("any.csv", "any.xlsx"):
        answer(folder, start + data, name)


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=300)
def test_a_workbook_with_some_bytes_changed_is_a_table_or_a_bad_file(
    folder: Path, good: bytes, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(good)
    for place, value in changes:
        data[place % len(data)] = value
    answer(folder, bytes(data), "changed.xlsx")


PARTS = [
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
    "xl/worksheets/sheet1.xml",
    "docProps/core.xml",
]


@given(st.sampled_from(PARTS), st.integers(0, 5_000), st.integers(0, 30), st.text(max_size=8))
@settings(deadline=None, max_examples=300)
def test_a_workbook_with_a_part_rewritten_is_a_table_or_a_bad_file(
    folder: Path, good: bytes, part: str, place: int, cut: int, put: str
) -> None:
    path = saved(folder, good, "rewritten.xlsx")
    with zipfile.ZipFile(path) as archive:
        old = archive.read(part) if part in archive.namelist() else b""
    at = place % (len(old) + 1)
    repacked(path, {part: old[:at] + put.encode(errors="replace") + old[at + cut :]})
    answer(folder, path.read_bytes(), "rewritten.xlsx")


@given(st.lists(st.text(st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=20)))
@settings(deadline=None, max_examples=200)
def test_every_name_that_is_written_is_read_in_its_place(folder: Path, names: list[str]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([["full_name", "note"], *([name, ""] for name in names)])
    tidy = [unicodedata.normalize("NFC", name.strip()).strip() for name in names]
    wanted = [(number, name) for number, name in enumerate(tidy, start=2) if name]
    assert found(saved(folder, text.getvalue(), "names.csv")) == wanted

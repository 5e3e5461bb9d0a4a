"""`dondoc export` as it is typed: what it writes, and what it says when it cannot."""
# ruff: noqa: F401, F811 - the fixtures of the shell

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from handlers.views.texts import LANGUAGES, texts
from tests.stories.test_command_line import HOME, LOCALES, Shell, full, shell, staffed
from tests.support import workbooks

EVER = ("export", "inspection", "--from", "2020-01-01", "--to", "31/12/2099")
FILE = "inspection-2020-01-01-2099-12-31.xlsx"


def test_export_alone_says_what_can_be_exported(shell: Shell) -> None:
    answer = shell("export")
    assert (answer.status, answer.out) == (2, "")
    assert "inspection" in answer.err
    assert "text cells only" in " ".join(answer.err.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pack_is_written_in_the_language_of_the_shell(full: Shell, language: str) -> None:
    full.set(LANG=LOCALES[language], DONDOC_ORGANISATION="Sở Mẫu")
    answer = full(*EVER)
    t = texts(language)
    pack = workbooks.read(full.folder / FILE)
    overview, tasks, *_, history = pack.values()
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == t.plain("cli.export.done", n=len(tasks), file=FILE) + "\n"
    assert len(tasks) > 50
    assert len(history) == len(tasks)  # each was imported
    values = {line[t.plain("inspection.column.figure")]: line[t.plain("inspection.column.value")] for line in overview}
    assert values[t.plain("inspection.figure.organisation")] == "Sở Mẫu"
    assert values[t.plain("inspection.figure.units")] == "8"
    assert values[t.plain("inspection.figure.chain_problem")] == t.plain("inspection.chain.whole")
    titles = {line[t.plain("inspection.column.title")] for line in tasks}
    assert {
        "vi": "Rà soát, sửa đổi Quy chế làm việc của Sở",
        "en": "Review and amend the Department's working regulations",
        "pl": "Przejrzeć i zmienić regulamin pracy Departamentu",
    }[language] in titles


def test_the_pack_of_a_unit_says_so_and_how_it_was_made(full: Shell) -> None:
    answer = full(*EVER, "--unit", "van phong so", "--output", "unit.xlsx")
    assert answer.status == 0
    pack = workbooks.read(full.folder / "unit.xlsx")
    values = {line["Item"]: line["Value, or number in the period"] for line in pack["1 Overview"]}
    assert values["Unit"] == HOME
    command = f"dondoc export inspection --from 2020-01-01 --to 2099-12-31 --unit '{HOME}'"
    assert values["Made by the command"] == command
    assert str(full.folder) not in str(values)


def test_a_pack_that_is_there_is_replaced_only_when_that_is_wanted(full: Shell) -> None:
    path = full.file("pack.xlsx", "the pack of last month")
    answer = full(*EVER, "--output", path)
    assert answer.status == 1
    assert answer.errors == [
        f"dondoc: {path} exists already: choose another name with --output, or replace it with --force"
    ]
    assert path.read_text(encoding="utf-8") == "the pack of last month\n"
    assert full(*EVER, "--output", path, "--force").status == 0
    assert workbooks.read(path)


@pytest.mark.parametrize(
    ("first", "last", "error"),
    [
        ("yesterday", "2026-12-31", "“yesterday” is no date"),
        ("2026-12-01", "31/11/2026", "“31/11/2026” is no date"),
        ("2026-12-02", "2026-12-01", "the period ends before it begins"),
        ("2099-12-01", "2099-12-31", "the period has not begun yet"),
    ],
)
def test_a_period_that_makes_no_sense_is_wrong_use(shell: Shell, first: str, last: str, error: str) -> None:
    answer = shell("export", "inspection", "--from", first, "--to", last)
    assert (answer.status, len(answer.errors)) == (2, 1)
    assert error in answer.err
    assert not list(shell.folder.glob("*.xlsx"))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--unit", "Unit Z"), "Unit Z"),
        (("--output", "none/pack.xlsx"), "none/pack.xlsx cannot be written: its folder does not exist"),
        (("--output", "."), ". cannot be written: it is a folder"),
    ],
)
def test_what_cannot_be_done_is_one_line(full: Shell, options: tuple[str, ...], error: str) -> None:
    answer = full(*EVER, *options)
    assert (answer.status, answer.out, len(answer.errors)) == (1, "", 1)
    assert error in answer.err
    assert not list(full.folder.glob("**/*.xlsx"))


def test_a_history_that_was_changed_is_said_on_the_shell_and_in_the_pack(full: Shell) -> None:
    def tamper(connection: Connection) -> None:
        connection.execute(text("DROP TRIGGER history_no_update"))
        connection.execute(text("UPDATE history SET action = 'other' WHERE id = 7"))

    full.meanwhile(tamper)
    answer = full(*EVER)
    assert answer.status == 0  # the pack is there, and says so
    assert re.fullmatch(r"note: the history is not as it was written: line 7 .* The pack says so\.\n", answer.err)
    overview = workbooks.read(Path(full.folder / FILE))["1 Overview"]
    values = {line["Item"]: line["Value, or number in the period"] for line in overview}
    assert values["History: lines verified"] == "6"
    assert "line 7" in values["History: result of the verification"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_is_written_as_a_workbook_and_a_flat_table(full: Shell, language: str) -> None:
    answer = full("export", "summary", "--unit", "van phong so", "--language", language, "out.xlsx", "--csv")
    assert (answer.status, answer.err) == (0, "")
    book = workbooks.read_typed(full.folder / "out.xlsx")
    t = texts(language)
    _, units, *_, tasks = book.values()
    total = t.plain("sheet.figure.total")
    assert len(tasks) == sum(line[total] for line in units) > 0
    lines = (full.folder / "out.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(units)
    assert total in lines[0]
    again = full("export", "summary", "--unit", "van phong so", "out.xlsx")
    assert again.status == 1
    assert "out.xlsx exists already" in again.err


def test_what_was_not_posted_cannot_be_written_as_posted(full: Shell) -> None:
    answer = full("export", "summary", "--posted", "out.xlsx")
    assert (answer.status, len(answer.errors)) == (1, 1)
    assert "leave out --posted" in answer.err


def flat(path: Path, language: str) -> list[dict[str, str]]:
    """A CSV as Excel of that language opens it."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="," if language == "en" else ";"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_of_a_unit_is_written_as_a_workbook_and_the_same_table_as_csv(full: Shell, language: str) -> None:
    answer = full("export", "sheet", "--unit", "van phong so", "--language", language, "unit.xlsx", "--csv")
    assert (answer.status, answer.err) == (0, "")
    people, _ = workbooks.read_typed(full.folder / "unit.xlsx").values()
    beside = flat(full.folder / "unit.csv", language)
    t = texts(language)
    held, owner = t.plain("own.figure.held"), t.plain("inspection.column.owner")
    assert list(beside[0]) == list(people[0])
    assert [(line[owner], line[held]) for line in beside] == [(line[owner], str(line[held])) for line in people]
    assert len(beside) > 3
    assert answer.out.splitlines() == [
        texts("en").plain("cli.export.done_people", n=len(people), file=name) for name in ("unit.xlsx", "unit.csv")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_of_a_person_has_each_task_in_both_files(full: Shell, language: str) -> None:
    def busiest(connection: Connection) -> str:
        asked = "SELECT m.name FROM tasks t JOIN members m ON m.id = t.owner_id GROUP BY m.name ORDER BY count(*) DESC"
        return str(connection.execute(text(asked)).scalars().first())

    whose = ("export", "sheet", "--person", full.look(busiest), "--language", language)
    answer = full(*whose, "own.xlsx", "--csv", "--period", f"{datetime.now(UTC):%m/%Y}")
    assert (answer.status, answer.err) == (0, "")
    _, listed = workbooks.read_typed(full.folder / "own.xlsx").values()
    beside = flat(full.folder / "own.csv", language)
    code = texts(language).plain("inspection.column.code")
    assert list(beside[0]) == list(listed[0])
    assert [line[code] for line in beside] == [line[code] for line in listed]
    assert len(beside) > 1
    again = full(*whose, "own.xlsx")
    assert (again.status, "own.xlsx exists already" in again.err) == (1, True)


def test_a_title_that_would_be_a_formula_is_text_in_the_csv_of_a_sheet(full: Shell) -> None:
    def harm(connection: Connection) -> str:
        connection.execute(text("UPDATE tasks SET title = '=1+2', titles = '{}'"))
        asked = "SELECT name FROM members WHERE id = (SELECT owner_id FROM tasks ORDER BY id LIMIT 1)"
        return str(connection.execute(text(asked)).scalar_one())

    name = full.meanwhile(harm)
    assert full("export", "sheet", "--person", name, "own.xlsx", "--csv").status == 0
    title = texts("en").plain("inspection.column.title")
    titles = {line[title] for line in flat(full.folder / "own.csv", "en")}
    assert titles == {"'=1+2"}


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ((), "whose facts?"),
        (("--unit", "nowhere"), "nowhere"),
        (("--person", "Nobody At All"), "Nobody At All"),
        (("--unit", "van phong so", "--period", "13/2026"), "Which month or quarter"),
        (("--unit", "van phong so", "--period", "soon"), "Which month or quarter"),
        (("--unit", "van phong so", "--period", "Q4/2199"), "has not begun yet"),
    ],
)
def test_a_sheet_that_is_asked_for_wrongly_is_refused_in_one_line(
    full: Shell, asked: tuple[str, ...], error: str
) -> None:
    answer = full("export", "sheet", "out.xlsx", *asked)
    assert (answer.status, answer.out, len(answer.errors)) == (1, "", 1)
    assert error in answer.err
    assert not (full.folder / "out.xlsx").exists()


def test_the_csv_never_takes_the_place_of_the_spreadsheet(full: Shell) -> None:
    answer = full("export", "sheet", "--unit", "van phong so", "out.csv", "--csv", "--force")
    assert answer.status == 1
    assert "would be both files" in answer.err
    assert not (full.folder / "out.csv").exists()
    taken = full.file("out.csv", "mine")
    answer = full("export", "sheet", "--unit", "van phong so", "out.xlsx", "--csv")
    assert "out.csv exists already" in answer.err
    assert not (full.folder / "out.xlsx").exists()
    assert taken.read_text(encoding="utf-8") == "mine\n"

"""What an operator types, and what the shell answers: through `main`, on a database in a folder of its own."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select, text

from bot.actions.sparing import LATER
from bot.command_line import COMMANDS, main, shell_language
from bot.spreadsheets.limits import MAX_ROWS
from handlers.views.texts import LANGUAGES, texts
from storage import audit, history, invites, members, put_off, tasks, units
from storage.database import open_engine, reading, transaction
from storage.records import Member, Role, Task
from storage.tables import metadata
from tests.support.databases import databases, unguard

STAFF = Path(str(files("bot.sample") / "staff.csv"))
TASKS = Path(str(files("bot.sample") / "tasks.csv"))
AN = "Nguyễn Mẫu Đức An"
HOME = "Văn phòng Sở"
LOCALES = {"en": "C.UTF-8", "vi": "vi_VN.UTF-8", "pl": "pl_PL.UTF-8"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()


class Shell:
    """A terminal in a folder with a database of its own, which is there already if `migrated`."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, migrated: bool
    ) -> None:
        self.folder = folder
        self.url = databases.url(folder, "shell", migrated=migrated)
        self.capsys = capsys
        self.monkeypatch = monkeypatch
        self.set(DONDOC_DATABASE_URL=self.url, LANG=LOCALES["en"])

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str | Path) -> Answer:
        status = main([str(argument) for argument in arguments])
        said = self.capsys.readouterr()
        return Answer(status, said.out, said.err)

    def file(self, name: str, *lines: str) -> Path:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def look(self, work: Callable[[Connection], T]) -> T:
        """What is stored now."""
        engine = open_engine(self.url)
        try:
            with reading(engine) as connection:
                return work(connection)
        finally:
            engine.dispose()

    def meanwhile(self, work: Callable[[Connection], T]) -> T:
        """What the bot, or somebody with the file in hand, did in between."""
        engine = open_engine(self.url)
        try:
            with transaction(engine) as connection:
                return work(connection)
        finally:
            engine.dispose()

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return self.look(
            lambda c: {
                name: [tuple(row) for row in c.execute(select(table))] for name, table in metadata.tables.items()
            }
        )


def cleaned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder as the present one, and nothing in the environment."""
    for name in [name for name in os.environ if name.startswith(("DONDOC_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(cleaned(tmp_path, monkeypatch), capsys, monkeypatch, migrated=True)


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(cleaned(tmp_path, monkeypatch), capsys, monkeypatch, migrated=False)


@pytest.fixture
def staffed(shell: Shell) -> Shell:
    """A shell whose database knows the people of the sample."""
    assert shell("import", "staff", STAFF).status == 0
    return shell


@pytest.fixture
def full(staffed: Shell) -> Shell:
    """A shell whose database knows the people and the tasks of the sample."""
    assert staffed("import", "tasks", TASKS).status == 0
    return staffed


def edited(shell: Shell, source: Path, **cells: str) -> Path:
    """A copy of a sample file with other values in its first row."""
    with source.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), list(reader.fieldnames or ())
    rows[0].update(cells)
    copy = shell.folder / source.name
    with copy.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return copy


def first_task(connection: Connection) -> Task:
    found = tasks.by_code(connection, "VP-001")
    assert found is not None
    return found


def member_named(connection: Connection, name: str) -> Member:
    return next(member for member in members.every(connection) if member.name == name)


def roles_of(connection: Connection, name: str) -> set[tuple[Role, int | None]]:
    return {(one.role, one.unit_id) for one in members.grants_of(connection, member_named(connection, name).id)}


# Import: what is right


def test_the_sample_lists_are_imported_whole(shell: Shell) -> None:
    staff = shell("import", "staff", STAFF)
    assert (staff.status, staff.err) == (0, "")
    assert staff.out == "42 people added, 0 changed, 0 unchanged; 8 new units.\n"
    listed = shell("import", "tasks", TASKS)
    assert (listed.status, listed.err) == (0, "")
    assert listed.out.splitlines()[-1] == "80 tasks added, 0 changed, 0 unchanged."
    stored = shell.dump()
    assert (len(stored["members"]), len(stored["units"]), len(stored["tasks"])) == (42, 8, 80)
    assert len(stored["history"]) == 42 + 80
    assert shell.look(audit.verify).problem is None


def test_every_imported_unit_has_its_head_and_every_task_its_owner_and_deadline(full: Shell) -> None:
    heads = full.look(lambda c: [members.holders(c, Role.HEAD, unit) for unit in units.every(c)])
    assert [len(found) for found in heads] == [1] * 8
    task = full.look(first_task)
    owner = full.look(lambda c: members.get(c, task.owner_id))
    assert owner is not None
    assert owner.name == "Đặng Thị Mẫu Giang"
    assert task.due_at == datetime(2026, 9, 25, 10, 0, tzinfo=UTC)  # 17:00 in Hanoi
    assert set(task.titles) == {"vi", "en", "pl"}
    assert len(task.coordinators) == 6


@pytest.mark.parametrize("what", ["staff", "tasks"])
def test_a_second_import_says_so_and_changes_no_row(full: Shell, what: str) -> None:
    before = full.dump()
    source = STAFF if what == "staff" else TASKS
    again = full("import", what, source)
    assert again.status == 0
    assert again.out.splitlines()[-1] == f"Nothing changed: everything in {source.name} is known already."
    assert full.dump() == before


def test_a_dry_run_says_what_would_happen_and_stores_nothing(shell: Shell) -> None:
    shell("migrate")
    before = shell.dump()
    dry = shell("import", "staff", STAFF, "--dry-run")
    assert (dry.status, dry.err) == (0, "")
    assert dry.out == "42 people added, 0 changed, 0 unchanged; 8 new units.\nDry run: nothing was stored.\n"
    assert shell.dump() == before


def test_a_dry_run_of_tasks_stores_nothing_either(staffed: Shell) -> None:
    before = staffed.dump()
    dry = staffed("import", "tasks", TASKS, "--dry-run")
    assert dry.status == 0
    assert "80 tasks added" in dry.out
    assert staffed.dump() == before


def test_a_changed_list_changes_what_describes_and_leaves_the_rest(full: Shell) -> None:
    before = full.look(first_task)
    answer = full("import", "tasks", edited(full, TASKS, title_en="Another title", expected_product="Plan"))
    assert answer.out.splitlines()[-1] == "0 tasks added, 1 changed, 79 unchanged."
    after = full.look(first_task)
    assert (after.titles["en"], after.product) == ("Another title", "Plan")
    assert (after.due_at, after.owner_id, after.state) == (before.due_at, before.owner_id, before.state)
    (line,) = full.look(lambda c: history.of_task(c, after.id, ("import",), 1))
    assert set(line.details["fields"]) == {"titles", "product"}
    assert (line.details["old"]["product"], line.details["new"]["product"]) == (before.product, "Plan")


def test_a_person_listed_in_another_unit_has_moved_and_is_still_one_person(staffed: Shell) -> None:
    mai = staffed.look(lambda c: member_named(c, "Trần Thị Mẫu Bích"))
    moved = staffed.file("moved.csv", "full_name,unit", f"Trần Thị Mẫu Bích,{HOME}")
    told = staffed("import", "staff", moved).out.splitlines()
    assert "Trần Thị Mẫu Bích is in another unit now and is moved there" in told[0]
    assert told[1].startswith("0 people added, 1 changed")
    after = staffed.look(lambda c: member_named(c, "Trần Thị Mẫu Bích"))
    assert (after.id, after.unit_id) == (mai.id, staffed.look(lambda c: units.named(c, HOME)).id)


def test_the_language_somebody_chose_after_joining_is_not_overwritten(staffed: Shell) -> None:
    def join_and_choose(connection: Connection) -> None:
        an = member_named(connection, AN)
        members.link(connection, an.id, 7_000_000_001, datetime(2026, 12, 7, tzinfo=UTC), 1)
        members.change(connection, an.id, language="pl")

    staffed.meanwhile(join_and_choose)
    assert staffed("import", "staff", STAFF).out.startswith("Nothing changed")
    assert staffed.look(lambda c: member_named(c, AN)).language == "pl"


# Import: what people changed in chat meanwhile


def test_another_deadline_in_the_file_does_not_move_the_stored_one_and_is_reported(full: Shell) -> None:
    before = full.look(first_task)
    answer = full("import", "tasks", edited(full, TASKS, due_on="2026-10-08"))
    assert answer.status == 0
    assert "note: tasks.csv, row 2, column due_on: VP-001 is stored already with another deadline" in answer.out
    assert full.look(first_task) == before


def test_a_deadline_changed_in_chat_is_kept_and_reported(full: Shell) -> None:
    later = datetime(2026, 10, 9, 10, 0, tzinfo=UTC)
    full.meanwhile(lambda c: tasks.change(c, first_task(c), due_at=later))
    answer = full("import", "tasks", TASKS)
    assert answer.status == 0
    assert full.look(first_task).due_at == later
    assert "note: tasks.csv, row 2, column due_on: VP-001" in answer.out


def test_a_deadline_changed_in_chat_is_kept(full: Shell) -> None:
    later = datetime(2026, 10, 9, 10, 0, tzinfo=UTC)
    full.meanwhile(lambda c: tasks.change(c, first_task(c), due_at=later))
    before = full.dump()
    assert full("import", "tasks", TASKS).status == 0
    assert full.dump() == before


def test_an_owner_changed_in_chat_is_kept_and_reported(full: Shell) -> None:
    full.meanwhile(lambda c: tasks.change(c, first_task(c), owner_id=member_named(c, AN).id, state="in_progress"))
    before = full.dump()
    answer = full("import", "tasks", TASKS)
    assert answer.status == 0
    assert "note: tasks.csv, row 2, column owner: VP-001 is stored already with another owner" in answer.out
    assert full.dump() == before


# Import: what is wrong


def test_every_mistake_in_a_staff_list_is_named_by_file_row_and_column(shell: Shell) -> None:
    shell("migrate")
    before = shell.dump()
    path = shell.file(
        "people.csv",
        "full_name,unit,unit_head,language,roles",
        ",Unit A,no,en,",
        "Ann,Unit A,perhaps,en,",
        "Bob,Unit A,no,xx,",
        "Cid,,no,en,boss",
        "ÁNN,unit a,no,en,",
        "Fine,Unit A,yes,en,tracker",
    )
    answer = shell("import", "staff", path)
    assert (answer.status, answer.out) == (1, "")
    places = [line.split(": ")[1] for line in answer.errors[:-1]]
    assert places == [
        "people.csv, row 2, column full_name",
        "people.csv, row 3, column unit_head",
        "people.csv, row 4, column language",
        "people.csv, row 5, column unit",
        "people.csv, row 5, column roles",
        "people.csv, row 6, column full_name",
    ]
    assert "the same stands in row 3 already" in answer.err
    assert answer.errors[-1] == "dondoc: 6 mistakes: nothing was stored."
    assert shell.dump() == before


def test_every_mistake_in_a_task_list_is_named_by_file_row_and_column(staffed: Shell) -> None:
    before = staffed.dump()
    path = staffed.file(
        "work.csv",
        "code,title,lead_unit,owner,assigned_on,due_on,difficulty,coordinators",
        f"OK-1,Good,{HOME},Đặng Thị Mẫu Giang,,2026-12-25,normal,",
        f"no code,Bad code,{HOME},Đặng Thị Mẫu Giang,,,,",
        f"OK-2,,{HOME},Đặng Thị Mẫu Giang,,,,",
        "OK-3,Bad unit,Nowhere,Đặng Thị Mẫu Giang,,,,",
        f"OK-4,Bad owner,{HOME},Nobody,,,,",
        f"OK-5,Bad day,{HOME},Đặng Thị Mẫu Giang,,2026-02-30,,",
        f"OK-6,Bad order,{HOME},Đặng Thị Mẫu Giang,2026-12-25,2026-12-24,,",
        f"OK-7,Bad class,{HOME},Đặng Thị Mẫu Giang,,,easy,",
        f"OK-8,Bad help,{HOME},Đặng Thị Mẫu Giang,,,,{HOME}; Nowhere",
        f"ok-1,Again,{HOME},Đặng Thị Mẫu Giang,,,,",
    )
    answer = staffed("import", "tasks", path)
    assert (answer.status, answer.out) == (1, "")
    places = {line.split(": ")[1] for line in answer.errors[:-1]}
    columns = ("code", "title", "lead_unit", "owner", "due_on", "due_on", "difficulty", "coordinators", "code")
    assert places == {f"work.csv, row {row}, column {column}" for row, column in enumerate(columns, 3)}
    assert answer.errors[-1] == "dondoc: 9 mistakes: nothing was stored."
    assert staffed.dump() == before


def test_tasks_of_people_who_are_not_known_are_not_stored(shell: Shell) -> None:
    answer = shell("import", "tasks", TASKS)
    assert answer.status == 1
    assert "dondoc: tasks.csv, row 2, column owner: there is nobody called “Đặng Thị Mẫu Giang”" in answer.errors
    assert len(answer.errors) <= 51
    assert shell.dump()["tasks"] == []


def test_a_dry_run_finds_the_same_mistakes(shell: Shell) -> None:
    path = shell.file("people.csv", "full_name,unit", "Ann,")
    wet, dry = shell("import", "staff", path), shell("import", "staff", path, "--dry-run")
    assert dry == wet
    assert dry.status == 1


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        ("missing.csv", None, "missing.csv: there is no such file"),
        ("list.pdf", ("full_name,unit",), "list.pdf: only CSV and XLSX can be read"),
        ("empty.csv", ("",), "empty.csv: there is nothing in it"),
        ("typo.csv", ("full_nam,unit", "Ann,A"), "typo.csv, row 1, column full_nam: .*“full_name”"),
        ("odd.csv", ("full_name,unit,zzz", "Ann,A,1"), "odd.csv, row 1, column zzz: this column is not known"),
        ("short.csv", ("full_name", "Ann"), "short.csv, row 1, column unit: this column is missing"),
        ("twice.csv", ("full_name,unit,Unit", "Ann,A,B"), "twice.csv, row 1, column Unit: .*twice"),
        ("other.csv", ("alpha,beta", "1,2"), "other.csv: this is not a table"),
        ("quote.csv", ("full_name,unit", '"Ann,A'), "quote.csv, row 2: a quotation mark"),
        ("wide.csv", ("full_name,unit", "Ann,A,B"), "wide.csv, row 2, column C: "),
        ("long.csv", ("full_name,unit", f"{'A' * 2001},A"), "long.csv, row 2, column full_name: .*2000"),
        (
            "many.csv",
            ("full_name,unit", *(f"P{number},A" for number in range(MAX_ROWS + 1))),
            f"many.csv, row {MAX_ROWS + 2}: more than {MAX_ROWS} rows",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith((".csv", ".pdf")) else "",
)
def test_a_file_that_cannot_be_used_gets_one_line_that_says_why(
    shell: Shell, name: str, lines: tuple[str, ...] | None, said: str
) -> None:
    path = shell.file(name, *lines) if lines is not None else shell.folder / name
    answer = shell("import", "staff", path)
    assert (answer.status, answer.out) == (1, "")
    (line,) = answer.errors
    assert re.match(f"dondoc: {said}", line), line


def test_a_file_that_is_not_utf8_gets_one_line_that_says_why(shell: Shell) -> None:
    path = shell.folder / "old.csv"
    path.write_bytes("full_name,unit\nŁoś,A\n".encode("cp1250"))
    (line,) = shell("import", "staff", path).errors
    assert line.startswith("dondoc: old.csv, row 2: the text is not UTF-8")


def test_units_that_stand_above_themselves_are_refused(shell: Shell) -> None:
    path = shell.file("people.csv", "full_name,unit,parent_unit", "Ann,Unit A,Unit A")
    answer = shell("import", "staff", path)
    assert answer.status == 1
    assert answer.errors[0].startswith("dondoc: people.csv, row 2, column parent_unit: ")
    assert shell.dump()["units"] == []


def test_units_that_stand_above_each_other_are_refused(shell: Shell) -> None:
    path = shell.file("people.csv", "full_name,unit,parent_unit", "Ann,Unit A,Unit B", "Bob,Unit B,Unit A")
    assert shell("import", "staff", path).status == 1
    assert shell.dump()["units"] == []


def test_a_unit_that_gets_another_parent_is_reported_as_a_change(shell: Shell) -> None:
    shell("import", "staff", shell.file("one.csv", "full_name,unit", "Ann,Unit A", "Bob,Unit B"))
    lines = len(shell.dump()["history"])
    second = shell.file("two.csv", "full_name,unit,parent_unit", "Ann,Unit A,", "Bob,Unit B,Unit A")
    answer = shell("import", "staff", second)
    parents = shell.look(lambda c: {unit.name: unit.parent_id for unit in units.every(c).values()})
    assert parents["Unit B"] is not None
    assert "Nothing changed" not in answer.out
    assert len(shell.dump()["history"]) > lines


def test_two_new_people_of_one_name_are_two_people(shell: Shell) -> None:
    shell("import", "staff", shell.file("one.csv", "full_name,unit", "Ann,Unit A", "Bob,Unit A"))
    second = shell.file("two.csv", "full_name,unit", "Bob,Unit A", "Ann,Unit B", "Ann,Unit C")
    assert shell("import", "staff", second).status == 0
    stored = shell.look(lambda c: [(one.name, units.every(c)[one.unit_id].name) for one in members.every(c)])
    assert {("Ann", "Unit B"), ("Ann", "Unit C")} <= set(stored)


def test_the_history_names_the_coordinators_when_they_change(full: Shell) -> None:
    task = full.look(first_task)
    answer = full("import", "tasks", edited(full, TASKS, coordinators="Phòng Chuyển đổi số"))
    assert answer.out.splitlines()[-1] == "0 tasks added, 1 changed, 79 unchanged."
    assert len(full.look(first_task).coordinators) == 1
    (line,) = full.look(lambda c: history.of_task(c, task.id, ("import",), 1))
    assert line.details["fields"] == ["coordinators"]


# Roles


def test_a_role_is_given_and_taken_by_a_name_without_accents(staffed: Shell) -> None:
    before = staffed.look(lambda c: roles_of(c, AN))
    lines = len(staffed.dump()["history"])
    given = staffed("grant", "nguyen mau duc an", "leader")
    assert (given.status, given.err) == (0, "")
    assert given.out.startswith(f"{AN} is now ")
    assert staffed.look(lambda c: roles_of(c, AN)) == before | {(Role.LEADER, None)}
    again = staffed("grant", AN, "leader")
    assert again.status == 0
    assert "already" in again.out
    assert "no longer" in staffed("revoke", AN, "leader").out
    assert staffed.look(lambda c: roles_of(c, AN)) == before
    assert "was not" in staffed("revoke", AN, "leader").out
    assert len(staffed.dump()["history"]) == lines + 2  # what changed nothing is no history
    assert staffed.look(audit.verify).problem is None


def test_a_role_can_be_given_for_one_unit(staffed: Shell) -> None:
    answer = staffed("grant", AN, "tracker", "--unit", "van phong so")
    assert answer.status == 0
    assert HOME in answer.out
    unit = staffed.look(lambda c: units.named(c, HOME))
    assert unit is not None
    assert (Role.TRACKER, unit.id) in staffed.look(lambda c: roles_of(c, AN))


@pytest.mark.parametrize("command", ["grant", "revoke"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Nobody At All", "leader"), "nobody is called “Nobody At All”"),
        ((AN, "king"), "there is no role “king”.*leader"),
        ((AN, "head", "--unit", "Nowhere"), f"there is no unit called “Nowhere”.*{HOME}"),
    ],
    ids=["name", "role", "unit"],
)
def test_an_unknown_name_role_or_unit_is_one_line_and_no_change(
    staffed: Shell, command: str, arguments: tuple[str, ...], said: str
) -> None:
    before = staffed.dump()
    answer = staffed(command, *arguments)
    assert (answer.status, answer.out) == (1, "")
    (line,) = answer.errors
    assert re.match(f"dondoc: {said}", line), line
    assert staffed.dump() == before


def test_a_name_that_two_people_have_gives_no_role_to_either(shell: Shell) -> None:
    shell("import", "staff", shell.file("people.csv", "full_name,unit", "Ann,Unit A", "Ann,Unit B"))
    answer = shell("grant", "ann", "leader")
    assert answer.status == 1
    assert "Unit A, Unit B" in answer.err
    assert shell.dump()["grants"] == []


# Leavers


def test_somebody_who_leaves_is_closed_once_and_keeps_the_name(shell: Shell) -> None:
    shell("import", "staff", shell.file("people.csv", "full_name,unit", "Ann,Unit A", "Ann,Unit B", "Bea,Unit B"))
    assert "Unit A, Unit B" in shell("leaver", "ann").err
    answer = shell("leaver", "ann", "--unit", "unit b")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith("Ann has left")
    assert [one.name for one in shell.look(members.every)] == ["Ann", "Bea"]
    assert shell("leaver", "ann", "--unit", "Unit B").status == 1
    assert shell.look(audit.verify).problem is None


def test_nobody_is_closed_on_the_shell_with_open_tasks(staffed: Shell) -> None:
    staffed("import", "tasks", TASKS)
    owner = staffed.look(lambda c: members.some(c, [t.owner_id for t in tasks.open_in(c, units.every(c))]))
    before = staffed.dump()
    name = next(iter(owner.values())).name
    answer = staffed("leaver", name)
    assert (answer.status, answer.out) == (1, "")
    assert re.match(f"dondoc: {name} still owns \\d+ open tasks?: [A-Z]+-\\d+", answer.err), answer.err
    assert staffed.dump() == before


# Invitations


def codes(answer: Answer) -> dict[str, str]:
    return {line["name"]: line["code"] for line in json.loads(answer.out)}


def test_invitations_as_json_are_json_and_nothing_else(staffed: Shell) -> None:
    answer = staffed("invites", "--json")
    assert answer.status == 0
    made = json.loads(answer.out)
    assert len(made) == 42
    assert {frozenset(line) for line in made} == {frozenset({"name", "unit", "code", "link"})}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", line["code"]) for line in made)
    assert len({line["code"] for line in made}) == 42
    assert {line["link"] for line in made} == {""}  # without a token nobody knows the name of the bot
    assert len({line["unit"] for line in made}) == 8
    assert answer.errors == ["note: no token set; only the sandbox can run"]


def test_codes_given_out_again_end_the_earlier_ones(staffed: Shell) -> None:
    first, second = codes(staffed("invites", "--json")), codes(staffed("invites", "--json"))
    soon = datetime.now(UTC) + timedelta(hours=1)
    good = staffed.look(lambda c: {name: invites.by_code(c, "member", code, soon) for name, code in second.items()})
    dead = staffed.look(lambda c: [invites.by_code(c, "member", code, soon) for code in first.values()])
    assert first.keys() == second.keys()
    assert None not in good.values()
    assert {name: found.member_id for name, found in good.items() if found} == {
        member.name: member.id for member in staffed.look(members.every)
    }
    assert dead == [None] * 42


def test_codes_work_for_72_hours(staffed: Shell) -> None:
    code = codes(staffed("invites", "--json"))[AN]
    now = datetime.now(UTC)
    assert staffed.look(lambda c: invites.by_code(c, "member", code, now + timedelta(hours=71))) is not None
    assert staffed.look(lambda c: invites.by_code(c, "member", code, now + timedelta(hours=73))) is None


def test_invitations_of_one_unit_leave_the_others_as_they_are(staffed: Shell) -> None:
    everybody = codes(staffed("invites", "--json"))
    some = json.loads(staffed("invites", "--unit", "van phong so", "--json").out)
    assert {line["unit"] for line in some} == {HOME}
    assert len(some) == 7
    now = datetime.now(UTC)
    assert staffed.look(lambda c: invites.by_code(c, "member", everybody[AN], now)) is not None
    wrong = staffed("invites", "--unit", "Nowhere", "--json")
    assert (wrong.status, wrong.out) == (1, "")


def test_somebody_who_has_joined_gets_no_code(staffed: Shell) -> None:
    at = datetime(2026, 12, 7, tzinfo=UTC)
    staffed.meanwhile(lambda c: members.link(c, member_named(c, AN).id, 7_000_000_001, at, 1))
    made = codes(staffed("invites", "--json"))
    assert len(made) == 41
    assert AN not in made


def test_invitations_for_people_are_lines_with_what_to_type(staffed: Shell) -> None:
    answer = staffed("invites")
    assert f"{AN} · Ban Giám đốc" in answer.out
    assert len(re.findall(r"/start [A-Za-z0-9_-]{22}$", answer.out, re.MULTILINE)) == 42
    assert "72 hours" in answer.out


@pytest.mark.only("sqlite", "looks into the file")
def test_the_codes_are_nowhere_in_the_database(staffed: Shell) -> None:
    made = codes(staffed("invites", "--json"))
    data = b"".join(path.read_bytes() for path in staffed.folder.iterdir() if path.name.startswith("shell.db"))
    assert AN.encode() in data
    assert [code for code in made.values() if code.encode() in data] == []


# Run, settings, the database


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_token_the_bot_says_where_to_get_one_and_what_to_try(shell: Shell, language: str) -> None:
    shell.set(LANG=LOCALES[language])
    answer = shell("run")
    assert (answer.status, answer.out) == (1, "")
    (line,) = answer.errors
    assert "@BotFather" in line
    assert "dondoc sandbox" in line
    assert line == f"dondoc: {texts(language).plain('cli.no_token')}"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("DONDOC_TOKNE", "DONDOC_TOKEN"),
        ("DONDOC_DATABASE", "DONDOC_DATABASE_URL"),
        ("DONDOC_TIME_ZONE", "DONDOC_TIMEZONE"),
    ],
)
def test_a_variable_with_a_typing_mistake_is_wrong_use_and_the_right_one_is_named(
    shell: Shell, wrong: str, meant: str
) -> None:
    shell.set(**{wrong: "1000000001:secret-secret-secret-secret"})
    answer = shell("check")
    assert (answer.status, answer.out) == (2, "")
    (line,) = answer.errors
    assert line == f"dondoc: {wrong}: no such setting; did you mean {meant}?"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DONDOC_TIMEZONE", "Mars/Olympus"),
        ("DONDOC_LANGUAGE", "de"),
        ("DONDOC_DATABASE_URL", "mysql://user:secret@host/db"),
        ("DONDOC_RATE", "secret"),
    ],
)
def test_a_value_that_does_not_fit_is_wrong_use_and_not_repeated(shell: Shell, name: str, value: str) -> None:
    shell.set(**{name: value})
    answer = shell("check")
    assert (answer.status, answer.out) == (2, "")
    (line,) = answer.errors
    assert line.startswith(f"dondoc: {name}: ")
    assert "secret" not in line


def test_a_typing_mistake_in_the_env_file_is_found_too(shell: Shell) -> None:
    shell.file(".env", "DONDOC_TOKNE=1000000001:secret-secret-secret-secret")
    answer = shell("check")
    assert answer.status == 2
    assert "DONDOC_TOKEN" in answer.err


def test_a_token_file_that_cannot_be_read_is_wrong_use(shell: Shell) -> None:
    shell.set(DONDOC_TOKEN_FILE=str(shell.folder / "nowhere"))
    answer = shell("run")
    assert answer.status == 2
    assert answer.errors[0].startswith("dondoc: DONDOC_TOKEN_FILE: ")


@pytest.mark.parametrize("command", [("check",), ("migrate",), ("invites", "--json"), ("grant", "Ann", "head")])
@pytest.mark.only("sqlite", "a folder that is missing")
def test_a_database_that_cannot_be_opened_is_one_line(shell: Shell, command: tuple[str, ...]) -> None:
    shell.set(DONDOC_DATABASE_URL=f"sqlite:///{shell.folder / 'no' / 'such' / 'folder.db'}")
    answer = shell(*command)
    assert (answer.status, answer.out) == (1, "")
    assert answer.errors[-1].startswith("dondoc: the database cannot be used: ")


@pytest.mark.only("sqlite", "looks into the file")
def test_a_file_that_is_no_database_is_one_line_and_stays_as_it_is(shell: Shell) -> None:
    path = shell.file("shell.db", "Dear diary, " * 100)
    before = path.read_bytes()
    answer = shell("migrate")
    assert (answer.status, answer.out) == (1, "")
    assert answer.errors == ["dondoc: the database cannot be used: file is not a database"]
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_one_line_that_says_what_to_do(shell: Shell) -> None:
    shell("migrate")
    shell.meanwhile(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    answer = shell("check")
    assert (answer.status, answer.out) == (1, "")
    assert len(answer.errors) == 1
    assert "newer version" in answer.errors[0]
    assert "9999" in answer.errors[0]


@pytest.mark.only("sqlite", "begins with an empty database")
def test_migrating_says_whether_there_was_anything_to_do(bare: Shell) -> None:
    first, second = bare("migrate"), bare("migrate")
    assert first == Answer(0, "The database was brought to the present schema.\n", "")
    assert second == Answer(0, "The database has the present schema.\n", "")


# Check


def test_the_check_of_a_staffed_database_finds_it_well(full: Shell) -> None:
    answer = full("check")
    assert (answer.status, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert all(line.startswith("ok: ") for line in lines)
    assert "ok: history chain" in lines
    assert "ok: every unit has a head" in lines
    assert "ok: people who can be reached: 0 of 42" in lines


def test_the_check_names_units_without_a_head(staffed: Shell) -> None:
    assert staffed("revoke", "Phạm Thị Mẫu Dung", "head", "--unit", HOME).status == 0
    answer = staffed("check")
    assert answer.status == 1
    assert f"NOT ok: units without a head: {HOME}" in answer.out.splitlines()
    assert "ok: history chain" in answer.out.splitlines()


def test_the_check_names_the_first_broken_line_of_history(staffed: Shell) -> None:
    def tamper(connection: Connection) -> None:
        unguard(connection)
        connection.execute(text("UPDATE history SET action = 'other' WHERE id = 7"))

    staffed.meanwhile(tamper)
    answer = staffed("check")
    assert answer.status == 1
    assert "NOT ok: history chain: line 7 (row 7) was changed after it was written" in answer.out.splitlines()


def test_the_check_names_the_rows_that_could_not_be_planned_while_they_wait(staffed: Shell) -> None:
    now = datetime.now(UTC)
    staffed.meanwhile(lambda c: put_off.note(c, "task", 12, now, now + LATER))
    staffed.meanwhile(lambda c: put_off.note(c, "recurring task", 3, now, now + LATER))
    (line,) = [line for line in staffed("check").out.splitlines() if "task 12" in line]
    assert line.startswith("NOT ok: ")
    assert "recurring task 3, task 12;" in line
    staffed.meanwhile(lambda c: c.execute(text("UPDATE put_off SET until = '2020-01-01'")))
    assert "task 12" not in staffed("check").out, "nobody has put them off again: they are well"


def test_the_check_counts_who_can_be_reached(staffed: Shell) -> None:
    at = datetime(2026, 12, 7, tzinfo=UTC)
    staffed.meanwhile(lambda c: members.link(c, member_named(c, AN).id, 7_000_000_001, at, 1))
    assert "people who can be reached: 1 of 42" in staffed("check").out


# Audit


def seal(shell: Shell) -> str:
    """The head of the chain as a weekly summary would print it now."""
    return shell.look(history.head).printed


def test_the_audit_of_an_untouched_history_says_how_much_was_read(full: Shell) -> None:
    answer = full("audit", "verify", "--head", seal(full))
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == f"The history is whole: 122 lines verified, 0 of them erased. Seal: {seal(full)}\n"


def test_the_audit_counts_what_was_erased(full: Shell) -> None:
    before = seal(full)
    full.meanwhile(lambda c: history.erase(c, [3, 50, 51]))
    answer = full("audit", "verify", "--head", before)
    assert answer.status == 0
    assert "122 lines verified, 3 of them erased" in answer.out


def test_the_audit_names_the_first_bad_line(staffed: Shell) -> None:
    def tamper(connection: Connection) -> None:
        unguard(connection)
        connection.execute(text("DELETE FROM history WHERE position IN (7, 9)"))

    staffed.meanwhile(tamper)
    answer = staffed("audit", "verify")
    assert (answer.status, answer.out) == (1, "")
    said = "The history is NOT whole: 6 lines are as they were written, then line 7 is missing (before row 8)"
    assert answer.errors == [f"dondoc: {said}"]


def test_the_audit_sees_a_cut_tail_only_against_a_head_that_was_kept(staffed: Shell) -> None:
    def cut(connection: Connection) -> None:
        unguard(connection)
        connection.execute(text("DELETE FROM history WHERE position > 40"))
        last = "(SELECT hash FROM history WHERE position = 40)"
        connection.execute(text(f"UPDATE history_head SET length = 40, hash = {last}"))

    late = seal(staffed)
    staffed.meanwhile(cut)
    early = seal(staffed)
    assert staffed("audit", "verify").status == 0
    assert staffed("audit", "verify", "--head", early).status == 0
    answer = staffed("audit", "verify", "--head", early, "--head", late)
    assert answer.status == 1
    assert "everything from line 41 on was cut off" in answer.err
    assert staffed("audit", "verify", "--head", early, late).status == 1


def test_what_is_no_head_is_wrong_use(staffed: Shell) -> None:
    answer = staffed("audit", "verify", "--head", "42-abc")
    assert (answer.status, answer.out) == (2, "")
    assert "“42-abc” is no seal" in answer.err


@pytest.mark.parametrize("language", ["vi", "pl"])
def test_the_audit_speaks_the_language_of_its_reader(staffed: Shell, language: str) -> None:
    staffed.set(LANG=LOCALES[language])
    answer = staffed("audit", "verify")
    assert answer.out.strip() == texts(language).plain("cli.audit.whole", n=42, erased=0, head=seal(staffed))


# Languages


@pytest.mark.parametrize("language", ["vi", "pl"])
def test_the_shell_speaks_the_language_of_its_operator(shell: Shell, language: str) -> None:
    t, english = texts(language), texts("en")
    shell.set(LANG=LOCALES[language])
    staff = shell("import", "staff", STAFF, "--dry-run")
    assert staff.out.splitlines() == [
        t.plain("cli.import.staff", n=42, changed=0, unchanged=0, units=8),
        t.plain("cli.import.dry"),
    ]
    assert not set(staff.out.splitlines()) & {english.plain("cli.import.dry")}
    shell("import", "staff", STAFF)
    again = shell("import", "staff", STAFF)
    assert again.out.splitlines() == [t.plain("cli.import.nothing", file="staff.csv")]
    assert again.out.splitlines() != [english.plain("cli.import.nothing", file="staff.csv")]


@pytest.mark.parametrize(
    ("language", "row", "count"),
    [
        ("vi", "people.csv, dòng 2, cột full_name: ", "2 lỗi"),
        ("pl", "people.csv, wiersz 2, kolumna full_name: ", "2 błędy"),
    ],
)
def test_mistakes_are_named_in_the_language_of_the_operator(shell: Shell, language: str, row: str, count: str) -> None:
    shell.set(LANG=LOCALES[language])
    answer = shell("import", "staff", shell.file("people.csv", "full_name,unit", ",Unit A", "Ann,"))
    assert answer.status == 1
    assert answer.errors[0] == f"dondoc: {row}{texts(language).plain('import.missing_value')}"
    assert count in answer.errors[-1]


@pytest.mark.parametrize("language", ["vi", "pl"])
def test_a_check_in_another_language_has_the_same_lines(staffed: Shell, language: str) -> None:
    english = staffed("check")
    staffed.set(LANG=LOCALES[language])
    other = staffed("check")
    assert other.status == english.status == 0
    assert len(other.out.splitlines()) == len(english.out.splitlines())
    assert texts(language).plain("cli.check.units") in other.out
    assert other.out != english.out


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "pl_PL.UTF-8", "LC_MESSAGES": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "pl_PL.UTF-8"}, "pl"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": ""}, "vi"),
    ],
)
def test_the_language_comes_from_the_environment_as_everywhere_else(environment: dict[str, str], language: str) -> None:
    assert shell_language(environment) == language


# Wrong use


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("frobnicate",),
        ("import",),
        ("import", "people", "x.csv"),
        ("import", "staff"),
        ("import", "staff", "x.csv", "--force"),
        ("grant", "Ann"),
        ("sandbox", "--port", "eighty"),
        ("run", "now"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_status_2_and_stores_nothing(bare: Shell, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        bare(*arguments)
    assert ended.value.code == 2
    said = bare.capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("usage: dondoc")
    assert list(bare.folder.iterdir()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_command_and_nothing_is_stored(bare: Shell, language: str) -> None:
    bare.set(LANG=LOCALES[language])
    with pytest.raises(SystemExit) as ended:
        bare("--help")
    assert ended.value.code == 0
    said = bare.capsys.readouterr().out
    assert [name for name in COMMANDS if f"    {name} " not in said] == []
    assert list(bare.folder.iterdir()) == []


# Rules and labels


def test_rules_are_shown_set_for_a_unit_and_taken_back(staffed: Shell) -> None:
    assert "leaders_after = 3" in staffed("rules").out.splitlines()
    assert staffed("rules", "leaders_after", "5").out.strip() == "leaders_after = 5"
    assert "leaders_after = 4" in staffed("rules", "leaders_after", "4", "--unit", "van phong so").out
    shown = staffed("rules").out.splitlines()
    assert "leaders_after = 5" in shown
    assert f"leaders_after = 4 ({HOME})" in shown
    assert staffed("rules", "leaders_after", "--default").out.strip() == "leaders_after = 3"
    assert "leaders_after = 3" in staffed("rules").out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense", "1"), "there is no rule “nonsense”"),
        (("head_after", "0"), "must be a whole number from 1 to 60"),
        (("head_after", "two"), "must be a whole number from 1 to 60"),
        (("clear.product.en", "x" * 41), "a label has 1 to 40 characters"),
        (("clear.product.en", "outcome", "--unit", HOME), "labels belong to the whole organisation"),
        (("head_after", "2", "--unit", "Nowhere"), "Nowhere"),
    ],
)
def test_a_rule_that_makes_no_sense_changes_nothing(staffed: Shell, arguments: tuple[str, ...], said: str) -> None:
    answer = staffed("rules", *arguments)
    assert answer.status == 1
    assert said in answer.err
    assert staffed.dump()["preferences"] == []

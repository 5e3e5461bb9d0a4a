"""The inspection pack of an organisation in which everything happens, as an inspector opens it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot import exports
from bot.command_line import parser
from bot.shell import Failed
from handlers.views.inspection import COLUMNS
from handlers.views.texts import LANGUAGES, texts
from storage import history, members, tasks
from storage.database import open_engine
from tests.support import workbooks
from tests.support.workbooks import Lines
from tests.support.world import MONDAY, Person, World

Pack = dict[str, Lines]


class Office:
    """The story of a week, and the shell beside it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.said: list[str] = []

    def export(self, *options: str, language: str = "en", name: str = "pack.xlsx") -> Pack:
        """Make a pack of December up to now and read it."""
        t, file = texts(language), self.folder / name
        typed = ["export", "inspection", "--from", "1/12/2026", "--to", "31/12/2026", *options]
        wanted = parser(t).parse_args([*typed, "--output", str(file), "--force"])
        engine = open_engine(self.world.app.settings.database_url)
        try:
            exports.inspection(
                engine, self.world.app.office, wanted, self.world.clock(), t, self.said.append, self.said.append
            )
        finally:
            engine.dispose()
        return workbooks.read(file)


@pytest.fixture
async def office(world: World, tmp_path: Path) -> Office:
    """A week: more time, an obstacle, a hand-over, a refusal to take work, rework, a delay with its cause."""
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, en",
        "Binh Boss, Unit B, head, en",
    )
    head, mai, nam, leader = [
        await world.join(name) for name in ("Hoa Head", "Mai Member", "Nam Neighbour", "Lan Leader")
    ]
    await assign(head, "mai; 16/12/2026 17:00; Write the report; Report")
    await assign(head, 'mai; 7/12/2026 17:00; =HYPERLINK("http://evil"); List')
    await assign(head, "mai; 18/12/2026 17:00; Work of others; Plan")
    await assign(head, "nam; 18/12/2026 17:00; Quiet work; Plan")
    await assign(head, "nam; 18/12/2026 17:00; Needless work; Plan")
    await assign(head, "nam; -; Standing work; Plan")
    await mai.say("/decline UA-003 It belongs to unit B")
    await head.say("/reassign UA-003 nam; Nam knows it")
    await mai.say("/extend UA-001 21/12/2026 17:00; The figures come late")
    await head.say("/approve 3")
    await mai.say("/blocked UA-001 No power; Use the rooms of unit B")
    await head.say("/refuse 4 Wait for the generator")
    await head.say("/suspend UA-004 The budget is not there")
    await head.say("/drop UA-005 Nobody needs it")
    await mai.say("/received UA-002")
    await world.go(MONDAY.replace(day=9))  # UA-002 is late: the reason was asked for
    await mai.say("/explain UA-002 The server was down")
    await mai.say("/cause UA-002 Flood in the cellar")
    await leader.say("/approve 5")
    await head.say("/urge UA-002")
    await mai.say("/evidence UA-002 https://example.org/list?a=1")
    await mai.send("list.pdf", caption="/done UA-002 here it is")
    await head.say("/return UA-002 Annex 2 is missing")
    await mai.say("/done UA-002 with annex 2")
    await head.say("/accept UA-002")
    await mai.say("/handover UA-001 nam; I am on a course")
    await nam.say("/approve 6")
    await head.say("/approve 6")
    return Office(world, tmp_path)


async def assign(head: Person, text: str) -> None:
    await head.say(f"/assign {text}")
    await head.press("✔️")


def by_code(lines: Lines, code: str) -> dict[str, str]:
    return next(line for line in lines if line["Task"] == code)


def figures(pack: Pack) -> dict[str, tuple[str, str]]:
    return {
        line["Item"]: (line["Value, or number in the period"], line["Number since the tasks were assigned"])
        for line in pack["1 Overview"]
    }


async def test_the_overview_counts_all_of_it_and_verifies_the_chain(office: Office) -> None:
    found = figures(office.export())
    head = await office.world.app.store.read(history.head)
    assert {name: value for name, (value, _) in found.items()} == {
        "Organisation": "Sở Mẫu",
        "Unit": "the whole organisation",
        "Number of units": "3",
        "Reporting period (both days inclusive)": "2026-12-01 – 2026-12-31",
        "Data cut-off": "2026-12-09 10:00:00",
        "Made at": "2026-12-09 10:00:00",
        "Time zone of all dates and times": "Asia/Ho_Chi_Minh",
        "Made by the command": "dondoc export inspection --from 2026-12-01 --to 2026-12-31",
        "Total tasks": "6",
        "Completed on time": "0",
        "Completed late": "1",
        "In progress, within deadline": "3",
        "In progress, overdue": "0",
        "No deadline": "1",
        "Cancelled": "1",
        "Of these: suspended": "1",
        "Of these: sent back for rework": "0",
        "Extensions requested": "1",
        "Extensions approved": "1",
        "Changes of hands": "2",
        "Tasks declined": "1",
        "Obstacles reported": "1",
        "Of these: not yet decided": "0",
        "Obstacles decided": "1",
        "Number of urgings": "1",
        "Times sent back for rework": "1",
        "Explanations asked for": "1",
        "Explanations given": "1",
        "Explanations late or missing": "0",
        "Pieces of evidence": "2",
        "Objective causes claimed": "1",
        "Objective causes confirmed": "1",
        "History: lines verified": str(head.length),
        "History: lines with erased content": "0",
        "History: seal": head.printed,
        "History: result of the verification": "every line is as it was written",
    }
    assert office.said == [f"{office.folder / 'pack.xlsx'} is written: 6 tasks."]


async def test_a_task_stands_there_with_everything_about_it(office: Office) -> None:
    late = by_code(office.export()["2 Tasks"], "UA-002")
    assert late == {
        **dict.fromkeys(late, ""),
        "Task": "UA-002",
        "Title": '=HYPERLINK("http://evil")',
        "Lead unit": "Unit A",
        "Owner": "Mai Member",
        "Assigner": "Hoa Head",
        "Expected product": "List",
        "Difficulty": "normal",
        "Assigned": "2026-12-07 10:00",
        "Original deadline": "2026-12-07 17:00",
        "Deadline in force": "2026-12-07 17:00",
        "State": "completed",
        "Time class": "Completed late",
        "Received": "2026-12-07 10:00",
        "Submitted": "2026-12-09 10:00",
        "Completed": "2026-12-09 10:00",
        "Working days late": "2",
        "Extensions": "0",
        "Changes of hands": "0",
        "Urgings": "1",
        "Reminders put off": "0",
        "Times sent back": "1",
        "Pieces of evidence": "2",
        "Explanation": "The server was down",
    }


async def test_every_sheet_names_what_happened(office: Office) -> None:
    pack = office.export()
    assert [name.partition(" ")[2] for name in pack] == [
        texts("en").plain(f"inspection.sheet.{name}") for name in COLUMNS
    ]
    (more,) = pack["3 Extensions"]
    assert (more["Task"], more["Asked by"], more["Reason"]) == ("UA-001", "Mai Member", "The figures come late")
    assert (more["Old deadline"], more["New deadline"]) == ("2026-12-16 17:00", "2026-12-21 17:00")
    assert (more["Asked late"], more["Decided by"], more["Decision"]) == ("no", "Hoa Head", "approved")
    hands = {line["Task"]: line for line in pack["4 Changes of hands"]}
    assert set(hands) == {"UA-001", "UA-003"}
    for line in hands.values():
        assert (line["Old owner"], line["New owner"], line["Decided by"]) == (
            "Mai Member",
            "Nam Neighbour",
            "Hoa Head",
        )
    assert {line["Reason"] for line in hands.values()} == {"I am on a course", "Nam knows it"}
    asked = {(line["Task"], line["Kind"], line["Decision"]) for line in pack["5 Requests and decisions"]}
    assert asked == {
        ("UA-001", "Extension", "approved"),
        ("UA-001", "Obstacle", "instructed otherwise"),
        ("UA-001", "Hand-over", "approved"),
        ("UA-002", "Objective cause", "approved"),
        ("UA-003", "Decline", "approved"),
        ("UA-003", "Hand-over", "approved"),
    }
    link, file = pack["6 Evidence"]
    assert (link["Kind"], link["Link"], link["By"]) == ("link", "https://example.org/list?a=1", "Mai Member")
    assert (file["Name"], file["Size (bytes)"], len(file["SHA-256"])) == ("list.pdf", "15", 64)
    (why,) = pack["7 Explanations"]
    assert (why["Task"], why["Owner"], why["Text"]) == ("UA-002", "Mai Member", "The server was down")
    assert (why["Deadline missed"], why["Asked for at"]) == ("2026-12-07 17:00", "2026-12-08 08:30")
    assert (why["Given at"], why["Late or missing"]) == ("2026-12-09 10:00", "no")


async def test_the_history_of_the_tasks_is_there_line_by_line_with_its_place_and_hash(office: Office) -> None:
    lines = office.export()["8 Audit trail"]
    stored = await office.world.app.store.read(lambda c: history.of_tasks(c, range(1, 7)))
    assert {(line["Line"], line["Hash (first 16 digits)"]) for line in lines} == {
        (str(entry.position), entry.hash[:16]) for entry in stored
    }
    about = [line for line in lines if line["Task"] == "UA-001"]
    assert [int(line["Line"]) for line in about] == sorted(int(line["Line"]) for line in about)
    moved = next(line for line in about if line["What"] == "approved: Extension")
    assert (moved["At"], moved["By"]) == ("2026-12-07 10:00:00", "Hoa Head")
    assert (moved["Old"], moved["New"]) == ("deadline: 2026-12-16 17:00", "deadline: 2026-12-21 17:00")
    back = next(line for line in lines if line["Why"] == "Annex 2 is missing")
    assert back["Old"] == "state: submitted, waiting for confirmation"
    asked = next(line for line in lines if line["Task"] == "UA-002" and line["By"] == "Dondoc")
    assert asked["At"] >= "2026-12-07"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_word_of_it_is_there_in_every_language(office: Office, language: str) -> None:
    pack = office.export(language=language)
    t = texts(language)
    assert list(pack) == [f"{n} {t.plain(f'inspection.sheet.{name}')}" for n, name in enumerate(COLUMNS, 1)]
    for lines, columns in zip(pack.values(), COLUMNS.values(), strict=True):
        assert lines
        assert all(set(line) == {t.plain(f"inspection.column.{name}") for name, _ in columns} for line in lines)
    states = {line[t.plain("inspection.column.state")] for line in list(pack.values())[1]}
    wanted = ("assigned", "suspended", "cancelled", "completed")
    assert states == {t.plain(f"state.{name}") for name in wanted}


async def test_nothing_of_the_messenger_is_in_it(office: Office) -> None:
    people = await office.world.app.store.read(members.every)
    boss = people[0]
    await office.world.app.store.write(lambda c: members.change(c, boss.id, email="hoa@example.org"))
    office.export()
    everything = "\n".join(workbooks.parts(office.folder / "pack.xlsx").values())
    accounts = [str(person.account) for person in office.world.people.values()]
    assert len(accounts) == 4
    assert not [account for account in accounts if account in everything]
    assert "hoa@example.org" not in everything
    assert "file-" not in everything
    assert "Sở Mẫu" in everything  # it was looked for where words are


async def test_what_is_late_and_unexplained_is_counted_as_such(office: Office) -> None:
    world = office.world
    await world.go(MONDAY.replace(day=29))  # UA-001 and UA-003 are overdue, the reasons were asked for in vain
    found = figures(office.export())
    assert found["In progress, overdue"][0] == "2"
    assert found["Explanations asked for"][0] == "3"
    assert found["Explanations late or missing"][0] == "2"


async def test_a_pack_of_a_period_that_is_over_says_what_was_so_at_its_end(office: Office) -> None:
    world = office.world
    earlier = office.export("--to", "9/12/2026", name="before.xlsx")
    await world.go(MONDAY.replace(day=10))
    nam, head = world.people["Nam Neighbour"], world.people["Hoa Head"]
    await nam.say("/extend UA-003 29/12/2026; Too much to do")
    await head.say("/approve 7")
    await nam.say("/done UA-001")
    await head.say("/accept UA-001")
    await nam.say("/handover UA-003 mai; She had it before")
    await world.people["Mai Member"].say("/approve 8")
    await head.say("/approve 8")
    await head.say("/resume UA-004")
    await head.say("/drop UA-006 Nobody needs it")
    later = office.export("--to", "9/12/2026", name="after.xlsx")
    now = office.export(name="now.xlsx")
    for name in earlier:
        if name != "1 Overview":
            assert later[name] == earlier[name], name
            assert now[name] != earlier[name] or name in ("6 Evidence", "7 Explanations"), name
    differs = ("Data cut-off", "Made at", "History: lines verified", "History: seal")
    before, after = figures(earlier), figures(later)
    assert {name for name in before if before[name] != after[name]} == set(differs)


async def test_a_unit_is_asked_for_with_the_units_below_it_and_with_what_it_gave_away(office: Office) -> None:
    world = office.world
    boss, leader = await world.join("Binh Boss"), world.people["Lan Leader"]
    await assign(boss, "binh; 18/12/2026 17:00; Work of unit B; Plan")
    await world.people["Hoa Head"].say("/resume UA-004")
    await leader.say("/reassign UA-004 binh; It is theirs")
    ours, theirs = office.export("--unit", "unit a"), office.export("--unit", "Unit B", name="b.xlsx")
    assert figures(ours)["Unit"][0] == "Unit A"
    assert figures(ours)["Made by the command"][0].endswith("--unit 'Unit A'")
    given_away = by_code(ours["2 Tasks"], "UA-004")  # handing it on does not take it out of sight
    assert (given_away["Lead unit"], given_away["Owner"]) == ("Unit B", "Binh Boss")
    assert {line["Title"] for line in theirs["2 Tasks"]} == {"Work of unit B", "Quiet work"}
    assert len(ours["2 Tasks"]) == 6
    assert "Work of unit B" not in {line["Title"] for line in ours["2 Tasks"]}
    with pytest.raises(Failed, match="Unit Z"):
        office.export("--unit", "Unit Z")


async def test_content_that_was_erased_is_counted_and_marked(office: Office) -> None:
    world = office.world
    (entry,) = await world.app.store.read(lambda c: history.of_tasks(c, [2], ["explain"]))
    await world.app.store.write(lambda c: history.erase(c, [entry.id]))
    pack = office.export()
    assert figures(pack)["History: lines with erased content"][0] == "1"
    line = next(line for line in pack["8 Audit trail"] if line["Line"] == str(entry.position))
    assert (line["By"], line["Why"]) == ("Mai Member", "🗑️ the content was erased")


async def test_exporting_changes_nothing(office: Office) -> None:
    before = await office.world.app.store.read(history.head)
    task = await office.world.app.store.read(lambda c: tasks.get(c, 1))
    office.export()
    assert await office.world.app.store.read(history.head) == before
    assert await office.world.app.store.read(lambda c: tasks.get(c, 1)) == task
    assert office.world.clock() - MONDAY == timedelta(days=2)

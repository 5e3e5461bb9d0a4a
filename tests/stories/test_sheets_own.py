"""/mysheet: own facts of a month or quarter, a head's look at the unit, and a file to carry elsewhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from storage import tasks
from tests.support import workbooks
from tests.support.world import HANOI, MONDAY, Person, World


async def unit(world: World) -> tuple[Person, Person, Person, Person]:
    """Two units with work: Mai has done one task in time and has one overdue with her own words."""
    await world.staff(
        *("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "An Member, Unit A, member, en"),
        *("Ba Head, Unit B, head, en", "Lan Leader, Board, leader, en"),
    )
    names = ("Hoa Head", "Mai Member", "Ba Head", "Lan Leader")
    head, mai, other, lan = [await world.join(name) for name in names]
    for words in ("10/12/2026 17:00; Good work; Report", "8/12/2026 17:00; Hard work; Report"):
        await head.say(f"/assign mai; {words}")
        await head.press("✔️")
    return head, mai, other, lan


async def code_of(world: World, title: str) -> str:
    found = await world.app.store.read(lambda c: tasks.counted_in(c, [1, 2, 3], MONDAY))
    return next(one.code for one in found if one.title == title)


def file_of(world: World, person: Person, folder: Path) -> dict[str, list[dict[str, Any]]]:
    found = person.files[-1]["document"]
    path = folder / found["file_name"]
    path.write_bytes(world.server.files[found["file_id"]].data)
    return workbooks.read_typed(path)


def facts_of(book: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {line["Figure"]: line["In this period"] for line in next(iter(book.values()))}


async def test_a_member_sees_and_carries_away_everything_counted_about_her(world: World, tmp_path: Path) -> None:
    head, mai, _, _ = await unit(world)
    await mai.press("✅", next(one for one in mai.messages if "Good work" in one.get("text", "")))
    await world.morning(head)
    await head.press("👍")
    await world.go(datetime(2026, 12, 9, 10, 0, tzinfo=HANOI))
    said = await mai.say("/mysheet")
    assert "Mai Member" in said
    assert "Tasks held: 2 = 1 completed + 1 open + 0 given to somebody else + 0 cancelled" in said
    assert "Completed: 1 = 🟢 1 on time + 🟠 0 late + ⚪ 0 without deadline" in said
    assert "On-time rate: 100 % (1 of 1 completed with a deadline)" in said
    assert "🔴 1 overdue" in said
    assert "Hard work" in said
    await mai.press("📄")
    book = file_of(world, mai, tmp_path)
    facts = facts_of(book)
    assert (facts["Tasks held"], facts["Completed on time"], facts["Open, overdue"]) == (2, 1, 1)
    assert facts["On-time rate (of tasks completed with a deadline)"] == 1.0
    lines = list(book.values())[1]
    assert {line["Title"] for line in lines} == {"Good work", "Hard work"}
    assert str(lines[0]["Original deadline"]).startswith("2026-12-")


async def test_explanations_stand_beside_the_delay_in_message_and_file(world: World, tmp_path: Path) -> None:
    _, mai, _, _ = await unit(world)
    await world.go(datetime(2026, 12, 9, 10, 0, tzinfo=HANOI))
    await mai.say(f"/explain {await code_of(world, 'Hard work')} =1+1 the scanner broke")
    said = await mai.say("/mysheet 12/2026")
    assert "✍️ =1+1 the scanner broke" in said
    await mai.press("📄")
    lines = list(file_of(world, mai, tmp_path).values())[1]
    assert {line["Explanation"] for line in lines} == {None, "=1+1 the scanner broke"}


async def test_the_buttons_lead_to_other_periods_and_never_into_the_future(world: World) -> None:
    _, mai, _, _ = await unit(world)
    assert "month 12/2026" in await mai.say("/mysheet")
    assert not any("▶️" in label for label in mai.labels())
    await mai.press("◀️")
    assert "month 11/2026" in mai.said
    assert "Tasks held: 0" in mai.said
    await mai.press("▶️")
    assert "month 12/2026" in mai.said
    await mai.press("Q4/2026")
    assert "Q4/2026" in mai.said
    assert "Tasks held: 2" in mai.said
    assert "has not begun" in await mai.say("/mysheet 1/2027")
    assert "10/2026" in await mai.say("/mysheet 13/2026")
    assert await mai.forge("1:sheet:m:2027:1:p:2") != ""


@pytest.mark.parametrize(("words", "name"), [("/phieu quý 4/2026", "Q4/2026"), ("/arkusz kw. 4/2026", "Q4/2026")])
async def test_the_command_has_a_name_in_every_language(world: World, words: str, name: str) -> None:
    _, mai, _, _ = await unit(world)
    assert name in await mai.say(words)


async def test_a_head_sees_the_own_people_and_the_unit(world: World, tmp_path: Path) -> None:
    head, _, _, lan = await unit(world)
    assert "Mai Member · Unit A" in await head.say("/mysheet mai 12/2026")
    said = await head.say("/mysheet unit")
    assert "Unit A" in said
    assert [name for name in ("Hoa Head", "Mai Member", "An Member") if name not in said] == []
    assert "Ba Head" not in said
    await head.press("📄")
    people = next(iter(file_of(world, head, tmp_path).values()))
    assert {line["Owner"]: line["Tasks held"] for line in people} == {"Hoa Head": 0, "Mai Member": 2, "An Member": 0}
    assert "Ba Head" in await lan.say("/mysheet unit Unit B")
    await lan.say("/mysheet member")
    assert len(lan.labels()) == 2  # which of the two?
    await lan.press("An Member")
    assert "An Member" in lan.said


async def test_nobody_else_sees_a_sheet(world: World) -> None:
    head, mai, other, _ = await unit(world)
    number, hoa = (await world.member("Mai Member")).id, (await world.member("Hoa Head")).id
    place = await world.unit("Unit A")
    for said in (await mai.say("/mysheet hoa"), await mai.say("/mysheet unit"), await mai.say("/mysheet an")):
        assert "your own sheet only" in said
    assert "Nobody" in await other.say("/mysheet mai")
    assert "Unit B" in await other.say("/mysheet unit Unit A")
    for forged in (f"p:{hoa}", f"u:{place}", "p:9999"):
        for verb in ("sheet", "sheetas"):
            assert "own sheet only" in await mai.forge(f"1:{verb}:m:2026:12:{forged}")
    for verb in ("sheet", "sheetas"):
        assert "own sheet only" in await other.forge(f"1:{verb}:m:2026:12:p:{number}")
        assert "own sheet only" in await other.forge(f"1:{verb}:m:2026:12:u:{place}")
        await mai.forge(f"1:{verb}:x:2026:12:p:{number}")
        await mai.forge(f"1:{verb}:m:0:12:p:{number}")
    assert mai.files == other.files == []
    assert "Mai Member" not in "".join(other.texts)
    assert head.files == []


async def test_a_task_that_moved_away_is_told_as_given_to_somebody_else(world: World) -> None:
    head, mai, _, _ = await unit(world)
    await head.say(f"/reassign {await code_of(world, 'Good work')} an member; needed elsewhere")
    said = await mai.say("/mysheet")
    assert "Tasks held: 2 = 0 completed + 1 open + 1 given to somebody else" in said
    assert "Tasks held: 1 = 0 completed + 1 open" in await head.say("/mysheet an member")


async def test_whoever_left_in_the_span_stays_on_the_sheet_of_the_unit(world: World) -> None:
    head, mai, _, lan = await unit(world)
    for code in (await code_of(world, "Good work"), await code_of(world, "Hard work")):
        await mai.say(f"/done {code} ready")
        await head.say(f"/accept {code}")
    await head.say("/leaver mai; ok")
    assert "Mai Member (left on Mon 7 Dec)" in await lan.say("/mysheet unit Unit A")
    assert "Mai Member" not in await lan.say("/mysheet unit Unit A 1/2027")

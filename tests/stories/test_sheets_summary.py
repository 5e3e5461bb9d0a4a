"""The summary's spreadsheet: once per chat, after text and picture, with the very figures of the text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, Wires
from bot.sandbox.calls import Fault
from handlers.views.book import Book
from handlers.views.texts import LANGUAGES, texts
from storage import digests
from tests.stories.test_picture import CHANNELS, FRIDAY, NEXT_FRIDAY, fails, office, summaries
from tests.support import workbooks
from tests.support.world import HANOI, TOKEN, World, restart, settings

SATURDAY = datetime(2026, 12, 12, 8, 0, tzinfo=HANOI)


def files(world: World, number: int = CHANNELS[0]) -> list[dict[str, Any]]:
    return [one for one in world.server.messages(number) if "document" in one]


def order(world: World, number: int = CHANNELS[0]) -> list[str]:
    names = {"photo": "picture", "document": "file", "text": "text"}
    posted = [one for one in world.server.messages(number) if "Weekly summary" in one.get("text", "Weekly summary")]
    return [name for one in posted for key, name in names.items() if key in one]


def stored(world: World, message: dict[str, Any], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The workbook of a message, read back."""
    path = folder / message["document"]["file_name"]
    path.write_bytes(world.server.files[message["document"]["file_id"]].data)
    return workbooks.read_typed(path)


def value_of(lines: Iterable[dict[str, Any]], figure: str) -> Any:
    return next(line["In this period"] for line in lines if line["Figure"] == figure)


async def test_friday_brings_text_picture_and_file_once(world: World, tmp_path: Path) -> None:
    await office(world, channels=2)
    await world.go(FRIDAY)
    await restart(world, tmp_path)
    await world.go(SATURDAY)
    for number in CHANNELS:
        assert order(world, number) == ["text", "picture", "file"]
        assert files(world, number)[0]["document"]["file_name"] == "weekly-summary-2026-12-11.xlsx"
        assert "Sở Mẫu" in files(world, number)[0]["caption"]


async def test_the_file_says_what_the_text_said_even_when_things_went_on(world: World, tmp_path: Path) -> None:
    head, _ = await office(world)
    await head.say("/assign mai; 11/12/2026 15:00; Late work; Report")
    await head.press("✔️")
    world.clock.now = FRIDAY
    await world.app.ticks.plan()
    while not summaries(world):
        assert await world.app.courier.deliver(1)
    await head.say("/assign mai; 24/12/2026 17:00; Newer work; Report")  # after the summary was frozen
    await head.press("✔️")
    await world.go(SATURDAY)
    text = summaries(world)[0]
    book = stored(world, files(world)[0], tmp_path)
    overview, units, late, obstacles, tasks = book.values()
    (frozen,) = [await world.app.store.read(lambda c: digests.get(c, 1))]
    assert frozen is not None
    figures = frozen[1]
    assert value_of(overview, "Total tasks") == figures.total.total == 2
    assert value_of(overview, "In progress, overdue") == figures.total.overdue == 1
    assert value_of(overview, "On-time rate (of tasks completed with a deadline)") == 1.0
    assert value_of(overview, "History: seal") == figures.chain
    assert figures.chain in text
    assert str(value_of(overview, "Period: up to")) == "2026-12-11 16:00:00"
    assert [line["Title"] for line in late] == ["Late work"]
    assert [line["Title"] for line in tasks] == ["Work", "Late work"]
    assert [line["Total tasks"] for line in units] == [one.total for one in figures.units]
    assert str(tasks[0]["Original deadline"]) == "2026-12-10 17:00:00"
    assert obstacles == []
    assert value_of(overview, "Messages: planned") == figures.delivered.planned > 0


async def test_a_file_never_overtakes_its_text_or_picture(world: World) -> None:
    await office(world)
    world.server.before = fails("sendMessage", Fault("drop"))
    world.clock.now = FRIDAY
    await world.settle()
    assert order(world) == []
    await world.go(SATURDAY)
    assert order(world) == ["text", "picture", "file"]


@pytest.mark.parametrize("fault", [Fault("drop"), Fault("deliver_then_drop")])
async def test_a_file_that_may_have_arrived_is_repeated_once_and_marked(world: World, fault: Fault) -> None:
    await office(world)
    world.server.before = fails("sendDocument", fault)
    await world.go(SATURDAY)
    captions = [one["caption"] for one in files(world)]
    assert [caption.startswith("🔁") for caption in captions] == ([True] if fault.kind == "drop" else [False, True])


async def test_a_file_that_cannot_be_made_costs_neither_text_nor_picture(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def nothing(_: Book) -> bytes | None:
        return None

    _, lan = await office(world)
    await world.app.stop()
    world.app = App(settings(tmp_path, world.app.settings.api_url), TOKEN, Wires(clock=world.clock, bind=nothing))
    await world.app.start()
    await world.go(SATURDAY)
    assert order(world) == ["text", "picture"]
    assert [letter.reason for letter in await world.letters("failed")] == ["not_made"]
    assert "cannot be made" in await lan.say("/export")
    await world.go(NEXT_FRIDAY)
    assert order(world) == ["text", "picture"] * 2


async def test_a_chat_without_names_gets_totals_of_units_only(world: World, tmp_path: Path) -> None:
    head, _ = await office(world)
    await head.say("/assign mai; 11/12/2026 15:00; Late work; Report")
    await head.press("✔️")
    world.clock.now = FRIDAY
    await world.app.ticks.plan()
    await world.app.store.write(lambda c: c.exec_driver_sql("UPDATE chats SET purpose = 'unit'"))
    await world.go(SATURDAY)
    found = files(world)[0]
    assert len(stored(world, found, tmp_path)) == 2
    everything = "".join(workbooks.parts(tmp_path / found["document"]["file_name"]).values())
    assert "Unit A" in everything
    assert [name for name in ("Hoa", "Mai", "Lan", "Late work", "VP-") if name in everything] == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_file_speaks_the_language_of_the_chat(world: World, tmp_path: Path, language: str) -> None:
    await office(world)
    await world.app.store.write(lambda c: c.exec_driver_sql(f"UPDATE chats SET language = '{language}'"))
    await world.go(SATURDAY)
    t = texts(language)
    book = stored(world, files(world)[0], tmp_path)
    assert [name.split(" ", 1)[1] for name in book] == [
        t.plain(f"sheet.{name}") for name in ("overview", "units", "late", "obstacles", "tasks")
    ]
    assert t.plain("inspection.column.due") in list(book.values())[4][0]


async def test_export_is_the_summary_now_for_those_who_may_see_it(world: World, tmp_path: Path) -> None:
    head, lan = await office(world)
    mai = world.people["Mai Member"]
    await head.say("/export")
    assert len(stored(world, head.files[-1], tmp_path)) == 5
    await lan.say("/xuatdulieu unit a")
    assert "Unit A" in lan.files[-1]["caption"]
    assert "Unit Z" in await lan.say("/eksport Unit Z")
    for said in (await mai.say("/export"), await mai.say("/export Unit A"), await head.say("/export Board")):
        assert "/tasks" in said or "Yours: Unit A" in said
    assert mai.files == []

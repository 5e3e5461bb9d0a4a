"""The picture of the weekly summary: once per channel, after its text, and never at the cost of the text."""

from __future__ import annotations

import struct
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, Wires
from bot.drawing import Drawing
from bot.sandbox.calls import Fault, too_many
from tests.support.world import HANOI, TOKEN, Person, World, restart, settings

FRIDAY = datetime(2026, 12, 11, 16, 0, tzinfo=HANOI)
NEXT_FRIDAY = datetime(2026, 12, 18, 16, 0, tzinfo=HANOI)
CHANNELS = (-1002000000001, -1002000000002)
SUMMARY = "Weekly summary"
REFUSED = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"}


async def office(world: World, channels: int = 1) -> tuple[Person, Person]:
    """A unit with one submitted task, and leadership channels bound by its leader."""
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Lan Leader, Board, leader, en")
    head, mai, lan = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Lan Leader")]
    for number in CHANNELS[:channels]:
        await world.channel(number, f"Board {number}", lan)
        await lan.say("/link")
        world.server.post(number, f"/link {lan.said.split('/link ')[1].split()[0]}")
        await world.settle()
        await lan.press("✔️")
    await head.say("/assign mai; 10/12/2026 17:00; Work; Report")
    await head.press("✔️")
    await mai.press("✅")
    await head.say("/accept UA-001")
    return head, lan


def summaries(world: World, number: int = CHANNELS[0]) -> list[str]:
    return [post for post in world.posts(number) if SUMMARY in post]


def order(world: World, number: int = CHANNELS[0]) -> list[str]:
    """What was posted in a channel after it was bound: "text" and "picture"."""
    posted = [one for one in world.server.messages(number) if "photo" in one or SUMMARY in one.get("text", "")]
    return ["picture" if "photo" in one else "text" for one in posted]


def fails(method: str, *faults: Fault) -> Any:
    """A plan for the local Telegram: the next posts by this method fail so."""
    left = list(faults)
    return lambda name, told: left.pop(0) if name == method and int(told["chat_id"]) < 0 and left else None


async def drawn_by(world: World, folder: Path, drawing: Drawing) -> None:
    """The same bot with another drawer."""
    await world.app.stop()
    wires = Wires(clock=world.clock, draw=drawing.draw)
    world.app = App(settings(folder, world.app.settings.api_url), TOKEN, wires)
    await world.app.start()


async def test_friday_brings_one_text_and_one_picture_to_every_channel(world: World, tmp_path: Path) -> None:
    await office(world, channels=2)
    await world.go(FRIDAY)
    for number in CHANNELS:
        assert order(world, number) == ["text", "picture"]
        picture = world.pictures(number)[0]
        assert picture["caption"] == "📊 Sở Mẫu · Fri 11 Dec 2026 16:00"
        assert picture["photo"][-1]["width"] == 1080
        data = world.server.files[picture["photo"][-1]["file_id"]].data
        assert data.startswith(b"\x89PNG")
        assert len(data) < 200_000
    await restart(world, tmp_path)
    await world.go(datetime(2026, 12, 14, 12, 0, tzinfo=HANOI))
    assert [order(world, number) for number in CHANNELS] == [["text", "picture"]] * 2
    await world.go(NEXT_FRIDAY)
    assert [order(world, number) for number in CHANNELS] == [["text", "picture"] * 2] * 2


async def test_a_restart_between_text_and_picture_loses_and_doubles_nothing(world: World, tmp_path: Path) -> None:
    await office(world)
    world.clock.now = FRIDAY
    await world.app.ticks.plan()
    while not summaries(world):
        assert await world.app.courier.deliver(1)
    assert order(world) == ["text"]
    await restart(world, tmp_path)
    await world.settle()
    await world.go(datetime(2026, 12, 11, 18, 0, tzinfo=HANOI))
    assert order(world) == ["text", "picture"]


async def test_a_text_that_has_to_wait_is_not_overtaken_by_its_picture(world: World) -> None:
    await office(world)
    world.server.before = fails("sendMessage", Fault("drop"))
    world.clock.now = FRIDAY
    await world.settle()
    assert order(world) == []
    assert {letter.reason for letter in await world.letters("waiting")} >= {"after_text"}
    await world.go(datetime(2026, 12, 11, 18, 0, tzinfo=HANOI))
    assert order(world) == ["text", "picture"]


@pytest.mark.parametrize(
    ("fault", "marked"),
    [
        (too_many(1), [False]),
        (Fault("drop"), [True]),  # nobody can know whether it arrived: repeated once, and marked
        (Fault("deliver_then_drop"), [False, True]),
        (
            Fault("answer", 400, {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"}),
            [False],
        ),
    ],
)
async def test_a_picture_is_repeated_by_the_same_rules_as_a_text(
    world: World, fault: Fault, marked: list[bool]
) -> None:
    await office(world)
    world.server.before = fails("sendPhoto", fault)
    world.clock.now = FRIDAY
    await world.settle()
    await world.go(datetime(2026, 12, 12, 8, 0, tzinfo=HANOI))
    captions = [one["caption"] for one in world.pictures(CHANNELS[0])]
    assert [caption[0] != "📊" for caption in captions] == marked
    assert order(world) == ["text", *["picture"] * len(marked)]


@pytest.mark.parametrize(
    ("script", "deadline"),
    [
        ("import os; os.abort()", 60),
        ("import time; time.sleep(3600)", 0.2),
        ("raise SystemExit(3)", 60),
        ("print('no picture')", 60),
        ("import sys; sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n' + bytes(8) + b'\\x7f' * 8)", 60),
    ],
)
async def test_a_child_that_fails_costs_the_picture_and_not_the_text(
    world: World, tmp_path: Path, script: str, deadline: float, caplog: pytest.LogCaptureFixture
) -> None:
    _, lan = await office(world)
    await drawn_by(world, tmp_path, Drawing((sys.executable, "-I", "-c", script), deadline))
    await world.go(FRIDAY)
    assert order(world) == ["text"]
    assert [letter.reason for letter in await world.letters("failed")] == ["not_drawn"]
    assert "a picture was not drawn" in caplog.text
    # The bot works on, and who asks for the picture is told where the figures are.
    assert "cannot be drawn" in await lan.say("/chart")
    assert "Preview" in await lan.say("/summary")
    await world.go(NEXT_FRIDAY)
    assert order(world) == ["text", "text"]


async def test_a_command_that_does_not_exist_is_no_picture(caplog: pytest.LogCaptureFixture) -> None:
    assert await Drawing(("/nowhere/at/all",)).draw("<svg/>") is None
    assert await Drawing().draw("this is no SVG") is None
    assert "a picture was not drawn" in caplog.text


async def test_the_preview_has_a_button_and_a_command_for_the_picture(world: World) -> None:
    head, lan = await office(world)
    await lan.say("/summary")
    assert "📊 Picture" in lan.labels()
    await lan.press("📊")
    assert len(lan.files) == 1
    assert "Sở Mẫu" in lan.files[0]["caption"]
    await head.say("/bieudo")
    assert "Unit A" in head.files[0]["caption"]
    width, height = struct.unpack(">II", world.server.files[head.files[0]["photo"][-1]["file_id"]].data[16:24])
    assert (width, 600 <= height <= 1600) == (1080, True)


async def test_who_may_not_see_the_summary_gets_no_picture_of_it(world: World) -> None:
    await office(world)
    mai = world.people["Mai Member"]
    for said in (await mai.say("/chart"), await mai.say("/wykres")):
        assert "summary" in said.lower()
    await mai.forge("1:chart")
    stranger = world.stranger("Nobody")
    await stranger.say("/chart")
    await stranger.forge("1:chart")
    assert mai.files == stranger.files == []

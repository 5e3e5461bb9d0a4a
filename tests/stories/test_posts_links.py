"""Every number of a summary that can be opened leads to the list behind it; rights are checked on opening."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.markup import slice_units
from handlers.links import LONGEST, Source, parse
from storage import units
from storage.figures import OPENABLE
from tests.stories.test_posts import CHANNEL, FRIDAY, bind, pass_time, summaries_in
from tests.support.world import Person, World

HOUR = timedelta(hours=1)


def links(world: World, number: int = CHANNEL) -> dict[str, str]:
    """The words of the newest post that are links, with what follows ?start="""
    posts = [one for one in world.server.messages(number) if "text" in one and "Weekly summary" in one["text"]]
    found: dict[str, str] = {}
    for entity in posts[-1].get("entities", []):
        if entity["type"] == "text_link":
            words = slice_units(posts[-1]["text"], entity["offset"], entity["length"])
            found[words] = entity["url"].partition("?start=")[2]
            assert re.fullmatch(r"https://t\.me/\w+\?start=[A-Za-z0-9_-]{1,64}", entity["url"])
    return found


@pytest.fixture
async def posted(world: World) -> tuple[World, Person, dict[str, Any]]:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Bo Head, Unit B, head, en",
        "Lan Leader, Board, leader, en",
    )
    head, leader = await world.join("Hoa Head"), await world.join("Lan Leader")
    for due in ("8/12/2026", "25/12/2026"):
        await head.say(f"/assign mai; {due}; Work until {due}; Report")
        await head.press("✔️")
    await bind(world, leader, CHANNEL, "Board")
    await pass_time(world, FRIDAY + HOUR)
    return world, head, links(world)


async def test_a_number_opens_the_tasks_that_were_counted_as_they_stand_now(posted) -> None:
    world, head, found = posted
    overdue = next(code for words, code in found.items() if "in progress, overdue: 1" in words)
    leader = world.people["Lan Leader"]
    mai = await world.join("Mai Member")
    said = await leader.say(f"/start {overdue}")
    assert "UA-001" in said
    assert "UA-002" not in said
    assert "Counted for Fri 11 Dec 2026 16:00" in said
    await mai.say("/done UA-001 finished")
    assert "UA-001" in await leader.say(f"/start {overdue}")  # frozen: it was overdue then
    assert "waiting for confirmation" in leader.said
    assert "UA-001" not in await head.say(f"/start {overdue}")  # the number of the whole organisation is not hers
    assert "no right to this summary" in head.said


async def test_the_line_of_a_unit_opens_its_tasks_for_its_head_and_for_nobody_elses(posted) -> None:
    world, head, found = posted
    assert "Unit A" not in found  # one unit with tasks: its line is the total
    payload = Source(1, await world.unit("Unit A"), "total").payload
    said = await head.say(f"/start {payload}")
    assert "UA-001" in said
    assert "UA-002" in said
    bo, mai = await world.join("Bo Head"), await world.join("Mai Member")
    for person in (bo, mai):
        assert "no right to this summary" in await person.say(f"/start {payload}")


async def test_a_unit_in_the_middle_of_the_tree_sees_what_is_below_it_and_nothing_beside_or_above(world: World) -> None:
    await world.staff(
        "Hoa Head, Middle, head, en",
        "Mai Member, Below, member, en",
        "Bo Head, Beside, head, en",
        "Lan, Top, leader, en",
    )
    top, middle, below, beside = [await world.unit(name) for name in ("Top", "Middle", "Below", "Beside")]
    for lower, upper in ((middle, top), (beside, top), (below, middle)):
        await world.app.store.write(lambda c, one=lower, other=upper: units.change(c, one, parent_id=other))
    head, leader = await world.join("Hoa Head"), await world.join("Lan")
    for owner in ("hoa", "mai", "bo", "lan"):
        await leader.say(f"/assign {owner}; 25/12/2026; Work of {owner}; Report")
        await leader.press("✔️")
    await bind(world, head, CHANNEL, "Middle")
    await bind(world, leader, CHANNEL - 1, "Top", "Top")
    await pass_time(world, FRIDAY + HOUR)
    (post,) = summaries_in(world, CHANNEL)
    assert "Tasks in all: 2" in post
    assert [name for name in ("Top", "Beside") if name in post] == []
    (whole,) = summaries_in(world, CHANNEL - 1)
    assert "Tasks in all: 4" in whole
    assert [name for name in ("Top", "Middle", "Below", "Beside") if name not in whole] == []


async def test_a_stranger_with_a_link_hears_what_every_stranger_hears(posted) -> None:
    world, _, found = posted
    stranger, other = world.stranger("Stranger"), world.stranger("Other")
    said = await stranger.say(f"/start {next(iter(found.values()))}")
    assert said == await other.say("/start")
    assert "UA-" not in said


@pytest.mark.parametrize("payload", ["l-999-0-overdue", "l-1-0-secret", "l-1-4711-overdue", "l-1-0-unit_id"])
async def test_a_link_to_nothing_says_so(posted, payload: str) -> None:
    world, *_ = posted
    said = await world.people["Lan Leader"].say(f"/start {payload}")
    assert "leads to no number" in said or "no right" in said


async def test_a_long_list_is_turned_page_by_page(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head = await world.join("Hoa Head")
    for number in range(10):
        await head.say(f"/assign mai; 25/12/2026; Work {number}; Report")
        await head.press("✔️")
    await bind(world, head, CHANNEL, "Heads")
    await pass_time(world, FRIDAY + HOUR)
    within = next(code for words, code in links(world).items() if "within deadline: 10" in words)
    assert "UA-010" not in await head.say(f"/start {within}")
    await head.press("▶")
    assert "UA-010" in head.said


def test_every_payload_fits_and_is_read_back() -> None:
    for figure in OPENABLE:
        source = Source(10**15 - 1, 10**15 - 1, figure)
        assert len(source.payload) <= LONGEST
        assert parse(source.payload) == source
    for wrong in ("", "l-1-2", "l-1-2-Über", "l--1-2-late", "x-1-2-late", "l-1-2-late ", "l-١-2-late"):
        assert parse(wrong) is None

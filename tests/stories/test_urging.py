"""Urging: counted, not more than once a working day, heard above after the third."""

from __future__ import annotations

import pytest

from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Lan Leader, Board, leader, en",
        "Binh Boss, Unit B, head, en",
    )
    head, mai, leader = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Lan Leader")]
    await head.say("/assign mai; 8/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    return world, head, mai, leader


async def test_one_tap_urges_the_owner_and_both_sides_see_the_count(cast: Cast) -> None:
    _, head, mai, _ = cast
    await head.say("/task UA-001")
    await head.press("📣")
    assert "the owner is urged" in head.toast
    assert "Urged 1 time, last on Mon 7 Dec" in head.said
    assert "Hoa Head urges you to go on with UA-001. Urged 1 time so far." in mai.said
    assert "Urged 1 time" in await mai.say("/task UA-001")


async def test_a_second_urging_waits_for_the_next_working_day(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(day=11, hour=15))
    await head.say("/urge UA-001")
    mai.news()
    assert "urged today already" in await head.say("/urge UA-001")
    await world.go(MONDAY.replace(day=13, hour=12))  # Sunday
    assert "urged today already" in await head.say("/urge UA-001")
    await world.go(MONDAY.replace(day=14, hour=10))
    await head.say("/urge UA-001")
    assert sum("urges you" in text for text in mai.news()) == 1


async def test_from_the_third_urging_on_the_next_level_hears_and_the_summary_lists_it(cast: Cast) -> None:
    world, head, _, leader = cast
    for day in (7, 8):
        await world.go(MONDAY.replace(day=day, hour=11))
        await head.say("/urge UA-001")
    assert not [text for text in leader.texts if "urged" in text]
    assert "For the leadership" not in await leader.say("/summary")
    await world.go(MONDAY.replace(day=9, hour=11))
    await head.say("/urge UA-001")
    await world.morning(leader)
    assert "UA-001 has been urged 3 times" in leader.said
    assert "UA-001 · urged 3 times · Write the report — Mai Member" in await leader.say("/summary")


async def test_only_those_who_look_after_the_unit_urge_and_nobody_urges_themselves(cast: Cast) -> None:
    world, _, mai, _ = cast
    boss = await world.join("Binh Boss")
    assert "no task with that code" in await boss.say("/urge UA-001")
    assert "Only those who look after the unit" in await mai.say("/urge UA-001")
    assert not [text for text in mai.texts if "urges you" in text]


async def test_what_is_submitted_is_not_urged(cast: Cast) -> None:
    _, head, mai, _ = cast
    await mai.say("/done UA-001")
    assert "was submitted already" in await head.say("/urge UA-001")


async def test_an_urging_of_the_evening_waits_for_the_morning_and_is_dropped_when_the_work_is_done(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(hour=20))
    await head.say("/urge UA-001")
    await mai.say("/done UA-001")
    mai.news()
    await world.go(MONDAY.replace(day=8, hour=9))
    assert not [text for text in mai.news() if "urges you" in text]

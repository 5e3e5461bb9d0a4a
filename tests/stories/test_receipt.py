"""Receipt: nobody can say that they did not know."""

from __future__ import annotations

import pytest

from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 29/1/2027; Write the report; Report")  # Monday 10:00
    await head.press("✔️")
    head.news(), mai.news()
    return world, head, mai


async def test_an_owner_who_has_not_received_is_asked_once_after_eight_working_hours(cast: Cast) -> None:
    world, _, mai = cast
    await world.go(MONDAY.replace(day=8, hour=9, minute=45))
    assert mai.news() == []
    await world.go(MONDAY.replace(day=9, hour=8, minute=15))  # asked on Tuesday at ten, told with the next agenda
    assert mai.news() == []
    await world.go(MONDAY.replace(day=9, hour=8, minute=30))
    news = mai.news()
    assert len(news) == 1
    assert "Please confirm receipt" in news[0]
    await world.go(MONDAY.replace(day=11, hour=12))
    assert mai.news() == []


async def test_eight_working_hours_later_the_head_is_told(cast: Cast) -> None:
    world, head, _ = cast
    await world.go(MONDAY.replace(day=10, hour=8, minute=15))
    assert head.news() == []
    await world.go(MONDAY.replace(day=10, hour=8, minute=30))
    assert "Not received for two working days" in head.said
    assert "Mai Member" in head.said


async def test_one_tap_ends_it_before_it_begins(cast: Cast) -> None:
    world, head, mai = cast
    await mai.press("👀")
    mai.news()
    await world.go(MONDAY.replace(day=11, hour=12))
    assert mai.news() == []
    assert head.news() == []


async def test_a_question_that_waits_for_the_morning_is_dropped_when_the_answer_came_at_night(cast: Cast) -> None:
    world, head, mai = cast
    await head.say("/assign mai; 29/1/2027; Second; Report")
    await head.press("✔️")
    await mai.say("/received UA-001")
    await mai.say("/received UA-002")
    mai.news()
    await world.go(MONDAY.replace(day=10, hour=12))
    assert mai.news() == []

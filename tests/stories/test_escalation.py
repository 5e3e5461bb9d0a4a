"""Overdue work: the owner explains, the head hears, then leadership; and nobody can keep it quiet."""

from __future__ import annotations

import pytest

from storage import preferences
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
    await head.say("/assign mai; 7/12/2026 17:00; Forgotten work; Report")
    await head.press("✔️")
    await mai.press("👀")
    for person in (head, mai, leader):
        person.news()
    return world, head, mai, leader


async def test_the_head_hears_after_one_working_day_and_leadership_after_three(cast: Cast) -> None:
    world, head, mai, leader = cast
    await world.go(MONDAY.replace(day=8, hour=8, minute=15))
    assert not [text for text in head.news() + leader.news() if "Forgotten" in text]
    await world.go(MONDAY.replace(day=8, hour=8, minute=30))
    assert "reported to the next level up" in head.said
    assert "Mai Member" in head.said
    assert "explanation of the delay is due by Thu 10 Dec 2026 17:00" in mai.said
    await world.go(MONDAY.replace(day=10, hour=8, minute=15))
    assert leader.news() == []
    await world.go(MONDAY.replace(day=10, hour=8, minute=30))
    assert "reported to leadership" in leader.said
    await world.go(MONDAY.replace(day=25, hour=12))
    assert sum("reported to leadership" in text for text in leader.texts) == 1
    assert sum("next level up" in text for text in head.texts) == 1


async def test_an_escalation_stops_at_once_when_the_work_is_done(cast: Cast) -> None:
    world, _, mai, leader = cast
    await world.go(MONDAY.replace(day=9, hour=18))
    await mai.say("/done UA-001 at last")
    await world.go(MONDAY.replace(day=25, hour=12))
    assert not [text for text in leader.texts if "reported to leadership" in text]


async def test_whoever_sees_to_it_gets_two_working_days_and_then_it_goes_on(cast: Cast) -> None:
    world, head, mai, leader = cast
    await world.go(MONDAY.replace(day=9, hour=9))
    await head.say("/late")
    await head.press("📋 UA-001")
    await head.press("👌")
    assert "noted that you see to it" in head.toast
    assert "Hoa Head sees to it since Wed 9 Dec" in head.said
    assert "Hoa Head sees to it" in await mai.say("/task UA-001")
    await world.go(MONDAY.replace(day=10, hour=12))
    assert leader.news() == []  # otherwise it would have heard this morning
    await world.go(MONDAY.replace(day=11, hour=9))
    assert "reported to leadership" in leader.said
    assert "Still no news, although somebody was seeing to it" in head.said


async def test_news_of_the_task_prolong_it(cast: Cast) -> None:
    world, head, mai, leader = cast
    await world.go(MONDAY.replace(day=9, hour=9))
    await head.say("/acknowledge UA-001")
    await world.go(MONDAY.replace(day=10, hour=10))
    await mai.say("/progress UA-001 50 half of it")
    await world.go(MONDAY.replace(day=11, hour=12))
    assert leader.news() == []
    await world.go(MONDAY.replace(day=14, hour=9))
    assert "reported to leadership" in leader.said


async def test_only_those_who_judge_a_task_take_note_of_it_and_only_when_it_is_late(cast: Cast) -> None:
    world, head, mai, _ = cast
    boss = await world.join("Binh Boss")
    await world.go(MONDAY.replace(hour=15))
    assert "is not late" in await head.say("/acknowledge UA-001")
    await world.go(MONDAY.replace(day=8, hour=15))
    assert "no task with that code" in await boss.say("/acknowledge UA-001")
    assert "Only the assigner" in await mai.say("/acknowledge UA-001")


async def test_the_reason_of_a_delay_stands_beside_it_and_a_late_one_is_marked(cast: Cast) -> None:
    world, head, mai, _ = cast
    await world.go(MONDAY.replace(day=8, hour=9))
    await mai.press("✍️")
    assert "Why is UA-001 late?" in mai.said
    await mai.say("The figures came three days late")
    await world.morning(head)
    assert "Mai Member explains the delay of UA-001" in head.said
    assert "Explanation (Tue 8 Dec): The figures came three days late" in await head.say("/task UA-001")
    await world.go(MONDAY.replace(day=11, hour=9))
    await mai.say("/explain UA-001 And the printer broke")
    assert "Explanation (late, Fri 11 Dec): And the printer broke" in await head.say("/task UA-001")
    assert "Only the owner" in await head.say("/explain UA-001 x")


async def test_reminders_are_put_off_until_tomorrow_and_the_head_sees_how_often(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 24/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    await mai.press("👀")
    for day in (8, 9, 10):
        await world.go(MONDAY.replace(day=day, hour=10))
        await mai.say("/task UA-001")
        await mai.press("💤")
        assert "the deadline stays" in mai.toast
        mai.news()
        await world.go(MONDAY.replace(day=day + 1, hour=9))
        assert sum("UA-001" in text for text in mai.news()) == 1
    await world.go(MONDAY.replace(day=14, hour=10))
    assert "can be put off 3 times only" in await mai.say("/snooze UA-001")
    assert "Reminders put off 3 times, last on Thu 10 Dec" in await head.say("/task UA-001")
    assert "Thu 24 Dec 2026 17:00" in head.said
    await mai.say("/task UA-001")
    assert not [label for label in mai.labels() if "💤" in label]  # what would be refused is not offered
    await world.go(MONDAY.replace(day=23, hour=10))
    assert "due on the next working day" in await mai.say("/snooze UA-001")


async def test_reminders_cannot_be_muted_and_the_bot_says_what_can_be_done(cast: Cast) -> None:
    assert "cannot be muted" in await cast[2].say("/mute")


async def test_after_five_working_days_without_news_the_owner_is_asked_once(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; -; Keep the archive; Report")
    await head.press("✔️")
    await mai.press("👀")
    mai.news()
    await world.go(MONDAY.replace(day=14, hour=8, minute=15))
    assert mai.news() == []
    await world.go(MONDAY.replace(day=25, hour=12))
    assert ["No news for days" in text for text in mai.news()] == [True]


async def test_thresholds_of_a_unit_and_the_wording_of_the_clears_are_its_own(cast: Cast) -> None:
    world, head, mai, _ = cast
    unit = await world.unit("Unit A")
    await world.app.store.write(lambda c: preferences.put(c, unit, "head_after", "2"))
    await world.app.store.write(lambda c: preferences.put(c, None, "clear.authority.en", "who signs"))
    await world.go(MONDAY.replace(day=8, hour=12))
    assert not [text for text in head.news() if "next level up" in text]
    await world.go(MONDAY.replace(day=9, hour=9))
    assert "next level up" in head.said
    assert "missing: leader in charge, who signs" in await mai.say("/task UA-001")

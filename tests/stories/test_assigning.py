"""Assigning work in one line and as a dialogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import tasks
from tests.support.world import MONDAY, Person, World, restart, running


@pytest.fixture
async def head(world: World) -> Person:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Nguyễn Văn Dương, Unit A, member, vi",
        "Trần Dương, Unit A, member, vi",
        "Ola Other, Unit B, member, en",
    )
    return await world.join("Hoa Head")


async def test_the_dialogue_asks_for_person_deadline_and_title_and_stores_only_after_the_tick(head: Person) -> None:
    await head.say("/assign")
    assert "Who is to do it?" in head.said
    assert "Ola Other" not in " ".join(head.labels())
    await head.say("tran duong")  # found without accents
    assert "Until when is Trần Dương to finish?" in head.said
    await head.say("16/12/2026 09:30")
    assert "What is to be done?" in head.said
    await head.say("Check the fire exits")
    assert "What is the expected product?" in head.said
    await head.say("List of exits")
    assert "📦 List of exits" in head.said
    assert "Wednesday 16 December 2026, 09:30 (Asia/Ho_Chi_Minh, UTC+07:00)" in head.said
    assert not await head.world.app.store.read(lambda c: c.exec_driver_sql("select * from tasks").all())
    await head.press("✔️")
    assert "UA-001 is assigned to Trần Dương" in head.said
    assert "could not reach" not in head.said


async def test_when_several_people_match_they_are_offered(head: Person) -> None:
    await head.say("/assign duong; 16/12/2026; Count the chairs; Report")
    assert "Several people match “duong”" in head.said
    assert len(head.labels()) == 3
    await head.press("Nguyễn Văn Dương")
    assert "Count the chairs" in head.said
    await head.press("✔️")
    assert "assigned to Nguyễn Văn Dương" in head.said


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/assign nobody; 16/12/2026; x; Report", "Nobody you can assign work to matches “nobody”"),
        ("/assign ola; 16/12/2026; x; Report", "Nobody you can assign work to matches “ola”"),
        ("/assign tran; 31/2/2027; x; Report", "There is no such date: “31/2/2027”"),
        ("/assign tran; 1/12/2026; x; Report", "That moment has passed"),
        ("/assign tran; some day; x; Report", "I did not understand the deadline “some day”"),
    ],
)
async def test_a_mistake_is_answered_with_what_to_do(head: Person, line: str, answer: str) -> None:
    assert answer in await head.say(line)


async def test_a_deadline_on_a_day_off_is_warned_about_and_never_moved_silently(head: Person) -> None:
    await head.say("/assign tran; 13/12/2026 10:00; Sunday work; Report")
    assert "That is a day off there" in head.said
    assert "Sunday 13 December 2026, 10:00" in head.said
    assert head.labels()[:2] == ["Fri 11 Dec", "Mon 14 Dec"]
    await head.press("Mon 14 Dec")
    assert "Monday 14 December 2026, 10:00" in head.said


@pytest.mark.parametrize(
    ("phrase", "shown"),
    [
        ("next friday 5pm", "Friday 18 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)"),
        ("3 ngay lam viec", "Thursday 10 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)"),
        ("do końca miesiąca", "Thursday 31 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)"),
        ("trước ngày 15/12", "Monday 14 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)"),
    ],
)
async def test_a_deadline_in_words_is_shown_in_full_before_it_counts(head: Person, phrase: str, shown: str) -> None:
    await head.say(f"/assign tran; {phrase}; Count the chairs; Report")
    assert shown in head.said
    assert not await head.world.app.store.read(lambda c: c.exec_driver_sql("select * from tasks").all())


async def test_a_deadline_with_two_meanings_is_asked_back_and_the_button_decides(head: Person) -> None:
    await head.say("/assign tran; tomorrow at 5; Count the chairs; Report")
    assert "“tomorrow at 5” can mean two moments" in head.said
    assert "Tuesday 8 December 2026, 05:00 (Asia/Ho_Chi_Minh, UTC+07:00)" in head.said
    assert "Tuesday 8 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)" in head.said
    assert head.labels() == ["Tue 8 Dec 2026 05:00 (UTC+07:00)", "Tue 8 Dec 2026 17:00 (UTC+07:00)", "✖️ Cancel"]
    await head.press("17:00")
    assert "Count the chairs" in head.said
    assert "Tuesday 8 December 2026, 17:00" in head.said
    await head.press("✔️")
    assert "UA-001 is assigned to Trần Dương" in head.said
    stored = await head.world.app.store.read(lambda c: tasks.get(c, 1))
    assert stored.due_at == MONDAY.replace(day=8, hour=17)


async def test_a_deadline_with_two_meanings_is_asked_back_in_the_dialogue_too(head: Person) -> None:
    await head.say("/assign tran")
    await head.say("thu 2 toi 8h")
    assert head.labels()[:2] == ["Mon 7 Dec 2026 20:00 (UTC+07:00)", "Mon 14 Dec 2026 08:00 (UTC+07:00)"]
    await head.press("20:00")
    assert "What is to be done?" in head.said


async def test_a_task_may_explicitly_have_no_deadline(head: Person) -> None:
    await head.say("/assign tran")
    await head.press("No deadline")
    await head.say("Water the plants")
    await head.say("Green plants")
    await head.press("✔️")
    assert "🕒 No deadline" in head.said


async def test_buttons_of_an_earlier_step_are_over(head: Person) -> None:
    await head.say("/assign tran; 16/12/2026; First; Report")
    first = head.last
    await head.say("/assign nguyen; 17/12/2026; Second; Report")
    await head.press("✔️", first)
    assert "That dialogue is over" in head.toast
    await head.press("✔️")
    assert "Second" in head.said
    assert "UA-001" in head.said


async def test_pressing_the_tick_twice_stores_one_task(head: Person) -> None:
    await head.say("/assign tran; 16/12/2026; Once only; Report")
    question = head.last
    await head.press("✔️", question)
    answer = await head.forge("1:as:" + "x" * 8 + ":ok:1", question["message_id"])
    assert "over" in answer
    rows = await head.world.app.store.read(lambda c: c.exec_driver_sql("select code from tasks").all())
    assert len(rows) == 1


async def test_the_usual_products_of_the_unit_are_offered(head: Person) -> None:
    await head.say("/assign tran; 16/12/2026; Count the chairs; Table of chairs")
    await head.press("✔️")
    await head.say("/assign tran; 17/12/2026; Count the desks")
    assert "Table of chairs" in head.labels()
    await head.press("Table of chairs")
    assert "📦 Table of chairs" in head.said
    await head.press("✔️")
    assert "4/6 clear; missing: leader in charge, authority" in head.said


async def test_a_title_may_hold_semicolons_when_the_product_is_named(head: Person) -> None:
    await head.say("/assign tran; 16/12/2026; First this; then that; Report")
    assert "📝 First this; then that" in head.said
    assert "📦 Report" in head.said


async def test_a_tap_on_another_task_does_not_end_the_dialogue(head: Person) -> None:
    await head.say("/assign tran; 16/12/2026; Work; Report")
    await head.press("✔️")
    await head.say("/assign nguyen; 17/12/2026")
    question = head.last
    await head.say("/urge UA-001")
    await head.say("/drop UA-001 assigned twice")
    await head.say("Count the chairs")
    assert "What is the expected product?" in head.said
    assert question["text"] == "✍️ What is to be done? Write it in one sentence."


async def test_cancel_ends_the_dialogue_and_says_so(head: Person) -> None:
    await head.say("/assign tran")
    assert "Cancelled" in await head.say("/cancel")
    assert "nothing to cancel" in await head.say("/cancel")
    assert "did not understand" in await head.say("16/12/2026")


async def test_the_dialogue_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, MONDAY) as world:
        await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
        head = await world.join("Hoa Head")
        await head.say("/assign mai; 16/12/2026")
        assert "What is to be done?" in head.said
        await restart(world, tmp_path)
        await head.say("Survive the restart")
        await restart(world, tmp_path)
        await head.say("Report")
        question = head.last
        await restart(world, tmp_path)
        await head.press("✔️", question)
        assert "UA-001 is assigned to Mai Member" in head.said

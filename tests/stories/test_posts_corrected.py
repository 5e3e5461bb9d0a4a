"""Once posted, figures are frozen; a correction is a marked edit of the same post."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.drawing import Drawing
from bot.sandbox.calls import Fault, refusal
from storage import tables
from tests.stories.test_picture import drawn_by
from tests.stories.test_posts import CHANNEL, FRIDAY, bind, pass_time, summaries_in
from tests.support.world import Person, World

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture
async def posted(world: World) -> tuple[World, Person]:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Lan Leader, Board, leader, en")
    head = await world.join("Hoa Head")
    mai = await world.join("Mai Member")
    for due in ("8/12/2026", "25/12/2026"):
        await head.say(f"/assign mai; {due}; Work; Report")
        await head.press("✔️")
    await bind(world, head, CHANNEL, "Heads")
    await mai.say("/done UA-001 finished")
    await pass_time(world, FRIDAY + HOUR)
    return world, head


async def repair(world: World) -> None:
    """A deadline that was typed wrongly is put right in the records."""

    def work(connection) -> None:
        connection.execute(tables.tasks.update().where(tables.tasks.c.code == "UA-002").values(due_at=None))

    await world.app.store.write(work)


async def correct(world: World, head: Person, reason: str = "Deadline was typed wrongly") -> None:
    await head.say("/summary correct")
    await head.say(reason)


def photo(world: World, message: dict[str, Any]) -> bytes:
    return world.server.files[message["photo"][-1]["file_id"]].data


def edits(world: World) -> list[str]:
    return [call.method for call in world.server.ledger if call.chat_id == CHANNEL and call.method.startswith("edit")]


async def test_a_correction_edits_the_same_post_with_its_mark_and_keeps_the_old_figures(posted) -> None:
    world, head = posted
    (before,) = summaries_in(world, CHANNEL)
    await repair(world)
    await pass_time(world, FRIDAY + 2 * HOUR)
    assert summaries_in(world, CHANNEL) == [before]  # frozen
    said = await head.say("/summary correct")
    assert "🔵 in progress, within deadline: 1 (posted: 2)" in said
    assert "⚪ no deadline: 1 (posted: 0)" in said
    assert edits(world) == []
    await head.say("Deadline was typed wrongly")
    (after,) = summaries_in(world, CHANNEL)
    assert after.splitlines()[0] == "✏️ Correction of Fri 11 Dec 2026 18:00: Deadline was typed wrongly"
    assert "no deadline: 1" in after
    assert sorted(edits(world)) == ["editMessageMedia", "editMessageText"]
    rows = await world.app.store.read(lambda c: c.execute(select(tables.digests).order_by(tables.digests.c.id)).all())
    assert [(row.corrects, row.figures["total"]["no_deadline"]) for row in rows] == [(None, 0), (rows[0].id, 1)]
    told = await world.app.store.read(
        lambda c: c.execute(select(tables.history.c.details).where(tables.history.c.action == "correct_summary")).all()
    )
    assert [row.details["reason"] for row in told] == ["Deadline was typed wrongly"]


async def test_the_picture_of_a_corrected_post_is_drawn_anew_in_its_place(posted) -> None:
    world, head = posted
    (before,) = world.pictures(CHANNEL)
    await repair(world)
    await pass_time(world, FRIDAY + 2 * HOUR)
    await correct(world, head)
    (after,) = world.pictures(CHANNEL)
    assert after["message_id"] == before["message_id"]
    first, second = (photo(world, message) for message in (before, after))
    assert second.startswith(b"\x89PNG")
    assert first != second
    assert after["caption"].startswith("✏️ Correction of Fri 11 Dec 2026 18:00, with the right figures.\n📊")


async def test_a_picture_that_cannot_be_drawn_anew_says_that_it_shows_the_old_figures(posted, tmp_path: Path) -> None:
    world, head = posted
    (before,) = world.pictures(CHANNEL)
    await repair(world)
    await drawn_by(world, tmp_path, Drawing(("/nowhere/at/all",)))
    await correct(world, head)
    (after,) = world.pictures(CHANNEL)
    assert photo(world, after) == photo(world, before)
    assert "this picture shows those from before" in after["caption"]


async def test_what_was_done_after_the_end_of_the_period_does_not_come_in_with_a_correction(posted) -> None:
    world, head = posted
    await repair(world)
    await pass_time(world, FRIDAY + timedelta(days=3, hours=-6))
    await head.say("/accept UA-001")
    await head.say("/assign mai; 25/12/2026; Later work; Report")
    await head.press("✔️")
    await correct(world, head)
    (after,) = summaries_in(world, CHANNEL)
    assert "Tasks in all: 2" in after
    assert "completed on time: 0" in after
    assert "waiting for confirmation: 1" in after


async def test_without_a_reason_or_without_a_change_nothing_is_corrected(posted) -> None:
    world, head = posted
    assert "Nothing would change" in await head.say("/summary correct")
    await repair(world)
    await head.say("/summary correct")
    assert "at most 300 characters" in await head.say("why " * 100)
    assert edits(world) == []
    await head.say("Right this time")
    assert "Nothing would change" in await head.say("/summary correct")
    assert len(edits(world)) == 2


async def test_a_correction_is_done_once_although_the_answer_was_lost(posted) -> None:
    world, head = posted
    await repair(world)
    lost = iter([Fault("deliver_then_drop")])
    world.server.before = lambda method, _: next(lost, None) if method == "editMessageText" else None
    await correct(world, head)
    await pass_time(world, FRIDAY + 2 * HOUR)
    (after,) = summaries_in(world, CHANNEL)
    assert after.startswith("✏️ Correction")
    letters = [letter for letter in await world.letters() if letter.kind == "correction"]
    assert {letter.state for letter in letters} == {"sent"}


async def test_a_correction_whose_formatting_is_refused_is_made_plainly(posted) -> None:
    world, head = posted
    await repair(world)
    refused = {"editMessageText", "editMessageMedia"}
    wrong = refusal(400, "Bad Request: can't parse entities: at 3")

    def once(method: str, _: Any) -> Fault | None:
        if method not in refused:
            return None
        refused.remove(method)
        return wrong

    world.server.before = once
    await correct(world, head)
    assert refused == set()
    (after,), (picture,) = summaries_in(world, CHANNEL), world.pictures(CHANNEL)
    assert after.startswith("✏️ Correction")
    assert "<" not in after
    assert picture["caption"].startswith("✏️ Correction")


async def test_a_post_that_is_gone_is_posted_anew_and_marked(posted) -> None:
    world, head = posted
    await repair(world)
    chat = world.server.chat(CHANNEL)
    for number in [number for number, one in chat.messages.items() if "Weekly summary" in one.get("text", "")]:
        del chat.messages[number]
    await correct(world, head)
    (after,) = summaries_in(world, CHANNEL)
    assert after.startswith("✏️ Correction")


async def test_the_next_week_is_compared_with_the_corrected_figures(posted) -> None:
    world, head = posted

    def late(connection) -> None:
        values = {"due_at": FRIDAY - timedelta(days=1)}
        connection.execute(tables.tasks.update().where(tables.tasks.c.code == "UA-002").values(**values))

    await world.app.store.write(late)
    await correct(world, head)
    assert "overdue: 1" in summaries_in(world, CHANNEL)[0]
    await pass_time(world, FRIDAY + WEEK + HOUR)
    second = summaries_in(world, CHANNEL)[1]
    assert second.startswith("Against the last summary: 🔴 overdue 1 (±0)")


async def test_only_who_may_link_the_chat_corrects_its_post(posted) -> None:
    world, _ = posted
    mai = world.people["Mai Member"]
    assert "No channel or group" in await mai.say("/summary correct")
    assert "Only unit heads and leadership" in await mai.forge("1:fix:1")

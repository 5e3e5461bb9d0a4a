"""Before each post the chat is checked; a change holds the post until somebody has decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import shell
from bot.sandbox.calls import Fault, refusal
from handlers.views.texts import texts
from tests.stories.test_posts import CHANNEL, FRIDAY, bind, pass_time, summaries_in
from tests.support.world import Person, World

WEEK = timedelta(days=7)


@pytest.fixture
async def bound(world: World) -> tuple[World, Person]:
    await world.staff("Hoa Head, Unit A, head, en", "Lan Leader, Board, leader, en")
    head = await world.join("Hoa Head")
    await bind(world, head, CHANNEL, "Heads")
    await pass_time(world, FRIDAY - timedelta(minutes=30))
    head.news()
    return world, head


async def test_a_channel_that_became_public_gets_nothing_until_its_keeper_says_so_once(bound) -> None:
    world, head = bound
    world.server.publish(CHANNEL, "everybody")
    await pass_time(world, FRIDAY + timedelta(hours=3))
    assert summaries_in(world, CHANNEL) == []
    assert world.pictures(CHANNEL) == []
    asked = [text for text in head.news() if "is held" in text]
    assert len(asked) == 1
    assert "public now (@everybody)" in asked[0]
    assert [
        text
        for well, text in shell.check(world.app.store.engine, world.clock(), texts("en"))
        if not well and "Heads" in text
    ]
    await head.press("Post all the same")
    assert "posted in “Heads” all the same" in head.said
    assert len(summaries_in(world, CHANNEL)) == 1
    assert len(world.pictures(CHANNEL)) == 1
    # The answer holds for exactly this change …
    await pass_time(world, FRIDAY + WEEK + timedelta(hours=1))
    assert len(summaries_in(world, CHANNEL)) == 2
    assert [text for text in head.news() if "is held" in text] == []
    # … and another one is asked about anew.
    world.server.publish(CHANNEL, "somebody_else")
    await pass_time(world, FRIDAY + 2 * WEEK + timedelta(hours=1))
    assert len(summaries_in(world, CHANNEL)) == 2
    assert "@somebody_else" in head.said


async def test_a_channel_that_is_another_kind_of_chat_now_gets_nothing_until_somebody_has_decided(bound) -> None:
    world, head = bound
    world.server.chat(CHANNEL).shape["type"] = "supergroup"
    await pass_time(world, FRIDAY + timedelta(hours=1))
    assert summaries_in(world, CHANNEL) == []
    (asked,) = [text for text in head.news() if "is held" in text]
    assert "supergroup" in asked
    world.server.chat(CHANNEL).shape["type"] = "channel"
    await pass_time(world, FRIDAY + timedelta(hours=2))
    assert len(summaries_in(world, CHANNEL)) == 1


async def test_whoever_stops_posting_hears_of_no_summary_any_more(bound) -> None:
    world, head = bound
    world.server.publish(CHANNEL, "everybody")
    await pass_time(world, FRIDAY)
    await head.press("Stop posting here")
    assert "Nothing is posted in “Heads” any more" in head.said
    await pass_time(world, FRIDAY + WEEK + timedelta(hours=1))
    assert summaries_in(world, CHANNEL) == []
    assert "decided already" in await head.forge("1:hold:1:post")


async def test_a_post_leaves_by_itself_when_the_change_is_taken_back(bound) -> None:
    world, head = bound
    world.server.demote_bot(CHANNEL)
    await world.settle()
    await pass_time(world, FRIDAY + timedelta(hours=1))
    assert "may not post there any more" in head.said
    assert summaries_in(world, CHANNEL) == []
    world.server.add_bot(CHANNEL)
    await world.settle()
    await pass_time(world, FRIDAY + timedelta(hours=2))
    assert len(summaries_in(world, CHANNEL)) == 1


async def test_a_held_post_expires_after_two_days_with_a_note_and_the_next_one_covers_its_period(bound) -> None:
    world, head = bound
    world.server.publish(CHANNEL, "everybody")
    await pass_time(world, FRIDAY + timedelta(days=3))
    notes = [text for text in head.news() if "could not be posted in “Heads” within 48 hours" in text]
    assert len(notes) == 1
    world.server.publish(CHANNEL, "")
    await pass_time(world, FRIDAY + WEEK + timedelta(hours=1))
    (post,) = summaries_in(world, CHANNEL)
    assert "Fri 4 Dec 2026 16:00 – Fri 18 Dec 2026 16:00" in post


def let_texts_meet(world: World, fault: Fault) -> None:
    """Whatever text is sent to the channel meets this fault."""
    world.server.before = lambda method, values: (
        fault if method == "sendMessage" and str(values.get("chat_id")) == str(CHANNEL) else None
    )


async def test_a_post_that_telegram_refuses_is_told_to_its_keeper_and_the_next_one_covers_its_period(bound) -> None:
    world, head = bound
    let_texts_meet(world, refusal(400, "Bad Request: message is too long"))
    await pass_time(world, FRIDAY + timedelta(days=3))
    assert len([text for text in head.news() if "in “Heads”: Telegram refused it" in text]) == 1
    world.server.before = None
    await pass_time(world, FRIDAY + WEEK + timedelta(hours=1))
    (post,) = summaries_in(world, CHANNEL)
    assert "Fri 4 Dec 2026 16:00 – Fri 18 Dec 2026 16:00" in post


async def test_a_post_that_may_not_have_arrived_is_told_to_its_keeper_and_covers_its_period_once(bound) -> None:
    world, head = bound
    let_texts_meet(world, Fault("deliver_then_drop"))
    await pass_time(world, FRIDAY + timedelta(days=3))
    assert len([text for text in head.news() if "It is not certain whether the weekly summary" in text]) == 1
    world.server.before = None
    await pass_time(world, FRIDAY + WEEK + timedelta(hours=1))
    *copies, post = summaries_in(world, CHANNEL)
    assert len(copies) == 2
    assert "Fri 11 Dec 2026 16:00 – Fri 18 Dec 2026 16:00" in post


async def test_somebody_without_rights_over_the_unit_cannot_decide(bound) -> None:
    world, _ = bound
    await world.staff("Mai Member, Unit A, member, en")
    mai = await world.join("Mai Member")
    world.server.publish(CHANNEL, "everybody")
    await pass_time(world, FRIDAY)
    assert "Only unit heads and leadership" in await mai.forge("1:hold:1:post")
    assert summaries_in(world, CHANNEL) == []


async def test_a_messenger_that_cannot_be_asked_is_no_reason_to_hold(bound) -> None:
    world, head = bound
    world.server.before = lambda method, _: Fault("drop") if method == "getChat" else None
    await pass_time(world, FRIDAY + timedelta(minutes=30))
    assert summaries_in(world, CHANNEL) == []
    world.server.before = None
    await pass_time(world, FRIDAY + timedelta(hours=1))
    assert [text for text in head.news() if "is held" in text] == []
    assert len(summaries_in(world, CHANNEL)) == 1

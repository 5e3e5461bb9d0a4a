"""A post that is sent again: the frozen figures once more, marked, never counted anew, and never twice by accident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.sandbox.calls import Fault, refusal
from storage import tables
from tests.stories.test_posts import CHANNEL, FRIDAY, OTHER, bind, pass_time, summaries_in
from tests.stories.test_posts_corrected import HOUR, WEEK, correct, edits, posted, repair
from tests.support.rig import assert_copies, check_books
from tests.support.world import World, restart

__all__ = ("posted",)

AGAIN = "/summary again"
MARK = "📤 Sent again on Fri 11 Dec 2026 18:00: the same period and figures, nothing was counted anew."


def files_in(world: World, number: int) -> list[dict[str, Any]]:
    return [message for message in world.server.chat(number).messages.values() if "document" in message]


async def rows_of(world: World, table: Any) -> list[Any]:
    return await world.app.store.read(lambda c: list(c.execute(select(table)).all()))


def move_the_record(world: World, **values: Any) -> Any:
    query = tables.tasks.update().where(tables.tasks.c.code == "UA-002").values(**values)
    return world.app.store.write(lambda c: c.execute(query))


async def test_the_last_post_goes_out_once_more_marked_with_picture_and_file_and_the_figures_of_then(posted) -> None:
    world, head = posted
    await repair(world)  # the records say something else by now
    await pass_time(world, FRIDAY + 2 * HOUR)
    (before,) = summaries_in(world, CHANNEL)
    assert "is being sent again in “Heads”" in await head.say(AGAIN)
    first, second = summaries_in(world, CHANNEL)
    assert first == before
    assert second == f"{MARK}\n{before}"
    assert [one["caption"].startswith(MARK) for one in world.pictures(CHANNEL)] == [False, True]
    assert [one["caption"].startswith(MARK) for one in files_in(world, CHANNEL)] == [False, True]
    assert len(await rows_of(world, tables.digests)) == 1
    assert len(await rows_of(world, tables.posts)) == 1
    told = [row.details for row in await rows_of(world, tables.history) if row.action == "resend_summary"]
    assert [one["title"] for one in told] == ["Heads"]
    await world.app.store.read(lambda c: check_books(c, world.server.ledger))


async def test_the_week_after_has_its_one_post_with_its_own_period_whatever_was_sent_again(posted) -> None:
    world, head = posted
    await head.say(AGAIN)
    await pass_time(world, FRIDAY + WEEK + HOUR)
    first, _, third = summaries_in(world, CHANNEL)
    assert "Fri 11 Dec 2026 16:00 – Fri 18 Dec 2026 16:00" in third
    assert "📤" not in third
    assert "Fri 18 Dec" not in first
    assert [row.week for row in await rows_of(world, tables.posts)] == ["2026-W50", "2026-W51"]


async def test_an_hour_passes_before_a_post_is_sent_again_once_more(posted) -> None:
    world, head = posted
    await head.say(AGAIN)
    assert "less than an hour ago" in await head.say(AGAIN)
    world.clock.now += timedelta(minutes=59)
    assert "less than an hour ago" in await head.say(AGAIN)
    assert len(summaries_in(world, CHANNEL)) == 2
    world.clock.now += timedelta(minutes=1)
    await head.say(AGAIN)
    assert [text.count("📤") for text in summaries_in(world, CHANNEL)] == [0, 1, 1]


async def test_nothing_is_sent_again_where_nothing_was_posted(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en")
    head = await world.join("Hoa Head")
    assert "No channel or group is bound" in await head.say(AGAIN)
    await bind(world, head, CHANNEL, "Heads")
    assert "no post yet that could be sent again" in await head.say(AGAIN)
    assert not any("Sent again" in text for text in world.posts(CHANNEL))
    assert await world.letters("waiting") == []


async def test_a_week_that_was_given_up_does_not_hide_the_post_before_it(posted) -> None:
    world, head = posted
    world.server.before = lambda method, values: (
        Fault("drop") if str(values.get("chat_id")) == str(CHANNEL) and method.startswith("send") else None
    )
    await pass_time(world, FRIDAY + WEEK + timedelta(days=3))
    world.server.before = lambda method, values: None
    await pass_time(world, FRIDAY + WEEK + timedelta(days=3, hours=2))
    assert len(summaries_in(world, CHANNEL)) == 1
    await head.say(AGAIN)
    assert "Fri 11 Dec 2026 16:00" in summaries_in(world, CHANNEL)[1]


async def test_of_several_chats_one_is_chosen_by_a_button_and_a_second_press_posts_nothing(posted) -> None:
    world, _ = posted
    lan = await world.join("Lan Leader")
    await bind(world, lan, OTHER, "Leaders", "Unit A")
    await pass_time(world, FRIDAY + WEEK + HOUR)
    assert [len(summaries_in(world, number)) for number in (CHANNEL, OTHER)] == [2, 1]
    said = await lan.say(AGAIN)
    assert "Heads" in said
    assert "Leaders" in said
    assert [len(summaries_in(world, number)) for number in (CHANNEL, OTHER)] == [2, 1]
    await lan.press("Leaders")
    chat = (await rows_of(world, select(tables.chats.c.id).where(tables.chats.c.title == "Leaders").subquery()))[0].id
    assert "less than an hour ago" in await lan.forge(f"1:again:{chat}")
    assert [len(summaries_in(world, number)) for number in (CHANNEL, OTHER)] == [2, 2]
    assert summaries_in(world, OTHER)[1].startswith("📤 Sent again on")


async def test_nothing_is_sent_again_while_the_post_of_the_next_week_is_held(posted) -> None:
    world, head = posted
    await move_on(world, public=True)
    await pass_time(world, FRIDAY + WEEK + HOUR)
    assert "still on its way" in await head.say(AGAIN)
    await head.press("Post all the same", next(one for one in head.messages if "is held" in one.get("text", "")))
    assert ["📤" in text for text in summaries_in(world, CHANNEL)] == [False, False]


async def test_only_who_may_link_the_chat_sends_its_post_again(posted) -> None:
    world, _ = posted
    mai = world.people["Mai Member"]
    assert "No channel or group" in await mai.say(AGAIN)
    assert "Only unit heads and leadership" in await mai.forge("1:again:1")
    await mai.forge("1:again")
    assert len(summaries_in(world, CHANNEL)) == 1


async def test_the_same_update_twice_sends_the_post_again_once(posted) -> None:
    world, head = posted
    await head.say(AGAIN, settle=False)
    (update,) = [one.body for one in world.server.updates.waiting]
    await world.settle()
    assert len(summaries_in(world, CHANNEL)) == 2
    world.clock.now += 2 * HOUR
    await world.app.mailbox.accept({update["update_id"]: update}, {update["update_id"]: head.account})
    await world.settle()
    assert len(summaries_in(world, CHANNEL)) == 2


async def test_a_bot_that_stops_between_the_text_and_the_picture_goes_on_with_the_picture(posted, tmp_path) -> None:
    world, head = posted
    world.server.before = lambda method, values: Fault("drop") if method == "sendPhoto" else None
    await head.say(AGAIN)
    assert [len(summaries_in(world, CHANNEL)), len(world.pictures(CHANNEL))] == [2, 1]
    world.server.before = lambda method, values: None
    await restart(world, tmp_path)
    await pass_time(world, world.clock.now + HOUR)
    assert [len(summaries_in(world, CHANNEL)), len(world.pictures(CHANNEL))] == [2, 2]
    assert len(files_in(world, CHANNEL)) == 2


@pytest.mark.parametrize("kind", ["deliver_then_drop", "drop"])
async def test_a_broken_connection_leaves_at_most_one_more_copy_and_that_says_so(posted, kind: str) -> None:
    world, head = posted
    lost = iter([Fault(kind)])
    world.server.before = lambda method, values: (
        next(lost, None) if method == "sendMessage" and str(values.get("chat_id")) == str(CHANNEL) else None
    )
    await head.say(AGAIN)
    await pass_time(world, FRIDAY + 4 * HOUR)
    copies = [text for text in summaries_in(world, CHANNEL) if "📤" in text]
    assert len(copies) == (2 if kind == "deliver_then_drop" else 1)
    assert sum("Perhaps a repetition" in text for text in copies) == 1
    assert_copies(world.server.ledger)
    assert [len(world.pictures(CHANNEL)), len(files_in(world, CHANNEL))] == [2, 2]


async def test_what_was_corrected_is_sent_again_as_it_was_corrected(posted) -> None:
    world, head = posted
    await repair(world)
    await correct(world, head)
    await pass_time(world, FRIDAY + 2 * HOUR)
    (after,) = summaries_in(world, CHANNEL)
    await head.say(AGAIN)
    assert summaries_in(world, CHANNEL)[1] == f"{MARK}\n{after}"
    assert after.startswith("✏️ Correction")
    caption = world.pictures(CHANNEL)[1]["caption"].splitlines()
    assert caption[0] == MARK
    assert caption[1].startswith("✏️ Correction")


async def test_a_correction_edits_the_first_post_and_all_that_were_sent_again(posted) -> None:
    world, head = posted
    for _ in range(2):
        await head.say(AGAIN)
        await pass_time(world, world.clock.now + HOUR)
    await repair(world)
    await correct(world, head)
    await pass_time(world, world.clock.now + HOUR)
    texts = summaries_in(world, CHANNEL)
    assert len(texts) == 3
    assert ["no deadline: 1" in text for text in texts] == [True] * 3
    assert [text.splitlines()[0][0] for text in texts] == ["✏", "📤", "📤"]
    assert all("✏️ Correction" in text for text in texts)
    assert all("with the right figures" in one["caption"] for one in world.pictures(CHANNEL))
    assert sorted(edits(world)) == ["editMessageMedia"] * 3 + ["editMessageText"] * 3
    assert len(files_in(world, CHANNEL)) == 4  # one for each post, and the right one beside them


async def test_of_posts_that_are_gone_only_the_newest_is_posted_anew_by_a_correction(posted) -> None:
    world, head = posted
    await head.say(AGAIN)
    messages = world.server.chat(CHANNEL).messages
    for number in [number for number, one in messages.items() if "Weekly summary" in one.get("text", "")]:
        del messages[number]
    await repair(world)
    await correct(world, head)
    (after,) = summaries_in(world, CHANNEL)
    assert after.startswith("📤 Sent again")
    assert "✏️ Correction" in after
    # Where it stands now is where the next correction edits it.
    await move_the_record(world, due_at=FRIDAY - timedelta(days=1))
    await correct(world, head, "Once more")
    (last,) = summaries_in(world, CHANNEL)
    assert "Once more" in last


async def test_a_post_that_is_corrected_while_its_copy_waits_is_sent_again_with_the_right_figures(posted) -> None:
    world, head = posted
    await move_on(world, public=True)
    await head.say(AGAIN)
    assert len(summaries_in(world, CHANNEL)) == 1
    assert "still on its way" in await head.say(AGAIN)
    await repair(world)
    await correct(world, head)
    await move_on(world, public=False)
    await pass_time(world, world.clock.now + HOUR)
    first, second = summaries_in(world, CHANNEL)
    assert "no deadline: 1" in first
    assert "no deadline: 1" in second
    posts = await rows_of(world, tables.posts)
    assert [len(row.copies) for row in posts] == [1]


async def move_on(world: World, *, public: bool) -> None:
    """The chat has a public name from now on, or has none again; long enough for the bot to look again."""
    world.server.publish(CHANNEL, "everybody" if public else "")
    await pass_time(world, world.clock.now + HOUR)


async def test_a_chat_that_became_public_gets_no_copy_until_somebody_decides_and_in_the_end_none(posted) -> None:
    world, head = posted
    await move_on(world, public=True)
    await head.say(AGAIN)
    await pass_time(world, world.clock.now + 3 * HOUR)
    assert len(summaries_in(world, CHANNEL)) == 1
    await pass_time(world, world.clock.now + timedelta(days=3))  # the keeper hears of it in working hours
    assert any("everybody" in text for text in head.texts)
    assert len(summaries_in(world, CHANNEL)) == 1
    told = [text for text in head.news() if "could not be sent again" in text]
    assert len(told) == 1
    (row,) = await rows_of(world, tables.posts)
    assert row.message_id  # the first one stands, and the next period begins where it ended
    assert row.until.astimezone(FRIDAY.tzinfo) == FRIDAY


async def test_the_picture_and_the_text_of_a_copy_never_change_places(posted) -> None:
    world, head = posted
    refused = iter([refusal(429, "Too Many Requests: retry after 30", retry_after=30)])
    world.server.before = lambda method, values: (
        next(refused, None) if method == "sendMessage" and str(values.get("chat_id")) == str(CHANNEL) else None
    )
    await head.say(AGAIN)
    await pass_time(world, world.clock.now + HOUR)
    sent = [call.method for call in world.server.ledger if call.chat_id == CHANNEL and call.method.startswith("send")]
    assert sent[-3:] == ["sendMessage", "sendPhoto", "sendDocument"]
    count = select(func.count()).select_from(tables.outbox).where(tables.outbox.c.key.startswith("again:"))
    assert await world.app.store.read(lambda c: c.execute(count).scalar_one()) == 3

"""A linked group becomes a supergroup: it has another address, and everything follows it there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.sandbox.updates import Update
from storage import chats
from storage.records import Chat
from tests.stories.test_posts import FRIDAY, pass_time, summaries_in
from tests.stories.test_posts_corrected import repair
from tests.support.accounts import unfinished
from tests.support.rig import assert_accounts
from tests.support.world import Person, World

GROUP, MOVED = -4_000_000_002, -1_003_000_000_007
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
TO, FROM = "migrate_to_chat_id", "migrate_from_chat_id"  # what the old chat says, what the new one says


@pytest.fixture
async def people(world: World) -> AsyncIterator[tuple[World, Person]]:
    """The group, its head and some work; the accounts are closed at the end."""
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    for due in ("8/12/2026", "25/12/2026"):
        await head.say(f"/assign mai; {due}; Work; Report")
        await head.press("✔️")
    await mai.say("/done UA-001 finished")
    world.server.add_group(GROUP, "Heads", [head.account], [head.account], supergroup=False)
    yield world, head
    await assert_accounts(world, unfinished)


async def ask(world: World, head: Person, number: int = GROUP) -> None:
    """The head posts a code; the bot asks in private."""
    await head.say("/link")
    world.server.say(head.account, f"/link {head.said.split('/link ')[1].split()[0]}", chat_id=number)
    await world.settle()


async def link(world: World, head: Person, number: int = GROUP) -> None:
    await ask(world, head, number)
    await head.press("✔️")


async def upgrade(world: World, *heard: str) -> None:
    """The group is upgraded; the bot hears only of these service messages, in that order (at first of none)."""
    updates = world.server.updates
    world.server.upgrade_group(GROUP, MOVED)
    told = [updates.waiting.pop(), updates.waiting.pop()]
    for kind in heard:
        body = next(one.body["message"] for one in told if kind in one.body["message"])
        updates.waiting.append(Update(world.clock(), "message", {"update_id": updates.next_id, "message": body}))
        updates.next_id += 1
    world.server.touch()
    await world.settle()


async def say_in(world: World, head: Person, text: str) -> None:
    world.server.say(head.account, text, chat_id=MOVED)
    await world.settle()


async def linked(world: World) -> list[Chat]:
    return list(await world.app.store.read(chats.open_ones))


@pytest.mark.parametrize("heard", [(TO, FROM), (FROM, TO), (TO,), (FROM,), ()])
async def test_the_link_and_the_summary_follow_whoever_says_it_and_in_whichever_order(people, heard) -> None:
    world, head = people
    await link(world, head)
    await upgrade(world, *heard)
    await pass_time(world, FRIDAY + HOUR)
    assert (len(summaries_in(world, MOVED)), len(summaries_in(world, GROUP))) == (1, 0)
    (chat,) = await linked(world)
    assert (chat.address, chat.kind, chat.title) == (MOVED, "supergroup", "Heads")
    assert not [text for text in head.news() if "“Heads”" in text and "held" in text], "nobody is asked about it"


async def test_the_next_week_is_posted_at_the_new_address_and_what_was_posted_stays_counted(people) -> None:
    world, head = people
    await link(world, head)
    await pass_time(world, FRIDAY + HOUR)
    await upgrade(world, TO, FROM)
    await pass_time(world, FRIDAY + WEEK + HOUR)
    assert (len(summaries_in(world, GROUP)), len(summaries_in(world, MOVED))) == (1, 1)


async def test_a_question_about_the_group_that_is_still_open_is_about_the_supergroup(people) -> None:
    world, head = people
    await ask(world, head)
    await upgrade(world, FROM)
    await head.press("✔️")
    (chat,) = await linked(world)
    assert (chat.address, chat.kind) == (MOVED, "supergroup")
    await pass_time(world, FRIDAY + HOUR)
    assert len(summaries_in(world, MOVED)) == 1


async def test_a_correction_of_an_older_post_never_edits_another_message_of_the_supergroup(people) -> None:
    world, head = people
    await link(world, head)
    await pass_time(world, FRIDAY + HOUR)
    await upgrade(world, TO, FROM)
    (posted,) = {one["message_id"] for one in world.server.messages(GROUP) if "Weekly summary" in one.get("text", "")}
    here = world.server.chat(MOVED)
    while here.last_id < posted - 2:
        world.server.keep(here, {"text": "talk"})
    await say_in(world, head, "/tasks")
    assert here.last_id == posted, "in the supergroup the number of the post belongs to an answer of the bot"
    before = [one["text"] for one in world.server.messages(MOVED) if "text" in one]
    await repair(world)
    await head.say("/summary correct")
    await head.say("Deadline was typed wrongly")
    await world.settle()
    after = [one["text"] for one in world.server.messages(MOVED) if "text" in one]
    assert after[: len(before)] == before
    (correction,) = after[len(before) :]
    assert correction.startswith("✏️ Correction of")


async def test_a_supergroup_that_was_linked_before_the_bot_heard_of_the_move_is_one_chat(people) -> None:
    world, head = people
    await link(world, head)
    await upgrade(world)
    await link(world, head, MOVED)
    world.server.updates.push("message", world.server.keep(world.server.chat(MOVED), {FROM: GROUP}), world.clock())
    world.server.touch()
    await world.settle()
    assert [chat.address for chat in await linked(world)] == [MOVED]
    await pass_time(world, FRIDAY + HOUR)
    assert len(summaries_in(world, MOVED)) == 1
    assert not [letter for letter in await world.letters("waiting", "leased") if letter.kind == "summary"]
    assert not [text for text in head.news() if "can no longer write" in text]

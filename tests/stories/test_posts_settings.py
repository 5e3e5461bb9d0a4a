"""Day, hour, language and detail of the weekly posts: whatever is changed, one post for each chat and week."""

from __future__ import annotations

import argparse
from datetime import timedelta
from itertools import pairwise

import pytest

from bot import chats_shell
from bot.shell import Failed
from handlers.views.texts import texts
from tests.stories.test_posts import CHANNEL, FRIDAY, bind, pass_time, summaries_in
from tests.support.world import MONDAY, Person, World

GROUP = -1003000000009
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)


@pytest.fixture
async def bound(world: World) -> tuple[World, Person]:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Lan Leader, Board, leader, en")
    head = await world.join("Hoa Head")
    await head.say("/assign mai; 25/12/2026; Work; Report")
    await head.press("✔️")
    await bind(world, head, CHANNEL, "Heads")
    return world, head


def periods(world: World, number: int = CHANNEL) -> list[list[str]]:
    """The beginning and the end of each post."""
    return [post.splitlines()[2].split(" – ") for post in summaries_in(world, number)]


def gapless(world: World) -> bool:
    found = periods(world)
    return all(before[1] == after[0] for before, after in pairwise(found))


async def choose(world: World, head: Person, *labels: str) -> None:
    await head.say("/summary settings")
    for label in labels:
        await head.press(label)


async def test_an_hour_moved_later_after_the_post_brings_no_second_one(bound) -> None:
    world, head = bound
    await pass_time(world, FRIDAY + HOUR)
    await choose(world, head, "19:00")
    await pass_time(world, FRIDAY + 5 * HOUR)
    assert len(summaries_in(world, CHANNEL)) == 1
    await pass_time(world, FRIDAY + WEEK + 2 * HOUR)
    assert len(summaries_in(world, CHANNEL)) == 1  # not before its new hour
    await pass_time(world, FRIDAY + WEEK + 4 * HOUR)
    assert periods(world)[1] == ["Fri 11 Dec 2026 16:00", "Fri 18 Dec 2026 19:00"]


async def test_an_hour_moved_earlier_before_the_post_brings_it_at_once_and_once(bound) -> None:
    world, head = bound
    await pass_time(world, FRIDAY - 2 * HOUR)
    await choose(world, head, "9:00")
    assert len(summaries_in(world, CHANNEL)) == 1
    await pass_time(world, FRIDAY + 5 * HOUR)
    assert len(summaries_in(world, CHANNEL)) == 1
    await pass_time(world, FRIDAY + WEEK)
    assert len(summaries_in(world, CHANNEL)) == 2
    assert gapless(world)


@pytest.mark.parametrize("day", ["Mon", "Tue", "Thu", "Sun"])
async def test_a_day_changed_in_the_middle_of_the_week_skips_no_week_and_doubles_none(bound, day: str) -> None:
    world, head = bound
    await pass_time(world, FRIDAY + WEEK - timedelta(days=2))  # Wednesday of the second week, one post so far
    assert len(summaries_in(world, CHANNEL)) == 1
    await choose(world, head, day)
    await pass_time(world, FRIDAY + WEEK + timedelta(days=2, hours=1))  # its Sunday
    assert len(summaries_in(world, CHANNEL)) == 2
    await pass_time(world, FRIDAY + 2 * WEEK + timedelta(days=2, hours=1))
    assert len(summaries_in(world, CHANNEL)) == 3
    assert gapless(world)


async def test_a_group_is_bound_as_a_group_of_the_unit_and_gets_totals_without_names(bound) -> None:
    world, head = bound
    world.server.add_group(GROUP, "Everybody", members=[head.account], admins=[head.account])
    await head.say("/link")
    world.server.say(head.account, f"/link {head.said.split('/link ')[1].split()[0]}", chat_id=GROUP)
    await world.settle()
    assert head.labels()[0] == "✔️ Group of the unit"
    await head.press("✔️")
    assert "bound as a group of the unit" in head.said
    await head.say("/assign mai; 8/12/2026; Secret matter; Report")
    await head.press("✔️")
    await pass_time(world, FRIDAY + HOUR)
    (brief,), (full,) = summaries_in(world, GROUP), summaries_in(world, CHANNEL)
    assert "Mai Member" in full
    assert "Mai Member" not in brief
    assert "Secret" not in brief
    assert "in progress, overdue: 1" in brief
    await head.say("/summary settings")
    await head.press("Everybody")
    assert "with names" not in head.labels()
    assert "gets totals only" in await head.forge("1:plan:2:detail:names")


async def test_language_and_detail_are_those_of_the_chat(bound) -> None:
    world, head = bound
    await head.say("/assign mai; 8/12/2026; Secret matter; Report")
    await head.press("✔️")
    await choose(world, head, "Tiếng Việt", "by unit")
    await pass_time(world, FRIDAY + HOUR)
    (post,) = [text for text in world.posts(CHANNEL) if "Tổng hợp tuần" in text]
    assert "Mai Member" not in post


async def test_only_who_may_link_a_unit_sets_its_chats(bound) -> None:
    world, _ = bound
    mai = await world.join("Mai Member")
    assert "No channel or group is bound" in await mai.say("/summary settings")
    assert "Only unit heads and leadership" in await mai.forge("1:plan:1:hour:09.00")


async def test_the_operator_sets_a_chat_on_the_shell_and_hears_what_is_possible(bound) -> None:
    world, _ = bound
    engine, t = world.app.store.engine, texts("en")

    def shell(*words: str) -> list[str]:
        what, chat, *values = (*words, "", "")[: max(2, len(words))]
        return chats_shell.answer(engine, argparse.Namespace(what=what, chat=chat, values=values), world.clock(), t)

    assert "day=fri hour=16:00 language=en detail=names" in shell("list")[0]
    assert (
        "day=mon hour=08:30 language=vi detail=units"
        in shell("set", "heads", "day=mon", "hour=8:30", "language=vi", "detail=units")[0]
    )
    for wrong, said in (("day=someday", "mon, tue"), ("hour=25:00", "23:59"), ("colour=red", "cannot be set")):
        with pytest.raises(Failed) as failed:
            shell("set", "1", "language=pl", wrong)
        assert said in failed.value.lines[0]
    assert "language=vi" in shell("list")[0]  # all or nothing
    with pytest.raises(Failed, match="no one chat"):
        shell("set", "Nowhere", "day=mon")


async def test_a_post_missed_while_the_bot_was_down_comes_late_and_says_so_but_not_after_two_days(bound) -> None:
    world, _ = bound
    world.clock.now = FRIDAY + timedelta(hours=40)
    await world.settle()
    (post,) = summaries_in(world, CHANNEL)
    assert "Posted late: it was due on Fri 11 Dec 2026 16:00" in post
    world.clock.now = FRIDAY + WEEK + timedelta(hours=49)
    await world.settle()
    assert len(summaries_in(world, CHANNEL)) == 1
    await pass_time(world, FRIDAY + 2 * WEEK + HOUR)
    second = summaries_in(world, CHANNEL)[1]
    assert "Posted late" not in second
    assert "Fri 11 Dec 2026 16:00 – Fri 25 Dec 2026 16:00" in second


async def test_monday_is_a_day_like_any_other(bound) -> None:
    world, head = bound
    await choose(world, head, "Mon", "8:00")
    await pass_time(world, MONDAY + 2 * WEEK)  # the hour of the week in which it was bound had passed
    assert [until for _, until in periods(world)] == ["Mon 14 Dec 2026 08:00", "Mon 21 Dec 2026 08:00"]
    assert gapless(world)

"""Units change: past summaries stay as they were, open tasks are carried over."""

from __future__ import annotations

import argparse
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import units_shell
from bot.shell import Failed
from handlers.views.texts import texts
from storage import audit, members, tables, tasks, units
from storage.records import Role
from tests.stories.test_posts import CHANNEL, FRIDAY, bind, pass_time, summaries_in
from tests.support.world import Person, World

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


def shell(world: World, what: str, *names: str) -> list[str]:
    wanted = argparse.Namespace(what=what, names=list(names))
    return units_shell.answer(world.app.store.engine, wanted, world.clock(), texts("en"))


async def frozen(world: World) -> list[object]:
    return [row.figures for row in await world.app.store.read(lambda c: c.execute(select(tables.digests)).all())]


@pytest.fixture
async def posted(world: World) -> tuple[World, Person]:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Bo Head, Unit B, head, en",
        "Lan Leader, Board, leader, en",
    )
    head = await world.join("Hoa Head")
    await head.say("/assign mai; 25/12/2026; Work; Report")
    await head.press("✔️")
    await bind(world, head, CHANNEL, "Heads")
    await pass_time(world, FRIDAY + HOUR)
    return world, head


async def test_a_renamed_unit_keeps_its_posts_under_the_old_name(posted) -> None:
    world, _ = posted
    before, (post,) = await frozen(world), summaries_in(world, CHANNEL)
    assert "past summaries keep the old name" in shell(world, "rename", "Unit A", "Unit  Alpha")[0]
    await pass_time(world, FRIDAY + WEEK + HOUR)
    first, second = summaries_in(world, CHANNEL)
    assert first == post
    assert "· Unit A\n" in first
    assert "· Unit Alpha\n" in second
    assert (await frozen(world))[0] == before[0]
    with pytest.raises(Failed, match="already"):
        shell(world, "rename", "Unit B", "unit alpha")


async def test_a_merged_unit_carries_over_its_people_open_tasks_rights_and_chats(posted) -> None:
    world, _ = posted
    before = await frozen(world)
    old, new = await world.unit("Unit A"), await world.unit("Unit B")
    assert "went over to “Unit B” with 1 open task" in shell(world, "merge", "Unit A", "Unit B")[0]
    mai, hoa = await world.member("Mai Member"), await world.member("Hoa Head")
    assert (mai.unit_id, hoa.unit_id) == (new, new)
    (task,) = await world.app.store.read(lambda c: tasks.open_in(c, [new]))
    assert task.owner_id == mai.id
    granted = await world.app.store.read(lambda c: members.grants_of(c, hoa.id))
    assert [(grant.role, grant.unit_id) for grant in granted] == [(Role.HEAD, new)]
    tree = await world.app.store.read(units.every)
    assert tree[old].closed_at is not None
    assert (await world.app.store.read(audit.verify)).problem is None
    await pass_time(world, FRIDAY + WEEK + HOUR)
    first, second = summaries_in(world, CHANNEL)
    assert "· Unit A\n" in first
    assert "· Unit B\n" in second
    assert (await frozen(world))[0] == before[0]


async def test_a_tree_never_gets_a_circle(posted) -> None:
    world, _ = posted
    upper, lower = await world.unit("Unit A"), await world.unit("Unit B")
    await world.app.store.write(lambda c: units.change(c, lower, parent_id=upper))
    with pytest.raises(Failed, match="lower unit into the higher"):
        shell(world, "merge", "Unit A", "Unit B")
    with pytest.raises(Failed, match="itself"):
        shell(world, "merge", "Unit A", "Unit A")
    assert shell(world, "list") == ["Board", "Unit A", "    Unit B"]


async def test_closing_carries_what_is_left_to_the_unit_above_and_refuses_where_there_is_none(posted) -> None:
    world, _ = posted
    with pytest.raises(Failed, match="no unit above it"):
        shell(world, "close", "Unit A")
    above, below = await world.unit("Unit B"), await world.unit("Unit A")
    await world.app.store.write(lambda c: units.change(c, below, parent_id=above))
    assert "went over to “Unit B” with 1 open task" in shell(world, "close", "Unit A")[0]
    assert len(await world.app.store.read(lambda c: tasks.open_in(c, [above]))) == 1
    with pytest.raises(Failed, match="please write"):
        shell(world, "close")

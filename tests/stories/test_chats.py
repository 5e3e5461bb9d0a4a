"""Leadership channels: bound with care, lost with notice."""

from __future__ import annotations

import pytest

from storage import chats
from tests.support.world import MONDAY, Person, World

CHANNEL = -1003000000001
GROUP = -1003000000002


@pytest.fixture
async def people(world: World) -> tuple[World, Person, Person]:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Lan Leader, Board, leader, en")
    return world, await world.join("Hoa Head"), await world.join("Lan Leader")


async def code_of(person: Person) -> str:
    return (await person.say("/link")).split("/link ")[1].split()[0]


async def bound(world: World) -> list[str]:
    return [chat.title for chat in await world.app.store.read(chats.open_ones)]


async def test_a_channel_is_bound_by_code_check_and_confirmation_with_its_title(people) -> None:
    world, head, _ = people
    await world.channel(CHANNEL, "Heads & <friends>", head)
    world.server.post(CHANNEL, f"/link {await code_of(head)}")
    await world.settle()
    assert "Is “Heads & <friends>” to be the leadership channel of Unit A?" in head.said
    assert await bound(world) == []  # nothing before ✔️
    await head.press("✔️")
    assert await bound(world) == ["Heads & <friends>"]


async def test_a_group_can_be_bound_too_and_the_answer_in_it_names_nobody(people) -> None:
    world, head, _ = people
    world.server.add_group(GROUP, "Heads", members=[head.account], admins=[head.account])
    world.server.say(head.account, f"/link {await code_of(head)}", chat_id=GROUP)
    await world.settle()
    await head.press("✔️")
    assert await bound(world) == ["Heads"]
    assert not [post for post in world.posts(GROUP) if "Hoa" in post]


async def test_whoever_does_not_administer_the_chat_cannot_bind_it(people) -> None:
    world, head, leader = people
    await world.channel(CHANNEL, "Others", leader)
    world.server.post(CHANNEL, f"/link {await code_of(head)}")
    await world.settle()
    assert "does not administer this chat" in world.posts(CHANNEL)[-1]
    assert "leadership channel of" not in head.said.split("post there")[-1]
    assert await bound(world) == []


async def test_a_code_works_once_and_only_until_the_next_one(people) -> None:
    world, head, _ = people
    await world.channel(CHANNEL, "One", head)
    old, new = await code_of(head), await code_of(head)
    for wrong in (old, "x" * 22):
        world.server.post(CHANNEL, f"/link {wrong}")
        await world.settle()
        assert "does not work" in world.posts(CHANNEL)[-1]
    world.server.post(CHANNEL, f"/link {new}")
    await world.settle()
    await head.press("✔️")
    await world.channel(CHANNEL - 1, "Two", head)
    world.server.post(CHANNEL - 1, f"/link {new}")
    await world.settle()
    assert await bound(world) == ["One"]


async def test_a_refused_confirmation_binds_nothing(people) -> None:
    world, head, _ = people
    await world.channel(CHANNEL, "One", head)
    world.server.post(CHANNEL, f"/link {await code_of(head)}")
    await world.settle()
    await head.press("✖️")
    assert await bound(world) == []


async def test_another_person_cannot_confirm_for_the_owner_of_the_code(people) -> None:
    world, head, leader = people
    await world.channel(CHANNEL, "One", head)
    world.server.post(CHANNEL, f"/link {await code_of(head)}")
    await world.settle()
    assert "does not work" in await leader.forge("1:bind:1")
    assert await bound(world) == []


async def test_a_leader_may_choose_the_unit_and_a_member_may_not_link_at_all(people) -> None:
    world, _, leader = people
    await leader.say("/link")
    assert "leadership channel of Sở Mẫu" in leader.said  # the whole organisation
    await leader.press("Unit A")
    assert "leadership channel of Unit A" in leader.said
    mai = await world.join("Mai Member")
    assert "Only unit heads and leadership" in await mai.say("/link")


async def test_a_channel_that_is_lost_is_reported_and_gets_no_summary(people) -> None:
    world, head, _ = people
    await world.channel(CHANNEL, "One", head)
    world.server.post(CHANNEL, f"/link {await code_of(head)}")
    await world.settle()
    await head.press("✔️")
    world.server.kick_bot(CHANNEL)
    await world.settle()
    assert "can no longer write in “One”" in head.said
    await world.go(MONDAY.replace(day=11, hour=17))
    assert not [letter for letter in await world.letters() if letter.kind == "summary"]


async def test_a_group_that_becomes_a_supergroup_keeps_its_summary(people) -> None:
    world, head, _ = people
    world.server.add_group(GROUP, "Heads", members=[head.account], admins=[head.account], supergroup=False)
    world.server.say(head.account, f"/link {await code_of(head)}", chat_id=GROUP)
    await world.settle()
    await head.press("✔️")
    await head.say("/assign mai; 25/12/2026; Work; Report")
    await head.press("✔️")
    world.server.upgrade_group(GROUP, GROUP - 5)
    await world.settle()
    await world.go(MONDAY.replace(day=11, hour=16, minute=30))
    assert sum("Weekly summary" in post for post in world.posts(GROUP - 5)) == 1


async def test_a_summary_preview_is_for_those_who_look_after_a_unit(people) -> None:
    world, head, leader = people
    mai = await world.join("Mai Member")
    await head.say("/assign mai; 25/12/2026; Work; Report")
    await head.press("✔️")
    assert "Preview of the weekly summary · Unit A" in await head.say("/summary")
    assert "in progress, within deadline: 1" in head.said
    assert "Preview of the weekly summary · Sở Mẫu" in await leader.say("/summary")
    assert "no right to this summary" in await mai.say("/summary")

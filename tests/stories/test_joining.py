"""How people come in, and how others do not."""

from __future__ import annotations

from datetime import timedelta

from tests.support.world import World


async def test_a_member_reads_the_notice_agrees_and_gets_one_message_with_the_open_tasks(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head = await world.join("Hoa Head")
    await head.say("/assign mai; 25/12/2026; Write the plan; Report")
    await head.press("✔️")
    mai = world.stranger("Mai Member")
    said = await mai.say(f"/start {await world.code('Mai Member')}")
    assert "This invitation is for Mai Member, Unit A" in said
    assert "Sở Mẫu" in said
    assert (await world.member("Mai Member")).account is None  # nothing is stored until ✔️
    await mai.press("✔️")
    linked, tasks = mai.texts[-2:]
    assert "Linked as Mai Member" in linked
    assert "You have 1 open task\n" in tasks
    assert "Write the plan" in tasks
    assert (await world.member("Mai Member")).account == mai.account


async def test_the_language_in_which_the_notice_was_agreed_to_stays(world: World) -> None:
    await world.staff("Mai Member, Unit A, member, vi")
    mai = world.stranger("Mai Member", "vi")
    await mai.say(f"/start {await world.code('Mai Member')}")
    assert "Trước khi bắt đầu" in mai.said
    await mai.press("Polski")
    assert "Zanim zaczniemy" in mai.said
    await mai.press("✔️")
    assert (await world.member("Mai Member")).language == "pl"
    assert any(command.command == "zadania" for command in await world.app.application.bot.get_my_commands(
        scope={"type": "chat", "chat_id": mai.account}
    ))  # fmt: skip


async def test_wrong_used_and_expired_codes_get_one_and_the_same_answer(world: World) -> None:
    await world.staff("Mai Member, Unit A, member, en", "Nam Member, Unit A, member, en")
    used = await world.code("Mai Member")
    mai = world.stranger("Mai Member")
    await mai.say(f"/start {used}")
    await mai.press("✔️")
    expired = await world.code("Nam Member")
    world.clock.now += timedelta(hours=73)
    thief = world.stranger("Thief")
    answers = {await thief.say(f"/start {code}") for code in ("A" * 22, used, expired)}
    assert len(answers) == 1
    assert "does not work" in answers.pop()
    assert (await world.member("Nam Member")).account is None


async def test_a_newer_code_ends_the_older_one(world: World) -> None:
    await world.staff("Mai Member, Unit A, member, en")
    old, new = await world.code("Mai Member"), await world.code("Mai Member")
    mai = world.stranger("Mai Member")
    assert "does not work" in await mai.say(f"/start {old}")
    assert "Before we begin" in await mai.say(f"/start {new}")


async def test_one_person_has_one_account_and_one_account_one_person(world: World) -> None:
    await world.staff("Mai Member, Unit A, member, en", "Nam Member, Unit A, member, en")
    code = await world.code("Mai Member")
    first, second = world.stranger("First"), world.stranger("Second")
    await first.say(f"/start {code}")
    await second.say(f"/start {code}")
    await first.press("✔️")
    await second.press("✔️")
    assert "does not work" in second.toast
    assert (await world.member("Mai Member")).account == first.account
    assert "linked already" in await first.say(f"/start {await world.code('Nam Member')}")
    assert (await world.member("Nam Member")).account is None


async def test_a_stranger_gets_one_short_answer_an_hour_and_silence_otherwise(world: World) -> None:
    stranger = world.stranger()
    await stranger.say("/start")
    assert "invitation" in stranger.said
    for text in ("/tasks", "hello", "/assign a; b; c; Report", "/help me"):
        await stranger.say(text)
    assert len([text for text in stranger.texts if "This bot serves" in text]) == 1
    world.clock.now += timedelta(minutes=61)
    await stranger.say("hello again")
    assert len([text for text in stranger.texts if "This bot serves" in text]) == 2


async def test_people_whom_nobody_can_reach_are_listed_to_their_head_and_their_tasks_live_on(world: World) -> None:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Nam Member, Unit A, member, en")
    head, nam = await world.join("Hoa Head"), await world.join("Nam Member")
    for name in ("mai", "nam"):
        await head.say(f"/assign {name}; 10/12/2026 17:00; Report of {name}; Report")
        await head.press("✔️")
    world.server.block(nam.account)
    head.news()
    await world.go(world.clock.now + timedelta(days=1))
    told = "\n".join(head.news())
    assert "cannot reach 2 people of your unit" in told
    assert "Mai Member · Unit A: has not started the bot, open tasks 1" in told
    assert "Nam Member · Unit A: has blocked the bot" in told
    await world.go(world.clock.now + timedelta(days=2))
    passed_on = "\n".join(head.news())
    assert "Please pass on" in passed_on
    assert "Report of mai" in passed_on
    world.server.unblock(nam.account)
    await world.settle()
    assert (await world.member("Nam Member")).unreachable_since is None

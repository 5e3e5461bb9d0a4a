"""The avoider tries every way out, and the weekly summary shows each of them."""

from __future__ import annotations

from tests.support.world import MONDAY, Person, World

CHANNEL = -1002000000007


async def friday(world: World, day: int) -> str:
    """The summary that was posted on that Friday at 16:00."""
    await world.go(MONDAY.replace(day=day, hour=16, minute=15))
    return world.posts(CHANNEL)[-1]


async def assigned(head: Person, title: str, due: str) -> None:
    await head.say(f"/assign avoider; {due}; {title}; Report")
    await head.press("✔️")


async def test_every_way_out_is_tried_and_every_one_is_seen(world: World) -> None:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "An Avoider, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, en",
    )
    names = ("Hoa Head", "An Avoider", "Nam Neighbour", "Lan Leader")
    head, an, nam, leader = [await world.join(name) for name in names]
    await world.channel(CHANNEL, "Board channel", leader)
    await leader.say("/link")
    world.server.post(CHANNEL, "/link " + leader.said.split("/link ")[1].split()[0])
    await world.settle()
    await leader.press("✔️")
    for number, due in enumerate(("8/12/2026 17:00", "14/12/2026", "15/12/2026", "16/12/2026", "30/12/2026"), 1):
        await assigned(head, f"Work {number}", due)

    # Decline: the task stays until the assigner releases it.
    await an.say("/decline UA-002 It is not my job")
    await head.say("/refuse 1 It is")
    # Hand over, and back again.
    await an.say("/handover UA-003 nam; I am busy")
    await nam.press("✔️ I take it over")
    await head.say("/approve 2")
    await nam.say("/handover UA-003 avoider; so am I")
    await an.press("✔️ I take it over")
    await head.say("/requests")
    await head.press("🔁 No. 3")
    assert "would go back to somebody who handed it over before" in head.said
    await head.press("✔️ Approve")
    # Extend twice: the second time somebody higher decides.
    await an.say("/extend UA-004 18/12/2026; figures are late")
    await head.say("/approve 4")
    await an.say("/extend UA-004 21/12/2026; still late")
    assert "Somebody else decides" in await head.say("/approve 5")
    await leader.say("/approve 5")
    # Snooze as often as it goes, mute, submit nothing of use.
    await an.say("/received UA-005")
    for day in (8, 9, 10):
        await world.go(MONDAY.replace(day=day, hour=10))
        await an.say("/snooze UA-005")
    await world.go(MONDAY.replace(day=11, hour=10))
    assert "3 times only" in await an.say("/snooze UA-005")
    assert "cannot be muted" in await an.say("/mute")
    await an.say("/done UA-003")
    await head.say("/return UA-003 the report is empty")
    await head.say("/urge UA-001")
    # Ignore: UA-001 was never received, is overdue, and its delay is not explained.
    post = await friday(world, 11)
    for seen in ("🙅 declined 1", "🔁 changed hands 2", "🕒 extended 2", "💤 reminders put off 3", "↩️ sent back 1"):
        assert seen in post, seen
    assert "📣 urged 1" in post
    assert "not received 3" in post
    assert "explanations due 1" in post
    line = post[post.index("🔴 UA-001 · 3 days · Work 1 — An Avoider") :].splitlines()
    assert line[1] == "     📣 1 · ✍️ explanation due"
    assert any("reported to leadership" in text for text in leader.texts)

    # Leave: nobody is let go while work is open.
    await head.say("/leaver avoider")
    assert "UA-001" in head.said
    assert "UA-005" in head.said
    assert (await world.member("An Avoider")).left_at is None

    # Block the bot, and be silent: the head is told, the summary names who cannot be reached, the work stays.
    world.server.block(an.account)
    await world.settle()
    await world.go(MONDAY.replace(day=15, hour=9))
    assert "An Avoider" in head.said
    post = await friday(world, 18)
    assert "1 person cannot be reached by the bot" in post
    assert "     An Avoider" in post
    assert "already overdue last time 1" in post
    assert "Against the last summary: 🔴 overdue" in post
    assert "🔁 2" in post[post.index("UA-003") :]

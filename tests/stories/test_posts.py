"""Weekly posts: one for each chat and week, held back when they cannot be trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot import planning, shell
from bot.actions import summaries
from bot.policy.digest import DoesNotAddUp
from handlers.views.texts import texts
from storage import members
from storage.records import Role
from storage.tables import recurrences
from tests.support.world import HANOI, MONDAY, Person, World

HOURS = (8, 9, 12, 16, 17, 19)
CHANNEL, OTHER = -1003000000001, -1003000000002
FRIDAY = MONDAY.replace(day=11, hour=16)


async def bind(world: World, person: Person, number: int, title: str, unit: str = "") -> None:
    """A channel with the person as its administrator, bound to a unit (else to the first choice)."""
    await world.channel(number, title, person)
    await person.say("/link")
    if unit:
        await person.press(unit)
    world.server.post(number, f"/link {person.said.split('/link ')[1].split()[0]}")
    await world.settle()
    await person.press("✔️")


async def pass_time(world: World, to: datetime) -> None:
    """Let time pass from one hour at which something happens to the next: weeks would be long by quarters."""
    while world.clock.now < to.astimezone(UTC):
        at = world.clock.now.astimezone(HANOI).replace(minute=0) + timedelta(hours=1)
        while at.hour not in HOURS:
            at += timedelta(hours=1)
        world.clock.now = min(to, at).astimezone(UTC)
        await world.settle()


def summaries_in(world: World, number: int) -> list[str]:
    return [post for post in world.posts(number) if "Weekly summary" in post]


@pytest.fixture
async def people(world: World) -> tuple[World, Person, Person]:
    await world.staff(
        "Hoa Head, Unit A, head, en", "Bo Head, Unit B, head, en", "Lan Leader, Board, leader, en", "Ada, Board, , vi"
    )
    head, leader = await world.join("Hoa Head"), await world.join("Lan Leader")
    await head.say("/assign hoa; 25/12/2026; Work; Report")
    await leader.say("/assign hoa; 25/12/2026; Work; Report")
    await leader.press("✔️")
    return world, head, leader


async def test_figures_that_do_not_add_up_stop_only_their_own_post_and_the_administrators_hear_why(people) -> None:
    world, _, leader = people
    await bind(world, leader, CHANNEL, "One", "Unit A")
    await bind(world, leader, OTHER, "Two", "Unit B")
    ada = await world.join("Ada")
    store, office = world.app.store, world.app.office
    key = (await world.member("Ada")).id
    await store.write(lambda c: members.grant(c, key, Role.ADMINISTRATOR, None))
    wrong = await world.unit("Unit A")

    def count(connection, office, unit_id, *rest):
        if unit_id == wrong:
            raise DoesNotAddUp("Unit A", (1, 0, 2, 0, 0), 4)
        return summaries.counted(connection, office, unit_id, *rest)

    world.clock.now = FRIDAY
    for _ in range(3):
        await store.write(lambda c: planning.summarise(c, office, world.clock(), count))
        await world.app.ticks.deliver()
    assert summaries_in(world, CHANNEL) == []
    assert len(summaries_in(world, OTHER)) == 1
    told = [text for text in ada.news() if "không khớp" in text]
    assert len(told) == 1
    assert "Unit A" in told[0]
    assert "🟢 1 + 🟠 0 + 🔵 2 + 🔴 0 + ⚪ 0 = 3, nhưng có 4 nhiệm vụ" in told[0]
    lines = shell.check(store.engine, world.clock(), texts("en"))
    assert [text for well, text in lines if not well and "One" in text and "do not add up" in text]

    # As soon as they add up again, the post goes out; nothing is reported any more.
    await pass_time(world, FRIDAY.replace(hour=18))
    assert len(summaries_in(world, CHANNEL)) == 1
    assert len(summaries_in(world, OTHER)) == 1
    assert (True, "no weekly summary is held back") in shell.check(store.engine, world.clock(), texts("en"))
    assert [text for text in ada.news() if "không khớp" in text] == []


async def test_recurring_work_that_cannot_be_planned_stops_no_post(people) -> None:
    world, head, leader = people
    await bind(world, leader, CHANNEL, "One", "Unit A")
    await head.say("/recurring hoa; every Friday; Weekly report; Report")
    await head.press("✔️")
    world.app.ticks.stop()
    broken = update(recurrences).values(rule="nonsense", check_at=FRIDAY)
    await world.app.store.write(lambda c: c.execute(broken))
    world.clock.now = FRIDAY.astimezone(UTC)
    await world.app.ticks.settle()
    assert len(summaries_in(world, CHANNEL)) == 1


async def test_a_post_that_fails_for_any_other_reason_stops_no_other_post(people) -> None:
    world, _, leader = people
    await bind(world, leader, CHANNEL, "One", "Unit A")
    await bind(world, leader, OTHER, "Two", "Unit B")
    broken = await world.unit("Unit A")

    def count(connection, office, unit_id, *rest):
        if unit_id == broken:
            raise ZeroDivisionError
        return summaries.counted(connection, office, unit_id, *rest)

    world.clock.now = FRIDAY
    await world.app.store.write(lambda c: planning.summarise(c, world.app.office, world.clock(), count))
    await world.app.ticks.deliver()
    assert (len(summaries_in(world, CHANNEL)), len(summaries_in(world, OTHER))) == (0, 1)
    await world.settle()
    assert (len(summaries_in(world, CHANNEL)), len(summaries_in(world, OTHER))) == (1, 1)

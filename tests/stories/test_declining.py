"""Declining work, giving it to somebody else, contributing to it, and causes that nobody could prevent."""

from __future__ import annotations

import asyncio

import pytest

from storage import requests, tasks
from storage.records import RequestState
from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff(
        "Hoa Head, Unit A, head, en",
        "Hung Head, Unit A, head, en",
        "Mai Member, Unit A, member, en",
        "Nam Neighbour, Unit A, member, en",
        "Lan Leader, Board, leader, en",
        "Binh Boss, Unit B, head, en",
    )
    head, mai, nam = [await world.join(name) for name in ("Hoa Head", "Mai Member", "Nam Neighbour")]
    await head.say("/assign mai; 16/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    return world, head, mai, nam


async def owner_of(world: World) -> str:
    task = await world.app.store.read(lambda c: tasks.get(c, 1))
    everybody = {(await world.member(name)).id: name for name in ("Mai Member", "Nam Neighbour")}
    return everybody[task.owner_id]


async def test_declining_needs_a_reason_and_the_owner_stays_responsible_until_released(cast: Cast) -> None:
    world, head, mai, nam = cast
    await mai.press("⋯")
    await mai.press("🙅")
    assert "Why?" in mai.said
    await mai.say("It belongs to unit B")
    assert "You stay responsible until the assigner releases you" in mai.said
    assert "waits for the decision of Hoa Head" in mai.said
    assert await owner_of(world) == "Mai Member"
    await world.morning(head)
    assert "Mai Member asks for your decision" in head.said
    await head.press("🔀 Release")
    assert "Who is to take over UA-001?" in head.said
    await head.press("Nam Neighbour")
    await head.say("Nam has done such reports before")
    assert await owner_of(world) == "Nam Neighbour"
    assert "New task" in nam.said
    assert sum("Your request was approved" in text for text in mai.texts) == 1
    assert not [text for text in mai.texts if "was given to somebody else" in text]
    assert "Changed hands 1 time" in await nam.say("/task UA-001")


async def test_only_the_assigner_releases_and_nobody_else_gives_the_task_away_meanwhile(cast: Cast) -> None:
    world, head, mai, _ = cast
    other = await world.join("Hung Head")
    await mai.say("/decline UA-001 It belongs to unit B")
    assert "Somebody else decides" in await other.say("/approve 1")
    assert "Somebody else decides" in await other.say("/reassign UA-001 nam; quickly")
    assert await owner_of(world) == "Mai Member"
    await head.say("/reassign UA-001 nam; Nam has done such reports before")
    assert await owner_of(world) == "Nam Neighbour"
    assert (await world.app.store.read(lambda c: requests.get(c, 1))).state is RequestState.APPROVED


async def test_a_refused_decline_needs_a_reason_and_leaves_everything_as_it_was(cast: Cast) -> None:
    world, head, mai, _ = cast
    await mai.say("/decline UA-001 too much")
    assert "A refusal needs a reason" in await head.say("/refuse 1")
    await head.say("/refuse 1 It is in your job description")
    assert "It is in your job description" in mai.said
    assert await owner_of(world) == "Mai Member"


async def test_work_that_has_begun_is_not_declined_any_more(cast: Cast) -> None:
    _, _, mai, _ = cast
    await mai.say("/progress UA-001 20 begun")
    assert "The work on UA-001 has begun" in await mai.say("/decline UA-001 too much")
    assert "Write the reason too" not in mai.said


async def test_a_task_given_to_somebody_else_is_told_to_both_and_only_managers_do_it(cast: Cast) -> None:
    world, head, mai, nam = cast
    boss = await world.join("Binh Boss")
    assert "no task with that code" in await boss.say("/reassign UA-001 nam; mine")
    assert "Only the assigner" in await mai.say("/reassign UA-001 nam; yours")
    assert await owner_of(world) == "Mai Member"
    await head.say("/reassign UA-001 nam; Mai is on a course")
    assert "A task of yours was given to somebody else" in mai.said
    assert "Mai is on a course" in mai.said
    assert "New task" in nam.said
    assert "no task with that code" in await mai.say("/task UA-001")


async def test_two_people_who_answer_at_once_one_wins_and_the_other_is_told(cast: Cast) -> None:
    world, head, mai, _ = cast
    other = await world.join("Hung Head")
    await mai.say("/extend UA-001 21/12/2026; waiting for figures")
    head.news(), other.news()
    await asyncio.gather(head.say("/approve 1", settle=False), other.say("/refuse 1 no", settle=False))
    await world.settle()
    answers = [head.said, other.said]
    assert sum("has been answered already" in text for text in answers) == 1
    assert sum("approved by" in text or "refused by" in text for text in answers) == 1
    assert sum("Your request was" in text for text in mai.texts) == 1


async def test_a_coordinator_reports_a_part_and_cannot_close(cast: Cast) -> None:
    world, _, mai, _ = cast
    boss = await world.join("Binh Boss")
    unit = await world.unit("Unit B")
    await world.app.store.write(lambda c: tasks.set_coordinators(c, 1, [unit]))
    await boss.say("/task UA-001")
    assert not [label for label in boss.labels() if label.startswith(("✅", "👍", "📈"))]
    await boss.press("🤝")
    await boss.say("The figures of unit B are ready")
    await world.morning(mai)
    assert "Binh Boss reports a contribution to UA-001" in mai.said
    assert "The figures of unit B are ready" in await mai.say("/task UA-001")
    task = await world.app.store.read(lambda c: tasks.get(c, 1))
    assert (task.percent, task.state.value) == (0, "assigned")
    await boss.say("And the annex too", reply_to=boss.last)
    await world.morning(mai)
    assert "And the annex too" in mai.said
    assert "Only the owner" in await boss.say("/done UA-001")
    assert "must be accepted" in await boss.say("/accept UA-001")


async def test_an_objective_cause_counts_only_when_the_level_above_confirms_it(cast: Cast) -> None:
    world, head, mai, _ = cast
    leader = await world.join("Lan Leader")
    assert "is not late" in await mai.say("/cause UA-001 flood")
    await world.go(MONDAY.replace(day=18, hour=10))
    await mai.say("/cause UA-001 The server room was flooded")
    assert "It counts when it is confirmed" in mai.said
    assert "Objective cause confirmed" not in await mai.say("/task UA-001")
    assert "Somebody else decides" in await head.say("/approve 1")
    await mai.say("/done UA-001")  # finishing the work does not end the question
    await leader.say("/approve 1")
    assert "Objective cause confirmed by Lan Leader" in await mai.say("/task UA-001")

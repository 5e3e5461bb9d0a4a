"""Suspending, resuming and cancelling a task."""

from __future__ import annotations

import pytest

from storage import tasks
from storage.records import State
from tests.support.world import MONDAY, Person, World

Cast = tuple[World, Person, Person]


@pytest.fixture
async def cast(world: World) -> Cast:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
    head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
    await head.say("/assign mai; 10/12/2026 17:00; Write the report; Report")
    await head.press("✔️")
    await head.say("/task UA-001")
    return world, head, mai


async def state(world: World) -> State:
    found = await world.app.store.read(lambda c: tasks.get(c, 1))
    assert found is not None
    return found.state


async def test_a_suspended_task_gets_no_reminders_and_does_not_become_late(cast: Cast) -> None:
    world, head, mai = cast
    await head.press("⋯")
    await head.press("⏸️")
    assert "Why is UA-001 suspended?" in head.said
    await head.say("The budget is not decided")
    assert "UA-001 is suspended by Hoa Head" in mai.said
    assert "The budget is not decided" in mai.said
    mai.news()
    await world.go(MONDAY.replace(day=15, hour=12))
    assert mai.news() == []
    assert "⏸️ UA-001" in await mai.say("/tasks")
    assert "working days overdue" not in mai.said


async def test_a_resumed_task_is_reminded_again(cast: Cast) -> None:
    world, head, mai = cast
    await head.say("/suspend UA-001 wait")
    assert "is suspended; that step" in await mai.say("/done UA-001")
    await world.go(MONDAY.replace(day=9, hour=15))
    await head.say("/resume UA-001")
    assert "UA-001 goes on" in mai.said
    mai.news()
    await world.go(MONDAY.replace(day=10, hour=9))
    assert len([text for text in mai.news() if "Due today" in text]) == 1


async def test_a_cancelled_task_disappears_with_its_reason_and_its_letters(cast: Cast) -> None:
    world, head, mai = cast
    await mai.say("/extend UA-001 21/12/2026; too much")
    await head.say("/task UA-001")
    await head.press("⋯")
    await head.press("🚫")
    await head.say("Assigned twice")
    assert "UA-001 is cancelled by Hoa Head" in mai.said
    assert "Assigned twice" in mai.said
    assert "no open tasks" in await mai.say("/tasks")
    assert "No request waits" in await head.say("/requests")
    mai.news()
    await world.go(MONDAY.replace(day=21, hour=12))
    assert mai.news() == []
    assert await state(world) is State.CANCELLED
    assert "was cancelled" in await mai.say("/done UA-001")


@pytest.mark.parametrize("text", ["/suspend UA-001", "/drop UA-001"])
async def test_stopping_a_task_needs_a_reason(cast: Cast, text: str) -> None:
    world, head, _ = cast
    assert "Write the reason after the code" in await head.say(text)
    assert await state(world) is State.ASSIGNED


@pytest.mark.parametrize("text", ["/suspend UA-001 x", "/resume UA-001", "/drop UA-001 x"])
async def test_the_owner_cannot_get_rid_of_the_own_task(cast: Cast, text: str) -> None:
    world, _, mai = cast
    assert "Only the assigner, the unit head or leadership" in await mai.say(text)
    assert await state(world) is State.ASSIGNED

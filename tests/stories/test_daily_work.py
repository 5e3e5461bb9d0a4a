"""A day of a member and a head."""

from __future__ import annotations

import pytest

from tests.support.world import Person, World


@pytest.fixture
async def team(world: World) -> tuple[World, Person, Person]:
    await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en", "Lan Leader, Board, leader, en")
    return world, await world.join("Hoa Head"), await world.join("Mai Member")


async def test_a_task_goes_from_assignment_to_acceptance_by_buttons(team: tuple[World, Person, Person]) -> None:
    world, head, member = team
    await head.say("/assign mai; 25/12/2026 17:00; Write the annual report; Report")
    assert "Friday 25 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)" in head.said
    await head.press("✔️")
    assert "is assigned to Mai Member" in head.said
    assert "New task from Hoa Head" in member.said
    await member.press("👀")
    assert "received" in member.toast
    await member.press("📈")
    await member.press("50 %")
    assert "in progress · 50 %" in member.said
    await member.press("✅")
    assert "waiting for confirmation" in member.said
    await world.morning(head)
    assert "has submitted" in head.said
    await head.press("👍")
    assert "completed" in head.said
    await world.morning(member)
    assert "is completed, accepted by Hoa Head" in member.said

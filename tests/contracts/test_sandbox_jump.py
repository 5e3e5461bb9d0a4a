"""The jumps of the sandbox: whoever presses "Friday 16:00" reads what happens at 16:00."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from bot.sandbox.clock import MovableClock
from bot.sandbox.run import Sandbox
from bot.settings import Settings
from bot.ticks import Ticks

FRIDAY = datetime(2026, 12, 11, 9, 0, tzinfo=UTC)  # 16:00 in Hanoi


class World:
    """A bot whose every round takes some seconds of real time, with something to do a second before Friday 16:00."""

    def __init__(self) -> None:
        self.real = FRIDAY - timedelta(hours=1)
        self.clock = MovableClock(lambda: self.real, lambda: 0.0)
        self.rounds: list[datetime] = []
        self.ticks = self.store = self.dispatcher = self

    async def idle(self) -> None:
        """Nothing is being handled."""

    async def read(self, _: object) -> tuple[datetime, ...]:
        return (FRIDAY - timedelta(seconds=1),)

    async def settle(self) -> None:
        self.rounds.append(self.clock())
        self.real += timedelta(seconds=5)


async def test_a_jump_ends_with_a_round_at_its_moment_also_when_the_round_before_took_longer(tmp_path: Path) -> None:
    world = World()
    settings = Settings(timezone="Asia/Ho_Chi_Minh", country="VN")
    sandbox = Sandbox(settings, tmp_path, world.clock, lambda *_: SimpleNamespace())
    sandbox.bot = world  # type: ignore[assignment]
    await sandbox.jump("friday")
    assert any(at < FRIDAY for at in world.rounds)
    assert world.rounds[-1] >= FRIDAY


class Rounds(Ticks):
    """Rounds that only say that they run; the first delivery takes until it is let go."""

    def __init__(self) -> None:
        super().__init__(*[None] * 6)  # type: ignore[arg-type]
        self.told: list[str] = []
        self.gate = asyncio.Event()

    async def plan(self) -> None:
        self.told.append("plan")

    async def deliver(self) -> None:
        self.told.append("deliver")
        await self.gate.wait()
        self.told.append("delivered")


async def test_what_a_jump_plans_is_not_taken_up_by_a_delivery_that_began_before() -> None:
    """Such a delivery has not looked at the chat of a new post, and would put the post off by half a minute."""
    ticks = Rounds()
    ring = asyncio.create_task(ticks._ring())
    while ticks.told != ["plan", "deliver"]:
        await asyncio.sleep(0)
    jump = asyncio.create_task(ticks.settle())
    for _ in range(10):
        await asyncio.sleep(0)
    ticks.gate.set()
    await asyncio.gather(ring, jump)
    assert ticks.told == ["plan", "deliver", "delivered", "plan", "deliver", "delivered"]

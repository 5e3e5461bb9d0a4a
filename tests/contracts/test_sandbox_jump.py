"""The jumps of the sandbox: whoever presses "Friday 16:00" reads what happens at 16:00."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from bot.sandbox.clock import MovableClock
from bot.sandbox.run import Sandbox
from bot.settings import Settings

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

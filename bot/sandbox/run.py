"""`dondoc sandbox`: the local Telegram, the real bot against it, and the chat page, all on 127.0.0.1."""

from __future__ import annotations

import asyncio
import secrets
import signal
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from bot.actions import joining
from bot.office import Office
from bot.policy import digest
from bot.policy.calendar import MORNING, calendar_of
from bot.sandbox import demo
from bot.sandbox.clock import MovableClock
from bot.sandbox.page import add_page
from bot.sandbox.server import LocalTelegram
from bot.settings import Settings
from handlers.views.texts import Texts, catalogue
from storage.records import Member

TOKEN_BITS = 24  # bytes of chance in the token of the local Telegram
STEP = timedelta(minutes=30)  # a jump walks at least in such steps, so that everything happens at its hour
FEATURED = (
    "Cao Thị Mẫu Quỳnh",
    "Mai Mẫu Việt Quân",
    "Nguyễn Mẫu Đức An",
    "Kiều Mẫu Gia Thịnh",
    "Anna Testowa",
    "Lê Mẫu Quang Chính",
    "Triệu Thị Mẫu Đào",
)


class Bot(Protocol):
    """What the sandbox needs of the application (see `bot.app.App`)."""

    office: Office
    store: Any
    ticks: Any
    dispatcher: Any

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Sandbox:
    """A bot in a small world of its own, with a clock that can be moved."""

    def __init__(self, settings: Settings, folder: Path, clock: MovableClock, make: Callable[..., Bot]) -> None:
        self.clock = clock
        self.zone = settings.timezone
        token = f"1000000001:{secrets.token_urlsafe(TOKEN_BITS)}"
        self.server = LocalTelegram(token, clock)
        self.personas: list[dict[str, Any]] = []
        self._settings = settings
        self._folder = folder
        self._token = token
        self._make = make
        self._jump = asyncio.Lock()
        self.bot: Bot | None = None

    async def start(self, port: int) -> str:
        """Load the sample, start everything; the address of the page."""
        add_page(self.server, words, self.jump, self.clock, self.personas, self.zone)
        url = await self.server.start(port)
        changes = {
            "api_url": url,
            "proxy_url": None,
            "database_url": f"sqlite:///{self._folder / 'sandbox.db'}",
            "organisation": demo.sample_text("organisation"),
        }
        settings = self._settings.model_copy(update=changes)
        self.bot = self._make(settings, self._token, self.clock)
        self._begin_at_work()
        await self._people()
        await self.bot.start()
        self.bot.ticks.start()
        return url

    def _begin_at_work(self) -> None:
        """Nobody gets letters at night; somebody who tries the bot at night wants to see some."""
        self.clock.move_to(calendar_of(self.zone, self._settings.country).next_allowed(self.clock()))

    async def stop(self) -> None:
        """Stop everything; the database goes with its folder."""
        await self.server.stop()
        if self.bot is not None:
            await self.bot.stop()

    async def _people(self) -> None:
        bot = self.bot
        if bot is None:
            return
        now = self.clock()
        found: dict[int, Member] = await bot.store.write(lambda c: demo.load(c, bot.office, now))
        waiting = [member for member in found.values() if member.account is None]
        codes = dict(
            await bot.store.write(lambda c: [(m.id, code) for m, code in joining.invite(c, waiting, now, _code)])
        )
        roles = await bot.store.read(demo.roles)
        leaders = []
        for account, member in found.items():
            self.server.add_person(account, member.name, language_code=member.language)
            role, unit = roles[member.id]
            if role == "leader":
                leaders.append(account)
            if member.account is not None:
                self.server.person(account).wrote = True
            line = {"id": account, "kind": "person", "name": member.name, "role": role, "unit": unit}
            start = codes.get(member.id, "")
            self.personas.append(
                {**line, "language": member.language, "featured": member.name in FEATURED, "start": start}
            )
        channel = demo.sample_text("channel")
        self.server.add_channel(demo.CHANNEL, channel, admins=leaders)
        line = {"id": demo.CHANNEL, "kind": "channel", "name": channel, "role": "channel", "unit": ""}
        self.personas.sort(key=lambda one: FEATURED.index(one["name"]) if one["featured"] else len(FEATURED))
        self.personas.insert(0, {**line, "language": "vi", "featured": True})

    async def jump(self, name: str) -> datetime:
        """Move the clock to a named moment, letting everything on the way happen at its hour."""
        bot = self.bot
        if bot is None:
            return self.clock()
        async with self._jump:
            await self.server.confirmed()
            await bot.dispatcher.idle()
            target = self._target(name)
            reached = self.clock()
            # Not "until the clock is there": it may get there while a round that began before it still runs.
            while reached < target:
                reached = await self._next_moment(bot, target)
                self.clock.move_to(reached)
                await bot.ticks.settle()
                self.server.touch()
            return self.clock()

    async def _next_moment(self, bot: Bot, target: datetime) -> datetime:
        """When something happens next on the way; a little later than now in any case."""
        now = self.clock()
        found: tuple[datetime, ...] = await bot.store.read(demo.next_moments)
        return min(target, now + STEP, *(at for at in found if at > now))

    def _target(self, name: str) -> datetime:
        now = self.clock()
        calendar = calendar_of(self.zone, self._settings.country)
        if name == "hour":
            return now + timedelta(hours=1)
        if name == "morning":
            return calendar.at(calendar.shift(calendar.local(now).date(), 1), MORNING)
        slot = digest.last_slot(now, calendar)
        return calendar.at(calendar.local(slot).date() + timedelta(days=7), digest.POSTING)


def _code() -> str:
    return secrets.token_urlsafe(16)


def words(language: str) -> dict[str, str]:
    """The words of the page."""
    found = catalogue(language if language in ("vi", "en", "pl") else "en")
    return {key: text for key, text in found.items() if key.startswith("sandbox.") and isinstance(text, str)}


async def run_sandbox(
    settings: Settings, port: int, t: Texts, make: Callable[..., Bot], clock: Callable[[], datetime]
) -> None:
    """Serve the sandbox until a signal ends it."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    with tempfile.TemporaryDirectory(prefix="dondoc-sandbox-") as folder:
        sandbox = Sandbox(settings, Path(folder), MovableClock(clock, time.monotonic), make)
        try:
            url = await sandbox.start(port)
            print(t.plain("cli.sandbox.ready", url=url))
            print(t.plain("cli.sandbox.hint"), flush=True)
            await stopped.wait()
        finally:
            await sandbox.stop()

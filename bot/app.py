"""The composition root: settings in, wired parts out. Only the command line and tests import it.

The one clock and the one source of chance are made here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Engine
from telegram.ext import Application, ContextTypes, ExtBot

from bot.binding import Binding
from bot.delivery import Courier
from bot.desk import FrontDesk
from bot.desks.base import Parts
from bot.drawing import Drawing
from bot.examining import SMALL, Examination
from bot.lead import Lead
from bot.mailbox import Inbox
from bot.metrics import CountedPost, Metrics
from bot.office import Office
from bot.remembering import Remembering
from bot.settings import Settings
from bot.ticks import Ticks
from bot.watch import HEAR, POLL, Watch
from bot.watchdog import Watchdog, end_at_the_latest
from handlers import start
from handlers.context import Talk
from handlers.dispatcher import Dispatcher
from handlers.limits import Gate, PoliteLimiter
from handlers.poller import Poller
from handlers.ports import Binder, Caller, Desk, Drawer
from handlers.routes import connect
from handlers.sender import Sender
from handlers.transport import AiohttpRequest
from handlers.webhook import Webhook, path_of
from storage import outbox
from storage.database import Store, open_engine
from storage.locks import listener_lock
from storage.migrate import migrate

log = logging.getLogger(__name__)

MENUS_AFTER = 1.0  # seconds after the start


def wall_clock() -> datetime:
    """The present instant. The only place that asks the machine."""
    return datetime.now(UTC)


def chance() -> str:
    """128 random bits as 22 characters that may stand in a link."""
    return secrets.token_urlsafe(16)


def office_of(settings: Settings) -> Office:
    """The defaults of the organisation."""
    return Office(settings.organisation, settings.timezone, settings.language, settings.country, settings.contact)


def store_on(engine: Engine, make: Callable[[Engine], Store] = Store) -> Store:
    """The store on a database that is brought to the present schema."""
    if migrate(engine):
        log.info("the database was brought to the present schema")
    return make(engine)


@dataclass(frozen=True, slots=True)
class Wires:
    """What tests and the sandbox replace: the clock, how fast the gate lets messages through, who makes files."""

    clock: Callable[[], datetime] = wall_clock
    secret: Callable[[], str] = chance
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Drawer = field(default_factory=lambda: Drawing().draw)
    bind: Binder = field(default_factory=lambda: Binding().bind)
    timeouts: Mapping[str, Any] = field(default_factory=dict)  # of the transport; its own where nothing is said
    store: Callable[[Engine], Store] = Store
    small: int = SMALL  # bytes of a database file that are examined before the start
    end: Callable[[int], object] = os._exit  # of a program that hangs
    pulse: Callable[[], float] = time.monotonic  # by which the bot notices that it is deaf; never moved by a sandbox


class Occupied(Exception):
    """Another process works on this SQLite database, which is for one process only."""


class App:
    """A running bot."""

    def __init__(self, settings: Settings, token: str, wires: Wires | None = None) -> None:
        # Telegram's pauses as timedelta: the library warns about the older form at every 429.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        self.wires = wires or Wires()
        self.settings = settings
        self.office = office_of(settings)
        engine = open_engine(settings.database_url)
        self.examination = Examination(engine, self.wires.small)
        self.store = store_on(engine, self.wires.store)
        self.gate = Gate(settings.rate, settings.chat_rate, settings.group_rate, self.wires.monotonic, self.wires.sleep)
        self.application = self._application(token)
        bot: ExtBot[Any] = self.application.bot
        parts = Parts(self.store, self.office, self.wires.clock, self.wires.secret)

        def reception(caller: Caller, update_id: int | None) -> Desk:
            return FrontDesk(parts, caller, update_id)

        self.application.bot_data.update(
            reception=reception,
            contact=self.office.contact,
            language=self.office.language,
            draw=self.wires.draw,
            bind=self.wires.bind,
        )
        connect(self.application)
        mailbox = Inbox(self.store, self.wires.clock)
        self.mailbox = mailbox
        self.metrics = Metrics()
        self.watch = Watch(
            self.store, self.office, self.wires.clock, self.metrics, self._listens, self.wires.pulse, self._holds
        )
        self.dispatcher = Dispatcher(self.application, mailbox, self.metrics.handled)
        self.poller = Poller(
            bot,
            mailbox,
            self.dispatcher.wake,
            self.watch.beat,
            self.wires.sleep,
            lambda: self.watch.done(POLL),
            self.wires.pulse,
        )
        self.lock = listener_lock(self.store.engine)
        self.lead = Lead(self.lock, self._listen)
        self.webhook = self._webhook(bot)
        post = CountedPost(Sender(bot, self.gate, self.wires.draw, self.wires.bind), self.metrics)
        self.courier = Courier(self.store, self.office, post, self.wires.clock, settings.rate)
        self.ticks = Ticks(self.store, self.office, self.courier, self.wires.clock, self.metrics, self.watch.done)
        self.memory = Remembering(self.store, self.office, self.wires.clock, self.gate, self.watch)
        self.look_every = 5.0  # seconds between two looks at oneself
        self._polling: asyncio.Task[None] | None = None
        self._menus: asyncio.Task[None] | None = None
        self._door: asyncio.Task[None] | None = None

    def _webhook(self, bot: ExtBot[Any]) -> Webhook | None:
        secret = self.settings.webhook_secret
        if self.settings.webhook_url is None or secret is None:
            return None
        return Webhook(
            bot, self.mailbox, secret.get_secret_value(), self.dispatcher.wake, lambda: self.watch.done(HEAR)
        )

    def _listens(self) -> bool:
        return self.lead.leads

    def _holds(self) -> bool:
        return self.courier.holds

    async def _listen(self) -> None:
        """Poll, as the only one who does."""
        self.watch.listen()
        await self.memory.count_silence()
        await self.poller.run()

    def _application(self, token: str) -> Application[Any, Any, Any, Any, Any, Any]:
        root = self.settings.api_url.rstrip("/")
        request, polling = (AiohttpRequest(proxy=self.settings.proxy_url, **self.wires.timeouts) for _ in range(2))
        bot = ExtBot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=request,
            get_updates_request=polling,
            rate_limiter=PoliteLimiter(self.gate),
        )
        builder = Application.builder().bot(bot).updater(None).context_types(ContextTypes(context=Talk))
        return builder.build()

    async def start(self) -> None:
        """Take the database, then begin to listen. Raises Occupied."""
        await self.occupy()
        await self.begin()

    async def begin(self) -> None:
        """Introduce ourselves, take up what was left, then listen. Waits for Telegram if it must."""
        await self.memory.take_up()
        await self._until_taken(self._introduce)
        if self.webhook is None:  # what Telegram posts to us it posts again: nobody has to hear of a silence
            await self.memory.count_silence()
        else:
            await self.memory.forget_silence()
        self.watch.begin()
        self.examination.begin()
        self.dispatcher.start()
        if self.webhook is None:
            self._polling = asyncio.create_task(self.lead.run())
        elif self.settings.webhook_url is not None:
            self._door = asyncio.create_task(self.webhook.keep(self.settings.webhook_url, self.wires.sleep))
        self._menus = asyncio.create_task(self._offer_menus())

    async def occupy(self) -> None:
        """A SQLite database is for one process: what earlier ones held is ours. Raises Occupied."""
        if self.store.engine.dialect.name != "sqlite":
            return
        if not await asyncio.to_thread(self.lock.take):
            raise Occupied
        await self.mailbox.expire()
        await self.store.write(outbox.release_all)

    async def _introduce(self) -> None:
        """The first call, and how we want to hear."""
        await self.application.initialize()
        await self._open_the_door()

    async def _offer_menus(self) -> None:
        """The menus for people whom we do not know yet, after the first poll: to load every language takes a while."""
        await self.wires.sleep(MENUS_AFTER)
        await self._until_taken(partial(start.set_menus, self.application.bot))

    async def _until_taken(self, call: Callable[[], Awaitable[None]]) -> None:
        """Repeat a call while Telegram cannot be reached; reminders keep waiting safely."""
        pause = 1.0
        while True:
            try:
                return await call()
            except start.UNREACHABLE as error:
                log.warning("Telegram does not answer (%r); trying again in %.0f s", error, pause)
                await self.wires.sleep(pause)
                pause = min(pause * 2, 30.0)

    async def _open_the_door(self) -> None:
        """Say how we want to hear: Telegram posts, or is polled. What waits there is kept."""
        if self.webhook is not None and self.settings.webhook_url is not None:
            await self.webhook.announce(self.settings.webhook_url)
        else:
            await self.application.bot.delete_webhook(drop_pending_updates=False)

    async def stop(self) -> None:
        """Stop listening, let what is in hand finish, close everything. Nothing accepted is lost."""
        self.ticks.stop()
        await self.courier.rest()
        for task in filter(None, (self._polling, self._menus, self._door)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._polling = self._menus = self._door = None
        await self.dispatcher.stop()
        await self.memory.pauses()
        await self.watch.close()
        await self.application.shutdown()
        await asyncio.to_thread(self.lock.release)
        await asyncio.to_thread(self.store.close)

    async def run(self, stopped: asyncio.Event) -> bool:
        """Serve until `stopped` is set; False when listening broke, so that a supervisor starts it anew."""
        watchdog = Watchdog(asyncio.get_running_loop(), self.wires.end)
        watchdog.start()
        try:
            await self.occupy()
            await self.watch.serve(self.settings.listen, *self.doors)
            await self.begin()
            self.ticks.start()
            log.info("listening")
            while not stopped.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), timeout=self.look_every)
                await self.memory.store_in_time()
                self.watch.feel_the_writer()
                if broken := self.broken():
                    log.critical("%s: ending, so that a supervisor starts the bot anew", ", ".join(sorted(broken)))
                    end_at_the_latest(self.wires.end)
                    return False
            return True
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop(), timeout=60)
            watchdog.stop()

    def broken(self) -> frozenset[str]:
        """What has stopped and will not go on by itself."""
        deaf = self.webhook is None and (self._polling is None or self._polling.done())
        damage = self.examination.problem or self.store.damage
        ended = {POLL: deaf, "database": damage is not None}
        return self.watch.look() | {part for part, is_so in ended.items() if is_so}

    async def remember(self) -> None:
        """Store what must outlive a restart; tell people of a silence that is over."""
        await self.memory.store()

    @property
    def doors(self) -> tuple[web.RouteDef, ...]:
        """What is answered beside /healthz and /metrics."""
        if self.webhook is None or self.settings.webhook_url is None:
            return ()
        return (web.post(path_of(self.settings.webhook_url), self.webhook.receive),)

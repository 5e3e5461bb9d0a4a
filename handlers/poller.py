"""Receiving: an update is committed to the inbox before Telegram is told that it was received.

PTB's own updater confirms updates that only lie in memory (measured: 67 of 100 lost on kill -9), stops for
ever on one 401, and dies silently when its queue raises. This loop does none of the three.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from handlers.outcomes import Uncertain
from handlers.ports import Mailbox
from handlers.routes import ALLOWED_UPDATES

log = logging.getLogger(__name__)

TIMEOUT = 25  # seconds of long polling
GRACE = 35.0  # seconds more until a call for updates counts as lost
LARGEST = 2**63 - 1  # what the database takes as a number
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds between tries while Telegram cannot be reached
TAKE_BACK_EVERY = 60.0  # seconds, at least, between two removals of a webhook that somebody else sets


class Poller:
    """Asks for updates for as long as it lives. `beat` is called after every answer: the bot is not deaf.

    `wake` is called after something was stored, `tried` after every try, good or bad: the loop goes on.
    """

    def __init__(
        self,
        bot: Bot,
        mailbox: Mailbox,
        wake: Callable[[], None],
        beat: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tried: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._mailbox = mailbox
        self._wake = wake
        self._beat = beat
        self._sleep = sleep
        self._tried = tried
        self._monotonic = monotonic
        self._taken_back_at = -math.inf
        self._offset: int | None = None
        self._pause = FIRST_PAUSE

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._once()
                self._pause = FIRST_PAUSE
            except TelegramError as error:
                await self._take_back(error)
                await self._wait(error)
            except Exception:
                # For example a full disk: nothing was confirmed, so nothing is lost; Telegram keeps it for a day.
                log.exception("updates could not be stored; asking again")
                await self._sleep(self._next_pause())
            self._tried()

    async def _once(self) -> None:
        given = await self._ask()
        updates = {key: payload for payload in given if (key := number_of(payload)) is not None}
        if len(updates) < len(given):
            log.error("%d of %d updates have no number and were left out", len(given) - len(updates), len(given))
        if updates:
            await self._mailbox.accept(updates, {key: line_of(payload) for key, payload in updates.items()})
            self._wake()
            self._offset = list(updates)[-1] + 1
        elif given:
            raise Uncertain("bad_answer")  # nothing can be confirmed: asking again at once would bring the same
        self._beat()  # not before it is stored: who hears and cannot keep it is deaf as well

    async def _ask(self) -> list[Any]:
        """What waits, as Telegram says it.

        PTB's `get_updates` would parse it, and drop and log the whole batch for one update that it does not understand.
        """
        asked = {"offset": self._offset, "timeout": TIMEOUT, "allowed_updates": ALLOWED_UPDATES}
        given = await self._bot._post("getUpdates", asked, read_timeout=TIMEOUT + GRACE)
        if not isinstance(given, list):
            raise Uncertain("bad_answer")
        return given

    async def _take_back(self, error: TelegramError) -> None:
        """Remove a webhook that somebody set: while it stands nothing is heard. What waits there is kept."""
        now = self._monotonic()
        is_hooked = isinstance(error, Conflict) and "webhook" in error.message.casefold()
        if not is_hooked or now - self._taken_back_at < TAKE_BACK_EVERY:
            return
        self._taken_back_at = now
        log.warning("somebody has set a webhook for this bot, which polls: removing it")
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except Exception as failure:
            log.warning("the webhook could not be removed (%s)", type(failure).__name__)

    async def _wait(self, error: TelegramError) -> None:
        seconds = self._next_pause()
        if isinstance(error, RetryAfter):
            after = error.retry_after
            seconds = max(seconds, after.total_seconds() if isinstance(after, timedelta) else float(after))
        level = logging.ERROR if isinstance(error, Conflict | InvalidToken) else logging.WARNING
        log.log(level, "no updates (%s); asking again in %.1f s", type(error).__name__, seconds)
        await self._sleep(seconds)

    def _next_pause(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return pause


class Unreadable(Exception):
    """An update that PTB cannot parse. Says only with which error: its words may be those of the update."""


# No text of PostgreSQL may have the one, and no UTF-8 the others; JSON can bring them all.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(payload: Any, bot: Bot) -> Update:
    """The update of a stored payload, with a replacement character for what no database keeps. Raises Unreadable."""
    try:
        return Update.de_json(_storable(payload), bot)
    except Exception as error:
        kind = type(error).__name__
    raise Unreadable(kind)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {key: _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def number_of(payload: Any) -> int | None:
    """The id of an update; None for what is none."""
    number = payload.get("update_id") if isinstance(payload, dict) else None
    return number if type(number) is int and 0 < number < LARGEST else None


def line_of(payload: Any) -> int:
    """The chat an update belongs to; 0 for one without. Updates of one chat are dealt with in their order.

    Reads what was not parsed: nothing in it must be as it should.
    """
    with suppress(KeyError, TypeError, AttributeError):
        names = ("message", "channel_post", "my_chat_member")
        found = next((payload[name] for name in names if name in payload), None)
        chat = (found or payload["callback_query"]["message"])["chat"]["id"]
        return chat if type(chat) is int and abs(chat) < LARGEST else 0
    return 0

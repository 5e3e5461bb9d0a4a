"""Receiving by webhook: an update is committed to the inbox before Telegram is told so. Every replica may receive."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Bot

from handlers.poller import line_of, number_of
from handlers.ports import Mailbox
from handlers.routes import ALLOWED_UPDATES

log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1024 * 1024  # bytes; an update of Telegram has a few thousand
MOST_CONNECTIONS = 40
LOOK_EVERY = 60.0  # seconds between two looks whether Telegram still posts to us
USUAL_PORTS = {"http": 80, "https": 443}


class Webhook:
    """Answers Telegram's posts. `wake` is called after something was stored, `beat` after each real post."""

    def __init__(
        self, bot: Bot, mailbox: Mailbox, secret: str, wake: Callable[[], None], beat: Callable[[], None]
    ) -> None:
        self._bot = bot
        self._mailbox = mailbox
        self._secret = secret.encode()
        self._wake = wake
        self._beat = beat

    async def announce(self, url: str) -> None:
        """Tell Telegram where to post. Nothing that waits there is dropped."""
        await self._bot.set_webhook(
            url,
            secret_token=self._secret.decode(),
            allowed_updates=ALLOWED_UPDATES,
            max_connections=MOST_CONNECTIONS,
            drop_pending_updates=False,
        )

    async def keep(self, url: str, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Announce it again whenever somebody took it away or pointed it elsewhere; until cancelled.

        Nobody would notice otherwise: that nothing is posted is no failure.
        """
        while True:
            await sleep(LOOK_EVERY)
            try:
                await self._look_after(url)
            except Exception as error:
                log.info("it is unknown whether Telegram still posts to us (%s)", type(error).__name__)

    async def _look_after(self, url: str) -> None:
        found = (await self._bot.get_webhook_info()).url
        if not same(found, url):
            log.warning("Telegram does not post to us any more but %s: saying it again", _host(found))
            await self.announce(url)

    async def receive(self, request: web.Request) -> web.Response:
        """200 once the update is committed; 503 when it cannot be, so that Telegram posts it again."""
        said = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(said, self._secret):
            return web.Response(status=HTTPStatus.FORBIDDEN)
        if (request.content_length or 0) > LARGEST:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            payload = json.loads(await request.read())
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (ValueError, RecursionError):
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        update_id = number_of(payload)
        if update_id is None:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        # Taken even if it cannot be parsed: what is refused Telegram posts again and again, before all others.
        return await self._store(update_id, payload, line_of(payload))

    async def _store(self, update_id: int, payload: Any, line: int) -> web.Response:
        self._beat()
        try:
            await self._mailbox.accept({update_id: payload}, {update_id: line})
        except Exception as error:
            log.warning("an update could not be stored (%s); Telegram will post it again", type(error).__name__)
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        self._wake()
        return web.Response()


def same(one: str, other: str) -> bool:
    """Whether two addresses are the same place, however they are written."""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[object, ...]:
    """The parts of an address that decide where a post goes."""
    found = urlsplit(url)
    return found.scheme, found.hostname, found.port or USUAL_PORTS.get(found.scheme), found.path or "/", found.query


def _host(url: str) -> str:
    """Where else, without what may be secret in an address."""
    return f"to {urlsplit(url).hostname}" if url else "nowhere"


def path_of(url: str) -> str:
    """Where the posts come in: the path of the public address."""
    return urlsplit(url).path or "/"

"""The only file that sends on the bot's own initiative."""

from __future__ import annotations

import logging
from typing import Any

from telegram import Message as Sent
from telegram.constants import ParseMode
from telegram.ext import ExtBot

from handlers.limits import Lane
from handlers.outcomes import Kind, Outcome, outcome
from handlers.ports import Delivery, Drawer
from handlers.views.letters import letter
from handlers.views.message import Message
from handlers.views.texts import without_tags
from storage.notices import Facts, Notice

log = logging.getLogger(__name__)

PICTURE = "summary.png"
# What the messenger's outcomes mean to the outbox.
KINDS = {
    Kind.NOT_SENT_RETRY: "not_sent",
    Kind.PAUSE: "wait",
    Kind.UNKNOWN: "unknown",
    Kind.UNREACHABLE: "unreachable",
    Kind.MOVED: "not_sent",
    Kind.BAD_REQUEST: "refused",
    Kind.CONFIG: "not_sent",
}


class Sender:
    """Renders a notice in the reader's language and sends it (see `handlers.ports.Post`)."""

    def __init__(self, bot: ExtBot[Any], draw: Drawer) -> None:
        self._bot = bot
        self._draw = draw

    async def send(self, address: int, notice: Notice, facts: Facts, *, repeated: bool) -> Delivery:
        """Send one letter; never raises for what Telegram answers."""
        message = letter(notice, facts, repeated=repeated)
        photo = await self._draw(message.svg) if message.svg else None
        if message.svg and photo is None:
            return Delivery("refused", reason="not_drawn")
        try:
            sent = await self._send(address, message, photo, html=True)
        except Exception as error:
            found = outcome(error)
            if found.kind is Kind.BAD_REQUEST:
                return await self._plainly(address, message, photo, found)
            log.info("letter to be repeated or closed: %s %s", found.kind, found.reason)
            return _delivery(found)
        return Delivery("sent", sent.message_id)

    async def _plainly(self, address: int, message: Message, photo: bytes | None, first: Outcome) -> Delivery:
        """Telegram refused the text itself: better a plain letter than none."""
        log.error("a letter was refused (%s); sending it without formatting", first.reason)
        try:
            sent = await self._send(address, message, photo, html=False)
        except Exception as error:
            return _delivery(outcome(error))
        return Delivery("sent", sent.message_id)

    async def _send(self, address: int, message: Message, photo: bytes | None, *, html: bool) -> Sent:
        text = message.text if html else without_tags(message.text)
        how: dict[str, Any] = {
            "parse_mode": ParseMode.HTML if html else None,
            "reply_markup": message.keyboard,
            "rate_limit_args": Lane.LETTER,
        }
        if photo is not None:
            return await self._bot.send_photo(address, photo, caption=text, filename=PICTURE, **how)
        return await self._bot.send_message(address, text, **how)


def _delivery(found: Outcome) -> Delivery:
    return Delivery(KINDS[found.kind], reason=found.reason, wait=found.seconds or 0.0, moved_to=found.chat_id)

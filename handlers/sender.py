"""The only file that sends on the bot's own initiative."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from telegram import ChatMember, ChatMemberAdministrator, ChatMemberRestricted, InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import RetryAfter
from telegram.ext import ExtBot

from handlers.limits import Gate
from handlers.outcomes import Kind, Outcome, outcome, pause_seconds
from handlers.ports import Binder, Delivery, Drawer, Standing
from handlers.rhythms import Lane
from handlers.transport import call
from handlers.views.letters import letter
from handlers.views.message import Message
from handlers.views.texts import without_tags
from storage.notices import Correction, Facts, Notice

log = logging.getLogger(__name__)

PICTURE = "summary.png"
NOBODY = 0  # no chat has this number
NO_ANSWER = (Kind.UNKNOWN, Kind.NOT_SENT_RETRY, Kind.CONFIG)
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


@dataclass(frozen=True, slots=True)
class _File:
    """What goes with a text: a picture, or a document under its name."""

    name: str
    data: bytes
    picture: bool


class Sender:
    """Renders a notice in the reader's language and sends it (see `handlers.ports.Post`)."""

    def __init__(self, bot: ExtBot[Any], gate: Gate, draw: Drawer, bind: Binder) -> None:
        self._bot = bot
        self._gate = gate
        self._draw = draw
        self._bind = bind

    async def send(
        self, address: int, notice: Notice, facts: Facts, *, repeated: bool, begin: Callable[[], Awaitable[None]]
    ) -> Delivery:
        """Send one letter; never raises for what Telegram answers."""
        again = repeated and not isinstance(notice, Correction)  # an edit repeats nothing
        message = letter(notice, facts, repeated=again, bot=self._bot.username if facts.figures else "")
        file = await self._file(message)
        if file is None and (message.svg or message.book):
            if not message.otherwise:
                return Delivery("refused", reason="not_drawn" if message.svg else "not_made")
            message = replace(message, text=message.otherwise)
        try:
            await self._gate.letter(address)
        except RetryAfter as pause:
            return _delivery(outcome(pause))
        await begin()
        if isinstance(notice, Correction):
            return await self._correct(address, notice, message, file)
        try:
            sent = await self._send(address, message, file, html=True, lane=Lane.GRANTED)
        except Exception as error:
            found = outcome(error)
            if found.kind is Kind.BAD_REQUEST:
                return await self._plainly(address, message, file, found)
            log.info("letter to be repeated or closed: %s %s", found.kind, found.reason)
            return _delivery(found)
        return Delivery("sent", sent)

    async def reachable(self) -> bool:
        """Whether Telegram answers, also where letters go: a letter to nobody is refused, or something is wrong."""
        try:
            await self._bot.get_me()
            await call(self._bot, "sendMessage", {"chat_id": NOBODY, "text": "?"})
        except Exception as error:
            return outcome(error).kind not in NO_ANSWER
        return True

    async def _file(self, message: Message) -> _File | None:
        """What has to go with the text; None when there is nothing, or when it cannot be made."""
        if message.svg:
            photo = await self._draw(message.svg)
            return _File(PICTURE, photo, picture=True) if photo is not None else None
        if message.book is None:
            return None
        data = await self._bind(message.book)
        return _File(message.book.file, data, picture=False) if data is not None else None

    async def check(self, address: int) -> Standing | None:
        """How a chat stands before something is posted there; None while Telegram cannot be asked."""
        try:
            chat = await self._bot.get_chat(address)
            own = await self._bot.get_chat_member(address, self._bot.id)
        except Exception as error:
            return _standing(outcome(error))
        return Standing(chat.type, chat.username or "", _may_post(own))

    async def _correct(self, address: int, notice: Correction, message: Message, picture: _File | None) -> Delivery:
        """Edit what was posted; a text that is gone is posted anew if it must stand (`anew`), a picture never.

        Without a number (0) it stands in what was a small group, whose messages nobody can edit any more.
        """
        if not notice.message_id:
            return await self._anew(address, message, picture)
        try:
            await self._edit(address, notice, message, picture)
        except Exception as error:
            found = outcome(error)
            if found.reason == "parse_entities":
                return await self._correct_plainly(address, notice, message, picture)
            if found.reason == "message_gone" and notice.anew and not notice.picture:
                return await self._anew(address, message, picture)
            if found.reason not in ("not_modified", "message_gone"):
                return _delivery(found)
        return Delivery("sent", notice.message_id)

    async def _correct_plainly(
        self, address: int, notice: Correction, message: Message, picture: _File | None
    ) -> Delivery:
        """Wrong figures must not stay because of a tag."""
        log.error("a correction was refused (parse_entities); sending it without formatting")
        try:
            await self._edit(address, notice, message, picture, html=False)
        except Exception as error:
            return _delivery(outcome(error))
        return Delivery("sent", notice.message_id)

    async def _edit(
        self, address: int, notice: Correction, message: Message, picture: _File | None, *, html: bool = True
    ) -> None:
        place: dict[str, Any] = {"chat_id": address, "message_id": notice.message_id, "rate_limit_args": Lane.GRANTED}
        text, mode = (message.text, ParseMode.HTML) if html else (without_tags(message.text), None)
        if picture is not None:
            media = InputMediaPhoto(picture.data, text, mode, filename=picture.name)
            await self._bot.edit_message_media(media, **place)
        elif notice.picture:
            await self._bot.edit_message_caption(caption=text, parse_mode=mode, **place)
        else:
            await self._bot.edit_message_text(text, parse_mode=mode, **place)

    async def _anew(self, address: int, message: Message, picture: _File | None) -> Delivery:
        try:
            return Delivery("sent", await self._send(address, message, picture, html=True, lane=Lane.LETTER))
        except Exception as error:
            return _delivery(outcome(error))

    async def _plainly(self, address: int, message: Message, file: _File | None, first: Outcome) -> Delivery:
        """Telegram refused the text itself: better a plain letter than none."""
        log.error("a letter was refused (%s); sending it without formatting", first.reason)
        try:
            sent = await self._send(address, message, file, html=False, lane=Lane.LETTER)
        except Exception as error:
            return _delivery(outcome(error))
        return Delivery("sent", sent)

    async def _send(self, address: int, message: Message, file: _File | None, *, html: bool, lane: Lane) -> int:
        """The number of the message."""
        text = message.text if html else without_tags(message.text)
        if file is not None:
            return await self._send_file(address, text, file, message, html=html, lane=lane)
        values: dict[str, Any] = {"chat_id": address, "text": str(text)}
        if html:
            values["parse_mode"] = "HTML"
        if message.keyboard:
            values["reply_markup"] = message.keyboard.raw()
        return await self._send_text(address, values, lane)

    async def _send_text(self, address: int, values: dict[str, Any], lane: Lane) -> int:
        """A call past the limiter, so its turn and its refusal are told to the gate here."""
        if lane is not Lane.GRANTED:
            await self._gate.letter(address)
        try:
            answer = await call(self._bot, "sendMessage", values)
        except RetryAfter as refusal:
            self._gate.pause(address, pause_seconds(refusal))
            raise
        return int(answer["message_id"])

    async def _send_file(
        self, address: int, text: str, file: _File, message: Message, *, html: bool, lane: Lane
    ) -> int:
        how: dict[str, Any] = {
            "caption": text,
            "filename": file.name,
            "parse_mode": ParseMode.HTML if html else None,
            "reply_markup": message.keyboard.markup() if message.keyboard else None,
            "rate_limit_args": lane,
        }
        send = self._bot.send_photo if file.picture else self._bot.send_document
        return (await send(address, file.data, **how)).message_id


def _standing(found: Outcome) -> Standing | None:
    """What a refusal says about the chat."""
    if found.reason in ("no_rights", "member_list"):
        return Standing(may_post=False)
    return Standing() if found.kind in (Kind.UNREACHABLE, Kind.MOVED) else None


def _may_post(own: ChatMember) -> bool:
    if isinstance(own, ChatMemberAdministrator):
        return own.can_post_messages is not False  # None in groups, where every member writes
    if isinstance(own, ChatMemberRestricted):
        return own.can_send_messages
    return own.status not in (ChatMember.LEFT, ChatMember.BANNED)


def _delivery(found: Outcome) -> Delivery:
    return Delivery(KINDS[found.kind], reason=found.reason, wait=found.seconds or 0.0, moved_to=found.chat_id)

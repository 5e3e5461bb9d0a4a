"""What a handler is given: the desk of the person who is talking, and the ways to answer."""

from __future__ import annotations

import logging
from typing import Any

from telegram import ForceReply, Update
from telegram import Message as Sent
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, CallbackContext, ExtBot

from handlers.outcomes import outcome
from handlers.ports import Binder, Caller, Desk, Drawer, Me, Refused
from handlers.views.message import Message
from handlers.views.reader import Reader
from handlers.views.texts import LANGUAGES, Texts, texts, without_tags

log = logging.getLogger(__name__)

INTERRUPTED = "interrupted"  # where the updates stand that must be dealt with again


class Talk(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """One incoming update being answered."""

    desk: Desk
    incoming: Update
    contact: str
    fallback: str
    draw: Drawer
    bind: Binder
    _me: Me | None = None

    @classmethod
    def from_update(cls, update: object, application: Application[Any, Any, Any, Any, Any, Any]) -> Talk:
        """PTB's hook: make the context and open the desk for whoever sent this update."""
        talk = super().from_update(update, application)
        if isinstance(update, Update):
            user = update.effective_user
            caller = Caller(user.id if user else 0, (user.language_code or "") if user else "")
            talk.incoming = update
            talk.desk = application.bot_data["reception"](caller, update.update_id)
            talk.contact = application.bot_data["contact"]
            talk.fallback = application.bot_data["language"]
            talk.draw = application.bot_data["draw"]
            talk.bind = application.bot_data["bind"]
        return talk

    async def me(self) -> Me:
        """Who is talking. Raises Refused("stranger")."""
        if self._me is None:
            self._me = await self.desk.me()
        return self._me

    async def reader(self) -> Reader:
        """The language and zone of whoever is talking."""
        me = await self.me()
        return Reader(me.language, me.zone)

    async def words(self) -> Texts:
        """The words for whoever is talking, a stranger too."""
        try:
            return texts((await self.me()).language)
        except Refused:
            return texts(self.guess())

    def guess(self) -> str:
        """The language of a stranger: what their program is set to, else the organisation's."""
        user = self.incoming.effective_user
        wanted = ((user.language_code or "") if user else "")[:2]
        return wanted if wanted in LANGUAGES else self.fallback

    @property
    def rest(self) -> str:
        """The words after a command, line breaks kept."""
        message = self.incoming.effective_message
        words = ((message.text or "") if message else "").split(maxsplit=1)
        return words[1].strip() if len(words) > 1 else ""

    async def say(self, message: Message) -> None:
        """Answer with a new message, and remember which tasks it speaks about."""
        chat = self.incoming.effective_chat
        if chat is None:
            return
        markup = message.keyboard.markup() if message.keyboard else (ForceReply() if message.ask else None)
        try:
            sent = await self.bot.send_message(chat.id, message.text, parse_mode=ParseMode.HTML, reply_markup=markup)
        except BadRequest as error:
            if outcome(error).reason != "parse_entities":
                raise
            log.warning("an answer was refused (parse_entities); sending it without formatting")
            sent = await self.bot.send_message(chat.id, without_tags(message.text), reply_markup=markup)
        await self._mention(sent, message)

    async def illustrate(self, message: Message) -> None:
        """Answer with the message's picture. Raises Refused when it cannot be drawn."""
        chat = self.incoming.effective_chat
        photo = await self.draw(message.svg)
        if photo is None:
            raise Refused("picture.not_drawn")
        if chat is not None:
            await self.bot.send_photo(chat.id, photo, caption=message.text, parse_mode=ParseMode.HTML)

    async def hand_over(self, message: Message) -> None:
        """Answer with the message's workbook. Raises Refused when it cannot be made."""
        chat, book = self.incoming.effective_chat, message.book
        data = await self.bind(book) if book is not None else None
        if book is None or data is None:
            raise Refused("sheet.not_made")
        if chat is not None:
            await self.bot.send_document(
                chat.id, data, caption=message.text, filename=book.file, parse_mode=ParseMode.HTML
            )

    async def show(self, message: Message) -> None:
        """Put the message in place of the one whose button was pressed; a new one when that is gone."""
        query = self.incoming.callback_query
        if query is None or query.message is None or not query.message.is_accessible:
            await self.say(message)
            return
        try:
            markup = message.keyboard.markup() if message.keyboard else None
            sent = await query.edit_message_text(message.text, parse_mode=ParseMode.HTML, reply_markup=markup)
        except BadRequest as error:
            if "not modified" in str(error).lower():
                return
            log.info("could not edit, sending anew: %s", error)
            await self.say(message)
            return
        if isinstance(sent, Sent):
            await self._mention(sent, message)

    async def toast(self, text: str = "", *, alert: bool = False) -> None:
        """Answer a press. One that is too old to be answered is normal and undoes nothing."""
        query = self.incoming.callback_query
        if query is None:
            return
        try:
            await query.answer(text[:200], show_alert=alert)
        except TelegramError as error:
            log.info("a press could not be answered: %s", error)

    async def _mention(self, sent: Sent, message: Message) -> None:
        if message.tasks:
            await self.desk.mention(sent.chat_id, sent.message_id, message.tasks)

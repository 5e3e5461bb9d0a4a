"""What people hear when something cannot be done, and when something breaks."""

from __future__ import annotations

import logging

from telegram import Chat, Update
from telegram.error import TelegramError

from handlers.context import INTERRUPTED, Talk
from handlers.ports import AlreadyDone, Interrupted, Refused
from handlers.views import screens
from handlers.views.message import Message
from handlers.views.texts import Texts, texts

log = logging.getLogger(__name__)


async def handle(update: object, talk: Talk) -> None:
    """PTB's hook for every exception of a handler."""
    error = talk.error
    if not isinstance(update, Update) or isinstance(error, AlreadyDone):
        return
    if isinstance(error, Interrupted):
        talk.application.bot_data[INTERRUPTED].add(update.update_id)
        return
    try:
        if isinstance(error, Refused):
            await _refuse(talk, error)
        elif isinstance(error, TelegramError):
            # The effect, if there was one, is committed; only the answer did not arrive.
            log.warning("update %d could not be answered: %s", update.update_id, error)
        else:
            await _apologise(update, talk, error)
    except TelegramError as again:
        log.warning("update %d could not be answered: %s", update.update_id, again)


async def _refuse(talk: Talk, refused: Refused) -> None:
    if refused.reason == "stranger":
        await _stranger(talk)
        return
    chat = talk.incoming.effective_chat
    t = await talk.words() if chat is not None and chat.type == Chat.PRIVATE else texts(talk.guess())
    await _tell(talk, t, refused)


async def _tell(talk: Talk, t: Texts, refused: Refused) -> None:
    if talk.incoming.callback_query is not None:
        await talk.toast(screens.refusal(refused, t).striptags(), alert=True)
    else:
        await talk.say(Message(screens.refusal(refused, t)))


async def _stranger(talk: Talk) -> None:
    """One short answer an hour, in private only; silence otherwise."""
    chat = talk.incoming.effective_chat
    if talk.incoming.callback_query is not None:
        await talk.toast()
    if chat is None or chat.type != Chat.PRIVATE:
        return
    if await talk.desk.greet_stranger():
        await talk.say(Message(texts(talk.guess())("stranger")))


async def _apologise(update: Update, talk: Talk, error: Exception | None) -> None:
    reference = f"D{update.update_id}"
    log.error("update failed, reference %s", reference, exc_info=error)
    t = texts(talk.guess())
    if update.callback_query is not None:
        await talk.toast(t.plain("error.toast", reference=reference), alert=True)
    elif update.effective_chat is not None and update.effective_chat.type == Chat.PRIVATE:
        await talk.say(Message(t("error.apology", reference=reference)))

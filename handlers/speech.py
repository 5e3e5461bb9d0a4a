"""Words that are no command: an answer to a card, a step of a dialogue, or something to be explained."""

from __future__ import annotations

from telegram import Update

from handlers import assign, away, corrections, evidence, files, leavers, progress, recurring, requests
from handlers.context import Talk
from handlers.ports import HELD, Refused
from storage.records import Card, Draft


async def words(update: Update, talk: Talk) -> None:
    """Any text in private."""
    message = update.effective_message
    if message is None or message.text is None:
        raise Refused("say.kind")
    found: tuple[Card, ...] = ()
    if message.reply_to_message is not None:
        found = await talk.desk.mentioned(message.chat_id, message.reply_to_message.message_id)
    draft = await talk.desk.draft()
    if await evidence.takes_links(talk, draft, found, message.text):
        return
    if found:
        await progress.reply(talk, found, message.text)
        return
    await _continue(talk, draft, message.text)


async def _continue(talk: Talk, draft: Draft | None, text: str) -> None:
    if draft is not None and draft.kind == assign.KIND:
        await assign.words(talk, draft, text)
    elif draft is not None and draft.kind == recurring.KIND:
        await recurring.words(talk, draft, text)
    elif draft is not None and draft.kind in (requests.FORM, requests.ANSWER):
        await requests.words(talk, draft, text)
    elif draft is not None and draft.kind == away.KIND:
        await away.words(talk, draft, text)
    elif draft is not None and draft.kind == leavers.KIND:
        await leavers.words(talk, draft, text)
    elif draft is not None and draft.kind == corrections.KIND:
        await corrections.words(talk, draft, text)
    elif draft is not None and draft.kind == progress.REASON:
        await progress.reason(talk, draft, text)
    elif draft is not None and draft.kind == HELD:
        await files.words(talk, draft, text)
    else:
        await progress.plain_words(talk, text)


async def not_words(_: Update, __: Talk) -> None:
    """A sticker, a voice message, an animation."""
    raise Refused("say.kind")


async def unknown_command(_: Update, __: Talk) -> None:
    """A command that is none of ours."""
    raise Refused("say.command")

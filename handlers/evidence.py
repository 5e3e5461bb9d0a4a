"""Evidence by button, command and link: what a task has, how to add to it, sending it again to whoever may see it."""

from __future__ import annotations

import logging
from datetime import timedelta

from telegram import Update
from telegram.error import TelegramError

from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import AWAITED, Piece, Refused
from handlers.progress import CODE
from handlers.views import cards, lists, pieces
from handlers.views import evidence as views
from storage.records import Action, Card, Draft, Evidence, EvidenceKind, links

log = logging.getLogger(__name__)

# Later a file or link may well be about something else: then it is asked which task it belongs to.
FRESH = timedelta(hours=1)


async def awaited(talk: Talk, draft: Draft | None) -> Card | None:
    """The task that waits for the next file or link of this person, as long as it can take one."""
    if draft is None or draft.kind != AWAITED or talk.desk.now - draft.updated_at > FRESH:
        return None
    try:
        card = await talk.desk.card(draft.data["task"])
    except Refused:  # handed over meanwhile
        return None
    return card if Action.ATTACH in card.actions else None


def must_take(card: Card) -> None:
    """Say why not, before anything is fetched or asked."""
    if Action.ATTACH not in card.actions:
        raise Refused(f"not_now.{card.task.state}" if card.acts else "forbidden.attach", code=card.task.code)


async def by_command(_: Update, talk: Talk) -> None:
    """/evidence CODE: what there is, and how to add; with a link: one more piece"""
    code, rest = [*talk.rest.split(maxsplit=1), "", ""][:2]
    if not CODE.fullmatch(code):
        page = await talk.desk.my_tasks()
        message = lists.choose_message(page, await talk.reader(), "attach", "act", Action.ATTACH.value)
        await talk.say(message)
        return
    card = await talk.desk.card_by_code(code)
    if rest:
        await _keep_links(talk, card.task.id, rest)
    elif Action.ATTACH in card.actions:
        await _ask(talk, card)
    else:
        await _send_all(talk, card, 0)


async def begin(talk: Talk, task_id: int) -> None:
    """📎 on a card"""
    card = await talk.desk.card(task_id)
    must_take(card)
    await _ask(talk, card)
    await talk.toast()


async def _ask(talk: Talk, card: Card) -> None:
    await talk.desk.keep_draft(AWAITED, {"task": card.task.id})
    await talk.say(views.ask_message(card, await talk.reader()))


async def takes_links(talk: Talk, draft: Draft | None, found: tuple[Card, ...], text: str) -> bool:
    """Whether these words are a link that was asked for, or one for a task that takes no report any more.

    `found`: the tasks of the message that they answer.
    """
    if not links(text):
        return False
    waiting = await awaited(talk, draft)
    own = [card for card in found if card.acts]
    if waiting is not None and (not found or waiting.task.id in [card.task.id for card in own]):
        await _keep_links(talk, waiting.task.id, text)
        return True
    if len(own) == 1 and Action.ATTACH in own[0].actions and Action.REPORT not in own[0].actions:
        await _keep_links(talk, own[0].task.id, text)
        return True
    return False


async def _keep_links(talk: Talk, task_id: int, text: str) -> None:
    found = links(text)
    if not found:
        raise Refused("evidence.no_link")
    note = "" if text.strip() in found else text.strip()
    card = await talk.desk.attach(task_id, [Piece(EvidenceKind.LINK, url=url) for url in found], note=note)
    reader = await talk.reader()
    await talk.say(cards.card_message(card, reader, head=reader.texts("evidence.kept", code=card.task.code)))


async def send(talk: Talk, press: Press) -> None:
    """📎 N: the files, for whoever may see the task"""
    card = await talk.desk.card(press.number(0))
    start = press.number(1) if len(press.arguments) > 1 else 0
    await talk.toast()
    await _send_all(talk, card, max(0, start))


async def _send_all(talk: Talk, card: Card, start: int) -> None:
    """The list, then piece by piece; one that cannot be sent does not hold up the others."""
    reader = await talk.reader()
    await talk.say(views.list_message(card, reader, start))
    end = start + views.AT_ONCE
    failed = [one for one in card.evidence[start:end] if not await _send_one(talk, one)]
    if failed:
        await talk.say(views.failed_message([pieces.label(one, reader.texts) for one in failed], reader))
    if end < len(card.evidence):
        await talk.say(views.more_message(card, reader, end))


async def _send_one(talk: Talk, one: Evidence) -> bool:
    """By the messenger's name for the file, to the chat of whoever asked; False when it would not."""
    me = await talk.me()
    to = me.member.account or 0
    try:
        match one.kind:
            case EvidenceKind.PHOTO:
                await talk.bot.send_photo(to, one.file_id)
            case EvidenceKind.VIDEO:
                await talk.bot.send_video(to, one.file_id)
            case EvidenceKind.DOCUMENT:
                await talk.bot.send_document(to, one.file_id)
            case EvidenceKind.LINK:
                await talk.say(views.link_message(one, await talk.reader()))
    except TelegramError as error:
        log.warning("piece %d of evidence was not sent again: %s", one.id, type(error).__name__)
        return False
    return True

"""Photos, documents and videos that people send: which task they belong to, and what is kept of them.

A file is fetched once, for its hash, and its bytes are thrown away: nothing is written to disk, opened or run.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from telegram import Message as Sent
from telegram import Update
from telegram.error import TelegramError

from handlers import evidence, progress
from handlers.buttons import Press
from handlers.commands import canonical
from handlers.context import Talk
from handlers.ports import AWAITED, HELD, Page, Piece, Refused
from handlers.views import cards
from handlers.views import evidence as views
from handlers.views.texts import short
from storage.records import Action, Card, Draft, EvidenceKind

log = logging.getLogger(__name__)

LARGEST = 20 * 1024 * 1024  # bytes; Telegram gives nothing larger to a bot
LONGEST_NAME = 120
MOST_WAITING = 20
# Commands that a caption can hold, with what they do besides keeping the file.
WITH_FILE = {"done": Action.SUBMIT, "progress": Action.REPORT, "evidence": None}


@dataclass(frozen=True, slots=True)
class Order:
    """What a caption asks for: an action besides keeping the file, the task by its code, the words."""

    command: bool = False
    action: Action | None = None
    code: str = ""
    words: str = ""


def read_file(message: Sent) -> Piece | None:
    """The file in a message; None for what is no evidence: stickers, voice messages, animations."""
    album = message.media_group_id or ""
    if message.photo:
        photo = message.photo[-1]  # the largest
        return Piece(EvidenceKind.PHOTO, photo.file_id, photo.file_unique_id, "", photo.file_size or 0, album=album)
    kind, file = EvidenceKind.DOCUMENT, message.document or message.video
    if file is None or message.animation is not None:
        return None
    if message.video is not None:
        kind = EvidenceKind.VIDEO
    name = short(file.file_name or "", LONGEST_NAME)
    return Piece(kind, file.file_id, file.file_unique_id, str(name), file.file_size or 0, album=album)


def read_order(caption: str) -> Order:
    """A caption as an order. Raises Refused for a command that nothing can be sent along with."""
    words = caption.strip()
    if not words.startswith("/"):
        return Order(words=words)
    first, rest = [*words.split(maxsplit=1), ""][:2]
    name = canonical(first[1:].partition("@")[0].lower())
    if name not in WITH_FILE:
        raise Refused("evidence.command")
    code, note = [*rest.split(maxsplit=1), "", ""][:2]
    if not progress.CODE.fullmatch(code):
        return Order(True, WITH_FILE[name], words=rest)
    return Order(True, WITH_FILE[name], code, note)


async def received(_: Update, talk: Talk) -> None:
    """A file in private."""
    message = talk.incoming.effective_message
    piece = read_file(message) if message else None
    if message is None or piece is None:
        raise Refused("say.kind")
    order, draft = read_order(message.caption or ""), await talk.desk.draft()
    if not order.command and await _joins_its_album(talk, draft, piece, order):
        return
    found = await _meant(talk, message, draft, order)
    if len(found) == 1:
        evidence.must_take(found[0])
        await _keep(talk, found[0], [await _hashed(talk, piece)], order)
    else:
        await _ask_which(talk, draft, piece, order, found)


async def _joins_its_album(talk: Talk, draft: Draft | None, piece: Piece, order: Order) -> bool:
    """Each file of an album comes by itself, only the first with the words: the others follow it, silently."""
    if not piece.album:
        return False
    task_id = await talk.desk.task_of_album(piece.album)
    if task_id is not None:
        await talk.desk.attach(task_id, [await _hashed(talk, piece)], note=order.words)
        return True
    if draft is None or draft.kind != HELD or piece.album not in [one["album"] for one in draft.data["files"]]:
        return False
    await _hold(talk, draft, piece, order)
    return True


async def _meant(talk: Talk, message: Sent, draft: Draft | None, order: Order) -> list[Card]:
    """The own tasks that a file can be for by its caption, by what it answers, or because one waits for it."""
    if order.code:
        return [await talk.desk.card_by_code(order.code)]
    if message.reply_to_message is not None:
        found = await talk.desk.mentioned(message.chat_id, message.reply_to_message.message_id)
        own = [card for card in found if card.acts]
        if found and not own:
            raise Refused("forbidden.attach", code=found[0].task.code)
        if own:
            return own
    waiting = await evidence.awaited(talk, draft)
    return [waiting] if waiting is not None else []


async def _ask_which(talk: Talk, draft: Draft | None, piece: Piece, order: Order, found: Sequence[Card]) -> None:
    """Hold the file and ask which task it belongs to; nothing is stored before a button is pressed."""
    if draft is not None and draft.kind not in (HELD, AWAITED, "note"):
        raise Refused("evidence.dialogue")
    page = Page(tuple(found[: progress.MOST_CHOICES]), 0, len(found)) if found else await talk.desk.my_tasks()
    if not page.total:
        raise Refused("evidence.no_task")
    held = await _hold(talk, draft, piece, order)
    await talk.say(views.choose_message(page, await talk.reader(), len(held.data["files"])))


async def _hold(talk: Talk, draft: Draft | None, piece: Piece, order: Order) -> Draft:
    """Put the file to what waits already: files that were sent before, or words."""
    data: dict[str, Any] = {"files": [], "words": "", "command": False, "action": None}
    if draft is not None and draft.kind == HELD:
        data = dict(draft.data)
    elif draft is not None and draft.kind == "note":
        data["words"] = draft.data["text"]
    if len(data["files"]) >= MOST_WAITING:
        raise Refused("evidence.waiting", limit=MOST_WAITING)
    data["files"] = [*data["files"], asdict(await _hashed(talk, piece))]
    data["words"] = "\n".join(part for part in (data["words"], order.words) if part)
    if order.command:
        data |= {"command": True, "action": order.action.value if order.action else None}
    return await talk.desk.keep_draft(HELD, data)


async def words(talk: Talk, draft: Draft, text: str) -> None:
    """Words while files wait for their task: they belong to the files."""
    page = await talk.desk.my_tasks()
    joined = "\n".join(part for part in (draft.data["words"], text) if part)
    held = await talk.desk.keep_draft(HELD, {**draft.data, "words": joined})
    await talk.say(views.choose_message(page, await talk.reader(), len(held.data["files"])))


async def choose(talk: Talk, press: Press) -> None:
    """The task that files were for."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != HELD:
        raise Refused("dialogue.old")
    card = await talk.desk.card(press.number(0))
    evidence.must_take(card)
    data = draft.data
    held = [Piece(**{**one, "kind": EvidenceKind(one["kind"])}) for one in data["files"]]
    order = Order(data["command"], Action(data["action"]) if data["action"] else None, words=data["words"])
    action, percent, note = _deed(card, order)
    after = await talk.desk.attach(card.task.id, held, action=action, percent=percent, note=note, ends=HELD)
    await talk.toast((await talk.words()).plain("evidence.kept", code=card.task.code))
    await talk.show(cards.card_message(after, await talk.reader()))


async def _keep(talk: Talk, card: Card, held: list[Piece], order: Order) -> None:
    action, percent, note = _deed(card, order)
    after = await talk.desk.attach(card.task.id, held, action=action, percent=percent, note=note)
    reader = await talk.reader()
    message = cards.card_message(after, reader, head=reader.texts("evidence.kept", code=after.task.code))
    await talk.say(views.album_message(message, reader) if held[0].album else message)


def _deed(card: Card, order: Order) -> tuple[Action | None, int | None, str]:
    """What the words do besides standing with the file: without a command they are a report, where one fits."""
    if order.action is Action.REPORT:
        percent, note = progress.typed_report(order.words)
    elif not order.command and Action.REPORT in card.actions:
        percent, note = progress.read_report(order.words)
    else:
        return order.action, None, order.words
    return (Action.REPORT if percent is not None or note else None), percent, note


async def _hashed(talk: Talk, piece: Piece) -> Piece:
    """The file with its hash. One that cannot be fetched is kept without: losing it would be worse."""
    if piece.size > LARGEST:
        return piece
    try:
        file = await talk.bot.get_file(piece.file_id)
        data = await file.download_as_bytearray()
    except TelegramError as error:
        log.warning("a file was not fetched and is kept without a hash: %s", type(error).__name__)
        return piece
    digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
    return replace(piece, sha256=digest, size=len(data))

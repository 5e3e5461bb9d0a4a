"""Evidence as its readers see it: the list, the question for more, which task a file belongs to."""

from __future__ import annotations

from markupsafe import Markup

from handlers.buttons import button, keyboard
from handlers.ports import Page
from handlers.views import dates, lists, pieces
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import short
from storage.records import Card, Evidence, EvidenceKind

AT_ONCE = 10  # pieces in one list, and files sent at once


def list_text(card: Card, reader: Reader, start: int = 0) -> Markup:
    """The pieces from the one with the index `start` on: what, when, by whom, how large, which hash."""
    t = reader.texts
    if not card.evidence:
        return t("evidence.nothing", code=card.task.code)
    shown = card.evidence[start : start + AT_ONCE]
    rows = [_row(number, one, reader) for number, one in enumerate(shown, start + 1)]
    head = t("evidence.title", code=card.task.code, n=len(card.evidence))
    return fit(head, rows, lambda n: t("summary.more", n=n))


def _row(number: int, one: Evidence, reader: Reader) -> Markup:
    t = reader.texts
    moment = dates.moment(one.at, reader.zone, reader.language)
    name = pieces.label(one, t)
    if one.kind is EvidenceKind.LINK:
        what = t("evidence.link", number=number, url=name)
    elif pieces.unhashed(one):
        what = t("evidence.unhashed", number=number, name=name, size=pieces.size(one.size, t))
    else:
        what = t("evidence.file", number=number, name=name, size=pieces.size(one.size, t), hash=one.sha256[:12])
    told = t("evidence.by", moment=moment, name=short(one.author, 60))
    return lines([what, told, t("evidence.note", text=short(one.note, 80)) if one.note else NOTHING])


def list_message(card: Card, reader: Reader, start: int = 0) -> Message:
    """The list, before its files are sent."""
    return Message(list_text(card, reader, start))


def more_message(card: Card, reader: Reader, start: int) -> Message:
    """What follows after a part of the files."""
    t, left = reader.texts, len(card.evidence) - start
    return Message(
        t("evidence.more", n=left), keyboard([[button(t.plain("button.files", n=left), "files", card.task.id, start)]])
    )


def link_message(one: Evidence, reader: Reader) -> Message:
    """A link, whole."""
    return Message(reader.texts("evidence.whole_link", url=short(one.url, 1000)))


def failed_message(names: list[str], reader: Reader) -> Message:
    """Files that the messenger would not send."""
    return Message(reader.texts("evidence.failed", n=len(names), names=short(", ".join(names), 600)))


def ask_message(card: Card, reader: Reader) -> Message:
    """What is there, and how to add to it. A reply belongs to this task."""
    here = list_text(card, reader) if card.evidence else NOTHING
    return Message(paragraphs(here, reader.texts("evidence.ask", code=card.task.code)), tasks=(card.task.id,), ask=True)


def missing_message(card: Card, reader: Reader) -> Message:
    """After a submission by the button of a longer letter, which stays as it is."""
    t = reader.texts
    return Message(t("evidence.missing", code=card.task.code), tasks=(card.task.id,))


def album_message(message: Message, reader: Reader) -> Message:
    """The rest of an album is kept without an answer to each file: this is said once."""
    text = paragraphs(message.text, reader.texts("evidence.album"))
    return Message(text, message.keyboard, message.tasks)


def choose_message(page: Page, reader: Reader, number: int) -> Message:
    """Which task do these files belong to? Nothing is stored before."""
    t = reader.texts
    made = lists.choose_message(page, reader, "file", "file")
    rows = [list(row) for row in made.keyboard.inline_keyboard] if made.keyboard else []
    text = paragraphs(t("evidence.waiting", n=number), made.text)
    return Message(text, keyboard([*rows, [button(t.plain("button.cancel"), "cancel")]]))

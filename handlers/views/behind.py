"""The list behind a number of a summary: what was counted then, how it stands now."""

from __future__ import annotations

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.links import Source
from handlers.ports import Opened
from handlers.views import dates, lists
from handlers.views.message import NOTHING, Message, fit, lines
from handlers.views.reader import Reader
from handlers.views.summary import named
from handlers.views.texts import short


def behind_message(found: Opened, source: Source, reader: Reader) -> Message:
    """A page of it, with arrows; the number says what was counted, the lines say how the tasks stand now."""
    t, page = reader.texts, found.page
    head = lines(
        [
            t("behind.title", unit=short(found.unit, 80)),
            named(source.figure, found.number, t),
            t("behind.then", until=dates.moment(found.until, found.zone, reader.language)),
        ]
    )
    last = page.start + len(page.cards)
    foot = lines(
        [
            t("list.range", first=page.start + 1, last=last, total=page.total)
            if page.total > len(page.cards)
            else NOTHING,
            t("behind.hidden", n=found.hidden) if found.hidden else NOTHING,
            t("behind.none") if not found.kept else NOTHING,
        ]
    )
    rows = [lists.line(card, reader, owner=not card.own) for card in page.cards]
    text = fit(head + Markup("\n"), rows, lambda n: t("summary.more", n=n), Markup("\n") + foot if foot else NOTHING)
    opens = [button(t.plain("button.open", code=card.task.code), "card", card.task.id) for card in page.cards]
    return Message(
        text, keyboard([*(opens[i : i + 3] for i in range(0, len(opens), 3)), _arrows(found, source, reader)])
    )


def _arrows(found: Opened, source: Source, reader: Reader) -> Row:
    t, page = reader.texts, found.page
    about = (source.digest_id, source.unit_id, source.figure)
    arrows: Row = []
    if page.start > 0:
        arrows.append(button(t.plain("button.previous"), "behind", *about, max(0, page.start - page.size)))
    if page.start + len(page.cards) < page.total:
        arrows.append(button(t.plain("button.next"), "behind", *about, page.start + len(page.cards)))
    return arrows

"""What a view makes: a text with a keyboard, and the tasks it speaks about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from handlers.buttons import Keyboard
from handlers.views.book import Book
from handlers.views.texts import joined, width

NOTHING = Markup()
COUNTING = 40  # for the counting line alone: all that a section in the middle of a message needs
RESERVE = 320  # for the counting line, the breaks, and the lines that mark a repetition and a delay
LIMIT = 4096  # UTF-16 code units after the tags are taken away: Telegram's limit


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to send. `tasks`: a reply to it is a note on one of these. `ask`: it waits for words.

    `svg`: a picture to be drawn, `book`: a workbook to be written; the text is its caption. `otherwise`: the text that
    goes alone when that cannot be made; without one nothing goes.
    """

    text: Markup
    keyboard: Keyboard | None = None
    tasks: tuple[int, ...] = ()
    ask: bool = False
    svg: str = ""
    book: Book | None = None
    otherwise: Markup = NOTHING


def paragraphs(*parts: Markup) -> Markup:
    """The parts that hold anything, one below the other with an empty line between."""
    return joined("\n\n", filter(None, parts))


def lines(parts: Iterable[Markup]) -> Markup:
    """The parts that hold anything, one below the other."""
    return joined("\n", filter(None, parts))


def fit(
    head: Markup, rows: list[Markup], more: Callable[[int], Markup], foot: Markup = NOTHING, limit: int | None = None
) -> Markup:
    """Head, as many whole rows as fit, a line that counts the rest, and foot: never a cut line or tag.

    `limit`: of a section in the middle of a message; None for what is a message with it.
    """
    room = (LIMIT - RESERVE if limit is None else limit - COUNTING) - width(head) - width(foot)
    kept: list[Markup] = []
    for row in rows:
        room -= width(row) + 1
        if room < 0:
            break
        kept.append(row)
    if len(kept) < len(rows):
        kept.append(more(len(rows) - len(kept)))
    return lines([head, *kept, foot])

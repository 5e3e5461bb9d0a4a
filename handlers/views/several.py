"""What was typed and fits several things: the person chooses, with nothing left to guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from handlers.buttons import button, keyboard, stamp
from handlers.ports import Deadline
from handlers.views import dates
from handlers.views.message import Message, lines, paragraphs
from handlers.views.reader import Reader
from storage.records import Person


@dataclass(frozen=True, slots=True)
class Choice:
    """The words that fit several people, or a deadline that can mean two moments."""

    text: str
    people: tuple[Person, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


def ask_which_deadline(text: str, found: Sequence[Deadline], reader: Reader, *payload: str) -> Message:
    """Both moments in full, each with its button; `payload` is the beginning of what the buttons carry."""
    t, verb = reader.texts, payload[0]
    moments = [Markup("• ") + dates.full(one.at, one.zone, reader.language) for one in found]
    rows = [
        [button(dates.zoned(one.at, one.zone, reader.language), verb, *payload[1:], stamp(one.at))] for one in found
    ]
    head = t("refused.deadline.ambiguous", text=text)
    cancel = [button(t.plain("button.cancel"), "cancel")]
    return Message(paragraphs(head, lines(moments)), keyboard([*rows, cancel]), ask=True)

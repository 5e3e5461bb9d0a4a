"""The mark of a post that is sent again, and the answer to whoever asked for it."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from handlers.ports import ChatPlan
from handlers.views import dates
from handlers.views.message import NOTHING, Message
from handlers.views.reader import Reader


def mark(again: datetime | None, zone: str, reader: Reader) -> Markup:
    """What stands before everything else; nothing before what is sent for the first time."""
    if again is None:
        return NOTHING
    return reader.texts("summary.again", at=dates.moment(again, zone, reader.language))


def sent_again_message(plan: ChatPlan, reader: Reader) -> Message:
    """It is on its way."""
    return Message(reader.texts("again.done", title=plan.chat.title))

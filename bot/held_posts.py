"""What the operator's check says about posts that are held back."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.actions.holding import SUMS
from handlers.views.posts import sums
from handlers.views.texts import Texts
from storage import chats, holds


def held(connection: Connection, t: Texts) -> list[tuple[bool, str]]:
    """Every post that is held back, as a line of the operator's check."""
    titles = {chat.id: chat.title for chat in chats.open_ones(connection)}
    found = []
    for hold in holds.lasting(connection):
        if hold.reason == SUMS and hold.chat_id in titles:
            classes, total = tuple(hold.details["classes"]), hold.details["total"]
            values = {"title": titles[hold.chat_id], "place": hold.details["unit"], "total": total}
            found.append((False, t.plain("cli.check.sums", sums=sums(classes), **values)))
        elif hold.chat_id in titles and hold.answer != "post":
            why = t.plain(f"hold.why.{hold.reason}", subject=hold.subject)
            found.append((False, t.plain("cli.check.held", title=titles[hold.chat_id], why=why)))
    return found

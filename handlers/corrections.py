"""Correcting a post: what would change, a reason, and the same message is edited.

/summary correct, or the button under the preview.
"""

from __future__ import annotations

from handlers.buttons import Press
from handlers.context import Talk
from handlers.views import corrections as views
from handlers.views import posts
from handlers.views.message import Message
from storage.records import Draft

KIND = "correction"


async def begin(talk: Talk) -> None:
    """/summary correct: the chat whose last post is meant, if there are several."""
    found = await talk.desk.my_posts()
    if len(found) == 1:
        await talk.say(await _show(talk, found[0].chat.id))
    else:
        await talk.say(posts.plans_message(found, await talk.reader(), verb="fix"))


async def press(talk: Talk, pressed: Press) -> None:
    """One of several chats, or the button under the preview."""
    if pressed.arguments:
        message = await _show(talk, pressed.number(0))
        await talk.toast()
        await talk.show(message)
    else:
        await talk.toast()
        await begin(talk)


async def _show(talk: Talk, chat_id: int) -> Message:
    """Before and after; a reason is asked for only when something would change."""
    found, reader = await talk.desk.correcting(chat_id), await talk.reader()
    if found.changed:
        await talk.desk.keep_draft(KIND, {"chat": chat_id, "digest": found.digest_id})
    return views.correcting_message(found, reader)


async def words(talk: Talk, draft: Draft, text: str) -> None:
    """The reason."""
    done = await talk.desk.correct(draft.data["chat"], draft.data["digest"], text)
    await talk.say(views.corrected_message(done, await talk.reader()))

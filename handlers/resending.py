"""Sending the last post of a chat again: /summary again."""

from __future__ import annotations

from handlers.buttons import Press
from handlers.context import Talk
from handlers.views import again, posts


async def begin(talk: Talk) -> None:
    """/summary again: at once, or first the chat whose last post is meant, if there are several."""
    found = await talk.desk.my_standing_posts()
    if len(found) == 1:
        await talk.say(again.sent_again_message(await talk.desk.send_again(found[0].chat.id), await talk.reader()))
    else:
        await talk.say(posts.plans_message(found, await talk.reader(), verb="again"))


async def press(talk: Talk, pressed: Press) -> None:
    """One of several chats."""
    done = await talk.desk.send_again(pressed.number(0))
    await talk.toast()
    await talk.show(again.sent_again_message(done, await talk.reader()))

"""What happened to a task: by command, and by the button on its card."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.views import history as views
from handlers.views import lists


async def history(_: Update, talk: Talk) -> None:
    """/history CODE; without a code, the own tasks are offered as buttons"""
    if not talk.rest:
        page = await talk.desk.my_tasks()
        await talk.say(lists.choose_message(page, await talk.reader(), "history", "hist"))
        return
    card = await talk.desk.card_by_code(talk.rest.split()[0])
    await talk.say(views.history_message(await talk.desk.history(card.task.id), await talk.reader()))


async def open_history(talk: Talk, press: Press) -> None:
    """📜, or another page of it, in place of the message."""
    start = press.number(1) if len(press.arguments) > 1 else 0
    story = await talk.desk.history(press.number(0), start)
    await talk.toast()
    await talk.show(views.history_message(story, await talk.reader()))

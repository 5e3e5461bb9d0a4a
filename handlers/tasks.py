"""Lists and cards."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import Page, Refused
from handlers.views import cards, lists


async def my_tasks(_: Update, talk: Talk) -> None:
    """/tasks"""
    page = await talk.desk.my_tasks()
    await talk.say(lists.list_message(page, await talk.reader(), "tasks"))


async def task(update: Update, talk: Talk) -> None:
    """/task CODE"""
    if not talk.rest:
        await my_tasks(update, talk)
        return
    card = await talk.desk.card_by_code(talk.rest.split()[0])
    await talk.say(cards.card_message(card, await talk.reader()))


async def mute(_: Update, __: Talk) -> None:
    """/mute does not exist, and says so instead of being an unknown command."""
    raise Refused("not_muted")


async def late(_: Update, talk: Talk) -> None:
    """/late"""
    await talk.say(lists.list_message(await talk.desk.late(), await talk.reader(), "late"))


async def open_list(talk: Talk, press: Press) -> None:
    """A list, or another page of it."""
    kind, start = press.text(0), press.number(1)
    found = await _page(talk, kind, start)
    await talk.toast()
    await talk.show(lists.list_message(found, await talk.reader(), kind))


async def _page(talk: Talk, kind: str, start: int) -> Page:
    match kind:
        case "tasks":
            return await talk.desk.my_tasks(start)
        case "late":
            return await talk.desk.late(start)
        case "waiting":
            return await talk.desk.waiting(start)
        case _:
            raise ValueError(f"no list {kind}")


async def show_card(talk: Talk, press: Press) -> None:
    """📋 in place of the message."""
    card = await talk.desk.card(press.number(0))
    await talk.toast()
    await talk.show(cards.card_message(card, await talk.reader()))


async def more(talk: Talk, press: Press) -> None:
    """⋯ what is seldom needed."""
    card = await talk.desk.card(press.number(0))
    await talk.toast()
    await talk.show(cards.card_message(card, await talk.reader(), whole=True))


async def new_card(talk: Talk, press: Press) -> None:
    """📋 below a letter about several tasks, which stays as it is."""
    card = await talk.desk.card(press.number(0))
    await talk.toast()
    await talk.say(cards.card_message(card, await talk.reader()))

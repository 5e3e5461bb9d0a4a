"""When the owner of a task is reminded, and whether it is urgent."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import Refused
from handlers.views import cards
from handlers.views import ladder as views
from storage.records import Action, Card, fold

# What is typed for the ladder of the unit, in each language.
USUAL = ("default", "usual", "mac dinh", "domyslnie")
PRESETS = {"usual": None, "closer": "5,3,2,1 4h 1x5", "gentle": "1 2h 2x3"}


async def by_command(_: Update, talk: Talk) -> None:
    """/ladder CODE, /ladder CODE 5,3,1 2h 2x3, or /ladder CODE default"""
    card, words = await _meant(talk)
    if words:
        wanted = None if fold(words) in USUAL else words
        found = await talk.desk.set_ladder(card.task.id, wanted)
    else:
        found = await talk.desk.ladder(card.task.id)
    await talk.say(views.ladder_message(found, await talk.reader()))


async def _meant(talk: Talk) -> tuple[Card, str]:
    """The task whose code was typed, and what comes after it."""
    code, _, words = talk.rest.partition(" ")
    if not code:
        raise Refused("task.code")
    return await talk.desk.card_by_code(code), words.strip()


async def open_ladder(talk: Talk, press: Press) -> None:
    """⏰ in place of the card, for those who may change it; everybody else types /ladder."""
    await talk.desk.may_act(Action.LADDER, press.number(1))
    found = await talk.desk.ladder(press.number(1))
    await talk.toast()
    await talk.show(views.ladder_message(found, await talk.reader()))


async def preset(talk: Talk, press: Press) -> None:
    """One of the offered ladders."""
    found = await talk.desk.set_ladder(press.number(0), PRESETS[press.text(1)])
    words = await talk.words()
    await talk.toast(words.plain("done.ladder", code=found.card.task.code))
    await talk.show(views.ladder_message(found, await talk.reader()))


async def urgent_by_command(_: Update, talk: Talk) -> None:
    """/urgent CODE: urgent, or no more."""
    card, _words = await _meant(talk)
    after = await talk.desk.set_urgent(card.task.id)
    reader = await talk.reader()
    done = reader.texts("done.urgent" if after.task.urgent else "done.not_urgent", code=after.task.code)
    await talk.say(cards.card_message(after, reader, head=done))


async def urgent(talk: Talk, press: Press) -> None:
    """🔥 says which of the two is wanted, so that a second tap changes nothing."""
    wanted = press.number(2) == 1 if len(press.arguments) > 2 else None
    card = await talk.desk.set_urgent(press.number(1), urgent=wanted)
    words = await talk.words()
    await talk.toast(words.plain("done.urgent" if card.task.urgent else "done.not_urgent", code=card.task.code))
    await talk.show(cards.card_message(card, await talk.reader()))

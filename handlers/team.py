"""For heads and leaders: the unit, and the summary as it stands."""

from __future__ import annotations

from telegram import Update

from handlers import chats, corrections, links, resending
from handlers.buttons import Press
from handlers.context import Talk
from handlers.views import behind, picture, screens, summary
from storage.records import fold

# What may follow /summary, as it stands without accents.
SETTINGS = ("settings", "cai dat", "caidat", "ustawienia")
CORRECT = ("correct", "dinh chinh", "dinhchinh", "popraw")
AGAIN = ("again", "dang lai", "danglai", "ponownie")


async def team(_: Update, talk: Talk) -> None:
    """/team"""
    await talk.say(screens.team_message(await talk.desk.team(), await talk.reader()))


async def open_team(talk: Talk, press: Press) -> None:
    """Another unit."""
    found = await talk.desk.team(press.number(0))
    await talk.toast()
    await talk.show(screens.team_message(found, await talk.reader()))


async def preview(_: Update, talk: Talk) -> None:
    """/summary: the weekly summary so far; settings: when and where it is posted; correct, again: the last post."""
    if fold(talk.rest) in SETTINGS:
        await chats.settings(talk)
        return
    if fold(talk.rest) in CORRECT:
        await corrections.begin(talk)
        return
    if fold(talk.rest) in AGAIN:
        await resending.begin(talk)
        return
    figures = await talk.desk.figures()
    reader = await talk.reader()
    message = summary.summary_message(figures, reader, names=True, preview=True)
    deeds = (await talk.me()).deeds
    await talk.say(picture.with_button(message, reader, settings="link" in deeds))


async def chart(_: Update, talk: Talk) -> None:
    """/chart: the weekly summary so far, as a picture"""
    await _chart(talk)


async def open_chart(talk: Talk, _: Press) -> None:
    """📊"""
    await talk.toast()
    await _chart(talk)


async def _chart(talk: Talk) -> None:
    found = await talk.desk.outlook()
    await talk.illustrate(picture.picture_message(found.figures, found.weeks, await talk.reader(), preview=True))


async def open_behind(talk: Talk, source: links.Source) -> None:
    """The link of a number in a summary."""
    found = await talk.desk.behind(source.digest_id, source.unit_id, source.figure)
    await talk.say(behind.behind_message(found, source, await talk.reader()))


async def page_behind(talk: Talk, press: Press) -> None:
    """◀ ▶ below such a list."""
    source = links.Source(press.number(0), press.number(1), press.text(2))
    found = await talk.desk.behind(source.digest_id, source.unit_id, source.figure, press.number(3))
    await talk.toast()
    await talk.show(behind.behind_message(found, source, await talk.reader()))

"""For heads and leaders: the unit, and the summary as it stands."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.views import picture, screens, summary


async def team(_: Update, talk: Talk) -> None:
    """/team"""
    await talk.say(screens.team_message(await talk.desk.team(), await talk.reader()))


async def open_team(talk: Talk, press: Press) -> None:
    """Another unit."""
    found = await talk.desk.team(press.number(0))
    await talk.toast()
    await talk.show(screens.team_message(found, await talk.reader()))


async def preview(_: Update, talk: Talk) -> None:
    """/summary: the weekly summary so far."""
    figures = await talk.desk.figures()
    reader = await talk.reader()
    message = summary.summary_message(figures, reader, names=True, preview=True)
    await talk.say(picture.with_button(message, reader))


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

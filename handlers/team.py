"""For heads and leaders: the unit, and the summary as it stands."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.views import screens, summary


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
    await talk.say(summary.summary_message(figures, await talk.reader(), names=True, preview=True))

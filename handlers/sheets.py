"""Files to carry elsewhere: the summary's spreadsheet; and results in yearly indices."""

from __future__ import annotations

from telegram import Update

from handlers.context import Talk
from handlers.views import indices
from handlers.views.spreadsheet import spreadsheet_message


async def export(_: Update, talk: Talk) -> None:
    """/export, /export UNIT: the summary so far as a file."""
    figures, listing = await talk.desk.listing(talk.rest)
    await talk.hand_over(spreadsheet_message(figures, listing, await talk.reader(), names=True))


async def index(_: Update, talk: Talk) -> None:
    """/index"""
    await talk.say(indices.index_message(await talk.desk.indices(), await talk.reader()))

"""Files to carry elsewhere: own sheets and those of a unit, the summary's spreadsheet, results in yearly indices."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import Refused
from handlers.views import indices
from handlers.views import sheet as views
from handlers.views.spreadsheet import spreadsheet_message
from storage.sheets import OwnSheet, Span, UnitSheet

UNIT_WORDS = ("unit", "don vi", "komorka", "wydzial")  # as they stand without accents


async def by_command(_: Update, talk: Talk) -> None:
    """/mysheet, /mysheet PERIOD, /mysheet NAME PERIOD, /mysheet unit [UNIT] PERIOD"""
    span, rest = await talk.desk.read_span(talk.rest)
    unit = next((word for word in UNIT_WORDS if rest == word or rest.startswith(f"{word} ")), None)
    if unit is not None:
        await _say(talk, await talk.desk.unit_sheet(span, unit=rest.removeprefix(unit).strip()))
        return
    if not rest:
        await _say(talk, await talk.desk.own_sheet(span))
        return
    found = await talk.desk.find_subjects(rest)
    if not found:
        raise Refused("sheet.unknown", text=rest)
    if len(found) > 1:
        await talk.say(views.which_message(found, span, await talk.reader()))
        return
    await _say(talk, await talk.desk.own_sheet(span, found[0].member.id))


async def turn(talk: Talk, press: Press) -> None:
    """Another period."""
    found = await _asked(talk, press)
    await talk.toast()
    await talk.show(views.sheet_message(found, await talk.reader()))


async def as_file(talk: Talk, press: Press) -> None:
    """📄"""
    found = await _asked(talk, press)
    await talk.toast()
    await talk.hand_over(views.file_message(found, await talk.reader()))


async def export(_: Update, talk: Talk) -> None:
    """/export, /export UNIT: the summary so far as a file."""
    figures, listing = await talk.desk.listing(talk.rest)
    await talk.hand_over(spreadsheet_message(figures, listing, await talk.reader(), names=True))


async def index(_: Update, talk: Talk) -> None:
    """/index"""
    await talk.say(indices.index_message(await talk.desk.indices(), await talk.reader()))


async def _say(talk: Talk, found: OwnSheet | UnitSheet) -> None:
    await talk.say(views.sheet_message(found, await talk.reader()))


async def _asked(talk: Talk, press: Press) -> OwnSheet | UnitSheet:
    """The sheet behind a button. Whether the presser may see it is asked again by the desk."""
    span, whom = Span(press.text(0), press.number(1), press.number(2)), press.number(4)
    if press.text(3) == views.UNIT:
        return await talk.desk.unit_sheet(span, whom)
    return await talk.desk.own_sheet(span, whom)

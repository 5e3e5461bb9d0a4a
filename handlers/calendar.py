"""The working calendar: everybody looks ahead, administrators decide about single days."""

from __future__ import annotations

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import Refused
from handlers.views import calendar as views
from storage.records import fold

# What is typed before a date, in each language; the value: whether people are to work (None: as before).
VERBS = {
    **dict.fromkeys(("off", "nghi", "wolne"), False),
    **dict.fromkeys(("work", "lamviec", "robocze"), True),
    **dict.fromkeys(("remove", "xoa", "usun"), None),
}


async def calendar(_: Update, talk: Talk) -> None:
    """/calendar, /calendar COUNTRY, or /calendar [COUNTRY] off|work|remove DATE note; source"""
    words = talk.rest.split()
    country = words.pop(0) if words and fold(words[0]) not in VERBS else None
    if not words:
        await talk.say(views.calendar_message(await talk.desk.calendar(country), await talk.reader()))
        return
    verb, day, *rest = [*words, ""]
    if fold(verb) not in VERBS or not day:
        raise Refused("calendar.usage")
    note, source = [*" ".join(rest).split(";", 1), ""][:2]
    touched = await talk.desk.decide_day(
        country, day, working=VERBS[fold(verb)], note=note.strip(), source=source.strip()
    )
    await talk.say(views.touched_message(touched, await talk.reader()))


async def open_calendar(talk: Talk, _: Press) -> None:
    """📅 under the settings."""
    found = await talk.desk.calendar()
    await talk.toast()
    await talk.say(views.calendar_message(found, await talk.reader()))

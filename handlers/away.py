"""Being away with a substitute: in one line, or as a short dialogue that survives a restart."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from telegram import Update

from handlers.buttons import Press, instant, stamp
from handlers.context import Talk
from handlers.ports import Refused
from handlers.views import away as views
from handlers.views.message import Message
from storage.records import Draft, Person

KIND = "away"


async def by_command(_: Update, talk: Talk) -> None:
    """/away, /away DATE, /away DATE NAME; a semicolon between the two is welcome"""
    if talk.rest:
        await _take_day(talk, {}, talk.rest)
    else:
        await talk.say(await _present(talk) or await _step(talk, {}))


async def open_away(talk: Talk, _: Press) -> None:
    """🏖️"""
    message = await _present(talk) or await _step(talk, {})
    await talk.toast()
    await talk.say(message)


async def words(talk: Talk, draft: Draft, text: str) -> None:
    """Words while the dialogue waits for something."""
    data = dict(draft.data)
    if "until" not in data:
        await _take_day(talk, data, text)
        return
    several = await _person(talk, data, text)
    await talk.say(await _step(talk, data, several=several))


async def _take_day(talk: Talk, data: dict[str, Any], text: str) -> None:
    """The last day away as it was typed, with or without the substitute after it."""
    ends, name = await talk.desk.read_away(text)
    if len(ends) == 1:
        data["until"] = stamp(ends[0])
    several = await _person(talk, data, name) if name else ()
    await talk.say(await _step(talk, data, ends=ends, several=several))


async def press(talk: Talk, pressed: Press) -> None:
    """A button of the dialogue; buttons of an earlier step are over."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != KIND or draft.token != pressed.text(0):
        raise Refused("dialogue.old")
    field = {"until": "until", "who": "who"}[pressed.text(1)]
    message = await _step(talk, {**draft.data, field: pressed.number(2)})
    await talk.toast()
    await talk.show(message)


async def back(_: Update, talk: Talk) -> None:
    """/back"""
    await talk.say(await _come_back(talk))


async def back_button(talk: Talk, _: Press) -> None:
    """↩️"""
    message = await _come_back(talk)
    await talk.toast()
    await talk.show(message)


async def _come_back(talk: Talk) -> Message:
    return views.back_message(await talk.desk.come_back(), await talk.reader())


async def _present(talk: Talk) -> Message | None:
    """What is set already."""
    found = await talk.desk.absence()
    return views.away_message(found, await talk.reader()) if found else None


async def _person(talk: Talk, data: dict[str, Any], text: str) -> tuple[Person, ...]:
    """Put the substitute in; the people the words fit when there are several."""
    found = await talk.desk.find_anybody(text)
    if not found:
        raise Refused("away.unknown", text=text)
    if len(found) > 1:
        return found
    data["who"] = found[0].member.id
    return ()


async def _step(
    talk: Talk, data: dict[str, Any], *, ends: tuple[datetime, ...] = (), several: tuple[Person, ...] = ()
) -> Message:
    """Ask for what is missing, or be away. `ends`: the days that can be meant, `several`: the people."""
    reader = await talk.reader()
    if "until" in data and "who" in data:
        return views.away_message(await talk.desk.go_away(instant(data["until"]), data["who"]), reader)
    draft = await talk.desk.keep_draft(KIND, data)
    if "until" not in data:
        if ends:
            return views.ask_which_day(ends, draft.token, reader)
        return views.ask_until(await talk.desk.last_days(), draft.token, reader)
    people = several or (await talk.desk.substitutes())[:12]
    return views.ask_substitute(instant(data["until"]), people, draft.token, reader)

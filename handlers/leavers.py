"""Somebody leaves: open tasks are given to a new owner first, then one press closes the membership.

/leaver NAME shows what is left; /leaver NAME; NEW OWNER; reason proposes a new owner; /leaver NAME; ok closes.
"""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import Refused
from handlers.views import leavers as views
from handlers.views import requests as request_views
from handlers.views.message import Message
from storage.records import Draft, Person

KIND = "leaver"
CONFIRMED = "ok"  # typed in place of a new owner: close


async def by_command(_: Update, talk: Talk) -> None:
    """/leaver NAME, /leaver NAME; NEW OWNER; reason, /leaver NAME; ok"""
    name, heir, reason = (part.strip() for part in [*talk.rest.split(";", 2), "", ""][:3])
    if not name:
        raise Refused("leaver.name")
    found = await talk.desk.find_leavers(name)
    if not found:
        raise Refused("leaver.unknown", text=name)
    if len(found) > 1:
        await talk.say(views.which_message(found, await talk.reader()))
        return
    leaver_id = found[0].member.id
    if heir.casefold() == CONFIRMED:
        await talk.say(await _close(talk, leaver_id))
    elif not heir:
        await talk.say(await _show(talk, leaver_id))
    else:
        await _take_heir(talk, {"leaver": leaver_id}, heir, reason)


async def open_leaver(talk: Talk, press: Press) -> None:
    """One of several people of that name."""
    message = await _show(talk, press.number(0))
    await talk.toast()
    await talk.show(message)


async def _show(talk: Talk, leaver_id: int) -> Message:
    """What is left to do: choose a new owner, wait for the decision, or close."""
    found, reader = await talk.desk.leaver(leaver_id), await talk.reader()
    if not found.codes or found.waiting is not None:
        return views.leaver_message(found, reader)
    draft = await talk.desk.keep_draft(KIND, {"leaver": leaver_id})
    return views.rehome_message(found, draft.token, reader)


async def words(talk: Talk, draft: Draft, text: str) -> None:
    """The new owner, or the reason, in words."""
    data = dict(draft.data)
    if "heir" in data:
        await talk.say(await _propose(talk, data, text))
    else:
        await _take_heir(talk, data, text)


async def press(talk: Talk, pressed: Press) -> None:
    """A new owner was chosen; buttons of an earlier step are over."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != KIND or draft.token != pressed.text(0):
        raise Refused("dialogue.old")
    data = {**draft.data, "heir": pressed.number(2)}
    message = await _ask_reason(talk, data)
    await talk.toast()
    await talk.show(message)


async def close(talk: Talk, press: Press) -> None:
    """✔️"""
    message = await _close(talk, press.number(0))
    await talk.toast()
    await talk.show(message)


async def _close(talk: Talk, leaver_id: int) -> Message:
    return views.closed_message(await talk.desk.close_leaver(leaver_id), await talk.reader())


async def _take_heir(talk: Talk, data: dict[str, Any], text: str, reason: str = "") -> None:
    found: tuple[Person, ...] = await talk.desk.find_heirs(text, data["leaver"])
    if not found:
        raise Refused("away.unknown", text=text)
    if len(found) > 1:
        draft = await talk.desk.keep_draft(KIND, {"leaver": data["leaver"]})
        await talk.say(views.which_heir_message(found, draft.token, await talk.reader()))
        return
    data = {**data, "heir": found[0].member.id}
    await talk.say(await (_propose(talk, data, reason) if reason else _ask_reason(talk, data)))


async def _ask_reason(talk: Talk, data: dict[str, Any]) -> Message:
    await talk.desk.leaver(data["leaver"])
    await talk.desk.keep_draft(KIND, data)
    return views.ask_reason(await talk.reader())


async def _propose(talk: Talk, data: dict[str, Any], reason: str) -> Message:
    made = await talk.desk.rehome(data["leaver"], data["heir"], reason)
    reader = await talk.reader()
    return request_views.request_message(made, reader, reader.texts("leaver.sent"))

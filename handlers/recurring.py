"""Work that comes back: the list with what ends each, and a dialogue of up to four answers that begins one.

As with assigning, everything can be typed in one line, and nothing is stored before ✔️.
"""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.assign import parts_of, people_of
from handlers.buttons import Press
from handlers.context import Talk
from handlers.ports import Refused, Routine
from handlers.views import recurring as views
from handlers.views.message import Message
from handlers.views.rules import OFFERED
from handlers.views.several import Choice
from storage.records import Draft, Person, fold

KIND = "recurring"
NEW = ("new", "moi", "nowe")
END = ("end", "dung", "koniec")


async def recurring(_: Update, talk: Talk) -> None:
    """/recurring, /recurring new, /recurring NAME; RULE; TITLE; PRODUCT, or /recurring end NUMBER"""
    first, *rest = fold(talk.rest).split(" ")
    if not first:
        await talk.say(views.list_message(await talk.desk.recurring(), await talk.reader()))
    elif first in END and ";" not in talk.rest:
        await talk.say(await _end(talk, _number(rest)))
    elif first in NEW and not rest:
        await _next(talk, {})
    else:
        await _one_line(talk)


async def _one_line(talk: Talk) -> None:
    name, rule, title, product = parts_of(talk.rest)
    found = await people_of(talk, name)
    data: dict[str, Any] = {"owner": found[0].member.id} if len(found) == 1 else {}
    if rule:
        data["rule"], data["clock"] = await talk.desk.understand_rule(rule)
    data |= {key: text for key, text in (("title", title), ("product", product)) if text}
    await _next(talk, data, Choice(name, people=found) if len(found) > 1 else None)


def _number(words: list[str]) -> int:
    number = words[0] if len(words) == 1 else ""
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        raise Refused("recurring.number")
    return int(number)


async def begin(talk: Talk, _: Press) -> None:
    """➕ below the list."""
    await _next(talk, {})


async def end(talk: Talk, pressed: Press) -> None:
    """✖️: it comes back no more; the list as it is then."""
    message = await _end(talk, pressed.number(0))
    await talk.toast()
    await talk.show(message)


async def _end(talk: Talk, number: int) -> Message:
    left = await talk.desk.end_recurring(number)
    reader = await talk.reader()
    return views.list_message(left, reader, reader.texts("recurring.ended", number=number))


async def words(talk: Talk, draft: Draft, text: str) -> None:
    """Words while the dialogue waits for something."""
    data = dict(draft.data)
    choice: Choice | None = None
    if "owner" not in data:
        found = await people_of(talk, text)
        if len(found) > 1:
            choice = Choice(text, people=found)
        else:
            data["owner"] = found[0].member.id
    elif "rule" not in data:
        data["rule"], data["clock"] = await talk.desk.understand_rule(text)
    else:
        data["title" if "title" not in data else "product"] = text
    await _next(talk, data, choice)


async def press(talk: Talk, pressed: Press) -> None:
    """A button of the dialogue; buttons of an earlier step are over."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != KIND or draft.token != pressed.text(0):
        raise Refused("dialogue.old")
    data, field = dict(draft.data), pressed.text(1)
    if field == "ok":
        made = await talk.desk.repeat(_wanted(data))
        await talk.toast()
        await talk.show(views.stored_message(made, await talk.reader()))
        return
    if field == "w":
        data |= {"rule": OFFERED[pressed.number(2)], "clock": ""}
    elif field == "r":
        data["product"] = data["usual"][pressed.number(2)]
    else:
        data[{"p": "owner"}[field]] = pressed.number(2)
    await _next(talk, data)


def _wanted(data: dict[str, Any]) -> Routine:
    return Routine(data["owner"], data["rule"], data["title"], data["product"], data["clock"])


async def _next(talk: Talk, data: dict[str, Any], choice: Choice | None = None) -> None:
    """Keep what is known and ask for what is not."""
    person = await talk.desk.assignable(data["owner"]) if "owner" in data else None
    if person is not None and "product" not in data:
        data["usual"] = list(await talk.desk.usual_products(person.member.id))
    draft = await talk.desk.keep_draft(KIND, data)
    message = await _question(talk, draft, person, choice or Choice(""))
    await talk.toast()
    await (talk.show(message) if talk.incoming.callback_query else talk.say(message))


async def _question(talk: Talk, draft: Draft, person: Person | None, choice: Choice) -> Message:
    reader, data = await talk.reader(), dict(draft.data)
    if person is None:
        people = choice.people or (await talk.desk.colleagues())[:12]
        return views.ask_person(people, draft.token, reader, choice.text if choice.people else "")
    if "rule" not in data:
        return views.ask_rule(person.member.name, draft.token, reader)
    if "title" not in data:
        return views.ask_title(reader)
    if "product" not in data:
        return views.ask_product(data["usual"], draft.token, reader)
    coming = await talk.desk.coming(data["rule"], data["clock"], person.member.id)
    return views.ask_confirmation(person, _wanted(data), coming, draft.token, reader)

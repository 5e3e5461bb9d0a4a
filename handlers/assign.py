"""Assigning work: in one line, or as a dialogue of buttons and words that survives a restart.

The dialogue is a draft with up to four answers (owner, deadline, title, product). Whatever is missing is asked
next; when nothing is missing, what was understood is shown and waits for ✔️.
"""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.buttons import Press, instant, stamp
from handlers.context import Talk
from handlers.ports import Assignment, Deadline, Refused
from handlers.views import cards, screens
from handlers.views.message import Message
from handlers.views.several import Choice, ask_which_deadline
from storage.records import Draft, Person

KIND = "assign"
NONE = 0  # the deadline that says "no deadline"; minutes since 1970 otherwise


async def assign(_: Update, talk: Talk) -> None:
    """/assign, or /assign NAME; DEADLINE; TITLE; PRODUCT"""
    name, deadline, title, product = parts_of(talk.rest)
    data: dict[str, Any] = {}
    found: tuple[Person, ...] = ()
    choice: Choice | None = None
    if name:
        found = await people_of(talk, name)
        if len(found) == 1:
            data["owner"] = found[0].member.id
    if deadline:
        choice = await _due(talk, data, deadline, found[0].member.id if found else 0)
    if title:
        data["title"] = title
    if product:
        data["product"] = product
    await _next(talk, data, Choice(name, people=found) if len(found) > 1 else choice)


def parts_of(line: str) -> tuple[str, str, str, str]:
    """The four parts of the one-line form; what is not there is empty. A title may hold semicolons of its own."""
    name, deadline, rest = [*line.split(";", 2), "", ""][:3]
    title, _, product = rest.rpartition(";") if ";" in rest else (rest, "", "")
    return name.strip(), deadline.strip(), title.strip(), product.strip()


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
    elif "due" not in data:
        choice = await _due(talk, data, text, data["owner"])
    elif "title" not in data:
        data["title"] = text
    else:
        data["product"] = text
    await _next(talk, data, choice)


async def press(talk: Talk, pressed: Press) -> None:
    """A button of the dialogue. Buttons of an earlier step are over: what they showed may no longer hold."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != KIND or draft.token != pressed.text(0):
        raise Refused("dialogue.old")
    data, field = dict(draft.data), pressed.text(1)
    if field == "ok":
        await _store(talk, data)
        return
    if field == "r":
        data["product"] = data["usual"][pressed.number(2)]
    else:
        data[{"p": "owner", "d": "due", "u": "urgent"}[field]] = pressed.number(2)
    await _next(talk, data)


async def people_of(talk: Talk, text: str) -> tuple[Person, ...]:
    found = await talk.desk.find_people(text)
    if not found:
        raise Refused("assign.nobody", text=text)
    return found


async def _due(talk: Talk, data: dict[str, Any], text: str, owner: int) -> Choice | None:
    """Put the deadline in; the choice when it can mean two moments."""
    if text == "-":
        data["due"] = NONE
        return None
    found = await talk.desk.understand(text, owner)
    if len(found) > 1:
        return Choice(text, deadlines=found)
    data["due"] = stamp(found[0].at)
    return None


async def _next(talk: Talk, data: dict[str, Any], choice: Choice | None = None) -> None:
    """Keep what is known and ask for what is not."""
    person = await talk.desk.assignable(data["owner"]) if "owner" in data else None
    deadline = await _deadline(talk, data)
    if person is not None and "product" not in data:
        data["usual"] = list(await talk.desk.usual_products(person.member.id))
    draft = await talk.desk.keep_draft(KIND, data)
    message = await _question(talk, draft, person, deadline, choice or Choice(""))
    await talk.toast()
    await (talk.show(message) if talk.incoming.callback_query else talk.say(message))


async def _deadline(talk: Talk, data: dict[str, Any]) -> Deadline | None:
    if not data.get("due") or "owner" not in data:
        return None
    return await talk.desk.deadline_at(instant(data["due"]), data["owner"])


async def _question(
    talk: Talk, draft: Draft, person: Person | None, deadline: Deadline | None, choice: Choice
) -> Message:
    reader, data = await talk.reader(), draft.data
    if person is None:
        people = choice.people or (await talk.desk.colleagues())[:12]
        return screens.ask_person(people, draft.token, reader, choice.text if choice.people else "")
    if "due" not in data and choice.deadlines:
        return ask_which_deadline(choice.text, choice.deadlines, reader, "as", draft.token, "d")
    if "due" not in data:
        choices = await talk.desk.choices(person.member.id)
        return screens.ask_deadline(person.member.name, choices, draft.token, reader)
    if "title" not in data:
        return screens.ask_title(reader)
    if "product" not in data:
        return screens.ask_product(data["usual"], draft.token, reader)
    answers = person, data["title"], data["product"], deadline
    return screens.ask_confirmation(*answers, draft.token, reader, urgent=bool(data.get("urgent")))


async def _store(talk: Talk, data: dict[str, Any]) -> None:
    """✔️: what was shown is stored, and nothing else."""
    due = instant(data["due"]) if data["due"] else None
    card = await talk.desk.assign(
        Assignment(data["owner"], data["title"], due, data["product"], urgent=bool(data.get("urgent")))
    )
    await talk.toast()
    reader = await talk.reader()
    stored = reader.texts("assign.stored", code=card.task.code, name=card.owner)
    await talk.show(cards.card_message(card, reader, head=stored))

"""Asking for more time, reporting an obstacle, handing over; and answering such requests.

Everything can be typed in one line or filled in step by step: what is missing is asked next, and the draft
survives a restart.
"""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers.buttons import Press, instant, stamp
from handlers.context import Talk
from handlers.ports import Page, Refused
from handlers.progress import CODE
from handlers.views import cards, lists
from handlers.views import requests as views
from handlers.views.message import Message
from handlers.views.several import Choice, ask_which_deadline
from storage.records import Action, Draft, Person, RequestCard, RequestKind

FORM, ANSWER = "form", "answer"
FIELDS = {
    Action.EXTEND: ("due", "reason"),
    Action.BLOCK: ("obstacle", "proposal"),
    Action.HAND_OVER: ("person", "reason"),
    Action.DECLINE: ("reason",),
    Action.CLAIM: ("cause",),
    Action.REASSIGN: ("person", "reason"),
}
# Whatever is filled in becomes a request; giving a task to somebody else is an order and happens at once.
KINDS = {
    Action.EXTEND: RequestKind.EXTENSION,
    Action.BLOCK: RequestKind.BLOCKED,
    Action.HAND_OVER: RequestKind.HANDOVER,
    Action.DECLINE: RequestKind.DECLINE,
    Action.CLAIM: RequestKind.CAUSE,
}


async def by_command(talk: Talk, action: Action) -> None:
    """The typed form: /extend CODE DATE; reason, /blocked CODE obstacle; proposal, /handover CODE person; reason"""
    code, _, rest = talk.rest.partition(" ")
    if not CODE.fullmatch(code):
        await _choose(talk, action)
        return
    card = await talk.desk.card_by_code(code)
    await _check(talk, action, card.task.id)
    data: dict[str, Any] = {"action": action.value, "task": card.task.id}
    choice: Choice | None = None
    fields = FIELDS[action]
    for field, text in zip(fields, (part.strip() for part in rest.split(";", len(fields) - 1)), strict=False):
        if text:
            choice = await _take(talk, data, field, text) or choice
    await _next(talk, data, choice)


async def _check(talk: Talk, action: Action, task_id: int) -> None:
    """Nobody fills in a form that would be refused in the end."""
    if action in KINDS:
        await talk.desk.may_ask(KINDS[action], task_id)
    else:
        await talk.desk.may_act(action, task_id)


async def _choose(talk: Talk, action: Action) -> None:
    """Without a code: the own tasks as buttons."""
    if action is Action.REASSIGN:
        raise Refused("task.code")
    page = await talk.desk.my_tasks()
    found = tuple(card for card in page.cards if action in card.actions)
    await talk.say(
        lists.choose_message(Page(found, 0, len(found)), await talk.reader(), action.value, "act", action.value)
    )


async def begin(talk: Talk, action: Action, task_id: int) -> None:
    """🕒, ⛔, 🔁 and the like on a card."""
    await _check(talk, action, task_id)
    await _next(talk, {"action": action.value, "task": task_id})
    await talk.toast()  # last: a refusal needs the answer to this press


async def words(talk: Talk, draft: Draft, text: str) -> None:
    """Words while a form waits for something."""
    if draft.kind == ANSWER:
        done = await talk.desk.decide(draft.data["request"], yes=False, answer=text)
        await talk.say(views.request_message(done, await talk.reader()))
        return
    data = dict(draft.data)
    field = _missing(data)
    choice = await _take(talk, data, field, text) if field else None
    await _next(talk, data, choice)


async def press(talk: Talk, pressed: Press) -> None:
    """A button of a form; buttons of an earlier step are over."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != FORM or draft.token != pressed.text(0):
        raise Refused("dialogue.old")
    data = {**draft.data, {"due": "due", "person": "person"}[pressed.text(1)]: pressed.number(2)}
    await talk.toast()
    await _next(talk, data, in_place=True)


def _missing(data: dict[str, Any]) -> str:
    return next((field for field in FIELDS[Action(data["action"])] if field not in data), "")


async def _take(talk: Talk, data: dict[str, Any], field: str, text: str) -> Choice | None:
    """Put one answer in; the choice when it fits several people or can mean two moments."""
    if field == "due":
        moments = await talk.desk.own_deadline(text)
        if len(moments) > 1:
            return Choice(text, deadlines=moments)
        data["off" if moments[0].day_off else "due"] = stamp(moments[0].at)  # a day off is taken only on purpose
    elif field == "person":
        found = await _people(talk, data, text)
        if not found:
            orders = Action(data["action"]) is Action.REASSIGN
            raise Refused("assign.nobody" if orders else "person.unknown", text=text)
        if len(found) > 1:
            return Choice(text, people=found)
        data["person"] = found[0].member.id
    else:
        data[field] = text
    return None


async def _people(talk: Talk, data: dict[str, Any], text: str) -> tuple[Person, ...]:
    """Anybody may be asked to take a task over; whoever orders it chooses among those they give work to."""
    orders = Action(data["action"]) is Action.REASSIGN
    return await (talk.desk.find_people(text) if orders else talk.desk.find_anybody(text))


async def _next(talk: Talk, data: dict[str, Any], choice: Choice | None = None, *, in_place: bool = False) -> None:
    """Ask for what is missing, or send the request off; `in_place` of the question that was just answered."""
    answer = talk.show if in_place else talk.say
    field = _missing(data)
    if not field:
        await answer(await _send(talk, data))
        return
    draft = await talk.desk.keep_draft(FORM, data)
    await answer(await _question(talk, field, draft, choice or Choice("")))


async def _question(talk: Talk, field: str, draft: Draft, choice: Choice) -> Message:
    reader, task_id = await talk.reader(), draft.data["task"]
    if field == "due" and choice.deadlines:
        return ask_which_deadline(choice.text, choice.deadlines, reader, "form", draft.token, "due")
    if field == "due" and "off" in draft.data:
        deadline = await talk.desk.own_deadline_at(instant(draft.data["off"]))
        return views.ask_day_off(deadline, draft.token, reader)
    code = (await talk.desk.card(task_id)).task.code
    rows = []
    if field == "due":
        rows = views.due_rows(await talk.desk.own_choices(task_id), draft.token, reader)
    elif field == "person":
        rows = views.person_rows(choice.people or (await talk.desk.colleagues_of_task(task_id))[:12], draft.token)
    understood = instant(draft.data["due"]) if "due" in draft.data else None
    return views.ask_field(field, code, reader, rows, understood)


async def _send(talk: Talk, data: dict[str, Any]) -> Message:
    action = Action(data["action"])
    if action is Action.REASSIGN:
        card = await talk.desk.reassign(data["task"], data["person"], data["reason"])
        reader = await talk.reader()
        given = reader.texts("assign.stored", code=card.task.code, name=card.owner)
        return cards.card_message(card, reader, head=given)
    kind = KINDS[action]
    made = await talk.desk.ask(
        kind,
        data["task"],
        data.get("reason") or data.get("obstacle") or data.get("cause", ""),
        proposal=data.get("proposal", ""),
        new_due=instant(data["due"]) if "due" in data else None,
        new_owner_id=data.get("person"),
    )
    reader = await talk.reader()
    return views.request_message(made, reader, reader.texts(f"form.sent.{kind}"))


async def waiting(_: Update, talk: Talk) -> None:
    """/requests"""
    await talk.say(views.requests_message(await talk.desk.requests(), await talk.reader()))


async def show(talk: Talk, press: Press) -> None:
    """One of them."""
    found = await talk.desk.request(press.number(0))
    await talk.toast()
    await talk.say(views.request_message(found, await talk.reader()))


async def approve(_: Update, talk: Talk) -> None:
    """/approve NUMBER"""
    found = await talk.desk.request(_number(talk)[0])
    if _releases(found):
        await begin(talk, Action.REASSIGN, found.request.task_id)
    else:
        await talk.say(await _say_yes(talk, found))


async def refuse(_: Update, talk: Talk) -> None:
    """/refuse NUMBER reason"""
    number, reason = _number(talk)
    done = await talk.desk.decide(number, yes=False, answer=reason)
    await talk.say(views.request_message(done, await talk.reader()))


def _number(talk: Talk) -> tuple[int, str]:
    first, _, rest = talk.rest.partition(" ")
    if not first.isascii() or not first.isdigit() or len(first) > 12:
        raise Refused("request.number")
    return int(first), rest.strip()


async def yes(talk: Talk, press: Press) -> None:
    """✔️"""
    found = await talk.desk.request(press.number(0))
    if _releases(found):
        await begin(talk, Action.REASSIGN, found.request.task_id)
        return
    message = await _say_yes(talk, found)
    await talk.toast()
    await talk.show(message)


def _releases(found: RequestCard) -> bool:
    """A task is never without an owner: whoever releases one says at once who takes it over."""
    return found.request.kind is RequestKind.DECLINE and found.may_decide


async def _say_yes(talk: Talk, found: RequestCard) -> Message:
    """The new owner consents; whoever decides approves."""
    number = found.request.id
    if found.may_consent:
        done: RequestCard = await talk.desk.consent(number)
    else:
        done = await talk.desk.decide(number, yes=True)
    return views.request_message(done, await talk.reader())


async def no(talk: Talk, press: Press) -> None:
    """✖️: a refusal or another instruction needs words."""
    found = await talk.desk.request(press.number(0))
    if not (found.may_consent or found.may_decide):
        raise Refused(
            "request.settled" if not found.request.state.waits else "request.not_yours", number=found.request.id
        )
    await talk.desk.keep_draft(ANSWER, {"request": found.request.id})
    await talk.toast()
    t = await talk.words()
    await talk.say(Message(t("form.answer", number=found.request.id), ask=True))

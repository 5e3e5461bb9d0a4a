"""Reporting, submitting, accepting, returning: by button, by command, by answering a message."""

from __future__ import annotations

import re

from telegram import Message as Sent
from telegram.error import BadRequest

from handlers.buttons import Press, without_task
from handlers.context import Talk
from handlers.ports import NEED_REASON, Page, Refused
from handlers.views import cards, evidence, lists, pieces
from handlers.views.message import Message
from storage.records import Action, Card, Draft

REASON = "reason"
NEED_CODE = (Action.SUSPEND, Action.RESUME, Action.DROP, Action.CONTRIBUTE)  # no list of the own tasks would help
MOST_CHOICES = 12  # buttons for the question which task is meant
CODE = re.compile(r"\w+-\d+", re.ASCII)
_PERCENT = re.compile(r"(?<![\d.,\-–])(\d{1,4})\s?%")
_BARE = re.compile(r"\d{1,4}")


def read_report(text: str) -> tuple[int | None, str]:
    """The progress and the note in a text: a bare number or "60%" in it is the progress, the words are the note."""
    words = text.strip()
    if _BARE.fullmatch(words):
        return int(words), ""
    found = _PERCENT.search(words)
    if found is None:
        return None, words
    rest = f"{words[: found.start()]} {words[found.end() :]}".strip()
    return int(found[1]), words if rest else ""


async def by_button(talk: Talk, press: Press) -> None:
    """A press that acts on a task: from its card, or from a letter about several tasks."""
    action, task_id = Action(press.text(0)), press.number(1)
    if action is Action.REPORT:
        await ask_percent(talk, Press("askpct", (str(task_id), "c")))
        return
    if action in NEED_REASON:
        await ask_reason(talk, action, task_id)
        return
    card = await talk.desk.act(action, task_id)
    words = await talk.words()
    await talk.toast(words.plain(f"done.{action}", code=card.task.code))
    if len(press.arguments) > 2:
        await _cross_off(talk, task_id)
        if pieces.wanted(card):
            await talk.say(evidence.missing_message(card, await talk.reader()))
    else:
        await talk.show(cards.card_message(card, await talk.reader()))


async def _cross_off(talk: Talk, task_id: int) -> None:
    """In a letter about several tasks, take away the buttons of the one that was dealt with."""
    query = talk.incoming.callback_query
    if query is None or not isinstance(query.message, Sent):
        return
    try:
        await query.edit_message_reply_markup(without_task(query.message.reply_markup, task_id))
    except BadRequest as error:
        if "not modified" not in str(error).lower():
            raise


async def ask_percent(talk: Talk, press: Press) -> None:
    """📈: how far? On the card itself, or below a letter about several tasks."""
    card = await talk.desk.may_act(Action.REPORT, press.number(0))
    await talk.toast()
    message = cards.percent_message(card, await talk.reader())
    await (talk.show(message) if len(press.arguments) > 1 else talk.say(message))


async def percent(talk: Talk, press: Press) -> None:
    """One of the offered numbers."""
    card = await talk.desk.act(Action.REPORT, press.number(0), percent=press.number(1))
    words = await talk.words()
    await talk.toast(words.plain(cards.done_key(Action.REPORT, card.task.percent), **cards.done_values(card)))
    await talk.show(cards.card_message(card, await talk.reader()))


async def ask_reason(talk: Talk, action: Action, task_id: int) -> None:
    """Some things are done to a task only with a reason."""
    card = await talk.desk.may_act(action, task_id)
    await talk.desk.keep_draft(REASON, {"task": task_id, "action": action.value})
    await talk.toast()
    words = await talk.words()
    await talk.say(Message(words(f"reason.{action}", code=card.task.code), ask=True))


async def by_command(talk: Talk, action: Action) -> None:
    """The typed form of an action: /progress CODE 60 note, /done CODE note, /return CODE reason …"""
    code, _, rest = talk.rest.partition(" ")
    if not CODE.fullmatch(code):
        await _choose(talk, action)
        return
    card = await talk.desk.card_by_code(code)
    percent, note = typed_report(rest) if action is Action.REPORT else (None, rest)
    after = await talk.desk.act(action, card.task.id, percent=percent, note=note)
    await talk.say(cards.done_message(after, action, await talk.reader(), percent))


def typed_report(rest: str) -> tuple[int | None, str]:
    """After the code the first number is the progress, with or without its sign."""
    first, _, note = rest.strip().partition(" ")
    number = first.removesuffix("%")
    return (int(number), note.strip()) if _BARE.fullmatch(number) else read_report(rest)


async def _choose(talk: Talk, action: Action) -> None:
    """Nobody has to know a code: without one, the own tasks are offered as buttons."""
    if action in NEED_CODE:
        raise Refused("task.code")
    if action in (Action.ACCEPT, Action.RETURN):
        await talk.say(lists.list_message(await talk.desk.waiting(), await talk.reader(), "waiting"))
        return
    if action in (Action.URGE, Action.ACKNOWLEDGE):
        await talk.say(lists.list_message(await talk.desk.late(), await talk.reader(), "late"))
        return
    page = await talk.desk.my_tasks()
    if action is Action.REPORT:
        message = lists.choose_message(page, await talk.reader(), "report", "askpct")
    else:
        message = lists.choose_message(page, await talk.reader(), "submit", "act", Action.SUBMIT.value)
    if action in (Action.RECEIVE, Action.WITHDRAW, Action.SNOOZE, Action.EXPLAIN):
        message = lists.list_message(page, await talk.reader(), "tasks")
    await talk.say(message)


async def reply(talk: Talk, found: tuple[Card, ...], text: str) -> None:
    """Words in answer to a reminder or card: a report on its task, or the question which task is meant."""
    own = [card for card in found if card.acts]
    if not own:
        await _contribute(talk, found, text)
        return
    if len(own) > 1:
        await _which_task(talk, text, Page(tuple(own[:MOST_CHOICES]), 0, len(own)), "note")
        return
    await save_report(talk, own[0].task.id, text)


async def _contribute(talk: Talk, found: tuple[Card, ...], text: str) -> None:
    """Words of somebody who is not the owner: the part of a coordinator, if it is one."""
    card = next((card for card in found if Action.CONTRIBUTE in card.actions), None)
    if card is None:
        raise Refused("forbidden.report", code=found[0].task.code)
    after = await talk.desk.act(Action.CONTRIBUTE, card.task.id, note=text)
    await talk.say(cards.done_message(after, Action.CONTRIBUTE, await talk.reader()))


async def plain_words(talk: Talk, text: str) -> None:
    """Words that answer nothing: most likely a report by somebody who did not use "reply"."""
    page = await talk.desk.my_tasks()
    if not page.total:
        raise Refused("say.text")
    await _which_task(talk, text, page, "words")


async def _which_task(talk: Talk, text: str, page: Page, purpose: str) -> None:
    """Keep the words and ask which task they are about; nothing is stored before a button is pressed."""
    await talk.desk.keep_draft("note", {"text": text})
    await talk.say(lists.choose_message(page, await talk.reader(), purpose, "note"))


async def save_report(talk: Talk, task_id: int, text: str) -> None:
    """Store a report given in words and show the card as it is now."""
    percent, note = read_report(text)
    card = await talk.desk.act(Action.REPORT, task_id, percent=percent, note=note)
    await talk.say(cards.done_message(card, Action.REPORT, await talk.reader(), percent))


async def note_for(talk: Talk, press: Press) -> None:
    """The task that words were about."""
    draft = await talk.desk.draft()
    if draft is None or draft.kind != "note":
        raise Refused("dialogue.old")
    percent, note = read_report(draft.data["text"])
    card = await talk.desk.act(Action.REPORT, press.number(0), percent=percent, note=note)
    words = await talk.words()
    await talk.toast(words.plain(cards.done_key(Action.REPORT, percent), **cards.done_values(card)))
    await talk.show(cards.card_message(card, await talk.reader()))


async def reason(talk: Talk, draft: Draft, text: str) -> None:
    """The reason that was asked for."""
    action = Action(draft.data["action"])
    card = await talk.desk.act(action, draft.data["task"], note=text)
    await talk.say(cards.done_message(card, action, await talk.reader()))

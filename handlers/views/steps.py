"""Tasks in a letter about several of them: under which heading each stands, its buttons, what happened to it."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from handlers.buttons import Row, button
from handlers.views import choices, dates
from handlers.views.message import NOTHING
from handlers.views.reader import Reader
from storage.notices import (
    ASK_RECEIPT,
    ASK_UPDATE,
    HEAD_AGAIN,
    LEADERS_AGAIN,
    TELL_HEAD,
    TELL_LEADERS,
    UNRECEIVED,
    Facts,
    TaskNews,
)
from storage.records import Action, Card, TimeClass

GROUPS = (
    "leaders",
    "again",
    "escalated",
    "unreceived",
    "substitute",
    "pass_on",
    "overdue",
    "today",
    "receive",
    "update",
    "coming",
)
REPORTED = ("leaders", "again", "escalated")  # what is overdue and was reported to the reader
SPOKEN = {TELL_LEADERS: "leaders", TELL_HEAD: "escalated", UNRECEIVED: "unreceived"}


def group(card: Card, step: str, now: datetime, reader: Reader) -> str:
    """The section in which a task stands; `step` is empty for one that earned no step."""
    if step.startswith((HEAD_AGAIN, LEADERS_AGAIN)):
        return "again"
    if step in SPOKEN:
        return SPOKEN[step]
    if not card.own:
        return "substitute" if card.away is not None else "pass_on"
    if step == ASK_RECEIPT:
        return "receive"
    if step == ASK_UPDATE:
        return "update"
    if card.task.due_at is None:
        return "coming"
    if card.time_class is TimeClass.OVERDUE:
        return "overdue"
    same_day = dates.day(card.task.due_at, reader.zone, "en") == dates.day(now, reader.zone, "en")
    return "today" if same_day else "coming"


def heading(name: str, card: Card, reader: Reader) -> Markup:
    """The heading of a section; a substitute reads whose task it is."""
    return in_place_of(card, reader) if name == "substitute" else reader.texts(f"letter.{name}")


def in_place_of(card: Card, reader: Reader) -> Markup:
    """Whose task it is that somebody else hears of while its owner is away."""
    if card.away is None:
        return NOTHING
    day = dates.day(card.away.last_day, reader.zone, reader.language)
    return reader.texts("letter.substitute", name=card.owner, day=day)


def row(card: Card, reader: Reader) -> Row:
    """One task of a longer letter: done with one tap, or open its card."""
    t, task = reader.texts, card.task
    found = [button(t.plain("button.open", code=task.code), "show", task.id)]
    for action in (Action.REPORT, Action.SUBMIT, Action.ACKNOWLEDGE):
        if action in card.actions:
            label = t.plain("button.act", icon=choices.ICONS[action], code=task.code)
            verb = ("askpct", task.id) if action is Action.REPORT else ("act", action.value, task.id, "l")
            found.append(button(label, *verb))
    return found


def news_head(news: TaskNews, card: Card, facts: Facts, reader: Reader) -> Markup:
    """What happened to a task, in one line."""
    actor = facts.people.get(news.actor_id or 0)
    name = actor.member.name if actor else card.assigner
    urged = card.tallies.get(Action.URGE)
    if news.event == "assigned" and not name:
        return reader.texts("letter.assigned_nobody")
    return reader.texts(f"letter.{news.event}", name=name, code=card.task.code, n=urged.number if urged else 0)

"""When the owner of a task is reminded, in words."""

from __future__ import annotations

import re

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.commands import local_name
from handlers.views import dates
from handlers.views.message import NOTHING, Message, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import Texts
from storage.records import Action, LadderCard

_STEP = re.compile(r"(?P<kind>before|overdue)-(?P<n>\d+)(?P<hours>h?)", re.ASCII)


def ladder_message(found: LadderCard, reader: Reader) -> Message:
    """The ladder of a task, the reminders to come, and how to change it for those who may."""
    t, task = reader.texts, found.card.task
    own = t("ladder.own", text=task.ladder) if task.ladder else t("ladder.usual", text=found.text)
    urgent = t("card.urgent") if task.urgent else NOTHING
    parts = [lines([t("ladder.title", code=task.code), own, urgent]), _coming(found, reader)]
    rows: list[Row] = []
    if Action.LADDER in found.card.actions:
        parts.append(t("ladder.how", command=local_name("ladder", reader.language), code=task.code))
        rows.append([button(t.plain(f"button.ladder.{name}"), "lad", task.id, name) for name in ("usual", "closer")])
        rows.append([button(t.plain("button.ladder.gentle"), "lad", task.id, "gentle")])
    rows.append([button(t.plain("button.open", code=task.code), "card", task.id)])
    return Message(paragraphs(*parts), keyboard(rows), (task.id,))


def _coming(found: LadderCard, reader: Reader) -> Markup:
    t = reader.texts
    if found.card.task.due_at is None:
        return t("ladder.no_deadline")
    if not found.steps:
        return t("ladder.nothing")
    told = [
        t("ladder.step", moment=dates.zoned(at, found.zone, reader.language), what=_step(name, t))
        for name, at in found.steps
    ]
    return lines([t("ladder.coming", zone=found.zone), *told])


def _step(name: str, t: Texts) -> str:
    """The name of a step ("before-3") as people say it."""
    step = _STEP.fullmatch(name)
    if step is None:
        return t.plain("ladder.step.due_day")
    number = int(step["n"])
    if step["kind"] == "overdue":
        return t.plain("ladder.step.overdue", n=number)
    return t.plain("ladder.step.hours", n=number) if step["hours"] else t.plain("ladder.step.days", n=number)

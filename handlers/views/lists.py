"""Lists of tasks: a line for each, pages, and the question which task is meant."""

from __future__ import annotations

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.ports import Page
from handlers.views import dates
from handlers.views.cards import icon, title
from handlers.views.message import NOTHING, Message, fit, lines
from handlers.views.reader import Reader
from handlers.views.texts import short
from storage.records import Card, State, TimeClass

TITLE_IN_LIST = 70


def line(card: Card, reader: Reader, *, owner: bool) -> Markup:
    """A task in a list."""
    t, task = reader.texts, card.task
    head = t("list.line", icon=icon(card), code=task.code, title=title(task, reader.language, TITLE_IN_LIST))
    facts = [Markup("<i>{}</i>").format(when(card, reader))]
    if owner:
        facts.append(Markup("{}").format(short(card.owner, 60)))
    return lines([head, Markup("     ") + Markup(" · ").join(facts)])


def when(card: Card, reader: Reader) -> str:
    """Where a task stands, in a few words."""
    t, task = reader.texts, card.task
    if task.state is State.SUBMITTED:
        return t.plain("list.line.submitted")
    if task.state is State.SUSPENDED:
        return t.plain("state.suspended")
    if task.due_at is None:
        return t.plain("list.line.none")
    if card.time_class is TimeClass.OVERDUE:
        return t.plain("list.line.late", n=card.days_late)
    day = dates.day(task.due_at, reader.zone, reader.language)
    return t.plain("list.line.due", day=day, clock=dates.clock(task.due_at, reader.zone))


def list_message(page: Page, reader: Reader, kind: str) -> Message:
    """A page of a list: `kind` is tasks, late or waiting."""
    t = reader.texts
    if not page.total:
        return Message(t(f"list.{kind}.empty"))
    rows = [line(card, reader, owner=kind != "tasks" or not card.own) for card in page.cards]
    last = page.start + len(page.cards)
    more = page.total > len(page.cards)
    place = t("list.range", first=page.start + 1, last=last, total=page.total) if more else NOTHING
    text = fit(
        t(f"list.{kind}.title", n=page.total) + Markup("\n"),
        rows,
        lambda n: t("summary.more", n=n),
        Markup("\n") + lines([place, t("list.legend") if kind == "tasks" else NOTHING]),
    )
    opens = [button(t.plain("button.open", code=card.task.code), "card", card.task.id) for card in page.cards]
    arrows: Row = []
    if page.start > 0:
        arrows.append(button(t.plain("button.previous"), "list", kind, max(0, page.start - page.size)))
    if last < page.total:
        arrows.append(button(t.plain("button.next"), "list", kind, last))
    return Message(text, keyboard([*(opens[i : i + 3] for i in range(0, len(opens), 3)), arrows]))


def choose_message(page: Page, reader: Reader, purpose: str, verb: str, *before: object) -> Message:
    """Which task is meant? One button a task; `verb` and `before` make up its payload."""
    t = reader.texts
    if not page.total:
        return Message(t("list.tasks.empty"))
    rows = [line(card, reader, owner=card.stands_in) for card in page.cards]
    picks = [button(card.task.code, verb, *before, card.task.id) for card in page.cards]
    text = fit(t(f"list.choose.{purpose}") + Markup("\n"), rows, lambda n: t("summary.more", n=n))
    return Message(text, keyboard([picks[i : i + 3] for i in range(0, len(picks), 3)]))

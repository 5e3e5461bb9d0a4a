"""The history of a task as a story: who, when, what, old and new, why."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.ports import StoryPage
from handlers.views import dates
from handlers.views.cards import title
from handlers.views.message import NOTHING, Message, fit, lines
from handlers.views.reader import Reader
from handlers.views.texts import short
from storage.records import Change, Difficulty, Happening, State

# What has words of its own; anything else is told by `history.other`, with what the person wrote.
SAID = (
    "assign",
    "import",
    "receive",
    "report",
    "submit",
    "withdraw",
    "accept",
    "return",
    "suspend",
    "resume",
    "drop",
    "ask",
    "consent",
    "decide",
    "decide.approved",
    "decide.refused",
    "decide.instructed",
    "hand_over",
    "urge",
    "remind",
    "remind.head",
    "remind.leaders",
    "snooze",
    "acknowledge",
    "contribute",
    "explain",
    "ask_reason",
    "evidence",
    "close",
    "recur",
    "ladder",
    "urgent",
    "urgent.off",
)
FIELDS = ("state", "percent", "due_at", "owner_id", "title", "product", "source", "authority", "difficulty", "ladder")
NAME, TITLE, VALUE, WORDS = 36, 60, 40, 120  # UTF-16 units in a line, so that a whole page fits into one message


def history_message(story: StoryPage, reader: Reader) -> Message:
    """A page of it, oldest first, with arrows and the way back to the card."""
    t, task = reader.texts, story.task
    head = t("history.title", code=task.code, title=title(task, reader.language, TITLE))
    last = story.start + len(story.lines)
    more = story.total > len(story.lines)
    place = t("list.range", first=story.start + 1, last=last, total=story.total) if more else NOTHING
    rows = [_happening(one, reader) for one in story.lines] or [t("history.empty")]
    text = fit(head + Markup("\n"), rows, lambda n: t("summary.more", n=n), Markup("\n") + place if place else NOTHING)
    arrows: Row = []
    if story.start > 0:
        arrows.append(button(t.plain("button.previous"), "hist", task.id, max(0, story.start - story.size)))
    if last < story.total:
        arrows.append(button(t.plain("button.next"), "hist", task.id, last))
    back = [button(t.plain("button.open", code=task.code), "card", task.id)]
    return Message(text, keyboard([arrows, back]), (task.id,))


def _happening(one: Happening, reader: Reader) -> Markup:
    t = reader.texts
    who = short(one.who, NAME) or t.plain("history.dondoc")
    if one.instead_of:
        who = t.plain("history.instead", name=who, owner=short(one.instead_of, NAME))
    values = {"name": short(one.about, NAME) or "…", "kind": _kind(one, reader)}
    what = t(f"history.{one.what}", **values) if one.what in SAID else t("history.other")
    changes = [_change(change, reader) for change in one.changes if change.field in FIELDS]
    return lines(
        [
            t("history.line", moment=dates.moment(one.at, reader.zone, reader.language), who=who, what=what),
            Markup("     ") + Markup("; ").join(changes) if changes else NOTHING,
            Markup("     ") + t("history.why", text=short(" · ".join(one.words), WORDS)) if one.words else NOTHING,
            Markup("     ") + t("history.erased") if one.erased else NOTHING,
        ]
    )


def _kind(one: Happening, reader: Reader) -> str:
    return reader.texts.plain(f"request.kind.{one.kind}") if one.kind else "…"


def _change(change: Change, reader: Reader) -> Markup:
    """Old → new; only the new value where there was none before."""
    t = reader.texts
    old, new = (_value(change.field, value, reader) for value in (change.old, change.new))
    field = t.plain(f"history.field.{change.field}")
    return (
        t("history.set", field=field, new=new)
        if change.old is None
        else t("history.change", field=field, old=old, new=new)
    )


def _value(field: str, value: str | int | datetime | None, reader: Reader) -> str:
    if value is None:
        return reader.texts.plain("list.line.none") if field == "due_at" else "—"
    if isinstance(value, datetime):
        return dates.moment(value, reader.zone, reader.language)
    if field == "state" and value in tuple(State):
        return reader.texts.plain(f"state.{value}")
    if field == "difficulty" and value in tuple(Difficulty):
        return reader.texts.plain(f"difficulty.{value}")
    return short(f"{value} %" if field == "percent" else str(value), VALUE)

"""A task as its reader sees it: one card, or a line in a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from handlers.buttons import Row, button, keyboard
from handlers.commands import local_name
from handlers.views import dates
from handlers.views.message import NOTHING, Message, lines, paragraphs
from handlers.views.texts import Texts, short, texts
from storage.records import Action, Card, Difficulty, Request, RequestKind, RequestState, State, Task, TimeClass

ICONS = {
    Action.RECEIVE: "👀",
    Action.REPORT: "📈",
    Action.SUBMIT: "✅",
    Action.WITHDRAW: "↩️",
    Action.ACCEPT: "👍",
    Action.RETURN: "↩️",
    Action.EXTEND: "🕒",
    Action.BLOCK: "⛔",
    Action.HAND_OVER: "🔁",
    Action.URGE: "📣",
    Action.SUSPEND: "⏸️",
    Action.RESUME: "▶️",
    Action.DROP: "🚫",
}
# The typed twin of each button: after a gap presses are lost, words are not.
TYPED = {
    Action.RECEIVE: ("received", ""),
    Action.REPORT: ("progress", " 60"),
    Action.SUBMIT: ("done", ""),
    Action.WITHDRAW: ("withdraw", ""),
    Action.ACCEPT: ("accept", ""),
    Action.RETURN: ("return", " …"),
    Action.URGE: ("urge", ""),
    Action.SUSPEND: ("suspend", " …"),
    Action.RESUME: ("resume", ""),
    Action.DROP: ("drop", " …"),
    Action.BLOCK: ("blocked", " …"),
    Action.EXTEND: ("extend", " …"),
    Action.HAND_OVER: ("handover", " …"),
}
SIX = 6  # clears
PERCENTS = (10, 25, 50, 75, 90, 100)
TITLE_ON_CARD = 600
NOTE_ON_CARD = 300


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a view is made."""

    language: str
    zone: str

    @property
    def texts(self) -> Texts:
        """The reader's words."""
        return texts(self.language)


def title(task: Task, language: str, limit: int) -> str:
    """The title in the reader's language if the task has one, cut to `limit` characters."""
    return short(task.titles.get(language) or task.title, limit)


def icon(card: Card) -> str:
    """The colour of a task, the same everywhere."""
    if card.task.state is State.SUBMITTED:
        return "🟡"
    if card.task.state in (State.SUSPENDED, State.CANCELLED):
        return "⏸️" if card.task.state is State.SUSPENDED else "🚫"
    if card.task.state is State.COMPLETED:
        return "🟠" if card.time_class is TimeClass.LATE else "🟢"
    if card.time_class is TimeClass.OVERDUE:
        return "🔴"
    if card.time_class is TimeClass.NO_DEADLINE or card.task.state is State.ASSIGNED:
        return "⚪"
    return "🔵"


def card_text(card: Card, reader: Reader, *, notes: bool = True) -> Markup:
    """The whole card; without `notes` where the newest report is said already."""
    t, task = reader.texts, card.task
    head = Markup("{} <b>{}</b> · {}").format(icon(card), task.code, title(task, reader.language, TITLE_ON_CARD))
    facts = lines(
        [
            t("card.owner", owner=card.owner, unit=card.unit),
            t("card.assigner", name=card.assigner) if card.assigner and not card.own else NOTHING,
            t("card.leader", name=card.leader) if card.leader else NOTHING,
            t("card.coordinators", units=short(", ".join(card.coordinators), 300)) if card.coordinators else NOTHING,
            _deadline(card, reader),
            t("card.state", state=t.plain(f"state.{task.state}"), percent=task.percent),
            _clears(card, t),
            _asked(card, reader),
            _difficulty(card, t),
            t("card.product", product=short(task.product, 200)) if task.product else NOTHING,
            t("card.source", source=short(task.source, 200)) if task.source else NOTHING,
            t("card.unreachable", name=card.owner) if not card.own and not card.owner_reachable else NOTHING,
        ]
    )
    return paragraphs(head, facts, _notes(card, reader) if notes else NOTHING, _typed(card, reader))


def _deadline(card: Card, reader: Reader) -> Markup:
    t, task = reader.texts, card.task
    if task.due_at is None:
        return t("card.no_deadline")
    due = t("card.due", moment=dates.moment(task.due_at, reader.zone, reader.language))
    if card.time_class is TimeClass.OVERDUE:
        return lines([due, t("card.late", n=card.days_late)])
    if card.time_class is TimeClass.LATE:
        return lines([due, t("card.was_late", n=card.days_late)])
    return lines([due, t("card.was_on_time")]) if card.time_class is TimeClass.ON_TIME else due


def _clears(card: Card, t: Texts) -> Markup:
    """How many of the six are clear, and which are not; nothing to say when all are."""
    if not card.unclear:
        return NOTHING
    names = ", ".join(t.plain(f"clear.{name}") for name in card.unclear)
    return t("card.clears", part=SIX - len(card.unclear), whole=SIX, missing=names)


def _asked(card: Card, reader: Reader) -> Markup:
    """What was asked about the task: extensions with the original deadline, hands, what still waits."""
    t, task = reader.texts, card.task
    granted = [one for one in card.requests if one.state is RequestState.APPROVED]
    longer = [one for one in granted if one.kind is RequestKind.EXTENSION]
    hands = [one for one in granted if one.kind is RequestKind.HANDOVER]
    delay = max((one.delay_days for one in longer), default=0)
    told = []
    if longer and task.original_due_at is not None:
        moment = dates.moment(task.original_due_at, reader.zone, reader.language)
        told.append(t("card.extended", n=len(longer), moment=moment))
    if delay:
        told.append(t("card.delay_kept", n=delay))
    if hands:
        told.append(t("card.hands", n=len(hands)))
    if card.urged_at is not None:
        day = dates.day(card.urged_at, reader.zone, reader.language)
        told.append(t("card.urged", n=card.urgings, day=day))
    return lines([*told, *(_open_request(one, reader) for one in card.requests if one.state.waits)])


def _open_request(one: Request, reader: Reader) -> Markup:
    t = reader.texts
    if one.kind is RequestKind.BLOCKED:
        return t("card.blocked", day=dates.day(one.at, reader.zone, reader.language), reason=short(one.reason, 200))
    return t("card.waiting_request", kind=t.plain(f"request.kind.{one.kind}"), number=one.id)


def _difficulty(card: Card, t: Texts) -> Markup:
    """Said only when it is not the usual."""
    if card.task.difficulty is Difficulty.NORMAL:
        return NOTHING
    return t("card.difficulty", difficulty=t.plain(f"difficulty.{card.task.difficulty}"))


def _notes(card: Card, reader: Reader) -> Markup:
    t = reader.texts
    if not card.notes:
        return NOTHING
    told = []
    for note in card.notes:
        values = {"day": dates.day(note.at, reader.zone, reader.language), "author": note.author}
        text = short(note.text, NOTE_ON_CARD)
        if note.percent is None:
            told.append(t("card.note", **values, text=text))
        else:
            told.append(t("card.note_percent", **values, text=text, percent=note.percent))
    return lines([t("card.notes"), *told])


def _typed(card: Card, reader: Reader) -> Markup:
    found = [TYPED[action] for action in Action if action in card.actions and action in TYPED]
    if not found:
        return NOTHING
    return typed_hint(found, card.task.code, reader, reply=Action.REPORT in card.actions)


def typed_hint(commands: Iterable[tuple[str, str]], code: str, reader: Reader, *, reply: bool) -> Markup:
    """How the same is typed: these commands with this code."""
    t = reader.texts
    shown = Markup(" · ").join(
        Markup("<code>/{} {}{}</code>").format(local_name(name, reader.language), code, rest) for name, rest in commands
    )
    return lines([t("card.typed", commands=shown), t("card.reply_hint") if reply else NOTHING])


def card_rows(card: Card, reader: Reader) -> list[Row]:
    """The buttons of a card: what its reader can do now."""
    t, key = reader.texts, card.task.id
    work = [Action.RECEIVE, Action.REPORT, Action.SUBMIT, Action.WITHDRAW]
    judge = [Action.ACCEPT, Action.RETURN, Action.URGE]
    stopping = [Action.SUSPEND, Action.RESUME, Action.DROP]
    asking = [Action.BLOCK, Action.EXTEND, Action.HAND_OVER]
    return [
        [button(t.plain(f"button.{action}"), "act", action.value, key) for action in group if action in card.actions]
        for group in (work, judge, stopping, asking)
    ]


def card_message(card: Card, reader: Reader) -> Message:
    """The card with its buttons."""
    return Message(card_text(card, reader), keyboard(card_rows(card, reader)), (card.task.id,))


def percent_message(card: Card, reader: Reader) -> Message:
    """The card while its progress is asked for."""
    t = reader.texts
    picks = [button(f"{percent} %", "pct", card.task.id, percent) for percent in PERCENTS]
    rows = [picks[:3], picks[3:], [button(t.plain("button.back"), "card", card.task.id)]]
    ask = t("progress.ask", code=card.task.code)
    return Message(paragraphs(card_text(card, reader), ask), keyboard(rows), (card.task.id,))

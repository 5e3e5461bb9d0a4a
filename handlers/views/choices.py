"""What a reader can do with a task: as buttons, and as the commands that do the same when presses are lost."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from handlers.buttons import Key, Row, button
from handlers.commands import local_name
from handlers.views.message import NOTHING, lines
from handlers.views.reader import Reader
from handlers.views.texts import Texts, html, joined
from storage.records import Action, Card

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
    Action.DECLINE: "🙅",
    Action.CLAIM: "🌩️",
    Action.REASSIGN: "🔀",
    Action.CONTRIBUTE: "🤝",
    Action.SNOOZE: "💤",
    Action.EXPLAIN: "✍️",
    Action.URGE: "📣",
    Action.ACKNOWLEDGE: "👌",
    Action.SUSPEND: "⏸️",
    Action.RESUME: "▶️",
    Action.DROP: "🚫",
    Action.ATTACH: "📎",
    Action.LADDER: "⏰",
    Action.URGENT: "🔥",
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
    Action.CONTRIBUTE: ("contribute", " …"),
    Action.SUSPEND: ("suspend", " …"),
    Action.RESUME: ("resume", ""),
    Action.DROP: ("drop", " …"),
    Action.REASSIGN: ("reassign", " …"),
    Action.BLOCK: ("blocked", " …"),
    Action.EXTEND: ("extend", " …"),
    Action.HAND_OVER: ("handover", " …"),
    Action.DECLINE: ("decline", " …"),
    Action.CLAIM: ("cause", " …"),
    Action.SNOOZE: ("snooze", ""),
    Action.EXPLAIN: ("explain", " …"),
    Action.ACKNOWLEDGE: ("acknowledge", ""),
    Action.ATTACH: ("evidence", ""),
    Action.LADDER: ("ladder", ""),
    Action.URGENT: ("urgent", ""),
}
# A row each. What is needed every day stands on the card; the rest waits behind one more tap, in the last row.
WORK = (Action.RECEIVE, Action.REPORT, Action.SUBMIT, Action.WITHDRAW)
JUDGE = (Action.ACCEPT, Action.RETURN, Action.URGE, Action.RESUME, Action.ACKNOWLEDGE)
DAILY = (
    WORK,
    JUDGE,
    (Action.CONTRIBUTE, Action.EXPLAIN),
    (Action.BLOCK, Action.EXTEND, Action.HAND_OVER),
    (Action.SNOOZE, Action.ATTACH),
)
SELDOM = (
    (Action.DECLINE, Action.CLAIM),
    (Action.REASSIGN, Action.SUSPEND, Action.DROP),
    (Action.LADDER, Action.URGENT),
)


THREE_ABREAST = 12  # characters of a label that a phone still shows whole when three buttons share a row


def card_rows(card: Card, reader: Reader, *, whole: bool = False) -> list[Row]:
    """The buttons of a card: what its reader can do now; `whole` with what is seldom needed, such as the history."""
    t, key = reader.texts, card.task.id
    rows = [_row(card, group, reader) for group in DAILY]
    if card.evidence:
        rows[-1].append(button(t.plain("button.files", n=len(card.evidence)), "files", key))
    if whole:
        rows += [_row(card, group, reader) for group in SELDOM]
        rows.append([button(t.plain("button.history"), "hist", key), button(t.plain("button.back"), "card", key)])
    else:
        rows[-1].append(button(t.plain("button.more"), "more", key))
    return [part for row in rows for part in _readable(row)]


def _readable(row: Row) -> list[Row]:
    """The row in pairs when more of its labels would be cut on a phone."""
    if len(row) < 3 or max(len(key.text) for key in row) <= THREE_ABREAST:
        return [row]
    return [row[i : i + 2] for i in range(0, len(row), 2)]


def _row(card: Card, group: Iterable[Action], reader: Reader) -> Row:
    t = reader.texts
    possible = [action for action in group if action in card.actions]
    return [_button(card, action, t) for action in possible]


def _button(card: Card, action: Action, t: Texts) -> Key:
    if action is not Action.URGENT:
        return button(t.plain(f"button.{action}"), "act", action, card.task.id)
    # The payload says which of the two is wanted: a second tap changes nothing.
    label = t.plain("button.not_urgent" if card.task.urgent else "button.urgent")
    return button(label, "act", action, card.task.id, int(not card.task.urgent))


def typed(card: Card, reader: Reader, *, whole: bool = False) -> Markup:
    """The commands behind these buttons; on the plain card those of the work itself, so that it stays short."""
    groups = DAILY + SELDOM if whole else (WORK, JUDGE)
    found = [TYPED[action] for group in groups for action in group if action in card.actions]
    if whole and card.evidence and Action.ATTACH not in card.actions:
        found.append(TYPED[Action.ATTACH])  # whoever may look gets the files by the same command
    if not found:
        return NOTHING
    return typed_hint(found, card.task.code, reader, reply=Action.REPORT in card.actions)


def typed_hint(commands: Iterable[tuple[str, str]], code: str, reader: Reader, *, reply: bool) -> Markup:
    """How the same is typed: these commands with this code."""
    t = reader.texts
    language = reader.language
    shown = [html("<code>/{} {}{}</code>", local_name(name, language), code, rest) for name, rest in commands]
    return lines([t("card.typed", commands=joined(" · ", shown)), t("card.reply_hint") if reply else NOTHING])

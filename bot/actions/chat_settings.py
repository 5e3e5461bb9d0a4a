"""When a chat gets its summary, in which language and how detailed: looked at and changed by whoever may link it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection

from bot.actions.chats import may_manage
from bot.office import LANGUAGES
from bot.policy import posting
from bot.policy.access import Actor
from handlers.ports import ChatPlan, Refused
from storage import chats, history, units
from storage.records import Chat, Tree

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS = ("day", "hour", "language", "detail", "purpose")


def manageable(connection: Connection, actor: Actor) -> tuple[ChatPlan, ...]:
    """The chats whose posts the actor may set. Raises Refused when there are none."""
    tree = units.every(connection)
    found = tuple(plan_of(chat, tree) for chat in chats.open_ones(connection) if may_manage(actor, chat, tree))
    if not found:
        raise Refused("chat.none")
    return found


def look(connection: Connection, actor: Actor, chat_id: int) -> Chat:
    """A chat that the actor may set. Raises Refused."""
    chat = chats.get(connection, chat_id)
    if chat is None or chat.closed_at is not None or not may_manage(actor, chat, units.every(connection)):
        raise Refused("forbidden.link")
    return chat


def plan_of(chat: Chat, tree: Tree) -> ChatPlan:
    """What is posted in a chat, and when."""
    unit = tree[chat.unit_id].name if chat.unit_id is not None else ""
    return ChatPlan(chat, unit, posting.weekday(chat), f"{posting.clock(chat):%H:%M}", posting.detail(chat))


def change(
    connection: Connection, chat: Chat, wanted: Mapping[str, str], now: datetime, actor_id: int | None = None
) -> ChatPlan:
    """Set what was typed, all or nothing. Raises Refused with what can be typed instead."""
    values: dict[str, Any] = {}
    for field, text in wanted.items():
        values |= _read(field, text.strip().casefold())
    new = {key: value for key, value in values.items() if getattr(chat, key) != value}
    if (new.get("purpose") or chat.purpose) != posting.LEADERSHIP and new.get("detail") not in (None, posting.TOTALS):
        raise Refused("chat.totals_only")
    if new:
        old = {key: getattr(chat, key) for key in new}
        moved = {"changed_at": now} if {"weekday", "hour"} & new.keys() else {}
        chats.change(connection, chat.id, **new, **moved)
        details = {"title": chat.title, "old": old, "new": new}
        history.append(connection, now, "set_chat", actor_id=actor_id, details=details)
    return plan_of(chats.get(connection, chat.id) or chat, units.every(connection))


def _read(field: str, text: str) -> dict[str, Any]:
    """A setting as its column. Raises Refused."""
    if field == "day" and text in DAYS:
        return {"weekday": DAYS.index(text)}
    if field == "hour":
        return {"hour": _hour(text)}
    if field == "language" and text in LANGUAGES:
        return {"language": text}
    if field == "detail" and text in posting.DETAILS:
        return {"detail": text}
    if field == "purpose" and text in posting.PURPOSES:
        return {"purpose": text}
    known = {
        "day": DAYS,
        "language": LANGUAGES,
        "detail": posting.DETAILS,
        "purpose": posting.PURPOSES,
    }
    if field not in known:
        raise Refused("chat.field", field=field, known=", ".join(FIELDS))
    raise Refused("chat.value", field=field, text=text, known=", ".join(known[field]))


def _hour(text: str) -> str:
    hour, _, minute = text.replace(".", ":").partition(":")  # a button cannot hold a colon
    try:
        return f"{time(int(hour), int(minute or 0)):%H:%M}"
    except ValueError:
        raise Refused("chat.value", field="hour", text=text, known="00:00 … 23:59") from None

"""`dondoc chats`: where the weekly summaries are posted, when and how."""

from __future__ import annotations

import argparse
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot.actions import chat_settings
from bot.shell import Failed
from handlers.ports import ChatPlan, Refused
from handlers.views.screens import refusal
from handlers.views.texts import Texts, without_tags
from storage import chats, units
from storage.database import reading, transaction
from storage.records import Chat, fold


def arguments(command: argparse.ArgumentParser, t: Texts) -> None:
    """`dondoc chats` and `dondoc chats set CHAT day=fri hour=16:00 language=vi detail=names`"""
    command.add_argument(
        "what", nargs="?", choices=("list", "set"), default="list", help=t.plain("cli.help.chats.what")
    )
    command.add_argument("chat", nargs="?", help=t.plain("cli.help.chats.chat"))
    command.add_argument("values", nargs="*", metavar="NAME=VALUE", help=t.plain("cli.help.chats.values"))


def answer(engine: Engine, wanted: argparse.Namespace, now: datetime, t: Texts) -> list[str]:
    """The chats with their settings, or the one that was set. Raises Failed."""
    if wanted.what == "list":
        with reading(engine) as connection:
            tree = units.every(connection)
            plans = [chat_settings.plan_of(chat, tree) for chat in chats.open_ones(connection)]
        return [_line(plan, t) for plan in plans] or [t.plain("cli.chats.none")]
    try:
        with transaction(engine) as connection:
            chat = _find(connection, wanted.chat or "", t)
            asked = dict(text.partition("=")[::2] for text in wanted.values)
            return [_line(chat_settings.change(connection, chat, asked, now), t)]
    except Refused as refused:
        raise Failed(without_tags(refusal(refused, t))) from None


def _find(connection: Connection, text: str, t: Texts) -> Chat:
    """The chat of that number or title. Raises Failed."""
    known = chats.open_ones(connection)
    found = [chat for chat in known if text == str(chat.id) or fold(chat.title) == fold(text)]
    if len(found) != 1:
        raise Failed(t.plain("cli.chats.unknown", text=text, known=", ".join(f"{c.id} ({c.title})" for c in known)))
    return found[0]


def _line(plan: ChatPlan, t: Texts) -> str:
    return t.plain(
        "cli.chats.line",
        number=plan.chat.id,
        title=plan.chat.title,
        unit=plan.unit or t.plain("unit.whole"),
        purpose=plan.chat.purpose,
        day=chat_settings.DAYS[plan.weekday],
        hour=plan.hour,
        language=plan.chat.language,
        detail=plan.detail,
    )

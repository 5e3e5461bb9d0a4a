"""Every door into the bot, in order. The commands themselves are in the table of `handlers.commands`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Chat, Update
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from handlers import assign, chats, errors, progress, speech, start, tasks, team
from handlers.buttons import Press, unpack
from handlers.commands import COMMANDS
from handlers.context import Talk
from handlers.ports import Refused

Answer = Callable[[Update, Talk], Coroutine[Any, Any, None]]
Pressed = Callable[[Talk, Press], Awaitable[None]]

PRIVATE = filters.ChatType.PRIVATE
PUBLIC = filters.ChatType.GROUPS | filters.ChatType.CHANNEL

ANSWERS: dict[str, Answer] = {
    "tasks": tasks.my_tasks,
    "task": tasks.task,
    "received": progress.receive,
    "progress": progress.report,
    "done": progress.submit,
    "withdraw": progress.withdraw,
    "assign": assign.assign,
    "accept": progress.accept,
    "return": progress.send_back,
    "team": team.team,
    "late": tasks.late,
    "summary": team.preview,
    "link": chats.link,
    "settings": start.settings,
    "help": start.show_help,
    "cancel": start.cancel,
    "start": start.start,
}

BUTTONS: dict[str, Pressed] = {
    "notice": start.notice,
    "join": start.join,
    "settings": start.open_settings,
    "lang": start.language,
    "zone": start.zone,
    "cancel": start.cancel_button,
    "list": tasks.open_list,
    "card": tasks.show_card,
    "show": tasks.new_card,
    "act": progress.by_button,
    "askpct": progress.ask_percent,
    "pct": progress.percent,
    "note": progress.note_for,
    "as": assign.press,
    "team": team.open_team,
    "linkto": chats.link_to,
    "bind": chats.bind,
    "nobind": chats.refuse_binding,
}

ALLOWED_UPDATES = ["message", "channel_post", "callback_query", "my_chat_member"]


async def press(update: Update, talk: Talk) -> None:
    """Any button: forged, outdated and unknown payloads get one and the same refusal."""
    query, chat = update.callback_query, update.effective_chat
    if chat is None or chat.type != Chat.PRIVATE:
        # None of our buttons stands in a group: whoever presses one there has made it up.
        await talk.toast()
        return
    pressed = unpack(query.data or "") if query else None
    if pressed is None or pressed.verb not in BUTTONS:
        raise Refused("say.button")
    try:
        await BUTTONS[pressed.verb](talk, pressed)
    except (ValueError, IndexError, KeyError, OverflowError) as forged:
        raise Refused("say.button") from forged


def routes() -> list[BaseHandler[Any, Any, Any]]:
    """The handlers in the order in which they are asked."""
    groups = filters.ChatType.GROUPS
    posted = PUBLIC & (filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST)
    every_name = [name for command in COMMANDS for name in command.names]
    return [
        ChatMemberHandler(chats.membership, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE, chats.migrated),
        CommandHandler("link", chats.link_here, posted),
        *(CommandHandler(command.names, ANSWERS[command.name], PRIVATE) for command in COMMANDS),
        CommandHandler(every_name, chats.private_please, groups),
        CallbackQueryHandler(press),
        MessageHandler(PRIVATE & filters.COMMAND, speech.unknown_command),
        MessageHandler(PRIVATE & filters.TEXT, speech.words),
        MessageHandler(PRIVATE & ~filters.StatusUpdate.ALL, speech.not_words),
    ]


def connect(application: Application[Any, Talk, Any, Any, Any, Any]) -> None:
    """Put the doors in."""
    application.add_handlers(routes())
    application.add_error_handler(errors.handle)

"""Every door into the bot, in order. The commands themselves are in the table of `handlers.commands`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
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

from handlers import (
    assign,
    away,
    calendar,
    chats,
    corrections,
    errors,
    evidence,
    files,
    history,
    ladder,
    leavers,
    progress,
    recurring,
    requests,
    resending,
    sheets,
    speech,
    start,
    tasks,
    team,
)
from handlers.buttons import Press, unpack
from handlers.commands import COMMANDS
from handlers.context import Talk
from handlers.ports import Refused
from storage.records import Action

Answer = Callable[[Update, Talk], Coroutine[Any, Any, None]]
Pressed = Callable[[Talk, Press], Awaitable[None]]

# Said anew, and not changed afterwards: an edited message comes with its old command once more, sometimes days later.
NEW = filters.UpdateType.MESSAGE
PRIVATE = filters.ChatType.PRIVATE & NEW
FILES = (filters.PHOTO | filters.Document.ALL | filters.VIDEO) & ~filters.ANIMATION
PUBLIC = filters.ChatType.GROUPS | filters.ChatType.CHANNEL


def typed(answer: Callable[[Talk, Action], Awaitable[None]], action: Action) -> Answer:
    """The command that does this action."""

    async def command(_: Update, talk: Talk) -> None:
        await answer(talk, action)

    return command


ANSWERS: dict[str, Answer] = {
    "tasks": tasks.my_tasks,
    "task": tasks.task,
    "history": history.history,
    "received": typed(progress.by_command, Action.RECEIVE),
    "progress": typed(progress.by_command, Action.REPORT),
    "done": typed(progress.by_command, Action.SUBMIT),
    "evidence": evidence.by_command,
    "withdraw": typed(progress.by_command, Action.WITHDRAW),
    "assign": assign.assign,
    "recurring": recurring.recurring,
    "accept": typed(progress.by_command, Action.ACCEPT),
    "return": typed(progress.by_command, Action.RETURN),
    "extend": typed(requests.by_command, Action.EXTEND),
    "blocked": typed(requests.by_command, Action.BLOCK),
    "handover": typed(requests.by_command, Action.HAND_OVER),
    "away": away.by_command,
    "back": away.back,
    "leaver": leavers.by_command,
    "requests": requests.waiting,
    "approve": requests.approve,
    "refuse": requests.refuse,
    "urge": typed(progress.by_command, Action.URGE),
    "contribute": typed(progress.by_command, Action.CONTRIBUTE),
    "explain": typed(progress.by_command, Action.EXPLAIN),
    "ladder": ladder.by_command,
    "urgent": ladder.urgent_by_command,
    "mute": tasks.mute,
    "snooze": typed(progress.by_command, Action.SNOOZE),
    "acknowledge": typed(progress.by_command, Action.ACKNOWLEDGE),
    "decline": typed(requests.by_command, Action.DECLINE),
    "cause": typed(requests.by_command, Action.CLAIM),
    "reassign": typed(requests.by_command, Action.REASSIGN),
    "suspend": typed(progress.by_command, Action.SUSPEND),
    "resume": typed(progress.by_command, Action.RESUME),
    "drop": typed(progress.by_command, Action.DROP),
    "team": team.team,
    "late": tasks.late,
    "summary": team.preview,
    "chart": team.chart,
    "export": sheets.export,
    "mysheet": sheets.by_command,
    "index": sheets.index,
    "link": chats.link,
    "calendar": calendar.calendar,
    "settings": start.settings,
    "help": start.show_help,
    "cancel": start.cancel,
    "start": start.start,
}


async def act(talk: Talk, pressed: Press) -> None:
    """A button on a card: an action on the task, or the beginning of something about it."""
    action = Action(pressed.text(0))
    if action in requests.FIELDS:
        await requests.begin(talk, action, pressed.number(1))
    elif action is Action.ATTACH:
        await evidence.begin(talk, pressed.number(1))
    elif action is Action.LADDER:
        await ladder.open_ladder(talk, pressed)
    elif action is Action.URGENT:
        await ladder.urgent(talk, pressed)
    else:
        await progress.by_button(talk, pressed)


BUTTONS: dict[str, Pressed] = {
    "notice": start.notice,
    "join": start.join,
    "settings": start.open_settings,
    "lang": start.language,
    "zone": start.zone,
    "hour": start.hour,
    "calendar": calendar.open_calendar,
    "cancel": start.cancel_button,
    "list": tasks.open_list,
    "card": tasks.show_card,
    "more": tasks.more,
    "show": tasks.new_card,
    "lad": ladder.preset,
    "hist": history.open_history,
    "act": act,
    "form": requests.press,
    "req": requests.show,
    "away": away.open_away,
    "absent": away.press,
    "back": away.back_button,
    "leaver": leavers.open_leaver,
    "heir": leavers.press,
    "leave": leavers.close,
    "yes": requests.yes,
    "no": requests.no,
    "askpct": progress.ask_percent,
    "pct": progress.percent,
    "note": progress.note_for,
    "file": files.choose,
    "files": evidence.send,
    "as": assign.press,
    "rec": recurring.press,
    "recnew": recurring.begin,
    "recend": recurring.end,
    "team": team.open_team,
    "chart": team.open_chart,
    "sheet": sheets.turn,
    "sheetas": sheets.as_file,
    "behind": team.page_behind,
    "linkto": chats.link_to,
    "bind": chats.bind,
    "nobind": chats.refuse_binding,
    "hold": chats.decide_hold,
    "plans": chats.open_settings,
    "plan": chats.set_chat,
    "fix": corrections.press,
    "again": resending.press,
}

FOR_STRANGERS = {"start", "join", "notice"}  # /start and the buttons of the privacy notice
ALLOWED_UPDATES = ["message", "channel_post", "callback_query", "my_chat_member"]


def for_members(answer: Answer) -> Answer:
    """Only members get as far as the answer; a stranger is told so, or hears nothing (`handlers.errors`)."""

    @wraps(answer)
    async def guarded(update: Update, talk: Talk) -> None:
        await talk.me()
        await answer(update, talk)

    return guarded


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
    if pressed.verb not in FOR_STRANGERS:
        await talk.me()
    try:
        await BUTTONS[pressed.verb](talk, pressed)
    except (ValueError, IndexError, KeyError, OverflowError) as forged:
        raise Refused("say.button") from forged


def _door(name: str) -> Answer:
    return ANSWERS[name] if name in FOR_STRANGERS else for_members(ANSWERS[name])


def routes() -> list[BaseHandler[Any, Any, Any]]:
    """The handlers in the order in which they are asked."""
    groups = filters.ChatType.GROUPS & NEW
    posted = PUBLIC & (NEW | filters.UpdateType.CHANNEL_POST)
    every_name = [name for command in COMMANDS for name in command.names]
    return [
        ChatMemberHandler(chats.membership, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE & NEW, chats.migrated),
        CommandHandler("link", chats.link_here, posted),
        *(CommandHandler(command.names, _door(command.name), PRIVATE) for command in COMMANDS),
        CommandHandler(every_name, chats.private_please, groups),
        CallbackQueryHandler(press),
        MessageHandler(PRIVATE & filters.COMMAND, for_members(speech.unknown_command)),
        MessageHandler(PRIVATE & filters.TEXT, for_members(speech.words)),
        MessageHandler(PRIVATE & FILES, for_members(files.received)),
        MessageHandler(PRIVATE & ~filters.StatusUpdate.ALL, for_members(speech.not_words)),
    ]


def connect(application: Application[Any, Talk, Any, Any, Any, Any]) -> None:
    """Put the doors in."""
    application.add_handlers(routes())
    application.add_error_handler(errors.handle)

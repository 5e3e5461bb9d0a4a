"""How the bot presents itself: names, descriptions, command menus with their scopes and languages."""

import re
from typing import Any

from .calls import Json, Params, bad
from .doors import known_chat, status_of
from .methods import Method
from .world import World

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MOST_COMMANDS = 100
WIDE_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")


def menu_for(world: World, chat_id: int, language: str = "", user_id: int | None = None) -> list[Json]:
    """The commands a reader sees in a chat: the narrowest scope wins, and in it the reader's language."""
    for scope in _narrow_to_wide(world, chat_id, chat_id if user_id is None else user_id):
        for code in dict.fromkeys((language[:2], "")):
            if (scope, code) in world.menus:
                return list(world.menus[scope, code])
    return []


def _narrow_to_wide(world: World, chat_id: int, user_id: int) -> list[str]:
    chat = world.chat(chat_id)
    if chat.kind == "private":
        return [f"chat {chat_id}", "all_private_chats", "default"]
    scopes = [f"chat_member {chat_id} {user_id}", f"chat_administrators {chat_id}", f"chat {chat_id}"]
    if chat.kind == "channel":
        return [*scopes[1:], "default"]
    scopes += ["all_chat_administrators", "all_group_chats", "default"]
    if status_of(world, chat, user_id) == "administrator":
        return scopes
    return [scope for scope in scopes if "administrators" not in scope]


def set_commands(world: World, params: Params) -> bool:
    commands = params.parsed("commands")
    if not isinstance(commands, list) or len(commands) > MOST_COMMANDS:
        raise bad("BOT_COMMAND_INVALID")
    menu = [_command(command) for command in commands]
    place = (_scope(world, params), _language(params))
    if menu:
        world.menus[place] = menu
    else:
        world.menus.pop(place, None)
    world.touch()
    return True


def get_commands(world: World, params: Params) -> list[Json]:
    return world.menus.get((_scope(world, params), _language(params)), [])


def delete_commands(world: World, params: Params) -> bool:
    world.menus.pop((_scope(world, params), _language(params)), None)
    world.touch()
    return True


def _command(raw: Any) -> Json:
    raw = raw if isinstance(raw, dict) else {}
    name, description = raw.get("command"), raw.get("description")
    if not isinstance(name, str) or not COMMAND.fullmatch(name):
        raise bad("BOT_COMMAND_INVALID")
    if not isinstance(description, str) or not 1 <= len(description.strip()) <= 256:
        raise bad("BOT_COMMAND_INVALID")
    return {"command": name, "description": description}


def _scope(world: World, params: Params) -> str:
    scope = params.parsed("scope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in WIDE_SCOPES:
        return str(kind)
    if kind not in CHAT_SCOPES:
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    chat = known_chat(world, Params(scope))
    return f"{kind} {chat.id} {scope.get('user_id', '')}".strip()


def _language(params: Params) -> str:
    code = params.word("language_code") or ""
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad("invalid language code specified")
    return code


def _setter(field: str, longest: int) -> Method:
    def set_words(world: World, params: Params) -> bool:
        words = params.word(field) or ""
        if len(words) > longest:
            raise bad(f"{field.upper()}_TOO_LONG")
        world.profile[field, _language(params)] = words
        return True

    return set_words


def _getter(field: str, default: str = "") -> Method:
    def get_words(world: World, params: Params) -> Json:
        unset = world.bot["first_name"] if field == "name" else default
        widest = world.profile.get((field, "")) or unset
        return {field: world.profile.get((field, _language(params))) or widest}

    return get_words


def set_menu_button(world: World, params: Params) -> bool:
    world.profile["menu_button", params.word("chat_id") or ""] = params.parsed("menu_button")
    return True


def get_menu_button(world: World, params: Params) -> Json:
    button = world.profile.get(("menu_button", params.word("chat_id") or ""))
    return button or {"type": "default"}


PROFILE: dict[str, Method] = {
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
    "setMyName": _setter("name", 64),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description", 512),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description", 120),
    "getMyShortDescription": _getter("short_description"),
    "setChatMenuButton": set_menu_button,
    "getChatMenuButton": get_menu_button,
}

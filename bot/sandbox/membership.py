"""The Bot API methods that ask: who am I, what chat is this, who is in it, is there a webhook."""

from .calls import Json, Params, bad
from .doors import door, known_chat, member, status_of
from .methods import Method
from .world import Chat, World

NO_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_me(world: World, _: Params) -> Json:
    abilities = {"can_join_groups": True, "can_read_all_group_messages": False}
    return {**world.bot, **abilities, "supports_inline_queries": False}


def get_chat(world: World, params: Params) -> Json:
    chat = known_chat(world, params)
    if chat.kind != "private":
        chat = door(world, params)
    gifts = dict.fromkeys(NO_GIFTS, False)
    return {**chat.shape, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(world: World, params: Params) -> Json:
    chat = _listed(world, params)
    user_id = params.number("user_id") or 0
    if user_id != world.bot["id"] and user_id not in world.people:
        raise bad("user not found")
    return _member(world, chat, user_id)


def get_administrators(world: World, params: Params) -> list[Json]:
    chat = _listed(world, params)
    if chat.kind == "private":
        raise bad("there are no administrators in the private chat")
    own = [world.bot["id"]] if chat.bot_status == "administrator" else []
    return [_member(world, chat, user_id) for user_id in [*chat.admins, *own]]


def count_members(world: World, params: Params) -> int:
    chat = _listed(world, params)
    return 2 if chat.kind == "private" else len({*chat.members, *chat.admins}) + 1


def leave_chat(world: World, params: Params) -> bool:
    chat = door(world, params)
    if chat.kind == "private":
        raise bad("chat member status can't be changed in private chats")
    change_bot_status(world, chat, "left", world.bot)
    return True


def change_bot_status(world: World, chat: Chat, status: str, by: Json) -> None:
    """The bot's place in a chat changes, and it is told so."""
    old, chat.bot_status = chat.bot_status, status
    body = {"chat": chat.shape, "from": by, "date": world.stamp()}
    body["old_chat_member"] = member(world.bot, old, chat)
    body["new_chat_member"] = member(world.bot, status, chat)
    world.push("my_chat_member", body)


def set_webhook(world: World, params: Params) -> bool:
    world.updates.hook = (params.word("url") or "", params.word("secret_token") or "")
    if (allowed := params.parsed("allowed_updates")) is not None:
        world.updates.allowed = frozenset(allowed)
    world.touch()
    return True


def delete_webhook(world: World, params: Params) -> bool:
    world.updates.hook = ("", "")
    if params.flag("drop_pending_updates"):
        world.updates.waiting.clear()
        world.touch()
    return True


def webhook_info(world: World, _: Params) -> Json:
    allowed = sorted(world.updates.allowed)
    info: Json = {"url": world.updates.hook[0], "has_custom_certificate": False}
    info["pending_update_count"] = world.unconfirmed
    return {**info, **({"allowed_updates": allowed} if allowed else {})}


def _listed(world: World, params: Params) -> Chat:
    chat = door(world, params) if known_chat(world, params).kind != "private" else known_chat(world, params)
    if chat.kind == "channel" and chat.bot_status != "administrator":
        raise bad("member list is inaccessible")
    return chat


def _member(world: World, chat: Chat, user_id: int) -> Json:
    user = world.bot if user_id == world.bot["id"] else world.people[user_id].user()
    return member(user, status_of(world, chat, user_id), chat)


ASKING: dict[str, Method] = {
    "getMe": get_me,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_administrators,
    "getChatMemberCount": count_members,
    "leaveChat": leave_chat,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
}

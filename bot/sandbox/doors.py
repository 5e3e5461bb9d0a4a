"""May the bot write here, and who belongs to the chat: what Telegram checks before it does anything."""

from .calls import ApiError, Json, Params, bad, forbidden
from .markup import slice_units
from .world import Chat, World

ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_change_info",
    "can_invite_users",
    "can_restrict_members",
    "can_promote_members",
    "can_manage_video_chats",
    "can_delete_messages",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def known_chat(world: World, params: Params) -> Chat:
    """The chat that a call names, whether the bot may write there or not."""
    word = params.word("chat_id")
    if not word:
        raise bad("chat_id is empty")
    chat = world.chats.get(int(word)) if word.lstrip("-").isdecimal() else None
    if chat is None:
        raise bad("chat not found")
    return chat


def door(world: World, params: Params) -> Chat:
    """The chat that a call names, when the bot may write there."""
    chat = known_chat(world, params)
    if chat.migrated_to is not None:
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    refusal = _private_refusal(world, chat) if chat.kind == "private" else _shared_refusal(chat)
    if refusal:
        raise refusal
    return chat


def _private_refusal(world: World, chat: Chat) -> ApiError | None:
    person = world.people[chat.id]
    if person.deactivated:
        return forbidden("user is deactivated")
    if person.blocked:
        return forbidden("bot was blocked by the user")
    if not person.wrote:
        return forbidden("bot can't initiate conversation with a user")
    return None


def _shared_refusal(chat: Chat) -> ApiError | None:
    if chat.bot_status == "kicked":
        return forbidden(f"bot was kicked from the {chat.kind} chat")
    if chat.bot_status == "left":
        return forbidden(f"bot is not a member of the {chat.kind} chat")
    if chat.kind == "channel" and chat.bot_status != "administrator":
        return bad("need administrator rights in the channel chat")
    return None


def member(user: Json, status: str, chat: Chat) -> Json:
    """A ChatMember object of the given status."""
    shape: Json = {"user": user, "status": status}
    if status == "kicked":
        shape["until_date"] = 0
    if status == "administrator":
        shape.update({"can_be_edited": False, "is_anonymous": False}, **dict.fromkeys(ADMIN_RIGHTS, True))
        channel = chat.kind == "channel"
        own_rights = ("can_post_messages", "can_edit_messages") if channel else ("can_pin_messages",)
        shape.update(dict.fromkeys(own_rights, True))
    return shape


def status_of(world: World, chat: Chat, user_id: int) -> str:
    if user_id == world.bot["id"]:
        return chat.bot_status
    if user_id in chat.admins:
        return "administrator"
    return "member" if chat.has(user_id) or user_id == chat.id else "left"


def overheard(world: World, chat: Chat, message: Json) -> bool:
    """Privacy mode: in groups a bot hears only what is meant for it, unless it is an administrator."""
    if chat.bot_status != "member":
        return chat.bot_status == "administrator"
    text, mention = message.get("text", ""), f"@{world.bot['username'].lower()}"
    first = (text.lower().split(maxsplit=1) or [""])[0]
    command = first.startswith("/") and ("@" not in first or first.endswith(mention))
    mentions = [e for e in message.get("entities", []) if e["type"] == "mention"]
    mentioned = any(slice_units(text, e["offset"], e["length"]).lower() == mention for e in mentions)
    answered = message.get("reply_to_message", {}).get("message_id") in chat.own
    return bool(command or mentioned or answered)

"""The Bot API methods that write: sending, editing, deleting, answering a press."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .calls import ApiError, Json, Params, bad
from .doors import door
from .keyboards import read_markup
from .markup import Entity, MarkupError, in_order, parse_html, plain_entities, units
from .world import Chat, World

Method = Callable[[World, Params], Any]

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_ANSWER = 200
QUERY_LIFE = timedelta(seconds=150)
DELETE_LIFE = timedelta(hours=48)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
STALE_QUERY = "query is too old and response timeout expired or query ID is invalid"


def send_message(world: World, params: Params) -> Json:
    content = text_content(world, params)
    return deliver(world, door(world, params), params, content)


def deliver(world: World, chat: Chat, params: Params, content: Json) -> Json:
    """Put a message of the bot into a chat, with its buttons and what it answers."""
    markup = read_markup(params.parsed("reply_markup"))
    author = {"sender_chat": chat.shape} if chat.kind == "channel" else {"from": world.bot}
    buttons = {"reply_markup": markup.buttons} if markup.buttons else {}
    message = world.keep(chat, {**author, **_replied(chat, params), **content, **buttons})
    chat.own.add(message["message_id"])
    if markup.prompt:
        chat.prompts[message["message_id"]] = markup.prompt
    return message


def edit_text(world: World, params: Params) -> Json:
    content = text_content(world, params)
    chat, old = editable(world, params)
    if "text" not in old:
        raise bad("there is no text in the message to edit")
    return rewrite(world, chat, params, old, {"text", "entities"}, content)


def edit_caption(world: World, params: Params) -> Json:
    content = caption_content(world, params)
    chat, old = editable(world, params)
    if "text" in old:
        raise bad("there is no caption in the message to edit")
    return rewrite(world, chat, params, old, {"caption", "caption_entities"}, content)


def edit_markup(world: World, params: Params) -> Json:
    chat, old = editable(world, params)
    return rewrite(world, chat, params, old, set(), {})


def delete_message(world: World, params: Params) -> bool:
    chat = door(world, params)
    number = params.number("message_id") or 0
    if number not in chat.messages:
        raise bad("message to delete not found")
    own = number in chat.own
    if not (own or chat.kind == "private" or chat.bot_status == "administrator"):
        raise bad("message can't be deleted")
    if world.stamp() - chat.messages[number]["date"] > DELETE_LIFE.total_seconds():
        raise bad("message can't be deleted for everyone")
    del chat.messages[number]
    chat.deleted.add(number)
    world.touch()
    return True


def answer_callback_query(world: World, params: Params) -> bool:
    query = world.queries.get(params.word("callback_query_id") or "")
    if query is None or query.answer is not None or world.clock() - query.at > QUERY_LIFE:
        raise bad(STALE_QUERY)
    text = params.word("text") or ""
    if units(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    query.answer = {"text": text, "show_alert": params.flag("show_alert"), "url": params.word("url")}
    world.touch()
    return True


def send_chat_action(world: World, params: Params) -> bool:
    if not params.word("action"):
        raise bad("wrong parameter action in request")
    door(world, params)
    return True


def text_content(world: World, params: Params) -> Json:
    text, entities = _formatted(world, params, "text", "entities")
    if not text:
        raise bad("message text is empty")
    if units(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return {"text": text, **({"entities": entities} if entities else {})}


def caption_content(world: World, params: Params) -> Json:
    text, entities = _formatted(world, params, "caption", "caption_entities")
    if units(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    found = {"caption": text, "caption_entities": entities}
    return {key: value for key, value in found.items() if value}


def _formatted(world: World, params: Params, field: str, entities_field: str) -> tuple[str, list[Entity]]:
    source = (params.word(field) or "").replace("\r", "")
    mode = (params.word("parse_mode") or "").lower()
    if mode not in ("", "html"):
        raise bad("unsupported parse_mode")
    given: list[Entity] = []
    if mode:
        text, given = _html(source)
    else:
        text, given = source.strip(), params.parsed(entities_field) or []
    given = [_finished(world, entity) for entity in given]
    return text, in_order([*given, *plain_entities(text, given)])


def _html(source: str) -> tuple[str, list[Entity]]:
    try:
        return parse_html(source)
    except MarkupError as error:
        raise bad(f"can't parse entities: {error}") from None


def _finished(world: World, entity: Entity) -> Entity:
    """tg://user?id=… is a mention of a person; a language belongs to a block of code only."""
    if entity["type"] == "code":
        return {key: value for key, value in entity.items() if key != "language"}
    _, marker, number = str(entity.get("url", "")).partition("tg://user?id=")
    if not marker or not number.isdecimal() or int(number) not in world.people:
        return entity
    span = {key: entity[key] for key in ("offset", "length")}
    return {"type": "text_mention", **span, "user": world.people[int(number)].user()}


def _replied(chat: Chat, params: Params) -> Json:
    wanted = params.parsed("reply_parameters") or {}
    number = wanted.get("message_id") or params.number("reply_to_message_id")
    if number is None:
        return {}
    if int(number) in chat.messages:
        return quoted(chat.messages[int(number)])
    if wanted.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
        return {}
    raise bad("message to be replied not found")


def quoted(original: Json) -> Json:
    """One level deep: the answered message comes without what it answered itself."""
    return {"reply_to_message": {k: v for k, v in original.items() if k != "reply_to_message"}}


def editable(world: World, params: Params) -> tuple[Chat, Json]:
    if params.word("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    chat = door(world, params)
    number = params.number("message_id") or 0
    if number not in chat.messages:
        raise bad("message to edit not found")
    # A message that changed the reader's input field cannot be edited, as in life.
    if number not in chat.own or number in chat.prompts:
        raise bad("message can't be edited")
    return chat, chat.messages[number]


def rewrite(world: World, chat: Chat, params: Params, old: Json, replaced: set[str], content: Json) -> Json:
    """The new message in the place of the old one; buttons that are not sent again are gone."""
    markup = read_markup(params.parsed("reply_markup"))
    if markup.prompt:
        raise _inline_expected()
    kept = {k: v for k, v in old.items() if k not in replaced | {"reply_markup"}}
    new = {**kept, **content, **({"reply_markup": markup.buttons} if markup.buttons else {})}
    if new == old:
        raise bad(NOT_MODIFIED)
    new["edit_date"] = world.stamp()
    chat.messages[old["message_id"]] = new
    world.touch()
    return new


def _inline_expected() -> ApiError:
    return bad("inline keyboard expected")


WRITING: dict[str, Method] = {
    "sendMessage": send_message,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback_query,
    "sendChatAction": send_chat_action,
}

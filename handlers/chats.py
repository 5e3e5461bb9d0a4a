"""Groups and channels: binding them, losing them, and saying nothing personal in them."""

from __future__ import annotations

from telegram import Chat, ChatMember, Update
from telegram.error import TelegramError

from handlers.buttons import Key, Press, keyboard
from handlers.context import Talk
from handlers.ports import Refused
from handlers.views import posts, screens
from handlers.views.message import Message
from handlers.views.texts import texts

ADMINISTRATORS = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
GONE = (ChatMember.LEFT, ChatMember.BANNED)


async def link(_: Update, talk: Talk) -> None:
    """/link in private: a code and how to use it."""
    code, unit, choices = await talk.desk.link_code()
    await talk.say(screens.link_message(code, unit, choices, await talk.reader()))


async def link_to(talk: Talk, press: Press) -> None:
    """A code for another unit; the one shown before stops working."""
    code, unit, choices = await talk.desk.link_code(press.number(0))
    await talk.toast()
    await talk.show(screens.link_message(code, unit, choices, await talk.reader()))


async def link_here(update: Update, talk: Talk) -> None:
    """/link CODE in a group or channel: ask the owner of the code in private, if they administer this chat."""
    chat = update.effective_chat
    if chat is None:
        return
    if not talk.rest:
        raise Refused("link.here")
    claim = await talk.desk.claim_chat(talk.rest.split()[0], chat.title or str(chat.id))
    await _check_administrator(talk, chat, claim.account)
    await talk.desk.ask_binding(claim, chat.id, chat.type)
    await talk.say(Message(texts(talk.guess())("link.asked")))


async def _check_administrator(talk: Talk, chat: Chat, account: int) -> None:
    """Rights belong to the person who made the code, not to whoever or whatever posted it."""
    try:
        member = await talk.bot.get_chat_member(chat.id, account)
    except TelegramError as error:
        raise Refused("link.cannot_check") from error
    if member.status not in ADMINISTRATORS:
        raise Refused("link.not_admin")


async def bind(talk: Talk, press: Press) -> None:
    """✔️ in private, as a leadership channel or as a group of the unit."""
    plan = await talk.desk.bind_chat(press.number(0), press.text(1) if len(press.arguments) > 1 else "")
    await talk.toast()
    await talk.show(Message((await talk.words())(f"link.bound.{plan.chat.purpose}", title=plan.chat.title)))


async def settings(talk: Talk) -> None:
    """/summary settings: the chats whose posts this person may set; one alone is opened at once."""
    found = await talk.desk.my_chats()
    reader = await talk.reader()
    await talk.say(posts.plan_message(found[0], reader) if len(found) == 1 else posts.plans_message(found, reader))


async def open_settings(talk: Talk, press: Press) -> None:
    """⚙️ under the preview, or one of several chats."""
    reader = await talk.reader()
    if press.arguments:
        message = posts.plan_message(await talk.desk.chat_plan(press.number(0)), reader)
    else:
        message = posts.plans_message(await talk.desk.my_chats(), reader)
    await talk.toast()
    await talk.show(message)


async def set_chat(talk: Talk, press: Press) -> None:
    """Another day, hour, language or level of detail."""
    plan = await talk.desk.set_chat(press.number(0), press.text(1), press.text(2))
    reader = await talk.reader()
    await talk.toast(reader.texts.plain("settings.saved"))
    await talk.show(posts.plan_message(plan, reader))


async def refuse_binding(talk: Talk, _: Press) -> None:
    """✖️ in private: the code stays unused and dies by itself."""
    await talk.toast()
    await talk.show(Message((await talk.words())("link.not_bound")))


async def decide_hold(talk: Talk, press: Press) -> None:
    """Post all the same, or stop posting in that chat."""
    post = press.text(1) == "post"
    title = await talk.desk.decide_hold(press.number(0), post=post)
    await talk.toast()
    await talk.show(Message((await talk.words())("hold.posted" if post else "hold.stopped", title=title)))


async def private_please(_: Update, talk: Talk) -> None:
    """Nothing personal in a group: offer a private chat."""
    t = texts(talk.guess())
    url = f"https://t.me/{talk.bot.username}?start=hello"
    keys = keyboard([[Key(t.plain("button.private"), url=url)]])
    await talk.say(Message(t("group.private"), keys))


async def membership(update: Update, talk: Talk) -> None:
    """The bot was blocked, unblocked, removed from or added to a chat."""
    change, chat = update.my_chat_member, update.effective_chat
    if change is None or chat is None:
        return
    gone = change.new_chat_member.status in GONE
    if chat.type == Chat.PRIVATE:
        await talk.desk.reach(possible=not gone, reason="blocked" if gone else "")
    elif gone:
        await talk.desk.chat_closed(chat.id)


async def migrated(update: Update, talk: Talk) -> None:
    """A group became a supergroup: Telegram says so from both sides."""
    message, chat = update.effective_message, update.effective_chat
    if message is None or chat is None:
        return
    if message.migrate_to_chat_id:
        await talk.desk.chat_moved(chat.id, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await talk.desk.chat_moved(message.migrate_from_chat_id, chat.id)

"""Joining, home, help, settings, cancelling."""

from __future__ import annotations

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat, Update
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from handlers import links, team
from handlers.buttons import Press
from handlers.commands import FOR_STRANGERS, local_name, menu, offered
from handlers.context import Talk, log
from handlers.ports import Me
from handlers.views import lists, screens
from handlers.views.message import Message
from handlers.views.texts import LANGUAGES, texts

# What the first call can meet while Telegram is away; anything else is a mistake in the settings.
UNREACHABLE = (NetworkError, RetryAfter)
SHORTEST_CODE = 16  # characters; anything shorter after /start is a link of ours, not an invitation


async def start(_: Update, talk: Talk) -> None:
    """/start with an invitation code: the privacy notice; with the link of a number: its list. Else: who I am here."""
    code = talk.rest
    source = links.parse(code)
    if source is not None:
        await team.open_behind(talk, source)
        return
    if len(code) < SHORTEST_CODE:
        me = await talk.me()
        await talk.say(screens.home(me))
        await set_menu(talk, me)
        return
    invitation = await talk.desk.invitation(code)
    language = invitation.language if invitation.language in LANGUAGES else talk.guess()
    await talk.say(screens.privacy(invitation, code, language, talk.contact))


async def notice(talk: Talk, press: Press) -> None:
    """The privacy notice in another language."""
    language, code = press.text(0), press.text(1)
    invitation = await talk.desk.invitation(code)
    await talk.show(screens.privacy(invitation, code, language if language in LANGUAGES else "en", talk.contact))
    await talk.toast()


async def join(talk: Talk, press: Press) -> None:
    """✔️ under the privacy notice: link the account, then one message with the open tasks."""
    me = await talk.desk.join(press.text(0), press.text(1))
    await talk.toast()
    await talk.show(screens.welcome(me))
    await talk.say(lists.list_message(await talk.desk.my_tasks(), screens.reader_of(me), "tasks"))
    await set_menu(talk, me)


async def set_menu(talk: Talk, me: Me) -> None:
    """The command menu for this person: only what the roles allow, named in the person's language."""
    t = texts(me.language)
    commands = [BotCommand(local_name(name, me.language), t.plain(f"menu.{name}")) for name in menu(me.deeds)]
    try:
        await talk.bot.set_my_commands(commands, scope=BotCommandScopeChat(me.member.account or 0))
    except TelegramError as error:  # a menu is a convenience: /help says the same
        log.warning("the command menu was not set: %s", error)


async def set_menus(bot: Bot) -> None:
    """The menus for people whom we do not know yet, in every language; repeated at each start.

    Raises UNREACHABLE; what is refused is left alone, since /help says the same.
    """
    for language, code in (*((name, name) for name in LANGUAGES), ("en", None)):
        t = texts(language)
        commands = [BotCommand(local_name(name, language), t.plain(f"menu.{name}")) for name in FOR_STRANGERS]
        try:
            await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats(), language_code=code)
        except BadRequest as error:
            log.warning("the command menu was not set: %s", error)


async def show_help(_: Update, talk: Talk) -> None:
    """/help"""
    me = await talk.me()
    await talk.say(screens.help_message(offered(me.deeds), me.language))
    await set_menu(talk, me)


async def settings(_: Update, talk: Talk) -> None:
    """/settings [ZONE|HOUR]"""
    if not talk.rest:
        me = await talk.me()
    elif talk.rest[0].isdigit():  # no zone begins like that
        me = await talk.desk.set_agenda(talk.rest)
    else:
        me = await talk.desk.set_zone(talk.rest)
    await talk.say(screens.settings(me, talk.desk.now))


async def open_settings(talk: Talk, _: Press) -> None:
    """⚙️"""
    await talk.toast()
    await talk.show(screens.settings(await talk.me(), talk.desk.now))


async def language(talk: Talk, press: Press) -> None:
    """Another language."""
    me = await talk.desk.set_language(press.text(0))
    await talk.toast(texts(me.language).plain("settings.saved"))
    await talk.show(screens.settings(me, talk.desk.now))
    await set_menu(talk, me)


async def zone(talk: Talk, press: Press) -> None:
    """Another zone."""
    me = await talk.desk.set_zone(press.text(0))
    await talk.toast(texts(me.language).plain("settings.saved"))
    await talk.show(screens.settings(me, talk.desk.now))


async def hour(talk: Talk, press: Press) -> None:
    """Another hour of the morning agenda; the button carries it without its colon."""
    figures = press.text(0)
    me = await talk.desk.set_agenda(f"{figures[:2]}:{figures[2:]}")
    await talk.toast(texts(me.language).plain("settings.saved"))
    await talk.show(screens.settings(me, talk.desk.now))


async def cancel(_: Update, talk: Talk) -> None:
    """/cancel"""
    t = texts((await talk.me()).language)
    await talk.say(Message(t("cancel.done" if await talk.desk.drop_draft() else "cancel.nothing")))


async def cancel_button(talk: Talk, _: Press) -> None:
    """✖️"""
    t = texts((await talk.me()).language)
    dropped = await talk.desk.drop_draft()
    await talk.toast()
    await talk.show(Message(t("cancel.done" if dropped else "cancel.nothing")))

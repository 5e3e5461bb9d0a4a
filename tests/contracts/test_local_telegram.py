"""The local Telegram answers python-telegram-bot as the real one does."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyKeyboardRemove,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.sandbox import page as page_module
from bot.sandbox.calls import Fault, too_many
from bot.sandbox.markup import MarkupError, parse_html
from bot.sandbox.page import add_page
from bot.sandbox.run import words
from bot.sandbox.server import LocalTelegram

TOKEN = "4242:sandbox"
LAN, BINH, COUNCIL, OFFICE, SMALL = 1001, 5_000_000_002, -100500, -100600, -700


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[LocalTelegram]:
    server = LocalTelegram(TOKEN, clock)
    server.add_person(LAN, "Lan", "Nguyễn", "lan")
    server.add_person(BINH, "Bình", language_code="en")
    server.add_channel(COUNCIL, "Leaders", admins=[BINH])
    server.add_group(OFFICE, "Office", members=[LAN], admins=[BINH])
    server.add_group(SMALL, "Small", members=[LAN], supergroup=False)
    server.root = await server.start()  # type: ignore[attr-defined]
    yield server
    await server.stop()


def client(telegram: LocalTelegram, token: str = TOKEN, read_timeout: float = 5) -> Bot:
    root = telegram.root  # type: ignore[attr-defined]
    requests = [HTTPXRequest(read_timeout=read_timeout, httpx_kwargs={"trust_env": False}) for _ in range(2)]
    return Bot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=requests[0],
        get_updates_request=requests[1],
    )


@pytest.fixture
async def bot(telegram: LocalTelegram) -> AsyncIterator[Bot]:
    async with client(telegram) as real:
        yield real


@pytest.fixture
def lan(telegram: LocalTelegram) -> int:
    """Lan has opened the conversation, and the bot has heard it."""
    telegram.say(LAN, "/start")
    telegram.updates.waiting.clear()
    return LAN


def buttons(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(word, callback_data=f"do:{word}") for word in labels]])


def shown(message: Message) -> list[tuple[str, str]]:
    return [(entity.type, text) for entity, text in message.parse_entities().items()]


# Receiving


async def test_a_wrong_token_and_an_unknown_method_are_refused_in_telegrams_words(telegram, bot):
    with pytest.raises(InvalidToken):
        await client(telegram, "4242:forged").initialize()
    async with aiohttp.ClientSession() as session:
        forged = await session.get(f"{telegram.root}/bot1:x/getMe")
        assert (forged.status, await forged.json()) == (
            401,
            {"ok": False, "error_code": 401, "description": "Unauthorized"},
        )
        unknown = await session.post(f"{telegram.root}/bot{TOKEN}/sendTelegram")
        assert (unknown.status, (await unknown.json())["description"]) == (404, "Not Found")


async def test_parameters_may_come_by_query_form_or_json_and_method_names_in_any_case(telegram, lan):
    url = f"{telegram.root}/bot{TOKEN}/SENDMESSAGE"
    async with aiohttp.ClientSession() as session:
        for kind in ("params", "data", "json"):
            answer = await session.post(url, **{kind: {"chat_id": str(lan), "text": kind}})
            assert (await answer.json())["result"]["text"] == kind
        broken = await session.post(url, data="[", headers={"Content-Type": "application/json"})
        assert broken.status == 400


async def test_an_update_is_given_again_until_an_offset_confirms_it(telegram, bot):
    telegram.say(LAN, "/start")
    first = await bot.get_updates()
    again = await bot.get_updates()
    assert [u.update_id for u in first] == [u.update_id for u in again]
    assert telegram.unconfirmed == 1
    assert await bot.get_updates(offset=first[0].update_id + 1) == ()
    assert telegram.unconfirmed == 0


async def test_updates_come_in_order_within_the_limit_and_a_negative_offset_keeps_the_end(telegram, bot):
    for number in range(5):
        telegram.say(LAN, f"message {number}")
    assert [u.message.text for u in await bot.get_updates(limit=2)] == ["message 0", "message 1"]
    assert [u.message.text for u in await bot.get_updates(offset=-1)] == ["message 4"]
    assert telegram.unconfirmed == 1


async def test_a_long_poll_ends_as_soon_as_somebody_writes(telegram, bot):
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.changed()
    telegram.say(LAN, "hello")
    updates = await asyncio.wait_for(poll, 5)
    assert updates[0].effective_user.id == LAN
    assert updates[0].message.text == "hello"


async def test_a_second_poll_ends_the_first_with_a_conflict(telegram, bot):
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.changed()
    second = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(Conflict, match=r"(?i)terminated by other getUpdates request"):
        await first
    telegram.say(LAN, "still here")
    assert [u.message.text for u in await second] == ["still here"]


async def test_stopping_the_server_ends_a_long_poll_at_once(telegram, bot):
    poll = asyncio.create_task(bot.get_updates(timeout=50))
    await telegram.changed()
    async with asyncio.timeout(5):
        await telegram.stop()
        assert await poll == ()


async def test_what_is_allowed_is_remembered_between_polls(telegram, bot):
    await bot.get_updates(allowed_updates=["callback_query"])
    telegram.say(LAN, "/start")
    telegram.block(LAN)
    assert telegram.unconfirmed == 0
    await bot.get_updates(allowed_updates=[])
    telegram.unblock(LAN)
    assert [u.my_chat_member.new_chat_member.status for u in await bot.get_updates()] == ["member"]


async def test_presses_are_forgotten_after_150_seconds_and_messages_after_a_day(telegram, bot, lan, clock):
    sent = await bot.send_message(lan, "ready?", reply_markup=buttons("yes"))
    telegram.press(lan, lan, sent.message_id, label="yes")
    telegram.say(lan, "I pressed")
    clock.now += timedelta(seconds=151)
    assert [u.message.text for u in await bot.get_updates()] == ["I pressed"]
    clock.now += timedelta(days=1)
    assert await bot.get_updates() == ()


async def test_a_webhook_can_be_set_and_taken_away(bot):
    assert await bot.set_webhook("http://127.0.0.1:9/hook")
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/hook"
    assert await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""


async def test_while_a_webhook_is_set_nobody_can_poll_and_nothing_that_waits_is_lost(telegram, bot, lan):
    polling = asyncio.create_task(bot.get_updates(timeout=5))
    assert await telegram.until(lambda: telegram._poll > 0, 5)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match=r"(?i)terminated by setWebhook request"):
        await polling
    telegram.say(lan, "hello")
    with pytest.raises(Conflict, match=r"(?i)can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert [u.message.text for u in await bot.get_updates()] == ["hello"]


# Writing


async def test_a_sent_message_has_everything_telegram_gives_back(telegram, bot, lan, clock):
    question = telegram.say(lan, "what is open?")
    sent = await bot.send_message(
        lan, "Two tasks", reply_to_message_id=question["message_id"], reply_markup=buttons("a", "b")
    )
    assert sent.date == clock.now
    assert sent.from_user.username == "dondoc_sandbox_bot"
    assert sent.chat.full_name == "Lan Nguyễn"
    assert sent.reply_to_message.text == "what is open?"
    assert [b.callback_data for b in sent.reply_markup.inline_keyboard[0]] == ["do:a", "do:b"]
    answer = telegram.say(lan, "the second", reply_to=sent.message_id)
    assert answer["reply_to_message"]["reply_markup"] == sent.reply_markup.to_dict()
    assert "reply_to_message" not in answer["reply_to_message"]


async def test_an_answer_to_nothing_is_refused_unless_the_bot_does_not_mind(bot, lan):
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(lan, "yes", reply_to_message_id=99)
    assert await bot.send_message(lan, "yes", reply_to_message_id=99, allow_sending_without_reply=True)


async def test_html_becomes_text_and_entities_counted_in_utf16(bot, lan):
    html = (
        "🏛 <b>Báo cáo <i>tuần</i></b> &lt;3 &amp; &quot;x&quot; &#128512;&#x41; "
        '<a href="https://example.org/?a=1&amp;b=2">link</a> <tg-spoiler>no</tg-spoiler>'
        "\n<blockquote expandable>long</blockquote>"
        '<pre><code class="language-python">x = 1</code></pre> /done_A1 <code>/not</code>'
    )
    sent = await bot.send_message(lan, f"  \n{html}\n", parse_mode=ParseMode.HTML)
    assert sent.text.startswith('🏛 Báo cáo tuần <3 & "x" 😀A link')
    assert shown(sent) == [
        ("bold", "Báo cáo tuần"),
        ("italic", "tuần"),
        ("text_link", "link"),
        ("spoiler", "no"),
        ("expandable_blockquote", "long"),
        ("pre", "x = 1"),
        ("bot_command", "/done_A1"),
        ("code", "/not"),
    ]
    assert sent.entities[0].offset == 3
    assert sent.entities[2].url == "https://example.org/?a=1&b=2"
    assert sent.entities[5].language == "python"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("ừ <blink>x</blink>", 'Unsupported start tag "blink" at byte offset 4'),
        ("a < b", 'Unsupported start tag "" at byte offset 2|Unclosed start tag at byte offset 2'),
        ("1<2", "Unclosed start tag at byte offset 1"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_wrong_html_is_refused_with_telegrams_reason(bot, lan, html, reason):
    with pytest.raises(BadRequest, match=f"(?i)can't parse entities: ({reason})"):
        await bot.send_message(lan, html, parse_mode=ParseMode.HTML)


def test_the_parser_is_strict_and_lets_harmless_letters_pass():
    assert parse_html("a > b & c &nbsp; &#0; <u></u>") == ("a > b & c &nbsp; &#0;", [])
    assert parse_html("<a href='nonsense words'>x</a>") == ("x", [])
    with pytest.raises(MarkupError):
        parse_html("<b")


async def test_a_link_to_a_user_is_a_mention_of_that_person(bot, lan):
    sent = await bot.send_message(lan, f'<a href="tg://user?id={BINH}">B</a>', parse_mode=ParseMode.HTML)
    assert sent.entities[0].user.id == BINH


async def test_text_has_one_to_4096_utf16_units_after_parsing(bot, lan):
    assert (await bot.send_message(lan, f"<b>{'x' * 4096}</b>", parse_mode=ParseMode.HTML)).text == "x" * 4096
    assert await bot.send_message(lan, "😀" * 2048)
    with pytest.raises(BadRequest, match=r"(?i)message is too long"):
        await bot.send_message(lan, "😀" * 2048 + "x")
    with pytest.raises(BadRequest, match=r"(?i)message text is empty"):
        await bot.send_message(lan, "<b> </b>\n", parse_mode=ParseMode.HTML)


@pytest.mark.parametrize(
    ("keyboard", "reason"),
    [
        ([[{"text": "x", "callback_data": "ừ" * 22}]], "BUTTON_DATA_INVALID"),
        ([[{"text": "x", "callback_data": ""}]], "BUTTON_DATA_INVALID"),
        ([[{"text": "x", "url": "ftp://example.org"}]], "Unsupported URL protocol"),
        ([[{"text": "x"}]], "Text buttons are unallowed in the inline keyboard"),
        ([[{"callback_data": "x"}]], 'Can\'t find field "text"'),
        ([{"text": "x", "callback_data": "x"}], "Array of Arrays"),
        ([[{"text": "x", "callback_data": "x"}]] * 101, "reply markup is too long"),
    ],
)
async def test_a_wrong_keyboard_is_refused(telegram, lan, keyboard, reason):
    markup = json.dumps({"inline_keyboard": keyboard})
    form = {"chat_id": str(lan), "text": "x", "reply_markup": markup}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{telegram.root}/bot{TOKEN}/sendMessage", data=form)
        assert answer.status == 400
        assert reason in (await answer.json())["description"]
    assert len(telegram.messages(lan)) == 1


async def test_64_bytes_of_data_a_hundred_buttons_and_prompts_are_fine(telegram, bot, lan):
    full = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x" * 64)]] * 100)
    assert await bot.send_message(lan, "many", reply_markup=full)
    asked = await bot.send_message(lan, "how far?", reply_markup=ForceReply(input_field_placeholder="60"))
    assert asked.reply_markup is None
    assert telegram.chat(lan).prompts[asked.message_id]["force_reply"] is True
    assert await bot.send_message(lan, "thanks", reply_markup=ReplyKeyboardRemove())
    with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
        await bot.edit_message_text("how much?", lan, asked.message_id)


async def test_an_edit_happens_in_place_and_takes_the_buttons_away(telegram, bot, lan, clock):
    sent = await bot.send_message(lan, "open", reply_markup=buttons("done"))
    await bot.send_message(lan, "later")
    clock.now += timedelta(minutes=1)
    edited = await bot.edit_message_text("closed", lan, sent.message_id)
    assert edited.edit_date == clock.now
    assert [m["text"] for m in telegram.messages(lan)] == ["/start", "closed", "later"]
    assert "reply_markup" not in telegram.messages(lan)[1]
    again = await bot.edit_message_reply_markup(lan, sent.message_id, reply_markup=buttons("reopen"))
    assert again.text == "closed"
    assert again.reply_markup.inline_keyboard[0][0].text == "reopen"


async def test_wrong_edits_are_refused(telegram, bot, lan):
    sent = await bot.send_message(lan, "<b>same</b>", parse_mode=ParseMode.HTML, reply_markup=buttons("x"))
    same = {"parse_mode": ParseMode.HTML, "reply_markup": buttons("x")}
    with pytest.raises(BadRequest, match=r"(?i)message is not modified: specified new message content"):
        await bot.edit_message_text("<b>same</b>", lan, sent.message_id, **same)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await bot.edit_message_reply_markup(lan, sent.message_id, reply_markup=buttons("x"))
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("x", lan, 999)
    with pytest.raises(BadRequest, match=r"(?i)message can't be edited"):
        await bot.edit_message_text("x", lan, telegram.messages(lan)[0]["message_id"])


async def test_a_message_can_be_deleted_once_and_not_after_two_days(telegram, bot, lan, clock):
    sent = await bot.send_message(lan, "oops")
    assert await bot.delete_message(lan, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message to delete not found"):
        await bot.delete_message(lan, sent.message_id)
    old = await bot.send_message(lan, "old")
    clock.now += timedelta(hours=49)
    with pytest.raises(BadRequest, match=r"(?i)can't be deleted for everyone"):
        await bot.delete_message(lan, old.message_id)
    assert [m["text"] for m in telegram.messages(lan)] == ["/start", "old"]


async def test_files_are_kept_and_can_be_fetched_and_sent_again(telegram, bot, lan):
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4)
    sent = await bot.send_document(lan, b"a;b\n1;2\n", filename="Tuần.csv", caption="<b>x</b>", parse_mode="HTML")
    assert (sent.document.file_name, sent.document.file_size, sent.caption) == ("Tuần.csv", 8, "x")
    again = await bot.send_document(lan, sent.document.file_id)
    assert again.document.file_unique_id == sent.document.file_unique_id
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"a;b\n1;2\n"
    picture = await bot.send_photo(lan, png, reply_markup=buttons("ok"))
    assert (picture.photo[0].width, picture.photo[0].height) == (640, 480)
    changed = await bot.edit_message_caption(lan, picture.message_id, caption="chart")
    assert changed.caption == "chart"
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await bot.send_photo(lan, png, caption="x" * 1025)
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_document(lan, "no-such-file")


async def test_a_known_file_is_sent_again_only_as_what_it_was(telegram, bot, lan):
    for kind, again in (("photo", bot.send_photo), ("video", bot.send_video), ("document", bot.send_document)):
        sent = telegram.send_file(LAN, "x.bin", b"x", "text/plain", kind=kind)
        shape = sent[kind][-1] if kind == "photo" else sent[kind]
        assert (await again(lan, shape["file_id"])).message_id
        other = bot.send_document if kind != "document" else bot.send_photo
        with pytest.raises(BadRequest, match=r"(?i)type of file mismatch"):
            await other(lan, shape["file_id"])


async def test_the_files_of_an_album_come_as_messages_of_their_own(telegram, bot):
    telegram.say(LAN, "/start")
    for number in range(2):
        telegram.send_file(LAN, "x.jpg", b"x", "image/jpeg", "" if number else "words", "photo", 1, "77")
    first, second = [update.message for update in (await bot.get_updates())[1:]]
    assert first.media_group_id == second.media_group_id == "77"
    assert (first.caption, second.caption) == ("words", None)
    assert first.reply_to_message.text == second.reply_to_message.text == "/start"


async def test_a_person_can_send_the_bot_a_file(telegram, bot):
    telegram.send_file(LAN, "staff.csv", b"name\nLan\n", "text/csv", "import this")
    (update,) = await bot.get_updates()
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"name\nLan\n"
    assert update.message.caption == "import this"


# Who may be written to


async def test_the_bot_cannot_speak_first_nor_to_those_who_are_gone(telegram, bot):
    with pytest.raises(Forbidden, match=r"(?i)bot can't initiate conversation with a user"):
        await bot.send_message(LAN, "hello")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(31337, "hello")
    telegram.say(LAN, "/start")
    assert await bot.send_message(LAN, "hello")
    telegram.block(LAN)
    with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
        await bot.send_message(LAN, "hello?")
    telegram.unblock(LAN)
    assert await bot.send_message(LAN, "hello again")
    telegram.deactivate(LAN)
    with pytest.raises(Forbidden, match=r"(?i)user is deactivated"):
        await bot.send_chat_action(LAN, "typing")


async def test_the_bot_is_told_when_it_is_blocked_and_unblocked(telegram, bot, lan):
    telegram.block(lan)
    telegram.unblock(lan)
    changes = [u.my_chat_member for u in await bot.get_updates()]
    states = [(c.old_chat_member.status, c.new_chat_member.status) for c in changes]
    assert states == [("member", "kicked"), ("kicked", "member")]
    assert {c.from_user.id for c in changes} == {lan}


async def test_channels_want_an_administrator_and_groups_a_member(telegram, bot):
    telegram.add_channel(-100777, "Watching", bot_is_admin=False)
    with pytest.raises(BadRequest, match=r"(?i)need administrator rights in the channel chat"):
        await bot.send_message(-100777, "hello")
    posted = await bot.send_message(COUNCIL, "Weekly summary")
    assert posted.sender_chat.id == COUNCIL
    assert posted.from_user is None
    telegram.kick_bot(COUNCIL)
    telegram.kick_bot(OFFICE)
    with pytest.raises(Forbidden, match=r"(?i)bot was kicked from the channel chat"):
        await bot.send_message(COUNCIL, "hello")
    with pytest.raises(Forbidden, match=r"(?i)bot was kicked from the supergroup chat"):
        await bot.send_message(OFFICE, "hello")
    telegram.add_bot(COUNCIL)
    assert await bot.send_message(COUNCIL, "back")
    statuses = [u.my_chat_member.new_chat_member.status for u in await bot.get_updates()]
    assert statuses == ["kicked", "kicked", "administrator"]


async def test_message_ids_repeat_across_channels_and_big_groups(bot):
    ids = {(await bot.send_message(chat, "x")).message_id for chat in (COUNCIL, OFFICE)}
    assert ids == {1}


async def test_a_group_that_became_a_supergroup_says_where_it_moved(telegram, bot):
    telegram.upgrade_group(SMALL, -100701)
    updates = await bot.get_updates()
    assert [u.message.migrate_to_chat_id for u in updates] == [-100701, None]
    assert [u.message.migrate_from_chat_id for u in updates] == [None, SMALL]
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(SMALL, "hello")
    assert (await bot.send_message(moved.value.new_chat_id, "hello")).chat.type == "supergroup"


async def test_the_bot_can_ask_who_is_where(telegram, bot, lan):
    assert (await bot.get_chat(lan)).full_name == "Lan Nguyễn"
    assert (await bot.get_chat(COUNCIL)).title == "Leaders"
    wanted = {(OFFICE, BINH): "administrator", (OFFICE, LAN): "member", (COUNCIL, LAN): "left"}
    for (chat, user), status in wanted.items():
        assert (await bot.get_chat_member(chat, user)).status == status
    assert (await bot.get_chat_member(COUNCIL, bot.id)).status == "administrator"
    assert [a.user.id for a in await bot.get_chat_administrators(COUNCIL)] == [BINH, bot.id]
    assert await bot.get_chat_member_count(OFFICE) == 3
    assert await bot.leave_chat(OFFICE)
    with pytest.raises(Forbidden, match=r"(?i)bot is not a member of the supergroup chat"):
        await bot.get_chat(OFFICE)


# Groups, channels and buttons


async def test_in_a_group_the_bot_hears_only_what_is_meant_for_it(telegram, bot):
    own = await bot.send_message(OFFICE, "who can help?")
    telegram.say(LAN, "lunch?", OFFICE)
    telegram.say(LAN, "/tasks@another_bot", OFFICE)
    telegram.say(LAN, "😀 ask @dondoc_sandbox_botany", OFFICE)
    telegram.say(LAN, "/tasks@Dondoc_Sandbox_Bot", OFFICE)
    telegram.say(LAN, "😀 ask @dondoc_sandbox_bot", OFFICE)
    telegram.say(LAN, "I can", OFFICE, reply_to=own.message_id)
    telegram.say_as_anonymous(OFFICE, "/team")
    heard = [u.message for u in await bot.get_updates()]
    assert [m.text for m in heard] == [
        "/tasks@Dondoc_Sandbox_Bot",
        "😀 ask @dondoc_sandbox_bot",
        "I can",
        "/team",
    ]
    assert shown(heard[0]) == [("bot_command", "/tasks@Dondoc_Sandbox_Bot")]
    assert (heard[3].from_user.id, heard[3].sender_chat.id) == (1087968824, OFFICE)


async def test_a_channel_post_has_no_person_behind_it(telegram, bot):
    telegram.post(COUNCIL, "/link")
    (update,) = await bot.get_updates()
    assert update.channel_post.text == "/link"
    assert update.channel_post.from_user is None
    assert update.channel_post.sender_chat.id == COUNCIL


async def test_a_press_brings_its_message_and_can_be_answered_once(telegram, bot, lan):
    sent = await bot.send_message(lan, "ready?", reply_markup=buttons("✅ yes", "no"))
    pressed = telegram.press(lan, lan, sent.message_id, label="yes")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert (query.id, query.data, query.message.text) == (pressed, "do:✅ yes", "ready?")
    assert query.message.reply_markup == sent.reply_markup
    assert telegram.answer_to(pressed) is None
    await query.answer("Saved", show_alert=True)
    assert telegram.answer_to(pressed) == {"text": "Saved", "show_alert": True, "url": None}
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer("Saved")


async def test_a_late_or_invented_query_is_too_old(telegram, bot, lan, clock):
    sent = await bot.send_message(lan, "ready?", reply_markup=buttons("yes"))
    pressed = telegram.press(lan, lan, sent.message_id, label="yes")
    clock.now += timedelta(seconds=151)
    for query in (pressed, "12345"):
        with pytest.raises(BadRequest, match=r"(?i)query is too old and response timeout expired"):
            await bot.answer_callback_query(query)


async def test_anybody_can_forge_data_and_press_what_was_deleted(telegram, bot, lan):
    sent = await bot.send_message(lan, "ready?", reply_markup=buttons("yes"))
    telegram.press(lan, lan, sent.message_id, data="forged")
    await bot.delete_message(lan, sent.message_id)
    telegram.press(lan, lan, sent.message_id, data="do:yes")
    forged, late = [u.callback_query for u in await bot.get_updates()]
    assert forged.data == "forged"
    assert forged.message.is_accessible
    assert not late.message.is_accessible


def test_a_story_that_cannot_happen_is_refused_with_clear_words():
    telegram = LocalTelegram(TOKEN, Clock())
    telegram.add_person(LAN, "Lan")
    telegram.add_person(BINH, "Bình")
    telegram.add_channel(COUNCIL, "Leaders")
    telegram.say(LAN, "/start")
    impossible = {
        "there is no person 7": lambda: telegram.say(7, "x"),
        "Bình is not in chat 1001": lambda: telegram.say(BINH, "x", LAN),
        "1001 is not a channel": lambda: telegram.post(LAN, "x"),
        "there is no message 9": lambda: telegram.press(LAN, LAN, 9, data="x"),
        "no button 'yes' there": lambda: telegram.press(LAN, LAN, 1, label="yes"),
        "there is a chat 1001 already": lambda: telegram.add_person(LAN, "Lan"),
        "is not in chat -100500": lambda: telegram.say(LAN, "x", COUNCIL),
        "to answer": lambda: telegram.say(LAN, "x", reply_to=9),
        "1 to 4096": lambda: telegram.say(LAN, "  "),
        "not blocked": lambda: telegram.unblock(LAN),
        "there was no press 5": lambda: telegram.answer_to("5"),
    }
    for reason, story in impossible.items():
        with pytest.raises(ValueError, match=reason):
            story()
    telegram.block(LAN)
    with pytest.raises(ValueError, match="unblock it first"):
        telegram.say(LAN, "x")


# Menus


async def test_the_narrowest_menu_wins_and_in_it_the_readers_language(telegram, bot):
    def menu(name: str) -> list[BotCommand]:
        return [BotCommand(name, "what it does")]

    def seen(chat: int, language: str) -> str:
        return telegram.commands(chat, language)[0]["command"]

    assert telegram.commands(LAN, "vi") == []
    await bot.set_my_commands(menu("everywhere"))
    await bot.set_my_commands(menu("private"), scope=BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(menu("rieng"), scope=BotCommandScopeAllPrivateChats(), language_code="vi")
    await bot.set_my_commands(menu("group"), scope=BotCommandScopeAllGroupChats())
    await bot.set_my_commands(menu("lan"), scope=BotCommandScopeChat(LAN))
    assert (seen(LAN, "vi"), seen(BINH, "vi"), seen(BINH, "pl")) == ("lan", "rieng", "private")
    assert (seen(OFFICE, "vi"), seen(COUNCIL, "vi")) == ("group", "everywhere")
    assert (await bot.get_my_commands(scope=BotCommandScopeChat(LAN)))[0].command == "lan"
    await bot.delete_my_commands(scope=BotCommandScopeChat(LAN))
    assert seen(LAN, "vi-VN") == "rieng"


async def test_one_bad_command_rejects_the_whole_menu(telegram, bot):
    good = ("done", "submit")
    wrong = [
        [good, ("Done", "x")],
        [good, ("xong-việc", "x")],
        [good, ("a" * 33, "x")],
        [good, ("x", "")],
        [good] * 101,
    ]
    for commands in wrong:
        with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
            await bot.set_my_commands(commands)
    assert telegram.commands(LAN) == []
    assert await bot.set_my_commands([good] * 100)


async def test_the_bot_can_present_itself(bot, lan):
    assert await bot.set_my_name("Đôn đốc", language_code="vi")
    assert await bot.set_my_description("Keeps tasks")
    assert await bot.set_my_short_description("Tasks")
    assert await bot.set_chat_menu_button(lan)
    assert (await bot.get_my_name("vi")).name == "Đôn đốc"
    assert (await bot.get_my_name("pl")).name == "Dondoc"
    assert (await bot.get_my_description("pl")).description == "Keeps tasks"


# Faults, the ledger, waiting


async def test_the_ledger_holds_what_was_accepted_and_nothing_else(telegram, bot, lan, clock):
    await bot.send_message(lan, "<b>one</b>", parse_mode=ParseMode.HTML)
    with pytest.raises(BadRequest):
        await bot.send_message(lan, "")
    await bot.send_chat_action(lan, "typing")
    calls = [(c.method, c.chat_id, c.text) for c in telegram.ledger if c.method != "getMe"]
    assert calls == [("sendMessage", lan, "one"), ("sendChatAction", lan, None)]
    assert telegram.ledger[1].at == clock.now
    assert telegram.ledger[1].message_id == telegram.messages(lan)[-1]["message_id"]


@pytest.mark.filterwarnings("ignore:.*retry_after")
async def test_too_many_requests_says_when_to_come_back(telegram, bot, lan):
    telegram.before = lambda method, params: too_many(3) if params.get("text") == "fast" else None
    with pytest.raises(RetryAfter, match=r"(?i)retry in 0:00:03"):
        await bot.send_message(lan, "fast")
    assert await bot.send_message(lan, "slow")


async def test_a_dropped_call_was_lost_or_delivered_and_the_bot_cannot_tell(telegram, bot, lan):
    faults = iter([Fault("drop"), Fault("deliver_then_drop"), Fault(status=502, body={"ok": False})])
    telegram.before = lambda method, params: next(faults, None)
    for text in ("lost", "delivered", "ambiguous"):
        with pytest.raises(NetworkError):
            await bot.send_message(lan, text)
    assert [m["text"] for m in telegram.messages(lan)] == ["/start", "delivered"]


async def test_a_call_that_hangs_runs_into_the_bots_own_timeout(telegram, lan):
    async with client(telegram, read_timeout=0.2) as impatient:
        telegram.before = lambda method, params: Fault("hang")
        with pytest.raises(TimedOut):
            await impatient.send_message(lan, "hello?")
    assert len(telegram.messages(lan)) == 1


async def test_confirmed_returns_when_the_bot_has_taken_everything(telegram, bot):
    telegram.say(LAN, "/start")
    waiting = asyncio.create_task(telegram.confirmed())
    (update,) = await bot.get_updates()
    assert not waiting.done()
    await bot.get_updates(offset=update.update_id + 1)
    await asyncio.wait_for(waiting, 5)


async def test_changed_returns_at_the_next_message(telegram, bot, lan):
    before = telegram.version
    waiting = asyncio.create_task(telegram.changed())
    await bot.send_message(lan, "news")
    assert await asyncio.wait_for(waiting, 5) > before
    assert await telegram.changed(since=before) == telegram.version


# The chat page

SANDBOX = Path(page_module.__file__).parent
WORDS = {language: words(language) for language in ("en", "vi", "pl")}


@pytest.fixture
async def browser(clock: Clock) -> AsyncIterator["Browser"]:
    """A session in front of a server with two people and a channel."""
    server = LocalTelegram(TOKEN, clock)
    server.add_person(LAN, "Lan", "Nguyễn")
    server.add_person(BINH, "Bình")
    server.add_channel(COUNCIL, "Leaders", admins=[BINH])

    async def jump(name: str) -> datetime:
        clock.now += {"hour": timedelta(hours=1)}[name]
        return clock.now

    personas = [{"id": LAN, "kind": "person", "name": "Nguyễn Lan", "role": "member", "featured": True}]
    personas += [{"id": COUNCIL, "kind": "channel", "name": "Leaders", "role": "channel", "unit": "City"}]
    add_page(server, lambda language: WORDS[language], jump, clock, personas, "Asia/Ho_Chi_Minh")
    root = await server.start()
    async with aiohttp.ClientSession(root) as session:
        session.headers["Origin"] = root
        yield Browser(session, server)
    await server.stop()


class Browser:
    def __init__(self, session: aiohttp.ClientSession, telegram: LocalTelegram) -> None:
        self.session, self.telegram = session, telegram

    async def get(self, path: str, **headers: str) -> tuple[int, dict]:
        answer = await self.session.get(path, headers=headers)
        return answer.status, await answer.json()

    async def post(self, path: str, body: object, **headers: str) -> tuple[int, dict]:
        answer = await self.session.post(path, json=body, headers=headers)
        return answer.status, await answer.json()


async def test_the_page_and_its_parts_are_served_with_a_strict_policy(browser):
    for path in ("/", *(f"/sandbox/{name}" for name in page_module.SCRIPTS)):
        answer = await browser.session.get(path)
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    status, words = await browser.get("/sandbox/words?lang=vi")
    assert (status, words["sandbox.send"]) == (200, "Gửi")


async def test_the_page_shows_who_wrote_what_and_who_has_not_started(browser):
    _, before = await browser.get("/sandbox/state")
    assert [(c["name"], c["last"]) for c in before["chats"]] == [("Nguyễn Lan", None), ("Leaders", None)]
    assert before["chats"][0]["started"] is False
    assert await browser.post("/sandbox/say", {"as": LAN, "chat": LAN, "text": "/start"}) == (
        200,
        {"message_id": 1},
    )
    assert (await browser.post("/sandbox/post", {"as": BINH, "chat": COUNCIL, "text": "hello"}))[0] == 200
    _, after = await browser.get("/sandbox/state")
    assert [c["last"]["text"] for c in after["chats"]] == ["/start", "hello"]
    assert after["version"] > before["version"]
    _, chat = await browser.get(f"/sandbox/chat?id={COUNCIL}")
    assert chat["writers"] == [{"id": BINH, "name": "Bình"}]
    assert chat["messages"][0]["own"] is False


async def test_a_press_on_the_page_returns_what_the_bot_says_to_it(browser):
    browser.telegram.root = str(browser.session._base_url).rstrip("/")
    browser.telegram.say(LAN, "/start")
    async with client(browser.telegram) as bot:
        sent = await bot.send_message(LAN, "ready?", reply_markup=buttons("yes"))
        (start,) = await bot.get_updates()
        body = {"as": LAN, "chat": LAN, "message_id": sent.message_id, "data": "do:yes"}
        pressing = asyncio.create_task(browser.post("/sandbox/press", body))
        (update,) = await bot.get_updates(offset=start.update_id + 1, timeout=5)
        await update.callback_query.answer("Saved")
        status, reply = await pressing
    assert (status, reply["answer"]["text"]) == (200, "Saved")


async def test_events_come_with_a_change_and_end_when_the_server_stops(browser):
    _, state = await browser.get("/sandbox/state")
    waiting = asyncio.create_task(browser.get(f"/sandbox/events?version={state['version']}"))
    async with asyncio.timeout(5):
        while not browser.telegram.awaited:
            await asyncio.sleep(0)
    browser.telegram.say(LAN, "/start")
    _, event = await asyncio.wait_for(waiting, 5)
    assert event["version"] == browser.telegram.version
    waiting = asyncio.create_task(browser.get(f"/sandbox/events?version={event['version']}"))
    async with asyncio.timeout(5):
        while not browser.telegram.awaited:
            await asyncio.sleep(0)
        await browser.telegram.stop()
        assert (await waiting)[0] == 200


async def test_the_page_moves_the_time_and_blocks_the_bot(browser, clock):
    before = clock.now
    assert await browser.post("/sandbox/jump", {"to": "hour"}) == (200, {"now": clock.now.isoformat()})
    assert clock.now - before == timedelta(hours=1)
    assert (await browser.post("/sandbox/jump", {"to": "the moon"}))[0] == 400
    assert (await browser.post("/sandbox/block", {"id": LAN, "blocked": True}))[0] == 200
    assert browser.telegram.person(LAN).blocked
    assert (await browser.post("/sandbox/say", {"as": LAN, "chat": LAN, "text": "x"}))[0] == 400


async def test_the_page_sends_a_file_with_its_caption_and_a_picture_as_a_picture(browser):
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    body = {"as": LAN, "name": "a.png", "mime": "image/png", "data": picture, "text": "done", "reply_to": None}
    assert (await browser.post("/sandbox/attach", body))[0] == 200
    text = base64.b64encode(b"<script>" * 20_000).decode()  # larger than a message may be
    assert (await browser.post("/sandbox/attach", {**body, "data": text, "name": "b.png"}))[0] == 200
    first, second = browser.telegram.messages(LAN)
    assert (first["caption"], "photo" in first) == ("done", True)
    assert second["document"]["file_name"] == "b.png"
    assert (await browser.post("/sandbox/attach", {**body, "data": "not base64!"}))[0] == 400


async def test_other_sites_and_other_hosts_are_kept_out(browser):
    body = {"as": LAN, "chat": LAN, "text": "/start"}
    assert (await browser.get("/sandbox/state", Host="evil.example:80"))[0] == 403
    assert (await browser.post("/sandbox/say", body, Origin="http://evil.example"))[0] == 403
    assert (await browser.post("/sandbox/say", body, Origin="null"))[0] == 403
    form = await browser.session.post("/sandbox/say", data=json.dumps(body))
    assert form.status == 415
    assert (await browser.post("/sandbox/say", {**body, "text": "x" * 70_000}))[0] == 413
    assert (await browser.post("/sandbox/say", ["x"]))[0] == 400
    assert browser.telegram.messages(LAN) == []


def test_every_language_of_the_page_has_every_word_the_page_uses():
    sources = "".join((SANDBOX / name).read_text(encoding="utf-8") for name in (*page_module.SCRIPTS, "page.html"))
    used = set(re.findall(r"""['"](sandbox\.[a-z_.]+)['"]""", sources))
    assert len(used) > 30
    assert used <= WORDS["en"].keys()
    assert WORDS["en"].keys() == WORDS["vi"].keys() == WORDS["pl"].keys()
    assert all(
        re.findall(r"{\w+}", WORDS[lang][key]) == re.findall(r"{\w+}", WORDS["en"][key])
        for lang in WORDS
        for key in used
    )
    assert "innerHTML" not in sources

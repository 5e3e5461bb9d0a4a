"""Updates as a hostile or broken world makes them: of every kind, with anything in them, and some that are none.

The generator is seeded: a failure can be repeated.
"""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Callable
from typing import Any

from telegram import Update as Telegram

from bot.sandbox.people import ANONYMOUS, SERVICE
from bot.sandbox.updates import Update
from handlers.commands import COMMANDS
from tests.support.rig import Rig

AT_ONCE = 100
SPOILED = 0.15  # of all updates
PIECES = (
    *(
        "UA-001",
        "UA-002",
        "mai",
        "60",
        "-1",
        "9" * 21,
        "31/12/2026",
        "32/13/0000",
        "17:00",
        ";",
        "%",
        "@",
        "/",
        "\n",
        "",
    ),
    *("<b>", "</b>", "&amp;", "\u202e", "\u0000", "\ud83d", "🧨", "Đặng Thị", "ạ" * 50, "{0}", "%s", "' or 1=1 --"),
)
VERBS = ("act", "show", "card", "askpct", "pct", "bind", "join", "list", "team", "more", "set", "history", "x")
JUNK = (None, "words", "", -1, 0, 10**30, 1.5, True, [], {}, ["words"], {"id": "words"})
FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 10}
SIZE = {"width": 9, "height": 9}
POLL = {
    "id": "1", "question": "?", "options": [{"text": "<b>", "voter_count": 1, "persistent_id": "1"}],
    "total_voter_count": 1, "is_closed": False, "is_anonymous": True, "type": "regular",
    "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
}  # fmt: skip
CONTENTS: tuple[dict[str, Any], ...] = (
    {"photo": [FILE | SIZE, FILE | SIZE]},
    {"document": FILE | {"file_name": "../../\u202e.pdf", "mime_type": "application/pdf"}},
    {"document": FILE | {"file_size": 10**12}, "media_group_id": "1"},
    {"voice": FILE | {"duration": 1}},
    {"video": FILE | SIZE | {"duration": 1}},
    {"sticker": FILE | SIZE | {"is_animated": False, "is_video": False, "type": "regular"}},
    {"contact": {"phone_number": "+84 1", "first_name": "<b>"}},
    {"location": {"latitude": 21.03, "longitude": 105.85}},
    {"poll": POLL},
    {"dice": {"emoji": "🎲", "value": 6}},
)
REACTION = {"type": "emoji", "emoji": "👍"}
BOOST = {"boost_id": "1", "source": {"source": "premium", "user": SERVICE}}
INVOICE = {"id": "1", "from": ..., "invoice_payload": "x"}
# The kinds that consist of no message. ... is filled in: a person, a chat, a date, a text.
PLAIN: dict[str, dict[str, Any]] = {
    "inline_query": {"id": "1", "from": ..., "query": ..., "offset": ""},
    "chosen_inline_result": {"result_id": "1", "from": ..., "query": ...},
    "shipping_query": INVOICE | {"shipping_address": dict.fromkeys(
        ("country_code", "state", "city", "street_line1", "street_line2", "post_code"), "x")},
    "pre_checkout_query": INVOICE | {"currency": "VND", "total_amount": 1},
    "poll": POLL,
    "poll_answer": {"poll_id": "1", "user": ..., "option_ids": [0], "option_persistent_ids": ["1"]},
    "chat_member": {
        "chat": ..., "from": ..., "date": ..., "old_chat_member": {"user": SERVICE, "status": "left"},
        "new_chat_member": {"user": SERVICE, "status": "kicked", "until_date": 0},
    },
    "chat_join_request": {"chat": ..., "from": ..., "user_chat_id": 7, "date": ...},
    "chat_boost": {"chat": ..., "boost": BOOST | {"add_date": 1, "expiration_date": 2}},
    "removed_chat_boost": {"chat": ..., "remove_date": 1, **BOOST},
    "message_reaction": {
        "chat": ..., "message_id": 5, "date": ..., "user": ..., "old_reaction": [], "new_reaction": [REACTION]
    },
    "message_reaction_count": {
        "chat": ..., "message_id": 5, "date": ..., "reactions": [{"type": REACTION, "total_count": 1}]
    },
    "business_connection": {"id": "b", "user": ..., "user_chat_id": 7, "date": ..., "is_enabled": True},
    "deleted_business_messages": {"business_connection_id": "b", "chat": ..., "message_ids": [1, 2]},
    "purchased_paid_media": {"from": ..., "paid_media_payload": "x"},
    "managed_bot": {"user": ..., "bot": ANONYMOUS},
}  # fmt: skip


class Chaos:
    """Updates as a hostile or broken world makes them. `members` may do what they may; `others` nothing at all."""

    def __init__(self, rig: Rig, seed: int, accounts: tuple[int, ...]) -> None:
        self.rig, self.dice, self.accounts = rig, random.Random(seed), accounts
        self.makers: tuple[Callable[[], tuple[str, dict[str, Any]]], ...] = (
            self.message,
            self.message,
            self.press,
            self.press,
            self.edited,
            self.post,
            self.bot_member,
            self.service,
            self.unknown,
            self.content,
            self.next_kind,
            self.next_kind,
        )
        self.kinds = itertools.cycle(Telegram.ALL_TYPES)
        self.seen: set[str] = set()
        self.spoiled: set[int] = set()  # the numbers of the updates that no Bot API would send

    def text(self) -> str:
        words = [self.dice.choice(PIECES) for _ in range(self.dice.randrange(6))]
        command = f"/{self.dice.choice(self.dice.choice(COMMANDS).names)} " if self.dice.random() < 0.6 else ""
        return (command + " ".join(words)).encode("utf-8", "replace").decode()

    def sender(self) -> dict[str, Any]:
        account = self.dice.choice(self.accounts)
        people = self.rig.server.people
        known = people[account].user() if account in people else {"id": account, "is_bot": False, "first_name": "X"}
        return self.dice.choice((known, known, known, ANONYMOUS, SERVICE))

    def chat(self, sender: dict[str, Any]) -> dict[str, Any]:
        group = {"id": -1_001_234, "type": "supergroup", "title": self.text() or "G"}
        return self.dice.choice(({"id": sender["id"], "type": "private"}, group))

    def body(self) -> dict[str, Any]:
        sender = self.sender()
        text = self.text()
        length = len(text.split(" ")[0].encode("utf-16-le")) // 2
        entities = [{"type": "bot_command", "offset": 0, "length": length}] if text.startswith("/") else []
        content = {"text": text, "entities": entities} if text else {"sticker_set": "?"}
        return {
            "message_id": self.dice.randrange(1, 10_000),
            "date": self.rig.server.stamp(),
            "chat": self.chat(sender),
            "from": sender,
            **content,
        }

    def message(self) -> tuple[str, dict[str, Any]]:
        return "message", self.body()

    def edited(self) -> tuple[str, dict[str, Any]]:
        return "edited_message", self.body() | {"edit_date": self.rig.server.stamp()}

    def post(self) -> tuple[str, dict[str, Any]]:
        chat = {"id": -1_009, "type": "channel", "title": "C"}
        return "channel_post", {key: value for key, value in self.body().items() if key != "from"} | {"chat": chat}

    def press(self) -> tuple[str, dict[str, Any]]:
        numbers = [str(self.dice.choice((0, 1, 2, 3, -1, 10**18, "submit", "report", "drop", "x" * 40))) for _ in "123"]
        data = ":".join((self.dice.choice(("1", "0", "2", "")), self.dice.choice(VERBS), *numbers))[:64]
        message = self.body()
        if self.dice.random() < 0.2:
            message = {"message_id": 5, "date": 0, "chat": message["chat"]}  # inaccessible
        number = str(self.dice.randrange(10**12))
        return "callback_query", {
            "id": number, "from": self.sender(), "message": message, "chat_instance": "1", "data": data,
        }  # fmt: skip

    def bot_member(self) -> tuple[str, dict[str, Any]]:
        sender = self.sender()
        bot = self.rig.server.bot
        states = [{"user": bot, "status": self.dice.choice(("member", "left"))} for _ in "12"]
        return "my_chat_member", {
            "chat": {"id": -1_001_234, "type": "supergroup", "title": "G"},
            "from": sender,
            "date": self.rig.server.stamp(),
            "old_chat_member": states[0],
            "new_chat_member": states[1],
        }

    def service(self) -> tuple[str, dict[str, Any]]:
        empty = {key: value for key, value in self.body().items() if key not in ("text", "entities")}
        extra = self.dice.choice(
            ({"new_chat_title": "x"}, {"pinned_message": self.body()}, {"left_chat_member": ANONYMOUS})
        )
        return "message", empty | extra

    def unknown(self) -> tuple[str, dict[str, Any]]:
        return self.dice.choice(("poll_of_the_future", "shipping_query_2", "purchased_thing")), {"id": "1", "what": []}

    def content(self) -> tuple[str, dict[str, Any]]:
        """A message that is more than text."""
        body = self.body()
        content = self.dice.choice((*CONTENTS, {"forward_origin": {"type": "user", "date": 1, "sender_user": SERVICE}}))
        caption = {"caption": body.pop("text", ""), "caption_entities": body.pop("entities", [])}
        return "message", body | caption | content

    def next_kind(self) -> tuple[str, dict[str, Any]]:
        """Of each kind of update that the library knows, one after the other."""
        kind = str(next(self.kinds).value)
        own = {"callback_query": self.press, "my_chat_member": self.bot_member, "channel_post": self.post}
        return own[kind]() if kind in own else (kind, self.plain(kind))

    def plain(self, kind: str) -> dict[str, Any]:
        """An update that consists of a message, or one of PLAIN with the people it needs."""
        if kind not in PLAIN:
            return self.body() | {"edit_date": self.rig.server.stamp(), "business_connection_id": "b"}
        body: dict[str, Any] = {name: self.filled(name, value) for name, value in PLAIN[kind].items()}
        return body

    def filled(self, name: str, value: Any) -> Any:
        """A value of PLAIN; ... stands for what is different each time."""
        if value is not ...:
            return value
        makers = {"date": self.rig.server.stamp, "chat": lambda: self.chat(self.sender()), "query": self.text}
        return makers.get(name, self.sender)()

    def spoil(self, body: Any) -> None:
        """Leave something out of it, or put something else in its place, somewhere."""
        place = body
        while True:
            key = self.dice.choice(list(place)) if isinstance(place, dict) else self.dice.randrange(len(place))
            if not place[key] or not isinstance(place[key], dict | list) or self.dice.random() < 0.3:
                break
            place = place[key]
        if isinstance(place, dict) and self.dice.random() < 0.5:
            del place[key]
        else:
            place[key] = self.dice.choice(JUNK)

    def update(self) -> Update:
        """The next one."""
        kind, body = self.dice.choice(self.makers)()
        updates = self.rig.server.updates
        number = updates.next_id
        updates.next_id += 1
        self.seen.add(kind)
        whole = copy.deepcopy({kind: body})
        if self.dice.random() < SPOILED:
            self.spoil(whole)
            self.spoiled.add(number)
        return Update(self.rig.clock(), kind, {"update_id": number, **whole})

    async def feed(self, number: int) -> None:
        """So many updates, through the poller and the dispatcher."""
        for start in range(0, number, AT_ONCE):
            self.rig.server.updates.waiting += [self.update() for _ in range(min(AT_ONCE, number - start))]
            self.rig.server.touch()
            await self.rig.server.confirmed()
            await self.rig.app.dispatcher.idle()

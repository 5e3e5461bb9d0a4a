"""What people do: write, press, block, leave. Used by the chat page and by the stories in the tests."""

from collections.abc import Iterable

from .calls import Json, Upload
from .doors import overheard
from .keyboards import data_behind
from .markup import plain_entities, units
from .membership import change_bot_status
from .methods import LONGEST_TEXT, quoted
from .profile import menu_for
from .uploads import shape_of, store
from .world import Chat, Person, Query, World

ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
SERVICE: Json = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


class People(World):
    """A world in which people act. Misuse by a story raises ValueError and says what is wrong."""

    # Who there is

    def add_person(
        self,
        id: int,  # noqa: A002 - the word the Bot API uses
        first_name: str,
        last_name: str = "",
        username: str | None = None,
        language_code: str = "vi",
    ) -> Person:
        person = Person(id, first_name, last_name, username, language_code)
        self._add_chat(Chat(id, "private", person.chat(), [id]))
        self.people[id] = person
        return person

    def add_channel(
        self,
        id: int,  # noqa: A002
        title: str,
        admins: Iterable[int] = (),
        bot_is_admin: bool = True,
    ) -> Chat:
        """A channel; a bot that is no administrator there can do nothing."""
        status = "administrator" if bot_is_admin else "member"
        shape = {"id": id, "title": title, "type": "channel"}
        return self._add_chat(Chat(id, "channel", shape, [], self._known(admins), status))

    def add_group(
        self,
        id: int,  # noqa: A002
        title: str,
        members: Iterable[int] = (),
        admins: Iterable[int] = (),
        supergroup: bool = True,
        bot_status: str = "member",
    ) -> Chat:
        kind = "supergroup" if supergroup else "group"
        shape = {"id": id, "title": title, "type": kind}
        return self._add_chat(Chat(id, kind, shape, self._known(members), self._known(admins), bot_status))

    # What they write

    def say(self, user_id: int, text: str, chat_id: int | None = None, reply_to: int | None = None) -> Json:
        """Write to the bot, or in a group; from the first word on the bot may write to this person."""
        person = self._active(user_id)
        chat = self._present(person, user_id if chat_id is None else chat_id)
        return self._write(chat, {"from": person.user(), **_words(text)}, reply_to)

    def say_as_anonymous(self, chat_id: int, text: str) -> Json:
        """An administrator of a group who hides behind the group."""
        chat = self.chat(chat_id)
        if chat.kind not in ("group", "supergroup"):
            raise ValueError(f"{chat_id} is not a group")
        return self._write(chat, {"from": ANONYMOUS, "sender_chat": chat.shape, **_words(text)}, None)

    def send_file(
        self,
        user_id: int,
        name: str,
        data: bytes,
        mime: str,
        caption: str = "",
        kind: str = "document",
        reply_to: int | None = None,
        album: str = "",
    ) -> Json:
        """Send the bot a document, photo or video; files of one album come as messages of their own."""
        person = self._active(user_id)
        content = shape_of(store(self, Upload(name, mime, data), f"{kind}s"), kind)
        content |= {key: value for key, value in (("caption", caption), ("media_group_id", album)) if value}
        return self._write(self._present(person, user_id), {"from": person.user(), **content}, reply_to)

    def post(self, channel_id: int, text: str) -> Json:
        """An administrator writes in a channel: the post comes from the channel, not from a person."""
        chat = self.chat(channel_id)
        if chat.kind != "channel":
            raise ValueError(f"{channel_id} is not a channel")
        message = self.keep(chat, {"sender_chat": chat.shape, **_words(text)})
        if chat.bot_status == "administrator":
            self.push("channel_post", message)
        return message

    # What they press

    def press(
        self, user_id: int, chat_id: int, message_id: int, data: str | None = None, label: str | None = None
    ) -> str:
        """Press a button found by its label, or send `data` whether or not there is such a button."""
        person, chat = self._active(user_id), self.chat(chat_id)
        if chat.kind != "channel":
            self._present(person, chat_id, opens=False)
        if data is None:
            data = data_behind(chat.messages.get(message_id, {}), label)
        query_id = str(self.bot["id"] * 1_000_000 + len(self.queries) + 1)
        self.queries[query_id] = Query(self.clock(), user_id)
        shown = self._pressed(chat, message_id)
        instance = str(chat.id * 7919)
        body = {"id": query_id, "from": person.user(), "message": shown, "chat_instance": instance}
        self.push("callback_query", {**body, "data": data})
        return query_id

    def answer_to(self, query_id: str) -> Json | None:
        """What the bot said to a press: text, show_alert, url; None while it said nothing."""
        if query_id not in self.queries:
            raise ValueError(f"there was no press {query_id}")
        return self.queries[query_id].answer

    # How they come and go

    def block(self, user_id: int) -> None:
        self._block(user_id, blocked=True)

    def unblock(self, user_id: int) -> None:
        self._block(user_id, blocked=False)

    def deactivate(self, user_id: int) -> None:
        """The account is gone; nobody is told."""
        self.person(user_id).deactivated = True
        self.touch()

    def kick_bot(self, chat_id: int) -> None:
        chat = self._shared(chat_id)
        if chat.bot_status in ("kicked", "left"):
            raise ValueError(f"the bot is not in {chat_id}")
        change_bot_status(self, chat, "kicked", self._somebody(chat))

    def publish(self, chat_id: int, username: str) -> None:
        """A group or channel gets a public name, or loses it (an empty one); nobody is told."""
        chat = self._shared(chat_id)
        shape = {key: value for key, value in chat.shape.items() if key != "username"}
        chat.shape = {**shape, **({"username": username} if username else {})}
        self.touch()

    def demote_bot(self, chat_id: int) -> None:
        """The bot is no administrator any more: in a channel it may do nothing then."""
        change_bot_status(self, self._shared(chat_id), "member", self._somebody(self.chat(chat_id)))

    def add_bot(self, chat_id: int) -> None:
        """Into a group as a member, into a channel as an administrator: there is nothing else in channels."""
        chat = self._shared(chat_id)
        if chat.bot_status not in ("kicked", "left") and chat.kind != "channel":
            raise ValueError(f"the bot is in {chat_id} already")
        by = self._somebody(chat)
        change_bot_status(self, chat, "administrator" if chat.kind == "channel" else "member", by)
        if chat.kind != "channel":
            self.push("message", self.keep(chat, {"from": by, "new_chat_members": [self.bot]}))

    def upgrade_group(self, chat_id: int, new_id: int) -> Chat:
        """A group becomes a supergroup with another id; the bot learns it from two service messages."""
        old = self._shared(chat_id)
        if old.kind != "group":
            raise ValueError(f"{chat_id} is not a small group")
        shape = {**old.shape, "id": new_id, "type": "supergroup"}
        new = Chat(new_id, "supergroup", shape, old.members, old.admins, old.bot_status)
        self._add_chat(new)
        by = self._somebody(old)
        self.push("message", self.keep(old, {"from": by, "migrate_to_chat_id": new_id}))
        self.push("message", self.keep(new, {"from": by, "migrate_from_chat_id": chat_id}))
        old.migrated_to = new_id
        return new

    def commands(self, chat_id: int, language: str = "", user_id: int | None = None) -> list[Json]:
        """The command menu that this reader sees in this chat."""
        return menu_for(self, chat_id, language, user_id)

    # Inside

    def _add_chat(self, chat: Chat) -> Chat:
        if chat.id in self.chats:
            raise ValueError(f"there is a chat {chat.id} already")
        self.chats[chat.id] = chat
        self.touch()
        return chat

    def _known(self, ids: Iterable[int]) -> list[int]:
        return [self.person(user_id).id for user_id in ids]

    def _shared(self, chat_id: int) -> Chat:
        chat = self.chat(chat_id)
        if chat.kind == "private":
            raise ValueError(f"{chat_id} is a private chat")
        return chat

    def _active(self, user_id: int) -> Person:
        person = self.person(user_id)
        if person.deactivated:
            raise ValueError(f"the account of {person.name} is deactivated")
        return person

    def _present(self, person: Person, chat_id: int, opens: bool = True) -> Chat:
        chat = self.chat(chat_id)
        if not chat.has(person.id):
            raise ValueError(f"{person.name} is not in chat {chat_id}")
        if chat.kind == "channel":
            raise ValueError("nobody writes in a channel under their own name: use post()")
        if chat.kind == "private" and person.blocked:
            raise ValueError(f"{person.name} has blocked the bot: unblock it first")
        if chat.kind == "private" and opens:
            person.wrote = True
        return chat

    def _write(self, chat: Chat, content: Json, reply_to: int | None) -> Json:
        if reply_to is not None:
            if reply_to not in chat.messages:
                raise ValueError(f"there is no message {reply_to} in chat {chat.id} to answer")
            content = {**content, **quoted(chat.messages[reply_to])}
        message = self.keep(chat, content)
        if chat.kind == "private" or overheard(self, chat, message):
            self.push("message", message)
        return message

    def _pressed(self, chat: Chat, message_id: int) -> Json:
        if message_id in chat.messages:
            return chat.messages[message_id]
        if message_id in chat.deleted:
            return {"chat": chat.shape, "message_id": message_id, "date": 0}
        raise ValueError(f"there is no message {message_id} in chat {chat.id}")

    def _block(self, user_id: int, blocked: bool) -> None:
        person = self._active(user_id)
        if person.blocked == blocked:
            raise ValueError(f"{person.name} has {'blocked' if blocked else 'not blocked'} the bot already")
        person.blocked = blocked
        change_bot_status(self, self.chat(user_id), "kicked" if blocked else "member", person.user())

    def _somebody(self, chat: Chat) -> Json:
        ids = [*chat.admins, *chat.members]
        return self.people[ids[0]].user() if ids else SERVICE


def _words(text: str) -> Json:
    text = text.strip()
    if not 1 <= units(text) <= LONGEST_TEXT:
        raise ValueError(f"a message has 1 to {LONGEST_TEXT} characters")
    entities = plain_entities(text)
    return {"text": text, **({"entities": entities} if entities else {})}

"""Everything the local Telegram knows: people, chats, messages, updates, the bot's menus and files."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .calls import Call, Json
from .updates import Updates


@dataclass
class Person:
    id: int
    first_name: str
    last_name: str = ""
    username: str | None = None
    language_code: str = "vi"
    wrote: bool = False
    blocked: bool = False
    deactivated: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def _names(self) -> Json:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {key: value for key, value in names.items() if value}

    def user(self) -> Json:
        return {"id": self.id, "is_bot": False, **self._names(), "language_code": self.language_code}

    def chat(self) -> Json:
        return {"id": self.id, **self._names(), "type": "private"}


@dataclass
class Chat:
    id: int
    kind: str
    shape: Json
    members: list[int] = field(default_factory=list)
    admins: list[int] = field(default_factory=list)
    bot_status: str = "member"
    migrated_to: int | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    own: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    prompts: dict[int, Json] = field(default_factory=dict)
    last_id: int = 0

    def has(self, user_id: int) -> bool:
        return user_id in self.members or user_id in self.admins


@dataclass
class Query:
    """A press of a button and what the bot said to it."""

    at: datetime
    user_id: int
    answer: Json | None = None


@dataclass(frozen=True)
class StoredFile:
    file_id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes


class World:
    """The state, and how to wait for it to change. Time comes from `clock`."""

    def __init__(self, token: str, clock: Callable[[], datetime], bot_username: str, bot_name: str) -> None:
        if not token.partition(":")[0].isdigit():
            raise ValueError("a bot token looks like 123456:letters")
        self.token = token
        self.clock = clock
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": bot_name}
        self.bot["username"] = bot_username
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.files: dict[str, StoredFile] = {}
        self.menus: dict[tuple[str, str], list[Json]] = {}
        self.profile: dict[tuple[str, str], Any] = {}
        self.ledger: list[Call] = []
        # Not from 1: a bot must not rely on where the ids start.
        self.updates = Updates(_number(token) % 800_000_000 + 100_000_000)
        self.version = 0
        self.stopped = False
        self._shared_message_id = 0
        self._waiting: set[asyncio.Future[None]] = set()

    # Reading

    def messages(self, chat_id: int) -> list[Json]:
        """The messages of a chat in order, as they stand now."""
        return [dict(message) for message in self.chat(chat_id).messages.values()]

    @property
    def unconfirmed(self) -> int:
        return len(self.updates.waiting)

    def chat(self, chat_id: int) -> Chat:
        if chat_id not in self.chats:
            raise ValueError(f"there is no chat {chat_id}")
        return self.chats[chat_id]

    def person(self, user_id: int) -> Person:
        if user_id not in self.people:
            raise ValueError(f"there is no person {user_id}")
        return self.people[user_id]

    def stamp(self) -> int:
        return int(self.clock().timestamp())

    # Changing

    def touch(self) -> None:
        """Tell everybody who waits that something is new."""
        self.version += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def next_message_id(self, chat: Chat) -> int:
        """Private chats and small groups share one count; big groups and channels have their own."""
        if chat.kind in ("supergroup", "channel"):
            chat.last_id += 1
            return chat.last_id
        self._shared_message_id += 1
        return self._shared_message_id

    def keep(self, chat: Chat, content: Json) -> Json:
        """Store a new message. Stored messages are replaced, never changed: updates hold them too."""
        number = self.next_message_id(chat)
        message = {"message_id": number, "date": self.stamp(), "chat": chat.shape, **content}
        chat.messages[number] = message
        self.touch()
        return message

    def push(self, kind: str, content: Json) -> None:
        self.updates.push(kind, content, self.clock())
        self.touch()

    # Waiting

    async def until(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait for a condition, the end of the server or the time limit; say whether the condition holds."""
        try:
            async with asyncio.timeout(seconds):
                while not ready() and not self.stopped:
                    await self._next_touch()
        except TimeoutError:
            pass
        return ready()

    async def confirmed(self) -> None:
        """Return when the bot has confirmed every update."""
        await self.until(lambda: not self.updates.waiting)

    async def changed(self, since: int | None = None) -> int:
        """Return at the first change after version `since` (by default: after now), with the new version."""
        seen = self.version if since is None else since
        await self.until(lambda: self.version > seen)
        return self.version

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for a change just now."""
        return bool(self._waiting)

    async def _next_touch(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])

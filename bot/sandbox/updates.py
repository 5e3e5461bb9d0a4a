"""The updates that wait for the bot: kept until confirmed, forgotten when they are too old."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .calls import Json

# Telegram leaves these out unless a bot asks for them by name.
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MESSAGE_LIFE = timedelta(hours=24)
PRESS_LIFE = timedelta(seconds=150)


@dataclass(frozen=True)
class Update:
    at: datetime
    kind: str
    body: Json

    def lives(self, now: datetime) -> bool:
        return now - self.at <= (PRESS_LIFE if self.kind == "callback_query" else MESSAGE_LIFE)


@dataclass
class Updates:
    """A queue read by offset. `next_id` may be set back, as Telegram does after a quiet week."""

    next_id: int
    allowed: frozenset[str] = frozenset()
    waiting: deque[Update] = field(default_factory=deque)
    hook: tuple[str, str] = ("", "")  # where updates are posted, and the secret that goes with them

    def push(self, kind: str, content: Json, at: datetime) -> None:
        if kind in self.allowed or (not self.allowed and kind not in ON_REQUEST):
            self.waiting.append(Update(at, kind, {"update_id": self.next_id, kind: content}))
            self.next_id += 1

    def confirm(self, offset: int) -> None:
        """A positive offset forgets what came before it; a negative one keeps only that many from the end."""
        if offset < 0:
            self.waiting = deque(list(self.waiting)[offset:])
        while self.waiting and 0 < self.waiting[0].body["update_id"] < offset:
            self.waiting.popleft()

    def delivered(self, update: Update) -> None:
        """It was taken by whoever is posted to."""
        if update in self.waiting:
            self.waiting.remove(update)

    def expire(self, now: datetime) -> None:
        if not all(update.lives(now) for update in self.waiting):
            self.waiting = deque(update for update in self.waiting if update.lives(now))

    def batch(self, limit: int) -> list[Json]:
        return [update.body for update, _ in zip(self.waiting, range(limit), strict=False)]

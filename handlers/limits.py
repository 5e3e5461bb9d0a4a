"""Telegram's speed limits, kept before Telegram has to say so: when may the next message go, and whose is it?"""

import asyncio
import heapq
import itertools
import math
import time
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from handlers.outcomes import Pauses, pause_seconds
from handlers.rhythms import Chat, Lane, Rhythm, Window

Key = tuple[int | None, bool]  # chat and whether it is an edit: each such key is one queue
Result = bool | dict[str, Any] | list[dict[str, Any]]

_CATCH_UP: Final = 3  # letters that may follow each other at once: a timer that rings late costs no rate
_PATIENCE: Final = 10.0  # seconds; in a longer pause nobody hangs on a call: the outbox waits better
_MANY: Final = 1024  # chats remembered before the first sweep
_BREATH: Final = 0.001  # seconds; a clock that wakes a little early must not make the gate spin
_SENDS: Final = ("send", "copyMessage", "forwardMessage")
_NO_MESSAGES: Final = frozenset({"sendChatAction", "sendMessageDraft"})
_EDITS: Final = ("editMessage", "stopPoll", "stopMessageLiveLocation")


class Gate:
    """Hands out turns to send. One event loop; no waiting call costs anything while it waits.

    `overall` and `chat` are messages a second, `group` messages a minute, strict over any sliding second or
    minute; only answers to a private chat may come in bursts of three. A turn granted in the instant in which
    its call is cancelled is lost: slower by one message, never faster.
    """

    def __init__(
        self,
        overall: float = 30.0,
        chat: float = 1.0,
        group: float = 20.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Raises ValueError when a rate is not above zero."""
        if min(overall, chat, group) <= 0:
            raise ValueError("a rate must be above zero")
        self._step, self._group = 1.0 / chat, group
        self._monotonic, self._sleep = monotonic, sleep
        self._all = Window(overall, 1.0)
        # Letters may use the whole rate, but evenly: an answer that comes in between waits for one place, not a second.
        self._letters = Rhythm(1.0 / overall)
        self._pauses = Pauses()
        self._chats: dict[int, Chat] = {}
        self._sweep_at = _MANY
        self._calls: dict[Lane, dict[Key, deque[asyncio.Future[None]]]] = {lane: {} for lane in Lane}
        self._heads: dict[Lane, list[tuple[float, int, Key]]] = {lane: [] for lane in Lane}
        self._arrivals = itertools.count()
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = math.inf

    @property
    def known_chats(self) -> int:
        """How many chats are remembered, about those of the last minute."""
        return len(self._chats)

    async def turn(self, chat_id: int | None, lane: Lane, *, edit: bool = False) -> None:
        """Wait until one message (or one edit) may go to `chat_id`; negative ids are groups and channels."""
        key, calls = (chat_id, edit), self._calls[lane]
        if self._may_at_once(key, lane):
            return
        call = asyncio.get_running_loop().create_future()
        if key not in calls:
            calls[key] = deque()
            self._queue(lane, key, self._monotonic())
        calls[key].append(call)
        self._serve()
        await call  # a cancelled one stays behind as done, and is passed over when its turn comes

    def _may_at_once(self, key: Key, lane: Lane) -> bool:
        """Grant a turn for which nobody waits: with the limits lifted that is nearly every one."""
        if any(self._heads.values()):
            return False
        now = self._monotonic()
        if self._opens(lane) > now or self._chat_opens(key, lane) > now:
            return False
        self._stamp(key, lane, now)
        return True

    async def letter(self, chat_id: int) -> None:
        """The turn of a letter. Raises RetryAfter at once in a known pause of over ten seconds."""
        if (left := self.held(chat_id)) > _PATIENCE:
            raise RetryAfter(math.ceil(left))
        await self.turn(chat_id, Lane.LETTER)

    def _queue(self, lane: Lane, key: Key, when: float) -> None:
        """Every key in `_calls` has exactly one head; heads are looked at in the order of `when`."""
        heapq.heappush(self._heads[lane], (when, next(self._arrivals), key))

    def pause(self, chat_id: int | None, seconds: float) -> None:
        """Telegram answered 429: hold this chat, and all of them when it cannot be about one chat."""
        self._pauses.refused(chat_id, seconds, self._monotonic())

    def pauses(self) -> dict[int | None, float]:
        """Seconds left per chat (None: all chats), to be kept across a restart."""
        return self._pauses.left(self._monotonic())

    def resume(self, pauses: Mapping[int | None, float]) -> None:
        """Take up what `pauses` gave before a restart; the caller subtracts the time in between."""
        for chat_id, seconds in pauses.items():
            self._pauses.hold(chat_id, self._monotonic() + seconds)

    def held(self, chat_id: int | None) -> float:
        """Seconds for which pauses still close this chat; 0.0 when none does."""
        return max(0.0, self._pauses.until(chat_id) - self._monotonic())

    def _serve(self) -> None:
        """Grant what may go now, answers first, and set the alarm for the next moment that matters."""
        now = self._monotonic()
        when = min([self._serve_lane(lane, now) for lane in (Lane.ANSWER, Lane.LETTER)])
        if when != self._alarm_at:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm_at = when
            self._alarm = asyncio.create_task(self._ring(when)) if when < math.inf else None

    async def _ring(self, when: float) -> None:
        await self._sleep(max(when - self._monotonic(), _BREATH))
        self._alarm, self._alarm_at = None, math.inf
        self._serve()

    def _serve_lane(self, lane: Lane, now: float) -> float:
        """Grant what this lane may have; return the moment to look again."""
        calls, heads = self._calls[lane], self._heads[lane]
        while heads and heads[0][0] <= now:
            if (opens := self._opens(lane)) > now:
                return opens
            key = heapq.heappop(heads)[2]
            if not calls[key]:
                del calls[key]
            elif (opens := self._chat_opens(key, lane)) > now:
                self._queue(lane, key, opens)
            else:
                self._grant(lane, key, now)
                self._queue(lane, key, now)
        return heads[0][0] if heads else math.inf

    def _grant(self, lane: Lane, key: Key, now: float) -> None:
        call = self._calls[lane][key].popleft()
        if call.done():
            return  # cancelled: no message, no stamp
        call.set_result(None)
        self._stamp(key, lane, now)

    def _stamp(self, key: Key, lane: Lane, now: float) -> None:
        """Remember what was granted."""
        self._all.stamp(now)
        if lane is Lane.LETTER:
            self._letters.stamp(now)
        chat_id, edit = key
        if chat_id is not None and not edit:
            self._chat(chat_id, now).stamp(now)

    def _chat(self, chat_id: int, now: float) -> Chat:
        """What is known of this chat. Idle ones are as good as new and forgotten; doubling keeps that cheap."""
        if len(self._chats) >= self._sweep_at:
            cut = now - Window(self._group, 60.0).seconds
            self._chats = {known: chat for known, chat in self._chats.items() if chat.due > cut}
            self._sweep_at = max(_MANY, 2 * len(self._chats))
        return self._chats.setdefault(chat_id, Chat(self._step, self._group if chat_id < 0 else None))

    def _opens(self, lane: Lane) -> float:
        opens = max(self._all.opens(), self._pauses.until(None))
        return opens if lane is Lane.ANSWER else max(opens, self._letters.opens(_CATCH_UP))

    def _chat_opens(self, key: Key, lane: Lane) -> float:
        chat_id, edit = key
        known = None if edit or chat_id is None else self._chats.get(chat_id)
        return max(self._pauses.until(chat_id), known.allows(lane) if known else -math.inf)


class PoliteLimiter(BaseRateLimiter[Lane]):
    """Puts the gate before PTB's calls; `rate_limit_args` is the lane, ANSWER when none is given."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def initialize(self) -> None: ...
    async def shutdown(self) -> None: ...

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Lane | None,
    ) -> Result:
        """Take a turn for what sends or edits; let everything else pass.

        Raises RetryAfter when Telegram refuses, and at once in a known pause of over ten seconds.
        """
        edit = endpoint.startswith(_EDITS)
        if not edit and (not endpoint.startswith(_SENDS) or endpoint in _NO_MESSAGES):
            return await callback(*args, **kwargs)
        chat_id, lane = chat_key(data.get("chat_id")), rate_limit_args or Lane.ANSWER
        again = lane is Lane.ANSWER
        while True:
            if lane is not Lane.GRANTED:
                if (left := self._gate.held(chat_id)) > _PATIENCE:
                    raise RetryAfter(math.ceil(left))
                await self._gate.turn(chat_id, lane, edit=edit)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                wait = pause_seconds(refusal)
                self._gate.pause(chat_id, wait)
                if not again or wait > _PATIENCE:
                    raise
            again = False


def chat_key(chat_id: object) -> int | None:
    """The number under which the gate knows a chat. A "@name" becomes one below all real ids, the same each run."""
    if chat_id is None:
        return None
    text = str(chat_id)
    return int(text) if text.lstrip("-").isdecimal() else -(10**15) - zlib.crc32(text.lower().encode())

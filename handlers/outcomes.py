"""What became of an attempt to send: one small answer for the outbox and for the handlers.

The Bot API has no idempotency key, so the one question that matters after an error is "may the other side have
read it?". `NotDelivered` says "certainly not", `Uncertain` says "perhaps"; everything else Telegram said itself.
"""

import asyncio
import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)


class _WithReason(NetworkError):
    """A network error whose message is `reason` or `reason: detail`; neither holds an address or a token."""

    @property
    def reason(self) -> str:
        """The stable code, the part of the message before the colon."""
        return self.message.partition(":")[0]


class NotDelivered(_WithReason):
    """Not a byte of the request left this machine for Telegram: sending again makes no copy."""


class Uncertain(_WithReason):
    """The request was at least begun and no usable answer came: sending again may make a copy.

    Deliberately not a `TimedOut`: PTB polls again at once after that one, without any pause between tries.
    """


class Kind(StrEnum):
    """What to do next."""

    NOT_SENT_RETRY = "not_sent_retry"  # nothing reached Telegram: try again
    PAUSE = "pause"  # 429: refused for now, `seconds` says how long
    UNKNOWN = "unknown"  # may have arrived: do not repeat blindly
    UNREACHABLE = "unreachable"  # this chat, until a person acts
    MOVED = "moved"  # the group is a supergroup now, `chat_id` is its new id
    BAD_REQUEST = "bad_request"  # this letter is wrong and stays wrong
    CONFIG = "config"  # the token, the address or a second poller: an operator must act


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind, a short stable reason code, and what the kind carries.

    `seconds` is set for PAUSE only, `chat_id` (the new one) for MOVED only.
    """

    kind: Kind
    reason: str
    seconds: float | None = None
    chat_id: int | None = None


_LONG = 30.0  # seconds; a longer pause is not about one chat
_CONTAGION, _WITNESSES = 5.0, 3  # within these seconds that many chats refusing mean all chats

# Pieces of Telegram's descriptions in lower case (PTB changes their letter case); the first that fits wins.
_UNREACHABLE = (
    ("bot was blocked", "blocked"),
    ("user_is_blocked", "blocked"),
    ("user is deactivated", "deactivated"),
    ("input_user_deactivated", "deactivated"),
    ("can't initiate conversation", "never_started"),
    ("can't send messages to bots", "is_bot"),
    ("bot was kicked", "kicked"),
    ("bot is not a member", "not_member"),
    ("user_not_participant", "not_member"),
    ("channel_private", "not_member"),
    ("group chat was deleted", "chat_deleted"),
    ("group chat was deactivated", "chat_deleted"),
    ("group is deactivated", "chat_deleted"),
    ("upgraded to a supergroup", "chat_upgraded"),
    ("chat not found", "chat_not_found"),
    ("user not found", "chat_not_found"),
    ("chat_id is empty", "chat_not_found"),
    ("chat_id_invalid", "chat_not_found"),
    ("peer_id_invalid", "chat_not_found"),
    ("need administrator rights", "no_rights"),
    ("not enough rights", "no_rights"),
    ("have no rights", "no_rights"),
    ("chat_admin_required", "no_rights"),
    ("chat_write_forbidden", "no_rights"),
    ("chat_restricted", "no_rights"),
    ("user_banned_in_channel", "no_rights"),
    ("topic_closed", "topic_closed"),
)
_BAD_LETTER = (
    ("can't parse entities", "parse_entities"),
    ("message is not modified", "not_modified"),
    ("query is too old", "query_too_old"),
    ("message to edit not found", "message_gone"),
    ("message to delete not found", "message_gone"),
    ("message can't be edited", "message_gone"),
    ("message can't be deleted", "message_gone"),
    ("message_id_invalid", "message_gone"),
    ("message to be replied not found", "reply_gone"),
    ("is too long", "too_long"),
    ("entity too large", "too_large"),
    ("text is empty", "empty"),
    ("button_data_invalid", "button_invalid"),
    ("member list is inaccessible", "member_list"),
)
# What needs no look at the text.
_BY_CLASS: tuple[tuple[type[BaseException], Outcome], ...] = (
    (InvalidToken, Outcome(Kind.CONFIG, "token")),
    (EndPointNotFound, Outcome(Kind.CONFIG, "endpoint")),
    (Conflict, Outcome(Kind.CONFIG, "conflict")),
    (asyncio.CancelledError, Outcome(Kind.UNKNOWN, "cancelled")),
)
_UNEXPECTED = Outcome(Kind.UNKNOWN, "unexpected")
# Statuses that PTB hands over as a bare NetworkError: a 429 that names no time, and 413.
_BY_STATUS_TEXT = (
    ("too many requests", Outcome(Kind.PAUSE, "flood", seconds=1.0)),
    ("entity too large", Outcome(Kind.BAD_REQUEST, "too_large")),
)
_SERVER_ERROR = Outcome(Kind.UNKNOWN, "server_error")


def pause_seconds(error: RetryAfter) -> float:
    """Seconds to keep quiet; PTB gives a number or, with PTB_TIMEDELTA set, a timedelta."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def outcome(error: BaseException) -> Outcome:
    """Say what `error`, raised by a call to Telegram, means. Never raises; what it does not know is UNKNOWN."""
    match error:
        case RetryAfter():
            return Outcome(Kind.PAUSE, "flood", seconds=pause_seconds(error))
        case ChatMigrated():
            return Outcome(Kind.MOVED, "migrated", chat_id=error.new_chat_id)
        case Forbidden():
            return Outcome(Kind.UNREACHABLE, _find(_UNREACHABLE, error) or "forbidden")
        case BadRequest():  # a NetworkError to PTB: it must be asked for before that family
            return _of_bad_request(error)
        case NetworkError():
            return _of_network(error)
    return next((answer for kind, answer in _BY_CLASS if isinstance(error, kind)), _UNEXPECTED)


def _of_network(error: NetworkError) -> Outcome:
    """The family in which PTB also keeps every status without a class of its own."""
    match error:
        case NotDelivered():
            return Outcome(Kind.NOT_SENT_RETRY, error.reason)
        case Uncertain():
            return Outcome(Kind.UNKNOWN, error.reason)
        case TimedOut():
            return Outcome(Kind.UNKNOWN, "timeout")
    text = error.message.lower()
    return next((answer for piece, answer in _BY_STATUS_TEXT if piece in text), _SERVER_ERROR)


def _of_bad_request(error: BadRequest) -> Outcome:
    if reason := _find(_UNREACHABLE, error):
        return Outcome(Kind.UNREACHABLE, reason)
    return Outcome(Kind.BAD_REQUEST, _find(_BAD_LETTER, error) or "bad_request")


def _find(table: tuple[tuple[str, str], ...], error: TelegramError) -> str | None:
    text = error.message.lower().replace("’", "'")
    return next((reason for piece, reason in table if piece in text), None)


class Pauses:
    """What the 429s of a bot add up to. Instants are seconds of one monotonic clock, given by the caller."""

    def __init__(self) -> None:
        self._until: dict[int | None, float] = {}  # None stands for all chats
        self._refused: dict[int, float] = {}

    def refused(self, chat_id: int | None, seconds: float, now: float) -> None:
        """Note a 429: about this chat first; about all when it is long or several chats say so at once."""
        self._until = {chat: until for chat, until in self._until.items() if until > now}
        self._refused = {chat: at for chat, at in self._refused.items() if now - at <= _CONTAGION}
        self.hold(chat_id, now + seconds)
        if chat_id is not None:
            self._refused[chat_id] = now
        if seconds > _LONG:
            self.hold(None, now + seconds)
        elif len(self._refused) >= _WITNESSES:
            self.hold(None, max(self.until(chat) for chat in self._refused))

    def hold(self, chat_id: int | None, until: float) -> None:
        """Only ever longer: a pause that shrinks would let waiting calls through too early."""
        self._until[chat_id] = max(until, self._until.get(chat_id, until))

    def until(self, chat_id: int | None) -> float:
        """When this chat opens again as far as pauses go; minus infinity when none was noted."""
        return max(self._until.get(None, -math.inf), self._until.get(chat_id, -math.inf))

    def left(self, now: float) -> dict[int | None, float]:
        """Seconds left per chat."""
        return {chat: until - now for chat, until in self._until.items() if until > now}

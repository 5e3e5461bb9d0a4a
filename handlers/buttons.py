"""What a button carries: a version, a verb and small arguments, at most 64 bytes.

Any client can forge it: nothing in it is believed, every right and state is checked by the desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

VERSION = "1"
LONGEST = 64  # bytes, Telegram's limit


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button as it was understood."""

    verb: str
    arguments: tuple[str, ...]

    def number(self, index: int) -> int:
        """An argument as a number. Raises ValueError or IndexError for a forged payload."""
        return int(self.arguments[index])

    def text(self, index: int) -> str:
        """An argument as text. Raises IndexError for a forged payload."""
        return self.arguments[index]


def pack(verb: str, *arguments: object) -> str:
    """The payload of a button. Raises ValueError when it would not fit."""
    payload = ":".join([VERSION, verb, *map(str, arguments)])
    if len(payload.encode()) > LONGEST:
        raise ValueError(f"the payload of a {verb} button is too long")
    return payload


def unpack(payload: str) -> Press | None:
    """The press behind a payload; None for one of another version or none of ours."""
    version, *rest = payload.split(":")
    return Press(rest[0], tuple(rest[1:])) if version == VERSION and rest and rest[0] else None


def stamp(at: datetime) -> int:
    """An instant in a button: minutes since 1970, UTC."""
    return int(at.timestamp()) // 60


def instant(minutes: int) -> datetime:
    """The instant behind a stamp. Raises OverflowError for a forged one."""
    return datetime.fromtimestamp(minutes * 60, UTC)


class Key(NamedTuple):
    """One button. PTB's class takes twenty times as long to make, and letters are made by the thousand."""

    text: str
    callback_data: str | None = None
    url: str | None = None

    def raw(self) -> dict[str, str]:
        """The button as the Bot API takes it."""
        if self.callback_data is not None:
            return {"text": self.text, "callback_data": self.callback_data}
        return {"text": self.text, "url": self.url} if self.url is not None else {"text": self.text}


class Keyboard(NamedTuple):
    """Rows of buttons."""

    inline_keyboard: tuple[tuple[Key, ...], ...]

    def markup(self) -> InlineKeyboardMarkup:
        """The same for the methods of PTB."""
        rows = self.inline_keyboard
        return InlineKeyboardMarkup(
            [[InlineKeyboardButton(key.text, key.url, key.callback_data) for key in row] for row in rows]
        )

    def raw(self) -> dict[str, Any]:
        """The same as the Bot API takes it."""
        return {"inline_keyboard": [[key.raw() for key in row] for row in self.inline_keyboard]}


Row = list[Key]


def button(label: str, verb: str, *arguments: object) -> Key:
    """One button with its payload."""
    return Key(label, pack(verb, *arguments))


def keyboard(rows: list[Row]) -> Keyboard | None:
    """A keyboard of the rows that hold anything; None when none does."""
    filled = tuple(tuple(row) for row in rows if row)
    return Keyboard(filled) if filled else None


def without_task(markup: InlineKeyboardMarkup | None, task_id: int) -> InlineKeyboardMarkup | None:
    """The keyboard of a list after one of its tasks was dealt with: the acting buttons of that task are gone."""
    if markup is None:
        return None
    rows = [[key for key in row if not _acts_on(key, task_id)] for row in markup.inline_keyboard]
    left = [row for row in rows if row]
    return InlineKeyboardMarkup(left) if left else None


def _acts_on(key: InlineKeyboardButton, task_id: int) -> bool:
    press = unpack(key.callback_data) if isinstance(key.callback_data, str) else None
    return press is not None and press.verb == "act" and press.arguments[1:2] == (str(task_id),)

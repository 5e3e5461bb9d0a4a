"""What may hang under a message: inline buttons checked as Telegram checks them, and reply prompts."""

from dataclasses import dataclass
from typing import Any

from .calls import ApiError, Json, bad

MOST_BUTTONS = 100
LONGEST_DATA = 64
PROMPTS = ("force_reply", "remove_keyboard", "keyboard")
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(frozen=True)
class Markup:
    """Buttons stay with the message; a prompt only changes what the reader's input field does."""

    buttons: Json | None = None
    prompt: Json | None = None


def read_markup(raw: Any) -> Markup:
    if raw is None or raw == {}:
        return Markup()
    if not isinstance(raw, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in raw:
        rows = _rows(raw["inline_keyboard"])
        return Markup(buttons={"inline_keyboard": rows} if rows else None)
    if any(name in raw for name in PROMPTS):
        return Markup(prompt=raw)
    raise bad("can't parse reply keyboard markup: unknown kind of reply markup")


def _rows(raw: Any) -> list[list[Json]]:
    if not isinstance(raw, list):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array')
    if not all(isinstance(row, list) for row in raw):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    rows = [[_button(button) for button in row] for row in raw if row]
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return rows


def _button(raw: Any) -> Json:
    if not isinstance(raw, dict):
        raise _unreadable("expected an Object")
    text = raw.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _unreadable('Can\'t find field "text"')
    actions = [name for name in ACTIONS if name in raw]
    if not actions:
        raise _unreadable("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _unreadable("exactly one of the optional fields must be used")
    if "callback_data" in raw:
        _check_data(raw["callback_data"])
    if "url" in raw:
        _check_url(raw["url"])
    return raw


def _check_data(data: Any) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode("utf-8", "surrogatepass")) <= LONGEST_DATA:
        raise bad("BUTTON_DATA_INVALID")


def _check_url(url: Any) -> None:
    scheme, separator, rest = str(url).partition("://")
    if scheme.lower() not in ("http", "https", "tg"):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if not separator or not rest or any(letter.isspace() for letter in rest):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _unreadable(reason: str) -> ApiError:
    return bad(f"can't parse inline keyboard button: {reason}")


def data_behind(message: Json, label: str | None) -> str:
    """What a press of the button with that label sends."""
    if label is None:
        raise ValueError("say which button: data or label")
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    for button in buttons:
        if label in button["text"] and "callback_data" in button:
            return str(button["callback_data"])
    raise ValueError(f"no button {label!r} there, only {[button['text'] for button in buttons]}")

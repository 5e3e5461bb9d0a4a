"""Everything said in a human language comes out of here: one catalogue per language, plurals by CLDR.

Catalogues are gettext .po files whose ids are keys ("card.due"). A message is HTML; every value put into it
is escaped. `plain` gives the same without HTML, for buttons, menus and the command line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import unescape
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

LANGUAGES = ("vi", "en", "pl")
PLURALS: Mapping[str, tuple[str, ...]] = {
    "vi": ("other",),
    "en": ("one", "other"),
    "pl": ("one", "few", "many", "other"),
}
NAMES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English", "pl": "Polski"}

Catalogue = Mapping[str, str | tuple[str, ...]]

_SPECIAL = re.compile("[&<>'\"]")  # what HTML would take for its own
# Marks that turn text around or hide in it: a name must not be able to rearrange the sentence it stands in.
_HIDDEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: str) -> str:
    """A user's text without control and direction marks; line breaks stay, joiners of emoji too."""
    if text.isascii() and text.isprintable():
        return text
    kept = (c for c in text if c == "\n" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _HIDDEN))
    return unicodedata.normalize("NFC", "".join(kept))


LONGEST_VALUE = 120  # UTF-16 units of a value that no view has fitted: a name must not push a message over the limit


class Fitted(str):
    """A line of text that a view has cut to the room it has there."""

    __slots__ = ()


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units. An emoji counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def short(text: str, limit: int) -> Fitted:
    """The text in one line, cut to `limit` UTF-16 units with an ellipsis."""
    return Fitted(_line(text, limit))


def _line(text: str, limit: int) -> str:
    line = " ".join(clean(text).split())
    if 2 * len(line) <= limit or units(line) <= limit:  # no character takes more than two
        return line
    line = line[: limit - 1]
    while units(line) > limit - 1:
        line = line[: -max(1, (units(line) - limit) // 2)]
    return line.rstrip() + "…"


def html(form: str, *values: str) -> Markup:
    """Tags of ours around values, which are escaped. Markup's own `format` takes three times the time."""
    return _markup(form.format(*map(_escaped, values)))


def joined(between: str, parts: Iterable[str]) -> Markup:
    """The parts, escaped as far as they are no HTML, with tags or breaks of ours between them."""
    return _markup(between.join(map(_escaped, parts)))


def _markup(text: str) -> Markup:
    """Text that is HTML already; Markup itself would first ask whether it knows."""
    return str.__new__(Markup, text)


def _escaped(text: str) -> str:
    return text if isinstance(text, Markup) or not _SPECIAL.search(text) else escape(text)


def without_tags(message: str) -> str:
    """A message as plain text with its lines kept."""
    return unescape(re.sub(r"<[^>]*>", "", message))


def width(message: str) -> int:
    """The length of a message as Telegram counts it, after the tags and entities are taken away."""
    return units(without_tags(message))


@lru_cache(maxsize=8)
def catalogue(language: str) -> Catalogue:
    """All messages of a language by key."""
    with (files("handlers.views") / "locales" / f"{language}.po").open("rb") as file:
        found = read_po(file, locale=language)
    messages: dict[str, str | tuple[str, ...]] = {}
    for message in found:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if key:
            text = message.string or ""
            messages[key] = text if isinstance(text, str) else tuple(text)
    return messages


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


class Texts:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._messages = catalogue(self.language)

    def __call__(self, key: str, /, **values: Any) -> Markup:
        """The message as HTML, values escaped. With a value `n` for a plural key, its form is chosen by it."""
        form = self._form(key, values)
        said = form.format(**{name: _safe(value) for name, value in values.items()}) if "{" in form else form
        return _markup(said)

    def plain(self, key: str, /, **values: Any) -> str:
        """The message as plain text."""
        form = self._form(key, values)
        return form.format(**{name: _plain(value) for name, value in values.items()}) if "{" in form else form

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in self._messages

    def _form(self, key: str, values: Mapping[str, Any]) -> str:
        message = self._messages[key]
        if isinstance(message, str):
            return message
        category = _locale(self.language).plural_form(values["n"])
        return message[PLURALS[self.language].index(category)]


def _safe(value: Any) -> Any:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _escaped(value if isinstance(value, Fitted) else _line(value, LONGEST_VALUE))


def _plain(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


@lru_cache(maxsize=8)
def texts(language: str) -> Texts:
    """The words of a language; English for one that is not spoken here."""
    return Texts(language)

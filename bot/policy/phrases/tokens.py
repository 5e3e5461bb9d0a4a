"""A phrase cut into words, numbers and dates in figures. One pass from left to right; nothing is guessed here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from storage.records import fold

WORD, NUMBER, YEAR, DATE, DASHED, DOTTED, TIME, MONTH = range(8)

_PIECE = re.compile(r"[0-9](?:[0-9/.:-]*[0-9])?\.?|[^\W\d_]+(?:'[^\W\d_]+)*\.?|\S")
_ISO_T = re.compile(r"(?<=^[0-9]{4}-[0-9]{2}-[0-9]{2})t(?=[0-9])")
_FIGURES = (  # what a run of figures is; the parts of a date are put into the order day, month, year
    (NUMBER, re.compile(r"([0-9]{1,3})"), (1,)),
    (YEAR, re.compile(r"([0-9]{4})"), (1,)),
    (DATE, re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})"), (1, 3, 4)),
    (DATE, re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"), (3, 2, 1)),
    (DATE, re.compile(r"([0-9]{1,2})/([0-9]{1,2})"), (1, 2)),
    (DASHED, re.compile(r"([0-9]{1,2})-([0-9]{1,2})"), (1, 2)),
    (DOTTED, re.compile(r"([0-9]{1,2})\.([0-9]{1,2})"), (1, 2)),
    (TIME, re.compile(r"([0-9]{1,2}):([0-9]{2})"), (1, 2)),
    (MONTH, re.compile(r"([0-9]{1,2})[/-]([0-9]{4})"), (1, 2)),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it was typed (small letters, accents kept), or figures with the numbers they hold."""

    text: str
    kind: int = WORD
    numbers: tuple[int, ...] = ()
    accented: bool = False

    @property
    def padded(self) -> bool:
        """Whether it begins with a zero, as the hours of a clock with 24 hours do."""
        return self.text.startswith("0")


def tokens_of(phrase: str) -> tuple[Token, ...]:
    """The phrase in pieces; a piece that is neither a word nor known figures is a word that nobody knows."""
    text = unicodedata.normalize("NFC", phrase.casefold()).replace("’", "'")
    text = _ISO_T.sub(" ", text.replace("a.m.", "am").replace("p.m.", "pm"))
    return tuple(_token(piece[0]) for piece in _PIECE.finditer(text))


def _token(piece: str) -> Token:
    text = piece.removesuffix(".") or piece
    if not text[0].isascii() or not text[0].isdigit():
        return Token(text, accented=text != fold(text))
    for kind, shape, order in _FIGURES:
        if found := shape.fullmatch(text):
            # "25.12." is a date in figures, "9.30" can be an hour as well
            dated = kind == DOTTED and piece.endswith(".")
            return Token(text, DATE if dated else kind, tuple(int(found[part]) for part in order))
    return Token(text)

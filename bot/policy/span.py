"""The month or quarter that somebody means: "10/2026", "2026-10", "Q3/2026", "quý 3/2026", "III kwartał 2026"."""

from __future__ import annotations

import re
from datetime import date

from storage.records import fold
from storage.sheets import MONTH, QUARTER, Span

YEARS = range(2000, 2200)
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_WORD = r"(?:quarter|quy|kwartal|kw\.?|q)"
_QUARTERS = (
    re.compile(rf"\b{_WORD}\s*(?P<number>[1-9]\d?|iv|i{{1,3}})\s*[/., -]?\s*(?:nam\s*)?(?P<year>\d{{4}})\b"),
    re.compile(rf"\b(?P<number>[1-9]\d?|iv|i{{1,3}})\.?\s*{_WORD}\s*(?P<year>\d{{4}})\b"),
    re.compile(r"\b(?P<year>\d{4})\s*[-/ ]?\s*q(?P<number>\d)\b"),
)
_MONTHS = (
    re.compile(r"\b(?:thang\s*|month\s*|miesiac\s*)?(?P<number>\d{1,2})\s*[/.-]\s*(?P<year>\d{4})\b"),
    re.compile(r"\b(?P<year>\d{4})-(?P<number>\d{1,2})\b"),
    re.compile(r"\bthang\s*(?P<number>\d{1,2})\s*nam\s*(?P<year>\d{4})\b"),
)


class BadSpan(ValueError):
    """No month and no quarter can be meant by this; `reason` is "unclear" or "future"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def month_of(day: date) -> Span:
    """The month in which the day lies."""
    return Span(MONTH, day.year, day.month)


def read(text: str, today: date) -> tuple[Span, str]:
    """The span in a text (default: the present month) and the other words, without accents. Raises BadSpan."""
    words = fold(text)
    for kind, patterns, most in ((QUARTER, _QUARTERS, 4), (MONTH, _MONTHS, 12)):
        for pattern in patterns:
            if (found := pattern.search(words)) is not None:
                rest = " ".join((words[: found.start()] + " " + words[found.end() :]).split())
                return _checked(kind, found["year"], found["number"], most, today), rest
    if re.search(r"\d{4}|^\d|\d/|/\d", words):  # something that was meant as a period, and is none
        raise BadSpan("unclear")
    return month_of(today), words


def checked(span: Span, today: date) -> Span:
    """The same span, if it is one that has begun. Raises BadSpan."""
    most = {MONTH: 12, QUARTER: 4}.get(span.kind, 0)
    if span.year not in YEARS or not 1 <= span.number <= most:
        raise BadSpan("unclear")
    if span.first > today:
        raise BadSpan("future")
    return span


def _checked(kind: str, year: str, number: str, most: int, today: date) -> Span:
    found = ROMAN.get(number) or int(number)
    if found > most:
        raise BadSpan("unclear")
    return checked(Span(kind, int(year), found), today)

"""Results in yearly indices in words: "11th of 22, up 11 places" (R36, R37)."""

from __future__ import annotations

from babel import Locale

from handlers.views.message import Message, fit
from handlers.views.reader import Reader
from handlers.views.standing import moved
from handlers.views.texts import Texts, short
from storage.listing import IndexEntry

ORDINALS = ("one", "two", "few", "other")


def place(entry: IndexEntry, t: Texts) -> str:
    """The place, how many were ranked, and the places won or lost; both numbers where another number was ranked."""
    if entry.rank is None:
        return t.plain("index.unranked")
    said = f"{_place(entry, t)}, {moved(entry.moved, t)}"
    before = entry.before
    if entry.moved is None or before is None or before.ranked == entry.ranked:
        return said
    return t.plain("index.then", said=said, year=before.year, place=_place(before, t))


def value(entry: IndexEntry, t: Texts) -> str:
    """The value as it was published, with the decimal mark of the language; a dash without one."""
    if entry.value is None:
        return "—"
    return str(entry.value) if t.language == "en" else str(entry.value).replace(".", ",")


def index_message(entries: tuple[IndexEntry, ...], reader: Reader) -> Message:
    """/index: every index by year."""
    t = reader.texts
    if not entries:
        return Message(t("index.empty"))
    rows = [
        t(
            "index.line",
            name=short(one.name, 80),
            year=one.year,
            unit=short(one.unit or t.plain("unit.whole"), 80),
            place=place(one, t),
            value=value(one, t),
            source=short(one.source or "—", 200),
        )
        for one in entries
    ]
    return Message(fit(t("index.title"), rows, lambda n: t("summary.more", n=n)))


def _place(entry: IndexEntry, t: Texts) -> str:
    number = ordinal(entry.rank or 0, t)
    if entry.ranked is None:
        return t.plain("index.place_alone", place=number)
    return t.plain("index.place", place=number, ranked=entry.ranked)


def ordinal(number: int, t: Texts) -> str:
    """The number as one counts places in that language: 1st, 22nd, 11th."""
    form = Locale.parse(t.language).ordinal_form(number)
    return t.plain(f"ordinal.{form if form in ORDINALS else 'other'}", number=number)

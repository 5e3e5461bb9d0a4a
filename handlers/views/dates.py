"""Instants and dates as people read them, in their own zone and language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_day_names

# The day comes before the month in all three languages: nobody has to guess what 03/04 means.
_MOMENT = {"vi": "EEE dd/MM/yyyy HH:mm", "en": "EEE d MMM yyyy HH:mm", "pl": "EEE d.MM.yyyy HH:mm"}
_DAY = {"vi": "EEE dd/MM", "en": "EEE d MMM", "pl": "EEE d.MM"}
_DATE = {"vi": "EEE dd/MM/yyyy", "en": "EEE d MMM yyyy", "pl": "EEE d.MM.yyyy"}
_SHORT = {"vi": "d/M", "en": "d MMM", "pl": "d.MM"}
_FULL = {
    "vi": "EEEE, dd/MM/yyyy, HH:mm",
    "en": "EEEE d MMMM yyyy, HH:mm",
    "pl": "EEEE, d MMMM yyyy, HH:mm",
}


@lru_cache(maxsize=1024)  # letters of one moment speak of the same few days
def moment(at: datetime, zone: str, language: str) -> str:
    """Short: "Fri 25 Dec 2026 17:00"."""
    return str(format_datetime(at, _MOMENT[language], tzinfo=ZoneInfo(zone), locale=language))


def day(at: datetime | date, zone: str, language: str) -> str:
    """Shorter: "Fri 25 Dec"."""
    on = at.astimezone(ZoneInfo(zone)).date() if isinstance(at, datetime) else at
    return _said(on, _DAY[language], language)


def sortable(at: datetime | None, zone: str, precision: str = "minutes") -> str:
    """For tables of text, which sort it rightly: "2026-12-25 17:00"; empty without an instant."""
    if at is None:
        return ""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(" ", precision)


def wall(at: datetime, zone: str) -> datetime:
    """What clock and calendar there show at an instant, without a zone: spreadsheets know none."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)


def short_day(at: datetime, zone: str, language: str) -> str:
    """Shortest: "25 Dec"."""
    return _said(at.astimezone(ZoneInfo(zone)).date(), _SHORT[language], language)


def date_of(on: date, language: str) -> str:
    """A date with its year: "Fri 25 Dec 2026"."""
    return _said(on, _DATE[language], language)


def same_clock(at: datetime, on: date, zone: str) -> datetime:
    """The instant at which the clock there shows on another day what it shows at `at`."""
    return datetime.combine(on, at.astimezone(ZoneInfo(zone)).time(), ZoneInfo(zone))


def clock(at: datetime, zone: str) -> str:
    """The wall clock there: "17:00"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def hours(stored: str) -> str:
    """Working hours as they are kept ("08:00-12:00,13:30-17:30"), to be read."""
    return stored.replace("-", "–").replace(",", ", ")


def full(at: datetime, zone: str, language: str) -> str:
    """With nothing left to guess: "Friday 25 December 2026, 17:00 (Asia/Ho_Chi_Minh, UTC+07:00)"."""
    words = format_datetime(at, _FULL[language], tzinfo=ZoneInfo(zone), locale=language)
    return f"{words} ({zone}, {_offset(at, zone)})"


def zoned(at: datetime, zone: str, language: str) -> str:
    """Short, with the difference to UTC: "Fri 25 Dec 2026 17:00 (UTC+07:00)"."""
    return f"{moment(at, zone, language)} ({_offset(at, zone)})"


def _offset(at: datetime, zone: str) -> str:
    offset = at.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


@lru_cache(maxsize=1024)
def _said(on: date, pattern: str, language: str) -> str:
    return str(format_date(on, pattern, locale=language))


def weekday(number: int, language: str, *, short: bool = False) -> str:
    """The name of a day of the week; Monday is 0."""
    return str(get_day_names("abbreviated" if short else "wide", "stand-alone", language)[number])

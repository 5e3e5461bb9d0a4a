"""What a country's days are before anybody changes them: the law through a library, and what was announced.

A country is an ISO code such as VN; an empty one means Monday to Friday without holidays.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

SATURDAY = 5
NEAR = 3  # suggestions for a country that does not exist

# Swaps announced by decision, which the calendar library does not know (True: a working day).
# Viet Nam 2026: 12729/VPCP-KGVX of 25 December 2025.
ANNOUNCED: Mapping[str, Mapping[date, bool]] = {
    "VN": {
        date(2026, 1, 2): False,
        date(2026, 1, 10): True,
        date(2026, 8, 31): False,
        date(2026, 8, 22): True,
    }
}
# Where a government arranges the holidays of each year: the last year it has announced. Later ones are guesses.
LAST_ANNOUNCED: Mapping[str, int] = {"VN": 2026}

ENGLISH = "en_US"  # as the library calls it; what it speaks where it does not know the reader's language


@lru_cache(maxsize=64)
def _holidays(country: str, language: str = "") -> Any:
    # Loading the library takes its time: not at import, only when a date is really asked about.
    import holidays  # noqa: PLC0415

    found = holidays.country_holidays(country)
    named = next((name for name in (language, ENGLISH) if name in found.supported_languages), "")
    return holidays.country_holidays(country, language=named) if language and named else found


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """The names of all known countries by code."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    return {codes[1]: name for name, codes in COUNTRIES.items()}


def is_known(country: str) -> bool:
    """Whether there is a calendar of that country."""
    return not country or country in _countries()


def near(country: str) -> tuple[str, ...]:
    """The codes that were probably meant: by code, or by the English name of the country."""
    wanted = country.strip().casefold().replace(" ", "_")
    names = {name: code for code, name in _countries().items()}
    names |= {name.replace("_", ""): code for name, code in names.items()}
    found = [names[name] for name in difflib.get_close_matches(wanted, names, NEAR)]
    found += difflib.get_close_matches(wanted.upper(), _countries(), NEAR, cutoff=0.5)
    return tuple(dict.fromkeys(found))[:NEAR]


@lru_cache(maxsize=8192)  # planning asks for the same days of thousands of tasks
def works(country: str, day: date) -> bool:
    """Whether people there work on that day. A country that is not known (any more) has no holidays."""
    announced = ANNOUNCED.get(country, {}).get(day)
    if announced is not None:
        return announced
    if not country or not is_known(country):
        return day.weekday() < SATURDAY
    return bool(_holidays(country).is_working_day(day))


def usually_works(country: str, day: date) -> bool:
    """Whether that weekday is a working day there, holidays aside."""
    if not country or not is_known(country):
        return day.weekday() < SATURDAY
    return not _holidays(country).is_weekend(day)


def is_provisional(country: str, day: date) -> bool:
    """Whether that day is off only by the library's guess: the arrangement of its year is not announced yet."""
    last = LAST_ANNOUNCED.get(country)
    return last is not None and day.year > last and usually_works(country, day) is not works(country, day)


def name(country: str, day: date, language: str) -> str:
    """What the library calls the holiday, in that language where it can, else in English; empty when it is none."""
    if not country or not is_known(country):
        return ""
    return str(_holidays(country, language).get(day) or "")

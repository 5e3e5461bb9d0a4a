"""Deadlines in English."""

from __future__ import annotations

from dataclasses import replace

from bot.policy.phrases import common
from bot.policy.phrases.atoms import (
    CLOSING,
    NOON,
    Ahead,
    Clock,
    Edge,
    End,
    Offset,
    Part,
    SameTime,
    Span,
    Unit,
    Which,
)
from bot.policy.phrases.grammar import Grammar, Rules, Slot
from bot.policy.phrases.tokens import NUMBER, Token

LOOSE = 7  # "at 5" is said of the early morning and of the afternoon; from 8 on the morning is meant

_DIGITS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 90: "ninety"}
_GLUE = "_|_-_"
NUMBERS = {
    **_DIGITS,
    **dict(enumerate(_TEENS.split(), 10)),
    **_TENS,
    **common.compound(_TENS, _DIGITS, _GLUE),
}
_FIRST = "first second third fourth fifth sixth seventh eighth ninth"
_TENTH = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
_ORDINALS = dict(enumerate(f"{_FIRST} {_TENTH}".split(), 1)) | {30: "thirtieth"}
_ORDINALS |= {
    number: words
    for number, words in common.compound(
        {20: "twenty", 30: "thirty"}, dict(enumerate(_FIRST.split(), 1)), _GLUE
    ).items()
    if number <= 31
}
_ENDING = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_FIGURES = {day: f"{day}_{_ENDING.get(day, 'th')}" for day in _ORDINALS}

SLOTS = {
    **common.FIGURES,
    "n": Slot(NUMBER, 1, 999, NUMBERS),
    "one": Slot(words={1: "a|an|one|1"}),
    "hour": Slot(NUMBER, 0, 99, {number: words for number, words in NUMBERS.items() if number <= 12}),
    "late": Slot(NUMBER, 13, 23),
    "twelve": Slot(NUMBER, 1, 12, {number: words for number, words in NUMBERS.items() if number <= 12}),
    "minute": Slot(NUMBER, 1, 59, {number: words for number, words in NUMBERS.items() if number <= 59}),
    "spoken": Slot(words={n: f"{NUMBERS[n]}|{NUMBERS[n]}_minutes|{n}_minutes" for n in (5, 10, 20, 25)}),
    "day": Slot(NUMBER, 1, 99),
    "nth": Slot(words={day: f"{_ORDINALS[day]}|{_FIGURES[day]}" for day in _ORDINALS}),
    "figures": Slot(words=_FIGURES),
    "quarter": Slot(NUMBER, 1, 4),
    "weekday": Slot(
        words={
            0: "monday|mon",
            1: "tuesday|tue|tues",
            2: "wednesday|wed|weds",
            3: "thursday|thu|thur|thurs",
            4: "friday|fri",
            5: "saturday|sat",
            6: "sunday|sun",
        }
    ),
    "month": Slot(
        words={
            1: "january|jan",
            2: "february|feb",
            3: "march|mar",
            4: "april|apr",
            5: "may",
            6: "june|jun",
            7: "july|jul",
            8: "august|aug",
            9: "september|sep|sept",
            10: "october|oct",
            11: "november|nov",
            12: "december|dec",
        }
    ),
    "part": Slot(words={Part.MORNING: "morning", Part.AFTERNOON: "afternoon", Part.EVENING: "evening"}),
    "half": Slot(words={0: "am", 12: "pm"}),
}


_bare = common.hour_said(LOOSE)


def _half(hour: int, half: int) -> Clock | None:
    """5 pm; twelve at night belongs to two days"""
    return Clock(hour % 12 + half, exact=True) if 1 <= hour <= 12 and (hour, half) != (12, 0) else None


def _half_minutes(token: Token, half: int) -> Clock | None:
    """5:30 pm, 5.30 pm"""
    hour, minute = token.numbers
    said = _half(hour, half)
    return Clock(said.hour, minute, exact=True) if said else None


def _figures(token: Token) -> Clock:
    """17:30; 5:30 with one figure is said of the afternoon too"""
    hour, minute = token.numbers
    return Clock(hour, minute, loose=1 <= hour <= LOOSE and not token.padded, figures=True)


def _dotted(token: Token) -> Clock | None:
    said = common.dotted_beside_day(token)
    return replace(said, loose=_figures(token).loose) if said else None


_EDGES: Rules = (
    ("before", Edge(before=True)),
    ("by|due|due_by|due_on|due_at|deadline|until|till|no_later_than|not_later_than|on_or_before", Edge()),
    ("deadline|due :", Edge()),
    ("at_the_latest|latest", Edge(last=True)),
)

_DAYS: Rules = (
    ("today", Offset(0)),
    ("tomorrow|tmrw|tmr|tmw|tomorow|tommorow|tommorrow", Offset(1)),
    ("[the] day_after_tomorrow", Offset(2)),
    ("yesterday", Offset(-1)),
    ("tonight", (Offset(0), Part.EVENING)),
    ("tonight <twelve>", lambda hour: (Offset(0), Part.EVENING, _bare(hour))),
    ("<twelve> tonight", lambda hour: (Offset(0), Part.EVENING, _bare(hour))),
    ("this <part>", lambda part: (Offset(0), part)),
    ("[on] <weekday>", common.weekday(Which.COMING)),
    ("[on] this <weekday>", common.weekday(Which.THIS)),
    ("[on] next <weekday>", common.weekday(Which.NEXT)),
    ("[on] [this|the] coming <weekday>", common.weekday(Which.NEAREST)),
    ("this week", Span(Unit.WEEK, 0)),
    ("[of|in] next week", Span(Unit.WEEK, 1)),
    ("[in|within] this month", Span(Unit.MONTH, 0)),
    ("next month", Span(Unit.MONTH, 1)),
    ("[on] <date>", common.dated),
    ("[on] <day> <month> [,] [<year>]", common.named),
    ("[on] [the] <nth> [of] <month> [,] [<year>]", common.named),
    ("[on] <month> <day> [,] [<year>]", common.named_us),
    ("[on] <month> [the] <nth> [,] [<year>]", common.named_us),
    ("[on] the <nth>", common.day_of()),
    ("[on] <figures>", common.day_of()),
    ("[on] the <nth> of this month", common.day_of(0)),
    ("[on] the <nth> of next month", common.day_of(1)),
)

_ENDS: Rules = (
    ("eod|cob|eob|end_of_business|close_of_business", CLOSING),
    ("[at] [the] end of [the|this] [working|business|work] day", CLOSING),
    ("[the] end of today", (Offset(0), CLOSING)),
    ("[the] end of tomorrow", (Offset(1), CLOSING)),
    ("eow", End(Unit.WEEK)),
    ("eom|month_end", End(Unit.MONTH)),
    ("eoq|quarter_end", End(Unit.QUARTER)),
    ("eoy|year_end", End(Unit.YEAR)),
    ("[at] [the] end of [the|this] week", End(Unit.WEEK)),
    ("[at] [the] end of [the|this] month", End(Unit.MONTH)),
    ("[at] [the] end of [the|this] quarter", End(Unit.QUARTER)),
    ("[at] [the] end of [the|this] year", End(Unit.YEAR)),
    ("[at] [the] end of next week", End(Unit.WEEK, 1)),
    ("[at] [the] end of next month", End(Unit.MONTH, 1)),
    ("[at] [the] end of next quarter", End(Unit.QUARTER, 1)),
    ("[at] [the] end of next year", End(Unit.YEAR, 1)),
    ("[at] [the] end of <month> [<year>]", common.end_of(Unit.MONTH)),
    ("[at] [the] end of q <quarter> [<year>]", common.end_of(Unit.QUARTER)),
    ("[at] [the] end of <year>", common.end_of_year),
)

_SPANS: Rules = (
    ("[in|within] <n> minutes|minute|mins|min", common.minutes(1)),
    ("<n> minutes|minute|mins|min from_now", common.minutes(1)),
    ("in|within <n> h", common.minutes(60)),
    ("[in|within] <n> hours|hour|hrs|hr", common.minutes(60)),
    ("in|within <one> hour", common.minutes(60)),
    ("<n> hours|hour|hrs|hr from_now", common.minutes(60)),
    ("in|within <n> hours|hour|hrs|hr|h [and] <minute> minutes|minute|mins|min|m", common.minutes(60)),
    ("in|within half an|a hour", common.minutes(30)),
    ("in|within a half hour", common.minutes(30)),
    ("in|within half_hour", common.minutes(30)),
    ("in|within a quarter of an hour", common.minutes(15)),
    ("in|within three quarters of an hour", common.minutes(45)),
    ("in|within <one> hour and a half", common.minutes(60, 30)),
    ("in|within <n> and a half hours", common.minutes(60, 30)),
    ("in|within <n> days|day", common.ahead(Unit.DAY)),
    ("<n> days", common.ahead(Unit.DAY, alone=True)),
    ("<one> day", common.ahead(Unit.DAY, alone=True)),
    ("<n> days|day from_now|from_today", common.ahead(Unit.DAY)),
    ("in|within <n> weeks|week", common.ahead(Unit.WEEK)),
    ("<n> weeks", common.ahead(Unit.WEEK, alone=True)),
    ("<one> week", common.ahead(Unit.WEEK, alone=True)),
    ("<n> weeks|week from_now|from_today", common.ahead(Unit.WEEK)),
    ("in|within a fortnight", Ahead(2, Unit.WEEK)),
    ("in|within <n> months|month", common.ahead(Unit.MONTH)),
    ("in|within <n> years|year", common.ahead(Unit.YEAR)),
    ("in|within a day", common.ahead(Unit.DAY)),
    ("in|within a week", common.ahead(Unit.WEEK)),
    ("in|within a month", common.ahead(Unit.MONTH)),
    ("in|within a year", common.ahead(Unit.YEAR)),
    ("[in|within] <n> working|business|work days|day [from_now|from_today]", common.ahead(Unit.WORKING_DAY)),
    ("next|the_next working|business day", Ahead(1, Unit.WORKING_DAY)),
)

_HOURS: Rules = (
    ("[at] <time>", _figures),
    ("[at] <dotted>", _dotted),
    ("[at] <time> <half>", _half_minutes),
    ("[at] <dotted> <half>", _half_minutes),
    ("[at] <hour> <half>", _half),
    ("[at] <late> h", Clock),
    ("at <hour>", _bare),
    ("by|before|until|till <twelve>", _bare),
    ("[at] <twelve> o'clock", _bare),
    ("[at] [12|twelve] noon", NOON),
    ("[at] midday", NOON),
    ("[at] half past <twelve>", lambda hour: _bare(hour, 30)),
    ("[at] [a] quarter past <twelve>", lambda hour: _bare(hour, 15)),
    ("[at] [a] quarter to <twelve>", lambda hour: common.hour_less(LOOSE)(hour, 15)),
    ("[at] <spoken> past <twelve>", lambda minute, hour: _bare(hour, minute)),
    ("[at] <spoken> to <twelve>", lambda minute, hour: common.hour_less(LOOSE)(hour, minute)),
    ("[in] [the] <part>", lambda part: part),
    ("at night", Part.NIGHT),
    ("<part> [at] <twelve>", lambda part, hour: (part, _bare(hour))),
    ("<twelve> in the <part>", lambda hour, part: (_bare(hour), part)),
    ("[at] this|the_same time", SameTime()),
)

ENGLISH = Grammar((*_EDGES, *_DAYS, *_ENDS, *_SPANS, *_HOURS), SLOTS)

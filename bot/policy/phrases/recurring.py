"""How often work comes back, as people say it: "every Friday", "ngày 15 hằng tháng", "co kwartał".

The vocabulary is tables in the three languages, as for deadlines. What is not covered as a whole is not understood.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

from bot.policy.phrases import common, english, polish, vietnamese
from bot.policy.phrases import polish_words as words
from bot.policy.phrases.atoms import Clock, Reading
from bot.policy.phrases.grammar import Grammar, Rules, Slot
from bot.policy.phrases.tokens import NUMBER, Token, tokens_of
from bot.policy.phrases.unclear import Unclear
from bot.policy.recurrence import LAST, Period, Rule

LONGEST = 64  # characters

WORKDAY = Rule(Period.WORKDAY)
LAST_OF_MONTH, LAST_OF_QUARTER = Rule(Period.MONTH, LAST), Rule(Period.QUARTER, LAST)
DAY = Slot(NUMBER, 1, 31)
TIME = common.FIGURES["time"]
HOUR = Slot(NUMBER, 0, 23)


def _weekly(weekday: int) -> Rule:
    """The tables count from Monday as 0, rules from Monday as 1."""
    return Rule(Period.WEEK, weekday + 1)


def _on(period: Period) -> Callable[[int], Rule]:
    return lambda day: Rule(period, day)


def _figures(token: Token) -> Clock:
    """17:30"""
    hour, minute = token.numbers
    return Clock(hour, minute)


_monthly, _quarterly = _on(Period.MONTH), _on(Period.QUARTER)

_PLURAL = {
    0: "mondays",
    1: "tuesdays",
    2: "wednesdays",
    3: "thursdays",
    4: "fridays",
    5: "saturdays",
    6: "sundays",
}
_EN_LAST = "[on] [the] last working|business|work day"
_ENGLISH: Rules = (
    ("[on] every|each working|business|work day", WORKDAY),
    ("[on] every|each weekday", WORKDAY),
    ("[on] all working|business days", WORKDAY),
    ("[on] every|each <weekday>", _weekly),
    ("every|each week on <weekday>", _weekly),
    ("weekly on <weekday>", _weekly),
    ("<weekday> every|each week", _weekly),
    ("[on|every] <weekdays>", _weekly),
    ("every|each month [on] [the] <nth>", _monthly),
    ("every|each month on|, day <day>", _monthly),
    ("monthly on the <nth>", _monthly),
    ("[on] [the] <nth> [day] of every|each|the month", _monthly),
    ("[on] day <day> of every|each|the month", _monthly),
    (f"{_EN_LAST} of every|each|the month", LAST_OF_MONTH),
    (f"every|each month {_EN_LAST}", LAST_OF_MONTH),
    ("[at] [the] end of every|each month", LAST_OF_MONTH),
    ("every|each quarter", LAST_OF_QUARTER),
    ("quarterly", LAST_OF_QUARTER),
    (f"{_EN_LAST} of every|each|the quarter", LAST_OF_QUARTER),
    ("[at] [the] end of every|each quarter", LAST_OF_QUARTER),
    ("[on] [the] <nth> [day] of the last month of every|each|the quarter", _quarterly),
    ("[on] day <day> of the last month of every|each|the quarter", _quarterly),
    ("[at|by] <time>", _figures),
)

_EACH = "mỗi|mọi|hằng|hàng"
_VIETNAMESE: Rules = (
    (f"[vào] {_EACH} ngày_làm_việc", WORKDAY),
    ("các ngày_làm_việc", WORKDAY),
    (f"[vào] <weekday> {_EACH} tuần", _weekly),
    (f"[vào] {_EACH} <weekday>", _weekly),
    (f"{_EACH} tuần [vào] <weekday>", _weekly),
    (f"[vào] ngày|mùng|mồng <day> {_EACH} tháng", _monthly),
    (f"[vào] ngày mùng|mồng <day> {_EACH} tháng", _monthly),
    (f"{_EACH} tháng [vào] ngày <day>", _monthly),
    (f"[vào] ngày_làm_việc cuối|cuối_cùng [của] [{_EACH}] tháng", LAST_OF_MONTH),
    (f"{_EACH} tháng [vào] ngày_làm_việc cuối|cuối_cùng", LAST_OF_MONTH),
    (f"cuối {_EACH} tháng", LAST_OF_MONTH),
    (f"{_EACH} quý", LAST_OF_QUARTER),
    (f"[vào] ngày_làm_việc cuối|cuối_cùng [của] [{_EACH}] quý", LAST_OF_QUARTER),
    (f"cuối {_EACH} quý", LAST_OF_QUARTER),
    (f"[vào] ngày <day> [của] tháng_cuối|tháng_cuối_cùng [của] [{_EACH}] quý", _quarterly),
    ("[lúc|vào_lúc] <time>", _figures),
    ("[lúc|vào_lúc] <hour> giờ|h", Clock),
    ("[lúc|vào_lúc] <hour> giờ|h <minute> [phút]", Clock),
)

_PL_DAYS = {
    0: "poniedziałki",
    1: "wtorki",
    2: "środy",
    3: "czwartki",
    4: "piątki",
    5: "soboty",
    6: "niedziele",
}
_OF_EACH = "[każdego] miesiąca"
_GO = "[-] go|ego|tego"  # 15-tego
_PL_LAST = "[w] ostatni|ostatniego dzień|dnia roboczy|roboczego"
_POLISH: Rules = (
    ("[w] każdy dzień roboczy", WORKDAY),
    ("każdego dnia roboczego", WORKDAY),
    ("co dzień roboczy", WORKDAY),
    ("[codziennie] w dni robocze", WORKDAY),
    ("[w|we] co|każdy|każdą <weekday>", _weekly),
    ("co_tydzień w|we <weekday>", _weekly),
    ("[w|we] <weekday> co_tydzień", _weekly),
    ("w|we <weekdays>", _weekly),
    ("[do] <day> [dnia] każdego miesiąca", _monthly),
    (f"[do] <day> {_GO} [dnia] każdego miesiąca", _monthly),
    ("[do] <nth> [dnia] każdego miesiąca", _monthly),
    (f"każdego <day> [dnia] {_OF_EACH}", _monthly),
    (f"każdego <nth> [dnia] {_OF_EACH}", _monthly),
    ("co_miesiąc [do] <day> [dnia]", _monthly),
    ("co_miesiąc [do] <nth> [dnia]", _monthly),
    (f"{_PL_LAST} {_OF_EACH}", LAST_OF_MONTH),
    (f"co_miesiąc {_PL_LAST}", LAST_OF_MONTH),
    ("na|pod koniec każdego miesiąca", LAST_OF_MONTH),
    ("co kwartał", LAST_OF_QUARTER),
    ("kwartalnie", LAST_OF_QUARTER),
    ("w każdym kwartale", LAST_OF_QUARTER),
    (f"{_PL_LAST} [każdego] kwartału", LAST_OF_QUARTER),
    ("na|pod koniec każdego kwartału", LAST_OF_QUARTER),
    ("[do] <day> [dnia] ostatniego miesiąca [każdego] kwartału", _quarterly),
    ("[do] <nth> [dnia] ostatniego miesiąca [każdego] kwartału", _quarterly),
    ("[o|do|do_godziny|o_godzinie] <time>", _figures),
)

GRAMMARS = (
    Grammar(
        _ENGLISH,
        {
            "weekday": english.SLOTS["weekday"],
            "weekdays": Slot(words=_PLURAL),
            "nth": english.SLOTS["nth"],
            "day": DAY,
            "time": TIME,
        },
    ),
    Grammar(
        _VIETNAMESE,
        {
            "weekday": vietnamese.SLOTS["weekday"],
            "day": Slot(NUMBER, 1, 31, vietnamese.SLOTS["day"].words),
            "hour": HOUR,
            "minute": Slot(NUMBER, 0, 59),
            "time": TIME,
        },
    ),
    Grammar(
        _POLISH,
        {
            "weekday": polish.SLOTS["weekday"],
            "weekdays": Slot(words=_PL_DAYS),
            "nth": Slot(words=words.DAYS_OF_MONTH),
            "day": DAY,
            "time": TIME,
        },
    ),
)


def parse(text: str) -> tuple[Rule, str]:
    """The rule that was typed, and the hour of the deadline ("15:00"; empty: the end of the working day).

    Raises Unclear when nothing was understood, or when it can mean more than one thing.
    """
    phrase = text.strip().casefold()
    tokens = tokens_of(phrase) if len(phrase) <= LONGEST else ()
    found = {one for grammar in GRAMMARS for reading in grammar.readings(tokens) if (one := _meant(reading))}
    if len(found) != 1:
        raise Unclear("not_understood")
    return found.pop()


def _meant(reading: Reading) -> tuple[Rule, str] | None:
    rule = next((atom for atom in reading if isinstance(atom, Rule)), None)
    clock = next((atom for atom in reading if isinstance(atom, Clock)), None)
    if rule is None:
        return None
    if clock is None:
        return rule, ""
    try:
        return rule, f"{time(clock.hour, clock.minute):%H:%M}"
    except ValueError:
        return None

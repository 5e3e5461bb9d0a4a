"""Deadlines in Polish, typed with accents or without."""

from __future__ import annotations

from bot.policy.phrases import common
from bot.policy.phrases import polish_words as words
from bot.policy.phrases.atoms import (
    CLOSING,
    NOON,
    Ahead,
    Clock,
    Dated,
    DayOf,
    Edge,
    End,
    Offset,
    SameTime,
    Span,
    Unit,
    Which,
)
from bot.policy.phrases.grammar import Grammar, Rules, Slot
from bot.policy.phrases.polish_words import NEAREST, NEXT, THIS
from bot.policy.phrases.tokens import NUMBER, Token

LOOSE = 6  # "o trzeciej" is said of the afternoon too

SLOTS = {
    **common.FIGURES,
    "n": Slot(NUMBER, 1, 999, words.NUMBERS),
    "hour": Slot(NUMBER, 0, 99),
    "minute": Slot(NUMBER, 1, 59, {number: said for number, said in words.NUMBERS.items() if number <= 59}),
    "at": Slot(words=words.HOURS_AT),
    "by": Slot(words=words.HOURS_BY),
    "to": Slot(words=words.HOURS_TO),
    "figureto": Slot(NUMBER, 1, 12, words.HOURS_TO),
    "past": Slot(NUMBER, 1, 12, words.HOURS_PAST),
    "day": Slot(NUMBER, 1, 99),
    "nth": Slot(words=words.DAYS_OF_MONTH),
    "weekday": Slot(words=words.WEEKDAYS),
    "month": Slot(words=words.MONTHS),
    "roman": Slot(words=words.ROMAN),
    "quarter": Slot(words=words.QUARTERS),
    "part": Slot(words=words.PARTS),
}

_GO = "[-] go|ego|tego"  # do 10-tego


def _dotted_limit(token: Token) -> Clock | Dated | None:
    """do 15.12 is a date, do 15.30 an hour"""
    day, second = token.numbers
    return Dated(day, second, figures=True) if 1 <= second <= 12 else Clock(day, second, figures=True)


def _half(hour: int) -> Clock:
    """wpół do ósmej: half past seven"""
    return common.hour_said(LOOSE)(hour - 1 or 12, 30)


_EDGES: Rules = (
    ("przed", Edge(before=True)),
    ("do|na|termin|termin_do|najpóźniej|najpóźniej_do|nie_później_niż|nie_później_niż_do|maksymalnie_do", Edge()),
    ("termin :", Edge()),
    ("najpóźniej|włącznie", Edge(last=True)),
)

_DAYS: Rules = (
    ("dziś|dzisiaj|dzisiejszego_dnia", Offset(0)),
    ("jutro|jutra|jutrem", Offset(1)),
    ("pojutrze|pojutrza", Offset(2)),
    ("wczoraj", Offset(-1)),
    ("przedwczoraj", Offset(-2)),
    ("[w|we] <weekday>", common.weekday(Which.COMING)),
    (f"[w|we] {THIS} <weekday>", common.weekday(Which.THIS)),
    (f"[w|we] {NEXT} <weekday>", common.weekday(Which.NEXT)),
    (f"[w|we] {NEAREST} <weekday>", common.weekday(Which.NEAREST)),
    (f"[w] {THIS} tygodniu", Span(Unit.WEEK, 0)),
    (f"[w] {NEXT} tygodniu|tydzień", Span(Unit.WEEK, 1)),
    (f"[w|we] <weekday> {THIS} tygodnia", common.weekday(Which.THIS)),
    (f"[w|we] <weekday> {NEXT} tygodnia", common.weekday(Which.NEXT)),
    (f"[w] {THIS} miesiącu", Span(Unit.MONTH, 0)),
    (f"[w] {NEXT} miesiącu", Span(Unit.MONTH, 1)),
    ("[dnia|w_dniu] <date> [r|roku]", common.dated),
    ("[dnia|w_dniu] <dotted>", common.dotted_date),
    ("do <dotted>", _dotted_limit),
    ("[dnia|w_dniu] <day> <month>", common.named),
    ("[dnia|w_dniu] <day> <month> [,] <year> [r|roku]", common.named),
    ("[dnia|w_dniu] <day> <roman>", lambda day, month: Dated(day, month) if month not in {5, 10} else None),
    ("[dnia|w_dniu] <day> <roman> <year> [r|roku]", common.named),
    ("[dnia|w_dniu] <nth> <month>", common.named),
    ("[dnia|w_dniu] <nth> <month> [,] <year> [r|roku]", common.named),
    (f"[dnia|w_dniu] <day> {_GO} <month>", common.named),
    (f"[dnia|w_dniu] <day> {_GO} <month> <year> [r|roku]", common.named),
    ("dnia <day>", common.day_of()),
    ("do <day>", common.day_of(alone=True)),  # "do 15" can be an hour as well: the person chooses
    ("przed <day>", lambda day: (Edge(before=True), DayOf(day, alone=True))),
    (f"[dnia] <day> {_GO}", common.day_of()),
    ("[dnia] <nth>", common.day_of()),
    (f"<nth> {THIS} miesiąca", common.day_of(0)),
    (f"<nth> {NEXT} miesiąca", common.day_of(1)),
    (f"<day> {NEXT} miesiąca", common.day_of(1)),
    (f"<day> {_GO} {THIS} miesiąca", common.day_of(0)),
    (f"<day> {_GO} {NEXT} miesiąca", common.day_of(1)),
)

_ENDS: Rules = (
    ("koniec|końca|końcem|końcu dnia", CLOSING),
    (f"koniec|końca|końcem [{THIS}] tygodnia", End(Unit.WEEK)),
    (f"koniec|końca|końcem [{THIS}] miesiąca", End(Unit.MONTH)),
    (f"koniec|końca|końcem [{THIS}] kwartału", End(Unit.QUARTER)),
    (f"koniec|końca|końcem [{THIS}] roku", End(Unit.YEAR)),
    (f"koniec|końca|końcem {NEXT} tygodnia", End(Unit.WEEK, 1)),
    (f"koniec|końca|końcem {NEXT} miesiąca", End(Unit.MONTH, 1)),
    (f"koniec|końca|końcem {NEXT} kwartału", End(Unit.QUARTER, 1)),
    (f"koniec|końca|końcem {NEXT} roku", End(Unit.YEAR, 1)),
    ("koniec|końca|końcem <month>", common.end_of(Unit.MONTH)),
    ("koniec|końca|końcem <month> <year> [r|roku]", common.end_of(Unit.MONTH)),
    ("koniec|końca|końcem <quarter> kwartału", common.end_of(Unit.QUARTER)),
    ("koniec|końca|końcem <quarter> kwartału <year> [r|roku]", common.end_of(Unit.QUARTER)),
    ("koniec|końca|końcem [roku] <year>", common.end_of_year),
    ("koniec|końca|końcem <year> r|roku", common.end_of_year),
)

_IN = "za|w_ciągu|w_przeciągu"
_HOUR = "godzin|godziny|godzinę|godz|h"
_MINUTE = "minut|minuty|minutę|min"
_WORKING = "dzień_roboczy|dnia_roboczego|dni_robocze|dni_roboczych"

_SPANS: Rules = (
    (f"[{_IN}] <n> {_MINUTE}", common.minutes(1)),
    ("za kwadrans", common.minutes(15)),
    ("w_ciągu|w_przeciągu kwadransa", common.minutes(15)),
    (f"{_IN} pół godziny|godzinki", common.minutes(30)),
    ("za godzinę|godzinkę", common.minutes(60)),
    ("w_ciągu|w_przeciągu godziny", common.minutes(60)),
    (f"{_IN} półtorej godziny", common.minutes(90)),
    (f"{_IN} <n> {_HOUR}", common.minutes(60)),
    (f"{_IN} <n> i_pół godziny", common.minutes(60, 30)),
    (f"{_IN} <n> {_HOUR} [i] <minute> {_MINUTE}", common.minutes(60)),
    (f"{_IN} godzinę [i] <minute> {_MINUTE}", lambda rest: common.minutes(60)(1, rest)),
    (f"{_IN} <n> dni|dzień|dnia", common.ahead(Unit.DAY)),
    ("<n> dni", common.ahead(Unit.DAY, alone=True)),
    ("za dzień", common.ahead(Unit.DAY)),
    (f"{_IN} <n> tygodnie|tygodni|tydzień|tygodnia|tyg", common.ahead(Unit.WEEK)),
    ("<n> tygodnie|tygodni|tyg", common.ahead(Unit.WEEK, alone=True)),
    ("za tydzień", common.ahead(Unit.WEEK)),
    ("w_ciągu|w_przeciągu tygodnia", common.ahead(Unit.WEEK)),
    (f"{_IN} <n> miesiące|miesięcy|miesiąc|miesiąca|mies", common.ahead(Unit.MONTH)),
    ("za miesiąc", common.ahead(Unit.MONTH)),
    ("w_ciągu|w_przeciągu miesiąca", common.ahead(Unit.MONTH)),
    (f"{_IN} <n> lata|lat|rok|roku", common.ahead(Unit.YEAR)),
    ("za rok", common.ahead(Unit.YEAR)),
    ("w_ciągu|w_przeciągu roku", common.ahead(Unit.YEAR)),
    (f"{_IN} <n> {_WORKING}", common.ahead(Unit.WORKING_DAY)),
    ("<n> dni_robocze|dni_roboczych", common.ahead(Unit.WORKING_DAY, alone=True)),
    ("1 dzień_roboczy", Ahead(1, Unit.WORKING_DAY)),
    (f"{_IN} dzień_roboczy|dnia_roboczego", common.ahead(Unit.WORKING_DAY)),
    (f"[w] {NEXT} dzień_roboczy|dnia_roboczego", Ahead(1, Unit.WORKING_DAY)),
)

_AT = "godz|godzina|godziny|godziną|o_godz|o_godzinie"

_HOURS: Rules = (
    (f"[o|{_AT}] <time>", common.time_of_day),
    (f"o|{_AT} <dotted>", common.dotted_hour),
    ("<dotted>", common.dotted_beside_day),
    (f"o|{_AT} <hour>", common.hour_said(LOOSE)),
    ("do|przed <hour>", common.hour_said(LOOSE)),
    (f"o|{_AT}|do <at>", common.hour_said(LOOSE)),
    (f"o|{_AT}|do <at> <minute>", common.hour_said(LOOSE)),
    ("przed <by>", common.hour_said(LOOSE)),
    ("<hour> <part>", lambda hour, part: (common.hour_said(LOOSE)(hour), part)),
    ("<part> <hour>", lambda part, hour: (part, common.hour_said(LOOSE)(hour))),
    ("[o] wpół|w_pół do <past>", _half),
    ("[o] za_kwadrans <figureto>", lambda hour: common.hour_less(LOOSE)(hour, 15)),
    ("[o] za <minute> <to>", lambda minute, hour: common.hour_less(LOOSE)(hour, minute)),
    ("[o] kwadrans_po <past>", lambda hour: common.hour_said(LOOSE)(hour, 15)),
    ("[o] <minute> po <past>", lambda minute, hour: common.hour_said(LOOSE)(hour, minute)),
    ("[w] południe|południa|południem", NOON),
    ("<part>", lambda part: part),
    ("o_tej_porze|o_tej_samej_porze", SameTime()),
)

POLISH = Grammar((*_EDGES, *_DAYS, *_ENDS, *_SPANS, *_HOURS), SLOTS)

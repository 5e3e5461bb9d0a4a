"""The words of Polish deadlines in the cases in which they are said: numbers, hours, days, months."""

from __future__ import annotations

from bot.policy.phrases import common
from bot.policy.phrases.atoms import Part

_DIGITS = {
    1: "jeden|jedną|jednego|jednej|jedna|jedno",
    2: "dwa|dwie|dwóch|dwu",
    3: "trzy|trzech",
    4: "cztery|czterech",
    5: "pięć|pięciu",
    6: "sześć|sześciu",
    7: "siedem|siedmiu",
    8: "osiem|ośmiu",
    9: "dziewięć|dziewięciu",
}
_TEENS = {
    10: "dziesięć|dziesięciu",
    11: "jedenaście|jedenastu",
    12: "dwanaście|dwunastu",
    13: "trzynaście|trzynastu",
    14: "czternaście|czternastu",
    15: "piętnaście|piętnastu",
    16: "szesnaście|szesnastu",
    17: "siedemnaście|siedemnastu",
    18: "osiemnaście|osiemnastu",
    19: "dziewiętnaście|dziewiętnastu",
}
_TENS = {
    20: "dwadzieścia|dwudziestu",
    30: "trzydzieści|trzydziestu",
    40: "czterdzieści|czterdziestu",
    50: "pięćdziesiąt|pięćdziesięciu",
    60: "sześćdziesiąt|sześćdziesięciu",
    90: "dziewięćdziesiąt|dziewięćdziesięciu",
}
NUMBERS = {**_DIGITS, **_TEENS, **_TENS, **common.compound(_TENS, _DIGITS, "_")}

_STEMS = (
    "pierwsz",
    "drug",
    "trzeci",
    "czwart",
    "piąt",
    "szóst",
    "siódm",
    "ósm",
    "dziewiąt",
    "dziesiąt",
    "jedenast",
    "dwunast",
    "trzynast",
    "czternast",
    "piętnast",
    "szesnast",
    "siedemnast",
    "osiemnast",
    "dziewiętnast",
    "dwudziest",
)


def _ordinals(ending: str, soft: str, hard: str) -> dict[int, str]:
    """First to twentieth with one ending; two stems soften it."""
    endings = {2: hard, 3: soft}
    return {number: stem + endings.get(number, ending) for number, stem in enumerate(_STEMS, 1)}


def _to_31(words: dict[int, str], thirtieth: str) -> dict[int, str]:
    later = common.compound({20: words[20], 30: thirtieth}, {n: w for n, w in words.items() if n <= 9}, "_")
    return {**words, 30: thirtieth, **{number: word for number, word in later.items() if number <= 31}}


# "do piątego": by the fifth; "o piątej": at five; "przed piątą": before five; "za pięć piąta": five minutes to five
DAYS_OF_MONTH = _to_31(_ordinals("ego", "ego", "iego"), "trzydziestego")
_AT = _ordinals("ej", "ej", "iej")
_TO = _ordinals("a", "a", "a")
_BY = _ordinals("ą", "ą", "ą")
HOURS_AT = {hour: word for hour, word in _to_31(_AT, "trzydziestej").items() if hour <= 24}
HOURS_BY = {hour: word for hour, word in _to_31(_BY, "trzydziestą").items() if hour <= 24}
HOURS_TO = {hour: word for hour, word in _TO.items() if hour <= 12}
HOURS_PAST = {hour: word for hour, word in _AT.items() if hour <= 12}

WEEKDAYS = {
    0: "poniedziałek|poniedziałku|poniedziałkiem|pon|pn|poniedz",
    1: "wtorek|wtorku|wtorkiem|wt|wto",
    2: "środa|środę|środy|środzie|środą|śr|śro",
    3: "czwartek|czwartku|czwartkiem|czw|cz",
    4: "piątek|piątku|piątkiem|pt|pią|piąt",
    5: "sobota|sobotę|soboty|sobocie|sobotą|sob|sb",
    6: "niedziela|niedzielę|niedzieli|niedzielą|niedz|ndz|nd",
}
MONTHS = {
    1: "stycznia|styczeń|styczniu|styczniem|sty|stycz",
    2: "lutego|luty|lutym|lut",
    3: "marca|marzec|marcu|marcem|mar",
    4: "kwietnia|kwiecień|kwietniu|kwietniem|kwi|kwiec",
    5: "maja|maj|maju|majem",
    6: "czerwca|czerwiec|czerwcu|czerwcem|cze|czerw",
    7: "lipca|lipiec|lipcu|lipcem|lip",
    8: "sierpnia|sierpień|sierpniu|sierpniem|sie|sierp",
    9: "września|wrzesień|wrześniu|wrześniem|wrz|wrzes",
    10: "października|październik|październiku|październikiem|paź|paźdz",
    11: "listopada|listopad|listopadzie|listopadem|lis",
    12: "grudnia|grudzień|grudniu|grudniem|gru|grudz",
}
ROMAN = {2: "ii", 3: "iii", 4: "iv", 5: "v", 6: "vi", 7: "vii", 8: "viii", 9: "ix", 10: "x", 11: "xi", 12: "xii"}
QUARTERS = {1: "pierwszego|i|1", 2: "drugiego|ii|2", 3: "trzeciego|iii|3", 4: "czwartego|iv|4"}
PARTS = {
    Part.MORNING: "rano|z_rana",
    Part.AFTERNOON: "po_południu",
    Part.EVENING: "wieczorem|wieczór",
    Part.NIGHT: "w_nocy",
}

NEXT = "przyszły|przyszłego|przyszłą|przyszłej|przyszła|przyszłym|następny|następnego|następną|następnej|następnym"
THIS = "ten|tego|tę|ta|tą|tej|tym|bieżący|bieżącego|bieżącą|bieżącej|bieżącym"
NEAREST = "najbliższy|najbliższego|najbliższą|najbliższej|najbliższa|najbliższym|nadchodzący|nadchodzącego|nadchodzącą"

"""Deadlines in Vietnamese, typed with accents or without."""

from __future__ import annotations

from bot.policy.phrases import common
from bot.policy.phrases.atoms import CLOSING, Ahead, Edge, End, Offset, Part, SameTime, Span, Unit, Weekday, Which
from bot.policy.phrases.grammar import Grammar, Rules, Slot
from bot.policy.phrases.tokens import NUMBER

LOOSE = 6  # "3 giờ" alone is said of the night and of the afternoon; from 7 on the morning is meant

_DIGITS = {1: "một", 2: "hai", 3: "ba", 4: "bốn", 5: "năm", 6: "sáu", 7: "bảy|bẩy", 8: "tám", 9: "chín"}
_AFTER_TEN = _DIGITS | {5: "lăm"}
_AFTER_TENS = _AFTER_TEN | {1: "mốt", 4: "bốn|tư"}
_TENS = {10 * ten: f"{word}_mươi" for ten, word in _DIGITS.items() if ten > 1 and "|" not in word}
_TENS[70] = "bảy_mươi|bẩy_mươi"
NUMBERS = {
    **_DIGITS,
    10: "mười",
    **common.compound({10: "mười"}, _AFTER_TEN, "_"),
    **_TENS,
    **common.compound(_TENS, _AFTER_TENS, "_"),
}
_MONTHS = {number: words for number, words in NUMBERS.items() if number <= 12} | {4: "tư|bốn"}

SLOTS = {
    **common.FIGURES,
    "n": Slot(NUMBER, 1, 999, NUMBERS),
    "hour": Slot(NUMBER, 0, 99, {number: words for number, words in NUMBERS.items() if number <= 24}),
    "minute": Slot(NUMBER, 0, 59, {number: words for number, words in NUMBERS.items() if number <= 59}),
    "day": Slot(NUMBER, 1, 99, {number: words for number, words in NUMBERS.items() if number <= 31}),
    "first": Slot(NUMBER, 1, 10, {number: words for number, words in NUMBERS.items() if number <= 10}),
    "month": Slot(NUMBER, 1, 99, _MONTHS),
    "quarter": Slot(NUMBER, 1, 4, {1: "một|i", 2: "hai|ii", 3: "ba|iii", 4: "bốn|tư|iv"}),
    "weekday": Slot(
        words={
            0: "thứ_hai|thứ_2|t_2",
            1: "thứ_ba|thứ_3|t_3",
            2: "thứ_tư|thứ_4|t_4",
            3: "thứ_năm|thứ_5|t_5",
            4: "thứ_sáu|thứ_6|t_6",
            5: "thứ_bảy|thứ_bẩy|thứ_7|t_7",
            6: "chủ_nhật|chúa_nhật|cn",
        }
    ),
    "short": Slot(words={day: f"th_{day + 2}" for day in range(6)}),  # as calendars shorten it, beside a date only
    "part": Slot(
        words={
            Part.MORNING: "sáng",
            Part.NOON: "trưa",
            Part.AFTERNOON: "chiều",
            Part.EVENING: "tối",
            Part.NIGHT: "đêm",
        }
    ),
}

_EDGES: Rules = (
    ("trước", Edge(before=True)),
    ("đến|vào|hết|đến_hết|hạn|hạn_chót|hạn_cuối|chậm_nhất|muộn_nhất|xong|nộp", Edge()),
    ("chậm_nhất|muộn_nhất|hạn|hạn_chót|hạn_cuối là|vào|đến|đến_hết|:", Edge()),
)

_DAYS: Rules = (
    ("[trong] hôm_nay|ngày_hôm_nay|nay", Offset(0)),
    ("[trong] mai|ngày_mai", Offset(1)),
    ("ngày_kia|ngày_mốt|mốt", Offset(2)),
    ("hôm_qua|ngày_hôm_qua", Offset(-1)),
    ("hôm_kia", Offset(-2)),
    ("[trong] <weekday>", common.weekday(Which.COMING)),
    ("<weekday> này", common.weekday(Which.THIS)),
    ("<weekday> tới", common.weekday(Which.TOWARDS)),
    ("[trong] tuần này", Span(Unit.WEEK, 0)),
    ("trong tuần", Span(Unit.WEEK, 0)),
    ("[trong] tuần sau|tới|kế_tiếp|tiếp_theo", Span(Unit.WEEK, 1)),
    ("tuần sau|tới nữa", Span(Unit.WEEK, 2)),
    ("[trong] tháng này", Span(Unit.MONTH, 0)),
    ("[trong] tháng sau|tới", Span(Unit.MONTH, 1)),
    ("[ngày] <date>", common.dated),
    ("<short> [,] <date>", lambda day, token: (Weekday(day), common.dated(token))),
    ("[ngày] <dotted>", common.dotted_date),
    ("ngày <dashed>", common.dated),
    ("[ngày] <day> tháng <month>", common.named),
    ("[ngày] <day> tháng <month> [,] [năm] <year>", common.named),
    ("[ngày] <day> tháng <monthyear>", common.month_year),
    ("ngày <day>", common.day_of()),
    ("[ngày] <day> tháng này", common.day_of(0)),
    ("[ngày] <day> tháng sau|tới", common.day_of(1)),  # "2 tháng sau" is said of two months as well: asked
    ("[ngày] mùng|mồng <first>", common.day_of()),
    ("[ngày] mùng|mồng <first> tháng này", common.day_of(0)),
    ("[ngày] mùng|mồng <first> tháng sau|tới", common.day_of(1)),
    ("[ngày] mùng|mồng <first> tháng <month>", common.named),
    ("[ngày] mùng|mồng <first> tháng <month> [năm] <year>", common.named),
    ("[ngày] mùng|mồng <date>", lambda token: common.dated(token) if token.numbers[0] <= 10 else None),
)

_ENDS: Rules = (
    ("cuối|hết ngày|giờ_làm_việc|giờ_làm", CLOSING),
    ("cuối|hết tuần [này]", End(Unit.WEEK)),
    ("cuối|hết tuần sau|tới", End(Unit.WEEK, 1)),
    ("cuối|hết tháng [này]", End(Unit.MONTH)),
    ("cuối|hết tháng sau|tới", End(Unit.MONTH, 1)),
    ("cuối|hết tháng <month>", common.end_of(Unit.MONTH)),
    ("cuối|hết tháng <month> [năm] <year>", common.end_of(Unit.MONTH)),
    ("cuối|hết tháng <monthyear>", common.end_of_month_in_figures),
    ("cuối|hết quý [này]", End(Unit.QUARTER)),
    ("cuối|hết quý sau|tới", End(Unit.QUARTER, 1)),
    ("cuối|hết quý <quarter>", common.end_of(Unit.QUARTER)),
    ("cuối|hết quý <quarter> [năm] <year>", common.end_of(Unit.QUARTER)),
    ("cuối|hết năm [nay|này]", End(Unit.YEAR)),
    ("cuối|hết năm sau|tới", End(Unit.YEAR, 1)),
    ("cuối|hết năm <year>", common.end_of_year),
)

_SPANS: Rules = (
    ("[sau|trong|trong_vòng] <n> phút|p [nữa|tới]", common.minutes(1)),
    ("sau|trong|trong_vòng <n> giờ|h|g|tiếng|tiếng_đồng_hồ [nữa|tới]", common.minutes(60)),
    ("<n> giờ|h|g|tiếng|tiếng_đồng_hồ nữa", common.minutes(60)),
    ("<n> tiếng|tiếng_đồng_hồ", common.minutes(60)),
    ("sau|trong|trong_vòng <n> giờ|tiếng rưỡi [nữa]", common.minutes(60, 30)),
    ("<n> giờ|tiếng rưỡi nữa", common.minutes(60, 30)),
    ("sau|trong|trong_vòng <n> giờ|tiếng <minute> phút [nữa]", common.minutes(60)),
    ("<n> giờ|tiếng <minute> phút nữa", common.minutes(60)),
    ("[sau|trong|trong_vòng] nửa giờ|tiếng|tiếng_đồng_hồ [nữa]", common.minutes(30)),
    ("sau|trong|trong_vòng <n> ngày [nữa|tới|sau]", common.ahead(Unit.DAY)),
    ("<n> ngày|hôm nữa|tới|sau", common.ahead(Unit.DAY)),
    ("<n> ngày", common.ahead(Unit.DAY, alone=True)),
    ("sau|trong|trong_vòng <n> tuần [nữa|tới|sau]", common.ahead(Unit.WEEK)),
    ("<n> tuần nữa|tới|sau", common.ahead(Unit.WEEK)),
    ("<n> tuần", common.ahead(Unit.WEEK, alone=True)),
    ("sau|trong|trong_vòng <n> tháng [nữa|tới]", common.ahead(Unit.MONTH)),
    ("<n> tháng nữa|tới|sau", common.ahead(Unit.MONTH)),
    ("sau|trong|trong_vòng <n> năm [nữa|tới]", common.ahead(Unit.YEAR)),
    ("<n> năm nữa", common.ahead(Unit.YEAR)),
    ("[sau|trong|trong_vòng] <n> ngày_làm_việc [nữa|tới|sau]", common.ahead(Unit.WORKING_DAY)),
    ("ngày_làm_việc tới|tiếp_theo|kế_tiếp", Ahead(1, Unit.WORKING_DAY)),
)

_HOURS: Rules = (
    ("[lúc] <time>", common.time_of_day),
    ("<dotted>", common.dotted_beside_day),
    ("[lúc] <hour> giờ|h|g [đúng]", common.hour_said(LOOSE)),
    ("[lúc] <hour> giờ|h|g <minute> [phút|p|ph]", common.hour_said(LOOSE)),
    ("[lúc] <hour> [giờ|h|g] rưỡi", lambda hour: common.hour_said(LOOSE)(hour, 30)),
    ("[lúc] <hour> [giờ|h|g] kém <minute> [phút|p|ph]", common.hour_less(LOOSE)),
    ("[vào|buổi] <part>", lambda part: part),
    ("[vào] giờ_này|lúc_này", SameTime()),
)

VIETNAMESE = Grammar((*_EDGES, *_DAYS, *_ENDS, *_SPANS, *_HOURS), SLOTS)

"""Deadlines in the words people use: what a native speaker means, or a question, and never something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy import deadlines
from bot.policy.calendar import WorkCalendar
from handlers.views import dates
from tests.policy.test_calendar import HANOI, WARSAW, local
from tests.support.phrases import nonsense, table

GIVEN = table("deadline_phrases.csv")
MORE = table("more_deadline_phrases.csv")
NOW = local("2026-12-02T10:15")  # a Wednesday
PLACES = {"vi": HANOI, "en": HANOI, "pl": WARSAW}
SHAPES = {
    "vi": ("HH:mm EEEE dd/MM/yyyy", "H 'giờ' m 'phút' 'ngày' d 'tháng' M 'năm' y", "EEEE, 'ngày' d/M/y, HH:mm"),
    "en": ("EEEE d MMMM y 'at' HH:mm", "MMMM d, y, h:mm a", "h:mm a 'on' EEE d MMM y", "'by' HH:mm 'on' d MMMM y"),
    "pl": ("EEEE, d MMMM y 'o' HH:mm", "'do' d.MM.y HH:mm", "d MMMM y 'r.' 'godz.' HH:mm", "'do' d MMM y 'o' HH:mm"),
}


def outcome(phrase: str, now: datetime, calendar: WorkCalendar) -> tuple[tuple[datetime, ...], str]:
    """What comes out: one instant; or the choices, if any, and the reason."""
    try:
        return (deadlines.parse(phrase, now, calendar),), ""
    except deadlines.Unclear as unclear:
        return unclear.choices, unclear.reason


def understood(phrase: str, now: datetime, calendar: WorkCalendar) -> str:
    """The same as local times."""
    found, _ = outcome(phrase, now, calendar)
    return " or ".join(calendar.local(at).strftime("%Y-%m-%dT%H:%M") for at in found)


@pytest.mark.parametrize("row", GIVEN, ids=lambda row: f"{row['lang']} {row['phrase']}")
def test_a_phrase_of_the_sample_means_what_its_table_says(row) -> None:
    calendar = PLACES[row["lang"]]
    assert calendar.zone == row["timezone"]
    assert understood(row["phrase"], datetime.fromisoformat(row["now_iso"]), calendar) == row["expected_iso"][:16]


@pytest.mark.parametrize("row", MORE, ids=lambda row: f"{row['lang']} {row['now']} {row['phrase']}")
def test_a_phrase_means_what_a_native_speaker_means(row) -> None:
    calendar = PLACES[row["lang"]]
    now = local(row["now"] or "2026-12-02T10:15", calendar.zone)
    assert understood(row["phrase"], now, calendar) == row["expected"]


@pytest.mark.parametrize("language", ["vi", "en", "pl"])
def test_the_tables_are_large_enough_and_hold_refusals(language) -> None:
    rows = [row for row in MORE if row["lang"] == language]
    assert len(rows) >= 50
    assert len([row for row in rows if not row["expected"]]) >= 15


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("hôm qua 9h", "past"),
        ("wczoraj o 9", "past"),
        ("today 9am", "past"),
        ("31 kwietnia", "no_such_date"),
        ("thứ năm 25/12/2026", "no_such_date"),
        ("25h", "no_such_date"),
        ("in 50 years", "too_far"),
        ("report 5", "not_understood"),
        ("tomorrow at 5", "ambiguous"),
    ],
)
def test_a_refusal_says_why(phrase, reason) -> None:
    with pytest.raises(deadlines.Unclear) as caught:
        deadlines.parse(phrase, NOW, HANOI)
    assert caught.value.reason == reason


def test_accents_decide_where_they_are_typed_and_both_meanings_are_offered_where_they_are_not() -> None:
    assert understood("tối thứ hai 8h", NOW, HANOI) == "2026-12-07T20:00"
    assert understood("thứ hai tới 8h", NOW, HANOI) == "2026-12-07T08:00"
    assert understood("thu hai toi 8h", NOW, HANOI) == "2026-12-07T08:00 or 2026-12-07T20:00"
    assert understood("mốt", NOW, HANOI) == "2026-12-04T17:00"
    assert understood("một", NOW, HANOI) == ""


def test_a_word_typed_in_two_pieces_per_letter_is_the_same_word() -> None:
    assert understood("thu\u031b\u0301 sa\u0301u", NOW, HANOI) == "2026-12-04T17:00"


def test_working_days_are_counted_by_the_calendar_of_the_place() -> None:
    assert understood("3 working days", local("2026-02-13T09:00"), HANOI) == "2026-02-25T17:00"
    override = WorkCalendar("Asia/Ho_Chi_Minh", "VN", {date(2026, 12, 3): False})
    assert understood("1 working day", NOW, override) == "2026-12-04T17:00"


def test_an_hour_that_does_not_exist_is_refused_and_one_that_comes_twice_is_asked_about() -> None:
    assert understood("28.03.2027 2:30", NOW, WARSAW) == ""
    with pytest.raises(deadlines.Unclear) as caught:
        deadlines.parse("31.10.2027 2:30", NOW, WARSAW)
    assert caught.value.choices == (local("2027-10-31T00:30", "UTC"), local("2027-10-31T01:30", "UTC"))


def test_two_languages_that_disagree_are_asked_about() -> None:
    assert understood("5:30", NOW, HANOI) == "2026-12-02T17:30 or 2026-12-03T05:30"


def test_nonsense_gives_a_refusal_or_a_moment_to_come_and_nothing_else() -> None:
    """100,000 strings of words, letters and figures, at moments of two years, in two places."""
    for turn, phrase in enumerate(nonsense(20261202, 100_000)):
        now, calendar = NOW + timedelta(hours=turn % 17520, minutes=turn % 60), (HANOI, WARSAW)[turn % 2]
        found, reason = outcome(phrase, now, calendar)
        assert len(found) == {"": 1, "ambiguous": 2}.get(reason, 0), phrase
        assert all(at > now and at.tzinfo is UTC for at in found), phrase


MINUTES = st.integers(1, 5_000_000).map(lambda minutes: NOW.replace(second=0) + timedelta(minutes=minutes))


@settings(max_examples=400)
@given(MINUTES, st.sampled_from(["vi", "en", "pl"]), st.data())
def test_an_instant_in_words_is_understood_as_that_instant(at, language, data) -> None:
    calendar = PLACES[language]
    zone = ZoneInfo(calendar.zone)
    words = data.draw(st.sampled_from(SHAPES[language]))
    texts = (format_datetime(at, words, tzinfo=zone, locale=language), dates.moment(at, calendar.zone, language))
    for text in texts:
        if "12:" in text and "AM" in text:
            continue  # twelve at night belongs to two days: refused
        here, seen = calendar.local(at), understood(text, NOW, calendar).split(" or ")
        assert here.strftime("%Y-%m-%dT%H:%M") in seen, text
        # the early hours can be meant of the afternoon, and one of them comes twice in autumn: the person is asked
        assert len(seen) == 1 or 1 <= here.hour <= 6, text


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), st.sampled_from([HANOI, WARSAW]))
def test_a_day_without_an_hour_is_the_end_of_its_working_day(ahead, hour, minute, calendar) -> None:
    now = calendar.at(date(2026, 12, 2), time(hour, minute))
    day = date(2026, 12, 2) + timedelta(days=ahead + 1)
    for text in (f"in {ahead + 1} days", f"za {ahead + 1} dni", f"{ahead + 1} ngày nữa", f"{day:%d/%m/%Y}"):
        assert deadlines.parse(text, now, calendar) == calendar.at(day, time(17)), text

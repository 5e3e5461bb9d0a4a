"""Deadlines as people type them: understood as a whole, or refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import deadlines
from tests.policy.test_calendar import HANOI, local

NOW = local("2026-12-02T10:15")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25/12/2026 17:00", "2026-12-25T17:00"),
        ("25/12/2026", "2026-12-25T17:00"),
        ("5/1/2027 8:05", "2027-01-05T08:05"),
        ("25.12.2026 9:00", "2026-12-25T09:00"),
        ("25-12-2026", "2026-12-25T17:00"),
        ("2026-12-25", "2026-12-25T17:00"),
        ("2026-12-25 08:30", "2026-12-25T08:30"),
        ("2026-12-25T08:30", "2026-12-25T08:30"),
        ("2026-12-25T10:00:00Z", "2026-12-25T17:00"),
        ("03/04/2027", "2027-04-03T17:00"),  # the day before the month, always
        ("25/12", "2026-12-25T17:00"),
        ("15/1", "2027-01-15T17:00"),  # passed this year: the next one
        ("16h30 25/12", "2026-12-25T16:30"),
        ("17h 25/12/2026", "2026-12-25T17:00"),
        ("  25/12/2026   17:00 ", "2026-12-25T17:00"),
    ],
)
def test_a_date_is_understood(text, expected) -> None:
    assert deadlines.parse(text, NOW, HANOI) == local(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/2/2027", "no_such_date"),
        ("31/2", "no_such_date"),
        ("25/13/2026", "no_such_date"),
        ("25/12/2026 25:00", "no_such_date"),
        ("1/12/2026", "past"),
        ("2026-12-02 10:15", "past"),
        ("25/12/2199", "too_far"),
        ("some day", "not_understood"),
        ("25/12/2026 17:00 or so", "not_understood"),
        ("12/25/26", "not_understood"),
        ("", "not_understood"),
        ("9" * 65, "not_understood"),
        ("0000-00-00", "no_such_date"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(text, reason) -> None:
    with pytest.raises(deadlines.Unclear) as caught:
        deadlines.parse(text, NOW, HANOI)
    assert caught.value.reason == reason


@given(st.text(max_size=80))
def test_no_text_breaks_it_or_gives_a_deadline_in_the_past(text) -> None:
    with suppress(deadlines.Unclear):
        assert deadlines.parse(text, NOW, HANOI) > NOW


def test_the_offered_choices_are_ends_of_coming_working_days() -> None:
    found = deadlines.choices(local("2026-12-03T16:30"), HANOI)
    assert found[0] == local("2026-12-04T17:00")  # today's end is only half an hour away
    assert found[1] == local("2026-12-07T17:00")
    assert len(found) == 6

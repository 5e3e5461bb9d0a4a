"""Progress in words: what is read as a number, what stays a note."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.progress import read_report


@pytest.mark.parametrize(
    ("text", "percent", "note"),
    [
        ("60", 60, ""),
        (" 60 \n", 60, ""),
        ("60%", 60, ""),
        ("60 %", 60, ""),
        ("0", 0, ""),
        ("0%", 0, ""),
        ("100", 100, ""),
        ("150%", 150, ""),  # refused later, with a reason
        ("150", 150, ""),
        ("draft sent, 60%", 60, "draft sent, 60%"),
        ("60% draft sent", 60, "60% draft sent"),
        ("60%\ndraft sent\nannex 2 is missing", 60, "60%\ndraft sent\nannex 2 is missing"),
        ("draft sent\n60%", 60, "draft sent\n60%"),
        ("đã gửi dự thảo 60%", 60, "đã gửi dự thảo 60%"),
        ("from 20% to 40%", 20, "from 20% to 40%"),
        ("12 documents", None, "12 documents"),
        ("60 documents of 100", None, "60 documents of 100"),
        ("60\ndocuments", None, "60\ndocuments"),
        ("3.5%", None, "3.5%"),  # not 5
        ("3,5%", None, "3,5%"),
        ("0.5 % left", None, "0.5 % left"),
        ("12345%", None, "12345%"),  # not 2345
        ("12345", None, "12345"),
        ("percent: %", None, "percent: %"),
        ("draft sent", None, "draft sent"),
        ("", None, ""),
        ("  \n ", None, ""),
    ],
)
def test_a_report_is_read_like_this(text: str, percent: int | None, note: str) -> None:
    assert read_report(text) == (percent, note)


@given(st.text(max_size=300))
def test_any_words_are_read_without_an_error_and_none_are_lost(text: str) -> None:
    percent, note = read_report(text)
    assert percent is None or 0 <= percent <= 9999
    assert note in ("", text.strip())
    assert note or percent is not None or not text.strip()


@given(st.integers(0, 100), st.sampled_from(["{}", "{}%", "{} %", "  {}%  ", "done: {}%", "{}% of it\nand a line"]))
def test_a_number_with_its_sign_is_found_wherever_it_stands(percent: int, form: str) -> None:
    assert read_report(form.format(percent))[0] == percent

"""What of a letter that did not arrive is passed on."""

from __future__ import annotations

import pytest

from bot.policy import passing_on
from storage.notices import (
    MISSED_ABOUT,
    AbsenceNews,
    Agenda,
    ChatLost,
    Notice,
    PressesLost,
    RequestNews,
    Step,
    TaskNews,
)

STEP = Step(1, "due-day", "2026-12-08T10:00:00+00:00")


@pytest.mark.parametrize(
    ("part", "about"),
    [
        (STEP, ""),
        (TaskNews(2, "assigned", 5), "assigned"),
        (TaskNews(2, "returned", 5), "news"),
        (TaskNews(2, "urged", 5), "news"),
        (TaskNews(2, "submitted", 5), "news"),
        (RequestNews(3, "approved"), "answer"),
        (RequestNews(3, "refused"), "answer"),
        (RequestNews(3, "given"), "answer"),
        (RequestNews(3, "consent"), "question"),
        (TaskNews(2, "contributed", 5), None),
        (TaskNews(2, "explained", 5), None),
        (TaskNews(2, "urged_often", 5), None),
        (AbsenceNews(4, "head"), None),
        (ChatLost("Council", 1), None),
        (PressesLost("", ""), None),
    ],
)
def test_what_is_owed_is_the_same_alone_and_in_an_agenda(part: Step | Notice, about: str | None) -> None:
    assert about is None or about in MISSED_ABOUT
    told = {"steps": (part,)} if isinstance(part, Step) else {"news": (part,)}
    agenda = Agenda("2026-12-08", own=(9,), **told)
    for notice in (agenda,) if isinstance(part, Step) else (agenda, part):
        found = passing_on.to_pass_on(notice, unreachable=False)
        assert [passing_on.about(one) for one in found] == ([] if about is None else [about])


def test_what_the_next_morning_says_again_is_not_passed_on() -> None:
    assert passing_on.to_pass_on(Agenda("2026-12-08", own=(1,), submitted=(2,), requests=(3,)), unreachable=False) == ()


def test_of_people_who_cannot_be_reached_only_reminders_are_passed_on() -> None:
    agenda = Agenda("2026-12-08", steps=(STEP,), news=(TaskNews(2, "assigned", 5), RequestNews(3, "approved")))
    assert passing_on.to_pass_on(agenda, unreachable=True) == (STEP,)

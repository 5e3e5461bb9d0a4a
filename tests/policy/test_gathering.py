"""What is late, and the one message that late letters become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.policy import gathering
from storage.notices import (
    AbsenceNews,
    Agenda,
    ChatBinding,
    ChatLost,
    Notice,
    PressesLost,
    RecurrenceNews,
    Reminders,
    RequestNews,
    Step,
    TaskNews,
    from_json,
    kind_of,
    to_json,
)

NOW = datetime(2026, 12, 7, 3, 0, tzinfo=UTC)
DUE = "2026-12-08T10:00:00+00:00"
BEFORE, LAST = Step(1, "before-1", DUE), Step(1, "before-2h", DUE)
ALL: tuple[Notice, ...] = (
    Reminders((BEFORE,)),
    TaskNews(2, "assigned", 3, "note"),
    RequestNews(4, "approved"),
    RequestNews(5, "consent"),
    AbsenceNews(6, "over"),
    RecurrenceNews(7, "left"),
    ChatLost("Board", None),
    PressesLost(DUE, DUE),
    Reminders((LAST,)),
    TaskNews(2, "assigned", 3, "note"),
)


def test_everything_is_told_once_in_its_order() -> None:
    found = gathering.gather(ALL)
    assert found.news == (ALL[1], ALL[2], ALL[4], ALL[5], ALL[6], ALL[7])
    assert found.requests == (5,)  # what asks for an answer stands among the decisions
    assert (found.steps, found.overtaken) == ((LAST,), 1)
    assert (found.day, found.late) == ("", True)


def test_with_an_agenda_it_is_the_agenda_of_that_day_with_all_its_sections() -> None:
    morning = Agenda("2026-12-07", (1,), (2,), (3,), (4,), (BEFORE,), (TaskNews(9, "completed"),), overtaken=2)
    found = gathering.gather([*ALL, morning])
    assert (found.day, found.own, found.submitted, found.lost) == (morning.day, (1,), (2,), (4,))
    assert found.requests == (3, 5)
    assert found.overtaken == 3
    assert TaskNews(9, "completed") in found.news


def test_it_is_stored_and_read_as_it_was() -> None:
    found = gathering.gather([*ALL, Agenda("2026-12-07", overtaken=2)])
    assert from_json(kind_of(found), to_json(found)) == found


def test_an_agenda_of_an_older_version_can_be_read() -> None:
    stored = to_json(Agenda("2026-12-07", steps=(BEFORE,)))
    del stored["overtaken"]
    del stored["steps"][0]["overtaken"]
    assert from_json("agenda", stored) == Agenda("2026-12-07", steps=(BEFORE,))


def test_steps_of_other_deadlines_and_other_owners_are_not_overtaken() -> None:
    others = (BEFORE, Step(1, "before-1", "2026-12-09T10:00:00+00:00"), Step(1, "before-1", DUE, 5), Step(2, "x", DUE))
    assert gathering.latest(others) == (others, 0)
    assert gathering.latest((Step(1, "a", DUE, overtaken=2), BEFORE, LAST)) == ((LAST,), 4)


@pytest.mark.parametrize(
    ("minutes", "notice", "late"),
    [
        (30, ALL[1], False),
        (31, ALL[1], True),
        (0, Agenda("", late=True), True),  # it was late before it was put together anew
        (0, Agenda("2026-12-07"), False),
    ],
)
def test_late_is_what_was_kept_back_for_more_than_half_an_hour(minutes: int, notice: Notice, late: bool) -> None:
    assert gathering.is_late(NOW - timedelta(minutes=minutes), NOW, notice) is late


def test_a_question_about_a_chat_stands_alone() -> None:
    assert not gathering.can_be_told_together(ChatBinding(1, "Board", None))


def test_what_is_urgent_can_be_taken_out_and_the_rest_stays() -> None:
    whole = gathering.gather(ALL)
    urgent = gathering.only(whole, {LAST, ALL[1]})
    rest = gathering.without(whole, urgent)
    assert (urgent.steps, urgent.news) == ((LAST,), (ALL[1],))
    assert rest.steps == ()
    assert rest.news == whole.news[1:]
    assert rest.requests == whole.requests

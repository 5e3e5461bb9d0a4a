"""The agenda as people read it: what today asks stands first, nothing is cut, and a single thing has its buttons."""

from __future__ import annotations

import pytest

from handlers.commands import local_name
from handlers.views.letters import letter
from handlers.views.texts import LANGUAGES
from storage.notices import Agenda, ChatLost, PressesLost, Step, TaskNews
from storage.records import State, TimeClass
from tests.views.samples import NOW, card, facts, person, shown

LATE = {"time_class": TimeClass.OVERDUE, "days_late": 3}


def labels(message) -> list[str]:
    return [key.text for row in message.keyboard.inline_keyboard for key in row]


@pytest.mark.parametrize(
    ("language", "head"),
    [
        ("en", "🔔 Mon 7 Dec: 1 overdue, 1 due today, 1 waits for your decision, 1 coming up"),
        (
            "vi",
            "🔔 Th 2 07/12: 1 việc quá hạn, 1 việc đến hạn hôm nay, 1 việc chờ anh/chị quyết định, 1 việc sắp đến hạn",
        ),
        ("pl", "🔔 pon. 7.12: 1 zadanie po terminie, 1 zadanie na dziś, 1 sprawa do decyzji, 1 zadanie"),
    ],
)
def test_the_first_line_says_what_today_asks(language: str, head: str) -> None:
    known = {
        1: card("Late", {"id": 1}, **LATE),
        2: card("Today", {"id": 2, "due_at": NOW.replace(hour=9)}),
        3: card("Coming", {"id": 3}),
        4: card("Submitted", {"id": 4, "state": State.SUBMITTED}, own=False),
    }
    made = letter(Agenda("2026-12-07", own=(1, 2, 3), submitted=(4,)), facts(language, cards=known))
    text = shown(made)
    assert text.startswith(head)
    assert [text.index(name) for name in ("Late", "Today", "Coming", "Submitted")] == sorted(
        text.index(name) for name in ("Late", "Today", "Coming", "Submitted")
    )
    assert made.tasks == (1, 2, 3)


def test_what_the_head_must_know_stands_above_the_own_work() -> None:
    known = {1: card("Mine", {"id": 1}), 2: card("Theirs", {"id": 2}, own=False, **LATE)}
    notice = Agenda("2026-12-07", own=(1,), steps=(Step(2, "tell-head", ""),))
    text = shown(letter(notice, facts(cards=known)))
    assert text.startswith("🔔 Mon 7 Dec: 1 overdue task reported, 1 coming up")  # it is not the reader's own
    assert text.index("reported to the next level up") < text.index("Theirs") < text.index("Mine")


def test_news_keep_what_was_said_and_by_whom() -> None:
    known = {1: card("Report", {"id": 1}, own=False), 2: card("Other", {"id": 2}, own=False)}
    news = (TaskNews(1, "explained", 10, "The printer broke"), TaskNews(2, "completed", 10))
    text = shown(letter(Agenda("2026-12-07", news=news), facts(cards=known, people={10: person("Mai")})))
    assert text.startswith("🔔 Mon 7 Dec: nothing of yours is due")
    assert "Mai explains the delay of VP-001" in text
    assert "The printer broke" in text
    assert "accepted by Mai" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_that_came_late_says_so_first(language: str) -> None:
    notice = Agenda("2026-12-07", own=(1,), late=True)
    assert shown(letter(notice, facts(language, cards={1: card()}))).startswith("⏳")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_does_not_fit_is_counted_in_whole_lines(language: str) -> None:
    known = {key: card("A title of some length " * 5, {"id": key}, **LATE) for key in range(300)}
    text = shown(letter(Agenda("2026-12-07", own=tuple(known)), facts(language, cards=known)))
    left = text.count("\n🔴 VP-001")
    counted = next(line for line in text.splitlines() if line.startswith("…"))
    assert str(300 - left) in counted.replace(":", " ").split()


def test_both_work_and_decisions_have_buttons_when_there_is_too_much_of_both() -> None:
    known = {key: card("x", {"id": key, "code": f"UA-{key}"}) for key in range(20)}
    made = letter(Agenda("2026-12-07", own=tuple(range(10)), submitted=tuple(range(10, 20))), facts(cards=known))
    assert {"📋 UA-0", "📋 UA-3", "📋 UA-10", "📋 UA-13"} <= set(labels(made))
    assert len(made.keyboard.inline_keyboard) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_that_were_late_are_one_with_a_line_for_each_and_a_button_for_what_is_to_be_done(language: str) -> None:
    known = {key: card(f"Work {key}", {"id": key, "code": f"UA-{key}"}) for key in (1, 2, 3)}
    news = (TaskNews(1, "assigned", 10), TaskNews(2, "returned", 10, "annex missing"), ChatLost("Board", None))
    notice = Agenda("", steps=(Step(3, "before-2h", "", overtaken=2),), news=news, late=True, overtaken=1)
    made = letter(notice, facts(language, cards=known, people={10: person("Hoa")}))
    text = shown(made)
    assert text.startswith("⏳")
    assert "⏭️" in text.splitlines()[1]
    assert "3" in text.splitlines()[1]
    for piece in ("UA-1 · Work 1", "UA-2 · Work 2", "annex missing", "UA-3 · Work 3", "Board"):
        assert piece in text
    assert "🔔" not in text  # it is nobody's morning
    assert {"📋 UA-1", "📋 UA-2", "📋 UA-3"} <= set(labels(made))
    assert set(made.tasks) == {1, 2, 3}


@pytest.mark.parametrize("language", LANGUAGES)
def test_lost_presses_are_said_at_the_end_of_what_was_late_with_what_to_type_once(language: str) -> None:
    known = {key: card(f"Work {key}", {"id": key, "code": f"UA-{key}"}) for key in (1, 2)}
    lost = PressesLost("2026-12-07T01:35:00+00:00", "2026-12-07T08:20:00+00:00")
    for steps in ((Step(1, "before-2h", ""), Step(2, "before-2h", "")), ()):
        text = shown(letter(Agenda("", steps=steps, news=(lost,), late=True), facts(language, cards=known)))
        said, typed = text.split("⚠️")[1].split("\n", 1)
        assert "8:35" in said
        assert "15:20" in said
        assert text.count(f"/{local_name('done', language)}") == typed.count(f"/{local_name('done', language)}") == 1


def test_one_letter_that_was_late_says_so_above_everything_else() -> None:
    late = facts(cards={1: card()}, people={10: person("Hoa")}, late=True)
    assert shown(letter(TaskNews(1, "assigned", 10), late)).startswith("⏳ Later than planned")
    assert shown(letter(TaskNews(1, "assigned", 10), late, repeated=True)).startswith("🔁")

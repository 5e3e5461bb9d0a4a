"""What is said about work that comes back, whatever people are called and write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.policy.phrases.recurring import parse
from bot.policy.stale import still_true
from handlers.ports import Routine
from handlers.views import recurring as views
from handlers.views.cards import card_text
from handlers.views.letters import letter
from handlers.views.message import Message
from handlers.views.rules import OFFERED, rule_words
from handlers.views.texts import LANGUAGES, texts
from storage.notices import RecurrenceNews
from storage.records import Recurrence, RecurrenceCard
from tests.views.samples import BIG, DUE, HANOI, NOW, TOKEN, card, deadline, facts, keys, member, person, reader, shown
from tests.views.test_rendering import HOSTILE, LONG

RULES = (*OFFERED, *(f"week:{day}" for day in range(1, 8)), "month:31", "quarter:15")
SKIPPED = RecurrenceNews(BIG, "skipped", 10, "2026-12-08", "2026-12-21")


def recurrence(text: str = "Plain") -> RecurrenceCard:
    found = Recurrence(BIG, "quarter:15", 1, 3, 2, text, text, NOW, date(2026, 12, 31), 3, "15:00", series="VPR3")
    return RecurrenceCard(found, text, text, HANOI, (DUE, DUE, DUE))


def news(event: str) -> Callable[[str, str], Message]:
    notice = SKIPPED if event == "skipped" else RecurrenceNews(BIG, event)
    return lambda text, language: letter(notice, facts(language, recurrence=recurrence(text)))


SCREENS: dict[str, Callable[[str, str], Message]] = {
    "list": lambda text, language: views.list_message([recurrence(text)] * 200, reader(language)),
    "none": lambda _, language: views.list_message([], reader(language), texts(language)("recurring.ended", number=3)),
    "person": lambda text, language: views.ask_person([person(text, id=BIG)] * 12, TOKEN, reader(language), text),
    "rule": lambda text, language: views.ask_rule(text, TOKEN, reader(language)),
    "product": lambda text, language: views.ask_product([text] * 4, TOKEN, reader(language)),
    "confirmation": lambda text, language: views.ask_confirmation(
        person(text, account=None), Routine(1, "month:31", text, text), [deadline()] * 3, TOKEN, reader(language)
    ),
    "stored": lambda text, language: views.stored_message(recurrence(text), reader(language)),
    **{event: news(event) for event in ("skipped", "left", "moved", "closed")},
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_text_is_shown_as_text_and_fits_into_one_message(screen: str, language: str) -> None:
    for value in (*HOSTILE.values(), *LONG.values()):
        shown(SCREENS[screen](value, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_what_is_said_of_a_rule_is_understood_when_it_is_typed(rule: str, language: str) -> None:
    found, clock = parse(rule_words(rule, texts(language)))
    assert (str(found), clock) == (rule, "")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "🔁 Repeats: every Friday"),
        ("vi", "🔁 Định kỳ: thứ sáu hằng tuần"),
        ("pl", "🔁 Zadanie cykliczne: co piątek"),
    ],
)
def test_a_card_says_that_its_task_comes_back(language: str, line: str) -> None:
    assert line in card_text(card(repeats="week:5"), reader(language))
    assert "🔁" not in card_text(card(), reader(language))


def test_what_was_left_out_is_told_with_its_days_and_one_day_only_once() -> None:
    told = shown(news("skipped")("Post", "en"))
    assert "left out 10 times (Tue 8 Dec 2026 – Mon 21 Dec 2026)" in told
    once = RecurrenceNews(BIG, "skipped", 1, "2026-12-08", "2026-12-08")
    assert "left out 1 time (Tue 8 Dec 2026)" in shown(letter(once, facts(recurrence=recurrence())))


def test_the_list_offers_to_end_each_as_far_as_buttons_go() -> None:
    message = SCREENS["list"]("Post", "en")
    assert len(keys(message)) == views.MOST_BUTTONS + 1


def test_nobody_is_told_about_a_recurring_task_they_may_no_longer_see() -> None:
    assert still_true(SKIPPED, {}, member(), lambda _: True) is None
    assert still_true(SKIPPED, {}, member(), lambda _: True, recurrence=recurrence()) is SKIPPED

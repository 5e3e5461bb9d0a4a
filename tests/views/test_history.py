"""The history of a task in words, and the seal at the foot of a summary."""

from __future__ import annotations

import pytest

from handlers.ports import STORY, StoryPage
from handlers.views.history import FIELDS, SAID, history_message
from handlers.views.summary import summary_message
from handlers.views.texts import LANGUAGES, texts
from storage.records import Change, Happening, RequestKind
from tests.views.samples import BIG, DUE, NOW, figures, payloads, reader, shown, task, unit_figures

SEAL = "1234-9f86d081884c7d65"


def happening(what: str = "report", **changed: object) -> Happening:
    return Happening(NOW, "Mai", what, **changed)  # type: ignore[arg-type]


def said(one: Happening, language: str = "en") -> list[str]:
    """The lines about one happening."""
    return shown(history_message(StoryPage(task(), (one,), 0, 1), reader(language))).splitlines()[2:]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", SAID)
def test_everything_that_happens_has_words(what: str, language: str) -> None:
    (line,) = said(happening(what, about="Nam", kind=RequestKind.EXTENSION.value), language)
    assert "Mai: " in line
    assert texts(language).plain("history.other") not in line


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["teleport", "field.state", "title", "decide.other"])
def test_what_nobody_taught_it_to_say_is_told_all_the_same(what: str, language: str) -> None:
    first, why = said(happening(what, words=("because",)), language)
    assert first.endswith(f"Mai: {texts(language).plain('history.other')}")
    assert why.strip() == "💬 because"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Change("state", "received", "in_progress"), "state: received → in progress"),
        (Change("state", "received", "melted"), "state: received → melted"),
        (Change("percent", 0, 60), "progress: 0 % → 60 %"),
        (Change("percent", None, 60), "progress: 60 %"),
        (Change("due_at", DUE, None), "deadline: Thu 10 Dec 2026 17:00 → no deadline"),
        (Change("due_at", None, DUE), "deadline: Thu 10 Dec 2026 17:00"),
        (Change("due_at", None, None), "deadline: no deadline"),
        (Change("owner_id", "Mai", "Nam"), "owner: Mai → Nam"),
        (Change("owner_id", "Mai", None), "owner: Mai → —"),
        (Change("difficulty", "normal", "hard"), "difficulty: normal → hard work"),
        (Change("title", "Old & older", "<New>"), "title: Old & older → <New>"),
    ],
)
def test_a_change_is_told_with_old_and_new(change: Change, text: str) -> None:
    assert [line.strip() for line in said(happening(changes=(change,)))[1:]] == [text]


def test_a_field_without_a_name_is_left_out() -> None:
    assert len(said(happening(changes=(Change("version", 1, 2),)))) == 1


def test_dondoc_itself_is_named() -> None:
    (line,) = said(Happening(NOW, "", "remind", about="Mai"))
    assert line == "Mon 7 Dec 2026 09:00 · Dondoc: reminded Mai"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["Nguyễn Thị Mẫu " * 80, "<b>&amp;" * 200, "😀" * 500, "x\n\u202ey" * 300])
def test_a_full_page_of_the_longest_lines_fits_into_one_message(text: str, language: str) -> None:
    changes = (Change("due_at", DUE, DUE), Change("owner_id", text, text), Change("percent", 0, 100))
    one = Happening(NOW, text, "remind.head", text, "handover", changes, (text, text), erased=True)
    story = StoryPage(task(text, id=BIG), (one,) * STORY, STORY, 99)
    message = history_message(story, reader(language))
    lines = shown(message).splitlines()
    assert len([line for line in lines if "🗑️" in line]) == STORY  # none was left out for want of room
    assert payloads(message) == [f"1:hist:{BIG}:0", f"1:hist:{BIG}:{2 * STORY}", f"1:card:{BIG}"]


def test_a_task_without_history_says_so() -> None:
    assert "Nothing has been recorded" in shown(history_message(StoryPage(task(), (), 0, 0), reader()))


def test_every_field_is_told_in_every_language() -> None:
    for language in LANGUAGES:
        assert all(texts(language).has(f"history.field.{field}") for field in FIELDS)


# the seal


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("late", [0, 2, 1000])
def test_the_seal_is_the_last_line_of_every_summary(language: str, names: bool, late: int) -> None:
    text = shown(summary_message(figures(late=late, chain=SEAL), reader(language), names=names))
    assert text.splitlines()[-1] == f"🔗 {SEAL}"


def test_an_empty_summary_has_its_seal_too() -> None:
    nothing = unit_figures(on_time=0, late=0, within=0, overdue=0, no_deadline=0)
    message = summary_message(figures(total=nothing, chain=SEAL), reader(), names=True)
    assert shown(message).endswith(f"🔗 {SEAL}")


def test_without_a_seal_nothing_is_said_of_it() -> None:
    assert "🔗" not in shown(summary_message(figures(), reader(), names=True, preview=True))

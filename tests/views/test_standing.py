"""Against the period before, and units against each other: units, percentage points and places are never mixed."""

from __future__ import annotations

import pytest

from handlers.views.standing import changed, moved, order, signed
from handlers.views.summary import summary_message
from handlers.views.texts import LANGUAGES, texts
from storage.figures import LateTask, Obstacle, Rank
from tests.views.samples import figures, reader, shown, unit_figures


def test_the_first_line_says_what_changed_each_in_its_own_unit() -> None:
    found = figures(
        total=unit_figures(overdue=5, done=12, on_time=8, late=2),
        before=unit_figures(overdue=3, done=13, on_time=6, late=2),
    )
    text = shown(summary_message(found, reader(), names=True)).splitlines()[0]
    assert text == (
        "Against the last summary: 🔴 overdue 5 (+2) · completed 12 (−1) · on-time rate +5 percentage points"
    )


def test_each_figure_shows_its_change_in_its_own_unit() -> None:
    found = figures(
        total=unit_figures(on_time=8, late=2, overdue=5, within=4, no_deadline=1, returned=3),
        before=unit_figures(on_time=6, late=2, overdue=3, within=4, no_deadline=3, returned=5),
    )
    text = shown(summary_message(found, reader(), names=True))
    for line in (
        "Tasks in all: 20 (+2), of which:",
        "🟢 completed on time: 8 (+2)",
        "🔴 in progress, overdue: 5 (+2)",
        "🔵 in progress, within deadline: 4 (±0)",
        "⚪ no deadline: 1 (−2)",
        "On-time rate: 80 % (8 of 10 completed with a deadline) · +5 percentage points",
        "Overdue share: 26 % (5 of 19 with a deadline) · +6 percentage points",
        "Update rate: 100 % (2 of 2 open tasks with news in the week) · ±0 percentage points",
    ):
        assert line in text.splitlines()
    assert "↩️ sent back 3 (−2) · 📣 urged 2 · 💤" in text
    first = shown(summary_message(figures(before=None), reader(), names=True))
    assert not [sign for sign in ("(+", "(−", "(±", "percentage points") if sign in first]


def test_without_a_rate_there_is_no_change_of_it_and_without_a_period_before_none_at_all() -> None:
    t = texts("en")
    nothing_done = figures(before=unit_figures(on_time=0, late=0))
    assert changed(nothing_done, t).endswith("on-time rate —")
    assert changed(figures(before=None), t) == "First summary: there is nothing to compare with yet."


@pytest.mark.parametrize(("number", "text"), [(0, "±0"), (3, "+3"), (-3, "−3")])
def test_a_change_has_its_sign(number: int, text: str) -> None:
    assert signed(number) == text


@pytest.mark.parametrize(
    ("language", "places", "text"),
    [
        ("vi", 11, "tăng 11 bậc"),
        ("en", 11, "up 11 places"),
        ("pl", 11, "awans o 11 miejsc"),
        ("en", 1, "up 1 place"),
        ("pl", 2, "awans o 2 miejsca"),
        ("pl", -1, "spadek o 1 miejsce"),
        ("en", 0, "same place"),
        ("en", None, "no previous value"),
    ],
)
def test_places_are_said_as_places(language: str, places: int | None, text: str) -> None:
    assert moved(places, texts(language)) == text


def test_beside_each_place_stands_how_hard_the_work_was() -> None:
    unit = unit_figures("Desk", hard=4, new_work=3, extensions=2, causes=1)
    ranks = (Rank(3, "Desk", 9, 10, place=1, ranked=2, moved=1), Rank(4, "Office", 1, 2))
    text = order(figures(units=(unit,), ranks=ranks), texts("en"))
    # 11 tasks in all: 4 of them neither new work nor hard.
    assert "1 of 2 (up 1 place) · Desk: 9/10 · normal 4, new 3, hard 4, 🕒 2, 🌩️ 1" in text.striptags()


def test_a_unit_that_is_not_ranked_says_why_and_an_order_of_nobody_is_left_out() -> None:
    nobody = (Rank(3, "Desk", 1, 2),)
    assert not order(figures(units=(unit_figures("Desk"),), ranks=nobody), texts("en"))
    both = (Rank(3, "Desk", 9, 10, place=1, ranked=1), Rank(3, "Office", 1, 2))
    assert "not ranked · Office: 1/2, too few to compare · normal 7, new 2, hard 2, 🕒 2, 🌩️ 2" in order(
        figures(ranks=both), texts("en")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_that_are_zero_are_left_out_of_the_lines_of_the_week(language: str) -> None:
    quiet = unit_figures(**dict.fromkeys(("carried", "blocked", "urged", "snoozed", "declined"), 0))
    text = shown(summary_message(figures(total=quiet), reader(language), names=True))
    for name in ("carried", "blocked", "urged", "snoozed", "declined"):
        assert texts(language).plain(f"summary.count.{name}", n=0) not in text
    assert texts(language).plain("summary.count.returned", n=2) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_nothing_is_explained_is_said_once_and_not_beside_every_task(language: str) -> None:
    tasks = tuple(LateTask(n, f"A-00{n}", "Plan", {}, "Nam", "Desk", n, to_explain=True, urgings=n) for n in (1, 2))
    found = figures(late_tasks=tasks, total=unit_figures(overdue=2))
    text = shown(summary_message(found, reader(language), names=True))
    t = texts(language)
    assert text.count(t.plain("summary.none_explained")) == 1
    assert t.plain("summary.not_explained") not in text
    assert "📣 2" in text


def test_an_overdue_task_shows_what_was_done_about_it_and_the_owners_own_words() -> None:
    told = LateTask(1, "A-001", "Report", {}, "Mai", "Desk", 8, 1, 2, 3, 4, True, "The flood")
    silent = LateTask(2, "A-002", "Plan", {}, "Nam", "Desk", 1, to_explain=True)
    plain = LateTask(3, "A-003", "List", {}, "Lan", "Desk", 1)
    rows = shown(summary_message(figures(late_tasks=(told, silent, plain)), reader(), names=True)).splitlines()
    at = rows.index("🔴 A-001 · 8 days · Report — Mai")
    assert rows[at + 1] == "     🕒 1 · 🔁 2 · 💤 3 · 📣 4 · 🌩️ objective cause confirmed · ✍️ The flood"
    assert rows[at + 2] == "🔴 A-002 · 1 day · Plan — Nam · ✍️ explanation due"
    assert rows[at + 3] == "🔴 A-003 · 1 day · List — Lan"


def test_a_long_obstacle_is_shown_and_not_only_counted() -> None:
    one = Obstacle(7, "VP-2026/0123", "Nguyễn Thị Mẫu Hương " * 3, 30, "Chưa có kinh phí " * 9, ("Lê Văn Mẫu " * 9,))
    for language in LANGUAGES:
        found = figures(obstacles=(one,) * 9)
        assert "VP-2026/0123" in shown(summary_message(found, reader(language), names=True))


def test_an_obstacle_names_its_age_and_who_has_to_decide_only_where_names_may_stand() -> None:
    found = figures(obstacles=(Obstacle(7, "A-001", "Mai", 3, "No power", ("Hoa",)),))
    assert "A-001 · 3 days · No power — Mai; to decide: Hoa" in shown(summary_message(found, reader(), names=True))
    assert "No power" not in shown(summary_message(found, reader(), names=False))

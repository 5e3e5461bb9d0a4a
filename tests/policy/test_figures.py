"""What each figure counts: a case that counts and one that does not, for every one of them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bot.policy.digest import Around, compose
from bot.policy.figures import COUNTS, Week, count
from bot.policy.ranking import rank
from storage.figures import Figures, Rank, UnitFigures
from storage.records import (
    Difficulty,
    Explanation,
    Request,
    RequestKind,
    RequestState,
    State,
)
from tests.policy.test_access_and_workflow import OWNER, make_task
from tests.policy.test_calendar import HANOI, local

SINCE, UNTIL = local("2026-12-04T16:00"), local("2026-12-11T16:00")
EARLIER, WITHIN, AFTER = local("2026-12-01T09:00"), local("2026-12-08T09:00"), local("2026-12-12T09:00")
LATER_DUE = local("2026-12-31T17:00")


def asked(kind: RequestKind, at=WITHIN, state=RequestState.OPEN, decided=None) -> Request:
    return Request(1, 1, kind, OWNER, at, "why", state, decided_at=decided)


def week(**known) -> Week:
    return Week(SINCE, UNTIL, HANOI, **{name: {1: value} for name, value in known.items()})


def task(**changed):
    values = {"assigned_at": EARLIER, "due_at": LATER_DUE, "state": State.IN_PROGRESS, "updated_at": WITHIN}
    return make_task(**(values | changed))


DONE = {"state": State.COMPLETED, "submitted_at": WITHIN, "completed_at": WITHIN}
GRANTED = RequestState.APPROVED
PLAIN = week()


@pytest.mark.parametrize(
    ("name", "changed", "around", "number"),
    [
        ("waiting", {"state": State.SUBMITTED, "submitted_at": WITHIN}, PLAIN, 1),
        ("waiting", {}, PLAIN, 0),
        ("carried", {"due_at": EARLIER}, PLAIN, 1),
        ("carried", {"due_at": WITHIN}, PLAIN, 0),  # overdue, but only since this week
        ("open", {}, PLAIN, 1),
        ("open", DONE, PLAIN, 0),
        ("updated", {}, PLAIN, 1),
        ("updated", {"updated_at": EARLIER}, PLAIN, 0),
        ("updated", {"updated_at": AFTER}, PLAIN, 0),
        ("not_received", {"state": State.ASSIGNED, "updated_at": None}, PLAIN, 1),
        ("not_received", {"state": State.ASSIGNED, "assigned_at": local("2026-12-11T10:00")}, PLAIN, 0),
        ("not_received", {"state": State.ASSIGNED}, replace(PLAIN, away=frozenset({OWNER})), 0),
        ("not_received", {}, PLAIN, 0),
        ("not_updated", {"updated_at": EARLIER}, PLAIN, 1),
        ("not_updated", {"updated_at": EARLIER}, replace(PLAIN, away=frozenset({OWNER})), 0),
        ("not_updated", {}, PLAIN, 0),
        ("blocked", {}, week(requests=(asked(RequestKind.BLOCKED),)), 1),
        ("blocked", {}, week(requests=(asked(RequestKind.BLOCKED, state=GRANTED, decided=WITHIN),)), 0),
        ("blocked", {}, week(requests=(asked(RequestKind.BLOCKED, at=AFTER),)), 0),
        ("to_explain", {}, week(explanations=(Explanation(1, OWNER, EARLIER, WITHIN),)), 1),
        ("to_explain", {}, week(explanations=(Explanation(1, OWNER, EARLIER, WITHIN, "flood", WITHIN),)), 0),
        ("to_explain", {}, week(explanations=(Explanation(1, OWNER, EARLIER, None, "flood", WITHIN),)), 0),
        ("hard", {"difficulty": Difficulty.HARD}, PLAIN, 1),
        ("hard", {"difficulty": Difficulty.NEW}, PLAIN, 0),
        ("new_work", {"difficulty": Difficulty.NEW}, PLAIN, 1),
        ("new", {"assigned_at": WITHIN}, PLAIN, 1),
        ("new", {}, PLAIN, 0),
        ("done", DONE, PLAIN, 1),
        ("done", {}, PLAIN, 0),
        ("extensions", {}, week(requests=(asked(RequestKind.EXTENSION, EARLIER, GRANTED, WITHIN),)), 1),
        ("extensions", {}, week(requests=(asked(RequestKind.EXTENSION, EARLIER, GRANTED, EARLIER),)), 0),
        ("extensions", {}, week(requests=(asked(RequestKind.EXTENSION),)), 0),
        ("hands", {}, week(requests=(asked(RequestKind.HANDOVER, WITHIN, GRANTED, WITHIN),)), 1),
        ("hands", {}, week(requests=(asked(RequestKind.HANDOVER, WITHIN, RequestState.REFUSED, WITHIN),)), 0),
        ("declined", {}, week(requests=(asked(RequestKind.DECLINE),)), 1),
        ("declined", {}, week(requests=(asked(RequestKind.DECLINE, EARLIER),)), 0),
        ("causes", {}, week(requests=(asked(RequestKind.CAUSE, WITHIN, GRANTED, WITHIN),)), 1),
        ("causes", {}, week(requests=(asked(RequestKind.CAUSE),)), 0),
        ("returned", {}, week(done={"return": 2}), 2),
        ("returned", {}, week(done={"urge": 2}), 0),
        ("urged", {}, week(done={"urge": 3}), 3),
        ("snoozed", {}, week(done={"snooze": 1}), 1),
    ],
)
def test_each_figure_counts_exactly_this(name, changed, around, number) -> None:
    assert count([task(**changed)], around).figures[name] == number


def test_every_figure_of_a_unit_has_its_line_in_the_table() -> None:
    assert set(COUNTS) == {one.name for one in fields(UnitFigures)} - {"unit_id", "unit", "total"}


def composed(tasks, around: Week, before: Figures | None = None, answers=None) -> Figures:
    names = Around({OWNER: "Mai"}, answers or {}, before=before)
    return compose("All", [(3, "Desk"), (4, "Elsewhere")], tasks, names, around)


def test_beside_a_delay_stands_what_was_done_about_it_and_what_the_owner_says() -> None:
    around = week(
        ever={"snooze": 3, "urge": 4},
        requests=(
            asked(RequestKind.EXTENSION, EARLIER, GRANTED, EARLIER),
            asked(RequestKind.HANDOVER, EARLIER, GRANTED, EARLIER),
            asked(RequestKind.CAUSE, WITHIN, GRANTED, WITHIN),
        ),
        explanations=(Explanation(1, OWNER, EARLIER, WITHIN, "the flood", WITHIN),),
    )
    late = composed([task(due_at=EARLIER)], around).late_tasks[0]
    assert (late.extensions, late.hands, late.snoozes, late.urgings, late.cause) == (1, 1, 3, 4, True)
    assert (late.explanation, late.to_explain, late.days_late) == ("the flood", False, 8)


def test_overdue_tasks_stand_in_the_order_of_the_days_that_are_said() -> None:
    """The clock of what was submitted has stopped: "1 day" does not stand between 8 and 3."""
    found = [
        task(id=1, due_at=EARLIER, state=State.SUBMITTED, submitted_at=local("2026-12-02T09:00")),
        task(id=2, due_at=WITHIN),
        task(id=3, due_at=EARLIER),
    ]
    late = composed(found, PLAIN).late_tasks
    assert [(one.task_id, one.days_late) for one in late] == [(3, 8), (2, 3), (1, 1)]


def test_an_obstacle_is_listed_with_its_age_and_with_whoever_has_to_decide() -> None:
    around = week(requests=(asked(RequestKind.BLOCKED, EARLIER),))
    found = composed([task()], around, answers={1: ("Hoa",)}).obstacles
    assert [(one.days, one.answers, one.owner) for one in found] == [(8, ("Hoa",), "Mai")]


def test_overdue_tasks_stand_by_their_age_whatever_order_they_are_found_in() -> None:
    dues = {1: "2026-12-09T17:00", 2: "2026-10-01T17:00", 3: "2026-12-10T17:00", 4: "2026-11-02T17:00"}
    found = composed([task(id=key, due_at=local(due)) for key, due in dues.items()], PLAIN).late_tasks
    assert [one.task_id for one in found] == [2, 4, 1, 3]
    assert [one.days_late for one in found] == sorted((one.days_late for one in found), reverse=True)


def test_obstacles_stand_by_how_long_they_have_waited() -> None:
    reports = {1: WITHIN, 2: EARLIER}
    around = replace(
        PLAIN,
        requests={key: (replace(asked(RequestKind.BLOCKED, at), id=key, task_id=key),) for key, at in reports.items()},
    )
    found = composed([task(), task(id=2)], around).obstacles
    assert [one.number for one in found] == [2, 1]


def test_a_unit_with_open_tasks_and_no_news_is_silent() -> None:
    tasks = [task(), task(id=2, unit_id=4, updated_at=EARLIER)]
    assert composed(tasks, PLAIN).silent == ("Elsewhere",)


def unit(key: int, on_time: int, late: int) -> UnitFigures:
    return UnitFigures(key, f"Unit {key}", on_time + late, on_time, late, 0, 0, 0, 0, 0)


def test_units_are_ordered_by_share_and_equal_shares_have_the_same_place() -> None:
    found = rank([unit(1, 8, 2), unit(2, 4, 1), unit(3, 9, 0), unit(4, 3, 3)])
    assert [(one.unit_id, one.place) for one in found] == [(3, 1), (1, 2), (2, 2), (4, 4)]
    assert {one.ranked for one in found} == {4}


def test_a_unit_with_few_tasks_is_not_ranked_and_stands_last() -> None:
    found = rank([unit(1, 4, 0), unit(2, 5, 5)])
    assert [(one.unit_id, one.place, one.ranked) for one in found] == [(2, 1, 1), (1, None, 1)]


def test_places_are_won_upwards_and_a_new_unit_has_no_previous_value() -> None:
    before = (Rank(1, "a", 1, 9, place=4, ranked=4), Rank(2, "b", 9, 9, place=1, ranked=4))
    found = {one.unit_id: one.moved for one in rank([unit(1, 9, 0), unit(2, 8, 2), unit(3, 7, 3)], before)}
    assert found == {1: 3, 2: -1, 3: None}

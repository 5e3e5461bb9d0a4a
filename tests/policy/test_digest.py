"""The weekly figures: classes that add up, periods by the wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import digest, figures
from bot.policy.calendar import calendar_of
from bot.policy.digest import Around
from bot.policy.figures import Week
from storage.records import State
from tests.policy.test_access_and_workflow import make_task
from tests.policy.test_calendar import HANOI, local

UNTIL = local("2026-12-11T16:00")
SINCE = local("2026-12-04T16:00")
WEEK = Week(SINCE, UNTIL, HANOI)


def test_the_classes_of_one_week_are_told_apart() -> None:
    submitted = {"submitted_at": local("2026-12-09T10:00"), "completed_at": local("2026-12-10T10:00")}
    tasks = [
        make_task(id=1, due_at=local("2026-12-10T17:00"), state=State.COMPLETED, **submitted),
        make_task(id=2, due_at=local("2026-12-08T17:00"), state=State.COMPLETED, **submitted),
        make_task(id=3, due_at=local("2026-12-16T17:00")),
        make_task(id=4, due_at=local("2026-12-21T17:00")),  # the Monday after next week
        make_task(id=5, due_at=local("2026-10-01T17:00")),  # old debt does not disappear
        make_task(id=6, due_at=None),
        make_task(
            id=7, due_at=local("2026-12-13T17:00"), state=State.SUBMITTED, submitted_at=submitted["submitted_at"]
        ),
    ]
    found = digest.of_unit(3, "Desk", figures.count(tasks, WEEK))
    assert found.total == 7
    assert (found.on_time, found.late, found.within, found.overdue, found.no_deadline) == (1, 1, 3, 1, 1)
    assert found.due_next == 1
    assert found.waiting == 1


def test_figures_that_do_not_add_up_are_refused() -> None:
    good = digest.of_unit(3, "Desk", figures.count([make_task()], WEEK))
    with pytest.raises(digest.DoesNotAddUp):
        digest.check(replace(good, overdue=good.overdue + 1))


instants = st.one_of(st.none(), st.integers(-2000, 2000).map(lambda hours: UNTIL + timedelta(hours=hours)))


@given(
    st.lists(
        st.builds(
            make_task,
            id=st.integers(1, 10**6),
            unit_id=st.sampled_from([1, 2, 3]),
            state=st.sampled_from(list(State)),
            due_at=instants,
            submitted_at=instants,
            completed_at=instants,
        )
    )
)
def test_the_classes_add_up_whatever_the_tasks_are(tasks) -> None:
    figures = digest.compose("All", [(1, "a"), (2, "b"), (3, "c")], tasks, Around({}), WEEK)
    total = figures.total
    classes = total.on_time + total.late + total.within + total.overdue + total.no_deadline
    assert classes == total.total == len(tasks)
    assert len(figures.late_tasks) == total.overdue


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-12-11T15:59", "2026-12-04T16:00"),
        ("2026-12-11T16:00", "2026-12-11T16:00"),
        ("2026-12-13T23:00", "2026-12-11T16:00"),
    ],
)
def test_the_posting_time_is_friday_at_four(now, slot) -> None:
    assert digest.last_slot(local(now), HANOI) == local(slot)


def test_a_week_keeps_its_clock_hour_over_the_change_of_summer_time() -> None:
    warsaw = calendar_of("Europe/Warsaw", "PL")
    slot = digest.last_slot(local("2026-03-30T12:00", "Europe/Warsaw"), warsaw)
    after = digest.last_slot(local("2026-04-03T16:30", "Europe/Warsaw"), warsaw)
    assert digest.slot_before(after, warsaw) == slot
    assert after - slot == timedelta(days=7, hours=-1)

"""When a letter may disturb: ordinary ones in working hours, urgent ones while people are awake, the last at once."""

from __future__ import annotations

import pytest

from bot.office import Office
from bot.policy import quiet
from bot.policy.quiet import Urgency
from storage.notices import Reminders, RequestNews, Step, TaskNews, Unreachables
from storage.records import Member, Tree, Unit
from tests.policy.test_calendar import HANOI, local

URGENT = frozenset({1})


def steps(*names: str, task: int = 1) -> tuple[Step, ...]:
    return tuple(Step(task, name, "") for name in names)


@pytest.mark.parametrize(
    ("notice", "urgency"),
    [
        (Reminders(steps("before-1", "due-day")), Urgency.WAKING),
        (Reminders(steps("before-2h")), Urgency.NOW),
        (Reminders(steps("before-2h", task=2)), Urgency.WORKING),
        (Reminders((*steps("before-2h"), *steps("before-2h", task=2))), Urgency.WORKING),
        (TaskNews(1, "assigned"), Urgency.NOW),
        (TaskNews(1, "urged"), Urgency.NOW),
        (TaskNews(1, "returned"), Urgency.WAKING),
        (RequestNews(7, "asked"), Urgency.WAKING),
        (Unreachables((1,)), Urgency.WORKING),
    ],
)
def test_how_much_a_letter_may_disturb(notice, urgency: Urgency) -> None:
    assert quiet.of_notice(notice, URGENT) is urgency


@pytest.mark.parametrize("event", ["assigned", "urged", "returned"])
def test_news_of_ordinary_work_wait_for_working_hours(event: str) -> None:
    assert quiet.of_notice(TaskNews(2, event), frozenset()) is Urgency.WORKING


@pytest.mark.parametrize(
    ("now", "working", "waking"),
    [
        ("2026-12-07T10:00", "2026-12-07T10:00", "2026-12-07T10:00"),
        ("2026-12-07T21:59", "2026-12-08T08:00", "2026-12-07T21:59"),
        ("2026-12-07T22:00", "2026-12-08T08:00", "2026-12-08T06:00"),
        ("2026-12-13T05:30", "2026-12-14T08:00", "2026-12-13T06:00"),  # a Sunday
    ],
)
def test_when_a_letter_may_leave(now: str, working: str, waking: str) -> None:
    assert quiet.next_allowed(Urgency.WORKING, HANOI, local(now)) == local(working)
    assert quiet.next_allowed(Urgency.WAKING, HANOI, local(now)) == local(waking)
    assert quiet.next_allowed(Urgency.NOW, HANOI, local(now)) == local(now)


def test_an_urgent_step_takes_nothing_along_that_can_wait() -> None:
    urgent, calm = steps("before-2h"), steps("before-1", "due-day", task=2)
    assert quiet.apart((calm[0], *urgent, calm[1]), URGENT) == (calm, urgent)


TREE = Tree(
    {
        1: Unit(1, "Ministry", zone="Europe/Warsaw", country="PL", hours="07:00-15:00"),
        2: Unit(2, "Office", parent_id=1, zone="Asia/Tokyo"),
        3: Unit(3, "Desk", parent_id=2),
        4: Unit(4, "Elsewhere"),
        5: Unit(5, "Ring", parent_id=6),
        6: Unit(6, "Ring too", parent_id=5),
        7: Unit(7, "Nowhere", parent_id=1, country=""),
    },
    {},
)


@pytest.mark.parametrize(
    ("unit", "zone", "country", "opens"),
    [
        (1, "Europe/Warsaw", "PL", "07:00"),
        (2, "Asia/Tokyo", "PL", "07:00"),
        (3, "Asia/Tokyo", "PL", "07:00"),  # the nearest unit above that says something
        (4, "Asia/Ho_Chi_Minh", "VN", "08:00"),
        (5, "Asia/Ho_Chi_Minh", "VN", "08:00"),  # a ring in the data is survived
        (7, "Europe/Warsaw", "", "07:00"),  # to have no country is something to say
    ],
)
def test_a_unit_lives_by_the_calendar_of_the_nearest_one_above(unit, zone, country, opens) -> None:
    calendar = Office().calendar(TREE, TREE[unit])
    assert (calendar.zone, calendar.country, f"{calendar.opens:%H:%M}") == (zone, country, opens)


def test_a_person_differs_in_zone_and_country_and_keeps_the_hours_of_the_unit() -> None:
    calendar = Office().calendar_for(Member(1, "Jan", 3, zone="Europe/Kyiv", country="UA"), TREE)
    assert (calendar.zone, calendar.country, f"{calendar.opens:%H:%M}") == ("Europe/Kyiv", "UA", "07:00")

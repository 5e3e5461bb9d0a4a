"""Forty days of a small organisation as `make simulate` runs them, and that it can fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.simulation.compare import compare, simulate
from tests.simulation.expected import Expectation
from tests.simulation.figures import count
from tests.simulation.invented import invent
from tests.simulation.script import Event, Human, Message, Place, Script

MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # ten in Hanoi
SMALL = invent(seed=5, people=20, days=40, tasks_each=2.2)
Lists = tuple[list[Message], list[Message]]


@pytest.fixture(scope="module")
def both() -> Lists:
    """What should arrive in those forty days, and what did."""
    return simulate(SMALL)


def test_every_message_arrives_once_at_its_hour_at_the_right_person(both: Lists) -> None:
    expected, sent = both
    assert [str(one) for one in compare(SMALL, expected, sent)] == []
    assert len(sent) > 200


def test_the_small_organisation_meets_what_the_large_one_does(both: Lists) -> None:
    _, sent = both
    said = {part[-1] for one in sent for part in one.says}
    assert said >= {"before-3", "before-1", "due-day", "before-2h", "overdue-1", "explain", "tell-head", "tell-leaders"}
    assert said >= {"receive", "unreceived", "update", "assigned", "returned", "submitted", "completed", "moved"}
    assert said >= {"approved", "substitute", "head", "over"}
    assert {one.kind for one in SMALL.events} >= {"zone", "clock", "away", "back", "ask", "reassign"}
    assert {place.zone for place in SMALL.places} <= set(count(SMALL, sent, sent, []).zones)


@pytest.mark.parametrize("fault", ["missing", "extra", "wrong hour", "wrong person", "twice"])
def test_one_wrong_message_among_all_is_caught(both: Lists, fault: str) -> None:
    expected, sent = both
    number = next(n for n, one in enumerate(sent) if one.kind == "agenda" and n > len(sent) // 2)
    one = sent[number]
    busy = {two.who for two in sent if two.at.date() == one.at.date()}
    bystander = next(who for who in range(len(SMALL.people)) if who not in busy)
    instead = {
        "missing": [],
        "extra": [one, replace(one, kind="news", at=one.at + timedelta(minutes=1))],
        "wrong hour": [replace(one, at=one.at + timedelta(minutes=1))],
        "wrong person": [replace(one, who=bystander)],
        "twice": [one, one],
    }[fault]
    wrong = [*sent[:number], *instead, *sent[number + 1 :]]
    assert fault in {found.fault for found in compare(SMALL, expected, wrong)}


def test_a_message_at_night_is_caught_even_if_the_expectation_agrees(both: Lists) -> None:
    night = [replace(one, at=one.at + timedelta(hours=12)) if one.kind == "agenda" else one for one in both[1]]
    assert "wrong hour" in {found.fault for found in compare(SMALL, night, night)}


def test_a_second_agenda_of_a_day_is_caught_even_if_the_expectation_agrees(both: Lists) -> None:
    agendas = [one for one in both[1] if one.kind == "agenda"]
    doubled = [*both[1], *(replace(one, says=frozenset()) for one in agendas)]
    assert "twice" in {found.fault for found in compare(SMALL, doubled, doubled)}


def hanoi(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def test_expectation_and_product_agree_with_a_task_worked_out_by_hand() -> None:
    people = (
        Human("Leader", 0, "08:30", leader=True),
        Human("Head", 1, "09:00", head_of=1),
        Human("Member", 1, "08:30"),
    )
    home = ("Asia/Ho_Chi_Minh", "VN")
    given = Event(MONDAY, "assign", 1, 0, 2, until=hanoi(6, 17))
    script = Script(
        MONDAY - timedelta(hours=4),
        MONDAY + timedelta(days=25),
        (Place("Board", None, *home), Place("Office", 0, *home)),
        people,
        (given,),
    )
    own = ("own", 0)

    def step(name: str) -> tuple[object, ...]:
        return ("step", 0, name)

    by_hand = [
        Message(2, "news", hanoi(2, 10), frozenset({("news", 0, "assigned")})),
        Message(2, "agenda", hanoi(3, 8, 30), frozenset({own, step("before-3")})),
        Message(2, "agenda", hanoi(4, 8, 30), frozenset({own, step("receive")})),  # since Tuesday 10:00
        Message(2, "agenda", hanoi(5, 8, 30), frozenset({own, step("before-1")})),
        Message(1, "agenda", hanoi(5, 9), frozenset({step("unreceived")})),  # since Wednesday 10:00
        Message(2, "agenda", hanoi(6, 8, 30), frozenset({own, step("due-day")})),
        Message(2, "reminders", hanoi(6, 15), frozenset({step("before-2h")})),
        Message(2, "agenda", hanoi(9, 8, 30), frozenset({own, step("explain")})),
        Message(1, "agenda", hanoi(9, 9), frozenset({step("tell-head")})),
        Message(2, "agenda", hanoi(10, 8, 30), frozenset({own, step("overdue-1")})),
        Message(0, "agenda", hanoi(11, 8, 30), frozenset({step("tell-leaders")})),
        Message(2, "agenda", hanoi(12, 8, 30), frozenset({own, step("overdue-2")})),
        Message(2, "agenda", hanoi(16, 8, 30), frozenset({own, step("overdue-3")})),
    ]
    assert Expectation(script).walk() == by_hand
    assert simulate(script)[1] == by_hand

"""Who hears of an overdue task, when, and what an acknowledgement is worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.policy.escalation import rungs
from bot.policy.rules import DEFAULT, NAMES, Rules, fault, resolve
from bot.policy.steps import Hears, decide
from storage.records import Tally
from tests.policy.test_calendar import HANOI, local

DUE = local("2026-12-16T17:00")  # a Wednesday
LONG_AGO = local("2026-10-01T09:00")


def steps(rules: Rules = DEFAULT, acknowledged: str = "", news: str = "", since=LONG_AGO, number: int = 1):
    tally = Tally(number, local(acknowledged), 7) if acknowledged else None
    found = rungs(DUE, since, HANOI, rules, tally, local(news) if news else None)
    return {rung.name: rung.at for rung in found}


def test_the_owner_explains_and_the_head_hears_after_one_working_day_and_leadership_after_three() -> None:
    assert steps() == {
        "explain": local("2026-12-17T08:30"),
        "tell-head": local("2026-12-17T08:30"),
        "tell-leaders": local("2026-12-21T08:30"),
    }
    assert [rung.hears for rung in rungs(DUE, LONG_AGO, HANOI, DEFAULT)] == [Hears.OWNER, Hears.HEAD, Hears.LEADERS]


def test_thresholds_are_rules_of_the_unit() -> None:
    found = steps(replace(DEFAULT, head_after=2, leaders_after=5))
    assert found["tell-head"] == local("2026-12-18T08:30")
    assert found["tell-leaders"] == local("2026-12-23T08:30")


def test_a_task_that_comes_in_overdue_escalates_from_the_day_it_came_in() -> None:
    assert steps(since=local("2027-01-11T10:00"))["tell-head"] == local("2027-01-12T08:30")


@pytest.mark.parametrize(
    ("acknowledged", "news", "leaders"),
    [
        ("2026-12-17T09:00", "", "2026-12-21T08:30"),  # over on Monday, when leadership would hear anyway
        ("2026-12-18T09:00", "", "2026-12-22T08:30"),  # one day later than without it
        ("2026-12-18T09:00", "2026-12-21T10:00", "2026-12-23T08:30"),  # news prolong it
        ("2026-12-18T09:00", "2026-12-17T10:00", "2026-12-22T08:30"),  # older news do not
    ],
)
def test_an_acknowledgement_lets_the_escalation_rest_for_two_working_days_without_news(
    acknowledged, news, leaders
) -> None:
    assert steps(acknowledged=acknowledged, news=news)["tell-leaders"] == local(leaders)


def test_when_an_acknowledgement_is_over_the_head_hears_again_and_leadership_if_it_had_heard() -> None:
    early = steps(acknowledged="2026-12-17T09:00")
    assert early["head-again-1"] == local("2026-12-21T08:30")
    assert "leaders-again-1" not in early
    late = steps(acknowledged="2026-12-21T09:00", number=2)
    assert late["head-again-2"] == late["leaders-again-2"] == local("2026-12-23T08:30")
    assert late["tell-leaders"] == local("2026-12-21T08:30")  # what was said stays said


def test_the_owner_hears_only_the_latest_and_everybody_else_what_is_meant_for_them() -> None:
    decision = decide(rungs(DUE, LONG_AGO, HANOI, DEFAULT), (), local("2026-12-21T09:00"))
    assert [rung.name for rung in decision.spoken] == ["explain", "tell-head", "tell-leaders"]


def test_the_nearest_unit_that_sets_a_rule_wins() -> None:
    values = {(None, "head_after"): 2, (1, "head_after"): 3, (1, "snoozes"): 0}
    assert resolve(values, (3, 1)) == replace(DEFAULT, head_after=3, snoozes=0)
    assert resolve(values, (4,)) == replace(DEFAULT, head_after=2)
    assert resolve({}, (3, 1)) == DEFAULT


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_outside_its_range_is_refused_with_the_range(name: str) -> None:
    least = 0 if name in ("snoozes", "extension_notice") else 1
    assert fault(name, least) is None
    assert fault(name, 60) is None
    assert fault(name, least - 1) == fault(name, 61) == (least, 60)

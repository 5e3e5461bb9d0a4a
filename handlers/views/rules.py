"""How often work comes back, in words."""

from __future__ import annotations

from handlers.views.texts import Texts

# What is offered as a button; everything else can be typed.
OFFERED = ("workday", "week:1", "week:5", "month:15", "month:last", "quarter:last")


def rule_words(rule: str, t: Texts) -> str:
    """A rule as it is stored ("week:5") as people say it: "every Friday"."""
    period, _, day = rule.partition(":")
    if period == "workday":
        return t.plain("recurring.workday")
    if period == "week":
        return t.plain(f"recurring.week.{day}")
    if day == "last":
        return t.plain("recurring.month.last" if period == "month" else "recurring.quarter.last")
    return t.plain("recurring.month" if period == "month" else "recurring.quarter", day=day)

"""Who hears of an overdue task and when: the unit head, then leadership; and what an acknowledgement is worth.

Whoever takes care of it says so and the escalation rests; without news of the task it goes on.
"""

from __future__ import annotations

from datetime import date, datetime

from bot.policy.calendar import WorkCalendar
from bot.policy.rules import Rules
from bot.policy.steps import Hears, Rung, morning
from storage.notices import EXPLAIN, HEAD_AGAIN, LEADERS_AGAIN, TELL_HEAD, TELL_LEADERS
from storage.records import Tally


def rungs(
    due: datetime,
    since: datetime,
    calendar: WorkCalendar,
    rules: Rules,
    acknowledged: Tally | None = None,
    news_at: datetime | None = None,
    back: datetime | None = None,
) -> tuple[Rung, ...]:
    """The steps after a deadline, each later than `since`, when the owner came to know of it.

    `news_at`: when the owner last gave news; an acknowledgement lasts from there if that is later. `back`: when the
    owner is back from being away: the reason of the delay is asked of nobody else.
    """
    base = max(due, since)

    def after(days: int, start: datetime = base) -> datetime:
        return morning(calendar.shift(calendar.local(start).date(), days), calendar)

    asked = Rung(EXPLAIN, after(1, max(base, back or base)), Hears.OWNER)
    head = Rung(TELL_HEAD, after(rules.head_after), Hears.HEAD)
    leaders = Rung(TELL_LEADERS, after(rules.leaders_after), Hears.LEADERS)
    if acknowledged is None:
        return (asked, head, leaders)
    ends = expiry(acknowledged.at, news_at, calendar, rules)
    rest = [_rested(rung, acknowledged.at, ends) for rung in (head, leaders)]
    again = [Rung(f"{HEAD_AGAIN}-{acknowledged.number}", ends, Hears.HEAD)]
    if leaders.at <= acknowledged.at:  # they had heard of it before it was acknowledged
        again.append(Rung(f"{LEADERS_AGAIN}-{acknowledged.number}", ends, Hears.LEADERS))
    return (asked, *rest, *again)


def expiry(at: datetime, news_at: datetime | None, calendar: WorkCalendar, rules: Rules) -> datetime:
    """When an acknowledgement made at `at` is over, unless news of the task prolongs it."""
    day: date = calendar.local(max(at, news_at or at)).date()
    return morning(calendar.shift(day, rules.acknowledged_for), calendar)


def _rested(rung: Rung, since: datetime, until: datetime) -> Rung:
    return Rung(rung.name, until, rung.hears) if since < rung.at < until else rung

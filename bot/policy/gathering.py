"""Letters that were kept back for long: when they count as late, and the one message that all of them become."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.steps import Decision, Hears
from storage.notices import Agenda, News, Notice, Reminders, RequestNews, Step, TaskNews
from storage.records import Task

LATE_AFTER = timedelta(minutes=30)
PAUSES = ("flood",)  # Telegram asked to leave that one chat alone: nobody's delay
TO_DECIDE = ("asked", "consent")

Parts = tuple[Step | News, ...]


def can_be_told_together(notice: Notice) -> bool:
    """Whether a notice can be a line of a message about many things; a question about a chat stands alone."""
    return isinstance(notice, Agenda | Reminders | News)


def is_late(meant: datetime, now: datetime, notice: Notice) -> bool:
    """Whether a letter that was meant to leave at `meant` was kept back for long."""
    return now - meant > LATE_AFTER or (isinstance(notice, Agenda) and notice.late)


def parts(notice: Notice) -> Parts:
    """What a notice tells one by one; what is computed anew each morning is no part."""
    if isinstance(notice, Agenda):
        return (*notice.steps, *notice.news)
    if isinstance(notice, Reminders):
        return notice.steps
    return (notice,) if isinstance(notice, News) else ()


def gather(notices: Sequence[Notice]) -> Agenda:
    """One message with everything that these say, in their order; what they say twice is said once.

    With an agenda among them it is that day's agenda, otherwise nobody's.
    """
    mornings = [one for one in notices if isinstance(one, Agenda)]
    told = [part for one in notices for part in parts(one)]
    steps, overtaken = latest(part for part in told if isinstance(part, Step))
    asked = [one.request_id for one in told if isinstance(one, RequestNews) and is_asked(one)]
    handed_in = [one.task_id for one in told if isinstance(one, TaskNews) and one.event == "submitted"]
    return Agenda(
        max((one.day for one in mornings), default=""),
        own=_unique(key for one in mornings for key in one.own),
        submitted=_unique([*(key for one in mornings for key in one.submitted), *handed_in]),
        requests=_unique([*(key for one in mornings for key in one.requests), *asked]),
        lost=_unique(key for one in mornings for key in one.lost),
        steps=steps,
        news=tuple(dict.fromkeys(one for one in told if not isinstance(one, Step) and not is_asked(one))),
        late=True,
        overtaken=overtaken + sum(one.overtaken for one in mornings),
    )


def latest(steps: Iterable[Step]) -> tuple[tuple[Step, ...], int]:
    """Of each ladder only its latest step, and how many were overtaken by another one."""
    found: dict[tuple[int, str, int | None], Step] = {}
    overtaken = 0
    for step in dict.fromkeys(steps):
        key = (step.task_id, step.due, step.owner_id)
        overtaken += key in found
        overtaken += found.pop(key).overtaken if key in found else 0
        found[key] = step
    return tuple(found.values()), overtaken


def only(notice: Agenda, some: Collection[Step | News]) -> Agenda:
    """These parts of a message as a message of their own."""
    steps = tuple(one for one in notice.steps if one in some)
    return Agenda("", steps=steps, news=tuple(one for one in notice.news if one in some), late=True)


def without(notice: Agenda, part: Agenda) -> Agenda:
    """The rest of a message when that part of it has gone."""
    gone = {*parts(part)}
    steps = tuple(one for one in notice.steps if one not in gone)
    return replace(notice, steps=steps, news=tuple(one for one in notice.news if one not in gone))


def overtaken(task: Task, decision: Decision, now: datetime) -> int:
    """How many steps of an owner were used up without a word because the planner, not the task, came late."""
    if task.check_at is None or now - task.check_at <= LATE_AFTER:
        return 0
    return sum(rung.hears is Hears.OWNER and rung not in decision.spoken for rung in decision.earned)


def _unique(keys: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(keys))


def is_asked(one: Step | News) -> bool:
    """Whether it asks its reader to decide on a request: that stands among the decisions, not among the news."""
    return isinstance(one, RequestNews) and one.event in TO_DECIDE

"""When a task reminds whom: the rules of the README and of docs/adr, in instants, written anew for the expectation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.simulation.hours import Life

HOUR = timedelta(hours=1)
WORKED_ON = ("assigned", "received", "in_progress", "returned")
OWNER, HEAD, LEADERS = "owner", "head", "leaders"


@dataclass(frozen=True, slots=True)
class Said:
    """One step: its name, when it falls, whom it is for."""

    name: str
    at: datetime
    whom: str = OWNER


@dataclass(frozen=True, slots=True)
class Stand:
    """How a task stands from one event to the next: everything that its steps depend on.

    `since`: when the present owner came to know of the present deadline. `news`: the last change. `back`: when the
    owner is back from the last absence that was said.
    """

    owner: int
    since: datetime
    news: datetime
    due: datetime | None
    ladder: str
    urgent: bool
    state: str = "assigned"
    life: Life | None = None
    back: datetime | None = None


def series(stand: Stand) -> Iterator[tuple[datetime, list[Said]]]:
    """The series of steps that run for a task, each with the instant it is counted from; of two that fall together
    the later in its list says more."""
    life = stand.life
    if life is None or stand.state not in WORKED_ON:
        return
    if stand.state == "assigned":
        begin = max(stand.since, stand.back or stand.since)
        yield (
            begin,
            [
                Said("receive", life.after_hours(begin, 8)),
                Said("unreceived", life.after_hours(begin, 16), HEAD),
            ],
        )
    else:
        begin = max(stand.news, stand.since, stand.back or stand.news)
        yield begin, [Said("update", life.morning(life.moved(life.day_of(begin), 5)))]
    if stand.due is not None:
        yield stand.due, [*_before(stand, stand.due, life), *_overdue(stand, stand.due, life), *_late(stand, life)]


def _ladder(text: str) -> tuple[list[int], int, int, int]:
    """A ladder in its full form: days before, hours before, overdue every, at most."""
    found = re.fullmatch(r"([\d,]+) (\d+)h (\d+)x(\d+)", text)
    assert found is not None
    days = [int(day) for day in found[1].split(",") if day != "0"]
    return days, int(found[2]), int(found[3]), int(found[4])


def _before(stand: Stand, due: datetime, life: Life) -> list[Said]:
    days, hours, _, _ = _ladder(stand.ladder)
    hers = replace(life, waking=True) if stand.urgent else life
    day = life.day_of(due)
    found = [Said(f"before-{n}", life.morning(life.moved(day, -n))) for n in sorted(days, reverse=True)]
    morning = hers.fit(life.morning(day), due)
    name = f"before-{hours}h" if hours else "due-day"
    if hours:
        last = due - hours * HOUR if stand.urgent else life.fit(due - hours * HOUR, due)
        found += [Said("due-day", last if last - morning < HOUR else morning), Said(name, last)]
    else:
        found.append(Said("due-day", morning))
    left = [one for one in sorted(found, key=lambda one: one.at) if one.at > stand.since]
    return left or _halfway(stand, due, hers, name)


def _halfway(stand: Stand, due: datetime, life: Life, name: str) -> list[Said]:
    """A task that came after all steps: one, halfway through what is left of the time, or of the day."""
    begin, end = stand.since, due
    if name == "due-day" or not stand.urgent:
        begin = life.next_allowed(begin)
        end = min(end, life.closing(life.day_of(begin)))
    return [Said(name, begin + (end - begin) / 2)] if end - begin >= HOUR / 2 else []


def _overdue(stand: Stand, due: datetime, life: Life) -> list[Said]:
    _, _, every, most = _ladder(stand.ladder)
    found: list[Said] = []
    day = life.day_of(due)
    while len(found) < most:
        day = life.moved(day, every)
        if life.morning(day) > max(stand.since, due):
            found.append(Said(f"overdue-{len(found) + 1}", life.morning(day)))
    return found


def _late(stand: Stand, life: Life) -> list[Said]:
    """The question for a reason after one working day, the head after one, leadership after three."""
    assert stand.due is not None
    begin = max(stand.due, stand.since)

    def after(days: int, start: datetime) -> datetime:
        return life.morning(life.moved(life.day_of(start), days))

    return [
        Said("explain", after(1, max(begin, stand.back or begin))),
        Said("tell-head", after(1, begin), HEAD),
        Said("tell-leaders", after(3, begin), LEADERS),
    ]

"""Being away: who stands in for whom, who hears reminders, from when receipt is expected again (R27).

Deadlines do not move and what is overdue stays overdue; only who hears and who may act changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from bot.policy import deadlines
from bot.policy.calendar import WorkCalendar
from storage.notices import (
    ASK_RECEIPT,
    ASK_UPDATE,
    EXPLAIN,
    HEAD_AGAIN,
    LEADERS_AGAIN,
    TELL_HEAD,
    TELL_LEADERS,
    UNRECEIVED,
    Step,
)
from storage.records import Absence, Action, Member, Task

FOR_OTHERS = (TELL_HEAD, TELL_LEADERS, HEAD_AGAIN, LEADERS_AGAIN, UNRECEIVED)  # never meant for the owner
FOR_OWNER = (ASK_RECEIPT, ASK_UPDATE, EXPLAIN)  # asked of the owner, and of nobody else while the owner is away

# What a substitute may do in the owner's name. Getting rid of the work, excusing a delay and putting reminders off
# are the owner's own word.
SUBSTITUTE_ACTIONS = frozenset(
    {
        Action.VIEW,
        Action.RECEIVE,
        Action.REPORT,
        Action.SUBMIT,
        Action.WITHDRAW,
        Action.ATTACH,
        Action.EXTEND,
        Action.BLOCK,
    }
)


def end_of(absence: Absence) -> datetime:
    """When the absence is or was over: as planned, or earlier."""
    return absence.until if absence.ended_at is None else min(absence.until, absence.ended_at)


def lasts(absence: Absence, now: datetime) -> bool:
    """Whether the person is away at that moment."""
    return absence.since <= now < end_of(absence)


def away_now(absences: Iterable[Absence], now: datetime) -> dict[int, Absence]:
    """Who is away at that moment, by member: they are counted neither as silent nor as unreachable."""
    return {absence.member_id: absence for absence in absences if lasts(absence, now)}


def stands_for(member_id: int, absences: Iterable[Absence], now: datetime) -> frozenset[int]:
    """For whom this person stands in at that moment."""
    return frozenset(one.member_id for one in absences if one.substitute_id == member_id and lasts(one, now))


def hearer(owner: Member, away: Mapping[int, Absence], people: Mapping[int, Member]) -> Member | None:
    """Who hears the reminders of an owner: the owner, or the substitute while the owner is away; None: the superiors.

    A substitute who is away too, or cannot be reached, is not followed any further.
    """
    absence = away.get(owner.id)
    if absence is None:
        return owner if owner.reachable else None
    substitute = people.get(absence.substitute_id)
    if substitute is None or not substitute.reachable or substitute.id in away:
        return None
    return substitute


def is_for(step: Step, task: Task, reader_id: int) -> bool:
    """Whether it is a step of the present owner, addressed to the owner or to whoever stood in."""
    if step.name in FOR_OWNER or step.name.startswith(FOR_OTHERS):
        return False
    return task.owner_id == (step.owner_id or reader_id)


def back_at(absences: Iterable[Absence]) -> dict[int, datetime]:
    """When each of these people came back, or will come back, for the last time: receipt is counted anew from there."""
    found: dict[int, datetime] = {}
    for absence in absences:
        end = end_of(absence)
        found[absence.member_id] = max(end, found.get(absence.member_id, end))
    return found


def start_of_day(now: datetime, calendar: WorkCalendar) -> datetime:
    """The instant at which the present day began there: a date without an hour may be today."""
    return calendar.at(calendar.local(now).date(), time(0))


def end_of_day(day: date, calendar: WorkCalendar) -> datetime:
    """The instant at which that day is over there."""
    return calendar.at(day + timedelta(days=1), time(0))


def read(text: str, now: datetime, calendar: WorkCalendar) -> tuple[tuple[datetime, ...], str]:
    """The ends of the days that can be meant as the last one away, and the words after the day: who stands in.

    Between the two stands a semicolon, or the longest beginning that is a date counts. Raises Unclear.
    """
    words, today = text.split(), start_of_day(now, calendar)
    marked, semicolon, name = text.partition(";")
    if semicolon:
        return _ends(marked, today, calendar), name.strip()
    for last in range(len(words), 0, -1):
        try:
            return _ends(" ".join(words[:last]), today, calendar), " ".join(words[last:])
        except deadlines.Unclear:
            continue
    raise deadlines.Unclear("not_understood")


def _ends(text: str, today: datetime, calendar: WorkCalendar) -> tuple[datetime, ...]:
    try:
        found: tuple[datetime, ...] = (deadlines.parse(text, today, calendar),)
    except deadlines.Unclear as unclear:
        if not unclear.choices:
            raise
        found = unclear.choices
    return tuple(dict.fromkeys(end_of_day(calendar.local(at).date(), calendar) for at in found))


def last_day(absence: Absence, calendar: WorkCalendar) -> date:
    """The last day away, in the zone of whoever is away."""
    return calendar.local(absence.until - timedelta(seconds=1)).date()


def substitute_problem(
    member: Member, substitute: Member | None, until: datetime, away: Mapping[int, Absence]
) -> str | None:
    """Why this person cannot stand in, as a reason of the catalogues; None when they can."""
    if substitute is None or substitute.left_at is not None or substitute.id == member.id:
        return "away.nobody"
    if not substitute.reachable:
        return "away.unreachable"
    own = away.get(substitute.id)
    return "away.both" if own is not None and end_of(own) >= until else None

"""The morning agenda: what goes into it, whether it says anything, when it comes, and what does not wait for it.

One message per person and working day. Only what is new to somebody, what is due today or what waits for a decision
makes it speak: old delays and coming work alone do not nag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from bot.policy import ladder
from bot.policy.calendar import WorkCalendar
from bot.policy.gathering import is_asked, latest
from bot.policy.stale import ASKED, is_news, reminds
from bot.policy.steps import morning
from bot.policy.workflow import waits_for_owner
from storage.notices import (
    AbsenceNews,
    Agenda,
    ChatLost,
    News,
    Notice,
    PressesLost,
    RecurrenceNews,
    RequestNews,
    Step,
    TaskNews,
)
from storage.records import Member, RequestCard, State, Task

COMING_DAYS = 3  # working days of the section "next"
LATE_AFTER = timedelta(minutes=30)
CHOICES = (time(7, 30), time(8, 0), time(8, 30), time(9, 0), time(13, 30))  # hours offered as buttons
LATER = {  # what is told in the agenda; everything else is a letter of its own
    TaskNews: ("submitted", "completed", "contributed", "explained", "many_hands", "urged_often"),
    RequestNews: ("asked",),
    AbsenceNews: ("head",),
}
DECISIONS = ("submitted", "asked")
OWNERS_NEWS = ("assigned", "returned", "urged", "urgent", "resumed")  # their reader has something to do, or to answer
_CLOCK = re.compile(r"(\d{1,2})[:hg.](\d{2})", re.ASCII)


def parse_clock(text: str) -> time | None:
    """An hour as people type it ("8:15", "8h15"); None when it is none."""
    match = _CLOCK.fullmatch(text.strip().casefold())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return time(int(match[1]), int(match[2]))


def next_look(calendar: WorkCalendar, now: datetime, had_on: date | None) -> datetime:
    """When to look at an agenda next: today if today's was not sent and people still work, else the next working day.

    `had_on`: the local day of the last one. Whoever moves to a zone where that day has not come yet has had it.
    """
    today = calendar.local(now).date()
    if is_open(calendar, now, had_on):
        return max(morning(today, calendar), now)
    day = calendar.shift(today, 1)
    while had_on is not None and day <= had_on:
        day = calendar.shift(day, 1)
    return morning(day, calendar)


def is_open(calendar: WorkCalendar, now: datetime, had_on: date | None) -> bool:
    """Whether today's agenda can still come."""
    today = calendar.local(now).date()
    if not calendar.is_working(today) or (had_on is not None and had_on >= today):
        return False
    return now < calendar.at(today, calendar.closes)


def is_late(look_at: datetime, calendar: WorkCalendar, now: datetime) -> bool:
    """Whether the bot, not the calendar, made an agenda late that was to be looked at then."""
    meant = max(look_at, morning(calendar.local(now).date(), calendar))
    return now - meant > LATE_AFTER


def waits(notice: Notice, reader: Member, now: datetime, due: datetime | None = None) -> bool:
    """Whether a notice is early enough in the next agenda of its reader. `due`: the deadline of its task."""
    if not isinstance(notice, TaskNews | RequestNews | AbsenceNews) or notice.event not in LATER[type(notice)]:
        return False
    return notice.event not in DECISIONS or not _pointless(reader, now, due)


def step_waits(step: Step, task: Task, reader: Member, now: datetime) -> bool:
    """Whether a reminder step is early enough in the next agenda: not the last one, hours before the deadline.

    A step of urgent work waits only for an agenda that comes at this moment.
    """
    if ladder.is_last(step.name) or _pointless(reader, now, task.due_at):
        return False
    return not task.urgent or (reader.agenda_at is not None and reader.agenda_at <= now)


def _pointless(reader: Member, now: datetime, due: datetime | None) -> bool:
    """Whether the deadline would have passed before the next agenda."""
    return due is not None and reader.agenda_at is not None and now <= due < max(reader.agenda_at, now)


def own(found: Iterable[Task], calendar: WorkCalendar, now: datetime) -> tuple[int, ...]:
    """The tasks of a person that are overdue, due today or due in the next working days, the oldest deadline first."""
    last = calendar.shift(calendar.local(now).date(), COMING_DAYS)
    dated = [(task.due_at, task.id) for task in found if waits_for_owner(task) and task.due_at is not None]
    return tuple(key for due, key in sorted(dated) if calendar.local(due).date() <= last)


def compose(
    calendar: WorkCalendar,
    now: datetime,
    *,
    own: Collection[int] = (),
    submitted: Iterable[int] = (),
    requests: Iterable[int] = (),
    lost: Iterable[int] = (),
    items: Iterable[Notice | Step] = (),
    late: bool = False,
    overtaken: int = 0,
) -> Agenda:
    """The agenda of today; `items` waited for it. What is in it twice is said once.

    `overtaken`: so many steps were not told, because of later ones; a late agenda adds those of its own.
    """
    found = list(items)
    asked = [one.request_id for one in found if isinstance(one, RequestNews) and is_asked(one)]
    news = [one for one in found if isinstance(one, News) and not is_asked(one)]
    steps = tuple(dict.fromkeys(one for one in found if isinstance(one, Step)))
    late = late or any(step.overtaken for step in steps)
    last, more = latest(steps) if late else (steps, 0)
    handed_in = [one.task_id for one in news if isinstance(one, TaskNews) and one.event == "submitted"]
    return Agenda(
        calendar.local(now).date().isoformat(),
        own=tuple(own),
        submitted=tuple(dict.fromkeys([*submitted, *handed_in])),
        requests=tuple(dict.fromkeys([*requests, *asked])),
        lost=tuple(dict.fromkeys(lost)),
        steps=last,
        news=tuple(dict.fromkeys(news)),
        late=late,
        overtaken=overtaken + more,
    )


def merge(older: Agenda) -> tuple[Notice | Step, ...]:
    """What an agenda that never left has to hand on to the next one."""
    asked = (RequestNews(key, "asked") for key in older.requests)
    return (*older.steps, *asked, *older.news)


@dataclass(frozen=True, slots=True)
class Door:
    """What is known at the moment of sending.

    `tasks`: by id; `answerable`: the requests that the reader can answer now; `lost`: who of them still cannot be
    reached; `lasting`: the absences that go on; `away`: who is away; `stands_for`: whose substitute the reader is;
    `answered`: the requests and `recurring` the recurring tasks that news speak about, as far as the reader may see
    them; `ended`: the absences that are over.
    """

    reader: Member
    calendar: WorkCalendar
    now: datetime
    tasks: Mapping[int, Task]
    may_view: Callable[[Task], bool]
    may_accept: Callable[[Task], bool]
    answerable: Collection[int] = ()
    lost: Collection[int] = ()
    lasting: Collection[int] = ()
    away: Collection[int] = ()
    stands_for: Collection[int] = ()
    answered: Mapping[int, RequestCard] = field(default_factory=dict)
    recurring: Collection[int] = ()
    ended: Collection[int] = ()


def still_true(agenda: Agenda, door: Door) -> Agenda | None:
    """What of an agenda holds at the moment of sending; None when nothing is left that speaks."""
    found = replace(
        agenda,
        own=tuple(key for key in agenda.own if _is_own(door.tasks.get(key), door)),
        submitted=tuple(key for key in agenda.submitted if _is_submitted(door.tasks.get(key), door)),
        requests=tuple(key for key in agenda.requests if key in door.answerable),
        lost=tuple(key for key in agenda.lost if key in door.lost),
        steps=tuple(one for one in agenda.steps if reminds(one, door.tasks.get(one.task_id), door.may_view, door.away)),
        news=tuple(one for one in agenda.news if _holds(one, door)),
    )
    return found if speaks(found, door.tasks, door.calendar, door.now) else None


def speaks(agenda: Agenda, tasks: Mapping[int, Task], calendar: WorkCalendar, now: datetime) -> bool:
    """Whether an agenda says anything that is not old or far away."""
    if agenda.steps or agenda.news or agenda.lost or agenda.submitted or agenda.requests:
        return True
    today = calendar.local(now).date()
    dues = (tasks[key].due_at for key in agenda.own if key in tasks)
    return any(due is not None and calendar.local(due).date() == today for due in dues)


def _is_own(task: Task | None, door: Door) -> bool:
    mine = task is not None and task.owner_id == door.reader.id and waits_for_owner(task)
    return mine and door.reader.id not in door.away


def _is_submitted(task: Task | None, door: Door) -> bool:
    return task is not None and task.state is State.SUBMITTED and door.may_accept(task)


def _holds(news: News, door: Door) -> bool:
    if isinstance(news, AbsenceNews):
        return news.absence_id in (door.ended if news.event == "over" else door.lasting)
    if isinstance(news, RequestNews):
        one = door.answered.get(news.request_id)
        return one is not None and one.request.state is ASKED[news.event]
    if isinstance(news, RecurrenceNews):
        return news.recurrence_id in door.recurring
    if isinstance(news, ChatLost | PressesLost):
        return True
    return is_news(news, door.tasks.get(news.task_id), door.reader, door.may_view, door.stands_for)

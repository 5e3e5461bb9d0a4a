"""What a person's own sheet counts: facts, as things stood at the end of the span, and nothing made out of them (R43).

The rules: a task counts for whoever had it at the end of the span, with the whole of its delay. Who gave it away in
the span has it as "given to somebody else", and as overdue only where the deadline had passed by then. What was done
to a task (sent back, extended, explained) counts for whoever had it at that moment. On time is judged by the
submission that was confirmed in the end (R9); tasks without a deadline are in no rate (R10); a task completed after
the span was open in it. Being away changes no figure, because the tasks stay with their owner: it is told beside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.policy.calendar import WorkCalendar
from bot.policy.digest import DoesNotAddUp
from bot.policy.inspection import (
    HAND_OVER,
    LAST_MOMENT,
    as_it_stood,
    ended_at,
    explanation_as_it_stood,
    request_as_it_stood,
)
from bot.policy.workflow import days_late, time_class
from storage.inspection import Period, Trace
from storage.records import Action, Explanation, Request, RequestKind, RequestState, State, Task, TimeClass
from storage.sheets import Facts, Held


@dataclass(frozen=True, slots=True)
class Spell:
    """A time during which one person had a task; `end` is None while that lasts. `owner_id` None: erased."""

    owner_id: int | None
    start: datetime
    end: datetime | None

    def has(self, at: datetime | None) -> bool:
        """Whether that instant lies in it."""
        return at is not None and self.start <= at and (self.end is None or at <= self.end)


@dataclass(frozen=True, slots=True)
class File:
    """Everything that is known about a task, up to now: `traces` oldest first."""

    task: Task
    traces: Sequence[Trace] = ()
    asked: Sequence[Request] = ()
    explanations: Sequence[Explanation] = ()


def spells(task: Task, traces: Iterable[Trace]) -> tuple[Spell, ...]:
    """Who had the task when, the first owner first."""
    found, start = [], task.assigned_at
    for one in traces:
        if one.action == HAND_OVER:
            found.append(Spell(one.owner_id, start, one.at))
            start = one.at
    return (*found, Spell(task.owner_id, start, None))


def held(file: File, member_id: int, during: Period, calendar: WorkCalendar) -> Held | None:
    """The task as it counts for this person in the span; None when it does not."""
    mine = [
        spell
        for spell in spells(file.task, file.traces)
        if spell.owner_id == member_id and spell.start <= during.until and (spell.end or during.until) >= during.since
    ]
    if not mine:
        return None
    moved_at = mine[-1].end if mine[-1].end is not None and mine[-1].end <= during.until else None
    cut = during.until if moved_at is None else moved_at - LAST_MOMENT
    stood = as_it_stood(file.task, file.traces, file.asked, cut)
    ended = ended_at(stood)
    if ended is not None and ended < during.since:
        return None
    return _line(file, stood, mine, moved_at, member_id, during, cut, calendar)


def _line(
    file: File,
    stood: Task,
    mine: Sequence[Spell],
    moved_at: datetime | None,
    member_id: int,
    during: Period,
    cut: datetime,
    calendar: WorkCalendar,
) -> Held:
    def counts(at: datetime | None) -> bool:
        return at is not None and during.since <= at <= during.until and any(spell.has(at) for spell in mine)

    asked = [one for request in file.asked if (one := request_as_it_stood(request, during.until)) is not None]
    granted = [one for one in asked if one.state is RequestState.APPROVED]
    causes = [one for one in asked if one.kind is RequestKind.CAUSE and one.member_id == member_id]
    told = [
        found.explanation.text
        for words in file.explanations
        if words.member_id == member_id
        and (found := explanation_as_it_stood(words, file.traces, during.until)) is not None
        and found.explanation.text
    ]
    cancelled = stood.state is State.CANCELLED
    return Held(
        code=stood.code,
        title=stood.title,
        titles=stood.titles,
        source=stood.source,
        since=mine[0].start,
        original_due_at=stood.original_due_at,
        due_at=stood.due_at,
        state=stood.state,
        time_class=None if cancelled else time_class(stood, cut),
        submitted_at=stood.submitted_at,
        completed_at=stood.completed_at,
        moved_at=moved_at,
        days_late=0 if cancelled else days_late(stood, cut, calendar),
        returned=sum(one.action == Action.RETURN and counts(one.at) for one in file.traces),
        extensions=sum(one.kind is RequestKind.EXTENSION and counts(one.decided_at) for one in granted),
        claimed=sum(during.since <= one.at for one in causes),
        confirmed=sum(
            one in granted and one.decided_at is not None and one.decided_at >= during.since for one in causes
        ),
        explanations=tuple(told),
    )


def count(lines: Sequence[Held], during: Period) -> Facts:
    """The facts of these lines. Raises DoesNotAddUp rather than return figures that cannot be trusted."""
    staying = [one for one in lines if one.moved_at is None]
    done = Counter(one.time_class for one in staying if one.state is State.COMPLETED)
    running = Counter(one.time_class for one in staying if one.state.open)
    moved = [one for one in lines if one.moved_at is not None]
    facts = Facts(
        held=len(lines),
        assigned=sum(one.since >= during.since for one in lines),
        done=done.total(),
        on_time=done[TimeClass.ON_TIME],
        late=done[TimeClass.LATE],
        done_undated=done[TimeClass.NO_DEADLINE],
        open=running.total(),
        within=running[TimeClass.WITHIN],
        overdue=running[TimeClass.OVERDUE],
        open_undated=running[TimeClass.NO_DEADLINE],
        moved=len(moved),
        moved_overdue=sum(one.time_class is TimeClass.OVERDUE for one in moved),
        cancelled=sum(one.state is State.CANCELLED for one in staying),
        returned=sum(one.returned for one in lines),
        extensions=sum(one.extensions for one in lines),
        claimed=sum(one.claimed for one in lines),
        confirmed=sum(one.confirmed for one in lines),
        explained=sum(bool(one.explanations) for one in lines),
    )
    return check(facts)


def check(facts: Facts) -> Facts:
    """The same facts, proved: every task is in exactly one place."""
    for parts, whole in (
        ((facts.done, facts.open, facts.moved, facts.cancelled), facts.held),
        ((facts.on_time, facts.late, facts.done_undated), facts.done),
        ((facts.within, facts.overdue, facts.open_undated), facts.open),
    ):
        if sum(parts) != whole:
            raise DoesNotAddUp("", parts, whole)
    return facts

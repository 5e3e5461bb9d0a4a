"""What the planner finds when it looks at one task: its deadline, its receipt, its news, what was put off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.policy import escalation, ladder, quiet, receipt, snooze, updates
from bot.policy.calendar import WorkCalendar
from bot.policy.ladder import BadLadder, Ladder
from bot.policy.rules import DEFAULT, Rules
from bot.policy.steps import Decision, Rung, decide
from bot.policy.workflow import waits_for_owner
from storage.records import Action, State, Tally, Task

Taken = Collection[tuple[str, datetime]]
PAST = timedelta(days=1)  # after a deadline: what was to be said before it is of no use any more


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a task besides its record: the rules of its unit, and how often what was done to it.

    `back`: when the owner came or comes back from being away. Until then the owner is asked nothing, and what an
    owner has time for is counted anew from there. The deadline with its reminders is not moved by it.
    """

    rules: Rules = DEFAULT
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    back: datetime | None = None

    def tally(self, action: Action) -> Tally | None:
        """How often this was done, and when last."""
        return self.tallies.get(action.value)

    def at_work(self, at: datetime) -> datetime:
        """That moment, or when the owner was back if that is later."""
        return at if self.back is None else max(at, self.back)


NOTHING = Known()


def look(
    task: Task, taken: Taken, calendar: WorkCalendar, now: datetime, known: Known = NOTHING
) -> tuple[tuple[datetime, Decision], ...]:
    """The decisions about a task, each with the instant its steps are counted from: the deadline, the assignment …

    `taken`: the steps that were used up, with the same instants.
    """
    if not waits_for_owner(task):
        return ()
    snoozed = _recent(known.tally(Action.SNOOZE), since_of(task))
    found = []
    for counted_from, rungs in _ladders(task, calendar, known):
        used = {name for name, at in taken if at == counted_from}
        silent = snooze.silenced(rungs, snoozed, calendar) | _pointless(task, rungs, now)
        found.append((counted_from, decide(rungs, used, now, silent)))
    return tuple(found)


def _pointless(task: Task, rungs: tuple[Rung, ...], now: datetime) -> frozenset[str]:
    """Steps before a deadline that is long past."""
    if task.due_at is None or now < task.due_at + PAST:
        return frozenset()
    return frozenset(rung.name for rung in rungs if ladder.is_before(rung.name))


def ladder_of(task: Task, rules: Rules) -> Ladder:
    """The ladder of a task: its own, else that of its unit. One that cannot be read (any more) is the unit's."""
    try:
        return ladder.parse(task.ladder) if task.ladder else rules.ladder
    except BadLadder:
        return rules.ladder


def reminders(task: Task, calendar: WorkCalendar, rules: Rules) -> tuple[Rung, ...]:
    """The steps of the ladder of a task; none without a deadline."""
    if task.due_at is None:
        return ()
    wide = quiet.waking(calendar) if task.urgent else None
    return ladder.rungs(task.due_at, since_of(task), calendar, ladder_of(task, rules), wide)


def names_taken(task: Task, taken: Taken) -> frozenset[str]:
    """The names of the steps that were used up for the present deadline."""
    return frozenset(name for name, at in taken if at == task.due_at)


def overtaken(
    task: Task, before: Iterable[Rung], after: Iterable[Rung], taken: Collection[str], now: datetime
) -> tuple[Rung, ...]:
    """The steps of a new ladder that are past already and were none of the old one: nobody is to hear of them now.

    A step of both that is past and was not told yet is still told; so is a last step that nothing else stands for.
    """
    steps = tuple(after)
    due = {rung.name for rung in before if rung.at <= now} | set(taken)
    missed = tuple(rung for rung in steps if rung.at <= now and rung.name not in due)
    comes = any(rung.at > now and ladder.is_before(rung.name) for rung in steps)
    if comes or task.due_at is None or now >= task.due_at or any(map(ladder.is_last, taken)):
        return missed
    return tuple(rung for rung in missed if not ladder.is_last(rung.name))


def since_of(task: Task) -> datetime:
    """Since when the present owner and deadline are reminded of."""
    return task.planned_from or task.assigned_at


def _ladders(task: Task, calendar: WorkCalendar, known: Known) -> list[tuple[datetime, tuple[Rung, ...]]]:
    """All ladders of a task. Of two steps in one letter the later one here speaks: the deadline says most."""
    since = since_of(task)
    news = known.at_work(updates.last_news(task))
    found = [(news, updates.rungs(task, news, calendar, known.rules))]
    snoozed = _recent(known.tally(Action.SNOOZE), since)
    if snoozed is not None:
        found.append((snoozed.at, snooze.rungs(snoozed, calendar)))
    if task.state is State.ASSIGNED:
        found.append((known.at_work(since), receipt.rungs(known.at_work(since), calendar, known.rules)))
    if task.due_at is not None:
        cared_for = _recent(known.tally(Action.ACKNOWLEDGE), max(task.due_at, since))
        above = escalation.rungs(task.due_at, since, calendar, known.rules, cared_for, task.updated_at, known.back)
        found.append((task.due_at, reminders(task, calendar, known.rules) + above))
    return found


def _recent(tally: Tally | None, since: datetime) -> Tally | None:
    """What was done for an earlier owner or deadline changes nothing for the present one."""
    return tally if tally is not None and tally.at > since else None


def next_look(
    task: Task, taken: Taken, calendar: WorkCalendar, now: datetime, known: Known = NOTHING
) -> datetime | None:
    """When the planner must look at the task again; `now` when something is earned already."""
    decisions = [decision for _, decision in look(task, taken, calendar, now, known)]
    if any(decision.earned for decision in decisions):
        return now
    return min((decision.next_at for decision in decisions if decision.next_at is not None), default=None)

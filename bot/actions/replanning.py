"""Planning many tasks anew at once, after what their steps are counted by has changed: calendars and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from bot.actions import agendas, situations
from bot.office import Office
from bot.policy import plan
from bot.policy.calendar import WorkCalendar
from bot.policy.plan import Known
from bot.policy.rules import Rules
from bot.policy.steps import Rung
from bot.policy.workflow import waits_for_owner
from storage import members, recurrences, tasks, units
from storage.records import Task, Tree

AT_ONCE = 200  # tasks whose steps are loaded together


@dataclass(frozen=True, slots=True)
class Basis:
    """By which calendar everybody lives, and which rules hold in every unit, by their ids."""

    calendars: Mapping[int, WorkCalendar]
    rules: Mapping[int, Rules]

    @classmethod
    def now(cls, connection: Connection, office: Office) -> Basis:
        """As it is in this moment of the transaction."""
        tree = units.every(connection)
        lives = {member.id: office.calendar_for(member, tree) for member in members.every(connection)}
        return cls(lives, situations.rules_of(connection, tree, tree))

    def concerns(self, task: Task, after: Basis) -> bool:
        """Whether the steps of the task may fall differently afterwards."""
        owner, unit = task.owner_id, task.unit_id
        lives, rules = self.calendars.get(owner), self.rules.get(unit)
        return lives != after.calendars.get(owner) or rules != after.rules.get(unit)


def replan(
    connection: Connection, office: Office, before: Basis, now: datetime, day: date | None = None
) -> tuple[str, ...]:
    """Plan anew what a change concerns; the codes of tasks due on `day` or reminded at another time."""
    tree = units.every(connection)
    after = Basis.now(connection, office)
    work = [task for task in tasks.open_in(connection, tree) if before.concerns(task, after)]
    touched: list[str] = []
    checks: dict[int, datetime | None] = {}
    skipped: list[tuple[Task, str]] = []
    for task, taken, known in _with_steps(connection, work, tree):
        old = _look(task, taken, before, known, now)
        passed = _passed(task, taken, before, after, now)
        skipped += [(task, rung.name) for rung in passed]
        new = _look(task, {*taken, *((rung.name, task.due_at or now) for rung in passed)}, after, known, now)
        if new != task.check_at:
            checks[task.id] = new
        if old != new or (task.due_at is not None and after.calendars[task.owner_id].local(task.due_at).date() == day):
            touched.append(task.code)
    tasks.plan_some(connection, checks)
    tasks.skip_steps(connection, skipped, now)
    recurrences.wake(connection, now)
    moved = {key for key, calendar in after.calendars.items() if calendar != before.calendars.get(key)}
    agendas.replan(connection, office, members.some(connection, moved).values(), tree, now)
    return tuple(touched)


def _look(task: Task, taken: plan.Taken, basis: Basis, known: Known, now: datetime) -> datetime | None:
    known = replace(known, rules=basis.rules[task.unit_id])
    return plan.next_look(task, taken, basis.calendars[task.owner_id], now, known)


def _passed(task: Task, taken: plan.Taken, before: Basis, after: Basis, now: datetime) -> tuple[Rung, ...]:
    """What another ladder would have said already. (A day that moves a step does not make it pass unheard.)"""
    old, new = before.rules[task.unit_id], after.rules[task.unit_id]
    calendar = after.calendars[task.owner_id]
    if plan.ladder_of(task, old) == plan.ladder_of(task, new) or not waits_for_owner(task):
        return ()
    before_it, with_it = plan.reminders(task, calendar, old), plan.reminders(task, calendar, new)
    return plan.overtaken(task, before_it, with_it, plan.names_taken(task, taken), now)


def _with_steps(
    connection: Connection, work: Sequence[Task], tree: Tree
) -> Iterator[tuple[Task, set[tuple[str, datetime]], Known]]:
    """The tasks with the steps they have used up and what is known of them, loaded some hundreds at a time."""
    for start in range(0, len(work), AT_ONCE):
        some = work[start : start + AT_ONCE]
        taken = tasks.steps_taken(connection, [task.id for task in some])
        known = situations.known(connection, some, tree)
        yield from ((task, tasks.steps_of(taken, task), known[task.id]) for task in some)

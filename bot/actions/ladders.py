"""When the owner of one task is reminded, and whether it is urgent: whoever manages it says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, letters, situations
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import ladder as policy
from bot.policy import plan
from bot.policy.access import Actor
from bot.policy.workflow import waits_for_owner
from handlers.ports import Refused
from storage import history, members, outbox, tasks, units
from storage.notices import TaskNews
from storage.records import Action, Card, LadderCard, Task


def look(connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime) -> LadderCard:
    """The ladder of a task with the reminders that are still to come."""
    task = task_actions.visible(actor, tasks.get(connection, task_id))
    tree = units.every(connection)
    owner = members.some(connection, [task.owner_id])[task.owner_id]
    calendar = office.calendar_for(owner, tree)
    rules = situations.rules_of(connection, [task.unit_id], tree)[task.unit_id]
    taken = plan.names_taken(task, tasks.steps_of(tasks.steps_taken(connection, [task.id]), task))
    steps = plan.reminders(task, calendar, rules) if waits_for_owner(task) else ()
    coming = {rung.at: rung.name for rung in steps if rung.at > now and rung.name not in taken}
    return LadderCard(
        card=cards.make(connection, office, actor, [task], now)[0],
        text=policy.text_of(plan.ladder_of(task, rules)),
        zone=calendar.zone,
        steps=tuple((name, at) for at, name in sorted(coming.items())),
    )


def change(
    connection: Connection, office: Office, actor: Actor, task_id: int, text: str | None, now: datetime
) -> LadderCard:
    """Give a task a ladder of its own, or (None) that of its unit again; what is due is planned anew at once."""
    task = task_actions.allowed(connection, actor, Action.LADDER, task_id, now)
    wanted = None if text is None else policy.text_of(_read(text))
    if wanted != task.ladder:
        _store(connection, office, actor, task, Action.LADDER, now, ladder=wanted)
    return look(connection, office, actor, task.id, now)


def _read(text: str) -> policy.Ladder:
    try:
        return policy.parse(text)
    except policy.BadLadder as bad:
        raise Refused(f"ladder.{bad.fault}", text=text) from None


def set_urgent(
    connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime, *, urgent: bool | None
) -> Card:
    """Let the letters about a task disturb outside working hours, or no more (None: the other of the two)."""
    task = task_actions.allowed(connection, actor, Action.URGENT, task_id, now)
    wanted = not task.urgent if urgent is None else urgent
    if wanted is not task.urgent:
        after = _store(connection, office, actor, task, Action.URGENT, now, urgent=wanted)
        if wanted:
            _tell(connection, office, actor, after, now)
    return cards.make(connection, office, actor, [task_actions.loaded(connection, task.id)], now, notes=True)[0]


def _tell(connection: Connection, office: Office, actor: Actor, task: Task, now: datetime) -> None:
    """The owner hears of it, unless the task itself is news that was waiting for a morning: it waits no more."""
    owner = members.some(connection, [task.owner_id])[task.owner_id]
    outbox.wake(connection, owner.id, now)
    if outbox.waits_until(connection, f"assigned:{task.id}:{owner.id}") is not None:
        return
    news = TaskNews(task.id, "urgent", actor.member.id)
    key = f"urgent:{task.id}:{task.version}:{owner.id}"
    letters.tell_owner(connection, office, key, news, owner, units.every(connection), now, besides=actor.member.id)


def _store(
    connection: Connection,
    office: Office,
    actor: Actor,
    task: Task,
    action: Action,
    now: datetime,
    **values: str | bool | None,
) -> Task:
    """Change it, write it down, and plan anew: steps that would have passed already are not made up for."""
    if not tasks.change(connection, task, **{name: _column(value) for name, value in values.items()}):
        raise Refused("task.changed", code=task.code)
    details = {"old": {name: _column(getattr(task, name)) for name in values}}
    details["new"] = {name: _column(value) for name, value in values.items()}
    history.append(connection, now, action.value, actor_id=actor.member.id, task_id=task.id, details=details)
    after = task_actions.loaded(connection, task.id)
    tree = units.every(connection)
    owner = members.some(connection, [task.owner_id])[task.owner_id]
    calendar = office.calendar_for(owner, tree)
    rules = situations.rules_of(connection, [task.unit_id], tree)[task.unit_id]
    old, new = plan.reminders(task, calendar, rules), plan.reminders(after, calendar, rules)
    taken = plan.names_taken(task, tasks.steps_of(tasks.steps_taken(connection, [task.id]), task))
    passed = plan.overtaken(after, old, new, taken, now)
    tasks.skip_steps(connection, [(after, rung.name) for rung in passed], now)
    task_actions.replan(connection, office, after, now)
    return after


def _column(value: str | bool | None) -> str | int | None:
    """A value as it is stored."""
    return int(value) if isinstance(value, bool) else value

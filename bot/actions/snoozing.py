"""Putting off the reminders of a task: counted, seen by the head, and never of a mandatory step."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, situations
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import snooze as policy
from bot.policy.access import Actor
from handlers.ports import Refused
from storage import history, units
from storage.records import Action, Card


def snooze(connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime, _: str = "") -> Card:
    """Let the next reminder come on the next working morning instead. The deadline stays."""
    task = task_actions.allowed(connection, actor, Action.SNOOZE, task_id, now)
    tree = units.every(connection)
    calendar = office.calendar_for(actor.member, tree)
    known = situations.known(connection, [task], tree)[task.id]
    before = known.tally(Action.SNOOZE)
    if (found := policy.problem(task, before, now, calendar, known.rules)) is not None:
        raise Refused(found, code=task.code, limit=known.rules.snoozes)
    details = {"number": before.number + 1 if before else 1, "until": policy.until(now, calendar).isoformat()}
    history.append(connection, now, "snooze", actor_id=actor.member.id, task_id=task.id, details=details)
    task_actions.replan(connection, office, task, now)
    return cards.make(connection, office, actor, [task], now, notes=True)[0]

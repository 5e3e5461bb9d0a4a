"""Whoever is told of an overdue task says that they take care of it; without news the escalation goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy.access import Actor
from storage import history
from storage.records import Action, Card


def acknowledge(connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime, _: str = "") -> Card:
    """Let the escalation rest for some working days. What the owner is asked is not changed by it."""
    task = task_actions.allowed(connection, actor, Action.ACKNOWLEDGE, task_id, now)
    history.append(connection, now, "acknowledge", actor_id=actor.member.id, task_id=task.id)
    task_actions.replan(connection, office, task, now)
    return cards.make(connection, office, actor, [task], now, notes=True)[0]

"""Urging an owner to go on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, letters, people
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import urging
from bot.policy.access import Actor
from handlers.ports import Refused
from storage import history, members, units
from storage.notices import TaskNews
from storage.records import Action, Card, Task


def urge(connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime, _: str = "") -> Card:
    """Count an urging and tell the owner; from the third on, the next level too. The card afterwards."""
    task = task_actions.allowed(connection, actor, Action.URGE, task_id, now)
    tree = units.every(connection)
    owner = members.some(connection, [task.owner_id])[task.owner_id]
    before = history.tallies(connection, [task.id], ["urge"]).get(task.id, {}).get("urge")
    if urging.too_soon(before.at if before else None, now, office.calendar_for(owner, tree)):
        raise Refused("urge.today", code=task.code)
    number = before.number + 1 if before else 1
    history.append(connection, now, "urge", actor_id=actor.member.id, task_id=task.id, details={"number": number})
    news = TaskNews(task.id, "urged", actor.member.id)
    key = f"urged:{task.id}:{number}:{owner.id}"
    letters.tell_owner(connection, office, key, news, owner, tree, now, besides=actor.member.id)
    if number >= urging.OFTEN:
        _tell_above(connection, office, actor, task, number, now)
    return cards.make(connection, office, actor, [task], now, notes=True)[0]


def _tell_above(connection: Connection, office: Office, actor: Actor, task: Task, number: int, now: datetime) -> None:
    tree = units.every(connection)
    for reader in people.above(connection, task.unit_id, tree):
        if reader.id not in (actor.member.id, task.owner_id):
            news = TaskNews(task.id, "urged_often", actor.member.id)
            letters.tell(connection, office, f"urged-often:{task.id}:{number}:{reader.id}", news, reader, tree, now)

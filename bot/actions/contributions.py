"""Coordinators report their part of a task; the whole stays with its one owner (R5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, letters
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy.access import Actor
from storage import drafts, history, members, units
from storage.notices import TaskNews
from storage.records import Action, Card


def contribute(connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime, note: str) -> Card:
    """Store what a coordinating unit has done and tell the owner. State and progress stay the owner's."""
    task = task_actions.allowed(connection, actor, Action.CONTRIBUTE, task_id, now)
    task_actions.check_words(Action.CONTRIBUTE, None, note.strip())
    me = actor.member.id
    before = history.tallies(connection, [task.id], ["contribute"]).get(task.id, {}).get("contribute")
    number = before.number + 1 if before else 1
    details = {"note": note.strip(), "number": number}
    history.append(connection, now, "contribute", actor_id=me, task_id=task.id, details=details)
    drafts.drop(connection, actor.member.account or 0, "note", "reason")
    owner = members.some(connection, [task.owner_id])[task.owner_id]
    news = TaskNews(task.id, "contributed", me, note.strip())
    key = f"contributed:{task.id}:{number}"
    letters.tell_owner(connection, office, key, news, owner, units.every(connection), now, besides=me)
    return cards.make(connection, office, actor, [task], now, notes=True)[0]

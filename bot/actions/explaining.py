"""The written reason of a delay: asked for with a time of its own, and shown beside the delay from then on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import cards, letters, people
from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy.access import Actor
from bot.policy.calendar import WorkCalendar
from bot.policy.rules import Rules
from handlers.ports import Refused
from storage import drafts, explanations, history, units
from storage.notices import TaskNews
from storage.records import Action, Card, Task


def ask(connection: Connection, task: Task, due: datetime, calendar: WorkCalendar, rules: Rules, now: datetime) -> None:
    """Ask the owner of an overdue task for the reason, once for each deadline."""
    answer_by = calendar.at(calendar.shift(calendar.local(now).date(), rules.explain_within), calendar.end_of_day)
    if explanations.ask(connection, task.id, task.owner_id, due, answer_by):
        details = {"due": due.isoformat(), "answer_by": answer_by.isoformat()}
        history.append(connection, now, "ask_reason", task_id=task.id, member_id=task.owner_id, details=details)


def explain(connection: Connection, office: Office, actor: Actor, task_id: int, now: datetime, text: str) -> Card:
    """Store the reason of the delay and let those who judge the task read it."""
    task = task_actions.allowed(connection, actor, Action.EXPLAIN, task_id, now)
    task_actions.check_words(Action.EXPLAIN, None, text.strip())
    if task.due_at is None:  # a task without a deadline is never late
        raise Refused("request.not_late", code=task.code)
    explanations.answer(connection, task.id, task.owner_id, task.due_at, text.strip(), now)
    details = {"note": text.strip(), "due": task.due_at.isoformat()}
    history.append(connection, now, "explain", actor_id=actor.member.id, task_id=task.id, details=details)
    drafts.drop(connection, actor.member.account or 0, "note", "reason")
    tree = units.every(connection)
    number = history.tallies(connection, [task.id], ["explain"])[task.id]["explain"].number
    for reader in people.judges(connection, task, tree, now):
        news = TaskNews(task.id, "explained", actor.member.id, text.strip())
        letters.tell(connection, office, f"explained:{task.id}:{number}:{reader.id}", news, reader, tree, now)
    return cards.make(connection, office, actor, [task], now, notes=True)[0]

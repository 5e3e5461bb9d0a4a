"""Queueing news for a person: in working hours, unless it is urgent; what an owner hears the substitute hears too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.office import Office
from bot.policy import absence, quiet
from bot.policy.quiet import Urgency
from storage import absences, members, outbox, requests, tasks
from storage.notices import Notice, Reminders, RequestNews, TaskNews
from storage.records import Member, Tree


def tell(
    connection: Connection,
    office: Office,
    key: str,
    notice: Notice,
    reader: Member,
    tree: Tree,
    now: datetime,
) -> None:
    """Queue a letter to `reader`; one with the same key is queued only once, ever."""
    when = quiet.next_allowed(urgency(connection, notice), office.calendar_for(reader, tree), now)
    outbox.post(connection, key, notice, now, when, member_id=reader.id)


def urgency(connection: Connection, notice: Notice) -> Urgency:
    """How much the letter may disturb its reader, as its tasks are now."""
    return quiet.of_notice(notice, tasks.urgent(connection, _task_ids(connection, notice)))


def _task_ids(connection: Connection, notice: Notice) -> tuple[int, ...]:
    """The tasks that a notice speaks about."""
    if isinstance(notice, Reminders):
        return tuple(step.task_id for step in notice.steps)
    if isinstance(notice, RequestNews):
        request = requests.get(connection, notice.request_id)
        return () if request is None else (request.task_id,)
    return (notice.task_id,) if isinstance(notice, TaskNews) else ()


def tell_owner(
    connection: Connection,
    office: Office,
    key: str,
    notice: Notice,
    owner: Member,
    tree: Tree,
    now: datetime,
    besides: int = 0,
) -> None:
    """Queue a letter to the owner of a task, and to whoever stands in while the owner is away; never to `besides`."""
    away = absence.away_now(absences.present_of(connection, [owner.id], now), now)
    ids = [owner.id, *(one.substitute_id for one in away.values())]
    readers = members.some(connection, ids)
    for reader in (readers[member_id] for member_id in ids if member_id != besides):
        own_key = key if reader.id == owner.id else f"{key}:{reader.id}"
        tell(connection, office, own_key, notice, reader, tree, now)

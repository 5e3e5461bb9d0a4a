"""News for a person: in the next agenda, or at once if it may disturb; the substitute hears what an owner hears."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import agendas
from bot.office import Office
from bot.policy import absence, agenda, quiet
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
    due: datetime | None = None,
) -> None:
    """Tell `reader`, in the next agenda if that is early enough; the same key only once, ever.

    `due`: the deadline of the task, where the reader has to decide before it. News of urgent work wait for no agenda.
    """
    how = urgency(connection, notice)
    if how is Urgency.WORKING and agenda.waits(notice, reader, now, due):
        agendas.keep(connection, key, notice, reader, now)
        return
    when = quiet.next_allowed(how, office.calendar_for(reader, tree), now)
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

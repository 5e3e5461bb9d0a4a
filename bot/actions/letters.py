"""Queueing news for a person: at once, in working hours; what concerns an owner goes to the substitute as well."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.office import Office
from bot.policy import absence
from storage import absences, members, outbox
from storage.notices import Notice
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
    when = office.calendar_for(reader, tree).next_allowed(now)
    outbox.post(connection, key, notice, now, when, member_id=reader.id)


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

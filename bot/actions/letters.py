"""Queueing news for a person: at once, in working hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.office import Office
from storage import outbox
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

"""What waits for the next agenda of its reader, and when whose agenda is to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, delete, func, insert, select, update

from storage import notices, queues
from storage.among import among
from storage.legible import legible
from storage.records import AgendaItem, Member
from storage.tables import agenda_items, members, outbox

_DUE = select(members.c.id).where(members.c.agenda_at <= bindparam("now"))
_DUE = _DUE.order_by(members.c.agenda_at, members.c.id).limit(bindparam("limit", type_=Integer))


def put(connection: Connection, key: str, notice: notices.Notice, member_id: int, at: datetime) -> bool:
    """Let a notice wait for the next agenda of a member; False when one with this key was put there before."""
    if connection.execute(select(agenda_items.c.id).where(agenda_items.c.key == key)).first():
        return False
    values = {"key": key, "member_id": member_id, "kind": notices.kind_of(notice), "at": at}
    connection.execute(insert(agenda_items).values(**values, content=notices.to_json(notice)))
    return True


def waiting(connection: Connection, member_ids: Iterable[int]) -> tuple[AgendaItem, ...]:
    """What waits for these people and can be read, oldest first."""
    query = select(agenda_items).where(among(agenda_items.c.member_id, member_ids), agenda_items.c.taken_at.is_(None))
    return legible(connection, query.order_by(agenda_items.c.id), _items)


def _items(connection: Connection, query: Select[Any]) -> list[AgendaItem]:
    rows = connection.execute(query)
    return [AgendaItem(row.id, row.key, row.member_id, row.kind, row.content, row.at) for row in rows]


def take(connection: Connection, ids: Iterable[int], at: datetime) -> None:
    """Note that these wait no longer: they stand in an agenda, or somebody else hears them."""
    connection.execute(update(agenda_items).where(among(agenda_items.c.id, ids)).values(taken_at=at))


def forget(connection: Connection, before: datetime) -> int:
    """Remove what was put there before that, read or not; how many."""
    return connection.execute(delete(agenda_items).where(agenda_items.c.at < before)).rowcount


def drop_waiting(connection: Connection, at: datetime) -> int:
    """Close everything that waits for anybody; how many."""
    return connection.execute(
        update(agenda_items).where(agenda_items.c.taken_at.is_(None)).values(taken_at=at)
    ).rowcount


def drop_for(connection: Connection, member_id: int, at: datetime) -> int:
    """Close everything that waits for a member; how many."""
    query = update(agenda_items).where(agenda_items.c.member_id == member_id, agenda_items.c.taken_at.is_(None))
    return connection.execute(query.values(taken_at=at)).rowcount


def due(connection: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """The members whose agenda is to be looked at, those who wait longest first."""
    return tuple(connection.execute(_DUE, {"now": now, "limit": limit}).scalars())


def next_due(connection: Connection) -> datetime | None:
    """When the next agenda is to be looked at."""
    return connection.execute(select(func.min(members.c.agenda_at))).scalar()


def plan(connection: Connection, looks: Sequence[tuple[int, datetime | None, date | None]]) -> None:
    """Say of members when to look next, and on which local day they had their last agenda: (member, at, on)."""
    query = update(members).where(members.c.id == bindparam("whom"))
    query = query.values(agenda_at=bindparam("look_at"), agenda_on=bindparam("had_on"))
    rows = [{"whom": member_id, "look_at": at, "had_on": on} for member_id, at, on in looks]
    if rows:
        connection.execute(query, rows)


def put_off(connection: Connection, member_id: int, at: datetime) -> None:
    """Look at the agenda of a member later; what waits for it goes on waiting."""
    connection.execute(update(members).where(members.c.id == member_id).values(agenda_at=at))


def note_sent(connection: Connection, member: Member, on: date) -> None:
    """Note that a member has had an agenda on that local day."""
    if member.agenda_on is None or member.agenda_on < on:
        connection.execute(update(members).where(members.c.id == member.id).values(agenda_on=on))


def unfinished(connection: Connection, member_ids: Iterable[int]) -> dict[int, tuple[int, bool, notices.Agenda]]:
    """The agendas that wait in the outbox, by member: the letter, whether nobody has touched it, the notice."""
    query = select(outbox).where(queues.PENDING, outbox.c.kind == "agenda")
    found = {}
    for row in connection.execute(query.where(among(outbox.c.member_id, member_ids)).order_by(outbox.c.id)):
        notice = notices.from_json(row.kind, row.content)
        if isinstance(notice, notices.Agenda):
            found[row.member_id] = (row.id, row.state == "waiting" and row.copies == 0, notice)
    return found


def supersede(connection: Connection, letter_ids: Iterable[int], now: datetime) -> set[int]:
    """Close untouched agendas whose content goes into a newer one; which of them were still untouched."""
    query = update(outbox).where(among(outbox.c.id, letter_ids), outbox.c.state == "waiting", outbox.c.copies == 0)
    query = query.values(state="dropped", done_at=now, reason="superseded")
    return set(connection.execute(query.returning(outbox.c.id)).scalars())


def post(connection: Connection, letters: Sequence[tuple[str, int, notices.Agenda]], now: datetime) -> set[int]:
    """Queue agendas as (key, member, notice) all at once; the members whose key was new."""
    of_members = select(members.c.id, members.c.unit_id).where(among(members.c.id, {key for _, key, _ in letters}))
    units = {row.id: row.unit_id for row in connection.execute(of_members)}
    known = set(
        connection.execute(select(outbox.c.key).where(outbox.c.key.in_([key for key, _, _ in letters]))).scalars()
    )
    rows = [
        {
            "key": key,
            "kind": notices.kind_of(notice),
            "content": notices.to_json(notice),
            "member_id": member_id,
            "not_before": now,
            "created_at": now,
            "state": "waiting",
            "rank": notices.rank_of(notice),
            "queue": units[member_id],
        }
        for key, member_id, notice in letters
        if key not in known
    ]
    if rows:
        connection.execute(insert(outbox), rows)
    return {row["member_id"] for row in rows}

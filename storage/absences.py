"""Who is away until when, and who stands in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.among import among
from storage.records import Absence
from storage.tables import absences


def add(connection: Connection, **values: Any) -> int:
    """A new absence; its id."""
    return int(connection.execute(insert(absences).values(**values).returning(absences.c.id)).scalar_one())


def get(connection: Connection, absence_id: int) -> Absence | None:
    """The absence with that id."""
    return next(iter(_load(connection, absences.c.id == absence_id)), None)


def present(connection: Connection, now: datetime) -> tuple[Absence, ...]:
    """Everybody's absences that last at that moment."""
    return _load(connection, *_lasts(now))


def present_of(connection: Connection, member_ids: Iterable[int], now: datetime) -> tuple[Absence, ...]:
    """The absences of these people that last at that moment."""
    return _load(connection, among(absences.c.member_id, member_ids), *_lasts(now))


def of_members(connection: Connection, member_ids: Iterable[int]) -> tuple[Absence, ...]:
    """All absences of these people, past ones too."""
    return _load(connection, among(absences.c.member_id, member_ids))


def stood_in_by(connection: Connection, member_id: int, now: datetime) -> tuple[Absence, ...]:
    """The absences in which this person stands in at that moment."""
    return _load(connection, absences.c.substitute_id == member_id, *_lasts(now))


def end(connection: Connection, member_id: int, now: datetime) -> tuple[Absence, ...]:
    """End the absences of a person that have not passed yet; those that were ended."""
    ended = _load(connection, absences.c.member_id == member_id, *_not_over(now))
    query = update(absences).where(absences.c.id.in_([one.id for one in ended]))
    connection.execute(query.values(ended_at=now))
    return ended


def _not_over(now: datetime) -> tuple[Any, ...]:
    return (absences.c.until > now, absences.c.ended_at.is_(None))


def _lasts(now: datetime) -> tuple[Any, ...]:
    return (absences.c.since <= now, *_not_over(now))


def _load(connection: Connection, *conditions: Any) -> tuple[Absence, ...]:
    query = select(absences).where(*conditions).order_by(absences.c.id)
    return tuple(Absence(**row._mapping) for row in connection.execute(query))

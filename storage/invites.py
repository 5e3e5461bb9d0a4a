"""One-time codes: stored hashed, bound to one person, valid for a while, usable once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.tables import invites


@dataclass(frozen=True, slots=True)
class Invite:
    """A code that is still good: whom it was made for and what it opens ("member" or "chat")."""

    id: int
    purpose: str
    member_id: int
    unit_id: int | None
    expires_at: datetime
    data: Mapping[str, Any]


def _hash(code: str) -> str:
    # The codes have 128 random bits: a plain hash is enough, there is nothing to guess.
    return hashlib.sha256(code.encode()).hexdigest()


def add(
    connection: Connection,
    purpose: str,
    code: str,
    member_id: int,
    now: datetime,
    expires_at: datetime,
    unit_id: int | None = None,
) -> None:
    """Store a new code; older unused codes of the same person and purpose stop working."""
    _void(connection, now, invites.c.member_id == member_id, invites.c.purpose == purpose)
    values = {"purpose": purpose, "code_hash": _hash(code), "member_id": member_id, "unit_id": unit_id}
    connection.execute(insert(invites).values(**values, created_at=now, expires_at=expires_at, data={}))


def void(connection: Connection, member_id: int, now: datetime) -> None:
    """Let no code of this person work any more."""
    _void(connection, now, invites.c.member_id == member_id)


def _void(connection: Connection, now: datetime, *conditions: Any) -> None:
    connection.execute(update(invites).where(*conditions, invites.c.used_at.is_(None)).values(used_at=now))


def by_code(connection: Connection, purpose: str, code: str, now: datetime) -> Invite | None:
    """The invite of that code if it is still good: wrong, used and expired codes look the same."""
    return _good(connection, now, invites.c.code_hash == _hash(code), invites.c.purpose == purpose)


def get(connection: Connection, invite_id: int, now: datetime) -> Invite | None:
    """The invite with that id if it is still good."""
    return _good(connection, now, invites.c.id == invite_id)


def attach(connection: Connection, invite_id: int, data: Mapping[str, Any]) -> None:
    """Remember what was found out between the code and its confirmation."""
    connection.execute(update(invites).where(invites.c.id == invite_id).values(data=dict(data)))


def move(connection: Connection, old: int, new: int) -> None:
    """The chat that somebody was asked about has another address."""
    query = select(invites).where(invites.c.purpose == "chat", invites.c.used_at.is_(None))
    for row in connection.execute(query).all():
        if row.data.get("address") == old:
            attach(connection, row.id, {**row.data, "address": new, "kind": "supergroup"})


def use(connection: Connection, invite_id: int, now: datetime) -> bool:
    """Use it up; False when somebody was faster."""
    query = update(invites).where(invites.c.id == invite_id, invites.c.used_at.is_(None)).values(used_at=now)
    return connection.execute(query).rowcount == 1


def _good(connection: Connection, now: datetime, *conditions: Any) -> Invite | None:
    query = select(invites).where(*conditions, invites.c.used_at.is_(None), invites.c.expires_at > now)
    row = connection.execute(query).one_or_none()
    return Invite(row.id, row.purpose, row.member_id, row.unit_id, row.expires_at, row.data) if row else None

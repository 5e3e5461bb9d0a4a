"""Unfinished dialogues, one per account; they survive restarts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from storage.records import Draft, Json
from storage.tables import drafts


def save(connection: Connection, account: int, kind: str, token: str, data: Json, now: datetime) -> None:
    """Store the dialogue as it stands, in place of an older one."""
    values = {"kind": kind, "token": token, "data": data, "updated_at": now}
    if not connection.execute(update(drafts).where(drafts.c.account == account).values(**values)).rowcount:
        connection.execute(insert(drafts).values(account=account, **values))


def get(connection: Connection, account: int) -> Draft | None:
    """The dialogue of that account."""
    row = connection.execute(select(drafts).where(drafts.c.account == account)).one_or_none()
    return Draft(row.account, row.kind, row.token, row.data, row.updated_at) if row else None


def drop(connection: Connection, account: int, *kinds: str) -> bool:
    """End the dialogue (only one of these kinds, if any are named); False when there was none."""
    query = delete(drafts).where(drafts.c.account == account)
    return bool(connection.execute(query.where(drafts.c.kind.in_(kinds)) if kinds else query).rowcount)


def forget(connection: Connection, before: datetime) -> int:
    """Remove dialogues that nobody continued since `before`; how many."""
    return connection.execute(delete(drafts).where(drafts.c.updated_at < before)).rowcount

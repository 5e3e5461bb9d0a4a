"""Groups and channels bound to units, and how long we were told to keep quiet in any chat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from storage.legible import legible
from storage.records import Chat
from storage.tables import chats, pauses

_OPEN = select(chats).where(chats.c.closed_at.is_(None)).order_by(chats.c.id)


def bind(connection: Connection, address: int, **values: Any) -> int:
    """Bind a chat to a unit, or bind it anew; its id."""
    again = update(chats).where(chats.c.address == address).values(closed_at=None, **values)
    bound = connection.execute(again.returning(chats.c.id)).scalar_one_or_none()
    if bound is None:
        first = insert(chats).values(address=address, **values)
        bound = connection.execute(first.returning(chats.c.id)).scalar_one()
    return int(bound)


def by_address(connection: Connection, address: int) -> Chat | None:
    """The bound chat at that address, closed or not."""
    row = connection.execute(select(chats).where(chats.c.address == address)).one_or_none()
    return _chat(row) if row else None


def get(connection: Connection, chat_id: int) -> Chat | None:
    """The chat with that id."""
    row = connection.execute(select(chats).where(chats.c.id == chat_id)).one_or_none()
    return _chat(row) if row else None


def open_ones(connection: Connection) -> tuple[Chat, ...]:
    """Every chat that is bound and not closed."""
    return _load(connection, _OPEN)


def legible_ones(connection: Connection) -> tuple[Chat, ...]:
    """The same, without those that cannot be read."""
    return legible(connection, _OPEN, _load)


def close(connection: Connection, address: int, at: datetime) -> Chat | None:
    """Note that the bot can no longer write there; the chat when that was news."""
    chat = by_address(connection, address)
    if chat is None or chat.closed_at is not None:
        return None
    connection.execute(update(chats).where(chats.c.id == chat.id).values(closed_at=at))
    return chat


def move(connection: Connection, chat_id: int, new: int) -> None:
    """A group has become a supergroup and has a new address, at which nobody has looked at it yet."""
    query = update(chats).where(chats.c.id == chat_id)
    connection.execute(query.values(address=new, kind="supergroup", checked_at=None))


def change(connection: Connection, chat_id: int, **values: Any) -> None:
    """Set columns of a chat."""
    connection.execute(update(chats).where(chats.c.id == chat_id).values(**values))


def save_pauses(connection: Connection, until: Mapping[int, datetime]) -> None:
    """Note these pauses (address 0: all chats). The longer one counts: another process may have been told more."""
    known = load_pauses(connection)
    longer = {address: at for address, at in until.items() if address not in known or known[address] < at}
    for address, at in longer.items():
        if address in known:
            connection.execute(update(pauses).where(pauses.c.address == address).values(until=at))
        else:
            connection.execute(insert(pauses).values(address=address, until=at))


def forget_pauses(connection: Connection, before: datetime | None = None) -> int:
    """Remove the pauses that ended before that, or all; how many."""
    query = delete(pauses)
    return connection.execute(query if before is None else query.where(pauses.c.until < before)).rowcount


def load_pauses(connection: Connection) -> dict[int, datetime]:
    """The pauses as last saved."""
    return {row.address: row.until for row in connection.execute(select(pauses))}


def _load(connection: Connection, query: Select[Any]) -> tuple[Chat, ...]:
    return tuple(_chat(row) for row in connection.execute(query))


def _chat(row: Row[Any]) -> Chat:
    return Chat(
        id=row.id,
        address=row.address,
        kind=row.kind,
        title=row.title,
        unit_id=row.unit_id,
        purpose=row.purpose,
        language=row.language,
        linked_by=row.linked_by,
        linked_at=row.linked_at,
        closed_at=row.closed_at,
        weekday=row.weekday,
        hour=row.hour,
        detail=row.detail,
        changed_at=row.changed_at,
        checked_at=row.checked_at,
    )

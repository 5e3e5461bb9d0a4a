"""Rows that could not be planned and wait until they are tried again: for whoever looks after the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from storage.tables import put_off

GRACE = timedelta(minutes=10)  # a row that is due again is shown until the planner has had time to come by


def note(connection: Connection, what: str, row_id: int, now: datetime, until: datetime) -> None:
    """Note that this row waits until then; what nobody has put off again is forgotten."""
    same = (put_off.c.what == what) & (put_off.c.row_id == row_id)
    connection.execute(delete(put_off).where(same | (put_off.c.until < now - GRACE)))
    connection.execute(insert(put_off).values(what=what, row_id=row_id, until=until))


def waiting(connection: Connection, now: datetime) -> tuple[str, ...]:
    """The rows that wait, as the log names them."""
    query = select(put_off.c.what, put_off.c.row_id).where(put_off.c.until >= now - GRACE)
    rows = connection.execute(query.order_by(put_off.c.what, put_off.c.row_id))
    return tuple(f"{row.what} {row.row_id}" for row in rows)

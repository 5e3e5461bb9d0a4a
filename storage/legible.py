"""Rows that no program can read must not hide the others from the planner."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, Select

log = logging.getLogger(__name__)

T = TypeVar("T")

ILLEGIBLE = (ValueError, LookupError, TypeError)  # what a value that means nothing here gives rise to


def legible(
    connection: Connection, query: Select[Any], load: Callable[[Connection, Select[Any]], Iterable[T]]
) -> tuple[T, ...]:
    """What `load` reads of a table; when a row cannot be read, one by one the rows that can."""
    try:
        return tuple(load(connection, query))
    except ILLEGIBLE:
        (table,) = query.get_final_froms()
        ids = connection.execute(query.with_only_columns(table.c.id)).scalars().all()
        return tuple(
            row for key in ids for row in _try(connection, f"{table} {key}", query.where(table.c.id == key), load)
        )


def _try(
    connection: Connection, what: str, query: Select[Any], load: Callable[[Connection, Select[Any]], Iterable[T]]
) -> tuple[T, ...]:
    try:
        return tuple(load(connection, query))
    except ILLEGIBLE:
        log.exception("%s cannot be read and is left out", what)
        return ()

"""From a row of a table to its record. A summary reads tens of thousands: no dictionary is made on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Table

R = TypeVar("R")


def reader(record: Callable[..., R], table: Table, **kinds: Callable[[Any], Any]) -> Callable[..., R]:
    """A function that makes a `record`, a dataclass, from a row that begins with all columns of the table.

    Fields get the column of their name, those in `kinds` converted. Fields without a column stand last in the dataclass
    and follow the row as arguments.
    """
    columns = [column.name for column in table.c]
    names = [field.name for field in fields(record) if field.name in columns]  # type: ignore[arg-type]
    pick = itemgetter(*(columns.index(name) for name in names))
    conversions = [(names.index(name), convert) for name, convert in kinds.items()]

    def read(row: Sequence[Any], *further: Any) -> R:
        values = list(pick(row))
        for place, convert in conversions:
            values[place] = convert(values[place])
        return record(*values, *further)

    return read

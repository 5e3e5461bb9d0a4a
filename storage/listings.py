"""The stored form of a listing: JSON, with instants and days in ISO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from storage.listing import IndexEntry, Listing, TaskLine
from storage.records import Difficulty, Json, State, TimeClass

MOMENTS = ("assigned_at", "original_due_at", "due_at", "submitted_at", "completed_at")
READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(MOMENTS, datetime.fromisoformat),
    "issued_on": date.fromisoformat,
    "difficulty": Difficulty,
    "state": State,
    "time_class": TimeClass,
    "coordinators": tuple,
}


def to_json(listing: Listing) -> Json:
    """The stored form; `from_json(to_json(listing)) == listing`."""
    return dict(_plain(asdict(listing)))


def from_json(values: Json) -> Listing:
    """The listing of a stored form."""
    return Listing(
        organisation=values["organisation"],
        composed_at=datetime.fromisoformat(values["composed_at"]),
        tasks=tuple(_task(line) for line in values["tasks"]),
        indices=tuple(_index(line) for line in values["indices"]),
    )


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    return value


def _task(line: Json) -> TaskLine:
    read = {name: READ[name](value) for name, value in line.items() if name in READ and value is not None}
    return TaskLine(**{**line, **read})


def _index(line: Json) -> IndexEntry:
    value, before = line["value"], line["before"]
    made = {"value": None if value is None else Decimal(value), "before": _index(before) if before else None}
    return IndexEntry(**{**line, **made})
